"""Closed: the heat kernel as a known function of time and geodesic distance."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from riemlearn.errors import MetricError, Status
from riemlearn.heat_kernel import euclidean, hyperbolic, sphere
from riemlearn.heat_kernel.method import HeatKernelReport, Method, input_status, then
from riemlearn.metric.learned_map import LearnedMap

_ULPS = 64.0  # the log kernels were seen within this many units of rounding of 50-digit arithmetic


class Closed(Method):
    r"""A heat kernel that depends on distance alone, by a closed form for its logarithm.

    For a space that is the unit one scaled by a (a sphere of radius a),

    .. math:: K^{(a)}_t(d) = a^{-n} K^{(1)}_{t/a^2}(d/a).

    Parameters
    ----------
    log_kernel : callable
        Logarithm of the kernel of the unit space, as a function of times and distances.
    dim : int
        The dimension n.
    squared_distance : callable
        Square of the geodesic distance of points ``(..., n)`` in the scaled space, smooth where they meet; NaN outside
        the chart.
    scale : array_like
        The scale a > 0.
    volume, diameter : float
        Of the unit space; infinite where they are.
    name : str
        Name of the space, for reports and errors.
    """

    squared_distance: LearnedMap
    scale: ArrayLike
    log_kernel: Callable[[Any, Any], Array] = eqx.field(static=True)
    dim: int = eqx.field(static=True)
    volume: float = eqx.field(static=True)
    diameter: float = eqx.field(static=True)
    name: str = eqx.field(static=True)

    def __init__(
        self,
        log_kernel: Callable[[Any, Any], Array],
        dim: int,
        squared_distance: Callable[[Any, Any], Array],
        scale: ArrayLike = 1.0,
        volume: float = math.inf,
        diameter: float = math.inf,
        name: str = "a homogeneous space",
    ):
        self.log_kernel, self.dim, self.scale, self.name = log_kernel, dim, scale, name
        self.squared_distance, self.volume, self.diameter = LearnedMap(squared_distance), volume, diameter

    @classmethod
    def euclidean(cls, dim: int, squared_distance: Callable[[Any, Any], Array]) -> "Closed":
        """The kernel of R^n."""
        return cls(_Radial(euclidean.log_radial, dim), dim, squared_distance, name=f"R^{dim}")

    @classmethod
    def sphere(cls, dim: int, radius: ArrayLike, squared_distance: Callable[[Any, Any], Array]) -> "Closed":
        """The kernel of the sphere of a radius.

        Raises
        ------
        NoClosedForm
            If there is no closed form in that dimension.
        """
        sphere.check_dim(dim)
        kernel = _Radial(sphere.log_radial, dim)
        return cls(kernel, dim, squared_distance, radius, sphere.unit_volume(dim), math.pi, f"S^{dim}")

    @classmethod
    def hyperbolic(cls, dim: int, squared_distance: Callable[[Any, Any], Array], scale: ArrayLike = 1.0) -> "Closed":
        """The kernel of hyperbolic space of curvature -1 / scale^2."""
        return cls(_Radial(hyperbolic.log_radial, dim), dim, squared_distance, scale, name=f"H^{dim}")

    def log_radial(self, t: Float[Array, "*#batch"], r: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """Logarithm of the kernel at distances; NaN where t <= 0, or no two points are so far apart."""
        tau, rho = t / self.scale**2, r / self.scale
        slack = 1 + 8 * float(jnp.finfo(rho.dtype).eps)  # a distance may be rounded up
        known = (tau > 0) & jnp.isfinite(tau) & (rho >= 0) & (rho <= self.diameter * slack) & jnp.isfinite(rho)
        value = self.log_kernel(jnp.where(known, tau, 1.0), jnp.where(known, rho, 0.0))
        return jnp.where(known, value - self.dim * jnp.log(jnp.asarray(self.scale, value.dtype)), jnp.nan)

    def log_checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Logarithm of the kernel, and status."""
        square = self.squared_distance(x, y)
        value = self.log_radial(t, self._distance(t, square))
        status = then(input_status(t, x, y), jnp.isnan(square), Status.OUTSIDE_CHART)
        status = then(status, ~jnp.isfinite(value), Status.NOT_FINITE)
        return jnp.where(status == Status.OK, value, jnp.nan), status

    def _distance(self, t: Float[Array, "*#batch"], square: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """The root of the squared distance, kept from zero by less than log K can see.

        The kernel is a smooth function of the square, whose root has no derivative at zero: without this the Laplacian
        of the kernel would be lost where two points meet.
        """
        least = float(jnp.finfo(square.dtype).eps) / 64 * jnp.minimum(t, self.scale**2)
        return jnp.sqrt(square + lax.stop_gradient(jnp.maximum(least, 0)))

    def refuses(self, x: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
        """Whether points are not finite, or outside the chart."""
        return jnp.isnan(self.squared_distance(x, x))

    def checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Value, which may underflow where its logarithm does not; the bound is rounding in the logarithm."""
        log, status = self.log_checked(t, x, y)
        value = jnp.exp(log)
        return value, _ULPS * float(jnp.finfo(log.dtype).eps) * (1 + jnp.abs(log)) * value, status

    def matrix(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch a n"], y: Float[Array, "*#batch b n"]
    ) -> tuple[Float[Array, "*batch a b"], Int[Array, "*batch a b"]]:
        """Values at all pairs, and status."""
        value, _, status = self.checked(t[..., None, None], x[..., :, None, :], y[..., None, :, :])
        return value, status

    def trace(self, t: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
        """Volume times K_t(x, x), which is the same at every point.

        Raises
        ------
        MetricError
            If the volume is infinite.
        """
        if math.isinf(self.volume):
            raise MetricError(
                f"the heat trace of {self.name} is infinite, as its volume is; K.radial(t, 0) is the trace per volume"
            )
        volume = self.volume * jnp.asarray(self.scale, t.dtype) ** self.dim
        return volume * jnp.exp(self.log_radial(t, jnp.zeros_like(t)))

    def report(self) -> HeatKernelReport:
        """What is computed here, and how far it can be trusted."""
        return HeatKernelReport(
            f"closed form on {self.name}",
            "none above rounding",
            "estimate",
            f"rounding only: {_ULPS:.0f} units in log K, as measured against 50-digit arithmetic",
        )


class _Radial(eqx.Module):
    """A log kernel in a fixed dimension; two of the same are equal, and share compiled code."""

    log_radial: Callable[[Any, Any, int], Array] = eqx.field(static=True)
    dim: int = eqx.field(static=True)

    def __call__(self, t: Array, r: Array) -> Array:
        return self.log_radial(t, r, self.dim)
