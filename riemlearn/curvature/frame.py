r"""Orthonormal frames: where the curvature of an ill-conditioned metric is computed without inverting it.

A frame is found in two steps.  A *seed* frame comes from a factorisation of the Jacobian (QR) or of the metric
(symmetric eigenvalues) and may be inaccurate when the metric is nearly singular; first derivatives are then taken along
its directions, and the *refinement* of the nearly orthonormal Gram matrix that they give is accurate.  The seed is a
constant for differentiation: nothing that is computed in a frame depends on which frame it is.

Where the rank r of the metric is declared to be less than n, a frame has r vectors, orthogonal to the kernel.
"""

from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, Int

from riemlearn.errors import Status, check_choice

Signature = Literal["riemannian", "lorentzian"]

# Limits of what can be made orthonormal.  Where the rank is lost, a vector of the seed is as long as rounding makes it:
# its Gram matrix has a small pivot or misses the identity altogether, and the condition number is that of rounding.
_LEAST_PIVOT = 0.25
_LARGEST_MISS = 2.0
_LARGEST_ROUNDING = 0.25

# Where a rank is declared, a singular value counts as zero up to this multiple of its rounding.
_RANK_MARGIN = 32

# How often the rows of a Lorentzian metric are scaled; each time what they miss is halved on a logarithmic scale.
_SWEEPS = 4


class Frame(NamedTuple):
    r"""A (pseudo-)orthonormal frame :math:`E_a = E^i{}_a \partial_i` at a point.

    Attributes
    ----------
    basis : array of shape (n, r)
        :math:`E`; its columns are the frame vectors in coordinates.
    coframe : array of shape (r, n)
        :math:`E^{-1}`; its rows are the dual covectors, so that :math:`g = E^{-T} \eta E^{-1}`.
    signs : array of shape (r,)
        The diagonal of :math:`\eta`: all 1, or -1 first for a Lorentzian metric.
    volume_density : scalar
        :math:`\sqrt{|\det g|}`.
    status : integer scalar
        A :class:`~riemlearn.errors.Status`.
    """

    basis: Float[Array, "n r"]
    coframe: Float[Array, "r n"]
    signs: Float[Array, " r"]
    volume_density: Float[Array, ""]
    status: Int[Array, ""]

    def inverse(self) -> Float[Array, "n n"]:
        r""":math:`g^{ij} = \eta^{ab} E^i{}_a E^j{}_b`; of a metric of lower rank, its pseudo-inverse."""
        return (self.basis * self.signs) @ self.basis.T

    def condition(self) -> Float[Array, ""]:
        r"""Condition number of :math:`E` in units in which all coordinate vectors are equally long, up to a factor r.

        Scaling coordinates apart costs no digits, so that it does not count:
        :math:`\|E^{-1} D^{-1}\|_F \|D E\|_F / r`, where D holds the lengths of the coordinate vectors.
        """
        lengths: Float[Array, " n"] = jnp.linalg.norm(self.coframe, axis=0)
        lengths = jnp.where(lengths > 0, lengths, 1.0)
        return (
            jnp.linalg.norm(self.coframe / lengths) * jnp.linalg.norm(self.basis * lengths[:, None]) / len(self.signs)
        )


def check_signature(signature: Any) -> Signature:
    """Return ``signature`` if it is a known one.

    Raises
    ------
    ShapeError
        If it is neither ``"riemannian"`` nor ``"lorentzian"``.
    """
    return check_choice("signature", signature, get_args(Signature))


def first_failure(*statuses: Int[Array, "*#batch"]) -> Int[Array, "*batch"]:
    """The first failure among several statuses; where there is none, the first warning."""
    result = jnp.asarray(Status.OK, dtype=jnp.int32)
    for status in reversed(statuses):
        result = jnp.where((status > 0) | ((status < 0) & (result <= 0)), status, result)
    return result.astype(jnp.int32)


def seed_from_jacobian(jacobian: Float[Array, "n d"], rank: int | None = None, tolerance: float | None = None) -> Frame:
    """Seed frame of an embedding whose derivatives along the coordinates are the rows of ``jacobian``.

    By QR; of a map of declared lower rank, from the singular vectors that it keeps.
    """
    n, d = jacobian.shape
    jacobian = jax.lax.stop_gradient(jacobian)
    finite = jnp.where(jnp.all(jnp.isfinite(jacobian)), Status.OK, Status.NOT_FINITE).astype(jnp.int32)
    if rank is not None and rank < n:
        directions, lengths, _ = jnp.linalg.svd(jnp.where(jnp.isfinite(jacobian), jacobian, 0), full_matrices=False)
        noise = _RANK_MARGIN * d * jnp.finfo(jacobian.dtype).eps if tolerance is None else tolerance
        kept, status = lengths[:rank], first_failure(finite, _rank_status(lengths, rank, noise))
        basis, coframe = directions[:, :rank] / kept, kept[:, None] * directions[:, :rank].T
        return Frame(basis, coframe, jnp.ones(rank, jacobian.dtype), jnp.prod(kept), status)
    triangle = jnp.linalg.qr(jacobian.T, mode="r")
    basis = solve_triangular(triangle, jnp.eye(n, dtype=jacobian.dtype))
    return Frame(basis, triangle, jnp.ones(n, jacobian.dtype), jnp.prod(jnp.abs(jnp.diagonal(triangle))), finite)


