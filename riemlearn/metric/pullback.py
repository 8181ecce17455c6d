r"""PullbackMetric: :math:`g = Df^T h Df`, computed from a factor of Df rather than from g."""

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import (
    PART,
    EmbeddedDirections,
    EmbeddedPoint,
    Frame,
    Framed,
    Plan,
    Signature,
    Surroundings,
    check_signature,
    conditioned,
    curved,
    embedding_frame,
    euclidean,
    first_failure,
    inner,
    plan_embedding,
    point_by_normals,
)
from riemlearn.errors import MetricError, ShapeError, Status
from riemlearn.jets import jet1
from riemlearn.metric.base import Metric
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_eps, check_on_degenerate, check_rank
from riemlearn.metric.function import FunctionMetric
from riemlearn.metric.immersion import Immersion
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.numeric import NumericMetric, chart_for
from riemlearn.tensor_field import PointsLike, as_points


class PullbackMetric(NumericMetric):
    """The metric that an embedding induces; made by :meth:`Metric.from_embedding`."""

    function: LearnedMap
    ambient: NumericMetric | None
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    rank_tol: float | None = eqx.field(static=True)
    rank: int | None = eqx.field(static=True)
    codomain: int = eqx.field(static=True)
    reversible: bool = eqx.field(static=True)

    @classmethod
    def build(
        cls,
        f: Any,
        dim: int | None,
        chart: Chart | None,
        on_degenerate: OnDegenerate,
        rank_tol: float | None,
        rank: int | Any = None,
        ambient: Metric | Any = None,
        signature: Signature | None = None,
    ) -> "PullbackMetric":
        """Check the arguments of :meth:`Metric.from_embedding` and make the metric."""
        if dim is None and chart is not None:
            dim = chart.dim
        if dim is None:
            raise ShapeError("from_embedding: a callable needs dim=n, a list of expressions needs coords=[...]")
        chart = chart_for(dim, chart)
        function, target = LearnedMap(f), _check_ambient(ambient)
        output = function.output(dim, "the embedding")
        function.check_differentiable(dim, "the embedding")
        rank = check_rank(rank, dim)
        if len(output.shape) != 1 or output.shape[0] < (rank or dim):
            raise ShapeError(
                f"the embedding must return shape (d,) with d >= {'rank' if rank else 'dim'} = {rank or dim}, got "
                f"{output.shape}: a map into a smaller space has no pullback metric"
            )
        if target is not None and target.dim != output.shape[0]:
            raise ShapeError(f"the embedding returns shape {output.shape}, but ambient has dimension {target.dim}")
        if signature is None:
            signature = "riemannian" if target is None else target.signature
        if target is None and check_signature(signature) != "riemannian":
            raise ShapeError("signature='lorentzian' needs an ambient metric: images in Euclidean space are Riemannian")
        return cls(
            function=function,
            ambient=target,
            chart=chart,
            signature=check_signature(signature),
            on_degenerate=check_on_degenerate(on_degenerate),
            rank_tol=rank_tol,
            rank=rank,
            codomain=output.shape[0],
            reversible=function.reversible(dim),
        )

    @property
    def immersion(self) -> Immersion:
        """The map itself and its second fundamental form."""
        return Immersion(self)

    def numeric(self) -> FunctionMetric:
        r"""The same metric as a function :math:`x \mapsto Df^T h Df`, whose curvature takes third derivatives of f."""
        return FunctionMetric(
            function=LearnedMap(_Gram(self.function, self.ambient)),
            chart=self.chart,
            signature=self.signature,
            on_degenerate=self.on_degenerate,
            rank=self.rank,
        )

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed."""
        open_to_normals = self.ambient is None and self.rank in (None, self.dim) and self.reversible
        return plan_embedding(
            quantity, self.rank or self.dim, self.codomain - self.dim if open_to_normals else None, planes
        )

    def around(self, x: Float[Array, " n"], first_order: bool = False) -> Surroundings:
        """The map at one point, as if its ambient space were flat."""
        if self.ambient is None:
            return euclidean(self.function)
        image = self.function(x)
        inside = self.ambient.chart.contains(image)
        status = jnp.where(inside, Status.OK, Status.OUTSIDE_AMBIENT).astype(jnp.int32)
        if first_order:
            frame = self.ambient.matrix_and_frame(image)[1]
            return Surroundings(
                lambda y: frame.coframe @ self.function(y), frame.signs, None, first_failure(status, frame.status)
            )
        around = curved(self.function, x, self.ambient.local(image))
        return around._replace(status=first_failure(status, around.status))

    def local(self, x: Float[Array, " n"]) -> EmbeddedPoint:
        """Connection and curvature at one point, by the Gauss route."""
        return EmbeddedPoint.at(self.around(x), x, self.signature, self.rank, self.rank_tol)

    def directions(self, x: Float[Array, " n"]) -> EmbeddedDirections:
        """The geometry at one point along given directions."""
        around = self.around(x)
        return EmbeddedDirections.at(around, x, self._framed(around, x))

    def raw_value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point and a status."""
        route = self.plan(quantity).route
        if quantity in ("metric", "inverse", "volume_density", "cotton") or route == "all pairs":
            return super().raw_value(quantity, x)
        self.check_regular(quantity)
        if route == "row by row":
            directions = self.directions(x)
            return directions.scalar(PART), conditioned(directions.frame)
        local = point_by_normals(self.function, x)
        return self._of(local, quantity, x), local.status

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame, from a factorisation of the Jacobian."""
        around = self.around(x, first_order=True)
        framed = self._framed(around, x)
        return inner(framed.jacobian, framed.jacobian, around.signs), framed.frame

    def _framed(self, around: Surroundings, x: Float[Array, " n"]) -> Framed:
        return embedding_frame(around, x, self.signature, self.rank, self.rank_tol)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`h(Df\,u, Df\,v)`; g is not formed."""
        around = self.around(x, first_order=True)
        along_u, along_v = jet1(around.function, x, jnp.stack([u, v])).first
        return jnp.where(around.status <= Status.OK, inner(along_u, along_v, around.signs), jnp.nan)

    def regularised(self, eps: Any) -> NumericMetric:
        r"""The metric :math:`g + \epsilon I`; in Euclidean space that of the map :math:`(f(x), \sqrt\epsilon\,x)`."""
        if self.ambient is not None:
            return self.numeric().regularised(eps)
        graph = LearnedMap(_Graph(self.function, check_eps(eps) ** 0.5))
        return replace(self, function=graph, rank=None, codomain=self.codomain + self.dim)

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Singular values of the Jacobian; g is not formed, so that small ones keep their digits."""
        if self.ambient is not None and self.signature != "riemannian":
            return self.numeric().diagnose(x)
        points = as_points(x, self.dim)
        jacobian = np.asarray(jnp.vectorize(self._first, signature="(n)->(d,n)")(points))
        finite = np.all(np.isfinite(jacobian), axis=(-1, -2), keepdims=True)
        _, singular, directions = np.linalg.svd(
            np.where(finite, jacobian, 0), full_matrices=jacobian.shape[-2] < self.dim
        )
        singular = np.concatenate([singular, np.zeros((*singular.shape[:-1], self.dim - singular.shape[-1]))], axis=-1)
        by_rounding = max(jacobian.shape[-2:]) * float(np.finfo(jacobian.dtype).eps)
        cutoff = by_rounding if self.rank_tol is None else self.rank_tol
        return Diagnosis(np.where(finite[..., 0], singular, np.nan), directions, cutoff)

    def _first(self, x: Float[Array, " n"]) -> Float[Array, "d n"]:
        return jet1(self.around(x, first_order=True).function, x).first.T

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point."""
        if status == Status.OUTSIDE_AMBIENT and self.ambient is not None:
            return self.ambient.chart.describe_outside(np.asarray(self.function(x)).tolist())
        if status == Status.NOT_FINITE:
            of_ambient = "" if self.ambient is None else self.ambient.explain(self.function(x), status)
            return self.function.not_finite(x) or of_ambient
        return super().explain(x, status)


