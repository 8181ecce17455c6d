r"""Algebraic functions by the polynomial that they are a root of."""

from typing import Any

import sympy as sp

from riemlearn.errors import SymbolError


def dependent_variable(symbol: sp.Symbol, relation: sp.Expr, others: list[sp.Symbol]) -> tuple[Any, list[sp.Expr]]:
    r"""The variable of lowest degree in a relation, and its coefficients, the leading one first.

    With :math:`r^4 - (x^2 + y^2 + z^2 - a^2) r^2 - a^2 z^2 = 0` that is :math:`x`, a square root over the field of
    :math:`r, y, z, a`: far better than :math:`r`, a root of degree four.

    Raises
    ------
    SymbolError
        If the relation is no polynomial in the symbol, or a reducible one.

    Examples
    --------
    >>> r, x, y = sp.symbols("r x y")
    >>> dependent_variable(r, r**4 - x * r - y**2, [x, y])
    (x, [r, -r**4 + y**2])
    """
    numerator = sp.fraction(sp.together(relation))[0]
    variables = [symbol, *(c for c in others if numerator.has(c))]
    variables = [v for v in variables if numerator.is_polynomial(v)]
    if symbol not in variables:
        raise SymbolError(f"{relation} is no polynomial in {symbol}")
    factors = [(f, e) for f, e in sp.factor_list(numerator)[1] if f.has(symbol)]
    if len(factors) != 1 or factors[0][1] != 1:
        raise SymbolError(f"{relation} is reducible: give the factor that {symbol} is a root of")
    polynomials = [sp.Poly(factors[0][0], v) for v in variables]
    best = min(polynomials, key=lambda p: p.degree())
    return best.gen, best.all_coeffs()