def seed_from_metric(
    metric: Float[Array, "n n"], signature: Signature, rank: int | None = None, tolerance: float | None = None
) -> Frame:
    """Seed frame of a metric by its eigenvalues, after its coordinates are scaled to comparable lengths."""
    metric = jax.lax.stop_gradient(metric)
    n = metric.shape[0]
    rank = n if rank is None else rank
    scale = _scale(metric, signature)
    scaled = metric * scale[:, None] * scale
    finite = jnp.all(jnp.isfinite(metric))
    eigenvalues, vectors = jnp.linalg.eigh(jnp.where(finite, scaled, 0))
    eps = jnp.finfo(metric.dtype).eps
    if rank < n:
        by_size = jnp.argsort(-jnp.abs(eigenvalues))
        # the eigenvalues are known to eps of the largest, hence the lengths to its root
        noise = jnp.sqrt(_RANK_MARGIN * n * eps) if tolerance is None else tolerance
        regular = _rank_status(jnp.sqrt(jnp.abs(eigenvalues[by_size])), rank, noise)
        kept = jnp.sort(by_size[:rank])
        eigenvalues, vectors = eigenvalues[kept], vectors[:, kept]
    else:
        smallest, largest = jnp.min(jnp.abs(eigenvalues)), jnp.max(jnp.abs(eigenvalues))
        regular = jnp.where(smallest > n * eps * largest, Status.OK, Status.SINGULAR)
    length = jnp.sqrt(jnp.abs(eigenvalues))
    symmetric = jnp.max(jnp.abs(scaled - scaled.T)) <= jnp.sqrt(eps)
    expected = jnp.sum(eigenvalues < 0) == (signature == "lorentzian")
    status = first_failure(
        jnp.where(finite, Status.OK, Status.NOT_FINITE),
        jnp.where(symmetric, Status.OK, Status.NOT_SYMMETRIC),
        regular,
        jnp.where(expected, Status.OK, Status.INDEFINITE),
    )
    # eigh returns ascending eigenvalues, so that the one negative direction of a Lorentzian metric comes first.
    signs = jnp.where((jnp.arange(rank) == 0) & (signature == "lorentzian"), -1, 1).astype(metric.dtype)
    coframe = length[:, None] * vectors.T / scale
    return Frame(scale[:, None] * vectors / length, coframe, signs, jnp.prod(length) / jnp.prod(scale), status)


def _scale(metric: Float[Array, "n n"], signature: Signature) -> Float[Array, " n"]:
    """Factors of the coordinates after which no entry of the metric is much larger than one, and each row has one."""

    def inverse_root(a: Float[Array, " n"]) -> Float[Array, " n"]:
        return jnp.where(a > 0, 1 / jnp.sqrt(jnp.where(a > 0, a, 1)), 1)

    if signature == "riemannian":
        return inverse_root(jnp.abs(jnp.diagonal(metric)))
    # A null coordinate vector has the square of its length only by rounding: the largest entry of the row tells its
    # scale (Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, RAL-TR-2001-034).
    scale = jnp.ones_like(metric[0])
    for _ in range(_SWEEPS):
        scale = scale * inverse_root(jnp.max(jnp.abs(metric * scale[:, None] * scale), axis=1))
    return scale


def _rank_status(lengths: Float[Array, " n"], rank: int, noise: Any) -> Int[Array, ""]:
    """Whether those of the descending lengths that are kept stand out from rounding, and the others do not."""
    cutoff = noise * lengths[0]
    return first_failure(
        jnp.where(lengths[rank - 1] > cutoff, Status.OK, Status.RANK_DEFICIENT),
        jnp.where(lengths[rank] <= cutoff, Status.OK, Status.RANK_TOO_LOW),
    )


def refine(seed: Frame, gram: Float[Array, "r r"]) -> tuple[Frame, Float[Array, "r r"]]:
    r"""Make a seed frame orthonormal, given the Gram matrix of its vectors, which is nearly :math:`\eta`.

    Returns
    -------
    frame : Frame
        The refined frame.
    change : array of shape (r, r)
        The matrix F, near the identity, with ``frame.basis = seed.basis @ F``.
    """
    n = gram.shape[0]
    lower = _factor(gram, seed.signs)
    miss = jnp.linalg.norm(gram - jnp.diag(seed.signs))
    change = solve_triangular(lower, jnp.eye(n, dtype=gram.dtype), lower=True).T
    frame = Frame(
        seed.basis @ change,
        lower.T @ seed.coframe,
        seed.signs,
        seed.volume_density * jnp.prod(jnp.diagonal(lower)),
        seed.status,
    )
    usable = (
        (miss <= _LARGEST_MISS)
        & (jnp.min(jnp.diagonal(lower)) >= _LEAST_PIVOT**0.5)  # false for NaN
        & (frame.condition() * jnp.finfo(gram.dtype).eps <= _LARGEST_ROUNDING)
    )
    status = first_failure(seed.status, jnp.where(usable, Status.OK, Status.RANK_DEFICIENT))
    return frame._replace(status=status), change


def _factor(gram: Float[Array, "r r"], signs: Float[Array, " r"]) -> Float[Array, "r r"]:
    r"""Lower triangular L with :math:`L \eta L^T` = gram, for a Gram matrix near :math:`\eta`; no pivot is needed.

    The first column carries the sign of :math:`\eta_{00}`; what it leaves is positive definite.
    """
    corner = jnp.sqrt(signs[0] * gram[0, 0])
    column = signs[0] * gram[1:, 0] / corner
    rest = jnp.linalg.cholesky(gram[1:, 1:] - signs[0] * jnp.outer(column, column))
    top = jnp.zeros_like(gram[0]).at[0].set(corner)
    return jnp.vstack([top, jnp.hstack([column[:, None], rest])])
