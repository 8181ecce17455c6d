"""Tensor fields whose components the user gives, as expressions or as a function, on the chart of a metric."""

from functools import lru_cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, Int
from sympy.core.function import AppliedUndef

from riemlearn.errors import ShapeError, Status, SymbolError, UnboundParameter
from riemlearn.metric.fields import MetricFields
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.musical import DerivedSource
from riemlearn.symbolic import Components, Symmetry
from riemlearn.symbolic.embed import Embedding
from riemlearn.tensor_field import TensorField
from riemlearn.tensor_field.evaluation import with_input_checked
from riemlearn.to_jax import Program


class GivenExpressions(DerivedSource):
    """Source of a tensor field that is given by expressions; a metric binds their parameters."""

    metric: MetricFields
    expressions: tuple[sp.Expr, ...] = eqx.field(static=True)
    rank: int = eqx.field(static=True)

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components at one point, and a status."""
        strangers = _strangers(self.metric, self.expressions)
        if strangers:
            raise UnboundParameter(
                f"{', '.join(sorted(strangers))} in {quantity} is no parameter of the metric, so that no value can be "
                "bound to it; the closed form is F.expr"
            )
        form = self.metric.closed_form
        expressions = self.expressions if form is None else tuple(map(form.explicit, self.expressions))
        value = _program(self.symbols, expressions, self.rank)(x, self.metric.parameters)
        return with_input_checked(self.metric.chart, x, value, jnp.asarray(Status.OK))

    def closed(self, quantity: str) -> Components:
        """The components themselves, in the ring of the metric if it has one."""
        form = self.metric.closed_form
        embedding = Embedding(self.symbols, self.expressions) if form is None else form.embedding
        n = len(self.symbols)

        def component(index: tuple[int, ...]) -> sp.Expr:
            return self.expressions[sum(i * n**place for place, i in enumerate(reversed(index)))]

        made = Components(embedding, self.rank, component)
        return made if form is None else form.remembered(("given", self.expressions, self.rank), made)


class GivenFunction(DerivedSource):
    """Source of a tensor field that is given by a JAX function of the point."""

    metric: MetricFields
    function: LearnedMap

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components at one point, and a status."""
        return with_input_checked(self.metric.chart, x, self.function(x), jnp.asarray(Status.OK))

    def closed(self, quantity: str) -> None:
        """There is none."""
        return None


@lru_cache(maxsize=256)
def _program(symbols: tuple[sp.Symbol, ...], expressions: tuple[sp.Expr, ...], rank: int) -> Program:
    return Program(symbols, expressions, (len(symbols),) * rank)


def tensor_field(
    metric: MetricFields, components: Any, up: Any, name: str, symbol: str | None, symmetry: Symmetry
) -> TensorField:
    """Check the arguments of :meth:`Metric.tensor_field` and make the field."""
    if not isinstance(up, list | tuple) or not all(isinstance(u, bool) for u in up):
        raise ShapeError(f"tensor_field: up must be a tuple of True (upper index) and False (lower one), got {up!r}")
    if not isinstance(name, str) or not name:
        raise ShapeError(f"tensor_field: name must be a string that is not empty, got {name!r}")
    expected = (metric.dim,) * len(up)
    if not isinstance(components, sp.Basic | sp.MatrixBase) and callable(components):
        function = LearnedMap(components)
        shape = function.output(metric.dim, name).shape
        if shape != expected:
            raise ShapeError(f"{name} must return shape {expected} for {len(up)} indices, got {shape}")
        source: Any = GivenFunction(metric, function)
    else:
        expressions = tuple(_flat(components, expected, name))
        _check_declared(metric, expressions, name)
        source = GivenExpressions(metric, expressions, len(up))
    return TensorField(source, name, metric.chart, tuple(up), name if symbol is None else symbol, symmetry)


def function_on(metric: MetricFields, f: Any) -> TensorField:
    """A function as a field without indices: an expression, a JAX function, or such a field already.

    An expression may hold symbols and functions that are no parameters of the metric; it then has a closed form only.

    Raises
    ------
    ShapeError, SymbolError
        If it is none of these, has indices, or lives on another chart.
    """
    if isinstance(f, TensorField):
        if f.chart.names != metric.chart.names:
            raise ShapeError(f"the function lives on {f.chart.names}, the metric on {metric.chart.names}")
        if f.rank:
            raise ShapeError(f"expected a function, a field without indices; {f.quantity} has {f.rank}")
        return f
    if isinstance(f, sp.Expr):
        _check_assumptions(metric, (f,), "f")
        return TensorField(GivenExpressions(metric, (f,), 0), "f", metric.chart, (), "f")
    return tensor_field(metric, f, (), "f", None, ())


def _flat(components: Any, shape: tuple[int, ...], name: str) -> list[sp.Expr]:
    """Nested components in the order of their indices; strings are refused before SymPy could read them."""
    if not shape:
        if isinstance(components, bool) or not isinstance(components, sp.Expr | int | float):
            kind = type(components).__name__
            if isinstance(components, list | tuple) or hasattr(components, "tolist"):
                raise ShapeError(f"{name} has more indices than up says: a component is a {kind}")
            raise SymbolError(f"{name} has the component {components!r} of type {kind}; expected SymPy expressions")
        return [sp.S.Zero + components]
    rows = components.tolist() if hasattr(components, "tolist") else components
    if not isinstance(rows, list | tuple | sp.Tuple) or len(rows) != shape[0]:
        got = f"{len(rows)} entries" if isinstance(rows, list | tuple | sp.Tuple) else type(components).__name__
        raise ShapeError(
            f"{name} must be nested lists, a matrix or an array with {shape[0]} entries for each index, got {got} "
            "for an index; up must have as many entries as there are indices"
        )
    return [e for row in rows for e in _flat(row, shape[1:], name)]


def _strangers(metric: MetricFields, expressions: tuple[sp.Expr, ...]) -> set[str]:
    """Names of the symbols and undefined functions that the metric does not know."""
    form = metric.closed_form
    known = set(metric.symbols) | (set(form.algebraic) if form else set())
    symbols = {s for e in expressions for s in e.free_symbols} - known
    functions = {f for e in expressions for f in e.atoms(AppliedUndef)}
    return ({str(s) for s in symbols} | {f.func.__name__ for f in functions}) - set(metric.parameters)


def _check_declared(metric: MetricFields, expressions: tuple[sp.Expr, ...], name: str) -> None:
    """Refuse symbols and functions that are neither coordinates nor parameters of the metric.

    Raises
    ------
    SymbolError
        If there are some; the message names them.
    """
    _check_assumptions(metric, expressions, name)
    strangers = _strangers(metric, expressions)
    if strangers:
        parameters = ", ".join(metric.parameters) or "none"
        raise SymbolError(
            f"{', '.join(sorted(strangers))} in {name} is neither a coordinate ({', '.join(metric.chart.names)}) nor a "
            f"parameter of the metric ({parameters})"
        )


def _check_assumptions(metric: MetricFields, expressions: tuple[sp.Expr, ...], name: str) -> None:
    """Refuse a symbol that has the name of one of the metric and is another one: its derivative would be zero.

    Raises
    ------
    SymbolError
        If there is one.
    """
    known = metric.closed_form.symbols if metric.closed_form else set(metric.symbols)
    by_name = {str(s): s for s in known}
    for symbol in {s for e in expressions for s in e.free_symbols} - known:
        if str(symbol) in by_name:
            raise SymbolError(
                f"{symbol} in {name} is not the {symbol} of the metric: their assumptions differ; use the symbols that "
                "the metric was made with, g.symbols"
            )
