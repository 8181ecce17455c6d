r"""Jacobi fields, conjugate times and the Van Vleck determinant, by linearising the geodesic equation.

With :math:`\ddot x = a(x, \dot x)`, the variation :math:`(J, W) = \delta (x, \dot x)` solves

.. math:: \dot J = W, \qquad \dot W = \partial_x a\, J + \partial_v a\, W, \qquad
    \frac{DJ}{dt} = W + \Gamma(\dot x, J),

which is the Jacobi equation :math:`D^2 J / dt^2 + R(J, \dot x) \dot x = 0` in coordinates, without the Riemann tensor
(do Carmo, Riemannian Geometry, ch. 5).
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.connection.acceleration import acceleration, connection_term, inside
from riemlearn.connection.adaptive import solve
from riemlearn.connection.flow import stop_status
from riemlearn.connection.geodesic import Geodesic, check_tolerance
from riemlearn.curvature import first_failure
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points, as_vectors
from riemlearn.tensor_field.evaluation import raise_failures


class JacobiField(NamedTuple):
    r"""A Jacobi field at the times of its geodesics.

    Attributes
    ----------
    values : array of shape (..., m, n)
        :math:`J`.
    derivatives : array of shape (..., m, n)
        :math:`DJ/dt`, the covariant derivative along the geodesic.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status` of each geodesic.
    """

    values: Float[Array, "*batch m n"]
    derivatives: Float[Array, "*batch m n"]
    status: Int[Array, "*batch"]


def jacobi_field(
    metric: Metric, geodesic: Geodesic, j0: PointsLike, dj0: PointsLike, *, tol: float | None = None
) -> JacobiField:
    r"""The Jacobi field along a geodesic with given value and covariant derivative at its start.

    Parameters
    ----------
    metric : Metric
        A metric, also a Lorentzian one.
    geodesic : Geodesic
        One or more.
    j0, dj0 : array-like of shape (..., n)
        :math:`J(0)` and :math:`DJ/dt(0)`, broadcast to the geodesics.
    tol : float, optional
        Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ChartError, MetricError, NumericError
        In eager calls, unless the metric has ``on_degenerate="nan"``: if a geodesic could not be followed.
    """
    x, batch = geodesic.start, geodesic.start.shape[:-1]
    value, slope = (jnp.broadcast_to(as_vectors(a, x, name), x.shape) for a, name in ((j0, "j0"), (dj0, "dj0")))
    tolerance = jnp.asarray(check_tolerance(tol, x.dtype), x.dtype)
    found = _fields(metric, geodesic, value, slope, tolerance)
    if metric.raises:
        raise_failures(found[2], x, "Jacobi field", metric.explain)
    return JacobiField(*(a.reshape(batch + a.shape[len(batch) :]) for a in found))


def van_vleck(metric: Metric, x: PointsLike, v: PointsLike, *, tol: float | None = None) -> Float[Array, "*batch"]:
    r"""Van Vleck determinant of x and :math:`y = \exp_x v`.

    .. math:: \Delta(x, y) = \frac{\sqrt{|g(x)|}}{\sqrt{|g(y)|}\, \det (d \exp_x)_v},

    which is 1 at v = 0, :math:`(r / \sin r)^{n-1}` on the unit sphere and :math:`(r / \sinh r)^{n-1}` on hyperbolic
    space, :math:`r = |v|`; infinite at a conjugate point, and negative after an odd number of them (Visser, van Vleck
    determinants: geodesic focusing in Lorentzian spacetimes, Phys. Rev. D 47 (1993), sec. II).

    Parameters
    ----------
    metric : Metric
        A metric, also a Lorentzian one.
    x, v : array-like of shape (..., n)
        Points and vectors there.
    tol : float, optional
        Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

    Raises
    ------
    ShapeError
        If shapes do not fit.
    ChartError, MetricError, NumericError
        In eager calls, unless the metric has ``on_degenerate="nan"``: if a geodesic cannot be followed to its end.
    """
    points = as_points(x, metric.dim)
    vectors = as_vectors(v, points, "v")
    points = jnp.broadcast_to(points, vectors.shape)
    tolerance = jnp.asarray(check_tolerance(tol, points.dtype), points.dtype)
    found, status = _determinants(metric, points, vectors, tolerance)
    if metric.raises:
        raise_failures(status, points, "Van Vleck determinant", metric.explain)
    return found


class Variation(NamedTuple):
    """A geodesic at several times with variations of it: rows ``fields[t, a]`` and their covariant derivatives."""

    points: Float[Array, "m n"]
    velocities: Float[Array, "m n"]
    fields: Float[Array, "m k n"]
    slopes: Float[Array, "m k n"]
    status: Int[Array, ""]


def vary(
    metric: Metric,
    x: Float[Array, " n"],
    u: Float[Array, " n"],
    fields: Float[Array, "k n"],
    slopes: Float[Array, "k n"],
    times: Float[Array, " m"],
    tol: Float[Array, ""],
) -> Variation:
    """Jacobi fields along the geodesic from x with velocity u, at times in [0, 1], from their values at 0."""

    def field(s: Array, state: Any) -> Any:
        y, w, j, dj = state

        def change(y: Array, w: Array) -> Array:
            return inside(metric, y, x, lambda z: acceleration(metric, z, w))

        a, linear = jax.linearize(change, y, w)
        return w, a, dj, jax.vmap(linear)(j, dj)

    bend, _ = connection_term(metric, x, u, fields)
    start = (x, u, fields, slopes - bend)
    size = jnp.max(jnp.abs(u))
    largest = jnp.maximum(jnp.max(jnp.abs(fields)), jnp.max(jnp.abs(slopes)))
    found = solve(field, start, (size, size, largest, largest), times, tol)
    points, velocities, values, rates = found.states
    bends = jax.vmap(lambda y, w, j: inside(metric, y, x, lambda z: connection_term(metric, z, w, j)))
    last, onward = found.last[:2]
    status = stop_status(metric, x, u, found.complete, last + jnp.sqrt(jnp.finfo(x.dtype).eps) * onward)
    return Variation(points, velocities, values, rates + bends(points, velocities, values), status)


@eqx.filter_jit
def _fields(metric: Metric, geodesic: Geodesic, value: Array, slope: Array, tol: Array) -> tuple[Array, Array, Array]:
    times = geodesic.times
    end = times[-1]

    def one(x: Array, v: Array, value: Array, slope: Array) -> tuple[Array, Array, Array]:
        found = vary(metric, x, end * v, value[None], end * slope[None], times / end, tol)
        return found.fields[:, 0], found.slopes[:, 0] / end, found.status

    batch, n = geodesic.start.shape[:-1], geodesic.start.shape[-1]
    rows = [a.reshape(-1, n) for a in (geodesic.start, geodesic.velocity, value, slope)]
    values, slopes, status = jax.vmap(one)(*rows)
    together = first_failure(geodesic.status, status.reshape(batch))
    return values.reshape(*batch, *values.shape[1:]), slopes.reshape(*batch, *slopes.shape[1:]), together


@eqx.filter_jit
def _determinants(metric: Metric, x: Array, v: Array, tol: Array) -> tuple[Array, Array]:
    n = x.shape[-1]

    def one(x: Array, v: Array) -> tuple[Array, Array]:
        unit = jnp.eye(n, dtype=x.dtype)
        found = vary(metric, x, v, jnp.zeros_like(unit), unit, jnp.ones(1, x.dtype), tol)
        density, at_start = metric.raw_value("volume_density", x)
        at_end = inside(metric, found.points[0], x, lambda z: metric.raw_value("volume_density", z))
        value = density / (at_end * jnp.linalg.det(found.fields[0]))
        return value, first_failure(found.status, at_start)

    value, status = jax.vmap(one)(x.reshape(-1, n), v.reshape(-1, n))
    value = jnp.where(status == 0, value, jnp.nan)
    return value.reshape(x.shape[:-1]), status.reshape(x.shape[:-1])
