r"""SampledMetric: the metric around one of many samples, from a polynomial graph through its neighbours.

Samples have no chart in common.  Around each one there is the chart of its tangent space, which is what is made here.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.chart import Axis, Chart, Region
from riemlearn.curvature import EmbeddedDirections, EmbeddedPoint, Frame, Plan, Signature
from riemlearn.errors import ShapeError, check_choice
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_on_degenerate
from riemlearn.metric.function import FunctionMetric
from riemlearn.metric.graph import QUANTITIES, Estimate, Graph, at_points, estimated, tensors_of
from riemlearn.metric.immersion import Immersion
from riemlearn.metric.neighbourhood import Neighbourhood, centre_of, checked_fit, choose
from riemlearn.metric.numeric import NumericMetric
from riemlearn.metric.pullback import PullbackMetric
from riemlearn.metric.samples import Samples
from riemlearn.tensor_field import PointsLike, as_points


class SampledMetric(NumericMetric):
    """The metric around one sample, on the ball of its tangent space; made by :meth:`Metric.from_samples`.

    It is the pullback by the fitted graph, a polynomial that JAX can trace and differentiate, and has every field of a
    metric.  The coordinates are along the rows of ``tangent``; the sample is at 0.
    """

    pullback: PullbackMetric
    graph: Graph
    others: tuple[Float[Array, "..."], ...]
    half: float = eqx.field(static=True)
    index: int = eqx.field(static=True)
    radius: float = eqx.field(static=True)
    condition: float = eqx.field(static=True)
    prediction_error: float = eqx.field(static=True)
    neighbourhood: Neighbourhood = eqx.field(static=True)
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    rank: None = eqx.field(static=True, default=None)

    @classmethod
    def build(
        cls, values: Any, at: Any, dim: Any, neighbours: Any, order: Any, on_degenerate: OnDegenerate
    ) -> "SampledMetric":
        """Check the arguments of :meth:`Metric.from_samples`, fit, and make the metric."""
        samples = Samples.of(values)
        if at is None:
            raise ShapeError(
                "from_samples: samples have no chart in common; say at=... for the chart around one of them, or call "
                "riemlearn.metric.sample_geometry(values) for the tensors at all"
            )
        place, row = centre_of(samples, at)
        chosen = choose(samples, dim, neighbours, order, place)
        fit = checked_fit(samples, place, row, chosen)
        tensors = [jnp.asarray(t, samples.dtype) for t in tensors_of(fit, chosen.dim, chosen.order)]
        centre, tangent, normal = (jnp.asarray(v, samples.dtype) for v in (fit.centre, fit.tangent, fit.normal))
        graph = Graph(centre, tangent, normal, tuple(t[0] for t in tensors))
        limit = fit.radius**2
        ball = Region(lambda t: (t * t).sum(-1) < limit, f"the ball of radius {fit.radius:.4g} of its neighbours")
        chart = Chart(tuple(f"t{i + 1}" for i in range(chosen.dim)), (Axis(),) * chosen.dim, ball)
        on_degenerate = check_on_degenerate(on_degenerate)
        return cls(
            pullback=PullbackMetric.build(graph, chosen.dim, chart, on_degenerate, None),
            graph=graph,
            others=tuple(t[1:] for t in tensors),
            half=fit.half,
            index=row,
            radius=fit.radius,
            condition=fit.condition,
            prediction_error=fit.prediction_error,
            neighbourhood=chosen,
            chart=chart,
            signature="riemannian",
            on_degenerate=on_degenerate,
        )

    @property
    def tangent(self) -> Float[Array, "k d"]:
        """The frame of the tangent space; its rows are the directions of the coordinates."""
        return self.graph.tangent

    @property
    def immersion(self) -> Immersion:
        """The fitted map and its second fundamental form."""
        return self.pullback.immersion

    def coordinates(self, points: PointsLike) -> Float[Array, "*batch k"]:
        """Coordinates of points of the ambient space: their projections to the tangent space."""
        return (as_points(points, self.graph.centre.shape[0], "points") - self.graph.centre) @ self.graph.tangent.T

    def estimate(self, quantity: str, x: PointsLike | None = None) -> Estimate:
        r"""A quantity with its standard error and bias.

        Parameters
        ----------
        quantity : str
            metric, christoffel, riemann_lowered, ricci, scalar, second_fundamental_form or mean_curvature.
        x : array-like of shape (..., k), optional
            Points of the chart; by default the sample.  Errors grow towards the edge of the chart.

        Raises
        ------
        ShapeError
            If there is no such quantity.
        ChartError
            If a point lies outside the chart.
        """
        check_choice("estimate: quantity", quantity, QUANTITIES)
        points = as_points(np.zeros(self.dim, self.graph.centre.dtype) if x is None else x, self.dim)
        self(points)  # whatever is wrong with the points
        tensors = tuple(jnp.concatenate([a[None], b]) for a, b in zip(self.graph.tensors, self.others, strict=True))
        rows = points.reshape(-1, self.dim)
        graph = (self.graph.centre, self.graph.tangent, self.graph.normal)
        found = at_points((quantity,), graph, tensors, rows)[quantity]
        parts = estimated(np.asarray(found), self.half, self.dim)
        return Estimate(*(part.reshape((*points.shape[:-1], *part.shape[1:])) for part in parts))

    # -- what a metric has to know, from the fitted map ---------------------------------------------------------------

    def numeric(self) -> FunctionMetric:
        """The same metric as a function of the coordinates."""
        return self.pullback.numeric()

    def regularised(self, eps: Any) -> NumericMetric:
        r"""The metric :math:`g + \epsilon I`."""
        return self.pullback.regularised(eps)

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed."""
        return self.pullback.plan(quantity, planes)

    def local(self, x: Float[Array, " n"]) -> EmbeddedPoint:
        """Connection and curvature at one point, by the Gauss route."""
        return self.pullback.local(x)

    def directions(self, x: Float[Array, " n"]) -> EmbeddedDirections:
        """The geometry at one point along given directions."""
        return self.pullback.directions(x)

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame."""
        return self.pullback.matrix_and_frame(x)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`\langle Df\,u, Df\,v \rangle`."""
        return self.pullback.raw_inner(x, u, v)

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Singular values of the Jacobian."""
        return self.pullback.diagnose(x)
