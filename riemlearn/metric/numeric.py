"""NumericMetric: what metrics without a closed form have in common."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import jax
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import Frame, LocalGeometry, tensors
from riemlearn.errors import ShapeError, SymbolError
from riemlearn.metric.base import Metric


class NumericMetric(Metric):
    """A metric that is known by its numbers only; abstract."""

    @abstractmethod
    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame, from first derivatives at most."""

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
        if quantity in ("metric", "inverse", "volume_density"):
            matrix, frame = self.matrix_and_frame(x)
            values = {"metric": matrix, "inverse": frame.inverse(), "volume_density": frame.volume_density}
            return values[quantity], frame.status
        local = self.local(x)
        return self._of(local, quantity, x), local.status

    def raw_values(
        self, quantities: tuple[str, ...], x: Float[Array, " n"]
    ) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
        """Components of several quantities at one point, from one jet, and a status."""
        local = self.local(x)
        return {name: self._of(local, name, x) for name in quantities}, local.status

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
