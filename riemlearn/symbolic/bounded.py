"""Arithmetic with SymPy expressions that refuses what would grow past limits, before it is computed.

SymPy computes ``9**9**9`` as soon as it is written, and so it would for whoever sends us a text.  Numbers, exponents,
products and what is differentiated are therefore bounded here.  What is not a finite real number is refused too.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import islice
from math import ceil

import sympy as sp
from sympy.core.function import AppliedUndef

MAX_EXPONENT = 1000
"""Largest numerator and denominator of a number in an exponent, and largest constant argument of a function."""
MAX_RESULT_DIGITS = 1000
"""Largest number of digits of a number that is computed."""
MAX_FACTORS = 200
"""Largest number of factors of a product."""
MAX_NODES = 500
"""Largest size of what is differentiated or stands in a function, counted in nodes of its tree."""
MAX_DEGREE = 50
"""Largest degree of what stands under a root or in a function: SymPy looks for its real roots to know its sign."""
MAX_NESTED = 4
"""Largest number of functions within each other; what SymPy asks about their signs grows exponentially with it."""
MAX_COMPLEX_NODES = 30
"""Largest size of the argument of a hyperbolic function that is not known to be real, counted in nodes."""
MAX_COMPLEX_DEGREE = 10
"""Largest degree of such an argument: SymPy multiplies out its real and imaginary part."""
MAX_CONSTANT_NODES = 20
"""Largest size of an irrational constant such as ``sqrt(2) + pi/3``, counted in nodes."""

FUNCTIONS: dict[str, Callable[..., sp.Expr]] = {
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sec": sp.sec,
    "csc": sp.csc,
    "cot": sp.cot,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "sech": sp.sech,
    "csch": sp.csch,
    "coth": sp.coth,
    "asinh": sp.asinh,
    "acosh": sp.acosh,
    "atanh": sp.atanh,
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "Abs": sp.Abs,
    "sign": sp.sign,
}
_SLOW = ("sqrt", "log", "Abs", "sign")  # functions that do not grow, so that their constant arguments may be large
_HYPERBOLIC = ("sinh", "cosh", "tanh", "sech", "csch", "coth")  # of which SymPy takes imaginary parts modulo pi


class Refused(ValueError):
    """A result is past a limit, or no finite real number."""


def add(terms: Iterable[sp.Expr]) -> sp.Expr:
    """Sum of the terms."""
    flat = [part for term in terms for part in sp.Add.make_args(term)]
    denominators = {part.as_coeff_Mul()[0].q for part in flat}
    _check_digits(sum(map(_digits, denominators)))
    return _checked(sp.Add(*flat))


def multiply(factors: Iterable[sp.Expr]) -> sp.Expr:
    """Product of the factors."""
    flat = [part for factor in factors for part in sp.Mul.make_args(factor)]
    if len(flat) > MAX_FACTORS:
        raise Refused(f"the product has {len(flat)} factors; at most {MAX_FACTORS} are read")
    _check_digits(sum(map(_constant_digits, flat)))
    return _checked(sp.Mul(*flat))


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """Base to the exponent."""
    if base is sp.S.Zero and exponent.is_negative:
        raise Refused("division by zero")
    _check_exponent(exponent)
    if not exponent.is_Integer:
        _check_degree(base, "the base of a power that is no integer")
    if exponent.is_Rational:
        times = abs(exponent.p) // exponent.q + 1
        _check_digits(times * sum(map(_constant_digits, sp.Mul.make_args(base))) if times > 2 else 0)
    return _checked(sp.Pow(base, exponent))


def call(name: str, argument: sp.Expr) -> sp.Expr:
    """Value of one of :data:`FUNCTIONS`."""
    function = FUNCTIONS[name]
    _check_nodes(argument, f"the argument of {name}")
    _check_degree(argument, f"the argument of {name}")
    if _nested(argument) >= MAX_NESTED:
        raise Refused(f"more than {MAX_NESTED} functions stand within each other")
    if name in _HYPERBOLIC and _is_long(argument) and not argument.is_extended_real:
        raise Refused(f"the argument of {name} is long and not known to be real; declare real symbols")
    if name not in _SLOW:
        _check_constant(argument, f"the argument of {name}")
    if name == "exp":
        _check_exponent(argument)  # exp(n*log(2)) is 2**n, and exp(n*x) a power of degree n to SymPy's polynomials
    if name in ("Abs", "sign") and not argument.is_extended_real and argument.has(sp.Add):
        return function(argument, evaluate=False)  # SymPy would multiply out the sum with its conjugate
    return _checked(function(argument))


def differentiate(expr: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    """First derivative."""
    _check_nodes(expr, "what is differentiated")
    return _checked(sp.diff(expr, variable))


def _checked(result: sp.Expr) -> sp.Expr:
    """The result, if it is finite, real as far as can be seen, and within the limits."""
    for term in sp.Add.make_args(result):
        for factor in sp.Mul.make_args(term):
            base, exponent = factor.args if factor.is_Pow else (factor, sp.S.One)
            if base in (sp.zoo, sp.nan, sp.oo, -sp.oo):
                raise Refused("the value is not finite")
            if factor is sp.I or (base is sp.S.NegativeOne and factor.is_Pow and exponent.is_Rational):
                raise Refused("the value is not real")
            if base.is_Rational:
                _check_digits(_digits(base.p) + _digits(base.q))
            _check_exponent(base.args[0] if isinstance(base, sp.exp) else exponent)
    if result.is_number and not result.is_Rational:
        if _more_nodes(result, MAX_CONSTANT_NODES):
            raise Refused(f"a constant of more than {MAX_CONSTANT_NODES} parts is not read; declare a name for it")
        if not result.evalf(5).is_Float:
            raise Refused("the value is not real")
    return result


def _check_exponent(exponent: sp.Expr) -> None:
    for number in exponent.atoms(sp.Rational):
        if max(abs(number.p), number.q) > MAX_EXPONENT:
            raise Refused(f"the exponent has a number beyond {MAX_EXPONENT}")
    _check_constant(exponent, "the exponent")


def _check_constant(expr: sp.Expr, what: str) -> None:
    """Refuse a large constant; its size is known well enough, since all that it is made of was checked before."""
    if expr.is_number and not abs(expr.evalf(5)) <= MAX_EXPONENT:
        raise Refused(f"{what} is beyond {MAX_EXPONENT}")


def _check_degree(expr: sp.Expr, what: str) -> None:
    if _degree(expr) > MAX_DEGREE:
        raise Refused(f"{what} has a degree beyond {MAX_DEGREE}")


def _is_long(expr: sp.Expr) -> bool:
    return _more_nodes(expr, MAX_COMPLEX_NODES) or _degree(expr) > MAX_COMPLEX_DEGREE


def _degree(expr: sp.Basic) -> int:
    """A bound of the degree of numerator and denominator together."""
    if expr.is_Pow:
        times = [Fraction(abs(number.p), number.q) for number in expr.exp.atoms(sp.Rational)]
        return max(ceil(max(times, default=1) * _degree(expr.base)), _degree(expr.exp))
    if expr.is_Mul:
        return sum(map(_degree, expr.args))
    return max(map(_degree, expr.args), default=0 if expr.is_number else 1)


def _nested(expr: sp.Basic) -> int:
    """How many functions with known values stand within each other."""
    known = isinstance(expr, sp.Function) and not isinstance(expr, AppliedUndef)
    return known + max(map(_nested, expr.args), default=0)


def _check_nodes(expr: sp.Expr, what: str) -> None:
    if _more_nodes(expr, MAX_NODES):
        raise Refused(f"{what} has more than {MAX_NODES} parts")


def _check_digits(digits: int) -> None:
    if digits > MAX_RESULT_DIGITS:
        raise Refused(f"a number of more than {MAX_RESULT_DIGITS} digits would be computed")


def _more_nodes(expr: sp.Expr, limit: int) -> bool:
    return next(islice(sp.preorder_traversal(expr), limit, None), None) is not None


def _constant_digits(factor: sp.Expr) -> int:
    """Digits of the numbers in a factor that multiplication may merge with others."""
    if not factor.is_number:
        return 0
    return sum(_digits(number.p) + _digits(number.q) for number in factor.atoms(sp.Rational))


def _digits(number: int) -> int:
    return abs(number).bit_length() * 3 // 10
