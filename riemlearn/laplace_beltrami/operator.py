"""LaplaceBeltrami: the operator applied to functions, SymPy expressions and JAX callables alike."""

from typing import Any, overload

import equinox as eqx
import numpy as np
import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.errors import MetricError, NoClosedForm, ShapeError, SymbolError, check_integer
from riemlearn.laplace_beltrami.fourier import unknowns
from riemlearn.laplace_beltrami.galerkin import fourier_spectrum
from riemlearn.laplace_beltrami.spectrum import Spectrum
from riemlearn.metric import LearnedMap, Metric
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class LaplaceBeltrami(eqx.Module):
    r"""The operator :math:`\Delta f = \frac{1}{\sqrt{|g|}} \partial_i (\sqrt{|g|}\, g^{ij} \partial_j f)`.

    On Euclidean space it is the sum of second derivatives: its spectrum is that of :math:`-\Delta \ge 0`.  For a
    Lorentzian metric it is the d'Alembertian.

    Parameters
    ----------
    metric : Metric
        Any metric, a closed form or a learned one.

    Examples
    --------
    >>> theta, phi = sp.symbols("theta phi", real=True)
    >>> L = LaplaceBeltrami(Metric.from_sympy([theta, phi], sp.diag(1, sp.sin(theta) ** 2)))
    >>> L(sp.cos(theta))
    -2*cos(theta)
    >>> import jax.numpy as jnp
    >>> round(float(L(lambda x: jnp.cos(x[0]))([1.0, 0.0]) / jnp.cos(1.0)), 12)
    -2.0
    """

    metric: Metric

    def __init__(self, metric: Any):
        if not isinstance(metric, Metric):
            raise MetricError(f"LaplaceBeltrami needs a Metric, got {type(metric).__name__}")
        self.metric = metric

    def __repr__(self) -> str:
        return f"Laplace-Beltrami operator of the {self.metric.title}"

    @overload
    def __call__(self, h: sp.Expr) -> sp.Expr: ...
    @overload
    def __call__(self, h: Any) -> "LaplacianOf": ...
    def __call__(self, h: Any) -> Any:
        r""":math:`\Delta h`: of an expression an expression, of a JAX function ``(n,) -> ()`` a function of points.

        Raises
        ------
        NoClosedForm
            If ``h`` is an expression and the metric is numeric.
        SymbolError, ShapeError
            If ``h`` is a string, or a function that does not return a number.
        """
        if isinstance(h, str):
            raise SymbolError(f"h must be a SymPy expression or a JAX function, got the string {h!r}")
        if isinstance(h, sp.Expr | int | float):
            if self.metric.closed_form is None:
                raise NoClosedForm("the metric is numeric: pass a JAX function x -> h(x) instead of an expression")
            h = sp.S.Zero + h
            _check_coordinates(h, self.metric.closed_form.coordinates)
            return self.metric.closed_form.laplacian(h)
        function = LearnedMap(h)
        output = function.output(self.metric.dim, "h")
        if output.shape != ():
            raise ShapeError(f"h must return a number, shape (), got shape {output.shape}")
        return LaplacianOf(self.metric, function)

    def spectrum(
        self,
        count: int | Any,
        tol: float | Any = None,
        resolution: tuple[int, ...] | Any = None,
        max_unknowns: int | Any = 4096,
    ) -> Spectrum:
        r"""The first eigenpairs :math:`-\Delta\varphi = \lambda\varphi` on a chart whose axes are all periodic.

        Galerkin's method for the weak form :math:`\int \sqrt{g} g^{ij} \partial_i \varphi\, \partial_j \psi = \lambda
        \int \sqrt{g} \varphi \psi` in a real Fourier basis. The eigenfunctions are orthonormal in Riemannian volume
        and a pytree that can be evaluated anywhere, differentiated and compiled; the eigenproblem itself is solved
        outside JAX, in 64 bits from coefficients of the default floating type, which the results have.

        **Residuals** are continuous: :math:`\|{-\Delta}\varphi - \lambda\varphi\|_{L^2}` of the strong operator, on a
        grid twice as fine as that of the assembly. Since :math:`-\Delta` is self-adjoint, there is an
        eigenvalue within the residual of each :math:`\lambda`; its error is in fact about the square of the residual
        over the distance to the next one. The residual of the matrices would be no bound: it is 1e-15 at any
        resolution, because it does not see what the basis cannot express.

        **Resolution** is raised, for each axis apart, until the residual of every pair is below ``tol`` times
        :math:`\max(\lambda, \mathrm{vol}^{-2/n})`, and until every frequency that an eigenvalue of at most the
        last can have, :math:`k_i^2 \le \lambda \max g_{ii}`, is in the basis, so that none is passed over.

        Parameters
        ----------
        count : int
            How many, counted with multiplicity; the first is 0, the constant.
        tol : float, optional
            Relative residual to reach; by default the root of the unit of rounding: 1.5e-8 in 64 bits, which
            gives eigenvalues to about 1e-14, and 3.5e-4 in 32 bits, where rounding leaves them about 1e-6.
        resolution : tuple of int, optional
            Highest frequency on each axis. It is then taken as it is, whatever the residuals, and whether or not all
            frequencies are there; if ``tol`` is given too, the residuals are checked against it.
        max_unknowns : int
            The largest basis that may be taken: time goes with its cube, memory with its square.

        Raises
        ------
        ChartError
            If an axis is not periodic, or the metric is not.
        MetricError
            If the metric is Lorentzian, degenerates at a point, or is traced by ``jax.jit`` or ``jax.grad``.
        UnboundParameter
            If a parameter has no value.
        NumericError
            If ``tol`` is not reached: with ``max_unknowns``, or at all.
        ShapeError
            If an argument is not what is said above.

        Examples
        --------
        The torus of revolution of radii 2 and 1:

        >>> from riemlearn import periodic
        >>> theta, phi = sp.symbols("theta phi", real=True)
        >>> circle = periodic(2 * sp.pi)
        >>> g = sp.diag(1, (2 + sp.cos(theta)) ** 2)
        >>> L = LaplaceBeltrami(Metric.from_sympy([theta, phi], g, domain={theta: circle, phi: circle}))
        >>> torus = L.spectrum(6)
        >>> [round(float(value), 10) for value in torus.eigenvalues]
        [0.0, 0.2493680569, 0.2493680569, 0.7945678016, 0.7945678016, 0.9767313135]
        >>> torus.eigenfunctions([[0.0, 0.0], [1.0, 2.0]]).shape
        (2, 6)
        >>> bool(max(torus.residuals) < 1e-8)
        True
        """
        count = check_integer("spectrum: count", count, 1)
        max_unknowns = check_integer("spectrum: max_unknowns", max_unknowns, count)
        if tol is not None and not (isinstance(tol, int | float | np.floating) and 0 < tol < 1):
            raise ShapeError(f"spectrum: tol must be a number between 0 and 1, got {tol!r}")
        if self.metric.signature != "riemannian":
            raise MetricError("spectrum needs a positive-definite metric; the d'Alembertian is not bounded below")
        if resolution is not None:
            resolution = _check_resolution(resolution, self.metric.dim, count, max_unknowns)
        return fourier_spectrum(self.metric, count, None if tol is None else float(tol), resolution, max_unknowns)


