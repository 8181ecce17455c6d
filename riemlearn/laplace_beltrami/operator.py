"""LaplaceBeltrami: the operator applied to functions, SymPy expressions and JAX callables alike."""

from typing import Any, overload

import equinox as eqx
import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.errors import MetricError, NoClosedForm, ShapeError, SymbolError
from riemlearn.jets import jet2, unpack
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
    local = laplacian.metric.local(x)
    jet = jet2(laplacian.function, x, local.frame.basis.T)
    value = local.laplacian(jet.first, unpack(jet.second, x.shape[0]))
    return with_input_checked(laplacian.metric.chart, x, value, local.status)
