"""What the systems that answer in SymPy share: the namespace of a case, and values at the point of comparison."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import sympy as sp

from benchmarks.symbolic_rivals.cases import POINT, Case, names

DIGITS = 40


def real_symbol(name: str) -> sp.Symbol:
    """A real symbol."""
    return sp.Symbol(name, real=True)


def namespace(case: Case, symbol: Callable[[str], Any] = real_symbol) -> SimpleNamespace:
    """The names of a case as SymPy expressions."""
    symbols = {name: symbol(name) for name in (*case.coordinates, *case.parameters)}
    return names(case, symbols, sp.Function, sp.sin, sp.cos, sp.diff)


def coordinates(case: Case, k: SimpleNamespace) -> list[sp.Symbol]:
    """The coordinates of a case."""
    return [getattr(k, name) for name in case.coordinates]


def value(expression: Any, case: Case, k: SimpleNamespace) -> sp.Expr:
    """An expression at the point of comparison, undefined functions replaced by polynomials, to 40 digits."""
    expression = sp.sympify(expression).subs({getattr(k, f): explicit(k) for f, explicit in case.functions.items()})
    point = {getattr(k, name): sp.Rational(POINT[name]) for name in (*case.coordinates, *case.parameters)}
    return sp.N(expression.doit().subs(point), DIGITS)


def values(answer: Any, case: Case, quantity: str) -> tuple[sp.Expr, sp.Expr]:
    """What was found and what is published; an answer has the namespace ``k`` and the expressions by name."""
    return value(getattr(answer, quantity), case, answer.k), value(getattr(case, quantity)(answer.k), case, answer.k)


def ricci_is_zero(answer: Any) -> bool:
    """Whether every component of Ricci came out as the number 0."""
    return all(component == 0 for component in answer.ricci)
