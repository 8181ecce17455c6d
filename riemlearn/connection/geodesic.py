"""Geodesic: a geodesic, or many, from a point and a velocity; and the exponential map."""

from html import escape
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from riemlearn.connection.flow import adaptive_flow
from riemlearn.connection.symplectic import symplectic_flow
from riemlearn.errors import ShapeError, Status, check_choice, check_integer
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points, as_vectors
from riemlearn.tensor_field.evaluation import as_floats, raise_failures, refuse

Method = Literal["adaptive", "symplectic"]


class Geodesic(eqx.Module):
    r"""Geodesics :math:`\gamma` with given start and velocity, at given times; made by :func:`geodesic`.

    ``gamma(s)`` are the points at any other times between 0 and the last one.

    Attributes
    ----------
    metric : Metric
        The metric.
    start, velocity : array of shape (..., n)
        Point and velocity at time 0.
    times : array of shape (m,)
        Increasing times.
    points, velocities : array of shape (..., m, n)
        At these times; NaN from where a curve could not be continued.
    energy_drift : array of shape (...)
        The largest change of :math:`g(\dot\gamma, \dot\gamma)` over the times, relative to its value at the start; for
        a Lorentzian metric, where that may be 0, relative to :math:`\sum |g_{ij} v^i v^j|`.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status` of each curve.
    reached : array of shape (...)
        Time up to which it was followed.
    steps : integer array of shape (...)
        Steps taken, the rejected ones too.
    method : {"adaptive", "symplectic"}
        How.
    tol : float
        Tolerance of the adaptive method, which also computes ``gamma(s)``.
    """

    metric: Metric
    start: Float[Array, "*batch n"]
    velocity: Float[Array, "*batch n"]
    times: Float[Array, " m"]
    points: Float[Array, "*batch m n"]
    velocities: Float[Array, "*batch m n"]
    energy_drift: Float[Array, "*batch"]
    status: Int[Array, "*batch"]
    reached: Float[Array, "*batch"]
    steps: Int[Array, "*batch"]
    method: Method = eqx.field(static=True)
    tol: float = eqx.field(static=True)

    def __call__(self, s: Any) -> Float[Array, "..."]:
        r"""Points at the times s, a number or an array of shape ``(k,)``: shape ``(..., n)`` or ``(..., k, n)``.

        Each is integrated from the last of :attr:`times` before it, to the same tolerance.

        Raises
        ------
        ShapeError
            If s has more than one axis.
        ChartError
            If a time is not between 0 and the last one.
        """
        asked = as_floats(s, "s").astype(self.start.dtype)
        if asked.ndim > 1:
            raise ShapeError(f"s must be a time or an array of times, got shape {asked.shape}")
        if not isinstance(self.times, Tracer):
            end = float(self.times[-1])
            slack = 4 * float(jnp.finfo(self.times.dtype).eps) * end
            refuse(asked, "s", lambda s: ~((s >= -slack) & (s <= end + slack)), f"between 0 and {end:g}")
        found = _between(self, asked.reshape(-1))
        return found if asked.ndim else found[..., 0, :]

    def __repr__(self) -> str:
        curves = "geodesic" if self.status.ndim == 0 else f"{self.status.size} geodesics"
        text = f"{curves} of the {self.metric.title}"
        if any(isinstance(a, Tracer) for a in jax.tree.leaves(self)):
            return text
        text += f"\n{self.times.shape[0]} times up to {float(self.times[-1]):g}, {self.method}, "
        text += f"{int(np.max(self.steps))} steps, energy drift {float(np.max(self.energy_drift)):.1e}"
        failed = np.asarray(self.status)[np.asarray(self.status) != Status.OK]
        if failed.size:
            text += f"\n{failed.size} not continued: {', '.join(Status(s).name for s in np.unique(failed))}"
        return text

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())


