r"""Curvature of a metric function along given directions: no Riemann tensor, O(n) columns of second derivatives.

From the formulas of :mod:`riemlearn.curvature.intrinsic`, with the components of g in an orthonormal frame,

.. math::
   R(u,v,u,v) &= \partial_u \partial_v g(u,v) - \tfrac12 \partial_u^2 g(v,v) - \tfrac12 \partial_v^2 g(u,u)
   + |\Gamma(u,v)|^2 - \langle \Gamma(u,u), \Gamma(v,v) \rangle,

and its trace over u is :math:`\mathrm{Ric}(v,v)`.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.curvature.directions import Directions
from riemlearn.curvature.frame import Frame
from riemlearn.curvature.intrinsic import christoffel_of, in_frame
from riemlearn.jets import Along, Jet2, Trace, jet1, jet2


class IntrinsicDirections(Directions):
    """Directions in the domain of a metric function."""

    frame: Frame
    function: Callable[[Float[Array, " n"]], Float[Array, "n n"]]
    x: Float[Array, " n"]

    def biquadratic(self, u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Float[Array, " m"]:
        r""":math:`R(u, v, u, v)` for pairs of vectors."""
        m = len(u)
        jet = self._jet(Along(jnp.concatenate([u, u, v]), jnp.concatenate([v, u, v])))
        mixed, along_u, along_v = jet.second[:m], jet.second[m : 2 * m], jet.second[2 * m :]
        derivative = _form(mixed, u, v) - (_form(along_u, v, v) + _form(along_v, u, u)) / 2
        gamma = christoffel_of(jet.first)
        uv, uu, vv = (jnp.einsum("cab,ma,mb->mc", gamma, a, b, optimize=True) for a, b in ((u, v), (u, u), (v, v)))
        return derivative + jnp.sum(self.frame.signs * (uv * uv - uu * vv), axis=-1)

    def ricci_quadratic(self, v: Float[Array, " r"]) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}(v, v)`."""
        signs = self.frame.signs
        eye, across = jnp.eye(len(v), dtype=v.dtype), jnp.broadcast_to(v, (len(v), len(v)))
        jet = self._jet(Along(eye, across), Along(v[None], v[None]), Trace(signs))
        mixed, own, laplacian = jet.second[:-2], jet.second[-2], jet.second[-1]
        derivative = signs @ jnp.einsum("aab,b->a", mixed, v) - (signs @ jnp.diagonal(own) + v @ laplacian @ v) / 2
        gamma = christoffel_of(jet.first)
        one, trace = gamma @ v, jnp.einsum("caa,a->c", gamma, signs)  # Gamma(E_a, v) as one[c, a]
        return derivative + signs @ (one * one) @ signs - jnp.sum(signs * trace * (one @ v))

    def connection_along(self, v: Float[Array, " r"]) -> Float[Array, " r"]:
        r""":math:`\Gamma_{cab} v^a v^b`, from first derivatives alone."""
        return (self._gamma() @ v) @ v

    def trace_of_connection(self) -> Float[Array, " r"]:
        r""":math:`\eta^{ab} \Gamma_{cab}`, from first derivatives alone."""
        return jnp.einsum("caa,a->c", self._gamma(), self.frame.signs)

    def _gamma(self) -> Float[Array, "r r r"]:
        return christoffel_of(jet1(in_frame(self.function, self.frame), self.x, self.frame.basis.T).first)

    def _jet(self, *second: Along | Trace) -> Jet2:
        return jet2(in_frame(self.function, self.frame), self.x, self.frame.basis.T, second)


def _form(matrices: Float[Array, "m r r"], u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Float[Array, " m"]:
    return jnp.einsum("mab,ma,mb->m", matrices, u, v, optimize=True)
