r"""The two-point problem: the shortest geodesic between two points, its initial velocity and its length."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from riemlearn.connection import search
from riemlearn.connection.collocation import energy, root
from riemlearn.connection.mesh import ORDER, mesh
from riemlearn.connection.search import Found, Plan
from riemlearn.curvature import first_failure
from riemlearn.errors import MetricError, ShapeError, Status, check_integer
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import input_status, raise_failures

_GROUP = 8  # pairs that are tried again at a time
_FLOATS = 2**24  # in the matrices of the pairs that are solved at a time


class Logarithm(eqx.Module):
    r"""The shortest geodesic :math:`\gamma` found from x to y, with :math:`\gamma(0) = x` and :math:`\gamma(1) = y`.

    ``found(s)`` is the point :math:`\gamma(s)`.  All is there whether the search succeeded or not; ``status`` says.

    Attributes
    ----------
    velocity : array of shape (..., n)
        :math:`\dot\gamma(0)`, the logarithm of y at x.
    distance : array of shape (...)
        The length of the curve.
    residual : array of shape (...)
        What the defect of the geodesic equation, integrated, would change in the curve, as a part of its length.
    energy_drift : array of shape (...)
        By how much :math:`g(\dot\gamma, \dot\gamma)` varies along the curve, as a part of its mean; 0 in theory.
    iterations : integer array of shape (...)
        Newton steps of the last solve.
    unique : boolean array of shape (...)
        Whether no other shortest geodesic was found and the ends are not conjugate.
    other : array of shape (..., n)
        Initial velocity of the next shortest geodesic that was found; NaN if there is none.
    margin : array of shape (...)
        Least second variation, 1 in flat space, 0 at conjugate ends, negative if the curve is no minimum.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status`.  With ``CUT_LOCUS`` the distance still holds.
    path : array of shape (..., m, n)
        Points of the curve at ``times``, the nodes of the mesh and both ends.
    times : array of shape (m,)
        Parameters of the path.
    """

    velocity: Float[Array, "*batch n"]
    distance: Float[Array, "*batch"]
    residual: Float[Array, "*batch"]
    energy_drift: Float[Array, "*batch"]
    iterations: Int[Array, "*batch"]
    unique: Bool[Array, "*batch"]
    other: Float[Array, "*batch n"]
    margin: Float[Array, "*batch"]
    status: Int[Array, "*batch"]
    path: Float[Array, "*batch m n"]
    times: Float[Array, " m"]
    accelerations: Float[Array, "*batch N n"]

    @property
    def nodes(self) -> int:
        """Number of collocation points."""
        return self.accelerations.shape[-2]

    def __call__(self, s: Any) -> Float[Array, "..."]:
        r"""Points :math:`\gamma(s)`: of shape ``(..., n)`` for a number s in [0, 1], ``(..., k, n)`` for k of them."""
        times = np.asarray(s, float)
        if times.ndim > 1 or np.any(times < 0) or np.any(times > 1):
            raise ShapeError(f"s must be a number or a list of numbers in [0, 1], got {s!r}")
        rows = mesh(self.nodes // ORDER).at(np.atleast_1d(times))
        points = jnp.vectorize(rows.points, signature="(n),(n),(N,n)->(m,n)")(
            self.path[..., 0, :], self.path[..., -1, :], self.accelerations
        )
        return points if times.ndim else points[..., 0, :]

    def __repr__(self) -> str:
        if isinstance(self.status, Tracer):
            return f"Logarithm of {self.status.shape} pairs of points, traced"
        count, status = self.status.size, np.asarray(self.status).ravel()
        if count == 0:
            return "Logarithm of no pairs of points"
        failed = {Status(int(code)).name: int(np.sum(status == code)) for code in np.unique(status) if code}
        state = ", ".join(f"{k} {name}" if count > 1 else name for name, k in failed.items()) or "unique"
        length = np.asarray(self.distance).ravel()
        size = f"{length[0]:.6g}" if count == 1 else f"{length.min():.6g} to {length.max():.6g}"
        return (
            f"{count} shortest geodesic{'s' if count > 1 else ''} of length {size} on {self.nodes} nodes, "
            f"residual {np.asarray(self.residual).max():.1e}: {state}"
        )


def connect(
    metric: Metric,
    x: PointsLike,
    y: PointsLike,
    *,
    tol: float | None = None,
    nodes: int | None = None,
    samples: PointsLike | None = None,
) -> Logarithm:
    r"""Join points by shortest geodesics, with all that is known of them; never raises for data.

    The geodesic equation :math:`\ddot\gamma^k + \Gamma^k_{ij} \dot\gamma^i \dot\gamma^j = 0` with both ends fixed is
    solved by collocation at Gauss points, from straight lines in the chart (to all images of y under the periods of the
    chart) that were shortened as chains of points.  Where that fails the start is a shortest path through a lattice of
    points.  A curve whose second variation is not positive is pushed to both sides.  What is found is a minimum
    among nearby curves; that no shorter curve exists elsewhere is known only as far as ``samples`` cover the manifold.

    Parameters
    ----------
    metric : Metric
        Any Riemannian metric.
    x, y : array-like of shape (..., n)
        Points; the leading axes are broadcast.
    tol : float, optional
        Largest residual; by default 1e-10 in double precision and 1e-4 in single precision.
    nodes : int, optional
        Collocation points, in steps of 16; by default 32, and 256 where these do not do.
    samples : array-like of shape (m, n), optional
        Points of the chart.  The shortest path through them is a further start for every pair, so that geodesics
        are found which the straight line does not lead to.

    Returns
    -------
    Logarithm
        Velocity, distance, path, residual and status of each pair.

    Raises
    ------
    MetricError
        If the metric is Lorentzian.
    ShapeError
        If the points do not fit the metric or each other.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)  # the half-plane
    >>> found = connect(g, [0.0, 1.0], [2.0, 1.0])
    >>> found
    1 shortest geodesic of length 1.76275 on 32 nodes, residual ...: unique
    >>> bool(abs(found.distance - 2 * jnp.arcsinh(1.0)) < 1e-9)
    True
    >>> [round(float(c), 6) for c in found(0.5)]  # the top of the half circle
    [1.0, 1.414214]

    Notes
    -----
    Sources: do Carmo, Riemannian Geometry, ch. 3 and 13; Ascher, Mattheij and Russell, Numerical Solution of Boundary
    Value Problems, ch. 5.  Derivatives of all orders come from the equations and not from the iteration.
    """
    a, b = _pairs(metric, x, y)
    batch = jnp.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    starts, ends = (jnp.broadcast_to(p, batch + p.shape[-1:]).reshape(-1, p.shape[-1]) for p in (a, b))
    plan = plan_of(metric, a.dtype, tol, nodes)
    cloud = None if samples is None else as_points(samples, metric.dim, "samples").astype(a.dtype)
    cloud = None if cloud is None else cloud.reshape(-1, metric.dim)
    values = shortest(metric, plan, starts, ends, cloud)
    values = jax.tree.map(lambda v: v.reshape(batch + v.shape[1:]), values)
    times = _times(values["accelerations"].shape[-2] // ORDER)
    return Logarithm(times=jnp.asarray(times, a.dtype), **values)


def log(
    metric: Metric,
    x: PointsLike,
    y: PointsLike,
    *,
    tol: float | None = None,
    nodes: int | None = None,
    samples: PointsLike | None = None,
) -> Float[Array, "*batch n"]:
    r"""Logarithm :math:`\log_x y`: the initial velocity at x of the shortest geodesic that reaches y in unit time.

    Parameters are those of :func:`connect`, which also returns distance, path and residual.

    Raises
    ------
    ChartError
        If a point is outside the chart, the geodesic leaves the chart, or there is more than one shortest geodesic: the
        message has both velocities.  Under a trace the logarithm is NaN there.
    ConvergenceError
        If the equations were not solved; the message has the residual, and :func:`connect` keeps the path.
    MetricError, ShapeError
        As :func:`connect`.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> paraboloid = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x @ x]), dim=2)
    >>> v = log(paraboloid, [0.0, 0.0], [1.0, 0.0])  # along the meridian, an arc of a parabola
    >>> bool(abs(v[0] - (jnp.sqrt(5) / 2 + jnp.arcsinh(2.0) / 4)) < 1e-9)
    True

    Notes
    -----
    Source: do Carmo, Riemannian Geometry, ch. 3, sec. 2.
    """
    found = connect(metric, x, y, tol=tol, nodes=nodes, samples=samples)
    _raise(metric, found, found.status, "log", x)
    return jnp.where((found.status == Status.OK)[..., None], found.velocity, jnp.nan)


def distance(
    metric: Metric,
    x: PointsLike,
    y: PointsLike,
    *,
    tol: float | None = None,
    nodes: int | None = None,
    samples: PointsLike | None = None,
) -> Float[Array, "*batch"]:
    r"""Geodesic distance: the length of the shortest geodesic found between two points.

    Its derivative is that of the first variation, :math:`d_x d(x, y) = -g(\dot\gamma(0), \cdot) / |\dot\gamma|`
    (do Carmo, ch. 9, prop. 2.4), zero where the points meet.  Parameters and errors are those of :func:`log`, but
    several shortest geodesics are no failure.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> g = Metric.from_function(lambda x: jnp.diag(jnp.array([1.0, jnp.sin(x[0]) ** 2])), dim=2)  # the unit sphere
    >>> round(float(distance(g, [jnp.pi / 2, 0.0], [jnp.pi / 2, 2.0])), 9)
    2.0
    """
    found = connect(metric, x, y, tol=tol, nodes=nodes, samples=samples)
    status = jnp.where(found.status == Status.CUT_LOCUS, Status.OK, found.status)
    _raise(metric, found, status, "distance", x)
    return jnp.where(status == Status.OK, found.distance, jnp.nan)


def default_tol(dtype: Any) -> float:
    """Largest residual of the two-point problem in a type."""
    return 1e-10 if jnp.finfo(dtype).bits >= 64 else 1e-4


def plan_of(metric: Metric, dtype: Any, tol: float | None, nodes: int | None) -> Plan:
    """Meshes and tolerance of a search.

    Raises
    ------
    MetricError
        If the metric is Lorentzian.
    ShapeError
        If the tolerance is not positive, or the number of nodes no positive integer.
    """
    if metric.signature != "riemannian":
        raise MetricError("shortest geodesics need a positive-definite metric, and this one is Lorentzian")
    if tol is not None and not 0 < tol < 1:
        raise ShapeError(f"tol must be a number between 0 and 1, got {tol!r}")
    meshes = (search.COARSE, search.FINE) if nodes is None else (-(-check_integer("nodes", nodes, 1) // ORDER),)
    return Plan(meshes, default_tol(dtype) if tol is None else float(tol))


def shortest(
    metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], samples: Any = None
) -> dict[str, Any]:
    """The fields of a :class:`Logarithm`, for a batch with one axis."""
    return _finish(metric, plan, x, y, _search(metric, plan, x, y, samples))


# -- the search over a batch ----------------------------------------------------------------------------------------


@eqx.filter_custom_jvp
def _search(metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], samples: Any) -> Found:
    """What was found for each pair, on the mesh that the hardest of them needs; a constant for differentiation."""
    found = _run(search.begin, metric, plan, None, x, y)
    coarse = found
    if len(plan.meshes) > 1:
        found = _where(_failed(found), search.again, metric, plan, None, x, y, found)
    needed = _failed(found) if samples is None else jnp.ones(x.shape[:1], bool)
    found = _where(needed, search.by_road, metric, plan, samples, x, y, found)
    found = _where(~_failed(found), search.judged, metric, plan, None, x, y, found)
    doubtful = ~_failed(found) & ~(found.margin > _least_margin(plan))
    found = _where(doubtful, search.aside, metric, plan, None, x, y, found)
    if isinstance(found.best.a, Tracer) or np.any(np.asarray(found.best.a != coarse.best.a)):
        return found
    rows = mesh(max(plan.meshes)).at(mesh(min(plan.meshes)).nodes.times)
    return found._replace(best=found.best._replace(a=jnp.asarray(rows.second, x.dtype) @ found.best.a))


@_search.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Found, Any]:
    found = _search(*primals)
    return found, jax.tree.map(lambda v: jnp.zeros_like(v) if eqx.is_inexact_array(v) else None, found)


def _failed(found: Found) -> Bool[Array, " b"]:
    return found.best.status != Status.OK


def _least_margin(plan: Plan) -> float:
    return plan.tol**0.5


def _where(
    need: Bool[Array, " b"],
    stage: Callable[..., Found],
    metric: Metric,
    plan: Plan,
    samples: Any,
    x: Float[Array, "b n"],
    y: Float[Array, "b n"],
    found: Found,
) -> Found:
    """A further stage for the pairs that need it; under a trace for all, if one of them does."""
    if isinstance(need, Tracer):

        def select(new: Array, old: Array) -> Array:
            return jnp.where(need.reshape(need.shape + (1,) * (new.ndim - 1)), new, old)

        def all_of_them() -> Found:
            return jax.tree.map(select, _run(stage, metric, plan, samples, x, y, found), found)

        return jax.lax.cond(jnp.any(need), all_of_them, lambda: found)
    index = np.flatnonzero(np.asarray(need))
    # groups of one size, so that each stage is compiled once; all at once where that is most of them
    size = len(x) if len(index) > len(x) // 2 else min(_GROUP, len(x))
    for start in range(0, len(index), size):
        some = np.resize(index[start : start + size], size)
        new = _run(stage, metric, plan, samples, *jax.tree.map(itemgetter(some), (x, y, found)))
        found = jax.tree.map(partial(_put, some), found, new)
    return found


def _put(where: np.ndarray, old: Array, new: Array) -> Array:
    return old.at[where].set(new)


@eqx.filter_jit
def _run(stage: Callable[..., Found], metric: Metric, plan: Plan, samples: Any, *arrays: Any) -> Found:
    """A stage over a batch, in parts of bounded memory."""

    def one(arrays: Any) -> Found:
        return stage(metric, plan, samples, *arrays)

    count, n = arrays[0].shape
    room = max(1, _FLOATS // (max(plan.meshes) * (ORDER * n) ** 2))
    return jax.vmap(one)(arrays) if count <= room else jax.lax.map(one, arrays, batch_size=room)


@eqx.filter_jit
def _finish(metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], found: Found) -> dict[str, Any]:
    """The result of each pair, differentiable in ends and metric."""

    def one(x: Float[Array, " n"], y: Float[Array, " n"], found: Found) -> dict[str, Any]:
        best, grid = found.best, mesh(found.best.a.shape[0] // ORDER)
        end = y + jax.lax.stop_gradient(best.end - y)
        a = root(metric, x, end, best.a)
        velocities = grid.nodes.velocities(x, end, a)
        points = grid.nodes.points(x, end, a)
        squares = jax.vmap(lambda p, v: metric.raw_inner(p, v, v))(points, velocities)
        mean = jnp.mean(squares)
        drift = jnp.where(mean == 0, 0, jnp.max(jnp.abs(squares - mean)) / jnp.where(mean == 0, 1, mean))
        tied = found.other_length <= best.length * (1 + 10 * plan.tol)
        unique = ~tied & (found.margin > _least_margin(plan))
        status = first_failure(
            input_status(metric.chart, x),
            input_status(metric.chart, y),
            best.status,
            jnp.where(unique, Status.OK, Status.CUT_LOCUS),
        )
        return {
            "velocity": grid.ends.velocities(x, end, a)[0],
            "distance": _root_of(energy(metric, x, end, a)),
            "residual": best.residual,
            "energy_drift": drift,
            "iterations": best.steps,
            "unique": unique & (best.status == Status.OK),
            "other": found.other,
            "margin": found.margin,
            "status": status,
            "path": jnp.concatenate([x[None], points, end[None]]),
            "accelerations": a,
        }

    return jax.vmap(one)(x, y, found)


def _times(elements: int) -> np.ndarray:
    return np.concatenate([[0.0], mesh(elements).nodes.times, [1.0]])


def _root_of(square: Float[Array, ""]) -> Float[Array, ""]:
    """Square root, with gradient one instead of infinity at zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), square)


def constant(tree: Any) -> Any:
    """The same without derivatives: the search is not differentiated, its result is."""
    return jax.tree.map(lambda v: jax.lax.stop_gradient(v) if eqx.is_inexact_array(v) else v, tree)


def _pairs(metric: Metric, x: PointsLike, y: PointsLike) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Two arrays of points that broadcast, in one type."""
    a, b = as_points(x, metric.dim), as_points(y, metric.dim, "y")
    try:
        jnp.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ShapeError(f"x of shape {a.shape} and y of shape {b.shape} do not broadcast") from None
    dtype = jnp.result_type(a, b)
    return a.astype(dtype), b.astype(dtype)


def _raise(metric: Metric, found: Logarithm, status: Int[Array, "..."], what: str, x: PointsLike) -> None:
    """Raise for the first pair that failed, with what is known of it."""
    if isinstance(status, Tracer) or not metric.raises:
        return
    failed = np.flatnonzero(np.asarray(status))
    if failed.size == 0:
        return

    def entry(values: Array) -> Any:
        flat = np.asarray(values).reshape((-1, *values.shape[status.ndim :]))
        return flat[failed[0]]

    def explain(point: Float[Array, " n"], code: Status) -> str:
        end = ", ".join(f"{c:.6g}" for c in entry(found.path)[-1])
        if code == Status.CUT_LOCUS:
            several = [v for v in (entry(found.velocity), entry(found.other)) if np.all(np.isfinite(v))]
            told = " and ".join("(" + ", ".join(f"{c:.6g}" for c in v) + ")" for v in several)
            return f"to y = ({end}) lead the velocities {told}, of length {entry(found.distance):.6g}"
        if code in (Status.NOT_CONVERGED, Status.LEFT_CHART):
            return (
                f"to y = ({end}), residual {entry(found.residual):.2e} after {entry(found.iterations)} Newton steps "
                f"on {found.nodes} nodes; connect(...) keeps the path"
            )
        if code in (Status.NAN_INPUT, Status.OUTSIDE_CHART):
            inside = bool(metric.chart.contains(point)) and bool(np.all(np.isfinite(point)))
            return f"y = ({end})" if inside else metric.explain(point, code)
        return metric.explain(point, code)

    raise_failures(status, found.path[..., 0, :], what, explain)
