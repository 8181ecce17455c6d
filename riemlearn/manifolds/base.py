"""What every manifold of the catalogue can say of itself."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.connection import Connection
from riemlearn.errors import ShapeError
from riemlearn.heat_kernel import Closed, HeatKernel
from riemlearn.laplace_beltrami import LaplaceBeltrami
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike


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
    def distance(self, x: PointsLike, y: PointsLike) -> Float[Array, "*batch"]:
        """Geodesic distance of points of shape ``(..., n)``."""

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
    square = jnp.sum(v * v, axis=-1)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)