def _check_resolution(resolution: Any, dim: int, count: int, max_unknowns: int) -> tuple[int, ...]:
    """A frequency for each axis, such that the basis is neither too small nor too large."""
    if not isinstance(resolution, list | tuple) or len(resolution) != dim:
        raise ShapeError(
            f"spectrum: resolution must be a tuple of {dim} integers, one for each axis, got {resolution!r}"
        )
    resolution = tuple(check_integer("spectrum: each frequency in resolution", k, 0) for k in resolution)
    size = unknowns(resolution)
    if not count <= size <= max_unknowns:
        raise ShapeError(
            f"spectrum: resolution {resolution} has {size} unknowns; it must have at least count = {count} and "
            f"at most max_unknowns = {max_unknowns}"
        )
    return resolution


def _check_coordinates(h: sp.Expr, coordinates: tuple[sp.Symbol, ...]) -> None:
    """Refuse a symbol with the name of a coordinate that is another one: its derivatives would be silently zero."""
    for symbol in h.free_symbols - set(coordinates):
        for c in coordinates:
            if str(symbol) == c.name:
                raise SymbolError(
                    f"{c.name} in the expression is not the coordinate {c.name}: their assumptions differ; "
                    "use the symbols that the metric was made with, g.symbols"
                )


class LaplacianOf(eqx.Module):
    r""":math:`\Delta h` for a JAX function h, as a function of points ``(..., n)``; a pytree."""

    metric: Metric
    function: LearnedMap

    def __repr__(self) -> str:
        return f"Laplacian of a function by the {self.metric.title}"

    def __call__(self, x: PointsLike) -> Float[Array, "*batch"]:
        r""":math:`\Delta h` at points of shape ``(..., n)``."""
        points = as_points(x, self.metric.dim)
        return evaluate_or_raise(_laplacian, self, self.metric, "Laplace-Beltrami", points)


def _laplacian(laplacian: LaplacianOf, x: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
    value, status = laplacian.metric.raw_laplacian(laplacian.function, x)
    return with_input_checked(laplacian.metric.chart, x, value, status)
