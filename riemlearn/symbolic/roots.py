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
from riemlearn.symbolic.element import Element, Generator
from riemlearn.symbolic.linear import combination
from riemlearn.symbolic.ring import Ring

MAX_DEGREE = 100_000
"""Largest degree of a root: that of a power typed as the float 2/3 would be five thousand million million."""
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
        self._units: list[tuple[int, Element, Element]] = []  # degree, what they stand beside, root of unity
        self._made: list[tuple[int, Element, Element]] = []  # degree, radicand, root; independent
        self._principal: list[tuple[int, Element, Element]] = []  # degree, radicand, principal root

    def power(self, base: Element, exponent: Fraction, meaning: sp.Expr) -> Element:
        """A rational power; ``meaning`` is the base as it was written.

        Raises
        ------
        ExactError
            If zero is to be inverted, or the root is of too high a degree.
        """
        if exponent.denominator > MAX_DEGREE:
            raise ExactError(
                f"the power {exponent} of {meaning} is a root of degree {exponent.denominator}; the largest is "
                f"{MAX_DEGREE}; where it was typed as a float, such as 2/3, write sympy.Rational(2, 3)"
            )
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
                root = self._principal_root(root, prime, root_meaning)
                root_meaning = root_meaning ** sp.Rational(1, prime)
            result = result * root**share
        return result * base**t if t else result

    def square_root(self, b: Element, meaning: sp.Expr) -> Element:
        r""":math:`\sqrt b`, from what is known if it can be."""
        return self._principal_root(b, 2, meaning)

    def sign(self, u: Element, meaning: sp.Expr) -> Element:
        """The sign of a real element: a number if it is known, else generators with the square 1.

        There is one generator for each irreducible factor of odd exponent, so that signs multiply as they should.
        """
        if not u:
            return u
        known = self._positive(u)
        if known:
            return self.ring.constant(known)
        if not self._is_base(u):
            return self._unit(2, u, meaning)
        constant, exponents = self.ring.valuation(u)
        product = self.ring.constant(1 if constant > 0 else -1)
        for i, e in exponents.items():
            if e % 2:
                factor = self.ring.factor(i)
                sign = self._positive(factor)
                product = product * (sign or self._unit(2, factor, sp.sign(self._express(factor))))
        return product

    def valued(self, b: Element, degree: int, value: sp.Expr) -> Element:
        """An element for a value whose power of prime degree is ``b``, from what is known up to a root of unity."""
        found = self._known_root(b, degree)
        if found is None:
            return self._new_root(b, degree, value)
        if value.is_nonnegative and self._positive(found) > 0:
            return found
        return found * self._unit(degree, found, value / self._express(found))

    # -- branches --

    def _principal_root(self, b: Element, degree: int, meaning: sp.Expr) -> Element:
        """The principal root of prime degree."""
        for d, radicand, root in self._principal:
            if d == degree and radicand == b:
                return root
        value = sp.Pow(meaning, sp.Rational(1, degree))
        root = self._known_root(b, degree)
        if root is None:
            root = self._new_root(b, degree, value)
        else:
            sign, written = self._positive(root), self._express(root)
            if degree == 2 and (sign or written.is_real):
                if not sign:
                    self._note(f"sqrt({meaning}) is {written} up to a sign, which is kept")
                root = root * self.sign(root, sp.sign(written))
            elif not sign > 0 or root**degree != b:
                self._note(f"the root of {meaning} is {written} up to a root of unity, which is kept")
                root = root * self._unit(degree, root, value / written, b / root**degree)
        self._principal.append((degree, b, root))
        return root

    def _positive(self, u: Element) -> int:
        """1 or -1 if the assumptions about the symbols settle the sign, else 0."""
        expr = self._express(u)
        return 1 if expr.is_nonnegative else -1 if expr.is_nonpositive else 0

    def _unit(self, degree: int, u: Element, meaning: sp.Expr, power: Element | None = None) -> Element:
        """A generator for the root of unity, locally constant, that stands beside an element."""
        for d, known, generator in self._units:
            if d == degree and power is None:
                if known == u:
                    return generator
                if known == -u and degree == 2:
                    return -generator
        zero = self.ring.zero
        coefficients = [self.ring.one if power is None else power, *[zero] * (degree - 1)]
        generator = self.ring.root(meaning, coefficients, lambda k: zero)
        if not (degree == 2 and self._express(u).is_Symbol):
            self._doubt(f"{meaning} may be constant")
        if power is None:
            self._units.append((degree, u, generator))
        return generator

    # -- new roots --

    def _new_root(self, b: Element, degree: int, value: sp.Expr) -> Element:
        """A generator for a value, the root of an element, divided by all powers that can be taken out of it."""
        outside = self.ring.one
        if self._is_base(b):
            for factor, exponent in self.ring.valuation(b)[1].items():
                outside = outside * self.ring.factor(factor) ** (exponent // degree)
        else:
            for i, e in enumerate(b.exponents):
                outside = outside * self.ring.factor(i) ** (-e // degree)
        inside = b / outside**degree
        generator = self.ring.root(value / self._express(outside), [inside, *[self.ring.zero] * (degree - 1)])
        self._made.append((degree, b, generator * outside))
        return generator * outside

    def _known_root(self, b: Element, degree: int) -> Element | None:
        """Some root of b by what is there, for an odd degree of b or of -b."""
        if degree == 2:
            return self._exact_root(b, frozenset())
        made = [(radicand, root) for d, radicand, root in self._made if d == degree]
        if not self._is_base(b) or not all(self._is_base(radicand) for radicand, _ in made):
            for radicand, root in made:
                if radicand == b:
                    return root
            self._doubt(f"the root of {self._express(b)} may depend on others")
            return None
        coefficients = combination(
            [self._odd_valuation(radicand) for radicand, _ in made], self._odd_valuation(b), degree
        )
        if coefficients is None:
            return None
        known = self.ring.one
        for c, (radicand, root) in zip(coefficients, made, strict=True):
            b, known = b / radicand ** int(c), known * root ** int(c)
        for key, exponent in self._odd_valuation(b).items():
            part = self.ring.constant(key[1]) if isinstance(key, tuple) else self.ring.factor(key)
            known = known * part ** (exponent // degree)
        return known

    def _odd_valuation(self, b: Element) -> Valuation:
        """The valuation without the sign, which is no obstacle to an odd root."""
        return {key: e for key, e in self._valuation(b).items() if key != ("prime", -1)}

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
                if prime > 10**12 and not sp.isprime(prime):
                    self._doubt(f"{prime} is not a prime number, and has not been factored")
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
                if g.degree % 2 == 0 and g.coefficients[0] != 1:
                    self._doubt(f"{self._express(b)} may be a square by {g.meaning}")
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
