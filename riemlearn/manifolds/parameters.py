"""Parameters of a manifold: numbers kept exactly, or symbols that stay in its formulas."""

from collections.abc import Iterable
from fractions import Fraction
from math import isfinite
from numbers import Rational, Real
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from riemlearn.errors import ShapeError, UnboundParameter


def exact(name: str, value: Any) -> sp.Expr:
    """A real number or an expression of symbols as SymPy has it; a float by its shortest decimal.

    Raises
    ------
    ShapeError
        If it is neither, or not finite.

    Examples
    --------
    >>> exact("a", 0.1), exact("a", Fraction(1, 3)), exact("a", 2)
    (1/10, 1/3, 2)
    """
    if isinstance(value, Rational) and not isinstance(value, bool):
        return sp.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, Real) and not isinstance(value, bool) and isfinite(float(value)):
        return sp.Rational(str(value))
    if isinstance(value, sp.Expr) and not value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) and value.is_real is not False:
        return value
    raise ShapeError(f"{name} must be a real number, or a SymPy expression of symbols, got {value!r}")


def positive(name: str, value: Any) -> sp.Expr:
    """What :func:`exact` gives, if it may be positive.

    Raises
    ------
    ShapeError
        If it is not a number or an expression of symbols, or cannot be positive.
    """
    try:
        found = exact(name, value)
    except ShapeError:
        found = sp.Integer(-1)
    if found.is_positive is False:
        raise ShapeError(f"{name} must be a positive number, got {value!r}")
    return found


def positive_number(name: str, value: Any) -> sp.Expr:
    """What :func:`positive` gives, if there is no symbol in it.

    Raises
    ------
    ShapeError
        If it is not a positive number.
    """
    found = positive(name, value)
    if found.free_symbols:
        raise ShapeError(f"{name} must be a positive number without symbols, got {value!r}")
    return found


def shown(value: Any) -> str:
    """Text of a parameter, which Python evaluates to the same value.

    Examples
    --------
    >>> shown(sp.Rational(5, 2)), shown(sp.Rational(1, 3)), shown(sp.pi / 6)
    ('2.5', 'Fraction(1, 3)', 'pi/6')
    """
    if isinstance(value, sp.Rational) and not isinstance(value, sp.Integer):
        decimal = repr(float(value))
        return decimal if sp.Rational(decimal) == value else repr(Fraction(int(value.p), int(value.q)))
    return str(value) if isinstance(value, sp.Basic) else repr(value)


def unbound(coordinates: Iterable[sp.Symbol], *expressions: Any) -> tuple[sp.Basic, ...]:
    """Symbols and undefined functions in expressions that are not coordinates."""
    every = sp.Tuple(*expressions)
    return tuple((every.free_symbols - set(coordinates)) | every.atoms(AppliedUndef))


def check_bound(owner: Any, *free: sp.Basic) -> None:
    """Refuse to compute numbers while a symbol or function has no value.

    Raises
    ------
    UnboundParameter
        If there is one; the message names it and the owner.
    """
    if free:
        names = ", ".join(sorted(map(str, free)))
        raise UnboundParameter(f"{owner!r}: {names} has no value, so that there are no numbers; give a number instead")


def as_number(owner: Any, value: sp.Expr) -> float:
    """An expression without symbols as a float.

    Raises
    ------
    UnboundParameter
        If there is a symbol in it.
    """
    check_bound(owner, *unbound((), value))
    return float(value)  # pyright: ignore[reportArgumentType]