class _Gram(eqx.Module):
    """The metric of a map as a function of the point."""

    function: LearnedMap
    ambient: NumericMetric | None

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, "n n"]:
        value, first = jet1(self.function, x)
        if self.ambient is None:
            return first @ first.T
        matrix, status = self.ambient.raw_value("metric", value)
        regular = (status <= Status.OK) & self.ambient.chart.contains(value)
        return jnp.where(regular, first @ matrix @ first.T, jnp.nan)


class _Graph(eqx.Module):
    """A map together with a multiple of its argument."""

    function: LearnedMap
    scale: float

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        return jnp.concatenate([self.function(x), self.scale * x])


def _check_ambient(ambient: Any) -> NumericMetric | None:
    """The ambient metric as one that is known by its numbers.

    Raises
    ------
    MetricError
        If it is no metric, or has a declared lower rank.
    UnboundParameter
        If a parameter has no value.
    """
    if ambient is None:
        return None
    if not isinstance(ambient, Metric):
        raise MetricError(f"ambient must be a Metric, got {type(ambient).__name__}")
    numeric = ambient if isinstance(ambient, NumericMetric) else ambient.numeric()
    if not isinstance(numeric, NumericMetric) or numeric.rank not in (None, numeric.dim):
        raise MetricError("ambient must be a metric of full rank")
    return numeric
