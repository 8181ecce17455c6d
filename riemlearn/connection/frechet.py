r"""The Frechet mean: the point with the least mean square distance to given points."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from riemlearn.connection import search
from riemlearn.connection.collocation import energy, root
from riemlearn.connection.mesh import ORDER, mesh
from riemlearn.connection.roadmap import nearest_images
from riemlearn.connection.shortest import constant, plan_of, shortest
from riemlearn.curvature import first_failure
from riemlearn.errors import ChartError, ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import as_floats

_STEPS = 60
_LONGEST = 3.0  # a Newton step may be that many times the gradient step
_SINGULAR = 1e-4  # of the least second derivative along unit vectors; 1 in flat space


class FrechetMean(eqx.Module):
    r"""A minimum of :math:`f(m) = \tfrac12 \sum_i w_i\, d(m, x_i)^2`, as far as it was found.

    Attributes
    ----------
    point : array of shape (..., n)
        The mean.
    gradient_norm : array of shape (...)
        :math:`|\sum_i w_i \log_m x_i|_g`, over the root of the variance: 0 at the mean.
    variance : array of shape (...)
        :math:`\sum_i w_i\, d(m, x_i)^2`.
    iterations : integer
        Steps that were taken.
    unique : boolean array of shape (...)
        Whether the second derivative of f is positive there and each point is joined to it by one shortest geodesic.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status`; ``CUT_LOCUS`` where the mean is not unique.
    """

    point: Float[Array, "*batch n"]
    gradient_norm: Float[Array, "*batch"]
    variance: Float[Array, "*batch"]
    iterations: Int[Array, ""]
    unique: Bool[Array, "*batch"]
    status: Int[Array, "*batch"]

    def __repr__(self) -> str:
        if isinstance(self.status, Tracer):
            return f"Frechet means of {self.status.shape} sets of points, traced"
        codes = np.unique(np.asarray(self.status))
        state = ", ".join(Status(int(code)).name for code in codes if code) or "unique"
        largest = np.max(np.asarray(self.gradient_norm), initial=0.0)
        means = "Frechet mean" if self.status.size == 1 else f"{self.status.size} Frechet means"
        return f"{means} after {int(self.iterations)} steps, gradient {largest:.1e}: {state}"


class _State(NamedTuple):
    point: Float[Array, "b n"]
    step: Float[Array, "b n"]
    part: Float[Array, " b"]
    variance: Float[Array, " b"]
    gradient: Float[Array, " b"]
    least: Float[Array, " b"]
    status: Int[Array, " b"]
    count: Int[Array, ""]


def frechet_mean(
    metric: Metric,
    points: PointsLike,
    weights: Any = None,
    *,
    tol: float | None = None,
    nodes: int | None = None,
) -> FrechetMean:
    r"""Frechet (Karcher) mean :math:`\arg\min_m \sum_i w_i\, d(m, x_i)^2`; never raises for data.

    The gradient of half the sum is :math:`-\sum_i w_i \log_m x_i` (Karcher 1977, thm 1.2).  Steps are those of Newton's
    method where its matrix, the derivative of the logarithms, is positive, and of length one along the gradient
    elsewhere; they are cut until the sum falls.  Derivatives by points, weights and metric are those of the equation.

    Parameters
    ----------
    metric : Metric
        Any Riemannian metric.
    points : array-like of shape (..., k, n)
        Sets of k points.
    weights : array-like of shape (..., k), optional
        Positive weights, which are divided by their sum; by default equal.
    tol, nodes
        As for :func:`~riemlearn.connection.boundary.connect`; ``tol`` bounds ``gradient_norm`` too.

    Returns
    -------
    FrechetMean
        The point and what is known of it.  It is the only minimum if the points lie in a ball of radius less than
        :math:`\min(\mathrm{inj}, \pi / \sqrt K) / 2` (Afsari 2011).

    Raises
    ------
    ShapeError
        If there are no points, or the weights do not fit them.
    ChartError
        If a weight is negative or all are zero, in eager calls.
    MetricError
        If the metric is Lorentzian.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)  # the half-plane
    >>> found = frechet_mean(g, [[0.0, 1.0], [0.0, 4.0]])
    >>> [round(float(c), 9) for c in found.point], round(float(found.variance), 6)
    ([0.0, 2.0], 0.480453)

    Notes
    -----
    Sources: Karcher, Riemannian center of mass and mollifier smoothing, Comm. Pure Appl. Math. 30 (1977); Afsari,
    Riemannian L^p center of mass, Proc. AMS 139 (2011).
    """
    cloud = as_points(points, metric.dim, "points")
    if cloud.ndim < 2 or cloud.shape[-2] == 0:
        raise ShapeError(f"points has shape {cloud.shape}; expected (..., k, {metric.dim}) with k >= 1")
    batch, (k, n) = cloud.shape[:-2], cloud.shape[-2:]
    w = _weights(weights, cloud).reshape(-1, k)
    plan = plan_of(metric, cloud.dtype, tol, nodes)
    cloud = cloud.reshape(-1, k, n)
    source, fixed, parts = constant((metric, cloud, w))
    state = _evaluated(source, plan, fixed, parts, _start(source, fixed, parts))

    def going(state: _State) -> Bool[Array, ""]:
        return jnp.any(_open(plan, state)) & (state.count < _STEPS)

    def step(state: _State) -> _State:
        new = _evaluated(source, plan, fixed, parts, state.point + state.part[:, None] * state.step)
        # rounding may lift the sum where the gradient is all but zero
        slack = 1e-9 if cloud.dtype == jnp.float64 else 1e-4
        better = (new.variance <= state.variance * (1 + slack)) & (new.status == Status.OK)
        keep = _open(plan, state) & better
        merged = jax.tree.map(lambda a, b: _select(keep, a, b), new, state._replace(part=state.part / 4))
        return merged._replace(count=state.count + 1)

    state = _loop(going, step, state)
    return _result(metric, plan, cloud, w, state, batch)


def _result(
    metric: Metric, plan: search.Plan, cloud: Float[Array, "b k n"], w: Float[Array, "b k"], state: _State, batch: Any
) -> FrechetMean:
    source, fixed = constant((metric, cloud))
    ends, a, codes, _ = _joined(source, plan, fixed, state.point)
    shifted = cloud + jax.lax.stop_gradient(ends - cloud)
    point = _settled(metric, shifted, w, state.point, a)
    squares = jax.vmap(lambda m, y, q: jax.vmap(lambda e, curve: energy(metric, m, e, curve))(y, q))(point, shifted, a)
    variance = jnp.sum(w * squares, axis=1)
    unique = (state.least > _SINGULAR) & ~jnp.any(codes == Status.CUT_LOCUS, axis=1)
    status = first_failure(
        state.status,
        jnp.where(_open(plan, state), Status.NOT_CONVERGED, Status.OK),
        jnp.where(unique, Status.OK, Status.CUT_LOCUS),
    )

    def shaped(v: Array) -> Array:
        return v.reshape(batch + v.shape[1:])

    return FrechetMean(
        shaped(point), shaped(state.gradient), shaped(variance), state.count, shaped(unique), shaped(status)
    )


# -- the equation of the mean -----------------------------------------------------------------------------------------


def pull(
    metric: Metric, m: Float[Array, " n"], ends: Float[Array, "k n"], w: Float[Array, " k"], a: Float[Array, "k N n"]
) -> Float[Array, " n"]:
    r""":math:`\sum_i w_i \log_m x_i`, from accelerations of the geodesics to each point."""
    grid = mesh(a.shape[1] // ORDER)
    velocities = jax.vmap(lambda y, b: grid.ends.velocities(m, y, root(metric, m, y, b))[0])(ends, a)
    return w @ velocities


@eqx.filter_custom_jvp
def stationary(
    metric: Metric, ends: Float[Array, "k n"], w: Float[Array, " k"], m: Float[Array, " n"], a: Float[Array, "k N n"]
) -> Float[Array, " n"]:
    """The mean as a function of metric, points and weights: derivatives by the implicit theorem."""
    return m


@stationary.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    metric, ends, w, m, a = primals
    m = stationary(metric, ends, w, m, a)
    moving = eqx.filter_jvp(lambda g, p, q: pull(g, m, p, q, a), primals[:3], tangents[:3])[1]
    matrix = jax.jacfwd(lambda p: pull(metric, p, ends, w, a))(m)
    return m, -jnp.linalg.solve(matrix, moving)


@eqx.filter_jit
def _settled(
    metric: Metric, ends: Float[Array, "b k n"], w: Float[Array, "b k"], m: Float[Array, "b n"], a: Any
) -> Float[Array, "b n"]:
    """The means, with derivatives."""
    return jax.vmap(lambda p, q, m, c: stationary(metric, p, q, m, c))(ends, w, m, a)


@eqx.filter_jit
def _judged(
    metric: Metric, m: Float[Array, "b n"], ends: Float[Array, "b k n"], w: Float[Array, "b k"], a: Any
) -> tuple[Float[Array, "b n"], Float[Array, " b"], Float[Array, " b"]]:
    """The step from each point, the length of the gradient, and the least second derivative."""

    def one(m: Float[Array, " n"], ends: Any, w: Any, a: Any) -> Any:
        downhill = pull(metric, m, ends, w, a)
        matrix = -jax.jacfwd(lambda p: pull(metric, p, ends, w, a))(m)
        g = metric.raw_value("metric", m)[0]
        newton = jnp.linalg.solve(matrix, downhill)
        size = jnp.sqrt(jnp.maximum(downhill @ g @ downhill, 0))
        usable = (newton @ g @ downhill > 0) & (newton @ g @ newton <= (_LONGEST * size) ** 2)
        half = jnp.linalg.cholesky(g)
        framed = jax.scipy.linalg.solve_triangular(half, (g @ matrix).T, lower=True)
        framed = jax.scipy.linalg.solve_triangular(half, framed.T, lower=True)
        least = jnp.linalg.eigvalsh((framed + framed.T) / 2)[0]
        return jnp.where(usable, newton, downhill), size, least

    return jax.vmap(one)(m, ends, w, a)


def _joined(
    metric: Metric, plan: search.Plan, cloud: Float[Array, "b k n"], m: Float[Array, "b n"]
) -> tuple[Float[Array, "b k n"], Float[Array, "b k N n"], Int[Array, "b k"], Float[Array, "b k"]]:
    """Images of the points, accelerations of the geodesics to them, statuses and distances."""
    b, k, n = cloud.shape
    starts = jnp.broadcast_to(m[:, None], cloud.shape).reshape(-1, n)
    values = shortest(metric, plan, starts, cloud.reshape(-1, n))
    a = values["accelerations"].reshape(b, k, -1, n)
    ends = values["path"][:, -1].reshape(b, k, n)
    return ends, a, values["status"].reshape(b, k), values["distance"].reshape(b, k)


def _evaluated(
    metric: Metric, plan: search.Plan, cloud: Float[Array, "b k n"], w: Float[Array, "b k"], m: Float[Array, "b n"]
) -> _State:
    ends, a, codes, lengths = _joined(metric, plan, cloud, m)
    step, size, least = _judged(metric, m, ends, w, a)
    variance = jnp.sum(w * lengths**2, axis=1)
    scale = jnp.sqrt(jnp.where(variance > 0, variance, 1))
    broken = jnp.where((codes == Status.CUT_LOCUS) | (w == 0), Status.OK, codes)
    where = jnp.argmax(broken != Status.OK, axis=1)
    status = jnp.take_along_axis(broken, where[:, None], axis=1)[:, 0]
    whole = jnp.ones(m.shape[:1], m.dtype)
    count = jnp.zeros((), jnp.int32)
    return _State(m, step, whole, variance, size / scale, least, status.astype(jnp.int32), count)


def _open(plan: search.Plan, state: _State) -> Bool[Array, " b"]:
    return ~(state.gradient <= plan.tol)


def _start(metric: Metric, cloud: Float[Array, "b k n"], w: Float[Array, "b k"]) -> Float[Array, "b n"]:
    """The mean in the chart if that is inside, else the point with the largest weight."""
    heaviest = jnp.take_along_axis(cloud, jnp.argmax(w, axis=1)[:, None, None], axis=1)[:, 0]
    images = jax.vmap(lambda points, x: nearest_images(metric.chart, points, x))(cloud, heaviest)
    middle = jnp.einsum("bk,bkn->bn", w, images)
    return jnp.where(metric.chart.contains(middle)[:, None], middle, heaviest)


def _weights(weights: Any, cloud: Float[Array, "*batch k n"]) -> Float[Array, "*batch k"]:
    if weights is None:
        return jnp.full(cloud.shape[:-1], 1 / cloud.shape[-2], cloud.dtype)
    w = as_floats(weights, "weights").astype(cloud.dtype)
    if w.ndim == 0 or w.shape[-1] != cloud.shape[-2] or w.ndim > cloud.ndim - 1:
        raise ShapeError(f"weights has shape {w.shape}, which does not fit points of shape {cloud.shape}")
    try:
        w = jnp.broadcast_to(w, cloud.shape[:-1])
    except ValueError:
        raise ShapeError(f"weights has shape {w.shape}, which does not fit points of shape {cloud.shape}") from None
    total = jnp.sum(w, axis=-1, keepdims=True)
    if not isinstance(w, Tracer) and (np.any(np.asarray(w) < 0) or np.any(np.asarray(total) <= 0)):
        raise ChartError("weights must not be negative, and not all zero")
    return w / total


def _select(keep: Bool[Array, " b"], new: Array, old: Array) -> Array:
    return jnp.where(keep.reshape(keep.shape + (1,) * (new.ndim - 1)), new, old) if new.ndim else new


def _loop(going: Callable[[Any], Any], step: Callable[[Any], Any], state: Any) -> Any:
    """A loop that the host drives where it can, so that hard pairs alone are tried again."""
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(state)):
        return jax.lax.while_loop(going, step, state)
    while bool(going(state)):
        state = step(state)
    return state
