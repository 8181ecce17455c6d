"""FunctionMetric: a metric given by a JAX function x -> g(x)."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.chart import Chart
from riemlearn.curvature import Frame, IntrinsicPoint, Signature, check_signature, metric_frame
from riemlearn.errors import ShapeError
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_on_degenerate
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.numeric import NumericMetric, chart_for
from riemlearn.tensor_field import PointsLike, as_points


class FunctionMetric(NumericMetric):
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
        return cls(
            function=function,
            chart=chart,
            signature=check_signature(signature),
            on_degenerate=check_on_degenerate(on_degenerate),
        )

    def numeric(self) -> "FunctionMetric":
        """Itself."""
        return self

    def local(self, x: Float[Array, " n"]) -> IntrinsicPoint:
        """Connection and curvature at one point, from the 2-jet of the function in an orthonormal frame."""
        return IntrinsicPoint.at(self.function, x, self.signature)

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame."""
        return metric_frame(self.function, x, self.signature)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`u^i g_{ij} v^j`."""
        return u @ self.function(x) @ v

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Square roots of the eigenvalues' magnitudes, and the eigenvectors."""
        points = as_points(x, self.dim)
        return diagnose_matrices(jnp.vectorize(self.function, signature="(n)->(n,m)")(points))


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
