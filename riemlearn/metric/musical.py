"""What a metric does to vectors: the musical isomorphisms, inner products and lengths."""

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError, Status
from riemlearn.metric.fields import MetricFields
from riemlearn.symbolic import Components, operators
from riemlearn.tensor_field import TensorField
from riemlearn.tensor_field.evaluation import with_input_checked


class DerivedSource(eqx.Module):
    """Source of a tensor field that is made of another one and a metric, which explains failures; abstract."""

    metric: eqx.AbstractVar[MetricFields]

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point."""
        return self.metric.explain(x, status)

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The coordinates as SymPy symbols."""
        return self.metric.symbols

    @property
    def raises(self) -> bool:
        """Whether failed points raise in eager calls."""
        return self.metric.raises


class MovedIndex(DerivedSource):
    """Source of a tensor field whose i-th index has been contracted with a metric or its inverse."""

    metric: MetricFields
    tensor: TensorField
    position: int = eqx.field(static=True)

    @property
    def _matrix(self) -> str:
        return "metric" if self.tensor.up[self.position] else "inverse"

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components at one point, and a status."""
        value, status = self.tensor.source.value(self.tensor.quantity, x)
        matrix, other = self.metric.value(self._matrix, x)
        moved = jnp.moveaxis(jnp.tensordot(value, matrix, ((self.position,), (0,))), -1, self.position)
        return moved, first_failure(status, other)

    def closed(self, quantity: str) -> Components | None:
        """Components in closed form, if both tensor and metric have one."""
        tensor, form = self.tensor.source.closed(self.tensor.quantity), self.metric.closed_form
        if tensor is None or form is None:
            return None
        return operators.moved_index(form, tensor, self.position, raised=not self.tensor.up[self.position])


class Trace(DerivedSource):
    """Source of a tensor field whose indices at two positions, one up and one down, have been summed over."""

    metric: MetricFields
    tensor: TensorField
    positions: tuple[int, int] = eqx.field(static=True)

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components at one point, and a status."""
        value, status = self.tensor.source.value(self.tensor.quantity, x)
        return jnp.trace(value, axis1=self.positions[0], axis2=self.positions[1]), status

    def closed(self, quantity: str) -> Components | None:
        """Components in closed form, if both tensor and metric have one."""
        tensor, form = self.tensor.source.closed(self.tensor.quantity), self.metric.closed_form
        if tensor is None or form is None:
            return None
        return operators.contraction(form, tensor, self.tensor.up, *self.positions)


def moved(metric: MetricFields, tensor: TensorField | MetricFields, i: int, raised: bool) -> TensorField:
    """The tensor with its i-th index moved, which must not be there already.

    Raises
    ------
    ShapeError
        If there is no such index, it is already there, or tensor and metric live on different charts.
    """
    if isinstance(tensor, MetricFields):
        tensor = tensor.tensor
    if tensor.chart.names != metric.chart.names:
        raise ShapeError(f"the tensor lives on {tensor.chart.names}, the metric on {metric.chart.names}")
    if not -tensor.rank <= i < tensor.rank:
        raise ShapeError(f"the tensor has {tensor.rank} indices, got i = {i}")
    i %= tensor.rank
    if tensor.up[i] == raised:
        raise ShapeError(f"index {i} is already {'up' if raised else 'down'}")
    up = (*tensor.up[:i], raised, *tensor.up[i + 1 :])
    return TensorField(MovedIndex(metric, tensor, i), tensor.quantity, tensor.chart, up, tensor.symbol)


def inner(
    metric: MetricFields, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]
) -> tuple[Float[Array, ""], Int[Array, ""]]:
    r""":math:`g(u, v)` at one point, and a status."""
    return with_input_checked(metric.chart, x, metric.raw_inner(x, u, v), jnp.asarray(Status.OK))


def norm(metric: MetricFields, x: Float[Array, " n"], v: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
    r""":math:`\sqrt{g(v, v)}` at one point, and a status."""
    square = metric.raw_inner(x, v, v)
    status = jnp.where(square < 0, Status.INDEFINITE, Status.OK)
    positive = square > 0
    # no NaN gradient at the zero vector, but a NaN where there is one
    length = jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), jnp.where(square <= 0, 0, square))
    return with_input_checked(metric.chart, x, length, status)
