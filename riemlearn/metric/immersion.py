r"""Immersion: the map of a pullback metric, with the extrinsic geometry of its image."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import EmbeddedPoint, conditioned
from riemlearn.curvature.hypersurface import gauss_map, principal_curvatures
from riemlearn.errors import ShapeError, Status
from riemlearn.jets import jet1
from riemlearn.tensor_field import PointsLike
from riemlearn.tensor_field.evaluation import with_input_checked

if TYPE_CHECKING:
    from riemlearn.metric.pullback import PullbackMetric


class Immersion(eqx.Module):
    """The map of a pullback metric, with the extrinsic geometry of its image; vectors are in ambient coordinates."""

    metric: "PullbackMetric | Any"

    def __repr__(self) -> str:
        return f"Immersion that induces the {self.metric.title}"

    def __call__(self, x: PointsLike) -> Float[Array, "*batch d"]:
        """Points of the ambient space."""
        return self.metric.evaluate_vectors(_point, "embedding", x)

    def jacobian(self, x: PointsLike) -> Float[Array, "*batch d n"]:
        """Jacobian matrix; it need not have full rank."""
        return self.metric.evaluate_vectors(_jacobian, "Jacobian", x)

    def second_fundamental_form(self, x: PointsLike) -> Float[Array, "*batch n n d"]:
        r""":math:`\mathrm{II}_{ij}`, the normal part of :math:`\bar\nabla_i \partial_j f`.

        Examples
        --------
        >>> from riemlearn import Metric
        >>> circle = Metric.from_embedding(lambda x: jnp.array([jnp.cos(x[0]), jnp.sin(x[0])]), dim=1)
        >>> float(circle.immersion.second_fundamental_form([0.0])[0, 0, 0])
        -1.0
        """
        return self.metric.evaluate_vectors(_second_fundamental_form, "second fundamental form", x)

    def mean_curvature(self, x: PointsLike) -> Float[Array, "*batch d"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        return self.metric.evaluate_vectors(_mean_curvature, "mean curvature", x)

    def squared_second_fundamental_form(self, x: PointsLike) -> Float[Array, "*batch"]:
        r""":math:`|\mathrm{II}|^2 = g^{ik} g^{jl} \langle \mathrm{II}_{ij}, \mathrm{II}_{kl} \rangle`."""
        return self.metric.evaluate_vectors(_squared, "second fundamental form", x)

    def gauss_map(self, x: PointsLike) -> Float[Array, "*batch d"]:
        r"""Unit normal of a hypersurface of Euclidean space.

        Of the two, the one with :math:`\det(\partial_1 f, \dots, \partial_n f, N) > 0`, which on a surface is that of
        :math:`\partial_1 f \times \partial_2 f`.

        Raises
        ------
        ShapeError
            If the image is no hypersurface of a Euclidean space.

        Examples
        --------
        >>> from riemlearn import Metric
        >>> plane = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], 0.0]), dim=2)
        >>> plane.immersion.gauss_map([0.0, 0.0]).tolist()
        [0.0, 0.0, 1.0]
        """
        self._check_hypersurface("gauss_map")
        return self.metric.evaluate_vectors(_gauss_map, "Gauss map", x)

    def principal_curvatures(self, x: PointsLike) -> Float[Array, "*batch n"]:
        r"""Eigenvalues of the shape operator, :math:`\langle \mathrm{II}, N \rangle`, ascending; N is the Gauss map.

        Raises
        ------
        ShapeError
            If the image is no hypersurface of a Euclidean space.

        Examples
        --------
        >>> from riemlearn import Metric
        >>> bowl = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[0] ** 2 + 3 * x[1] ** 2]), dim=2)
        >>> bowl.immersion.principal_curvatures([0.0, 0.0]).tolist()
        [2.0, 6.0]
        """
        self._check_hypersurface("principal_curvatures")
        return self.metric.evaluate_vectors(_principal_curvatures, "principal curvatures", x)

    def _check_hypersurface(self, name: str) -> None:
        n, d = self.metric.dim, self.metric.codomain
        if d != n + 1 or self.metric.ambient is not None or self.metric.rank not in (None, n):
            raise ShapeError(
                f"{name} needs a hypersurface of Euclidean space, d = n + 1; the map is from dimension {n} to {d}"
                + (" with a metric of its own" if self.metric.ambient is not None else "")
            )


def _point(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return with_input_checked(metric.chart, x, metric.function(x), jnp.asarray(Status.OK))


def _jacobian(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return with_input_checked(metric.chart, x, jet1(metric.function, x).first.T, jnp.asarray(Status.OK))


def _second_fundamental_form(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return _extrinsic(metric, x, lambda point: _in_ambient(metric, x, point.second_fundamental_form()))


def _mean_curvature(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    directions = metric.directions(x)
    value = _in_ambient(metric, x, directions.mean_curvature())
    return with_input_checked(metric.chart, x, value, conditioned(directions.frame))


def _squared(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return _extrinsic(metric, x, EmbeddedPoint.squared_second_fundamental_form)


def _gauss_map(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    _, frame = metric.matrix_and_frame(x)
    tangent = jet1(metric.function, x, frame.basis.T).first
    return with_input_checked(metric.chart, x, gauss_map(tangent, frame), frame.status)


def _principal_curvatures(metric: Any, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return _extrinsic(metric, x, principal_curvatures)


def _extrinsic(
    metric: Any, x: Float[Array, " n"], quantity: Callable[[EmbeddedPoint], Array]
) -> tuple[Array, Int[Array, ""]]:
    """A quantity of the embedded point, with the checks of every numeric call."""
    point = metric.local(x)
    return with_input_checked(metric.chart, x, quantity(point), point.status)


def _in_ambient(metric: Any, x: Float[Array, " n"], vectors: Float[Array, "*k d"]) -> Float[Array, "*k d"]:
    """Vectors in the ambient frame as vectors in ambient coordinates."""
    if metric.ambient is None:
        return vectors
    return vectors @ metric.ambient.matrix_and_frame(metric.function(x))[1].basis.T
