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
from jaxtyping import Array, Float

from riemlearn.curvature.frame import Frame, Signature, refine, seed_from_metric
from riemlearn.curvature.local import LocalGeometry
from riemlearn.jets import jet2, unpack


def metric_frame(
    metric: Callable[[Float[Array, " n"]], Float[Array, "n n"]], x: Float[Array, " n"], signature: Signature
) -> tuple[Float[Array, "n n"], Frame]:
    """The matrix of a metric, and a (pseudo-)orthonormal frame; no derivatives."""
    matrix = metric(x)
    seed = seed_from_metric(matrix, signature)
    return matrix, refine(seed, seed.basis.T @ matrix @ seed.basis)[0]


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
    ) -> "IntrinsicPoint":
        """Geometry of ``metric`` at ``x``: the matrix, then its 2-jet along an orthonormal frame."""
        seed = seed_from_metric(metric(x), signature)

        def in_seed(y: Float[Array, " n"]) -> Float[Array, "n n"]:
            return seed.basis.T @ metric(y) @ seed.basis

        jet = jet2(in_seed, x, seed.basis.T)
        frame, change = refine(seed, jet.value)
        first = jnp.einsum("pa,qb,rc,pqr->abc", change, change, change, jet.first, optimize=True)
        second = jnp.einsum(
            "pa,qb,rc,sd,pqrs->abcd",
            *(change,) * 4,
            unpack(jet.second, x.shape[0]),
            optimize=True,
        )
        # first[a, b, c] is the derivative along E_a of g_bc
        gamma = (jnp.einsum("acb->cab", first) + jnp.einsum("bca->cab", first) - first) / 2
        return cls(frame, gamma, second)

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

    def biquadratic(self, u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`R_{abcd} u^a v^b u^c v^d` for u, v in the frame."""
        return jnp.einsum("abcd,a,b,c,d->", self.riemann_frame(), u, v, u, v, optimize=True)
