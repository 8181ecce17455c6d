"""From ring elements to SymPy expressions, factored, in whichever of sine and cosine is shorter."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy as sp

from riemlearn.symbolic.element import Element
from riemlearn.symbolic.polynomials import FlintPolynomials
from riemlearn.symbolic.ring import Ring

Factors = list[tuple[Any, int]]


class Decoder:
    """The way out of a ring.

    Parameters
    ----------
    ring : Ring
        The ring; its generators mean SymPy expressions.
    """

    def __init__(self, ring: Ring):
        self.ring = ring
        # a longer numerator is not factored: that may take longer than everything before
        self._longest = 1000 if isinstance(ring.polynomials, FlintPolynomials) else 200

    def __call__(self, element: Element, expanded: bool = False) -> sp.Expr:
        """The expression of an element: a product of powers, or a sum of such."""
        if not element:
            return sp.Integer(0)
        sign, below = self._merged([(self.ring.factors[i], -e) for i, e in enumerate(element.exponents) if e])
        above = self._shortest(element.numerator)
        if expanded:
            denominator = self._product(sign, below)
            return sp.Add(*(term * denominator for term in sp.Add.make_args(self._polynomial(above))))
        if len(above) > self._longest:
            return self._product(sign, [(above, 1), *below])
        constant, factors = self.ring.polynomials.factor(above)
        return self._product(constant * sign, [*factors, *below])

    def _product(self, constant: Fraction, factors: Factors) -> sp.Expr:
        """A constant times powers of polynomials, with as few minus signs as there can be."""
        shortest = [(self._shortest(f), e) for f, e in factors]
        excess = [len(f) - 2 * sum(c < 0 for c in self.ring.polynomials.terms(f).values()) for f, _ in shortest]
        turned = {i for i, more in enumerate(excess) if more < 0}
        odd = [i for i, (_, e) in enumerate(shortest) if e % 2]
        constant *= (-1) ** len(turned.intersection(odd))
        if constant < 0 and (even := next((i for i in odd if not excess[i]), None)) is not None:
            turned.add(even)  # r - a and a - r are equally good: take the one that makes the constant positive
            constant = -constant
        powers = (sp.Pow(self._polynomial(-f if i in turned else f), e) for i, (f, e) in enumerate(shortest))
        return sp.Mul(sp.Rational(constant.numerator, constant.denominator), *powers)

    def _polynomial(self, p: Any) -> sp.Expr:
        """A polynomial as a sum of monomials in what the generators mean."""
        meanings = [g.meaning for g in self.ring.generators]
        terms = []
        for monomial, c in self.ring.polynomials.terms(p).items():
            powers = (meanings[i] if e == 1 else sp.Pow(meanings[i], e) for i, e in enumerate(monomial) if e)
            terms.append(sp.Mul(sp.Rational(c.numerator, c.denominator), *powers))
        return sp.Add(*terms)

    def _pairs(self, p: Any) -> Iterable[tuple[int, int]]:
        """Algebraic a and free b with a^2 = 1 - b^2 or the like, as far as squares of b occur in a polynomial."""
        degrees = self.ring.polynomials.degrees(p)
        for i, _ in enumerate(self.ring.algebraic):
            generator = self.ring.generators[i]
            if generator.degree != 2 or generator.coefficients[1]:
                continue
            square = generator.coefficients[0].numerator
            inner = self.ring.polynomials.degrees(square)
            occurring = [j for j, d in enumerate(inner) if d]
            if len(occurring) == 1 and inner[occurring[0]] == 2 and len(square) == 2 and degrees[occurring[0]] > 1:
                yield i, occurring[0]

    def _shortest(self, p: Any) -> Any:
        """The polynomial in squares of sines or of cosines, whichever is shorter."""
        p = min(p, self.ring.reduced(p), key=len)
        for i, j in self._pairs(p):
            names = self.ring.polynomials.names
            swapped = self.ring.polynomials.over([names[j], *names[:j], *names[j + 1 :]])
            relation = swapped.lift(self.ring.algebraic[i][1])
            other = self.ring.polynomials.lift(swapped.remainder(swapped.lift(p), relation))
            p = min(p, other, key=len)
        return p

    def _merged(self, factors: Factors) -> tuple[Fraction, Factors]:
        """Pairs such as (1 - sin)(1 + sin) as one square, and the sign that this takes out."""
        ring, left, sign, made = self.ring.polynomials, list(factors), 1, []
        for i, _ in enumerate(self.ring.algebraic):
            generator = self.ring.generators[i]
            square = generator.coefficients[0].numerator
            if generator.degree != 2 or generator.coefficients[1] or len(square) != 2:
                continue
            halves = [(k, q) for k, (f, _) in enumerate(left) if (q := ring.quotient(square, f)) is not None]
            if len(halves) == 2:
                (k, q), (l, _) = halves
                unit = ring.quotient(q, left[l][0])
                constant = ring.terms(unit).get((0,) * len(ring.names)) if unit is not None else None
                if constant in (1, -1):
                    e = max(left[k][1], left[l][1])  # both are negative
                    sign *= int(constant) ** (e % 2)
                    left[k], left[l] = (left[k][0], left[k][1] - e), (left[l][0], left[l][1] - e)
                    made.append((ring.generators[i] ** 2, e))
        return Fraction(sign), [(f, e) for f, e in (*left, *made) if e]
