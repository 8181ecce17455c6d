r"""Orthonormal frames: where the curvature of an ill-conditioned metric is computed without inverting it.

A frame is found in two steps.  A *seed* frame comes from a factorisation of the Jacobian (QR) or of the metric
(symmetric eigenvalues) and may be inaccurate when the metric is nearly singular; derivatives are then taken along
its directions, and the *refinement* of the nearly orthonormal Gram matrix that they give is accurate.  The seed is a
constant for differentiation: nothing that is computed in a frame depends on which frame it is.
"""

from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, Int

from riemlearn.errors import Status, check_choice

Signature = Literal["riemannian", "lorentzian"]

# A frame is refused when its Gram matrix misses the identity by this much: fewer than one digit would be left.
ORTHONORMALITY_LIMIT = 0.25


class Frame(NamedTuple):
    r"""A (pseudo-)orthonormal frame :math:`E_a = E^i{}_a \partial_i` at a point.

    Attributes
    ----------
    basis : array of shape (n, n)
        :math:`E`; its columns are the frame vectors in coordinates.
    coframe : array of shape (n, n)
        :math:`E^{-1}`; its rows are the dual covectors, so that :math:`g = E^{-T} \eta E^{-1}`.
    signs : array of shape (n,)
        The diagonal of :math:`\eta`: all 1, or -1 first for a Lorentzian metric.
    volume_density : scalar
        :math:`\sqrt{|\det g|}`.
    status : integer scalar
        A :class:`~riemlearn.errors.Status`.
    """

    basis: Float[Array, "n n"]
    coframe: Float[Array, "n n"]
    signs: Float[Array, " n"]
    volume_density: Float[Array, ""]
    status: Int[Array, ""]

    def inverse(self) -> Float[Array, "n n"]:
        r""":math:`g^{ij} = \eta^{ab} E^i{}_a E^j{}_b`."""
        return (self.basis * self.signs) @ self.basis.T


def check_signature(signature: Any) -> Signature:
    """Return ``signature`` if it is a known one.

    Raises
    ------
    ShapeError
        If it is neither ``"riemannian"`` nor ``"lorentzian"``.
    """
    return check_choice("signature", signature, get_args(Signature))


def first_failure(*statuses: Int[Array, "*#batch"]) -> Int[Array, "*batch"]:
    """The first status that is not OK."""
    result = jnp.asarray(Status.OK, dtype=jnp.int32)
    for status in reversed(statuses):
        result = jnp.where(status != Status.OK, status, result)
    return result.astype(jnp.int32)


def seed_from_jacobian(jacobian: Float[Array, "n d"]) -> Frame:
    """Seed frame of an embedding whose derivatives along the coordinates are the rows of ``jacobian``, by QR."""
    n = jacobian.shape[0]
    triangle = jnp.linalg.qr(jax.lax.stop_gradient(jacobian).T, mode="r")
    basis = solve_triangular(triangle, jnp.eye(n, dtype=jacobian.dtype))
    finite = jnp.all(jnp.isfinite(jacobian))
    return Frame(
        basis,
        triangle,
        jnp.ones(n, jacobian.dtype),
        jnp.prod(jnp.abs(jnp.diagonal(triangle))),
        jnp.where(finite, Status.OK, Status.NOT_FINITE).astype(jnp.int32),
    )


def seed_from_metric(metric: Float[Array, "n n"], signature: Signature) -> Frame:
    """Seed frame of a metric by its eigenvalues, after its coordinates are scaled to comparable lengths."""
    metric = jax.lax.stop_gradient(metric)
    n = metric.shape[0]
    diagonal = jnp.abs(jnp.diagonal(metric))
    scale = jnp.where(diagonal > 0, 1 / jnp.sqrt(jnp.where(diagonal > 0, diagonal, 1)), 1)
    eigenvalues, vectors = jnp.linalg.eigh(metric * scale[:, None] * scale)
    length = jnp.sqrt(jnp.abs(eigenvalues))
    asymmetry = jnp.max(jnp.abs((metric - metric.T) * scale[:, None] * scale))

    eps = jnp.finfo(metric.dtype).eps
    negative = jnp.sum(eigenvalues < 0)
    smallest = jnp.min(jnp.abs(eigenvalues))
    status = first_failure(
        jnp.where(jnp.all(jnp.isfinite(metric)), Status.OK, Status.NOT_FINITE),
        jnp.where(asymmetry <= jnp.sqrt(eps), Status.OK, Status.NOT_SYMMETRIC),
        jnp.where(smallest > n * eps * jnp.max(jnp.abs(eigenvalues)), Status.OK, Status.SINGULAR),
        jnp.where(negative == (signature == "lorentzian"), Status.OK, Status.INDEFINITE),
    )
    # eigh returns ascending eigenvalues, so that the one negative direction of a Lorentzian metric comes first.
    signs = jnp.where((jnp.arange(n) == 0) & (signature == "lorentzian"), -1, 1).astype(metric.dtype)
    return Frame(
        scale[:, None] * vectors / length,
        length[:, None] * vectors.T / scale,
        signs,
        jnp.prod(length / scale),
        status,
    )


def refine(seed: Frame, gram: Float[Array, "n n"]) -> tuple[Frame, Float[Array, "n n"]]:
    r"""Make a seed frame orthonormal, given the Gram matrix of its vectors, which is nearly :math:`\eta`.

    Returns
    -------
    frame : Frame
        The refined frame.
    change : array of shape (n, n)
        The matrix F, near the identity, with ``frame.basis = seed.basis @ F``.
    """
    n = gram.shape[0]
    lower = _factor(gram, seed.signs)
    miss = jnp.linalg.norm(gram - jnp.diag(seed.signs))
    usable = (miss <= ORTHONORMALITY_LIMIT) & jnp.all(jnp.isfinite(lower))
    change = solve_triangular(lower, jnp.eye(n, dtype=gram.dtype), lower=True).T
    frame = Frame(
        seed.basis @ change,
        lower.T @ seed.coframe,
        seed.signs,
        seed.volume_density * jnp.prod(jnp.diagonal(lower)),
        first_failure(seed.status, jnp.where(usable, Status.OK, Status.RANK_DEFICIENT)),
    )
    return frame, change


def _factor(gram: Float[Array, "n n"], signs: Float[Array, " n"]) -> Float[Array, "n n"]:
    r"""Lower triangular L with :math:`L \eta L^T` = gram, for a Gram matrix near :math:`\eta`; no pivot is needed.

    The first column carries the sign of :math:`\eta_{00}`; what it leaves is positive definite.
    """
    corner = jnp.sqrt(signs[0] * gram[0, 0])
    column = signs[0] * gram[1:, 0] / corner
    rest = jnp.linalg.cholesky(gram[1:, 1:] - signs[0] * jnp.outer(column, column))
    top = jnp.zeros_like(gram[0]).at[0].set(corner)
    return jnp.vstack([top, jnp.hstack([column[:, None], rest])])
