"""NumericMetric: what metrics without a closed form have in common."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.curvature import Directions, Frame, LocalGeometry, conditioned, tensors
from riemlearn.errors import DegenerateError, ShapeError, SymbolError
from riemlearn.metric.base import Metric
from riemlearn.tensor_field import PointsLike, as_points

# What a degenerate metric of constant rank has: covariant tensors and scalars of the quotient by its kernel.
_OF_A_QUOTIENT = (
    "metric",
    "riemann_lowered",
    "ricci",
    "scalar",
    "einstein",
    "schouten",
    "kretschmann",
    "ricci_squared",
    "weyl_squared",
    "euler_density",
)


class NumericMetric(Metric):
    """A metric that is known by its numbers only; abstract."""

    rank: eqx.AbstractVar[int | None]

    @abstractmethod
    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame, from first derivatives at most."""

    @abstractmethod
    def directions(self, x: Float[Array, " n"]) -> Directions:
        """The geometry at one point along given directions."""

    def raw_sectional(
        self, x: Float[Array, " n"], u: Float[Array, "m n"], v: Float[Array, "m n"]
    ) -> tuple[Float[Array, " m"], Int[Array, " m"]]:
        """Sectional curvatures of planes at one point, and a status for each."""
        if self.plan("sectional", len(u)).route == "matrix-free":
            return self.directions(x).sectional(u, v)
        return jax.vmap(self.local(x).sectional)(u, v)

    def raw_ricci_quadratic(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, ""], Int[Array, ""]]:
        r""":math:`\mathrm{Ric}(v, v)` at one point, and a status."""
        if self.plan("ricci_quadratic").route == "matrix-free":
            directions = self.directions(x)
            return directions.ricci_quadratic(directions.frame.coframe @ v), conditioned(directions.frame)
        local = self.local(x)
        return local.ricci_quadratic(v), local.status

    def raw_acceleration(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, " n"], Int[Array, ""]]:
        r""":math:`-\Gamma^k{}_{ij} v^i v^j` at one point, and a status."""
        self.check_regular("christoffel")
        directions = self.directions(x)
        return directions.acceleration(v), directions.frame.status

    def trace_of_connection(self, x: Float[Array, " n"]) -> tuple[Frame, Float[Array, " r"]]:
        r"""An orthonormal frame at one point and :math:`\eta^{ab} \Gamma_{cab}` in it."""
        self.check_regular("christoffel")
        directions = self.directions(x)
        return directions.frame, directions.trace_of_connection()

    @property
    def closed_form(self) -> None:
        """There is none."""
        return None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """No named parameters; the arrays inside the map are leaves."""
        return {}

    def bind(self, **values: Any) -> Metric:
        """Raise, because a map has no named parameters.

        Raises
        ------
        SymbolError
            Always.
        """
        raise SymbolError(f"this metric is given by a map, which has no named parameters; got {', '.join(values)}")

    def raw_value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point and a status."""
        self.check_regular(quantity)
        if quantity in ("metric", "inverse", "volume_density"):
            matrix, frame = self.matrix_and_frame(x)
            values = {"metric": matrix, "inverse": frame.inverse(), "volume_density": frame.volume_density}
            return values[quantity], frame.status
        local = self.local(x)
        # the square of the condition number spoils curvature, not the connection
        status = local.frame.status if quantity.startswith("christoffel") else local.status
        return self._of(local, quantity, x), status

    def raw_values(
        self, quantities: tuple[str, ...], x: Float[Array, " n"]
    ) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
        """Components of several quantities at one point, from one jet, and a status."""
        for name in quantities:
            self.check_regular(name)
        local = self.local(x)
        return {name: self._of(local, name, x) for name in quantities}, local.status

    def check_regular(self, quantity: str) -> None:
        """Refuse what a metric of declared lower rank does not have.

        Raises
        ------
        DegenerateError
            If the rank is lower than the dimension, and the quantity needs an inverse.
        """
        if self.rank is not None and self.rank < self.dim and quantity not in _OF_A_QUOTIENT:
            raise DegenerateError(
                f"{quantity} needs an inverse, which a metric of rank {self.rank} in dimension {self.dim} does not "
                f"have; it has {', '.join(_OF_A_QUOTIENT)}, sectional and ricci_quadratic"
            )

    def of_constant_rank(self, x: PointsLike, key: PRNGKeyArray, radius: float = 1e-2, neighbours: int = 8) -> Metric:
        """The same metric with its rank declared, found at points and their neighbours.

        Parameters
        ----------
        x : array-like of shape (..., n)
            Points.
        key : PRNG key
            Neighbours are drawn from the ball around each point.
        radius : float
            Radius of the balls, in coordinates.
        neighbours : int
            How many for each point.

        Raises
        ------
        DegenerateError
            If the rank is not the same at all of them.
        """
        points = as_points(x, self.dim).reshape(-1, self.dim)
        step = jax.random.ball(key, self.dim, shape=(neighbours, len(points)), dtype=points.dtype)
        around = jnp.concatenate([points[None], points + radius * step]).reshape(-1, self.dim)
        found = self.diagnose(around)
        if not np.all(np.isfinite(found.singular_values)):
            raise DegenerateError(f"the derivatives are not finite at all points within {radius:g} of yours")
        least, most = int(found.rank.min()), int(found.rank.max())
        if most == 0:
            raise DegenerateError(f"the rank is 0 at all {len(around)} points within {radius:g} of yours")
        if least != most:
            raise DegenerateError(
                f"the rank is not constant: from {least} to {most} at {len(around)} points within {radius:g} of yours"
            )
        return replace(self, rank=least)

    @abstractmethod
    def regularised(self, eps: Any) -> Metric:
        r"""The metric :math:`g + \epsilon I`, a metric of its own whose derivatives are those of its components."""

    def _of(self, local: LocalGeometry, quantity: str, x: Float[Array, " n"]) -> Float[Array, "..."]:
        """A quantity of the geometry at one point; Cotton's is the only one that needs its neighbours."""
        if quantity != "cotton":
            return getattr(local, quantity)()
        derivative = jax.jacfwd(lambda y: self.local(y).schouten())(x)
        return tensors.cotton(derivative, local.schouten(), local.christoffel())


def chart_for(dim: Any, chart: Chart | None) -> Chart:
    """The chart given, or R^dim; checked against the dimension.

    Raises
    ------
    ShapeError
        If ``dim`` is no positive integer, or the chart has another dimension.
    """
    chart_of_dim = Chart.real(dim)
    if chart is not None and chart.dim != dim:
        raise ShapeError(f"dim = {dim}, but the chart has the {chart.dim} coordinates {chart.names}")
    return chart or chart_of_dim
