r"""Conjugate times: where Jacobi fields that vanish at the start vanish again, counted as the Morse index counts them.

Let :math:`A(t)` be the matrix of the Jacobi fields with :math:`A(0) = 0`, :math:`A'(0) = 1` in orthonormal frames.  The
determinant of A does not change its sign where an even number of fields vanish, as on spheres of odd dimension.  The
symmetric matrix

.. math:: D_i(t) = A'(t_i) A(t_i)^{-1} + M_{12}^{-1} M_{11}, \qquad
    A(t) = M_{11} A(t_i) + M_{12} A'(t_i),

is the index form of fields with a corner at :math:`t_i` that end at t; its eigenvalues decrease in t, and the number
of those below zero is that of the conjugate times in :math:`(t_i, t)`, as long as none is conjugate to :math:`t_i`
itself (do Carmo, Riemannian Geometry, ch. 11; Milnor, Morse Theory, sec. 15).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, Int

from riemlearn.connection.acceleration import inside
from riemlearn.connection.geodesic import Geodesic, check_tolerance
from riemlearn.connection.jacobi import vary
from riemlearn.curvature import first_failure
from riemlearn.errors import MetricError, Status, check_integer
from riemlearn.metric import Metric
from riemlearn.tensor_field.evaluation import raise_failures

# An odd number, so that simple fractions of the whole time, where symmetric spaces have theirs, are inside an interval.
_INTERVALS = 37


def conjugate_times(
    metric: Metric, geodesic: Geodesic, count: int = 1, *, tol: float | None = None
) -> Float[Array, "*batch count"]:
    r"""The first times at which :math:`\gamma(t)` is conjugate to :math:`\gamma(0)`, each as often as its multiplicity.

    Parameters
    ----------
    metric : Metric
        A positive-definite metric; a Lorentzian one for timelike geodesics.
    geodesic : Geodesic
        One or more; they are searched up to their last time, in 37 intervals, each of which must be shorter than the
        first conjugate time from its own start.
    count : int
        How many are wanted.
    tol : float, optional
        Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

    Returns
    -------
    array of shape (..., count)
        Increasing; infinite from where there are no more.  Constants for differentiation.

    Raises
    ------
    ShapeError
        If ``count`` is no positive integer.
    MetricError
        If the metric is Lorentzian and a geodesic is not timelike.
    ChartError, MetricError, NumericError
        In eager calls, unless the metric has ``on_degenerate="nan"``: if a geodesic cannot be followed.
    """
    number = check_integer("count", count, 1)
    if metric.signature != "riemannian" and not isinstance(geodesic.velocity, Tracer):
        if np.any(np.asarray(metric.inner(geodesic.start, geodesic.velocity, geodesic.velocity)) >= 0):
            raise MetricError("conjugate times on a Lorentzian metric need timelike geodesics, g(v, v) < 0")
    dtype = geodesic.start.dtype
    times, status = _times(metric, geodesic, number, jnp.asarray(check_tolerance(tol, dtype), dtype))
    if metric.raises:
        raise_failures(status, geodesic.start, "conjugate times", metric.explain)
    return times


@eqx.filter_jit
def _times(metric: Metric, geodesic: Geodesic, count: int, tol: Array) -> tuple[Array, Array]:
    end = geodesic.times[-1]
    step = jnp.ones_like(end) / _INTERVALS

    def one(x: Array, v: Array) -> tuple[Array, Array]:
        def onward(state: tuple[Array, Array], _: None) -> Any:
            transfer, new, status = _transfer(metric, *state, step, tol)
            return new, (state, transfer, status)

        _, (starts, transfers, statuses) = jax.lax.scan(onward, (x, end * v), length=_INTERVALS)
        status = statuses[jnp.argmax(statuses != Status.OK)]
        slopes = _slopes(transfers)
        found = jax.vmap(_negative)(slopes, transfers)
        total = jnp.cumsum(found)

        def root(wanted: Array) -> Float[Array, ""]:
            i = jnp.minimum(jnp.searchsorted(total, wanted), _INTERVALS - 1)
            within = wanted - (total[i] - found[i])  # the how-manieth of its interval it is

            def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
                low, high = ends
                middle = (low + high) / 2
                transfer, _, _ = _transfer(metric, starts[0][i], starts[1][i], middle, tol)
                passed = _negative(slopes[i], transfer) >= within
                return jnp.where(passed, low, middle), jnp.where(passed, middle, high)

            digits = jnp.finfo(x.dtype).nmant - 4  # of a 37th of the whole
            low, high = jax.lax.fori_loop(0, digits, halve, (jnp.zeros_like(end), step))
            time: Float[Array, ""] = end * (i * step + (low + high) / 2)
            return jnp.where(wanted <= total[-1], time, jnp.inf)

        times = jax.vmap(root)(jnp.arange(1, count + 1))
        return jnp.where(status == Status.OK, times, jnp.nan), status

    batch, n = geodesic.start.shape[:-1], geodesic.start.shape[-1]
    times, status = jax.vmap(one)(geodesic.start.reshape(-1, n), geodesic.velocity.reshape(-1, n))
    status = first_failure(geodesic.status, status.reshape(batch))
    return jax.lax.stop_gradient(times).reshape(*batch, count), status


def _transfer(
    metric: Metric, x: Array, u: Array, length: Array, tol: Array
) -> tuple[Float[Array, "n2 n2"], tuple[Array, Array], Int[Array, ""]]:
    r"""The matrix M that takes :math:`(A, A')` along the geodesic from x, in frames; the end, and a status."""
    n = x.shape[0]

    def factor(y: Array, w: Array) -> tuple[Array, Array]:
        g, status = metric.raw_value("metric", y)
        if metric.signature == "lorentzian":  # with the sign of the velocity changed it is positive definite
            lowered = g @ w
            g = g - 2 * jnp.outer(lowered, lowered) / (w @ lowered)
        return jnp.linalg.cholesky(g), status

    unit, zero = jnp.eye(n, dtype=x.dtype), jnp.zeros((n, n), x.dtype)
    frame = solve_triangular(factor(x, u)[0], unit, lower=True)  # its rows are the vectors
    found = vary(
        metric,
        x,
        length * u,
        jnp.vstack([frame, zero]),
        length * jnp.vstack([zero, frame]),
        jnp.ones(1, x.dtype),
        tol,
    )
    y, w = found.points[0], found.velocities[0] / length
    coframe = inside(metric, y, x, lambda z: factor(z, w))
    matrix = jnp.hstack([found.fields[0] @ coframe, found.slopes[0] @ coframe / length]).T
    return matrix, (y, w), found.status


def _slopes(transfers: Float[Array, "k n2 n2"]) -> Float[Array, "k n n"]:
    r""":math:`A' A^{-1}` at the start of each interval; in the first one, where A = 0, infinite times the identity."""
    n = transfers.shape[-1] // 2
    unit = jnp.eye(n, dtype=transfers.dtype)

    def onward(pair: Float[Array, "n2 n"], transfer: Float[Array, "n2 n2"]) -> tuple[Array, Array]:
        pair, _ = jnp.linalg.qr(transfer @ pair)  # the space they span is all that counts
        slope = jnp.linalg.solve(pair[:n].T, pair[n:].T).T
        return pair, (slope + slope.T) / 2

    start = jnp.vstack([jnp.zeros_like(unit), unit])
    _, slopes = jax.lax.scan(onward, start, transfers[:-1])
    return jnp.concatenate([unit[None] / jnp.finfo(unit.dtype).eps ** 2, slopes])


def _negative(slope: Float[Array, "n n"], transfer: Float[Array, "n2 n2"]) -> Int[Array, ""]:
    """How many conjugate times lie in an interval, from the slopes at its start and the transfer across it."""
    n = slope.shape[0]
    form = slope + jnp.linalg.solve(transfer[:n, n:], transfer[:n, :n])
    return jnp.sum(jnp.linalg.eigvalsh((form + form.T) / 2) < 0)
