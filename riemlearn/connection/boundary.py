r"""The two-point problem: the shortest geodesic between two points, its initial velocity and its length."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.connection.logarithm import Logarithm, raise_first
from riemlearn.connection.mesh import ORDER, mesh
from riemlearn.connection.shortest import plan_of, shortest
from riemlearn.errors import ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points


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
    nodes_at = mesh(values["accelerations"].shape[-2] // ORDER).nodes.times
    return Logarithm(times=jnp.asarray(np.concatenate([[0.0], nodes_at, [1.0]]), a.dtype), **values)


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
    raise_first(metric, found, found.status, "log")
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
    raise_first(metric, found, status, "distance")
    return jnp.where(status == Status.OK, found.distance, jnp.nan)


def _pairs(metric: Metric, x: PointsLike, y: PointsLike) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Two arrays of points that broadcast, in one type."""
    a, b = as_points(x, metric.dim), as_points(y, metric.dim, "y")
    try:
        jnp.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ShapeError(f"x of shape {a.shape} and y of shape {b.shape} do not broadcast") from None
    dtype = jnp.result_type(a, b)
    return a.astype(dtype), b.astype(dtype)
