r"""Curvature of an embedding by the Gauss equation: second derivatives of the map and no more.

With the normal part :math:`\mathrm{II}` of :math:`D^2 f`, and the curvature :math:`\bar R` of the ambient space,

.. math::
   R_{abcd} = \bar R_{abcd} + \langle \mathrm{II}_{ac}, \mathrm{II}_{bd} \rangle
   - \langle \mathrm{II}_{ad}, \mathrm{II}_{bc} \rangle,

(do Carmo, Riemannian Geometry, ch. 6, thm 2.5; O'Neill, Semi-Riemannian Geometry, ch. 4, thm 5), where other routes
differentiate the metric twice and with it the map three times.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.curvature.ambient import Surroundings, euclidean, inner
from riemlearn.curvature.frame import Frame, Signature, first_failure, refine, seed_from_jacobian, seed_from_metric
from riemlearn.curvature.local import LocalGeometry
from riemlearn.jets import Jet2, jet2, unpack


def embedding_frame(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]] | Surroundings,
    x: Float[Array, " n"],
    signature: Signature = "riemannian",
    rank: int | None = None,
    tolerance: float | None = None,
) -> tuple[Float[Array, "n d"], Frame]:
    """Derivatives of an embedding along the coordinates (one a row), and an orthonormal frame; first order only."""
    around = f if isinstance(f, Surroundings) else euclidean(f)
    n = x.shape[0]
    push = jax.vmap(jax.linearize(around.function, x)[1])
    jacobian = push(jnp.eye(n, dtype=x.dtype))
    if around.signs is None:
        seed = seed_from_jacobian(jacobian, rank, tolerance)
    else:
        seed = seed_from_metric(inner(jacobian, jacobian, around.signs), signature, rank, tolerance)
    along = push(seed.basis.T)
    seed = seed._replace(status=first_failure(around.status, seed.status))
    frame, change = refine(seed, inner(along, along, around.signs))
    if rank is not None and rank < n:  # the seed knows the kernel at x alone, and this what becomes of it nearby
        frame = frame._replace(coframe=frame.signs[:, None] * inner(change.T @ along, jacobian, around.signs))
    return jacobian, frame


class EmbeddedPoint(LocalGeometry):
    r"""Geometry of an embedded manifold at one point, from the 2-jet of its embedding.

    Attributes
    ----------
    frame : Frame
        Orthonormal frame of the tangent space.
    gamma : array of shape (r, r, r)
        :math:`\langle D^2 f(E_a, E_b), E_c \rangle` as ``gamma[c, a, b]``.
    normal : array of shape (r (r + 1) / 2, m)
        Second fundamental form :math:`\mathrm{II}(E_a, E_b)` for :math:`a \le b`; in the ambient space (m = d), or in a
        basis of the normal space (m = d - n).
    tangent : array of shape (r, d)
        The frame vectors :math:`Df(E_a)` in the ambient space.
    normal_signs : array of shape (m,), or None
        Signs of the inner product of normals; None for all 1.
    background : array of shape (r, r, r, r), or None
        Curvature :math:`\bar R` of the ambient space along the frame; None for none.
    """

    frame: Frame
    gamma: Float[Array, "r r r"]
    normal: Float[Array, "pairs m"]
    tangent: Float[Array, "r d"]
    normal_signs: Float[Array, " m"] | None = None
    background: Float[Array, "r r r r"] | None = None

    @classmethod
    def at(
        cls,
        f: Callable[[Float[Array, " n"]], Float[Array, " d"]] | Surroundings,
        x: Float[Array, " n"],
        signature: Signature = "riemannian",
        rank: int | None = None,
        tolerance: float | None = None,
    ) -> "EmbeddedPoint":
        """Geometry of the embedding ``f`` at ``x``: an orthonormal frame, then the 2-jet along it."""
        around = f if isinstance(f, Surroundings) else euclidean(f)
        _, frame = embedding_frame(around, x, signature, rank, tolerance)
        jet = jet2(around.function, x, frame.basis.T)
        return cls.from_framed_jet(frame, jet, around.signs, around.riemann)

    @classmethod
    def from_framed_jet(
        cls,
        frame: Frame,
        jet: Jet2,
        signs: Float[Array, " d"] | None = None,
        riemann: Float[Array, "d d d d"] | None = None,
    ) -> "EmbeddedPoint":
        """Geometry from a 2-jet along an orthonormal frame, the signs of the ambient metric and its curvature."""
        tangent = jet.first
        along, normal = split(jet.second, tangent, frame, signs)
        background = None
        if riemann is not None:
            background = jnp.einsum("pqrs,ap,bq,cr,ds->abcd", riemann, *(tangent,) * 4, optimize=True)
        gamma = jnp.moveaxis(unpack(along, tangent.shape[0]), -1, 0)
        return cls(frame, gamma, normal, tangent, signs, background)

    @classmethod
    def from_jet(cls, jet: Jet2) -> "EmbeddedPoint":
        """Geometry from a 2-jet along coordinate directions, as accurate as these directions are well-conditioned."""
        seed = seed_from_jacobian(jet.first)
        along = seed.basis.T @ jet.first
        frame, change = refine(seed, along @ along.T)
        second = unpack(jet.second, jet.first.shape[0])
        second = jnp.einsum("ia,jb,ijd->abd", frame.basis, frame.basis, second, optimize=True)
        packed = second[np.triu_indices(second.shape[0])]
        return cls.from_framed_jet(frame, Jet2(jet.value, change.T @ along, packed))

    def normals(self) -> Float[Array, "r r m"]:
        r""":math:`\mathrm{II}(E_a, E_b)` for all a and b."""
        return unpack(self.normal, self.tangent.shape[0])

    def riemann_frame(self) -> Float[Array, "r r r r"]:
        r""":math:`R_{abcd}` in the frame, by the Gauss equation."""
        gram = inner(self.normal, self.normal, self.normal_signs)
        r = self.tangent.shape[0]
        gram = unpack(jnp.moveaxis(unpack(gram, r), -1, 0), r)  # <II_ac, II_bd> as gram[b, d, a, c]
        product = jnp.einsum("bdac->abcd", gram) - jnp.einsum("bcad->abcd", gram)
        return product if self.background is None else product + self.background

    def ricci_frame(self) -> Float[Array, "r r"]:
        r""":math:`\langle H, \mathrm{II}_{ab}\rangle - \sum_c \eta^{cc} \langle\mathrm{II}_{ac},\mathrm{II}_{bc}\rangle`."""
        normals, signs, normal_signs = self.normals(), self.frame.signs, self.normal_signs
        r = signs.shape[0]
        weighted = normals * signs[:, None]
        if normal_signs is not None:
            weighted = weighted * normal_signs
        ricci = inner(normals, self.mean_curvature(), normal_signs)
        ricci = ricci - weighted.reshape(r, -1) @ normals.reshape(r, -1).T
        if self.background is None:
            return ricci
        return ricci + jnp.einsum("a,abad->bd", signs, self.background)

    def scalar(self) -> Float[Array, ""]:
        r"""Scalar curvature :math:`|H|^2 - |\mathrm{II}|^2`, and what the ambient space adds."""
        signs, normal_signs = self.frame.signs, self.normal_signs
        rows, columns = np.triu_indices(signs.shape[0])
        mean = self.mean_curvature()
        weights = np.where(rows == columns, 1, 2) * signs[rows] * signs[columns]
        weighted = weights[:, None] * self.normal
        if normal_signs is not None:
            weighted = weighted * normal_signs
        scalar = inner(mean, mean, normal_signs) - jnp.vdot(weighted, self.normal)
        if self.background is None:
            return scalar
        return scalar + jnp.einsum("a,b,abab->", signs, signs, self.background)

    def biquadratic(self, u: Float[Array, " r"], v: Float[Array, " r"]) -> Float[Array, ""]:
        r""":math:`\langle \mathrm{II}(u,u), \mathrm{II}(v,v) \rangle - |\mathrm{II}(u,v)|^2` for u, v in the frame."""
        normals = self.normals()
        along_u, along_v = jnp.tensordot(u, normals, 1), jnp.tensordot(v, normals, 1)
        mixed = u @ along_v
        value = inner(u @ along_u, v @ along_v, self.normal_signs) - inner(mixed, mixed, self.normal_signs)
        if self.background is None:
            return value
        return value + jnp.einsum("abcd,a,b,c,d->", self.background, u, v, u, v, optimize=True)

    def mean_curvature(self) -> Float[Array, " m"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        rows, columns = np.triu_indices(self.tangent.shape[0])
        return jnp.where(rows == columns, self.frame.signs[rows], 0) @ self.normal

    def second_fundamental_form(self) -> Float[Array, "n n m"]:
        r""":math:`\mathrm{II}_{ij}`, the normal part of :math:`\partial_i \partial_j f`, in coordinates."""
        coframe = self.frame.coframe
        return jnp.einsum("abd,ai,bj->ijd", self.normals(), coframe, coframe, optimize=True)


def split(
    second: Float[Array, "k d"], tangent: Float[Array, "r d"], frame: Frame, signs: Float[Array, " d"] | None
) -> tuple[Float[Array, "k r"], Float[Array, "k d"]]:
    r"""Tangential components :math:`\langle D^2 f, E_c \rangle` and normal parts of second derivatives, one a row."""
    along = inner(second, tangent, signs)
    return along, second - (along * frame.signs) @ tangent
