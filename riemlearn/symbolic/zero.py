"""Whether a ring element is zero as a function: yes, no, or not decided, with the reason."""

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import mpmath
import sympy as sp

from riemlearn.errors import ExactError
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.ring import Ring

_DIGITS = 50
_POINTS = 4


@dataclass(frozen=True)
class Decision:
    """An answer that is never guessed.

    Attributes
    ----------
    answer : {"yes", "no", "undecided"}
        The answer.
    reason : str
        Why it is so.

    Examples
    --------
    >>> bool(Decision("yes", "the normal form is 0"))
    True
    >>> bool(Decision("undecided", "erf is known by its derivative alone"))
    Traceback (most recent call last):
        ...
    riemlearn.errors.ExactError: not decided, because erf is known by its derivative alone
    """

    answer: Literal["yes", "no", "undecided"]
    reason: str

    def __bool__(self) -> bool:
        if self.answer == "undecided":
            raise ExactError(f"not decided, because {self.reason}")
        return self.answer == "yes"


def decide(ring: Ring, element: Element, doubts: list[str]) -> Decision:
    """Whether an element vanishes: by its normal form, or by its value at random points with 50 digits."""
    if not element:
        return Decision("yes", "the normal form is 0")
    if not doubts:
        return Decision("no", "the normal form is not 0 and its generators are independent")
    for seed in range(_POINTS):
        ratio = _relative_size(ring, element, Random(seed))
        if ratio is not None and ratio > mpmath.mpf(10) ** (-_DIGITS // 2):
            return Decision("no", f"its value at a random point is not 0 ({_DIGITS} digits)")
    return Decision("undecided", "; ".join(doubts))


def _relative_size(ring: Ring, element: Element, random: Random) -> Any:
    """The value of the numerator at a random point beside the sum of the magnitudes of its terms; None if it fails."""
    with mpmath.workdps(_DIGITS):
        values = _values(ring, random)
        if values is None:
            return None
        terms = _terms(ring, element.numerator, values)
        for _, relation in ring.algebraic:
            parts = _terms(ring, relation, values)
            if abs(mpmath.fsum(parts)) > mpmath.mpf(10) ** (-_DIGITS + 10) * mpmath.fsum(map(abs, parts)):
                return None  # the values of algebraic functions do not belong together
        size = mpmath.fsum(map(abs, terms))
        return abs(mpmath.fsum(terms)) / size if size else None


def _terms(ring: Ring, p: Any, values: list[Any]) -> list[Any]:
    return [
        mpmath.mpf(c.numerator) / c.denominator * mpmath.fprod(values[i] ** e for i, e in enumerate(monomial) if e)
        for monomial, c in ring.polynomials.terms(p).items()
    ]


def _values(ring: Ring, random: Random) -> list[Any] | None:
    """Numbers for all generators: random for symbols and undefined functions, what they mean for the others."""
    meanings = [sp.S(g.meaning) for g in ring.generators]
    unknown = (sp.Symbol, sp.core.function.AppliedUndef, sp.Derivative, sp.Subs)
    chosen: dict[sp.Expr, sp.Expr] = {}
    for meaning in meanings:
        for part in sorted(meaning.free_symbols, key=str) if not isinstance(meaning, unknown) else [meaning]:
            number = _number(part, random)
            if number is None:
                return None
            chosen.setdefault(part, number)
    values = []
    for meaning in meanings:
        number = sp.N(meaning.xreplace(chosen), _DIGITS)
        if not number.is_number or not number.is_finite:
            return None
        values.append(mpmath.mpmathify(number))
    return values


def _number(part: sp.Expr, random: Random) -> sp.Expr | None:
    """A number that has the properties that are assumed of a symbol; None if none is found."""
    for _ in range(8):
        size = sp.Rational(random.randint(10**5, 3 * 10**5), 10**5 + random.randint(1, 99))
        sign = -1 if random.random() < 0.3 else 1
        for number in (sign * size, -sign * size, sp.Integer(sign * random.randint(1, 20)), sp.I * sign * size):
            if all(getattr(number, f"is_{name}") in (value, None) for name, value in part.assumptions0.items()):
                return number
    return None
