r"""Parallel transport, :math:`\dot u^k + \Gamma^k{}_{ij}\, \dot c^i u^j = 0` along a curve c."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.connection.acceleration import connection_term, inside
from riemlearn.connection.adaptive import solve
from riemlearn.connection.flow import stop_status
from riemlearn.connection.geodesic import Explain, Geodesic, check_tolerance
from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import raise_failures

Curve = Callable[[Float[Array, ""]], Any]


def parallel_transport(
    metric: Metric, curve: Geodesic | Any, v: PointsLike, *, tol: float | None = None
) -> Float[Array, "*batch n"]:
    r"""Vectors at the start of a curve, transported to its end; inner products do not change.

    Parameters
    ----------
    metric : Metric
        A metric, also a Lorentzian one.
    curve : Geodesic, callable or array-like of shape (m, n)
        Geodesics, from time 0 to their last time; a JAX function from s in [0, 1] to a point ``(n,)``; or points, which
        are joined by segments that are straight in the coordinates, the shorter way around a periodic one.  Between
        neighbouring points of a smooth curve at distance h that misses it by :math:`O(h^2)`.
    v : array-like of shape (..., n)
        One vector, or several such as the rows of a frame.  Along a batch of geodesics its leading axes are theirs, and
        further ones number the vectors at each start.
    tol : float, optional
        Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

    Returns
    -------
    array
        In the shape of v, broadcast to the batch of the geodesics.

    Raises
    ------
    ShapeError
        If the curve is none of these, or shapes do not fit.
    ChartError, MetricError, NumericError
        In eager calls, unless the metric has ``on_degenerate="nan"``: if the curve leaves the chart, or the metric
        fails on it.
    """
    if isinstance(curve, Geodesic):
        vectors = _vectors_along(curve, as_points(v, metric.dim, "v").astype(curve.start.dtype))
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, status = _along_geodesics(metric, curve, vectors, tolerance)
        start, explain = curve.start, metric.explain
    elif isinstance(curve, Callable):
        vectors = as_points(v, metric.dim, "v")
        made = jax.eval_shape(curve, jax.ShapeDtypeStruct((), vectors.dtype))
        if getattr(made, "shape", None) != (metric.dim,):
            raise ShapeError(f"the curve must map a number to shape ({metric.dim},), got {made}")
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, start, status, stop = _along_function(metric, curve, vectors, tolerance)
        explain = Explain(metric, status, *stop)
    else:
        points = as_points(curve, metric.dim, "curve")
        if points.ndim != 2 or points.shape[0] < 2:
            raise ShapeError(f"a curve of points has shape (m, {metric.dim}) with m >= 2, got {points.shape}")
        vectors = as_points(v, metric.dim, "v").astype(points.dtype)
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, status, stop = _along_points(metric, points, vectors, tolerance)
        start, explain = points[0], Explain(metric, status, *stop)
    if metric.raises:
        raise_failures(status, start, "parallel transport along a curve from its start", explain)
    return found


def _vectors_along(curve: Geodesic, v: Float[Array, "..."]) -> Float[Array, "..."]:
    batch, n = curve.start.shape[:-1], curve.start.shape[-1]
    if v.ndim <= len(batch) + 1:
        try:
            return jnp.broadcast_to(v, (*batch, n))
        except ValueError:
            pass
    elif v.shape[: len(batch)] == batch:
        return v
    raise ShapeError(f"v has shape {v.shape}, which does not fit geodesics of shape {batch} on an axis of {n}")


@eqx.filter_jit
def _along_geodesics(
    metric: Metric, curve: Geodesic, v: Float[Array, "..."], tol: Float[Array, ""]
) -> tuple[Float[Array, "..."], Int[Array, "..."]]:
    """Geodesic and vectors are integrated together, so that the curve has the accuracy of the vectors."""
    end = curve.times[-1]

    def one(x: Array, velocity: Array, vectors: Array) -> tuple[Array, Array]:
        def field(s: Array, state: Any) -> Any:
            y, w, e = state

            def both(z: Array) -> tuple[Array, Array]:
                moved, status = connection_term(metric, z, w, jnp.vstack([w, e]))
                return -moved, status

            change = inside(metric, y, x, both)
            return w, change[0], change[1:]

        u = end * velocity
        size = jnp.max(jnp.abs(u))
        found = solve(field, (x, u, vectors), (size, size, jnp.max(jnp.abs(vectors))), jnp.ones(1, x.dtype), tol)
        return found.states[2][0], jnp.where(found.complete, Status.OK, Status.BLOW_UP)

    batch, n = curve.start.shape[:-1], curve.start.shape[-1]
    count = int(np.prod(batch))
    rows = v.reshape(count, int(np.prod(v.shape[len(batch) : -1])), n)
    found, status = jax.vmap(one)(curve.start.reshape(count, n), curve.velocity.reshape(count, n), rows)
    return found.reshape(v.shape), first_failure(curve.status, status.reshape(batch))


@eqx.filter_jit
def _along_function(metric: Metric, curve: Curve, v: Float[Array, "*vectors n"], tol: Float[Array, ""]) -> Any:
    moved, status, stop = _segment(metric, curve, v.reshape(-1, v.shape[-1]), tol)
    return moved.reshape(v.shape), curve(jnp.zeros((), v.dtype)), status, stop


@eqx.filter_jit
def _along_points(metric: Metric, points: Float[Array, "m n"], v: Float[Array, "*vectors n"], tol: Array) -> Any:
    ways = jnp.diff(points, axis=0)
    around = np.array([axis.kind == "periodic" for axis in metric.chart.axes])
    periods = np.array([a.high - a.low if a.kind == "periodic" else 1 for a in metric.chart.axes], points.dtype)
    ways = ways - jnp.where(around, periods * jnp.round(ways / periods), 0)

    def onward(vectors: Array, segment: tuple[Array, Array]) -> tuple[Array, tuple[Array, Any]]:
        start, way = segment
        moved, status, stop = _segment(metric, lambda s: start + s * way, vectors, tol)
        return moved, (status, stop)

    moved, (statuses, stops) = jax.lax.scan(onward, v.reshape(-1, v.shape[-1]), (points[:-1], ways))
    first = jnp.argmax(statuses != Status.OK)
    reached, last, ahead = jax.tree.map(lambda a: a[first], stops)
    return moved.reshape(v.shape), statuses[first], ((first + reached) / ways.shape[0], last, ahead)


def _segment(
    metric: Metric, curve: Curve, vectors: Float[Array, "vectors n"], tol: Float[Array, ""]
) -> tuple[Float[Array, "vectors n"], Int[Array, ""], tuple[Array, Array, Array]]:
    """Vectors at the end of a curve, why it was not reached, and where it stopped."""
    start = curve(jnp.zeros((), vectors.dtype))

    def field(s: Array, e: Array) -> Array:
        x, u = jax.jvp(curve, (s,), (jnp.ones_like(s),))

        def change(z: Array) -> tuple[Array, Array]:
            moved, status = connection_term(metric, z, u, e)
            return -moved, status

        return inside(metric, x, start, change)

    found = solve(field, vectors, jnp.max(jnp.abs(vectors)), jnp.ones(1, vectors.dtype), tol)
    ahead = curve(found.reached + jnp.sqrt(jnp.finfo(vectors.dtype).eps))
    status = stop_status(metric, start, jnp.ones_like(start), found.complete, ahead)
    return found.states[0], status, (found.reached, curve(found.reached), ahead)
