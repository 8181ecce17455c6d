r"""Curvature of an embedding by the Gauss equation: second derivatives of the map and no more.

With the normal part :math:`\mathrm{II}` of :math:`D^2 f`, and the curvature :math:`\bar R` of the ambient space,

.. math::
   R_{abcd} = \bar R_{abcd} + \langle \mathrm{II}_{ac}, \mathrm{II}_{bd} \rangle
   - \langle \mathrm{II}_{ad}, \mathrm{II}_{bc} \rangle,

(do Carmo, Riemannian Geometry, ch. 6, thm 2.5; O'Neill, Semi-Riemannian Geometry, ch. 4, thm 5), where other routes
differentiate the metric twice and with it the map three times.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from riemlearn.curvature.ambient import Surroundings, euclidean, inner
from riemlearn.curvature.frame import Frame, Signature, first_failure, refine, seed_from_jacobian, seed_from_metric
from riemlearn.curvature.local import LocalGeometry
from riemlearn.errors import Status
from riemlearn.jets import Jet2, jet1, jet2, unpack


class Framed(NamedTuple):
    r"""First derivatives of an embedding, and the orthonormal frame made of them.

    Attributes
    ----------
    jacobian : array of shape (n, d)
        Derivatives along the coordinates, one a row.
    frame : Frame
        The orthonormal frame :math:`E_a`.
    seed : array of shape (n, r)
        The nearly orthonormal vectors, one a column, along which derivatives are taken.
    change : array of shape (r, r)
        F, near the identity, with E = seed F.  What was computed along the seed is turned by it afterwards: the product
        itself, rounded to numbers, would be orthonormal only to :math:`\kappa \epsilon`.
    """

    jacobian: Float[Array, "n d"]
    frame: Frame
    seed: Float[Array, "n r"]
    change: Float[Array, "r r"]


def embedding_frame(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]] | Surroundings,
    x: Float[Array, " n"],
    signature: Signature = "riemannian",
    rank: int | None = None,
    tolerance: float | None = None,
) -> Framed:
    """Derivatives of an embedding along the coordinates, and an orthonormal frame; first order only."""
    around = f if isinstance(f, Surroundings) else euclidean(f)
    image, derivative = jax.linearize(around.function, x)
    push = jax.vmap(derivative)
    jacobian = push(jnp.eye(x.shape[0], dtype=x.dtype))
    seed = _seed(around, image, jacobian, signature, rank, tolerance)
    return _framed(around, jacobian, seed, push(seed.basis.T))


def _seed(
    around: Surroundings,
    image: Float[Array, " d"],
    jacobian: Float[Array, "n d"],
    signature: Signature,
    rank: int | None,
    tolerance: float | None,
) -> Frame:
    """The seed of the Jacobian; where the map itself is not finite there is none, whatever its derivatives are."""
    if around.signs is None:
        seed = seed_from_jacobian(jacobian, rank, tolerance)
    else:
        seed = seed_from_metric(inner(jacobian, jacobian, around.signs), signature, rank, tolerance)
    finite = jnp.where(jnp.all(jnp.isfinite(image)), Status.OK, Status.NOT_FINITE)
    return seed._replace(status=first_failure(around.status, finite, seed.status))


def _framed(around: Surroundings, jacobian: Float[Array, "n d"], seed: Frame, along: Float[Array, "r d"]) -> Framed:
    """Refine a seed, given the derivatives along it."""
    frame, change = refine(seed, inner(along, along, around.signs))
    if len(frame.signs) < len(jacobian):  # the seed knows the kernel at x alone, and this what becomes of it nearby
        frame = frame._replace(coframe=frame.signs[:, None] * inner(change.T @ along, jacobian, around.signs))
    return Framed(jacobian, frame, seed.basis, change)


class EmbeddedPoint(LocalGeometry):
    r"""Geometry of an embedded manifold at one point, from the 2-jet of its embedding.

    Attributes
    ----------
    frame : Frame
        Orthonormal frame of the tangent space.
    gamma : array of shape (r, r, r)
        :math:`\langle D^2 f(E_a, E_b), E_c \rangle` as ``gamma[c, a, b]``.
    tangent : array of shape (r, d)
        The frame vectors :math:`Df(E_a)` in the ambient space.
    change : array of shape (r, r)
        F, near the identity: the frame is the seed times F.
    seeded : array of shape (r (r + 1) / 2, m)
        Second fundamental form of the vectors of the seed, :math:`a \le b`; in the ambient space (m = d), or in a
        basis of the normal space (m = d - n).
    normal_signs : array of shape (m,), or None
        Signs of the inner product of normals; None for all 1.
    background : array of shape (r, r, r, r), or None
        Curvature :math:`\bar R` of the ambient space along the frame; None for none.
    """

    frame: Frame
    gamma: Float[Array, "r r r"]
    tangent: Float[Array, "r d"]
    change: Float[Array, "r r"]
    seeded: Float[Array, "pairs m"]
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
        """Geometry of the embedding ``f`` at ``x``: a seed from the Jacobian, then the 2-jet along it."""
        around = f if isinstance(f, Surroundings) else euclidean(f)
        image, jacobian = jet1(around.function, x)
        seed = _seed(around, image, jacobian, signature, rank, tolerance)
        jet = jet2(around.function, x, seed.basis.T)
        framed = _framed(around, jacobian, seed, jet.first)
        return cls.from_second(framed, jet.first, jet.second, around.signs, around.riemann)

    @classmethod
    def from_second(
        cls,
        framed: Framed,
        along: Float[Array, "r d"],
        second: Float[Array, "pairs d"],
        signs: Float[Array, " d"] | None = None,
        riemann: Float[Array, "d d d d"] | None = None,
    ) -> "EmbeddedPoint":
        """Geometry from derivatives along a seed, the signs of the ambient metric and its curvature."""
        frame, change = framed.frame, framed.change
        tangent = change.T @ along
        tangential, normal = split(second, tangent, frame, signs)
        background = None
        if riemann is not None:
            background = jnp.einsum("pqrs,ap,bq,cr,ds->abcd", riemann, *(tangent,) * 4, optimize=True)
        return cls(frame, turned_gamma(tangential, change), tangent, change, normal, signs, background)

    @classmethod
    def from_jet(cls, jet: Jet2) -> "EmbeddedPoint":
        """Geometry from a 2-jet along coordinate directions, as accurate as these directions are well-conditioned."""
        seed = seed_from_jacobian(jet.first)
        along = seed.basis.T @ jet.first
        second = unpack(jet.second, jet.first.shape[0])
        second = jnp.einsum("ia,jb,ijd->abd", seed.basis, seed.basis, second, optimize=True)
        framed = _framed(euclidean(lambda x: x), jet.first, seed, along)
        return cls.from_second(framed, along, second[np.triu_indices(second.shape[0])])

    def normals(self) -> Float[Array, "r r m"]:
        r""":math:`\mathrm{II}(E_a, E_b)` for all a and b."""
        seeded = unpack(self.seeded, len(self.change))
        return jnp.einsum("pa,qb,pqm->abm", self.change, self.change, seeded, optimize=True)

    def riemann_frame(self) -> Float[Array, "r r r r"]:
        r""":math:`R_{abcd}` in the frame, by the Gauss equation."""
        product = self._product(self.normals()[np.triu_indices(len(self.change))])
        return product if self.background is None else product + self.background

    def riemann_along(self) -> tuple[Float[Array, "r r r r"], Float[Array, "r n"], Float[Array, "n r"]]:
        """Along the seed, which saves to turn the second fundamental form."""
        product = self._product(self.seeded)
        if self.background is not None:
            back = (solve_triangular(self.change, jnp.eye(len(self.change), dtype=self.change.dtype)),) * 4
            product = product + jnp.einsum("abcd,ap,bq,cr,ds->pqrs", self.background, *back, optimize=True)
        raised = (self.frame.basis * self.frame.signs) @ self.change.T
        return product, self.change @ self.frame.coframe, raised

    def _product(self, normal: Float[Array, "pairs m"]) -> Float[Array, "r r r r"]:
        """The difference of products of second fundamental forms in the Gauss equation."""
        r = len(self.change)
        gram = inner(normal, normal, self.normal_signs)
        gram = unpack(jnp.moveaxis(unpack(gram, r), -1, 0), r)  # <II_ac, II_bd> as gram[b, d, a, c]
        return jnp.einsum("bdac->abcd", gram) - jnp.einsum("bcad->abcd", gram)

    def ricci_frame(self) -> Float[Array, "r r"]:
        r"""Ricci curvature in the frame, :math:`\bar R^c{}_{acb}` added if the ambient space is curved.

        .. math:: \langle H, \mathrm{II}_{ab} \rangle
            - \sum_c \eta^{cc} \langle \mathrm{II}_{ac}, \mathrm{II}_{bc} \rangle
        """
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
        signs, mean = self.frame.signs, self.mean_curvature()
        scalar = inner(mean, mean, self.normal_signs) - self.squared_second_fundamental_form()
        if self.background is None:
            return scalar
        return scalar + jnp.einsum("a,b,abab->", signs, signs, self.background)

    def contracted(
        self, a: Float[Array, "p r"], b: Float[Array, "q r"], c: Float[Array, "s r"], d: Float[Array, "t r"]
    ) -> Float[Array, "p q s t"]:
        r""":math:`R(a_p, b_q, c_s, d_t)` for four sets of vectors, given in the frame."""
        along_a, along_b = (jnp.tensordot(v, self.normals(), 1) for v in (a, b))
        ac, ad, bc, bd = (jnp.einsum("prm,sr->psm", n, v) for n in (along_a, along_b) for v in (c, d))
        product = jnp.swapaxes(inner(ac, bd, self.normal_signs), 1, 2)
        value = product - jnp.einsum("ptqs->pqst", inner(ad, bc, self.normal_signs))
        if self.background is None:
            return value
        return value + jnp.einsum("ijkl,pi,qj,sk,tl->pqst", self.background, a, b, c, d, optimize=True)

    def curvature_operator(self) -> Float[Array, "planes planes"]:
        r""":math:`R_{(ab)(cd)}` in the frame, for the planes :math:`a < b` in lexical order."""
        r = len(self.change)
        pairs = np.triu_indices(r)
        normal = self.normals()[pairs]
        gram = inner(normal, normal, self.normal_signs)
        place = np.zeros((r, r), int)
        place[pairs] = place[pairs[::-1]] = np.arange(len(normal))
        a, b = (v[:, None] for v in np.triu_indices(r, 1))
        value = gram[place[a, a.T], place[b, b.T]] - gram[place[a, b.T], place[b, a.T]]
        return value if self.background is None else value + self.background[a, b, a.T, b.T]

    def mean_curvature(self) -> Float[Array, " m"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        rows, columns = np.triu_indices(len(self.change))
        return (jnp.asarray(np.where(rows == columns, 1, 2)) * self._raised()[rows, columns]) @ self.seeded

    def _raised(self) -> Float[Array, "r r"]:
        """The inverse metric along the seed."""
        return (self.change * self.frame.signs) @ self.change.T

    def squared_second_fundamental_form(self) -> Float[Array, ""]:
        r""":math:`|\mathrm{II}|^2`."""
        r, m = len(self.change), self.seeded.shape[1]
        # one index raised by the inverse of the seed's Gram matrix, which is less work than to turn both
        raised = (self._raised() @ unpack(self.seeded, r).reshape(r, r * m)).reshape(r, r, m)
        signed = raised if self.normal_signs is None else raised * self.normal_signs
        return jnp.sum(signed * jnp.swapaxes(raised, 0, 1))

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


def turned_gamma(tangential: Float[Array, "pairs r"], change: Float[Array, "r r"]) -> Float[Array, "r r r"]:
    r""":math:`\langle D^2 f(E_a, E_b), E_c \rangle` as ``gamma[c, a, b]``, from what it is along the seed."""
    return jnp.einsum("pa,qb,pqc->cab", change, change, unpack(tangential, len(change)), optimize=True)
