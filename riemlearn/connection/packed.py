"""The Riemann tensor without its n^4 components: they are computed for the indices that are asked for."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.curvature import LocalGeometry
from riemlearn.errors import ShapeError
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points, as_vectors
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class PackedRiemann(eqx.Module):
    r"""The Riemann tensor :math:`R_{ijkl} = \langle R(e_k, e_l) e_j, e_i \rangle` at points, in packed form.

    It is held as what it is made of: of an embedding, the :math:`n (n + 1) / 2` vectors of its second fundamental
    form, of a metric function the components in an orthonormal frame.

    Attributes
    ----------
    geometry : LocalGeometry
        Connection and curvature in an orthonormal frame, at all points.
    points : array of shape (..., n)
        Where.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from riemlearn import Connection
    >>> sphere = Metric.from_embedding(lambda x: jnp.append(x, jnp.sqrt(1 - x @ x)), dim=3)
    >>> riemann = Connection(sphere).riemann_packed(jnp.zeros(3))
    >>> round(float(riemann[0, 1, 0, 1]), 12)
    1.0
    >>> riemann[0, :, 0, [1, 2]].shape
    (3, 2)
    >>> riemann.curvature_operator().shape
    (3, 3)
    """

    geometry: LocalGeometry
    points: Float[Array, "*batch n"]

    def __repr__(self) -> str:
        *batch, n = self.points.shape
        held = sum(leaf.nbytes for leaf in jax.tree.leaves(self.geometry)) / 2**20
        return f"Riemann tensor in dimension {n} at points of shape {tuple(batch)}, packed in {held:.3g} MiB"

    def __getitem__(self, index: Any) -> Float[Array, "..."]:
        """Components :math:`R_{ijkl}`, all indices down: four integers, slices or lists, each along its own axis.

        Raises
        ------
        ShapeError
            If these are not four indices, or one is out of range.
        """
        n = self.points.shape[-1]
        index = index if isinstance(index, tuple) else (index,)
        if len(index) != 4:
            raise ShapeError(f"the Riemann tensor has four indices, got {len(index)}: {index!r}")
        try:
            chosen = [np.arange(n)[i if isinstance(i, slice) else np.asarray(i)] for i in index]
        except (IndexError, TypeError, ValueError):
            raise ShapeError(f"expected integers below {n}, slices or lists of integers, got {index!r}") from None
        rows = [np.eye(n, dtype=self.points.dtype)[i.reshape(-1)] for i in chosen]
        value = self._each(lambda local: local.contracted(*(v @ local.frame.coframe.T for v in rows)))
        return value.reshape(self.points.shape[:-1] + sum((i.shape for i in chosen), ()))

    def __call__(self, u: PointsLike, v: PointsLike, w: PointsLike, z: PointsLike) -> Float[Array, "*batch"]:
        r""":math:`R(u, v, w, z) = R_{ijkl} u^i v^j w^k z^l` for vectors of shape ``(..., n)`` at the points."""
        given = zip((u, v, w, z), ("u", "v", "w", "z"), strict=True)
        vectors = [jnp.broadcast_to(as_vectors(a, self.points, name), self.points.shape) for a, name in given]

        def one(local: LocalGeometry, *four: Float[Array, " n"]) -> Float[Array, ""]:
            return local.contracted(*((local.frame.coframe @ a)[None] for a in four))[0, 0, 0, 0]

        return self._each(one, *vectors)

    def curvature_operator(self) -> Float[Array, "*batch planes planes"]:
        r"""The symmetric matrix :math:`R_{(ab)(cd)}` in an orthonormal frame, for the planes :math:`a < b`.

        Its eigenvalues do not depend on the frame if the metric is definite, and bound all sectional curvatures.
        """
        return self._each(lambda local: local.curvature_operator())

    def _each(self, compute: Callable[..., Array], *arrays: Float[Array, "..."]) -> Array:
        for _ in self.points.shape[:-1]:
            compute = jax.vmap(compute)
        return compute(self.geometry, *arrays)


def riemann_packed(metric: Metric, x: PointsLike) -> PackedRiemann:
    """The Riemann tensor at points, as :meth:`Connection.riemann_packed` says."""
    points = as_points(x, metric.dim)
    return PackedRiemann(evaluate_or_raise(_local, metric, metric, "Riemann tensor", points), points)


def _local(metric: Metric, x: Float[Array, " n"]) -> tuple[LocalGeometry, Int[Array, ""]]:
    local = metric.local(x)
    return with_input_checked(metric.chart, x, local, local.status)
