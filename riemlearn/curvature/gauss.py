r"""Curvature of an embedding by the Gauss equation: second derivatives of the map and no more.

With the normal part :math:`\mathrm{II}` of :math:`D^2 f`,

.. math::
   R_{abcd} = \langle \mathrm{II}_{ac}, \mathrm{II}_{bd} \rangle
   - \langle \mathrm{II}_{ad}, \mathrm{II}_{bc} \rangle,

(do Carmo, Riemannian Geometry, ch. 6, thm 2.5), where other routes differentiate the metric twice and with it the map
three times.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.curvature.frame import Frame, refine, seed_from_jacobian
from riemlearn.curvature.local import LocalGeometry
from riemlearn.jets import Jet2, jet1, jet2, unpack


def embedding_frame(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]], x: Float[Array, " n"]
) -> tuple[Float[Array, "n d"], Frame]:
    """Derivatives of an embedding along the coordinates (one a row), and an orthonormal frame; first order only."""
    jacobian = jet1(f, x).first
    seed = seed_from_jacobian(jacobian)
    along = seed.basis.T @ jacobian
    return jacobian, refine(seed, along @ along.T)[0]


class EmbeddedPoint(LocalGeometry):
    r"""Geometry of an embedded manifold at one point, from the 2-jet of its embedding.

    Attributes
    ----------
    frame : Frame
        Orthonormal frame of the tangent space.
    gamma : array of shape (n, n, n)
        :math:`\langle D^2 f(E_a, E_b), E_c \rangle` as ``gamma[c, a, b]``.
    normal : array of shape (n, n, d)
        Second fundamental form :math:`\mathrm{II}(E_a, E_b)`.
    tangent : array of shape (n, d)
        The frame vectors :math:`Df(E_a)` in the ambient space.
    """

    frame: Frame
    gamma: Float[Array, "n n n"]
    normal: Float[Array, "n n d"]
    tangent: Float[Array, "n d"]

    @classmethod
    def at(cls, f: Callable[[Float[Array, " n"]], Float[Array, " d"]], x: Float[Array, " n"]) -> "EmbeddedPoint":
        """Geometry of the embedding ``f`` at ``x``: its Jacobian, then its 2-jet along an orthonormal frame."""
        seed = seed_from_jacobian(jet1(f, x).first)
        return cls._from_seeded(seed, jet2(f, x, seed.basis.T))

    @classmethod
    def from_jet(cls, jet: Jet2) -> "EmbeddedPoint":
        """Geometry from a 2-jet along coordinate directions, as accurate as these directions are well-conditioned."""
        seed = seed_from_jacobian(jet.first)
        along = unpack(jet.second, jet.first.shape[0])
        second = jnp.einsum("ia,jb,ijd->abd", seed.basis, seed.basis, along, optimize=True)
        rows, columns = jnp.triu_indices(jet.first.shape[0])
        return cls._from_seeded(seed, Jet2(jet.value, seed.basis.T @ jet.first, second[rows, columns]))

    @classmethod
    def _from_seeded(cls, seed: Frame, jet: Jet2) -> "EmbeddedPoint":
        frame, change = refine(seed, jet.first @ jet.first.T)
        tangent = change.T @ jet.first
        second = unpack(jet.second, change.shape[0])
        second = jnp.einsum("pa,qb,pqd->abd", change, change, second, optimize=True)
        gamma = jnp.einsum("cd,abd->cab", tangent, second)
        return cls(frame, gamma, second - jnp.einsum("cab,cd->abd", gamma, tangent), tangent)

    def riemann_frame(self) -> Float[Array, "n n n n"]:
        r""":math:`R_{abcd}` in the frame, by the Gauss equation."""
        n, d = self.normal.shape[0], self.normal.shape[-1]
        flat = self.normal.reshape(n * n, d)
        gram = (flat @ flat.T).reshape(n, n, n, n)  # <II_ac, II_bd> as gram[a, c, b, d]
        return jnp.einsum("acbd->abcd", gram) - jnp.einsum("adbc->abcd", gram)

    def ricci_frame(self) -> Float[Array, "n n"]:
        r""":math:`\langle H, \mathrm{II}_{ab}\rangle - \sum_c \langle\mathrm{II}_{ac},\mathrm{II}_{bc}\rangle`."""
        flat = self.normal.reshape(self.normal.shape[0], -1)
        return self.normal @ self.mean_curvature() - flat @ flat.T

    def scalar(self) -> Float[Array, ""]:
        r"""Scalar curvature :math:`|H|^2 - |\mathrm{II}|^2`."""
        return jnp.sum(self.mean_curvature() ** 2) - jnp.sum(self.normal**2)

    def biquadratic(self, u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`\langle \mathrm{II}(u,u), \mathrm{II}(v,v) \rangle - |\mathrm{II}(u,v)|^2` for u, v in the frame."""
        along_u, along_v = jnp.tensordot(u, self.normal, 1), jnp.tensordot(v, self.normal, 1)
        return (u @ along_u) @ (v @ along_v) - jnp.sum((u @ along_v) ** 2)

    def mean_curvature(self) -> Float[Array, " d"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        return jnp.einsum("aad->d", self.normal)

    def second_fundamental_form(self) -> Float[Array, "n n d"]:
        r""":math:`\mathrm{II}_{ij}`, the normal part of :math:`\partial_i \partial_j f`, in coordinates."""
        coframe = self.frame.coframe
        return jnp.einsum("abd,ai,bj->ijd", self.normal, coframe, coframe, optimize=True)
