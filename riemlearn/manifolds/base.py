"""What every manifold of the catalogue can say of itself."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.connection import Connection
from riemlearn.errors import ChartError, NoClosedForm, RiemlearnError, ShapeError, Status
from riemlearn.heat_kernel import HeatKernel, Method
from riemlearn.laplace_beltrami import LaplaceBeltrami, Levels
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.sampling import uniform_in_volume
from riemlearn.metric import Metric
from riemlearn.plot import drawn
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import as_vectors, evaluate_or_raise, raise_failures, with_input_checked


class Patch(NamedTuple):
    """A compact box of the chart, away from its poles and ends, where the geometry is checked."""

    low: tuple[float, ...]
    high: tuple[float, ...]


class Manifold(eqx.Module):
    """A manifold with a chart, on which much is known in closed form; abstract.

    What not every manifold knows (distance, exp and log, levels, heat kernel) raises :class:`NoClosedForm` unless a
    manifold says otherwise; everything else it must say.
    """

    dim: eqx.AbstractVar[int]

    # -- what each must know ---------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def metric(self) -> Metric:
        """The metric in closed form, on a chart with the domain of each coordinate."""

    @property
    @abstractmethod
    def embedding(self) -> Callable[[Float[Array, " n"]], Float[Array, " d"]] | None:
        """An isometric embedding (or immersion) of the chart into Euclidean space, if one is known."""

    @property
    @abstractmethod
    def curvature(self) -> Curvature:
        """The curvature as the literature gives it: not computed from the metric, so that it can judge what is."""

    @property
    @abstractmethod
    def volume(self) -> float:
        """Total volume, possibly infinite."""

    @property
    @abstractmethod
    def patch(self) -> Patch:
        """Where the geometry is checked, and where points of a non-compact manifold are drawn."""

    @property
    @abstractmethod
    def source(self) -> str:
        """Where the formulas stand: book or paper, section or equation."""

    # -- what some know ---------------------------------------------------------------------------------------------

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the geodesic distance, smooth where the points meet; NaN where a point is not in the chart."""
        raise NoClosedForm(f"{self!r} has no geodesic distance in closed form")

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """End of the geodesic from x with initial velocity v after unit time, in coordinates."""
        raise NoClosedForm(f"{self!r} has no exponential map in closed form")

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Initial velocity at x of the shortest geodesic that reaches y in unit time; NaN on the cut locus."""
        raise NoClosedForm(f"{self!r} has no logarithm in closed form")

    def levels(self, count: int) -> Levels:
        """The first distinct eigenvalues of the Laplace-Beltrami operator, with multiplicities."""
        raise NoClosedForm(f"{self!r} has no spectrum in closed form")

    def closed_heat_kernel(self) -> Method:
        """The heat kernel in closed form."""
        raise NoClosedForm(f"{self!r} has no heat kernel in closed form")

    # -- calls ------------------------------------------------------------------------------------------------------

    def distance(self, x: PointsLike, y: PointsLike) -> Float[Array, "*batch"]:
        """Geodesic distance of points of shape ``(..., n)``.

        Raises
        ------
        NoClosedForm
            If it is not known in closed form.
        ShapeError
            If the points have the wrong dimension, or do not broadcast.
        ChartError
            If a point is not finite or outside the chart, in eager calls; under a trace the distance is NaN.  Where the
            formula holds at the end of an axis, as at a pole, the end is allowed.
        """
        a, b = self._pair(x, y)
        square = self.squared_distance(a, b)
        beyond = jnp.isnan(square) | self.chart.beyond(a) | self.chart.beyond(b)
        outside = jnp.where(beyond, Status.OUTSIDE_CHART, Status.OK)
        status = jnp.where(jnp.all(jnp.isfinite(a) & jnp.isfinite(b), axis=-1), outside, Status.NAN_INPUT)
        at_fault = jnp.isnan(self.squared_distance(b, b)) | self.chart.beyond(b)
        culprit = jnp.where(at_fault[..., None], b, a)
        raise_failures(status, culprit, "distance", self.metric.explain)
        return jnp.where(status == Status.OK, safe_root(square), jnp.nan)

    def exp(self, x: PointsLike, v: PointsLike) -> Float[Array, "*batch n"]:
        r"""Exponential map: the end of the geodesic from x with initial velocity v after unit time.

        Parameters
        ----------
        x, v : array-like of shape (..., n)
            Points, and the components of a tangent vector at each in the coordinates of the chart.

        Raises
        ------
        NoClosedForm
            If it is not known in closed form.
        ChartError, NumericError
            If a point is outside the chart, or the geodesic leaves it, in eager calls.
        """
        points = as_points(x, self.dim)
        return evaluate_or_raise(_exp, self, self.metric, "exp", points, as_vectors(v, points, "v"))

    def log(self, x: PointsLike, y: PointsLike) -> Float[Array, "*batch n"]:
        r"""Logarithm: the initial velocity at x of the shortest geodesic that reaches y in unit time.

        Raises
        ------
        NoClosedForm
            If it is not known in closed form.
        ChartError
            If a point is outside the chart, or the points are joined by more than one shortest geodesic.
        """
        a, b = self._pair(x, y)
        return evaluate_or_raise(_log, self, self.metric, "log", a, b)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Random points, uniform in volume: of the whole chart if it is bounded, else of :attr:`patch`."""
        low, high = np.array([(a.low, a.high) for a in self.chart.axes]).T
        if not np.all(np.isfinite(high - low)) or self.chart.region is not None:
            low, high = (np.array(corner) for corner in self.patch)
        return uniform_in_volume(key, count, low, high, self.metric)

    def check_point(self, x: PointsLike) -> None:
        """Say why a point is not in the chart, if it is not.

        Raises
        ------
        ShapeError
            If it has not n coordinates.
        ChartError
            If it is not finite or outside the chart; the message names the coordinate and its domain.
        """
        for point in np.asarray(as_points(x, self.dim)).reshape(-1, self.dim):
            if not np.all(np.isfinite(point)):
                raise ChartError(f"{self!r}: the point {point.tolist()} is not finite")
            if not self.chart.contains(point):
                raise ChartError(f"{self!r}: {self.chart.describe_outside(point.tolist())}")

    def __contains__(self, x: PointsLike) -> bool:
        try:
            self.check_point(x)
        except (ChartError, ShapeError):
            return False
        return True

    # -- the operators ----------------------------------------------------------------------------------------------

    @property
    def chart(self) -> Chart:
        """The coordinates and their domains."""
        return self.metric.chart

    @property
    def connection(self) -> Connection:
        """The Levi-Civita connection."""
        return Connection(self.metric)

    @property
    def laplacian(self) -> LaplaceBeltrami:
        """The Laplace-Beltrami operator."""
        return LaplaceBeltrami(self.metric)

    @property
    def heat_kernel(self) -> HeatKernel:
        """The heat kernel."""
        return HeatKernel(self)

    def _repr_html_(self) -> str | None:
        """Draw a surface in space, coloured by its Gauss curvature; other manifolds show their name."""
        try:
            picture = drawn(self)
        except RiemlearnError:  # no plotting package, or parameters without values
            return None
        return None if picture is None else picture._repr_html_()

    def _pair(self, x: PointsLike, y: PointsLike) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
        """Two arrays of points that broadcast, in one type."""
        a, b = as_points(x, self.dim), as_points(y, self.dim, "y")
        try:
            jnp.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            raise ShapeError(f"x of shape {a.shape} and y of shape {b.shape} do not broadcast") from None
        dtype = jnp.result_type(a, b)
        return a.astype(dtype), b.astype(dtype)


