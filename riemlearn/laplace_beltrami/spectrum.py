"""Spectrum: eigenvalues and eigenfunctions of the Laplace-Beltrami operator, some or all of them."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.tensor_field import as_points
from riemlearn.tensor_field.evaluation import as_floats, refuse

_ROUNDING = 1000.0  # in units of the last place of the largest eigenvalue: what a dense eigensolver may leave


class Spectrum(eqx.Module):
    r"""Eigenpairs of :math:`-\Delta`: :math:`-\Delta \varphi_k = \lambda_k \varphi_k`, ascending, with multiplicity.

    The eigenfunctions are orthonormal in Riemannian volume, :math:`\int \varphi_j \varphi_k\, d\mathrm{vol}
    = \delta_{jk}`.

    Parameters
    ----------
    eigenvalues : array_like, shape (k,)
        The first k eigenvalues, ascending, none negative beyond rounding.
    eigenfunctions : callable
        From one point of shape (n,) to the values of shape (k,); any JAX callable, an Equinox module with its
        weights as leaves included.
    dim : int
        The dimension n.
    volume : float, optional
        Total volume, if known.
    residuals : array_like, shape (k,), optional
        For each pair the norm of :math:`-\Delta\varphi - \lambda\varphi` in L^2, which bounds the distance of
        lambda to the spectrum.
    complete : bool
        Whether these are all the eigenpairs there are, as for a graph; otherwise they are the lowest ones.
    method : str
        Where the pairs come from, for reports.

    Raises
    ------
    ShapeError
        If the arrays or the callable have the wrong shape.
    MetricError
        If an eigenvalue is not finite, negative, or less than the one before it.

    Examples
    --------
    The circle, as far as frequency 2:

    >>> import jax.numpy as jnp
    >>> def waves(x):
    ...     k = jnp.array([1.0, 2.0])
    ...     modes = [jnp.cos(k * x[0]), jnp.sin(k * x[0])]
    ...     return jnp.concatenate([jnp.array([0.5**0.5]), jnp.stack(modes, -1).ravel()]) / jnp.pi**0.5
    >>> circle = Spectrum([0.0, 1.0, 1.0, 4.0, 4.0], waves, dim=1, volume=2 * jnp.pi)
    >>> circle
    Spectrum(5 eigenvalues from 0 to 4, dim=1, volume=6.28319, method='given')
    >>> print(circle.counting(1.0))
    3
    """

    eigenvalues: Float[Array, " k"]
    volume: ArrayLike | None
    residuals: Float[Array, " k"] | None
    functions: LearnedMap
    dim: int = eqx.field(static=True)
    complete: bool = eqx.field(static=True)
    method: str = eqx.field(static=True)

    def __init__(
        self,
        eigenvalues: ArrayLike | Any,
        eigenfunctions: Any,
        dim: int,
        volume: ArrayLike | None = None,
        residuals: ArrayLike | Any = None,
        complete: bool = False,
        method: str = "given",
    ):
        if not isinstance(dim, int) or isinstance(dim, bool) or dim < 1:
            raise ShapeError(f"Spectrum: dim must be a positive integer, got {dim!r}")
        self.eigenvalues = as_floats(eigenvalues, "eigenvalues")
        if self.eigenvalues.ndim != 1 or self.eigenvalues.size == 0:
            raise ShapeError(f"Spectrum: eigenvalues must have shape (k,), k >= 1, got {self.eigenvalues.shape}")
        _check_order(self.eigenvalues)
        self.residuals = None if residuals is None else as_floats(residuals, "residuals")
        if self.residuals is not None and self.residuals.shape != self.eigenvalues.shape:
            raise ShapeError(f"Spectrum: {len(self)} eigenvalues, but residuals of shape {self.residuals.shape}")
        self.functions = LearnedMap(eigenfunctions)
        output = self.functions.output(dim, "eigenfunctions").shape
        if output != (len(self),):
            raise ShapeError(
                f"Spectrum: eigenfunctions returns shape {output}, expected ({len(self)},) as eigenvalues has"
            )
        if volume is not None and not isinstance(volume, Tracer) and not 0 < float(jnp.asarray(volume)) < np.inf:
            raise MetricError(f"Spectrum: volume = {volume} must be positive and finite")
        self.dim, self.volume, self.complete, self.method = dim, volume, complete, method

    def eigenfunctions(self, x: ArrayLike | Any) -> Float[Array, "*batch k"]:
        """Values of the eigenfunctions at points of shape ``(..., n)``.

        Raises
        ------
        ChartError
            If a coordinate is NaN or infinite.
        """
        points = as_points(x, self.dim)
        refuse(points, "x", lambda values: ~np.isfinite(values), "finite")
        return _values(self.functions, points)

    def heat_trace(self, t: ArrayLike | Any) -> Float[Array, "*batch"]:
        r"""The sum of :math:`e^{-\lambda_k t}` over the eigenvalues that are here.

        Unless the spectrum is complete this is less than the trace of the heat semigroup, much less for
        small t.

        Raises
        ------
        ChartError
            If a time is negative or not finite.
        """
        t = as_floats(t, "t").astype(self.eigenvalues.dtype)
        refuse(t, "t", lambda values: ~((values >= 0) & np.isfinite(values)), "a finite time >= 0")
        return jnp.sum(jnp.exp(-self.eigenvalues * t[..., None]), axis=-1)

    def counting(self, lam: ArrayLike | Any) -> Int[Array, "*batch"]:
        """How many eigenvalues are at most ``lam``.

        Raises
        ------
        ChartError
            If ``lam`` is above the last eigenvalue and the spectrum is not complete, so that the number is
            not known.
        """
        lam = as_floats(lam, "lam").astype(self.eigenvalues.dtype)
        refuse(lam, "lam", np.isnan, "a number")
        last = self.eigenvalues[-1]
        traced = isinstance(lam, Tracer) or isinstance(last, Tracer)
        if not self.complete and not traced and bool(jnp.any(lam > last)):
            raise ChartError(
                f"counting: lam = {float(jnp.max(lam)):g} is above {float(last):g}, the last of the {len(self)} "
                "eigenvalues known; ask for more of them"
            )
        return jnp.searchsorted(self.eigenvalues, lam, side="right")

    def __len__(self) -> int:
        return self.eigenvalues.shape[0]

    def __repr__(self) -> str:
        if isinstance(self.eigenvalues, Tracer):
            return f"Spectrum({len(self)} eigenvalues, dim={self.dim}, traced)"
        first, last = float(self.eigenvalues[0]), float(self.eigenvalues[-1])
        volume = "" if self.volume is None else f", volume={float(jnp.asarray(self.volume)):g}"
        complete = ", complete" if self.complete else ""
        return (
            f"Spectrum({len(self)} eigenvalues from {first:g} to {last:g}, dim={self.dim}{volume}{complete}, "
            f"method={self.method!r})"
        )


@eqx.filter_jit
def _values(functions: LearnedMap, x: Float[Array, "*batch n"]) -> Float[Array, "*batch k"]:
    return jnp.vectorize(functions, signature="(n)->(k)")(x)


def _check_order(eigenvalues: Float[Array, " k"]) -> None:
    """Refuse eigenvalues that are not finite, negative, or not ascending, naming the first offender."""
    if isinstance(eigenvalues, Tracer):
        return
    values = np.asarray(eigenvalues)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise MetricError(f"Spectrum: eigenvalues[{bad[0]}] = {values[bad[0]]} is not finite")
    slack = _ROUNDING * float(jnp.finfo(eigenvalues.dtype).eps) * np.max(np.abs(values))
    bad = np.flatnonzero(values < -slack)
    if bad.size:
        raise MetricError(f"Spectrum: eigenvalues[{bad[0]}] = {values[bad[0]]:g} is negative, but -Delta >= 0")
    bad = np.flatnonzero(np.diff(values) < -slack)
    if bad.size:
        i = bad[0] + 1
        raise MetricError(
            f"Spectrum: eigenvalues[{i}] = {values[i]:g} is less than the one before it, {values[i - 1]:g}; "
            "sort them, and the eigenfunctions with them"
        )
