"""TwoPoints: the shortest geodesics between points, as methods of a connection."""

from typing import Any

from jaxtyping import Array, Float

from riemlearn.connection import boundary, frechet
from riemlearn.connection.curves import Curves
from riemlearn.connection.frechet import FrechetMean
from riemlearn.connection.logarithm import Logarithm
from riemlearn.tensor_field import PointsLike


class TwoPoints(Curves):
    """The part of a connection that joins points; abstract."""

    def connect(
        self,
        x: PointsLike,
        y: PointsLike,
        *,
        tol: float | None = None,
        nodes: int | None = None,
        samples: PointsLike | None = None,
    ) -> Logarithm:
        """The shortest geodesic found between two points, with all that is known of it; never raises for data.

        Parameters, errors and the method are those of :func:`riemlearn.connection.connect`.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> from riemlearn import Connection, Metric
        >>> half_plane = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
        >>> found = Connection(half_plane).connect([0.0, 1.0], [0.0, 2.0])
        >>> round(float(found.distance), 9), bool(found.unique)
        (0.693147181, True)
        """
        return boundary.connect(self.metric, x, y, tol=tol, nodes=nodes, samples=samples)

    def log(
        self,
        x: PointsLike,
        y: PointsLike,
        *,
        tol: float | None = None,
        nodes: int | None = None,
        samples: PointsLike | None = None,
    ) -> Float[Array, "*batch n"]:
        r"""Logarithm :math:`\log_x y`: the initial velocity at x of the shortest geodesic that reaches y in unit time.

        Parameters and errors are those of :func:`riemlearn.connection.log`.
        """
        return boundary.log(self.metric, x, y, tol=tol, nodes=nodes, samples=samples)

    def distance(
        self,
        x: PointsLike,
        y: PointsLike,
        *,
        tol: float | None = None,
        nodes: int | None = None,
        samples: PointsLike | None = None,
    ) -> Float[Array, "*batch"]:
        """Geodesic distance: the length of the shortest geodesic found between two points.

        Parameters and errors are those of :func:`riemlearn.connection.distance`.
        """
        return boundary.distance(self.metric, x, y, tol=tol, nodes=nodes, samples=samples)

    def frechet_mean(
        self, points: PointsLike, weights: Any = None, *, tol: float | None = None, nodes: int | None = None
    ) -> FrechetMean:
        r"""Frechet (Karcher) mean :math:`\arg\min_m \sum_i w_i\, d(m, x_i)^2` of points ``(..., k, n)``.

        Parameters and errors are those of :func:`riemlearn.connection.frechet_mean`.
        """
        return frechet.frechet_mean(self.metric, points, weights, tol=tol, nodes=nodes)
