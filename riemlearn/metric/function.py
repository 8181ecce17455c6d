"""FunctionMetric: a metric given by a JAX function x -> g(x)."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import IntrinsicPoint, Signature, check_signature, metric_frame
from riemlearn.errors import ShapeError, SymbolError
from riemlearn.metric.base import Metric, OnDegenerate
from riemlearn.metric.diagnosis import Diagnosis
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.tensor_field import PointsLike, as_points


class FunctionMetric(Metric):
    """A metric given by a JAX function; made by :meth:`Metric.from_function` or :meth:`Metric.numeric`."""

    function: LearnedMap
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)

    @classmethod
    def build(
        cls, f: Any, dim: int, chart: Chart | None, signature: Signature, on_degenerate: OnDegenerate
    ) -> "FunctionMetric":
        """Check the arguments of :meth:`Metric.from_function` and make the metric."""
        chart = chart_for(dim, chart)
        function = LearnedMap(f)
        output = function.output(dim, "the metric function")
        if output.shape != (dim, dim):
            raise ShapeError(f"the metric function must return shape ({dim}, {dim}), got {output.shape}")
        return cls(function=function, chart=chart, signature=check_signature(signature), on_degenerate=on_degenerate)

    @property
    def closed_form(self) -> None:
        """There is none."""
        return None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """No named parameters; the arrays inside the function are leaves."""
        return {}

    def bind(self, **values: Any) -> "FunctionMetric":
        """Raise, because a function has no named parameters."""
        raise SymbolError(f"a metric function has no named parameters, got {', '.join(values)}")

    def numeric(self) -> "FunctionMetric":
        """Itself."""
        return self

    def local(self, x: Float[Array, " n"]) -> IntrinsicPoint:
        """Connection and curvature at one point, from the 2-jet of the function in an orthonormal frame."""
        return IntrinsicPoint.at(self.function, x, self.signature)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`u^i g_{ij} v^j`."""
        return u @ self.function(x) @ v

    def raw_value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point and a status."""
        if quantity in ("metric", "inverse", "volume_density"):
            matrix, frame = metric_frame(self.function, x, self.signature)
            if quantity == "volume_density":
                return frame.volume_density, frame.status
            inverse = (frame.basis * frame.signs) @ frame.basis.T
            return (matrix if quantity == "metric" else inverse), frame.status
        local = self.local(x)
        return getattr(local, quantity)(), local.status

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Square roots of the eigenvalues' magnitudes, and the eigenvectors."""
        points = as_points(x, self.dim)
        return diagnose_matrices(jnp.vectorize(self.function, signature="(n)->(n,m)")(points))


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


def diagnose_matrices(matrices: Float[Array, "*batch n n"]) -> Diagnosis:
    """Diagnosis of metric matrices; where one is not finite, so are the singular values."""
    g = np.asarray(matrices)
    finite = np.all(np.isfinite(g), axis=(-1, -2), keepdims=True)
    values, vectors = np.linalg.eigh(np.where(finite, (g + np.swapaxes(g, -1, -2)) / 2, 0))
    order = np.argsort(-np.abs(values), axis=-1)
    singular = np.sqrt(np.abs(np.take_along_axis(values, order, -1)))
    directions = np.swapaxes(np.take_along_axis(vectors, order[..., None, :], -1), -1, -2)
    # The eigenvalues of g are known to eps of the largest, hence their roots to its square root.
    cutoff = float(np.sqrt(g.shape[-1] * jnp.finfo(matrices.dtype).eps))
    return Diagnosis(np.where(finite[..., 0], singular, np.nan), directions, cutoff)


__all__ = ["FunctionMetric", "chart_for", "diagnose_matrices"]
