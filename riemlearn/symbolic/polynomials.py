r"""Polynomials with rational coefficients in named variables, by python-flint or by SymPy.

Both kinds of polynomial have the operators ``+ - * **``; what else the exact ring needs stands here, said the same way
for both.  Monomials are ordered lexicographically, the first variable being the largest.
"""

import abc
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from heapq import heapify, heappop, heappush
from importlib import import_module
from itertools import islice
from operator import add, neg, sub
from typing import Any

from sympy import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from riemlearn.errors import check_choice

Monomial = tuple[int, ...]
BACKENDS = ("flint", "sympy")


class Polynomials(abc.ABC):
    """The ring of polynomials over the rational numbers in some variables; abstract.

    Parameters
    ----------
    names : sequence of str
        The variables.
    """

    generators: tuple[Any, ...]

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        self.position = {name: i for i, name in enumerate(self.names)}

    def over(self, names: Sequence[str]) -> "Polynomials":
        """The ring of the same kind in other variables."""
        return type(self)(names)

    @abc.abstractmethod
    def constant(self, value: Fraction | int) -> Any:
        """A rational number as a polynomial."""

    @abc.abstractmethod
    def is_here(self, p: Any) -> bool:
        """Whether a polynomial has just these variables."""

    @abc.abstractmethod
    def lift(self, p: Any) -> Any:
        """A polynomial in some of these variables as one in all of them."""

    @abc.abstractmethod
    def derivative(self, p: Any, i: int) -> Any:
        """The derivative by the i-th variable."""

    @abc.abstractmethod
    def quotient(self, p: Any, f: Any) -> Any | None:
        """The quotient if ``f`` divides ``p``, else None."""

    @abc.abstractmethod
    def remainder(self, p: Any, f: Any) -> Any:
        """The remainder of the division by a polynomial."""

    @abc.abstractmethod
    def factor(self, p: Any) -> tuple[Fraction, list[tuple[Any, int]]]:
        """A constant, and the irreducible factors with their exponents, each primitive over the integers."""

    @abc.abstractmethod
    def degrees(self, p: Any) -> tuple[Any, ...]:
        """The degree in each variable; nothing is said about the zero polynomial."""

    @abc.abstractmethod
    def terms(self, p: Any) -> dict[Monomial, Fraction]:
        """The coefficients by exponents."""

    @abc.abstractmethod
    def from_terms(self, terms: Mapping[Monomial, Fraction | int]) -> Any:
        """The polynomial of some coefficients."""

    def pieces(self, p: Any, terms: int) -> Iterator[Any]:
        """A polynomial as a sum of some with at most so many terms."""
        rest = iter(self.terms(p).items())
        while piece := dict(islice(rest, terms)):
            yield self.from_terms(piece)


class FlintPolynomials(Polynomials):
    """Polynomials of python-flint."""

    def __init__(self, names: Sequence[str]):
        import flint

        super().__init__(names)
        self._flint = flint
        self._context = flint.fmpq_mpoly_ctx.get(self.names, "lex")
        self.generators = tuple(self._context.gens())

    def constant(self, value: Fraction | int) -> Any:
        """A rational number as a polynomial."""
        return self._context.constant(self._flint.fmpq(value.numerator, value.denominator))

    def is_here(self, p: Any) -> bool:
        """Whether a polynomial has just these variables."""
        return p.context() is self._context

    def lift(self, p: Any) -> Any:
        """A polynomial in some of these variables as one in all of them."""
        return p.project_to_context(self._context)

    def derivative(self, p: Any, i: int) -> Any:
        """The derivative by the i-th variable."""
        return p.derivative(i)

    def quotient(self, p: Any, f: Any) -> Any | None:
        """The quotient if ``f`` divides ``p``, else None."""
        try:
            return p / f
        except self._flint.utils.flint_exceptions.DomainError:
            return None

    def remainder(self, p: Any, f: Any) -> Any:
        """The remainder of the division by a polynomial."""
        return divmod(p, f)[1]

    def factor(self, p: Any) -> tuple[Fraction, list[tuple[Any, int]]]:
        """A constant, and the irreducible factors with their exponents, each primitive over the integers."""
        constant, factors = p.factor()
        return _fraction(constant), [(f, int(exponent)) for f, exponent in factors]

    def degrees(self, p: Any) -> tuple[Any, ...]:
        """The degree in each variable; nothing is said about the zero polynomial."""
        return p.degrees()

    def terms(self, p: Any) -> dict[Monomial, Fraction]:
        """The coefficients by exponents."""
        return {tuple(map(int, m)): _fraction(c) for m, c in p.to_dict().items()}

    def from_terms(self, terms: Mapping[Monomial, Fraction | int]) -> Any:
        """The polynomial of some coefficients."""
        rational = self._flint.fmpq
        return self._context.from_dict({m: rational(c.numerator, c.denominator) for m, c in terms.items()})


