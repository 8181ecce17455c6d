"""From SymPy expressions to JAX: expression trees are interpreted, no source text is ever generated or run."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float
from sympy.core.function import AppliedUndef

from riemlearn.errors import SymbolError, UnboundParameter
from riemlearn.symbolic import check_name

Parameters = Mapping[str, Any]

_FUNCTIONS: dict[type, Callable[..., Any]] = {
    sp.sin: jnp.sin,
    sp.cos: jnp.cos,
    sp.tan: jnp.tan,
    sp.cot: lambda u: 1 / jnp.tan(u),
    sp.sec: lambda u: 1 / jnp.cos(u),
    sp.csc: lambda u: 1 / jnp.sin(u),
    sp.asin: jnp.arcsin,
    sp.acos: jnp.arccos,
    sp.atan: jnp.arctan,
    sp.atan2: jnp.arctan2,
    sp.sinh: jnp.sinh,
    sp.cosh: jnp.cosh,
    sp.tanh: jnp.tanh,
    sp.coth: lambda u: 1 / jnp.tanh(u),
    sp.sech: lambda u: 1 / jnp.cosh(u),
    sp.csch: lambda u: 1 / jnp.sinh(u),
    sp.asinh: jnp.arcsinh,
    sp.acosh: jnp.arccosh,
    sp.atanh: jnp.arctanh,
    sp.exp: jnp.exp,
    sp.log: jnp.log,
    sp.Abs: jnp.abs,
    sp.sign: jnp.sign,
    sp.erf: jax.scipy.special.erf,
    sp.gamma: jax.scipy.special.gamma,
    sp.loggamma: jax.scipy.special.gammaln,
}
_CONSTANTS = (sp.NumberSymbol, sp.Rational, sp.Float)


class Program:
    r"""Expressions compiled to a function of a point and of named parameters.

    Common subexpressions are computed once.  A program is compared by identity, so that it can be a static part of
    compiled code.

    Parameters
    ----------
    coordinates : sequence of Symbol
        What the entries of the point mean.
    expressions : sequence of Expr
        What is computed.
    shape : tuple of int
        Shape in which the values are returned; its size is the number of expressions.

    Raises
    ------
    SymbolError
        If an expression has a function that JAX does not know, or a name that is no plain identifier.

    Examples
    --------
    >>> x, r = sp.symbols("x r")
    >>> program = Program([x], [r * sp.sin(x), r**2])
    >>> program(jnp.array([0.0]), {"r": 3.0}).tolist()
    [0.0, 9.0]
    """

    def __init__(
        self,
        coordinates: Sequence[sp.Symbol],
        expressions: Sequence[sp.Expr],
        shape: tuple[int, ...] | None = None,
    ):
        for expression in expressions:
            _check(expression)
        self.shape = (len(expressions),) if shape is None else shape
        self._coordinates = tuple(coordinates)
        # Derivatives of undefined functions are computed first: inside them no subexpression may be taken out.
        atoms = {a for e in expressions for a in e.atoms(sp.Derivative, sp.Subs)}
        inner = {b for a in atoms if isinstance(a, sp.Subs) for b in a.atoms(sp.Derivative)}
        self._derivatives = [(sp.Dummy(), a) for a in sorted(atoms - inner, key=sp.default_sort_key)]
        plain = [e.xreplace({a: symbol for symbol, a in self._derivatives}) for e in expressions]
        self._steps, self._results = sp.cse(plain, symbols=sp.numbered_symbols(cls=sp.Dummy))

    def __call__(self, x: Float[Array, " n"], parameters: Parameters | None = None) -> Float[Array, "*shape"]:
        """Values at one point, in the dtype of the point."""
        evaluator = _Evaluator(parameters or {}, x.dtype)
        for symbol, value in zip(self._coordinates, x, strict=True):
            evaluator.known[symbol] = value
        for symbol, expression in (*self._derivatives, *self._steps):
            evaluator.known[symbol] = evaluator.value(expression)
        values = [jnp.asarray(evaluator.value(e), x.dtype) for e in self._results]
        return jnp.stack(values).reshape(self.shape)


def _check(expression: sp.Expr) -> None:
    """Refuse functions without a JAX counterpart, and names that are not plain, before anything is computed."""
    for node in sp.preorder_traversal(expression):
        if isinstance(node, sp.Symbol | AppliedUndef):
            check_name(node.name)
        plain = isinstance(node, sp.Symbol | sp.Add | sp.Mul | sp.Pow | sp.Derivative | sp.Subs | sp.Tuple)
        if isinstance(node, (AppliedUndef, *_CONSTANTS)) or plain or node.func in _FUNCTIONS:
            continue
        raise SymbolError(
            f"{node.func.__name__} in {expression} has no JAX counterpart; known are "
            + ", ".join(sorted(f.__name__ for f in _FUNCTIONS))
        )


class _Evaluator:
    """Values of expression trees, with a table of what is known."""

    def __init__(self, parameters: Parameters, dtype: Any):
        self.parameters, self.dtype = parameters, dtype
        self.known: dict[sp.Basic, Any] = {}

    def parameter(self, name: str) -> Any:
        if self.parameters.get(name) is None:
            raise UnboundParameter(f"{name} has no value; give it one with g.bind({name}=...)")
        return self.parameters[name]

    def value(self, e: Any) -> Any:
        if e in self.known:
            return self.known[e]
        if isinstance(e, _CONSTANTS):
            return float(e)
        if isinstance(e, sp.Symbol):
            return jnp.asarray(self.parameter(e.name), self.dtype)
        if isinstance(e, sp.Add):
            return reduce(lambda a, b: a + b, map(self.value, e.args))
        if isinstance(e, sp.Mul):
            return self.product(e)
        if isinstance(e, sp.Pow):
            return self.power(*e.args)
        if isinstance(e, AppliedUndef):
            return self.function(e.func.__name__)(*map(self.value, e.args))
        if isinstance(e, sp.Derivative):
            return self.derivative(e, e.expr.args)
        if isinstance(e, sp.Subs):
            return self.at_other_point(e)
        return _FUNCTIONS[e.func](*map(self.value, e.args))

    def at_other_point(self, e: Any) -> Any:
        """A derivative of an undefined function at arguments that are expressions."""
        replaced = dict(zip(e.variables, e.point, strict=True))
        return self.derivative(e.expr, [a.xreplace(replaced) for a in e.expr.expr.args])

    def product(self, e: Any) -> Any:
        """Product as one quotient: a / b is more accurate than a * (1 / b)."""
        below = [1 / a for a in e.args if a.is_Pow and a.exp.is_Rational and a.exp.is_negative]
        above = [a for a in e.args if not (a.is_Pow and a.exp.is_Rational and a.exp.is_negative)]
        numerator = reduce(lambda a, b: a * b, map(self.value, above), 1.0)
        if not below:
            return numerator
        return numerator / reduce(lambda a, b: a * b, map(self.value, below))

    def power(self, base: Any, exponent: Any) -> Any:
        value = self.value(base)
        if exponent.is_Integer:
            return jnp.asarray(value, self.dtype) ** int(exponent)
        if exponent.is_Rational and exponent.q == 2:
            return jnp.sqrt(jnp.asarray(value, self.dtype)) ** int(exponent.p)
        return jnp.asarray(value, self.dtype) ** self.value(exponent)

    def function(self, name: str) -> Callable[..., Any]:
        f = self.parameter(name)
        if not callable(f):
            raise UnboundParameter(f"{name} is a function of the coordinates; bind it to a callable, not to a number")
        return f

    def derivative(self, e: Any, arguments: Sequence[Any]) -> Any:
        """Derivative of an undefined function at the given arguments, by nested forward differentiation."""
        inner = e.expr
        if not isinstance(inner, AppliedUndef) or not all(v in inner.args for v in e.variables):
            raise SymbolError(f"{e} is not a derivative of an undefined function by one of its arguments")
        f = self.function(inner.func.__name__)
        for variable in e.variables:
            f = _partial(f, inner.args.index(variable))
        return f(*(jnp.asarray(self.value(a), self.dtype) for a in arguments))


def _partial(f: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Partial derivative of a scalar function by the argument at a position."""

    def derivative(*arguments: Any) -> Any:
        def along(u: Any) -> Any:
            return f(*arguments[:position], u, *arguments[position + 1 :])

        return jax.jvp(along, (arguments[position],), (jnp.ones_like(arguments[position]),))[1]

    return derivative
