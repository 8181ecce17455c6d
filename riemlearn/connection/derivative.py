r"""The covariant derivative of a tensor field, in both readings."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError
from riemlearn.metric import Metric
from riemlearn.metric.musical import DerivedSource
from riemlearn.symbolic import Components, operators
from riemlearn.tensor_field import TensorField


class CovariantDerivative(DerivedSource):
    r"""Source of :math:`\nabla T`, the new index last.

    .. math::

        (\nabla T)^{i\dots}{}_{j\dots k} = \partial_k T^{i\dots}{}_{j\dots}
            + \Gamma^i_{km} T^{m\dots}{}_{j\dots} - \Gamma^m_{kj} T^{i\dots}{}_{m\dots} + \dots
    """

    metric: Metric
    tensor: TensorField

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components at one point, and a status."""
        value, status = self.tensor.source.value(self.tensor.quantity, x)
        total = jax.jacfwd(lambda y: self.tensor.source.value(self.tensor.quantity, y)[0])(x)
        gamma, other = self.metric.value("christoffel", x)
        for position, up in enumerate(self.tensor.up):
            if up:  # gamma[i, k, m] T[.. m ..] has the indices i, k, and those that are left of T
                term = jnp.moveaxis(jnp.tensordot(gamma, value, ((2,), (position,))), (0, 1), (position, -1))
            else:  # gamma[m, k, j] T[.. m ..] has k, j, and those that are left
                term = -jnp.moveaxis(jnp.tensordot(gamma, value, ((0,), (position,))), (1, 0), (position, -1))
            total = total + term
        return total, first_failure(status, other)

    def closed(self, quantity: str) -> Components | None:
        """Components in closed form, if both tensor and metric have one."""
        tensor, form = self.tensor.source.closed(self.tensor.quantity), self.metric.closed_form
        return None if tensor is None or form is None else operators.covariant_derivative(form, tensor, self.tensor.up)


def covariant_derivative(metric: Metric, tensor: Any) -> TensorField:
    r""":math:`\nabla T` by the Levi-Civita connection of a metric.

    Raises
    ------
    ShapeError
        If it is not a tensor field, or lives on another chart than the metric.
    """
    if isinstance(tensor, Metric):
        tensor = tensor.tensor
    if not isinstance(tensor, TensorField):
        raise ShapeError(f"a covariant derivative needs a tensor field or a metric, got {type(tensor).__name__}")
    if tensor.chart.names != metric.chart.names:
        raise ShapeError(f"the tensor lives on {tensor.chart.names}, the metric on {metric.chart.names}")
    name, up = f"nabla {tensor.quantity}", (*tensor.up, False)
    symbol = rf"\nabla {tensor.symbol}"
    return TensorField(CovariantDerivative(metric, tensor), name, tensor.chart, up, symbol, tensor.symmetry)