class SympyPolynomials(Polynomials):
    """Polynomials of SymPy, for where python-flint is not installed."""

    def __init__(self, names: Sequence[str]):
        super().__init__(names)
        self._ring = PolyRing(self.names, QQ, lex)
        self.generators = tuple(self._ring.gens)

    def constant(self, value: Fraction | int) -> Any:
        """A rational number as a polynomial."""
        return self._ring.ground_new(QQ(value.numerator, value.denominator))

    def is_here(self, p: Any) -> bool:
        """Whether a polynomial has just these variables."""
        return p.ring is self._ring

    def lift(self, p: Any) -> Any:
        """A polynomial in some of these variables as one in all of them."""
        return p.set_ring(self._ring)

    def derivative(self, p: Any, i: int) -> Any:
        """The derivative by the i-th variable."""
        return p.diff(self.generators[i])

    def quotient(self, p: Any, f: Any) -> Any | None:
        """The quotient if ``f`` divides ``p``, else None."""
        # SymPy divides to the end even if the first terms already tell that the division fails, and looks through all
        # terms for every leading one
        if any(a < b for a, b in zip(p.degrees(), f.degrees(), strict=True)):
            return None
        leading, *tail = f.terms()
        rest, quotient = dict(p), {}
        heap = [tuple(map(neg, m)) for m in rest]
        heapify(heap)
        while heap:
            monomial = tuple(map(neg, heappop(heap)))
            coefficient = rest.pop(monomial) / leading[1]
            if not coefficient:
                continue
            factor = tuple(map(sub, monomial, leading[0]))
            if any(e < 0 for e in factor):
                return None
            quotient[factor] = coefficient
            for m, c in tail:
                lower = tuple(map(add, factor, m))
                if lower not in rest:
                    heappush(heap, tuple(map(neg, lower)))
                rest[lower] = rest.get(lower, 0) - coefficient * c
        return self._ring.from_dict(quotient)

    def remainder(self, p: Any, f: Any) -> Any:
        """The remainder of the division by a polynomial."""
        return p.rem([f])

    def factor(self, p: Any) -> tuple[Fraction, list[tuple[Any, int]]]:
        """A constant, and the irreducible factors with their exponents, each primitive over the integers."""
        if p.is_ground:  # SymPy does not factor where there are no variables
            return _fraction(p.coeff(1)), []
        constant, factors = p.factor_list()
        return _fraction(constant), factors

    def degrees(self, p: Any) -> tuple[Any, ...]:
        """The degree in each variable; nothing is said about the zero polynomial."""
        return p.degrees()

    def terms(self, p: Any) -> dict[Monomial, Fraction]:
        """The coefficients by exponents."""
        return {m: _fraction(c) for m, c in p.terms()}

    def from_terms(self, terms: Mapping[Monomial, Fraction | int]) -> Any:
        """The polynomial of some coefficients."""
        return self._ring.from_dict({m: QQ(c.numerator, c.denominator) for m, c in terms.items()})


def polynomials(names: Sequence[str] = (), backend: str | None = None) -> Polynomials:
    """The ring of polynomials in some variables, by default with python-flint if it is installed.

    Raises
    ------
    ShapeError
        If there is no such backend.

    Examples
    --------
    >>> ring = polynomials(("x", "y"))
    >>> x, y = ring.generators
    >>> ring.quotient(x**2 - y**2, x + y) == x - y, ring.quotient(x**2, x + y)
    (True, None)
    """
    backend = backend or ("flint" if _has_flint() else "sympy")
    kind = {"flint": FlintPolynomials, "sympy": SympyPolynomials}[check_choice("backend", backend, BACKENDS)]
    return kind(names)


def _fraction(number: Any) -> Fraction:
    """A rational number of either library."""
    return Fraction(int(number.numerator), int(number.denominator))


@cache
def _has_flint() -> bool:
    """Whether python-flint is installed and can be loaded."""
    try:
        import_module("flint")
    except ImportError:
        return False
    return True
