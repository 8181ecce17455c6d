"""What every manifold of the catalogue can say of itself."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.connection import Connection
from riemlearn.errors import ShapeError, Status
from riemlearn.heat_kernel import Closed, HeatKernel
from riemlearn.laplace_beltrami import LaplaceBeltrami
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import raise_failures


class Manifold(eqx.Module):
    """A manifold with a chart on which everything is known in closed form; abstract."""

    dim: eqx.AbstractVar[int]

    @property
    @abstractmethod
    def metric(self) -> Metric:
        """The metric in closed form."""

    @property
    @abstractmethod
    def embedding(self) -> Callable[[Float[Array, " n"]], Float[Array, " d"]] | None:
        """An isometric embedding of the chart into Euclidean space, if one is known."""

    @property
    @abstractmethod
    def volume(self) -> float:
        """Total volume, infinite for a non-compact manifold."""

    @abstractmethod
    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the geodesic distance, smooth where the points meet; NaN where one has none."""

    def distance(self, x: PointsLike, y: PointsLike) -> Float[Array, "*batch"]:
        """Geodesic distance of points of shape ``(..., n)``.

        Raises
        ------
        ShapeError
            If the points have the wrong dimension, or do not broadcast.
        ChartError
            If a point is not finite or outside the chart, in eager calls; under a trace the distance is NaN.
        """
        a, b = as_points(x, self.dim), as_points(y, self.dim, "y")
        try:
            jnp.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            raise ShapeError(f"x of shape {a.shape} and y of shape {b.shape} do not broadcast") from None
        square = self.squared_distance(a, b)
        outside = jnp.where(jnp.isnan(square), Status.OUTSIDE_CHART, Status.OK)
        status = jnp.where(jnp.all(jnp.isfinite(a) & jnp.isfinite(b), axis=-1), outside, Status.NAN_INPUT)
        culprit = jnp.where(jnp.isnan(self.squared_distance(b, b))[..., None], b, a)
        raise_failures(status, culprit, "distance", self.metric.explain)
        return jnp.where(status == Status.OK, safe_root(square), jnp.nan)

    @abstractmethod
    def closed_heat_kernel(self) -> Closed:
        """The heat kernel in closed form."""

    @abstractmethod
    def sample(self, key: PRNGKeyArray, count: int, radius: float = 2.0) -> Float[Array, "count n"]:
        """Random points, uniform in volume; on a non-compact manifold in the geodesic ball about the origin."""

    @property
    def chart(self) -> Chart:
        """The coordinates and their domains."""
        return self.metric.chart

    @property
    def connection(self) -> Connection:
        """The Levi-Civita connection."""
        return Connection(self.metric)

    @property
    def laplacian(self) -> LaplaceBeltrami:
        """The Laplace-Beltrami operator."""
        return LaplaceBeltrami(self.metric)

    @property
    def heat_kernel(self) -> HeatKernel:
        """The heat kernel."""
        return HeatKernel(self)


def check_dim(name: str, dim: Any, least: int) -> None:
    """Refuse a dimension that is not an integer or too small.

    Raises
    ------
    ShapeError
        If it is.
    """
    if not isinstance(dim, int) or isinstance(dim, bool) or dim < least:
        raise ShapeError(f"{name}: the dimension must be an integer >= {least}, got {dim!r}")


def safe_norm(v: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    """Euclidean length, with gradient zero instead of NaN at the zero vector."""
    return safe_root(jnp.sum(v * v, axis=-1))


def safe_root(square: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Square root, with gradient one instead of infinity at zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), square)


def squared_arc(
    arc: Callable[[Float[Array, "*batch"]], Float[Array, "*batch"]], squared_chord: Float[Array, "*batch"]
) -> Float[Array, "*batch"]:
    """Square of an arc from that of its chord, for arcs that are as long as their chords to second order.

    At zero the first derivative by the squared chord is one, which a root and a square would lose.
    """
    apart = squared_chord > 0
    return jnp.where(apart, arc(jnp.sqrt(jnp.where(apart, squared_chord, 1))) ** 2, squared_chord)
