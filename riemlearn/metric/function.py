"""FunctionMetric: a metric given by a JAX function x -> g(x)."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import (
    Frame,
    IntrinsicDirections,
    IntrinsicPoint,
    Plan,
    Signature,
    check_signature,
    metric_frame,
    plan_function,
)
from riemlearn.curvature.frame import seed_from_metric
from riemlearn.curvature.intrinsic import kernel_residual
from riemlearn.errors import ShapeError, Status
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_eps, check_on_degenerate, check_rank
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.numeric import NumericMetric, chart_for
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import with_input_checked


class FunctionMetric(NumericMetric):
    """A metric given by a JAX function; made by :meth:`Metric.from_function` or :meth:`Metric.numeric`."""

    function: LearnedMap
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    rank: int | None = eqx.field(static=True, default=None)

    @classmethod
    def build(
        cls,
        f: Any,
        dim: int,
        chart: Chart | None,
        signature: Signature,
        on_degenerate: OnDegenerate,
        rank: int | Any = None,
    ) -> "FunctionMetric":
        """Check the arguments of :meth:`Metric.from_function` and make the metric."""
        chart = chart_for(dim, chart)
        function = LearnedMap(f)
        output = function.output(dim, "the metric function")
        if output.shape != (dim, dim):
            raise ShapeError(f"the metric function must return shape ({dim}, {dim}), got {output.shape}")
        function.check_differentiable(dim, "the metric function")
        return cls(
            function=function,
            chart=chart,
            signature=check_signature(signature),
            on_degenerate=check_on_degenerate(on_degenerate),
            rank=check_rank(rank, dim),
        )

    def numeric(self) -> "FunctionMetric":
        """Itself."""
        return self

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed."""
        return plan_function(quantity, self.dim, planes)

    def local(self, x: Float[Array, " n"]) -> IntrinsicPoint:
        """Connection and curvature at one point, from the 2-jet of the function in an orthonormal frame."""
        return IntrinsicPoint.at(self.function, x, self.signature, self.rank)

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame."""
        return metric_frame(self.function, x, self.signature, self.rank)

    def directions(self, x: Float[Array, " n"]) -> IntrinsicDirections:
        """The geometry at one point along given directions."""
        return IntrinsicDirections(self.matrix_and_frame(x)[1], self.function, x)

    def kernel_residual(self, x: PointsLike) -> Float[Array, "*batch"]:
        r"""How far :math:`L_V g` is from 0 for V in the kernel, relative to the derivatives of g where these exceed 1.

        A metric of declared lower rank has the curvature of a quotient only where this is rounding.
        """
        return self.evaluate_vectors(_kernel_residual, "kernel residual", x)

    def regularised(self, eps: Any) -> "FunctionMetric":
        r"""The metric :math:`g + \epsilon I`."""
        shifted = LearnedMap(_Shifted(self.function, check_eps(eps)))
        return replace(self, function=shifted, rank=None)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`u^i g_{ij} v^j`."""
        return u @ self.function(x) @ v

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Square roots of the eigenvalues' magnitudes, and the eigenvectors."""
        points = as_points(x, self.dim)
        return diagnose_matrices(jnp.vectorize(self.function, signature="(n)->(n,m)")(points))

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point."""
        return self.function.not_finite(x) if status == Status.NOT_FINITE else super().explain(x, status)


class _Shifted(eqx.Module):
    """A metric function plus a multiple of the identity."""

    function: LearnedMap
    eps: float

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, "n n"]:
        matrix = self.function(x)
        return matrix + self.eps * jnp.eye(len(matrix), dtype=matrix.dtype)


def _kernel_residual(metric: FunctionMetric, x: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
    matrix = metric.function(x)
    frame = seed_from_metric(matrix, metric.signature, metric.rank)
    return with_input_checked(metric.chart, x, kernel_residual(metric.function, x, frame), frame.status)


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