def geodesic(
    metric: Metric,
    x: PointsLike,
    v: PointsLike,
    t: Any,
    *,
    method: Method | Any = "adaptive",
    tol: float | None = None,
    steps: int | None = None,
) -> Geodesic:
    r"""Geodesics from x with velocity v, :math:`\ddot\gamma^k = -\Gamma^k{}_{ij} \dot\gamma^i \dot\gamma^j`.

    Parameters
    ----------
    metric : Metric
        A metric, also a Lorentzian one.
    x, v : array-like of shape (..., n)
        Start and velocity there; the leading axes are broadcast.
    t : float, or array-like of shape (m,)
        One time, which stands for 0 and itself, or increasing times that are not negative.
    method : {"adaptive", "symplectic"}
        Runge-Kutta of order 8 with a step chosen by ``tol``; or Gauss collocation of order 6 with equal steps, whose
        energy does not drift over long times.
    tol : float, optional
        Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.
    steps : int, optional
        For "adaptive" the most steps that are allowed, by default 4096.  For "symplectic" their number, which must be
        given; it is rounded up, so that as many lie between one time and the next.

    Raises
    ------
    ShapeError
        If an argument has the wrong shape, or ``method``, ``tol`` or ``steps`` is none.
    ChartError, MetricError, NumericError
        In eager calls, unless the metric has ``on_degenerate="nan"``: if a start is outside the chart, a curve leaves
        it, or cannot be continued.  The message says when and where.
    """
    start = as_points(x, metric.dim)
    velocity = as_vectors(v, start, "v")
    start = jnp.broadcast_to(start, velocity.shape)
    times = check_times(t, start.dtype)
    check_choice("method", method, get_args(Method))
    tol = check_tolerance(tol, start.dtype)
    if steps is None and method == "symplectic":
        raise ShapeError("the symplectic method needs steps=, the number of equal steps; some 20 in a turn are enough")
    count = None if steps is None else check_integer("steps", steps, 1)
    found, drift, places = _flow(metric, start, velocity, times, method, jnp.asarray(tol, start.dtype), count)
    points, velocities, status, reached, steps_taken = found
    if metric.raises:
        raise_failures(status, start, "geodesic", Explain(metric, status, reached, *places))
    return Geodesic(
        metric, start, velocity, times, points, velocities, drift, status, reached, steps_taken, method, tol
    )


def exp(metric: Metric, x: PointsLike, v: PointsLike, *, tol: float | None = None) -> Float[Array, "*batch n"]:
    r"""Exponential map :math:`\exp_x v`: the end of the geodesic from x with velocity v after unit time.

    Arguments and errors are those of :func:`geodesic`.
    """
    found = geodesic(metric, x, v, 1.0, tol=tol)
    return jnp.where((found.status == Status.OK)[..., None], found.points[..., -1, :], jnp.nan)


def check_times(t: Any, dtype: Any) -> Float[Array, " m"]:
    """Times as an increasing array; one number stands for 0 and itself.

    Raises
    ------
    ShapeError
        If it has more than one axis, or is empty.
    ChartError
        If they do not increase, or the first is negative.
    """
    times = as_floats(t, "t").astype(dtype)
    if times.ndim > 1 or times.size == 0:
        raise ShapeError(f"t must be a time or an array of times, got shape {times.shape}")
    if times.ndim == 0:
        refuse(times, "t", lambda t: ~((t > 0) & np.isfinite(t)), "a positive time")
        return jnp.stack([jnp.zeros_like(times), times])
    refuse(times, "t", lambda t: ~((t >= 0) & np.isfinite(t)), "a time that is not negative")
    refuse(times[1:], "t", lambda late: ~(late > np.asarray(times)[:-1]), "later than the one before")
    refuse(times[-1], "t", lambda last: last == 0, "positive")
    return times


def check_tolerance(tol: float | Any, dtype: Any) -> float:
    """The tolerance, or that of the type; refused if it is not a number that the type can meet.

    Raises
    ------
    ShapeError
        If it is.
    """
    eps = float(jnp.finfo(dtype).eps)
    if tol is None:
        return 1e-12 if eps < 1e-12 else 1e-5
    if isinstance(tol, bool) or not isinstance(tol, float | int | np.floating) or not 4 * eps <= tol < 1:
        raise ShapeError(f"tol must be a number from {4 * eps:.1e}, what {dtype} can meet, to 1; got {tol!r}")
    return float(tol)


