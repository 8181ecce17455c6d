r"""Curvature of a metric function from its 2-jet, in a frame, so that no inverse is formed and none is differentiated.

In an orthonormal frame that is constant in the coordinates,

.. math::
   \Gamma_{cab} &= \tfrac12 (\partial_a g_{cb} + \partial_b g_{ca} - \partial_c g_{ab}), \\
   R_{abcd} &= \tfrac12 (\partial_b \partial_c g_{ad} + \partial_a \partial_d g_{bc}
   - \partial_a \partial_c g_{bd} - \partial_b \partial_d g_{ac})
   + \eta^{ef} (\Gamma_{ead} \Gamma_{fbc} - \Gamma_{eac} \Gamma_{fbd})

(Misner, Thorne, Wheeler, Gravitation, exercise 14.16 and eq. 8.24).
"""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.curvature.frame import Frame, Signature, first_failure, refine, seed_from_metric
from riemlearn.curvature.local import LocalGeometry
from riemlearn.errors import Status
from riemlearn.jets import jet1, jet2, unpack

# A degenerate metric is that of a quotient if L_V g is smaller than this, relative to the derivatives of g.
_KILLING = 1e-4


def metric_frame(
    metric: Callable[[Float[Array, " n"]], Float[Array, "n n"]],
    x: Float[Array, " n"],
    signature: Signature,
    rank: int | None = None,
    tolerance: float | None = None,
) -> tuple[Float[Array, "n n"], Frame]:
    """The matrix of a metric, and a (pseudo-)orthonormal frame; no derivatives, unless a lower rank is declared."""
    matrix = metric(x)
    seed = seed_from_metric(matrix, signature, rank, tolerance)
    frame, _ = refine(seed, seed.basis.T @ matrix @ seed.basis)
    if rank is not None and rank < x.shape[0]:
        coframe = frame.signs[:, None] * (frame.basis.T @ matrix)
        constant = jnp.where(kernel_residual(metric, x, frame) <= _KILLING, Status.OK, Status.KERNEL_NOT_KILLING)
        frame = frame._replace(coframe=coframe, status=first_failure(frame.status, constant))
    return matrix, frame


def in_frame(
    metric: Callable[[Float[Array, " n"]], Float[Array, "n n"]], frame: Frame
) -> Callable[[Float[Array, " n"]], Float[Array, "r r"]]:
    """The components of a metric in a frame that is constant in the coordinates."""
    return lambda y: frame.basis.T @ metric(y) @ frame.basis


def kernel_residual(
    metric: Callable[[Float[Array, " n"]], Float[Array, "n n"]], x: Float[Array, " n"], frame: Frame
) -> Float[Array, ""]:
    r"""How far a degenerate metric is from that of a quotient by its kernel, relative to its own derivatives.

    It is one if :math:`L_V g = 0` for every section V of the kernel.  With :math:`g_{kj} V^k = 0` differentiated,

    .. math:: (L_V g)_{ij} = V^k (\partial_k g_{ij} - \partial_i g_{kj} - \partial_j g_{ik}) = -2 V^k \Gamma_{kij},

    so that first derivatives at one point tell.  Vectors are measured in the frame, and those of the kernel in
    coordinates.
    """
    first = jet1(metric, x).first  # [k, i, j]
    outside = jnp.eye(x.shape[0], dtype=x.dtype) - frame.basis @ frame.coframe
    lie = first - jnp.swapaxes(first, 0, 1) - jnp.moveaxis(first, 0, 2)
    lie = jnp.einsum("kl,kij->lij", outside, lie)
    rest = jnp.concatenate([frame.basis, outside], axis=1)
    lie = jnp.einsum("lij,ia,jb->lab", lie, rest, rest, optimize=True)
    size = jnp.einsum("kij,ia,jb->kab", first, rest, rest, optimize=True)
    return jnp.max(jnp.abs(lie)) / jnp.maximum(jnp.max(jnp.abs(size)), 1)


