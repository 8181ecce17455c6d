r"""The covariant derivative of a tensor field, in both readings."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError
from riemlearn.metric import Metric
from riemlearn.metric.given import function_on
from riemlearn.metric.musical import DerivedSource, Trace
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
        if not self.tensor.up:  # of a function, which needs no connection
            return total, status
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
        if tensor is None or form is None:
            return None
        return operators.covariant_derivative(form, tensor, self.tensor.up)


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


def gradient(metric: Metric, f: Any) -> TensorField:
    r""":math:`g^{ij} \partial_j f` of a function, as :meth:`Connection.gradient` says."""
    differential = covariant_derivative(metric, function_on(metric, f))
    return replace(metric.raise_(differential, 0), quantity="gradient", symbol=r"\mathrm{grad}")


def hessian(metric: Metric, f: Any) -> TensorField:
    r""":math:`\nabla_i \nabla_j f` of a function, as :meth:`Connection.hessian` says."""
    second = covariant_derivative(metric, covariant_derivative(metric, function_on(metric, f)))
    return replace(second, quantity="hessian", symbol=r"\mathrm{Hess}", symmetry=((0, 1),))


def divergence(metric: Metric, tensor: Any, i: Any) -> TensorField:
    r""":math:`\nabla_k T^{\dots k \dots}` over the i-th index, as :meth:`Connection.divergence` says."""
    if isinstance(tensor, Metric):
        tensor = tensor.tensor
    if not isinstance(tensor, TensorField):
        tensor = metric.tensor_field(tensor, (True,), "V")
    if not isinstance(i, int) or not -tensor.rank <= i < tensor.rank:
        raise ShapeError(f"divergence: {tensor.quantity} has {tensor.rank} indices, got i = {i!r}")
    i %= tensor.rank
    raised = tensor if tensor.up[i] else metric.raise_(tensor, i)
    source = Trace(metric, covariant_derivative(metric, raised), (i, tensor.rank))
    up = (*tensor.up[:i], *tensor.up[i + 1 :])
    return TensorField(source, f"div {tensor.quantity}", tensor.chart, up, rf"\mathrm{{div}}\,{tensor.symbol}")
