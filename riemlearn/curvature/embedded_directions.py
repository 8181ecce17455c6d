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
from riemlearn.curvature.gauss import split
from riemlearn.jets import Along, At, Trace, jet1, jet2


class EmbeddedDirections(Directions):
    """Directions tangent to an embedded manifold; derivatives are taken along the seed of the frame."""

    around: Surroundings
    x: Float[Array, " n"]
    framed: Framed

    @property
    def frame(self) -> Frame:
        """The orthonormal frame."""
        return self.framed.frame

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
        raised = self._trace().weights
        rows, others = np.triu_indices(len(raised))
        weights = np.where(rows == others, 1, 2)
        padding = (0, -len(rows) % columns)
        parts = tuple(jnp.pad(jnp.asarray(a), padding).reshape(-1, columns) for a in (rows, others, weights))

        # |II|^2 = sum of <II_ab, II'_ab> with both indices of II' raised, which a second jet gives: along the raised seed
        lifted = self._lifted()

        @jax.checkpoint
        def part(batch: tuple[Array, Array, Array]) -> tuple[Float[Array, ""], Float[Array, " d"]]:
            a, b, weight = batch
            _, normal, _ = self._forms(At(a, b))
            return weight @ self._dot(normal, normal), (weight * raised[a, b]) @ normal

        sizes, means = jax.lax.map(part, parts)
        mean = jnp.sum(means, axis=0)
        return inner(mean, mean, self.around.signs) - jnp.sum(sizes) + self._background()

    def scalar_estimate(self, key: PRNGKeyArray, probes: int) -> tuple[Float[Array, ""], Float[Array, ""]]:
        r"""Scalar curvature of a Riemannian manifold from random directions, and its standard error.

        H is exact; of :math:`|\mathrm{II}|^2` the mean of :math:`\sum_a |\mathrm{II}(z, E_a)|^2` over vectors z of random
        signs is taken (Hutchinson, Communications in Statistics 19, 1990).
        """
        eye = jnp.eye(len(self.frame.signs), dtype=self.x.dtype)

        def size(z: Float[Array, " r"]) -> Float[Array, ""]:
            _, normal, _ = self._forms(self._along(jnp.broadcast_to(z, eye.shape), eye))
            return jnp.sum(self._dot(normal, normal))

        sizes = jax.lax.map(size, jax.random.rademacher(key, (probes, len(eye)), self.x.dtype))
        mean = self.mean_curvature()
        scalar = inner(mean, mean, self.around.signs) - jnp.mean(sizes) + self._background()
        return scalar, jnp.std(sizes, ddof=1) / jnp.sqrt(probes)

    def _forms(
        self, *second: Along | At | Trace
    ) -> tuple[Float[Array, "k r"], Float[Array, "k d"], Float[Array, "r d"]]:
        """Tangential components and normal parts of second derivatives, one a row; and the tangent vectors."""
        jet = jet2(self.around.function, self.x, self.frame.basis.T, second)
        return *split(jet.second, jet.first, self.frame, self.around.signs), jet.first

    def _background(self) -> Float[Array, ""] | float:
        """What the curvature of the ambient space adds to the scalar one."""
        if self.around.riemann is None:
            return 0.0
        tangent = jet1(self.around.function, self.x, self.frame.basis.T).first
        turned = _raised(tangent, self.frame.signs)
        return jnp.einsum("pqrs,pr,qs->", self.around.riemann, turned, turned, optimize=True)

    def _dot(self, a: Float[Array, "k d"], b: Float[Array, "k d"]) -> Float[Array, " k"]:
        return jnp.einsum("kd,kd->k", a if self.around.signs is None else a * self.around.signs, b)


def _raised(tangent: Float[Array, "r d"], signs: Float[Array, " r"]) -> Float[Array, "d d"]:
    """The inverse of the induced metric in the ambient space."""
    return (tangent.T * signs) @ tangent
