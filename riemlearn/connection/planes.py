"""Sectional curvatures: many planes at one point share its derivatives."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import evaluate, input_status, raise_failures


def sectional(metric: Metric, x: PointsLike, u: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
    """Sectional curvatures, as :meth:`Connection.sectional` says."""
    n = metric.dim
    points = as_points(x, n)
    first, second = (as_points(w, n, name).astype(points.dtype) for w, name in ((u, "u"), (v, "v")))
    try:
        batch = jnp.broadcast_shapes(points.shape, first.shape, second.shape)[:-1]
    except ValueError:
        raise ShapeError(
            f"u and v have shapes {first.shape} and {second.shape}, which do not fit points of shape {points.shape}"
        ) from None
    if 0 in batch:
        return jnp.zeros(batch, points.dtype)
    own = (1,) * (len(batch) + 1 - points.ndim) + points.shape[:-1]
    shared = len(batch)  # where the last axes begin, along which there is but one point
    while shared and own[shared - 1] == 1:
        shared -= 1
    several, planes = batch[:shared], math.prod(batch[shared:])
    centres = jnp.broadcast_to(points.reshape(*own[:shared], n), (*several, n))
    pairs = jnp.stack([jnp.broadcast_to(w, (*batch, n)) for w in (first, second)], axis=-2)
    value, status = evaluate(_sectional, metric, centres, pairs.reshape(*several, planes * 2 * n))
    value, status = value.reshape(batch), status.reshape(batch)
    if metric.raises:
        raise_failures(status, jnp.broadcast_to(points, (*batch, n)), "sectional curvature", metric.explain)
    return value


def _sectional(
    metric: Metric, x: Float[Array, " n"], pairs: Float[Array, " m"]
) -> tuple[Float[Array, " k"], Int[Array, " k"]]:
    """Curvatures and statuses of the planes at one point, each with its own failure."""
    u, v = jnp.moveaxis(pairs.reshape(-1, 2, x.shape[0]), 1, 0)
    value, status = metric.raw_sectional(x, u, v)
    finite = jnp.where(jnp.isfinite(value), Status.OK, Status.NOT_FINITE)
    return value, first_failure(input_status(metric.chart, x), status, finite)
