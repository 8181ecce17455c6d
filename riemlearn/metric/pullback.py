r"""Immersion and PullbackMetric: :math:`g = Df^T Df`, computed from a factor of Df rather than from g."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import EmbeddedPoint, Frame, Signature, embedding_frame
from riemlearn.errors import ShapeError, Status
from riemlearn.jets import jet1
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_on_degenerate
from riemlearn.metric.function import FunctionMetric
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.numeric import NumericMetric, chart_for
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import with_input_checked


class Immersion(eqx.Module):
    """The map of a pullback metric, with the extrinsic geometry of its image."""

    metric: "PullbackMetric"

    def __repr__(self) -> str:
        return f"Immersion that induces the {self.metric.title}"

    def __call__(self, x: PointsLike) -> Float[Array, "*batch d"]:
        """Points of the ambient space."""
        return self.metric.evaluate_vectors(_point, "embedding", x)

    def jacobian(self, x: PointsLike) -> Float[Array, "*batch d n"]:
        """Jacobian matrix; it need not have full rank."""
        return self.metric.evaluate_vectors(_jacobian, "Jacobian", x)

    def second_fundamental_form(self, x: PointsLike) -> Float[Array, "*batch n n d"]:
        r""":math:`\mathrm{II}_{ij}`, the normal part of :math:`\partial_i \partial_j f`.

        Examples
        --------
        >>> from riemlearn import Metric
        >>> circle = Metric.from_embedding(lambda x: jnp.array([jnp.cos(x[0]), jnp.sin(x[0])]), dim=1)
        >>> float(circle.immersion.second_fundamental_form([0.0])[0, 0, 0])
        -1.0
        """
        return self.metric.evaluate_vectors(_second_fundamental_form, "second fundamental form", x)

    def mean_curvature(self, x: PointsLike) -> Float[Array, "*batch d"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        return self.metric.evaluate_vectors(_mean_curvature, "mean curvature", x)


class PullbackMetric(NumericMetric):
    """The metric that an embedding into Euclidean space induces; made by :meth:`Metric.from_embedding`."""

    function: LearnedMap
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    rank_tol: float | None = eqx.field(static=True)

    @classmethod
    def build(
        cls, f: Any, dim: int | None, chart: Chart | None, on_degenerate: OnDegenerate, rank_tol: float | None
    ) -> "PullbackMetric":
        """Check the arguments of :meth:`Metric.from_embedding` and make the metric."""
        if dim is None and chart is not None:
            dim = chart.dim
        if dim is None:
            raise ShapeError("from_embedding: a callable needs dim=n, a list of expressions needs coords=[...]")
        chart = chart_for(dim, chart)
        function = LearnedMap(f)
        output = function.output(dim, "the embedding")
        if len(output.shape) != 1 or output.shape[0] < dim:
            raise ShapeError(
                f"the embedding must return shape (d,) with d >= dim = {dim}, got {output.shape}: "
                "a map into a smaller space has no pullback metric"
            )
        return cls(
            function=function,
            chart=chart,
            signature="riemannian",
            on_degenerate=check_on_degenerate(on_degenerate),
            rank_tol=rank_tol,
        )

    @property
    def immersion(self) -> Immersion:
        """The map itself and its second fundamental form."""
        return Immersion(self)

    def numeric(self) -> FunctionMetric:
        r"""The same metric as the function :math:`x \mapsto Df^T Df`, whose curvature takes third derivatives of f."""
        return FunctionMetric(
            function=LearnedMap(_Gram(self.function)),
            chart=self.chart,
            signature=self.signature,
            on_degenerate=self.on_degenerate,
        )

    def local(self, x: Float[Array, " n"]) -> EmbeddedPoint:
        """Connection and curvature at one point, by the Gauss route."""
        return EmbeddedPoint.at(self.function, x)

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame, from the QR factorisation of the Jacobian."""
        jacobian, frame = embedding_frame(self.function, x)
        return jacobian @ jacobian.T, frame

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`\langle Df\,u, Df\,v \rangle`; g is not formed."""
        along_u, along_v = jet1(self.function, x, jnp.stack([u, v])).first
        return along_u @ along_v

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Singular values of the Jacobian; g is not formed, so that small ones keep their digits."""
        points = as_points(x, self.dim)
        jacobian = np.asarray(jnp.vectorize(lambda y: jet1(self.function, y).first.T, signature="(n)->(d,n)")(points))
        finite = np.all(np.isfinite(jacobian), axis=(-1, -2), keepdims=True)
        _, singular, directions = np.linalg.svd(np.where(finite, jacobian, 0), full_matrices=False)
        by_rounding = max(jacobian.shape[-2:]) * float(np.finfo(jacobian.dtype).eps)
        cutoff = by_rounding if self.rank_tol is None else self.rank_tol
        return Diagnosis(np.where(finite[..., 0], singular, np.nan), directions, cutoff)


class _Gram(eqx.Module):
    """The metric of a map as a function of the point."""

    function: LearnedMap

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, "n n"]:
        first = jet1(self.function, x).first
        return first @ first.T


def _point(metric: PullbackMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return with_input_checked(metric.chart, x, metric.function(x), jnp.asarray(Status.OK))


def _jacobian(metric: PullbackMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return with_input_checked(metric.chart, x, jet1(metric.function, x).first.T, jnp.asarray(Status.OK))


def _second_fundamental_form(metric: PullbackMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return _extrinsic(metric, x, lambda point: point.second_fundamental_form())


def _mean_curvature(metric: PullbackMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    return _extrinsic(metric, x, lambda point: point.mean_curvature())


def _extrinsic(
    metric: PullbackMetric, x: Float[Array, " n"], quantity: Callable[[EmbeddedPoint], Array]
) -> tuple[Array, Int[Array, ""]]:
    """A quantity of the embedded point, with the checks of every numeric call."""
    point = metric.local(x)
    return with_input_checked(metric.chart, x, quantity(point), point.status)
