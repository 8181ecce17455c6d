r"""Sines, cosines and exponentials of any arguments as generators that are independent.

The arguments generate a lattice of integer combinations; each vector of a basis of it gets one pair of generators,
:math:`\sin u, \cos u` or :math:`\sinh u, \cosh u`, or one, :math:`e^u`.  All others follow by the addition theorems,
so that :math:`\sin 2x` and :math:`\sin x`, or :math:`e^{x+y}` and :math:`e^x`, are never taken for independent.  An
argument that is asked for later and is a fraction of an older one becomes an algebraic generator over it.

By Ax's theorem exponentials are independent when their arguments are, up to constants, linearly independent over the
rational numbers: J. Ax, *On Schanuel's conjectures*, Ann. of Math. 93 (1971), Theorem 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any, Literal

import sympy as sp

from riemlearn.symbolic.element import Element
from riemlearn.symbolic.linear import Vector, combination, lattice_basis
from riemlearn.symbolic.ring import Ring

Kind = Literal["circular", "hyperbolic", "exponential"]
Pair = tuple[Element, Element]
_FUNCTIONS = {"circular": (sp.sin, sp.cos), "hyperbolic": (sp.sinh, sp.cosh)}


@dataclass(eq=False)
class Phase:
    """The generators of one basis argument.

    Attributes
    ----------
    kind : {"circular", "hyperbolic", "exponential"}
        Which functions they are.
    argument : Element
        The argument.
    values : callable
        Sine and cosine of the argument, or their hyperbolic likes.
    fraction : callable, optional
        The same for the argument divided by a whole number, where it is known.
    """

    kind: Kind
    argument: Element
    values: Callable[[], Pair]
    fraction: Callable[[int], Pair] | None = None


class Phases:
    """All phases of a ring: circular ones, and the others, which share one lattice.

    Parameters
    ----------
    ring : Ring
        Where the generators are made.
    express : callable
        From an element to its SymPy expression, for what the generators mean.
    turned : frozenset of Expr
        Arguments for which not the function that is free by default is, but its partner.
    valued : callable
        An element for a value, from its power, the prime exponent, and the value.
    """

    def __init__(
        self,
        ring: Ring,
        express: Callable[[Element], sp.Expr],
        turned: frozenset[sp.Expr],
        valued: Callable[[Element, int, sp.Expr], Element],
    ):
        self.ring, self._express, self._turned, self._valued = ring, express, turned, valued
        self.circular: list[Phase] = []
        self.real: list[Phase] = []

    def sine_cosine(self, u: Element) -> tuple[Element, Element]:
        r""":math:`\sin u` and :math:`\cos u`."""
        return self._odd_even(self.circular, u, "circular")

    def hyperbolic(self, u: Element) -> tuple[Element, Element]:
        r""":math:`\sinh u` and :math:`\cosh u`."""
        return self._odd_even(self.real, u, "hyperbolic")

    def exponential(self, u: Element) -> Element:
        r""":math:`e^u`."""
        odd, even = self._odd_even(self.real, u, "exponential")
        return odd + even

    def prepare(self, kinds: Sequence[tuple[Kind, Element, bool]]) -> None:
        """Make generators for the lattice of some arguments.

        Parameters
        ----------
        kinds : sequence of (kind, argument, odd)
            What will be asked for; ``odd`` says that it is the sine rather than the cosine.
        """
        for real in (False, True):
            asked = [(kind, u, odd) for kind, u, odd in kinds if (kind != "circular") == real and u]
            known = self.real if real else self.circular
            new = [u for _, u, _ in asked if self._coordinates(known, u) is None]
            below, vectors = self._vectors(new)
            arguments = [self._element(v, below) for v in lattice_basis(vectors)]
            if known:  # one after the other: what is an old one plus another new one is recognised
                arguments = [
                    u for i, u in enumerate(arguments) if combination(*self._split(known, arguments[:i], u)) is None
                ]
            uses = [(kind, odd, self._coordinates_over(arguments, u)) for kind, u, odd in asked]
            for i, u in enumerate(arguments):
                mine = [(kind, odd) for kind, odd, c in uses if c is not None and c[i]]
                odd_is_free = 2 * sum(odd for _, odd in mine) >= len(mine)
                kind = "circular" if not real else max((kind for kind, _ in mine), default="exponential")
                self._make(known, kind, u, odd_is_free)

    def arguments_of(self, names: set[str]) -> frozenset[sp.Expr]:
        """Arguments of the functions that some generators of the ring stand for."""
        meanings = {g.meaning for g in self.ring.generators if g.name in names}
        return frozenset(m.args[0] for m in meanings if isinstance(m, sp.sin | sp.cos | sp.sinh | sp.cosh))

    # -- generators --

    def _make(self, known: list[Phase], kind: Kind, u: Element, odd_is_free: bool = True) -> Phase:
        """New generators for an argument that is independent of the known ones."""
        ring, argument = self.ring, self._express(u)
        if kind == "exponential":
            phase = self._exponential(u, _exp(argument))
        else:
            sign = -1 if kind == "circular" else 1  # even^2 = 1 + sign * odd^2
            odd, even = (f(argument) for f in _FUNCTIONS[kind])
            pair: list[Element] = []
            slopes = (lambda k: pair[1] * u.along(k), lambda k: sign * pair[0] * u.along(k))
            if odd_is_free != (argument in self._turned):
                first = ring.free(odd, slopes[0])
                pair += [first, ring.root(even, [1 + sign * first**2, ring.zero], slopes[1])]
            else:
                second = ring.free(even, slopes[1])
                pair += [ring.root(odd, [sign * (second**2 - 1), ring.zero], slopes[0]), second]
            phase = Phase(kind, u, lambda: (pair[0], pair[1]))
        known.append(phase)
        return phase

    def _exponential(self, u: Element, meaning: sp.Expr) -> Phase:
        made: list[Element] = []
        made.append(self.ring.free(meaning, lambda k: made[0] * u.along(k)))
        return self._of_exponential(u, made[0])

    def _of_exponential(self, u: Element, e: Element) -> Phase:
        return Phase("exponential", u, lambda: self.halves(e))

    def halves(self, e: Element) -> Pair:
        """Hyperbolic sine and cosine by the exponential."""
        half, inverse = Fraction(1, 2), 1 / e
        return (e - inverse) * half, (e + inverse) * half

    def _refine(self, known: list[Phase], i: int, m: int) -> None:
        """Put the phase of an argument divided by m, algebraic over the old one, in its place."""
        for prime, multiplicity in sp.factorint(m).items():
            for _ in range(multiplicity):
                known[i] = self._part(known[i], int(prime))

    def _part(self, phase: Phase, p: int) -> Phase:
        """The phase of an argument divided by a prime."""
        ring, u, (odd, even) = self.ring, phase.argument * Fraction(1, p), phase.values()
        argument = self._express(u)
        if phase.kind == "exponential":
            return self._of_exponential(u, self._valued(odd + even, p, _exp(argument)))
        meaning = _FUNCTIONS[phase.kind][1](argument)
        # T_p(cos u) = cos(p u) and sin(p u) = sin(u) U_{p-1}(cos u), and the same for hyperbolic functions
        if p == 2:
            root = self._valued((1 + even) * Fraction(1, 2), 2, meaning)
        else:
            leading = Fraction(1, 2 ** (p - 1))
            chebyshev = sp.Poly(sp.chebyshevt(p, sp.Dummy()))
            relation = [ring.constant(-Fraction(int(c)) * leading) for c in reversed(chebyshev.all_coeffs()[1:])]
            relation[0] = relation[0] + even * leading
            root = ring.root(meaning, relation)
        second_kind = sp.Poly(sp.chebyshevu(p - 1, sp.Dummy())).all_coeffs()
        quotient = sum((int(c) * root**i for i, c in enumerate(reversed(second_kind))), start=ring.zero)
        finer = (odd / quotient, root)
        return Phase(phase.kind, u, lambda: finer)

    def _odd_even(self, known: list[Phase], u: Element, kind: Kind) -> Pair:
        """Odd and even function of an argument by the addition theorems."""
        if not u:
            return self.ring.zero, self.ring.one
        coordinates = self._coordinates(known, u)
        if coordinates is None:
            self._make(known, kind, u)
            coordinates = self._coordinates(known, u)
        assert coordinates is not None
        sign = -1 if kind == "circular" else 1
        odd, even = self.ring.zero, self.ring.one
        for i, c in enumerate(coordinates):
            if c:
                rule = known[i].fraction
                if c.denominator > 1 and not rule:
                    self._refine(known, i, c.denominator)
                pair = rule(c.denominator) if rule else known[i].values()
                a, b = self._multiple(pair, known[i].kind, abs(c.numerator), sign)
                a = a if c > 0 else -a
                odd, even = odd * b + even * a, even * b + sign * (odd * a)
        return odd, even

    def _multiple(self, pair: Pair, kind: Kind, n: int, sign: int) -> Pair:
        """Odd and even function of n times the argument."""
        a, b = pair
        if kind == "exponential":
            return self.halves((a + b) ** n)
        # the binomial theorem for (b + i a)^n, or (b + a)^n
        terms = [comb(n, k) * sign ** (k // 2) * a**k * b ** (n - k) for k in range(n + 1)]
        return sum(terms[1::2], start=self.ring.zero), sum(terms[::2], start=self.ring.zero)

    # -- arguments as vectors --

    def _vectors(self, elements: Sequence[Element]) -> tuple[tuple[int, ...], list[Vector]]:
        """Elements over a common denominator as vectors of coefficients of monomials."""
        size = max((len(u.exponents) for u in elements), default=0)
        top = tuple(max((e for u in elements for e in u.exponents[i : i + 1]), default=0) for i in range(size))
        common = Element(self.ring, self.ring.denominator(top), ())
        return top, [self.ring.polynomials.terms((u * common).numerator) for u in elements]

    def _element(self, vector: Any, below: tuple[int, ...]) -> Element:
        above = Element(self.ring, self.ring.polynomials.from_terms(vector), ())
        return above / Element(self.ring, self.ring.denominator(below), ())

    def _split(self, known: list[Phase], others: Sequence[Element], u: Element) -> tuple[list[Vector], Vector]:
        _, vectors = self._vectors([*(p.argument for p in known), *others, u])
        return vectors[:-1], vectors[-1]

    def _coordinates(self, known: list[Phase], u: Element) -> list[Fraction] | None:
        return self._coordinates_over([p.argument for p in known], u)

    def _coordinates_over(self, arguments: Sequence[Element], u: Element) -> list[Fraction] | None:
        _, vectors = self._vectors([*arguments, u])
        return combination(vectors[:-1], vectors[-1])


def _exp(argument: sp.Expr) -> sp.Expr:
    """The exponential, with exp(n log b) written as a power."""
    factors = []
    for term in sp.Add.make_args(argument):
        logs = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.log)]
        factors.append(sp.Pow(logs[0].args[0], term / logs[0]) if len(logs) == 1 else sp.exp(term))
    return sp.Mul(*factors)
