r"""A differential ring in which closed forms have one representation each, without ``simplify``.

Elements are fractions :math:`p / (f_1^{e_1} \cdots f_m^{e_m})`.  The numerator is a polynomial over the rational
numbers in *generators*, which are of two kinds.  Free ones are independent: coordinates, parameters, values and
derivatives of undefined functions, sines, exponentials.  An algebraic one :math:`a` obeys a monic relation
:math:`a^d = c_{d-1} a^{d-1} + \dots + c_0` with coefficients in the generators before it: roots, and the cosine, with
:math:`\cos^2 = 1 - \sin^2`; its powers stay below :math:`d`.

The denominator is a product of powers of known irreducible polynomials in the free generators.  A new one is only
learnt when something is divided by it, so that normalising is trial division by the polynomials that are there, and no
greatest common divisor is ever taken.  Curvature needs :math:`+ - \cdot`, derivatives, and :math:`1 / \det g`: all its
denominators are known once the determinant has been factored.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import zip_longest
from numbers import Rational
from operator import itemgetter
from typing import Any

from riemlearn.errors import ExactError
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.element import Element, Exponents, Generator, Raw
from riemlearn.symbolic.minors import Minors
from riemlearn.symbolic.polynomials import Polynomials, polynomials

# A polynomial of more terms is not factored but taken as one denominator as it is: zero is still recognised, but
# fractions are less reduced.
_FACTOR_TERMS = 20_000
# A product with so few terms in one factor is not worth a look at the limits.
_SMALL_TERMS = 100


class Ring:
    """A localised differential ring, which grows as generators and denominators are needed.

    Parameters
    ----------
    budget : Budget, optional
        Limits of time and memory.
    backend : {"flint", "sympy"}, optional
        What computes with polynomials; by default python-flint if it is installed.

    Examples
    --------
    >>> ring = Ring()
    >>> x = ring.free("x", lambda k: ring.one)
    >>> (1 / (x - 1) - 1 / (x + 1) - 2 / (x**2 - 1)) == 0
    True
    >>> (1 / x).along(0) == -(x**-2)
    True
    """

    def __init__(self, budget: Budget | None = None, backend: str | None = None):
        self.budget = budget or Budget()
        self.polynomials: Polynomials = polynomials((), backend)
        self.generators: list[Generator] = []  # in the order of the variables: algebraic ones, the last made first
        self.algebraic: list[tuple[int, Any]] = []  # degrees and relations of the first variables
        self.factors: list[Any] = []
        self.divided_by: set[str] = set()  # names of algebraic generators that stood in a denominator
        self._logarithmic: dict[tuple[int, int], Element] = {}
        self._powers: dict[tuple[int, int], Any] = {}
        self.zero, self.one = self.constant(0), self.constant(1)

    # -- growing --

    def free(self, meaning: Any, derivation: Callable[[int], Element]) -> Element:
        """A new free generator."""
        return self.frees([(meaning, derivation)])[0]

    def frees(self, new: Iterable[tuple[Any, Callable[[int], Element]]]) -> list[Element]:
        """New free generators, from what each means and its derivation."""
        count = len(self.generators)
        made = [Generator(f"x{count + i}", meaning, rule) for i, (meaning, rule) in enumerate(new)]
        self._grow([*self.generators, *made])
        return [self.variable(g) for g in made]

    def root(
        self, meaning: Any, coefficients: list[Element], derivation: Callable[[int], Element] | None = None
    ) -> Element:
        r"""A new algebraic generator :math:`a` with :math:`a^d = \sum_i c_i a^i`, by coefficients that are polynomials.

        The derivative follows from the relation unless it is given.
        """
        if any(any(c.exponents) for c in coefficients):
            raise ExactError("the coefficients of an algebraic relation must be polynomials")
        made = Generator(f"a{len(self.generators)}", meaning, lambda k: self.zero, len(coefficients), coefficients)
        made.derivation = derivation or (lambda k: self._implicit(made, k))
        self._grow([made, *self.generators])
        return self.variable(made)

    def variable(self, generator: Generator) -> Element:
        """A generator as an element."""
        position = self.polynomials.position[generator.name]
        return Element(self, self.polynomials.generators[position], ())

    def _grow(self, generators: list[Generator]) -> None:
        ring = self.polynomials.over([g.name for g in generators])
        factors = [ring.lift(f) for f in self.factors]
        algebraic = []
        for i, generator in enumerate(generators):
            if generator.degree:
                a = ring.generators[i]
                coefficients = (
                    c.numerator if ring.is_here(c.numerator) else ring.lift(c.numerator) for c in generator.coefficients
                )
                tail = (c * a**k for k, c in enumerate(coefficients))
                algebraic.append((generator.degree, a**generator.degree - sum(tail, start=ring.constant(0))))
        # all at once, so that an interrupt finds the ring as it was or as it will be
        self.generators, self.polynomials, self.factors, self.algebraic, self._powers = (
            generators,
            ring,
            factors,
            algebraic,
            {},
        )

    def _implicit(self, generator: Generator, k: int) -> Element:
        a, c, d = self.variable(generator), generator.coefficients, generator.degree
        if not any(c[1:]):  # a^d = c_0
            return c[0].along(k) * a / (d * c[0])
        above = sum((ci.along(k) * a**i for i, ci in enumerate(c)), start=self.zero)
        below = d * a ** (d - 1) - sum((i * ci * a ** (i - 1) for i, ci in enumerate(c) if i), start=self.zero)
        return above / below

    # -- elements --

    def constant(self, value: Fraction | int) -> Element:
        """A rational number."""
        return Element(self, self.polynomials.constant(value), ())

    def coerce(self, value: Any) -> Element:
        """An element of this ring, from one or from a rational number."""
        if isinstance(value, Element):
            if value.ring is not self:
                raise ExactError("the elements belong to different rings")
            return value
        if not isinstance(value, Rational):
            raise ExactError(f"the exact ring holds elements and rational numbers, got {value!r}")
        return self.constant(Fraction(value))

    def product(self, x: Element, y: Element) -> Element:
        """The product; what cancels is taken out before, where it is small."""
        if not x or not y:
            return self.zero
        (p, e), (q, f) = x.raw, y.raw
        if any(f):
            p, f = self._cancel(p, f)
        if any(e):
            q, e = self._cancel(q, e)
        exponents = tuple(map(sum, zip_longest(e, f, fillvalue=0)))
        above, reduced = self._reduce(self._times(p, q))
        return Element(self, *self._cancel(above, exponents)) if reduced else Element(self, above, exponents)

    def dot(self, pairs: Iterable[tuple[Element, ...]]) -> Element:
        """The sum of some products, normalised once."""
        # all of them first: what makes them may make the ring grow
        return self.total(map(self._multiplied, [factors for factors in list(pairs) if all(factors)]))

    def _multiplied(self, factors: tuple[Element, ...]) -> Raw:
        above, exponents = factors[0].raw
        for f in factors[1:]:
            above, _ = self._reduce(self._times(above, f.numerator))
            exponents = tuple(map(sum, zip_longest(exponents, f.exponents, fillvalue=0)))
        return above, exponents

    def total(self, raws: Iterable[Raw]) -> Element:
        """The sum of fractions, normalised once."""
        by_denominator: dict[Exponents, Any] = defaultdict(lambda: self.polynomials.constant(0))
        for above, exponents in raws:
            by_denominator[exponents] += above
            self.budget.check(len(by_denominator[exponents]), len(self.generators))
        if not by_denominator:
            return self.zero
        top = tuple(map(max, zip_longest(*by_denominator, fillvalue=0)))
        total = self.polynomials.constant(0)
        for exponents, above in by_denominator.items():
            for i, t in enumerate(top):
                missing = t - (exponents[i] if i < len(exponents) else 0)
                if missing:
                    above = self._times(above, self._power(i, missing))
            total += above
        self.budget.check(len(total), len(self.generators))
        return Element(self, *self._cancel(total, top))

    def derivative(self, x: Element, k: int) -> Element:
        r"""The derivative along the k-th coordinate, by :math:`(p/f^e)' = p'/f^e - \sum_i e_i (f_i'/f_i)\, p/f^e`."""
        if not x:
            return x
        pieces = [(slope, Element(self, d, x.exponents)) for slope, d in self._chain(x.numerator, k)]
        pieces += [(self._log_derivative(i, k), -e * x) for i, e in enumerate(x.exponents) if e]
        return self.dot(pieces)

    def inverse(self, x: Element) -> Element:
        """The reciprocal.

        Raises
        ------
        ExactError
            If the element is zero, or divides zero because the generators are not independent.
        """
        if not x:
            raise ExactError("division by an expression that is identically zero")
        p = x.numerator
        degrees = self.polynomials.degrees(p)
        position = next((i for i, _ in enumerate(self.algebraic) if degrees[i]), None)
        if position is not None:
            self.divided_by.add(self.generators[position].name)
            partner, norm = self._conjugate(p, position)
            if not norm:
                raise ExactError("division by an expression that vanishes on one of the branches that its roots have")
            return partner * Element(self, self.denominator(x.exponents), ()) / norm
        constant, exponents = self._split(p)
        above = self.denominator(x.exponents) * self.polynomials.constant(1 / constant)
        return Element(self, *self._cancel(above, exponents))

    def coefficients_of(self, p: Any, position: int) -> list[Any]:
        """The coefficients of a polynomial in the powers of one variable, lowest first."""
        ring, a = self.polynomials, self.polynomials.generators[position]
        found = []
        for degree in reversed(range(ring.degrees(p)[position] + 1)):
            c, factorial = p, 1
            for i in range(degree):
                self.budget.check(len(c), len(self.generators))
                c, factorial = ring.derivative(c, position), factorial * (i + 1)
            c = c * ring.constant(Fraction(1, factorial))
            found.append(c)
            p = p - c * a**degree
        return found[::-1]

    def factor(self, i: int) -> Element:
        """One of the polynomials that occur in denominators."""
        return Element(self, self.factors[i], ())

    def valuation(self, x: Element) -> tuple[Fraction, dict[int, int]]:
        """An element without algebraic generators as a constant and the exponents of irreducible polynomials."""
        constant, above = self._split(x.numerator)
        exponents = zip_longest(above, x.exponents, fillvalue=0)
        return constant, {i: e - f for i, (e, f) in enumerate(exponents) if e != f}

    def reduced(self, p: Any) -> Any:
        """A polynomial with the powers of algebraic generators below their degrees."""
        return self._reduce(p)[0]

    # -- parts --

    def _times(self, p: Any, q: Any) -> Any:
        (m, p), (n, q) = sorted(((len(p), p), (len(q), q)), key=itemgetter(0))
        if m <= _SMALL_TERMS:
            return p * q
        variables = len(self.generators)
        self.budget.check(n, variables, m * n)
        at_once = self.budget.products_at_once(variables)
        if m * n <= at_once:
            return p * q
        total = self.polynomials.constant(0)
        for piece in self.polynomials.pieces(q, max(1, at_once // m)):
            total += p * piece
            self.budget.check(len(total), variables)
        return total

    def _reduce(self, p: Any) -> tuple[Any, bool]:
        """The polynomial with the powers of algebraic generators below their degree, and whether that changed it."""
        if not self.algebraic or not p:
            return p, False
        changed = False
        degrees = self.polynomials.degrees(p)
        for i, (degree, relation) in enumerate(self.algebraic):
            if degrees[i] >= degree:
                p, changed = self.polynomials.remainder(p, relation), True
                if not p:
                    break
                degrees = self.polynomials.degrees(p)
        return p, changed

    def _cancel(self, p: Any, exponents: Exponents) -> Raw:
        """Divide numerator and denominator by what they share."""
        if not p:
            return p, ()
        left = list(exponents)
        for i, e in enumerate(exponents):
            while e:
                q = self.polynomials.quotient(p, self.factors[i])
                if q is None:
                    break
                p, e = q, e - 1
            left[i] = e
        while left and not left[-1]:
            left.pop()
        return p, tuple(left)

    def _power(self, i: int, exponent: int) -> Any:
        if (i, exponent) not in self._powers:
            self._powers[i, exponent] = self.factors[i] ** exponent
        return self._powers[i, exponent]

    def denominator(self, exponents: Exponents) -> Any:
        """The polynomial of some exponents of factors."""
        product = self.polynomials.constant(1)
        for i, e in enumerate(exponents):
            if e:
                product = product * self._power(i, e)
        return product

    def _split(self, p: Any) -> tuple[Fraction, Exponents]:
        """A polynomial in free generators as a constant times powers of factors; new ones are learnt."""
        exponents = []
        for f in self.factors:
            e = 0
            while (q := self.polynomials.quotient(p, f)) is not None:
                p, e = q, e + 1
            exponents.append(e)
        if len(p) > _FACTOR_TERMS:
            constant, found = Fraction(1), [(p, 1)]
        else:
            constant, found = self.polynomials.factor(p)
        self.factors += [f for f, _ in found]
        return constant, (*exponents, *(e for _, e in found))

    def _chain(self, p: Any, k: int) -> list[tuple[Element, Any]]:
        """By the chain rule the slopes of the generators along a coordinate, and the derivatives by them."""
        degrees = self.polynomials.degrees(p)
        present = [g for g, d in zip(self.generators, degrees, strict=True) if d]
        slopes = [(g, slope) for g in present if (slope := g.along(k))]  # may make the ring grow
        p = p if self.polynomials.is_here(p) else self.polynomials.lift(p)
        position = self.polynomials.position
        return [(slope, self.polynomials.derivative(p, position[g.name])) for g, slope in slopes]

    def _log_derivative(self, i: int, k: int) -> Element:
        if (i, k) not in self._logarithmic:
            pieces = [(slope, Element(self, d, ())) for slope, d in self._chain(self.factors[i], k)]
            above = self.dot(pieces)
            exponents = tuple(int(j == i) for j in range(i + 1))
            self._logarithmic[i, k] = self.product(above, Element(self, self.polynomials.constant(1), exponents))
        return self._logarithmic[i, k]

    def _conjugate(self, p: Any, position: int) -> tuple[Element, Element]:
        r"""For a polynomial in an algebraic generator an element whose product with it is free of the generator.

        That is the first column of the adjugate of the matrix of :math:`h \mapsto p h` on :math:`1, a, \dots, a^{d-1}`,
        and the determinant.
        """
        degree = self.algebraic[position][0]
        a = self.polynomials.generators[position]
        columns = []
        for i in range(degree):
            column = [Element(self, c, ()) for c in self.coefficients_of(self._reduce(p * a**i)[0], position)]
            columns.append(column + [self.zero] * (degree - len(column)))
        matrix = [[columns[j][i] for j in range(degree)] for i in range(degree)]
        minors = Minors(self, matrix)
        rest = tuple(range(1, degree))
        cofactors = [minors(rest, (*range(i), *range(i + 1, degree))) * (-1) ** i for i in range(degree)]
        partner = sum((c * Element(self, a**i, ()) for i, c in enumerate(cofactors)), start=self.zero)
        norm = self.dot((matrix[0][i], c) for i, c in enumerate(cofactors))
        return partner, norm
