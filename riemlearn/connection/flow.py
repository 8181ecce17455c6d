"""Geodesics from a point and a velocity, one at a time: what a method returns, and the adaptive method."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.connection.acceleration import acceleration, inside
from riemlearn.connection.adaptive import STEPS, solve
from riemlearn.curvature import first_failure
from riemlearn.errors import Status
from riemlearn.metric import Metric
from riemlearn.tensor_field.evaluation import input_status


class Flow(NamedTuple):
    """A geodesic at the times asked for, NaN where it was not reached; and where it stopped."""

    points: Float[Array, "m n"]
    velocities: Float[Array, "m n"]
    status: Int[Array, ""]
    reached: Float[Array, ""]
    last: Float[Array, " n"]
    ahead: Float[Array, " n"]
    steps: Int[Array, ""]


def adaptive_flow(
    metric: Metric,
    x: Float[Array, " n"],
    v: Float[Array, " n"],
    times: Float[Array, " m"],
    tol: Float[Array, ""],
    steps: int = STEPS,
) -> Flow:
    """The geodesic from x with velocity v, by :func:`~riemlearn.connection.adaptive.solve`."""
    # In the time s = t / T the velocity is a displacement, to which errors can be compared in any unit of time.
    end = times[-1]
    u = end * v

    def field(s: Float[Array, ""], state: tuple[Array, Array]) -> tuple[Array, Array]:
        y, w = state
        return w, inside(metric, y, x, lambda z: acceleration(metric, z, w))

    size = jax.lax.stop_gradient(jnp.max(jnp.abs(u)))
    relative = jnp.where(end > 0, times / jnp.where(end > 0, end, 1), 0)
    found = solve(field, (x, u), (size, size), relative, tol, steps)
    (points, displacements), (last, onward) = found.states, found.last
    ahead = last + jnp.sqrt(jnp.finfo(x.dtype).eps) * onward
    status = stop_status(metric, x, v, found.complete, ahead)
    moved: Float[Array, "k n"] = displacements / jnp.where(end > 0, end, 1)
    velocities = jnp.where(end > 0, moved, v)
    return Flow(points, velocities, status, found.reached * end, last, ahead, found.steps)


def stop_status(
    metric: Metric,
    x: Float[Array, " n"],
    v: Float[Array, " n"],
    complete: Array,
    ahead: Float[Array, " n"],
) -> Int[Array, ""]:
    """Why a curve from x with velocity v stopped, if it did; ``ahead`` is where it was about to go."""
    given = jnp.where(jnp.all(jnp.isfinite(v)), Status.OK, Status.NAN_INPUT)
    there = metric.chart.contains(x)
    value, at_start = acceleration(metric, x, v)
    regular = jnp.where(jnp.all(jnp.isfinite(value)), Status.OK, Status.NOT_FINITE)
    stopped = jnp.where(metric.chart.contains(ahead), Status.BLOW_UP, Status.LEFT_CHART)
    return first_failure(
        input_status(metric.chart, x),
        given,
        jnp.where(there, at_start, Status.OK),
        regular,
        jnp.where(complete, Status.OK, stopped),
    )
