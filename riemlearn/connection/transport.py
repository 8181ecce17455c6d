r"""Parallel transport, :math:`\dot u^k + \Gamma^k{}_{ij}\, \dot c^i u^j = 0` along a curve c."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from riemlearn.connection.acceleration import acceleration, connection_term, inside
from riemlearn.connection.geodesic import Geodesic, check_tolerance
from riemlearn.curvature import first_failure
from riemlearn.errors import ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import as_floats, input_status, raise_failures

Curve = Callable[[Float[Array, ""]], Float[Array, " n"]]


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

    Examples
    --------
    Around the circle of latitude at 60 degrees from the pole, a vector comes back turned by
    :math:`2 \pi (1 - \cos 60°)`, which is half a turn:

    >>> from riemlearn.manifolds import Sphere
    >>> latitude = lambda s: jnp.stack([jnp.pi / 3 + 0 * s, 2 * jnp.pi * s])
    >>> [round(float(u), 10) for u in parallel_transport(Sphere(2).metric, latitude, [1.0, 0.0])]
    [-1.0, 0.0]
    """
    if isinstance(curve, Geodesic):
        vectors = _vectors_along(curve, as_points(v, metric.dim, "v").astype(curve.start.dtype))
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, status = _along_geodesics(metric, curve, vectors, tolerance)
        start = curve.start
    elif callable(curve):
        vectors = as_points(v, metric.dim, "v")
        made = jax.eval_shape(curve, jax.ShapeDtypeStruct((), vectors.dtype))
        if getattr(made, "shape", None) != (metric.dim,):
            raise ShapeError(f"the curve must map a number to shape ({metric.dim},), got {made}")
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, status, start = _along_function(metric, curve, vectors, tolerance)
    else:
        points = as_points(curve, metric.dim, "curve")
        if points.ndim != 2 or points.shape[0] < 2:
            raise ShapeError(f"a curve of points has shape (m, {metric.dim}) with m >= 2, got {points.shape}")
        vectors = as_points(v, metric.dim, "v").astype(points.dtype)
        tolerance = jnp.asarray(check_tolerance(tol, vectors.dtype), vectors.dtype)
        found, status, start = _along_points(metric, points, vectors, tolerance)
    if metric.raises:
        raise_failures(status, start, "parallel transport along the curve", metric.explain)
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
    from riemlearn.connection.adaptive import solve

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
    moved, status, _ = _segment(metric, curve, v.reshape(-1, v.shape[-1]), tol)
    return moved.reshape(v.shape), status, curve(jnp.zeros((), v.dtype))


@eqx.filter_jit
def _along_points(metric: Metric, points: Float[Array, "m n"], v: Float[Array, "*vectors n"], tol: Array) -> Any:
    ways = jnp.diff(points, axis=0)
    periods = np.array([a.high - a.low if a.kind == "periodic" else np.inf for a in metric.chart.axes], points.dtype)
    ways = ways - jnp.where(np.isfinite(periods), periods * jnp.round(ways / periods), 0)

    def onward(carry: tuple[Array, Array], segment: tuple[Array, Array]) -> tuple[tuple[Array, Array], None]:
        vectors, status = carry
        start, way = segment
        moved, failed, _ = _segment(metric, lambda s: start + s * way, vectors, tol)
        return (moved, first_failure(status, failed)), None

    rows = v.reshape(-1, v.shape[-1])
    (moved, status), _ = jax.lax.scan(onward, (rows, jnp.asarray(Status.OK, jnp.int32)), (points[:-1], ways))
    return moved.reshape(v.shape), status, points[0]


def _segment(
    metric: Metric, curve: Curve, vectors: Float[Array, "vectors n"], tol: Float[Array, ""]
) -> tuple[Float[Array, "vectors n"], Int[Array, ""], Float[Array, ""]]:
    """Vectors at the end of a curve, why it was not reached, and how far it was."""
    from riemlearn.connection.adaptive import solve

    start = curve(jnp.zeros((), vectors.dtype))

    def field(s: Array, e: Array) -> Array:
        x, u = jax.jvp(curve, (s,), (jnp.ones_like(s),))

        def change(z: Array) -> tuple[Array, Array]:
            moved, status = connection_term(metric, z, u, e)
            return -moved, status

        return inside(metric, x, start, change)

    found = solve(field, vectors, jnp.max(jnp.abs(vectors)), jnp.ones(1, vectors.dtype), tol)
    onward = curve(found.reached + jnp.sqrt(jnp.finfo(vectors.dtype).eps))
    stopped = jnp.where(metric.chart.contains(onward), Status.BLOW_UP, Status.LEFT_CHART)
    _, at_start = acceleration(metric, start, jnp.ones_like(start))
    status = first_failure(
        input_status(metric.chart, start), at_start, jnp.where(found.complete, Status.OK, stopped)
    )
    return found.states[0], status, found.reached