def _exp(manifold: Manifold, x: Any, v: Any) -> tuple[Float[Array, " n"], Int[Array, ""]]:
    end = manifold.geodesic_end(x, v)
    status = jnp.where(manifold.chart.contains(end), Status.OK, Status.LEFT_CHART)
    return with_input_checked(manifold.chart, x, end, status)


def _log(manifold: Manifold, x: Any, y: Any) -> tuple[Float[Array, " n"], Int[Array, ""]]:
    start = manifold.geodesic_start(x, y)
    unique = jnp.where(jnp.all(jnp.isfinite(start)), Status.OK, Status.CUT_LOCUS)
    inside = jnp.where(manifold.chart.contains(y), unique, Status.OUTSIDE_CHART)
    status = jnp.where(jnp.all(jnp.isfinite(y)), inside, Status.NAN_INPUT)
    return with_input_checked(manifold.chart, x, start, status)


def check_dim(name: str, dim: Any, least: int) -> None:
    """Refuse a dimension that is not an integer or too small.

    Raises
    ------
    ShapeError
        If it is.
    """
    if not isinstance(dim, int) or isinstance(dim, bool) or dim < least:
        raise ShapeError(f"{name}: the dimension must be an integer >= {least}, got {dim!r}")


def safe_norm(v: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    """Euclidean length, with gradient zero instead of NaN at the zero vector."""
    return safe_root(jnp.sum(v * v, axis=-1))


def safe_root(square: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Square root, with gradient one instead of infinity at zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), square)


def squared_arc(
    arc: Callable[[Float[Array, "*batch"]], Float[Array, "*batch"]], squared_chord: Float[Array, "*batch"]
) -> Float[Array, "*batch"]:
    """Square of an arc from that of its chord, for arcs that are as long as their chords to second order.

    At zero the first derivative by the squared chord is one, which a root and a square would lose.
    """
    apart = squared_chord > 0
    return jnp.where(apart, arc(jnp.sqrt(jnp.where(apart, squared_chord, 1))) ** 2, squared_chord)
