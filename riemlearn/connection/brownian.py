r"""Brownian motion, the diffusion with generator :math:`\tfrac12 \Delta`, as a random walk along geodesics.

In the time h the walk takes the geodesic with velocity :math:`\sqrt h\, \xi^a E_a` for unit time, for an orthonormal
frame E and independent normal numbers :math:`\xi^a`.  It converges to Brownian motion in law (Jørgensen, The central
limit problem for geodesic random walks, Z. Wahrsch. verw. Gebiete 32 (1975)); expectations have an error of O(h).  In
coordinates the limit is the Itô equation

.. math:: dX^k = E^k{}_a\, dW^a - \tfrac12\, g^{ij} \Gamma^k{}_{ij}\, dt

(Hsu, Stochastic Analysis on Manifolds, sec. 3.3).  The geodesic is followed by Runge-Kutta steps of order 4, whose
error is :math:`O(h^{5/2})`.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int, PRNGKeyArray

from riemlearn.connection.acceleration import acceleration, inside
from riemlearn.curvature import first_failure
from riemlearn.errors import MetricError, Status, check_integer
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import as_floats, input_status, raise_failures, refuse

# Of one step of the walk, so that a long one in a region where the coordinates bend is still followed.
_SUBSTEPS = 4


class BrownianPaths(NamedTuple):
    """Paths of Brownian motion.

    Attributes
    ----------
    times : array of shape (steps + 1,)
        Equal steps from 0.
    points : array of shape (..., steps + 1, n)
        The paths; NaN from where one has left the chart.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status` of each path, such as LEFT_CHART.
    """

    times: Float[Array, " m"]
    points: Float[Array, "*batch m n"]
    status: Int[Array, "*batch"]


def brownian_motion(metric: Metric, key: PRNGKeyArray, x: PointsLike, t: float | Any, steps: int) -> BrownianPaths:
    r"""Paths of Brownian motion, with generator :math:`\tfrac12 \Delta`: its density is the heat kernel at t / 2.

    A path that leaves the chart ends there and says so in its status: where that can happen, averages over the others
    are of paths that stay.

    Parameters
    ----------
    metric : Metric
        A positive-definite metric.
    key : PRNG key
        From ``jax.random.key``.
    x : array-like of shape (..., n)
        One start for each path; repeat it for several.
    t : float
        The last time.
    steps : int
        Number of steps; expectations have an error proportional to t / steps.

    Raises
    ------
    ShapeError
        If an argument has the wrong shape or type.
    MetricError
        If the metric is Lorentzian, or not positive definite at a start.
    ChartError
        If a start is outside the chart.
    """
    if metric.signature != "riemannian":
        raise MetricError("brownian_motion needs a positive-definite metric, and this one is Lorentzian")
    start = as_points(x, metric.dim)
    end = as_floats(t, "t").astype(start.dtype)
    refuse(end, "t", lambda t: ~((t > 0) & np.isfinite(t)), "a positive time")
    points, status, bad = _walk(metric, key, start, end, check_integer("steps", steps, 1))
    if metric.raises and not isinstance(bad, Tracer):
        raise_failures(bad, start, "Brownian motion", metric.explain)
    return BrownianPaths(jnp.linspace(0, end, points.shape[-2], dtype=start.dtype), points, status)


@eqx.filter_jit
def _walk(metric: Metric, key: PRNGKeyArray, x: Array, t: Array, steps: int) -> tuple[Array, Array, Array]:
    """Paths, their statuses, and those of their starts."""
    n = x.shape[-1]
    h = t / steps

    def one(key: PRNGKeyArray, x: Array) -> tuple[Array, Array, Array]:
        def step(state: tuple[Array, Array], noise: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
            y, ended = state
            inverse, status = metric.raw_value("inverse", y)
            frame = jnp.linalg.cholesky(inverse)
            status = first_failure(status, jnp.where(jnp.all(jnp.isfinite(frame)), Status.OK, Status.INDEFINITE))
            u = jnp.sqrt(h) * frame @ noise
            new = _along(metric, y, u)
            finite = jnp.all(jnp.isfinite(new))
            stays = metric.chart.contains(jnp.where(finite, new, y + u))
            blown = jnp.where(finite, Status.OK, Status.BLOW_UP)
            end = first_failure(ended, status, jnp.where(stays, blown, Status.LEFT_CHART))
            y = jnp.where(end == Status.OK, new, y)
            return (y, end), (jnp.where(end == Status.OK, y, jnp.nan), status)

        noise = jax.random.normal(key, (steps, n), x.dtype)
        given = input_status(metric.chart, x)
        (_, status), (path, statuses) = jax.lax.scan(step, (x, given), noise)
        return jnp.vstack([x, path]), status, first_failure(given, statuses[0])

    batch = x.shape[:-1]
    rows = x.reshape(-1, n)
    found = jax.vmap(one)(jax.random.split(key, rows.shape[0]), rows)
    points, status, bad = (a.reshape(batch + a.shape[1:]) for a in found)
    return points, status, bad


def _along(metric: Metric, x: Float[Array, " n"], u: Float[Array, " n"]) -> Array:
    """End of the geodesic with velocity u after unit time, by equal steps of the classical Runge-Kutta method."""
    h = 1 / _SUBSTEPS

    def field(state: Float[Array, "2 n"]) -> Float[Array, "2 n"]:
        y, w = state
        return jnp.stack([w, inside(metric, y, x, lambda z: acceleration(metric, z, w))])

    def onward(y: Float[Array, "2 n"], _: None) -> tuple[Float[Array, "2 n"], None]:
        a = field(y)
        b = field(y + h / 2 * a)
        c = field(y + h / 2 * b)
        d = field(y + h * c)
        return y + h / 6 * (a + 2 * b + 2 * c + d), None

    return jax.lax.scan(onward, jnp.stack([x, u]), length=_SUBSTEPS)[0][0]
