"""Stochastic estimates, for dimensions where exact columns do not fit."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from riemlearn.curvature import conditioned
from riemlearn.errors import MetricError, check_integer
from riemlearn.metric import Metric, PullbackMetric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class Estimate(NamedTuple):
    """A value that was estimated, and its standard error; arrays of one shape."""

    value: Float[Array, "*batch"]
    standard_error: Float[Array, "*batch"]


def scalar_estimate(metric: Metric, x: PointsLike, key: PRNGKeyArray, probes: Any) -> Estimate:
    """Scalar curvature from random directions, as :meth:`Connection.scalar_estimate` says."""
    if not isinstance(metric, PullbackMetric) or metric.signature != "riemannian":
        raise MetricError(f"scalar_estimate needs the Riemannian metric of an embedding, got a {metric.title}")
    probes = check_integer("scalar_estimate: probes", probes, 2)
    points = as_points(x, metric.dim)
    source = (metric, key, jnp.zeros(probes))
    found = evaluate_or_raise(_estimate, source, metric, "scalar curvature", points)
    return Estimate(found["value"], found["standard_error"])


def _estimate(
    source: tuple[PullbackMetric, PRNGKeyArray, Float[Array, " probes"]], x: Float[Array, " n"]
) -> tuple[dict[str, Float[Array, ""]], Int[Array, ""]]:
    metric, key, probes = source
    directions = metric.directions(x)
    value, error = directions.scalar_estimate(key, len(probes))
    found = {"value": value, "standard_error": error}
    return with_input_checked(metric.chart, x, found, conditioned(directions.frame))
