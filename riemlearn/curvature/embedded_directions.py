r"""Curvature along given directions: some ten columns of second derivatives, and no tensor.

Of an embedding with second fundamental form II and mean curvature vector H, in an orthonormal frame,

.. math::
   R(u,v,u,v) &= \langle \mathrm{II}(u,u), \mathrm{II}(v,v) \rangle - |\mathrm{II}(u,v)|^2, \\
   \mathrm{Ric}(v,v) &= \langle H, \mathrm{II}(v,v) \rangle - \sum_a \eta^{aa} |\mathrm{II}(E_a, v)|^2, \\
   \mathrm{scal} &= |H|^2 - \sum_{ab} \eta^{aa} \eta^{bb} |\mathrm{II}(E_a, E_b)|^2,

and what the curvature of the ambient space adds, so that 3, n + 2 and, one row after another, n columns are enough.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.curvature.ambient import Surroundings, inner
from riemlearn.curvature.directions import Directions
from riemlearn.curvature.frame import Frame
from riemlearn.curvature.gauss import Framed, split
from riemlearn.jets import Along, Trace, jet1, jet2


class EmbeddedDirections(Directions):
    """Directions tangent to an embedded manifold; derivatives are taken along the seed of the frame."""

    frame: Frame
    around: Surroundings
    x: Float[Array, " n"]
    seed: Float[Array, "n r"]
    change: Float[Array, "r r"]

    @classmethod
    def at(cls, around: Surroundings, x: Float[Array, " n"], framed: Framed) -> "EmbeddedDirections":
        """Directions at a point whose frame has been found."""
        return cls(framed.frame, around, x, framed.seed, framed.change)

    def biquadratic(self, u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Float[Array, " m"]:
        r""":math:`R(u, v, u, v)` for pairs of vectors."""
        m = len(u)
        _, normal, tangent = self._forms(self._along(jnp.concatenate([u, v, u]), jnp.concatenate([u, v, v])))
        first, second, mixed = normal[:m], normal[m : 2 * m], normal[2 * m :]
        value = self._dot(first, second) - self._dot(mixed, mixed)
        if self.around.riemann is None:
            return value
        u, v = u @ tangent, v @ tangent
        return value + jnp.einsum("pqrs,mp,mq,mr,ms->m", self.around.riemann, u, v, u, v, optimize=True)

    def ricci_quadratic(self, v: Float[Array, " r"]) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}(v, v)`."""
        eye, signs = jnp.eye(len(v), dtype=v.dtype), self.frame.signs
        rest = self._along(jnp.concatenate([eye, v[None]]), jnp.broadcast_to(v, (len(v) + 1, len(v))))
        _, normal, tangent = self._forms(rest, self._trace())
        own, mean, mixed = normal[-2], normal[-1], normal[:-2]
        value = inner(mean, own, self.around.signs) - signs @ self._dot(mixed, mixed)
        if self.around.riemann is None:
            return value
        v, turned = v @ tangent, _raised(tangent, signs)
        return value + jnp.einsum("pqrs,pr,q,s->", self.around.riemann, turned, v, v, optimize=True)

    def connection_along(self, v: Float[Array, " r"]) -> Float[Array, " r"]:
        r""":math:`\Gamma_{cab} v^a v^b`, from one second derivative."""
        return self._forms(self._along(v[None], v[None]))[0][0]

    def trace_of_connection(self) -> Float[Array, " r"]:
        r""":math:`\eta^{ab} \Gamma_{cab}`, from one trace of second derivatives."""
        return self._forms(self._trace())[0][0]

    def mean_curvature(self) -> Float[Array, " d"]:
        r""":math:`H = \mathrm{tr}_g\, \mathrm{II}`, from one trace of second derivatives."""
        return self._forms(self._trace())[1][0]

    def scalar(self, columns: int) -> Float[Array, ""]:
        """Scalar curvature from so many second derivatives at a time, so that memory is bounded."""
        signs = self.frame.signs
        eye = jnp.eye(len(signs), dtype=self.x.dtype)
        rows, others = np.triu_indices(len(signs))
        weights = np.where(rows == others, 1, 2) * signs[rows] * signs[others]
        padding = (0, -len(rows) % columns)
        parts = tuple(jnp.pad(jnp.asarray(a), padding).reshape(-1, columns) for a in (rows, others, weights))

        @jax.checkpoint
        def part(batch: tuple[Array, Array, Array]) -> tuple[Float[Array, ""], Float[Array, " d"]]:
            a, b, weight = batch
            _, normal, _ = self._forms(self._along(eye[a], eye[b]))
            return weight @ self._dot(normal, normal), jnp.where(a == b, weight * signs[a], 0) @ normal

        sizes, means = jax.lax.map(part, parts)
        mean = jnp.sum(means, axis=0)
        return inner(mean, mean, self.around.signs) - jnp.sum(sizes) + self._background()

    def scalar_estimate(self, key: PRNGKeyArray, probes: int) -> tuple[Float[Array, ""], Float[Array, ""]]:
        r"""Scalar curvature of a Riemannian manifold from random directions, and its standard error.

        H is exact; :math:`|\mathrm{II}|^2` is the mean of :math:`\sum_a |\mathrm{II}(z, E_a)|^2` over vectors z of
        random signs (Hutchinson, Communications in Statistics 19, 1990).
        """
        eye = jnp.eye(len(self.frame.signs), dtype=self.x.dtype)

        def size(z: Float[Array, " r"]) -> Float[Array, ""]:
            _, normal, _ = self._forms(self._along(jnp.broadcast_to(z, eye.shape), eye))
            return jnp.sum(self._dot(normal, normal))

        sizes = jax.lax.map(size, jax.random.rademacher(key, (probes, len(eye)), self.x.dtype))
        mean = self.mean_curvature()
        scalar = inner(mean, mean, self.around.signs) - jnp.mean(sizes) + self._background()
        return scalar, jnp.std(sizes, ddof=1) / jnp.sqrt(probes)

    def _along(self, u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Along:
        """Second derivatives along vectors that are given in the frame."""
        return Along(u @ self.change.T, v @ self.change.T)

    def _trace(self) -> Trace:
        """The trace of second derivatives by the metric."""
        return Trace((self.change * self.frame.signs) @ self.change.T)

    def _forms(self, *second: Along | Trace) -> tuple[Float[Array, "k r"], Float[Array, "k d"], Float[Array, "r d"]]:
        """Tangential components and normal parts of second derivatives, one a row; and the tangent vectors."""
        jet = jet2(self.around.function, self.x, self.seed.T, second)
        tangent = self.change.T @ jet.first
        return *split(jet.second, tangent, self.frame, self.around.signs), tangent

    def _background(self) -> Float[Array, ""] | float:
        """What the curvature of the ambient space adds to the scalar one."""
        if self.around.riemann is None:
            return 0.0
        tangent = self.change.T @ jet1(self.around.function, self.x, self.seed.T).first
        turned = _raised(tangent, self.frame.signs)
        return jnp.einsum("pqrs,pr,qs->", self.around.riemann, turned, turned, optimize=True)

    def _dot(self, a: Float[Array, "k d"], b: Float[Array, "k d"]) -> Float[Array, " k"]:
        return jnp.einsum("kd,kd->k", a if self.around.signs is None else a * self.around.signs, b)


def _raised(tangent: Float[Array, "r d"], signs: Float[Array, " r"]) -> Float[Array, "d d"]:
    """The inverse of the induced metric in the ambient space."""
    return (tangent.T * signs) @ tangent
