r"""Roots of ring elements as algebraic generators, which are proved independent or said not to be.

A square root is only made where the radicand is no square in the ring: in a tower of quadratic extensions that is
decided by descent.  :math:`b_0 + b_1 a` with :math:`a^2 = q` is a square exactly if its norm
:math:`b_0^2 - b_1^2 q` is a square :math:`n^2` below and one of :math:`(b_0 \pm n)/2` is one; for :math:`b_1 = 0`, if
:math:`b_0` or :math:`b_0/q` is.  At the bottom a fraction of polynomials is a square if all exponents of its
factorisation are even, up to products of the radicands that are known (Kummer theory: S. Lang, *Algebra*, VI.8).
This also denests what can be denested.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp

from riemlearn.errors import ExactError
from riemlearn.symbolic.linear import combination
from riemlearn.symbolic.ring import Element, Generator, Ring

Valuation = dict[Any, int]  # exponents of a fraction: of factors by their number, of ("prime", p), p = -1 included


class Roots:
    """All roots and signs of a ring.

    Parameters
    ----------
    ring : Ring
        Where the generators are made.
    express : callable
        From an element to its SymPy expression.
    note, doubt : callable
        Told of a choice of branch, and of generators that could not be proved independent.
    """

    def __init__(
        self,
        ring: Ring,
        express: Callable[[Element], sp.Expr],
        note: Callable[[str], None],
        doubt: Callable[[str], None],
    ):
        self.ring, self._express, self._note, self._doubt = ring, express, note, doubt
        self._signs: list[tuple[Element, Element]] = []
        self._made: list[tuple[int, Element, Element]] = []  # degree, radicand, root

    def power(self, base: Element, exponent: Fraction, meaning: sp.Expr) -> Element:
        """A rational power; ``meaning`` is the base as it was written."""
        if not base:
            if exponent < 0:
                raise ExactError("division by an expression that is identically zero")
            return base
        p, q = exponent.numerator, exponent.denominator
        two = q & -q  # b^(p/q) = b^(s/two) b^(t/odd), exact for principal powers
        odd = q // two
        t = p * pow(two, -1, odd) % odd if odd > 1 else 0
        s = (p - t * two) // odd
        result, root, root_meaning = base ** (s // two), base, meaning
        s %= two  # below, s/two is left
        while s:
            root, root_meaning, two = self.square_root(root, root_meaning), sp.sqrt(root_meaning), two // 2
            if s >= two:
                result, s = result * root, s - two
        root, root_meaning = base, meaning
        for prime, multiplicity in sp.factorint(odd).items():
            part = prime**multiplicity
            rest = odd // part
            share = t * pow(rest, -1, part) % part
            t, odd = (t - share * rest) // part, rest
            root, root_meaning = base, meaning
            for _ in range(multiplicity):
                root, root_meaning = self._odd_root(root, prime, root_meaning), root_meaning ** sp.Rational(1, prime)
            result = result * root**share
        return result * base**t if t else result

    def square_root(self, b: Element, meaning: sp.Expr) -> Element:
        r""":math:`\sqrt b`, from what is known if it can be."""
        found = self._exact_root(b, frozenset())
        if found is None:
            return self._new_root(b, 2, meaning)
        sign = self._positive(found)
        if sign:
            return found if sign > 0 else -found
        self._note(f"sqrt({meaning}) is {self._express(found)} up to a sign, which is kept")
        return found * self._sign_generator(found, sp.sqrt(meaning) / self._express(found))

    def sign(self, u: Element, meaning: sp.Expr) -> Element:
        """A generator with the square 1 for the sign of a real element, or a number if it is known."""
        known = self._positive(u)
        return self.ring.constant(known) if known else self._sign_generator(u, meaning)

    # -- signs --

    def _positive(self, u: Element) -> int:
        """1 or -1 if the assumptions about the symbols settle the sign, else 0."""
        expr = self._express(u)
        return 1 if expr.is_nonnegative else -1 if expr.is_nonpositive else 0

    def _sign_generator(self, u: Element, meaning: sp.Expr) -> Element:
        for known, generator in self._signs:
            if known == u:
                return generator
            if known == -u:
                return -generator
        zero = self.ring.zero
        generator = self.ring.root(meaning, [self.ring.one, zero], lambda k: zero)
        self._signs.append((u, generator))
        return generator

    # -- new roots --

    def _new_root(self, b: Element, degree: int, meaning: sp.Expr) -> Element:
        """A generator for the root, divided by all powers that can be taken out of it."""
        outside = self.ring.one
        if self._is_base(b):
            for factor, exponent in self.ring.valuation(b)[1].items():
                outside = outside * self.ring.factor(factor) ** (exponent // degree)
        else:
            for i, e in enumerate(b.exponents):
                outside = outside * self.ring.factor(i) ** (-e // degree)
        inside = b / outside**degree
        root = sp.Pow(meaning, sp.Rational(1, degree))
        generator = self.ring.root(root / self._express(outside), [inside, *[self.ring.zero] * (degree - 1)])
        self._made.append((degree, b, generator * outside))
        return generator * outside

    def _odd_root(self, b: Element, degree: int, meaning: sp.Expr) -> Element:
        made = [(radicand, root) for d, radicand, root in self._made if d == degree]
        if not self._is_base(b) or not all(self._is_base(radicand) for radicand, _ in made):
            for radicand, root in made:
                if radicand == b:
                    return root
            self._doubt(f"the root of {meaning} may depend on others")
            return self._new_root(b, degree, meaning)
        coefficients = combination([self._valuation(radicand) for radicand, _ in made], self._valuation(b), degree)
        if coefficients is None:
            return self._new_root(b, degree, meaning)
        known = self.ring.one
        for c, (radicand, root) in zip(coefficients, made, strict=True):
            b, known = b / radicand ** int(c), known * root ** int(c)
        for key, exponent in self._valuation(b).items():
            part = self.ring.constant(key[1]) if isinstance(key, tuple) else self.ring.factor(key)
            known = known * part ** (exponent // degree)
        if not self._positive(known):
            self._note(f"the real branch of the root of {meaning} is taken")
        return known

    # -- squares --

    def _is_base(self, b: Element) -> bool:
        """Whether no algebraic generator occurs."""
        degrees = self.ring.polynomials.degrees(b.numerator)
        return not any(degrees[: len(self.ring.algebraic)])

    def _valuation(self, b: Element) -> Valuation:
        constant, exponents = self.ring.valuation(b)
        found: Valuation = {i: e for i, e in exponents.items() if e}
        if constant < 0:
            found["prime", -1] = 1
        for number, sign in ((constant.numerator, 1), (constant.denominator, -1)):
            for prime, e in sp.factorint(abs(number), limit=10**6).items():
                found["prime", int(prime)] = sign * int(e)
        return found

    def _exact_root(self, b: Element, without: frozenset[str]) -> Element | None:
        """A square root of an element by what is there except for some generators, or None if there is none."""
        if not b:
            return b
        generators = [g for g in self.ring.generators if g.degree and g.name not in without]
        position = self.ring.polynomials.position
        degrees = self.ring.polynomials.degrees(b.numerator)
        for g in generators:
            inside = bool(degrees[position[g.name]])
            if not inside and (g.degree != 2 or self._is_base(g.coefficients[0])):
                continue
            if g.degree != 2 or g.coefficients[1] or g.coefficients[0] == 1:
                if inside:
                    self._doubt(f"{self._express(b)} may be a square, for it holds {g.meaning}")
                    return None
                continue
            return self._root_over(g, b, without | {g.name})
        return self._base_root(b, [g for g in generators if g.degree == 2 and not g.coefficients[1]])

    def _root_over(self, g: Generator, b: Element, without: frozenset[str]) -> Element | None:
        """The square root of b_0 + b_1 a, with a^2 = q."""
        a, q = self.ring.variable(g), g.coefficients[0]
        lower = self.ring.coefficients_of(b.numerator, self.ring.polynomials.position[g.name])
        below = Element(self.ring, self.ring.denominator(b.exponents), ())
        b0, b1 = (Element(self.ring, c, ()) / below for c in (*lower, *[self.ring.zero.numerator] * (2 - len(lower))))
        if not b1:
            root = self._exact_root(b0, without)
            if root is None and (other := self._exact_root(b0 / q, without)) is not None:
                root = other * a
            return root
        n = self._exact_root(b0**2 - b1**2 * q, without)
        if n is None:
            return None
        for square in ((b0 + n) * Fraction(1, 2), (b0 - n) * Fraction(1, 2)):
            if square and (u := self._exact_root(square, without)) is not None:
                return u + b1 / (2 * u) * a
        return None

    def _base_root(self, b: Element, generators: list[Generator]) -> Element | None:
        """The square root of an element without algebraic generators, by square roots of such elements."""
        known = [g for g in generators if self._is_base(g.coefficients[0]) and g.coefficients[0] != 1]
        squares = [self._valuation(g.coefficients[0]) for g in known]
        coefficients = combination(squares, self._valuation(b), 2)
        if coefficients is None:
            return None
        root = self.ring.one
        for c, g in zip(coefficients, known, strict=True):
            if c:
                b, root = b / g.coefficients[0], root * self.ring.variable(g)
        constant, exponents = self.ring.valuation(b)
        for factor, e in exponents.items():
            root = root * self.ring.factor(factor) ** (e // 2)
        above, below = sp.integer_nthroot(constant.numerator, 2)[0], sp.integer_nthroot(constant.denominator, 2)[0]
        return root * Fraction(int(above), int(below))
