"""HeatKernel: one class for every source, closed form or spectrum."""

from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from riemlearn.errors import ChartError, NoClosedForm, ShapeError, Status
from riemlearn.heat_kernel.method import HeatKernelReport, Method
from riemlearn.heat_kernel.spectral import Spectral
from riemlearn.laplace_beltrami.spectrum import Spectrum
from riemlearn.tensor_field import as_points
from riemlearn.tensor_field.evaluation import as_floats, raise_failures, refuse


@runtime_checkable
class HasClosedHeatKernel(Protocol):
    """Anything that knows its heat kernel in closed form."""

    def closed_heat_kernel(self) -> Method:
        """Return the closed form."""
        ...


class HeatKernel(eqx.Module):
    r"""The heat kernel :math:`K_t(x, y)`: :math:`\partial_t K = \Delta K`, a density in Riemannian volume.

    :math:`u(t, x) = \int K_t(x, y) f(y)\, d\mathrm{vol}(y)` solves :math:`\partial_t u = \Delta u` with
    u(0, .) = f; there is no factor 1/2. The primary quantity is the logarithm, because K itself underflows
    at small times.

    Points have shape ``(..., n)``; times and leading axes broadcast. Called eagerly, a bad input or a
    result that means nothing raises; under ``jit`` it is NaN, and :meth:`log_checked` gives the status in
    both worlds.

    Parameters
    ----------
    source : manifold or Spectrum
        Anything with ``closed_heat_kernel()``, such as the manifolds of :mod:`riemlearn.manifolds`, or a
        :class:`Spectrum`.

    Raises
    ------
    NoClosedForm
        If the source is neither.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> K = HeatKernel(Sphere(2))
    >>> print(f"{K.log_radial(0.001, 3.0):.6f}")
    -2244.094027
    >>> print(f"{K([0.5], [1.0, 0.0], [1.0, 2.0])[0]:.6f}")
    0.069450
    >>> K
    HeatKernel(closed form on S^2)
    """

    method: Method

    def __init__(self, source: HasClosedHeatKernel | Spectrum | Any):
        if isinstance(source, Spectrum):
            self.method = Spectral(source)
        elif isinstance(source, HasClosedHeatKernel):
            self.method = source.closed_heat_kernel()
        else:
            raise NoClosedForm(
                f"HeatKernel: {type(source).__name__} has no heat kernel; give a manifold with closed_heat_kernel(), "
                "such as riemlearn.manifolds.Sphere(2), or a riemlearn.Spectrum of eigenpairs"
            )

    @property
    def dim(self) -> int:
        """Dimension of the manifold."""
        return self.method.dim

    def __call__(self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any) -> Float[Array, "*batch"]:
        """Values of K_t(x, y).

        Raises
        ------
        ChartError
            If a time is not positive, or a point not finite or outside the chart.
        ShapeError
            If shapes do not fit.
        """
        return self.with_bound(t, x, y)[0]

    def with_bound(
        self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
        """Values of K_t(x, y), and bounds on their errors; :meth:`report` says what these are worth."""
        t, x, y = self._arguments(t, x, y)
        _check_times(t)
        value, bound, status = self.method.checked(t, x, y)
        raise_failures(status, self._culprit(x, y), "heat kernel", _no_details)
        return value, bound

    def log(self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any) -> Float[Array, "*batch"]:
        """Logarithm of K_t(x, y), finite where K itself underflows.

        Raises
        ------
        NumericError
            If a value from a spectrum is not above the bound on its error.
        """
        t, x, y = self._arguments(t, x, y)
        _check_times(t)
        value, status = self.method.log_checked(t, x, y)
        raise_failures(status, self._culprit(x, y), "logarithm of the heat kernel", _no_details)
        return value

    def log_checked(
        self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Logarithm of K_t(x, y), NaN where it failed, and a :class:`riemlearn.errors.Status` for each."""
        return self.method.log_checked(*self._arguments(t, x, y))

    def radial(self, t: ArrayLike | Any, r: ArrayLike | Any) -> Float[Array, "*batch"]:
        """Value of the kernel at two points of distance r, for a closed form."""
        return jnp.exp(self.log_radial(t, r))

    def log_radial(self, t: ArrayLike | Any, r: ArrayLike | Any) -> Float[Array, "*batch"]:
        """Logarithm of the kernel at two points of distance r, for a closed form.

        Raises
        ------
        ChartError
            If a time is not positive, or no two points are so far apart.
        NoClosedForm
            If the kernel is given by a spectrum, or is that of a product.
        """
        t, r = _in_one_type(t, r=r)
        try:
            jnp.broadcast_shapes(t.shape, r.shape)
        except ValueError:
            raise ShapeError(f"t of shape {t.shape} and r of shape {r.shape} do not broadcast") from None
        _check_times(t)
        value = self.method.log_radial(t, r)
        if not isinstance(value, Tracer) and bool(jnp.any(jnp.isnan(value))):
            bad = np.broadcast_to(r, value.shape)[np.isnan(value)].flat[0]
            raise ChartError(f"r = {bad:g} is not a distance: it must be a number from 0 to the diameter")
        return value

    def trace(self, t: ArrayLike | Any) -> Float[Array, "*batch"]:
        r"""Heat trace :math:`\int K_t(x, x)\, d\mathrm{vol} = \sum_k e^{-\lambda_k t}`.

        Raises
        ------
        MetricError
            If it is infinite, as on R^n and H^n.
        """
        (t,) = _in_one_type(t)
        _check_times(t)
        return self.method.trace(t)

    def matrix(self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any = None) -> Float[Array, "*batch a b"]:
        """Values K_t(x_i, y_j) at all pairs of points.

        Parameters
        ----------
        t : array_like
            Times.
        x, y : array_like, shapes (..., a, n) and (..., b, n)
            Points; without ``y`` those of x with themselves.
        """
        t, x, y = self._arguments(t, x, x if y is None else y, axes=2)
        _check_times(t)
        value, status = self.method.matrix(t, x, y)
        where = self._culprit(x[..., :, None, :], y[..., None, :, :])
        raise_failures(status, where, "heat kernel", _no_details)
        return value

    def report(self) -> HeatKernelReport:
        """Return method, truncation, and the kind of the error bound: proved, a posteriori, or an estimate."""
        return self.method.report()

    def _arguments(
        self, t: ArrayLike | Any, x: ArrayLike | Any, y: ArrayLike | Any, axes: int = 1
    ) -> tuple[Float[Array, "..."], ...]:
        """Return times and points in one floating-point type, with shapes that fit."""
        t, x, y = _in_one_type(t, x=as_points(x, self.dim), y=as_points(y, self.dim, "y"))
        for name, points in (("x", x), ("y", y)):
            if points.ndim < axes:
                raise ShapeError(f"{name} has shape {points.shape}; expected (..., points, {self.dim})")
        try:
            jnp.broadcast_shapes(t.shape, x.shape[:-axes], y.shape[:-axes])
        except ValueError:
            raise ShapeError(
                f"t of shape {t.shape}, x of shape {x.shape} and y of shape {y.shape} do not broadcast over "
                "leading axes"
            ) from None
        return t, x, y

    def _culprit(self, x: Float[Array, "..."], y: Float[Array, "..."]) -> Float[Array, "..."]:
        """Choose the points to show in a message: y where it is to blame, else x."""
        return jnp.where(self.method.refuses(y)[..., None], y, x)

    def __repr__(self) -> str:
        return f"HeatKernel({self.report().method})"


def _in_one_type(t: ArrayLike | Any, **others: ArrayLike | Any) -> tuple[Float[Array, "..."], ...]:
    """Arrays in one type; a Python number as t takes that of the others."""
    arrays = [as_floats(value, name) for name, value in others.items()]
    weak = isinstance(t, int | float) and not isinstance(t, np.generic) and arrays
    arrays = [jnp.asarray(t, arrays[0].dtype) if weak else as_floats(t, "t"), *arrays]
    dtype = jnp.result_type(*arrays)
    return tuple(a.astype(dtype) for a in arrays)


def _check_times(t: Float[Array, "..."]) -> None:
    """Refuse a time that is not positive and finite; do nothing under a trace."""
    refuse(t, "t", lambda times: ~((times > 0) & np.isfinite(times)), "a positive, finite time")


def _no_details(point: Float[Array, " n"], status: Status) -> str:
    return ""