@eqx.filter_jit
def _flow(metric: Metric, x: Array, v: Array, times: Array, method: Method, tol: Array, steps: int | None) -> Any:
    """Every curve of a batch, its energy drift, and where it stopped and was about to go."""

    def one(x: Array, v: Array) -> Any:
        if method == "symplectic":
            flow = symplectic_flow(metric, x, v, times, steps or 1)
        else:
            flow = adaptive_flow(metric, x, v, times, tol, *(() if steps is None else (steps,)))
        drift = _drift(metric, x, v, flow.points, flow.velocities)
        return (flow.points, flow.velocities, flow.status, flow.reached, flow.steps), drift, (flow.last, flow.ahead)

    batch, n = x.shape[:-1], x.shape[-1]
    found = jax.vmap(one)(x.reshape(-1, n), v.reshape(-1, n))
    return jax.tree.map(lambda a: a.reshape(batch + a.shape[1:]), found)


def _drift(metric: Metric, x: Array, v: Array, points: Array, velocities: Array) -> Float[Array, ""]:
    matrix, _ = metric.raw_value("metric", x)
    at_start = v @ matrix @ v
    size = at_start if metric.signature == "riemannian" else jnp.abs(v) @ jnp.abs(matrix) @ jnp.abs(v)
    reached = jnp.all(jnp.isfinite(points), axis=-1)[:, None]
    y, w = jnp.where(reached, points, x), jnp.where(reached, velocities, v)
    change = jnp.max(jnp.abs(jax.vmap(metric.raw_inner)(y, w, w) - at_start))
    return jax.lax.stop_gradient(jnp.where(size > 0, change / jnp.where(size > 0, size, 1), change))


@eqx.filter_jit
def _between(curve: Geodesic, s: Float[Array, " k"]) -> Float[Array, "*batch k n"]:
    """Points at the times s, each from the last known state before it."""
    times = jnp.concatenate([jnp.zeros(1, curve.times.dtype), curve.times])
    before = jnp.clip(jnp.searchsorted(times, s, side="right") - 1, 0, times.shape[0] - 1)
    tol = jnp.asarray(curve.tol, s.dtype)

    def one(x: Array, v: Array, points: Array, velocities: Array) -> Float[Array, "k n"]:
        def at(s: Array, i: Array) -> Float[Array, " n"]:
            known, speed = jnp.vstack([x, points])[i], jnp.vstack([v, velocities])[i]
            flow = adaptive_flow(curve.metric, known, speed, (s - times[i])[None], tol)
            return jnp.where(flow.status == Status.OK, flow.points[0], jnp.nan)

        return jax.vmap(at)(s, before)

    batch, n = curve.start.shape[:-1], curve.start.shape[-1]
    rows = [
        a.reshape(-1, *a.shape[len(batch) :]) for a in (curve.start, curve.velocity, curve.points, curve.velocities)
    ]
    return jax.vmap(one)(*rows).reshape(*batch, s.shape[0], n)


class Explain:
    """When and where the first failed curve of a batch stopped, for the message of its error.

    ``last`` is the last point of each, ``ahead`` one where it was about to go.
    """

    def __init__(self, metric: Metric, status: Array, reached: Array, last: Array, ahead: Array):
        self.metric, self.status, self.reached, self.last, self.ahead = metric, status, reached, last, ahead

    def __call__(self, x: Float[Array, " n"], status: Status) -> str:
        """The details, as ``explain`` of a metric gives them."""
        if status not in (Status.LEFT_CHART, Status.BLOW_UP):
            return self.metric.explain(x, status)
        first = np.flatnonzero(np.asarray(self.status))[0]
        last, ahead = (np.asarray(a).reshape(-1, x.shape[-1])[first] for a in (self.last, self.ahead))
        text = f"at t = {np.asarray(self.reached).reshape(-1)[first]:.6g} it is at "
        text += "(" + ", ".join(f"{value:.6g}" for value in last) + ")"
        if status == Status.BLOW_UP:
            return text
        return f"{text}, and then {self.metric.chart.describe_outside(ahead.tolist())}"