def christoffel_of(first: Float[Array, "r r r"]) -> Float[Array, "r r r"]:
    r""":math:`\Gamma_{cab}` in a frame, from the derivatives :math:`\partial_a g_{bc}` as ``first[a, b, c]``."""
    return (jnp.einsum("acb->cab", first) + jnp.einsum("bca->cab", first) - first) / 2


class IntrinsicPoint(LocalGeometry):
    r"""Geometry of a metric function at one point.

    Attributes
    ----------
    frame : Frame
        (Pseudo-)orthonormal frame.
    gamma : array of shape (n, n, n)
        :math:`\Gamma_{cab}`, all indices down, in the frame.
    second : array of shape (n, n, n, n)
        :math:`\partial_a \partial_b g_{cd}` as ``second[a, b, c, d]`` in the frame.
    """

    frame: Frame
    gamma: Float[Array, "n n n"]
    second: Float[Array, "n n n n"]

    @classmethod
    def at(
        cls,
        metric: Callable[[Float[Array, " n"]], Float[Array, "n n"]],
        x: Float[Array, " n"],
        signature: Signature = "riemannian",
        rank: int | None = None,
        tolerance: float | None = None,
    ) -> "IntrinsicPoint":
        """Geometry of ``metric`` at ``x``: the matrix, then its 2-jet along an orthonormal frame."""
        _, frame = metric_frame(metric, x, signature, rank, tolerance)
        jet = jet2(in_frame(metric, frame), x, frame.basis.T)
        return cls(frame, christoffel_of(jet.first), unpack(jet.second, frame.signs.shape[0]))

    def riemann_frame(self) -> Float[Array, "n n n n"]:
        r""":math:`R_{abcd}` in the frame."""
        second, n = self.second, self.gamma.shape[0]
        flat = self.gamma.reshape(n, n * n)
        product = (flat.T @ (self.frame.signs[:, None] * flat)).reshape(n, n, n, n)  # Gamma_eab Gamma^e_cd
        derivative = (
            jnp.einsum("bcad->abcd", second)
            + jnp.einsum("adbc->abcd", second)
            - jnp.einsum("acbd->abcd", second)
            - jnp.einsum("bdac->abcd", second)
        )
        return derivative / 2 + jnp.einsum("adbc->abcd", product) - jnp.einsum("acbd->abcd", product)

    def ricci_frame(self) -> Float[Array, "n n"]:
        r""":math:`\mathrm{Ric}_{bd} = \eta^{ac} R_{abcd}` in the frame."""
        return jnp.einsum("a,abad->bd", self.frame.signs, self.riemann_frame())

    def scalar(self) -> Float[Array, ""]:
        r"""Scalar curvature :math:`\eta^{bd}\,\mathrm{Ric}_{bd}`."""
        return jnp.sum(self.frame.signs * jnp.diagonal(self.ricci_frame()))

    def riemann_along(self) -> tuple[Float[Array, "n n n n"], Float[Array, "n n"], Float[Array, "n n"]]:
        """Along the frame."""
        return self.riemann_frame(), self.frame.coframe, self.frame.basis * self.frame.signs

    def contracted(
        self, a: Float[Array, "p n"], b: Float[Array, "q n"], c: Float[Array, "s n"], d: Float[Array, "t n"]
    ) -> Float[Array, "p q s t"]:
        r""":math:`R(a_p, b_q, c_s, d_t)` for four sets of vectors, given in the frame."""
        return jnp.einsum("ijkl,pi,qj,sk,tl->pqst", self.riemann_frame(), a, b, c, d, optimize=True)

    def curvature_operator(self) -> Float[Array, "planes planes"]:
        r""":math:`R_{(ab)(cd)}` in the frame, for the planes :math:`a < b` in lexical order."""
        a, b = np.triu_indices(len(self.frame.signs), 1)
        return self.riemann_frame()[a, b][:, a, b]
