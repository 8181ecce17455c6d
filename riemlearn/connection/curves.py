"""Curves: what a connection says of curves, integrated from a start; see :class:`~riemlearn.Connection`."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.connection import geodesic as initial
from riemlearn.connection import jacobi, transport
from riemlearn.connection.brownian import BrownianPaths, brownian_motion
from riemlearn.connection.conjugate import conjugate_times
from riemlearn.connection.geodesic import Geodesic
from riemlearn.connection.jacobi import JacobiField
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike


class Curves(eqx.Module):
    """The part of a connection that integrates along curves; abstract."""

    metric: eqx.AbstractVar[Metric]

    def geodesic(
        self,
        x: PointsLike,
        v: PointsLike,
        t: Any,
        *,
        method: Any = "adaptive",
        tol: float | None = None,
        steps: int | None = None,
    ) -> Geodesic:
        r"""Geodesics from x with velocity v, :math:`\ddot\gamma^k = -\Gamma^k{}_{ij} \dot\gamma^i \dot\gamma^j`.

        Parameters
        ----------
        x, v : array-like of shape (..., n)
            Start and velocity there; the leading axes are broadcast.
        t : float, or array-like of shape (m,)
            One time, which stands for 0 and itself, or increasing times that are not negative.
        method : {"adaptive", "symplectic"}
            Runge-Kutta of order 8 with a step chosen by ``tol``; or Gauss collocation of order 6 with equal steps,
            whose energy does not drift over long times (Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.8).
        tol : float, optional
            Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.
        steps : int, optional
            For "adaptive" the most steps that are allowed, by default 4096.  For "symplectic" their number, which must
            be given; it is rounded up, so that as many lie between one time and the next.

        Returns
        -------
        Geodesic
            Points and velocities at the times, the drift of the energy, and a status; call it with other times.

        Raises
        ------
        ShapeError
            If an argument has the wrong shape, or ``method``, ``tol`` or ``steps`` is none.
        ChartError, MetricError, NumericError
            In eager calls, unless the metric has ``on_degenerate="nan"``: if a start is outside the chart, a curve
            leaves it, or cannot be continued.  The message says when and where.

        Examples
        --------
        Once around the equator:

        >>> import jax.numpy as jnp
        >>> from riemlearn.manifolds import Sphere
        >>> turn = Sphere(2).connection.geodesic([jnp.pi / 2, 0.0], [0.0, 1.0], 2 * jnp.pi)
        >>> [round(float(v), 10) for v in turn.points[-1] - turn.points[0]]
        [0.0, 6.2831853072]
        >>> [round(float(v), 10) for v in turn(1.5)]
        [1.5707963268, 1.5]
        """
        return initial.geodesic(self.metric, x, v, t, method=method, tol=tol, steps=steps)

    def exp(self, x: PointsLike, v: PointsLike, *, tol: float | None = None) -> Float[Array, "*batch n"]:
        r"""Exponential map :math:`\exp_x v`: the end of the geodesic from x with velocity v after unit time.

        Arguments and errors are those of :meth:`geodesic`.

        Examples
        --------
        Straight up the half-plane:

        >>> import jax.numpy as jnp
        >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
        >>> from riemlearn import Connection
        >>> bool(jnp.allclose(Connection(g).exp([0.0, 1.0], [0.0, 1.0]), jnp.array([0.0, jnp.e]), rtol=1e-10))
        True
        """
        return initial.exp(self.metric, x, v, tol=tol)

    def parallel_transport(self, curve: Any, v: PointsLike, *, tol: float | None = None) -> Float[Array, "*batch n"]:
        r"""Vectors at the start of a curve c at its end, by :math:`\dot u^k = -\Gamma^k{}_{ij} \dot c^i u^j`.

        Parameters
        ----------
        curve : Geodesic, callable or array-like of shape (m, n)
            Geodesics, from time 0 to their last time; a JAX function from s in [0, 1] to a point ``(n,)``; or points,
            which are joined by segments that are straight in the coordinates, the shorter way around a periodic one.
            Between neighbouring points of a smooth curve at distance h that misses it by :math:`O(h^2)`.
        v : array-like of shape (..., n)
            One vector, or several such as the rows of a frame.  Along a batch of geodesics its leading axes are theirs,
            and further ones number the vectors at each start.
        tol : float, optional
            Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

        Returns
        -------
        array
            In the shape of v, broadcast to the batch of the geodesics; inner products are those at the start.

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
        :math:`2 \pi (1 - \cos 60°)`, which is half a turn (do Carmo, Riemannian Geometry, ch. 2):

        >>> import jax.numpy as jnp
        >>> from riemlearn.manifolds import Sphere
        >>> latitude = lambda s: jnp.stack([jnp.pi / 3 + 0 * s, 2 * jnp.pi * s])
        >>> moved = Sphere(2).connection.parallel_transport(latitude, [1.0, 0.0])
        >>> bool(jnp.allclose(moved, jnp.array([-1.0, 0.0]), atol=1e-10))
        True
        """
        return transport.parallel_transport(self.metric, curve, v, tol=tol)

    def jacobi_field(
        self, geodesic: Geodesic, j0: PointsLike, dj0: PointsLike, *, tol: float | None = None
    ) -> JacobiField:
        r"""The solution of :math:`D^2 J / dt^2 + R(J, \dot\gamma) \dot\gamma = 0` from its start.

        It is computed as the derivative of geodesics by their start, without the Riemann tensor (do Carmo, Riemannian
        Geometry, ch. 5).

        Parameters
        ----------
        geodesic : Geodesic
            One or more.
        j0, dj0 : array-like of shape (..., n)
            :math:`J(0)` and the covariant derivative :math:`DJ/dt(0)`, broadcast to the geodesics.
        tol : float, optional
            Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

        Returns
        -------
        JacobiField
            ``values`` and covariant ``derivatives`` at the times of the geodesics, and a ``status``.

        Raises
        ------
        ShapeError
            If shapes do not fit.
        ChartError, MetricError, NumericError
            In eager calls, unless the metric has ``on_degenerate="nan"``: if a geodesic could not be followed.

        Examples
        --------
        From the equator of the unit sphere the field is :math:`\sin t`:

        >>> import jax.numpy as jnp
        >>> from riemlearn.manifolds import Sphere
        >>> nabla = Sphere(2).connection
        >>> equator = nabla.geodesic([jnp.pi / 2, 0.0], [0.0, 1.0], jnp.pi / 6)
        >>> round(float(nabla.jacobi_field(equator, [0.0, 0.0], [1.0, 0.0]).values[-1, 0]), 10)
        0.5
        """
        return jacobi.jacobi_field(self.metric, geodesic, j0, dj0, tol=tol)

    def conjugate_times(
        self, geodesic: Geodesic, count: int = 1, *, tol: float | None = None
    ) -> Float[Array, "*batch count"]:
        r"""The first times at which :math:`\gamma(t)` is conjugate to :math:`\gamma(0)`, each with its multiplicity.

        Parameters
        ----------
        geodesic : Geodesic
            One or more; timelike ones if the metric is Lorentzian.  They are searched up to their last time, in 37
            intervals, each of which must be shorter than the first conjugate time from its own start.
        count : int
            How many are wanted.
        tol : float, optional
            Relative tolerance of a step; by default 1e-12 in float64 and 1e-5 in float32.

        Returns
        -------
        array of shape (..., count)
            Increasing, each as often as its multiplicity, infinite from where there are no more.  Constants for
            differentiation.

        Raises
        ------
        ShapeError
            If ``count`` is no positive integer.
        MetricError
            If the metric is Lorentzian and a geodesic is not timelike.
        ChartError, MetricError, NumericError
            In eager calls, unless the metric has ``on_degenerate="nan"``: if a geodesic cannot be followed.

        Examples
        --------
        On the sphere a field vanishes after half a great circle (do Carmo, Riemannian Geometry, ch. 5):

        >>> import jax.numpy as jnp
        >>> from riemlearn.manifolds import Sphere
        >>> nabla = Sphere(2).connection
        >>> equator = nabla.geodesic([jnp.pi / 2, 0.0], [0.0, 1.0], 4.0)
        >>> [round(float(t), 9) for t in nabla.conjugate_times(equator, 2)]
        [3.141592654, inf]
        """
        return conjugate_times(self.metric, geodesic, count, tol=tol)

    def van_vleck(self, x: PointsLike, v: PointsLike, *, tol: float | None = None) -> Float[Array, "*batch"]:
        r"""Van Vleck determinant of x and :math:`y = \exp_x v`.

        .. math:: \Delta(x, y) = \frac{\sqrt{|g(x)|}}{\sqrt{|g(y)|}\, \det (d \exp_x)_v},

        which is 1 at v = 0, :math:`(r / \sin r)^{n-1}` on the unit sphere and :math:`(r / \sinh r)^{n-1}` on hyperbolic
        space, :math:`r = |v|`; infinite at a conjugate point, and negative after an odd number of them (Visser, van
        Vleck determinants: geodesic focusing in Lorentzian spacetimes, Phys. Rev. D 47 (1993), sec. II).

        Parameters
        ----------
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

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> from riemlearn.manifolds import Sphere
        >>> round(float(Sphere(2).connection.van_vleck([1.0, 0.0], [jnp.pi / 2, 0.0])), 10)  # r / sin r
        1.5707963268
        """
        return jacobi.van_vleck(self.metric, x, v, tol=tol)

    def brownian_motion(self, key: PRNGKeyArray, x: PointsLike, t: Any, steps: int) -> BrownianPaths:
        r"""Paths of Brownian motion, with generator :math:`\tfrac12 \Delta`: its density is the heat kernel at t / 2.

        A random walk along geodesics, which converges to it in law (Hsu, Stochastic Analysis on Manifolds, ch. 3).  A
        path that leaves the chart ends there and says so in its status, without an error: where that can happen,
        averages over the others are of paths that stay.

        Parameters
        ----------
        key : PRNG key
            From ``jax.random.key``.
        x : array-like of shape (..., n)
            One start for each path; repeat it for several.
        t : float
            The last time.
        steps : int
            Number of steps; expectations have an error proportional to t / steps.

        Returns
        -------
        BrownianPaths
            ``times`` of shape (steps + 1,), ``points`` of shape (..., steps + 1, n), and a ``status`` for each path.

        Raises
        ------
        ShapeError
            If an argument has the wrong shape or type.
        MetricError
            If the metric is Lorentzian, or not positive definite at a start.
        ChartError
            If a start is outside the chart, or t is not positive.

        Examples
        --------
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from riemlearn import Connection
        >>> plane = Connection(Metric.from_function(lambda x: jnp.eye(2), dim=2))
        >>> paths = plane.brownian_motion(jax.random.key(0), jnp.zeros((1000, 2)), 1.0, 4)
        >>> paths.points.shape
        (1000, 5, 2)
        >>> bool(abs(jnp.mean(paths.points[:, -1] ** 2) - 1.0) < 0.1)
        True
        """
        return brownian_motion(self.metric, key, x, t, steps)
