r"""Logarithms and inverse functions, each with the phase that it is the argument of.

A logarithm is split at the irreducible factors of its argument, as far as their signs are known.  With
:math:`\log u` comes :math:`e^{\log u} = u`, with :math:`\arcsin u` come its sine and cosine, and so on: the lattice
of arguments then knows :math:`e^{y \log x + \log x} = x\, x^y` and :math:`\sin(2 \arctan x) = 2x/(1 + x^2)`.

Of logarithms independence is proved where their arguments are products of powers of different irreducible polynomials
(J. Ax, *On Schanuel's conjectures*, Ann. of Math. 93 (1971)).  Of the others it is not, nor of :math:`e` and
:math:`\pi`: that is said.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp

from riemlearn.errors import ExactError
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.linear import combination
from riemlearn.symbolic.phases import Pair, Phase, Phases
from riemlearn.symbolic.ring import Ring
from riemlearn.symbolic.roots import Roots, Valuation

_ODD_EVEN = {
    sp.asin: lambda u: (u, sp.sqrt(1 - u**2)),
    sp.atan: lambda u: (u / sp.sqrt(1 + u**2), 1 / sp.sqrt(1 + u**2)),
    sp.asinh: lambda u: (u, sp.sqrt(1 + u**2)),
    sp.acosh: lambda u: (sp.sqrt(u - 1) * sp.sqrt(u + 1), u),
    sp.atanh: lambda u: (u / sp.sqrt(1 - u**2), 1 / sp.sqrt(1 - u**2)),
}
INVERSES = tuple(_ODD_EVEN)
BY_OTHERS = {
    sp.acos: lambda u: sp.pi / 2 - sp.asin(u),
    sp.acot: lambda u: sp.atan(1 / u),
    sp.acoth: lambda u: sp.atanh(1 / u),
    sp.asec: lambda u: sp.pi / 2 - sp.asin(1 / u),
    sp.acsc: lambda u: sp.asin(1 / u),
    sp.asech: lambda u: sp.acosh(1 / u),
    sp.acsch: lambda u: sp.asinh(1 / u),
}


class Primitives:
    """Logarithms, inverse functions, and the number pi.

    Parameters
    ----------
    ring, phases, roots : Ring, Phases, Roots
        Where they are made.
    embed : callable
        From an expression to an element.
    express : callable
        From an element to its expression.
    doubt : callable
        Told of generators that could not be proved independent.
    """

    def __init__(
        self,
        ring: Ring,
        phases: Phases,
        roots: Roots,
        embed: Callable[[sp.Expr], Element],
        express: Callable[[Element], sp.Expr],
        doubt: Callable[[str], None],
    ):
        self.ring, self._phases, self._roots = ring, phases, roots
        self._embed, self._express, self._doubt = embed, express, doubt
        self._made: list[tuple[Any, Element, Element]] = []  # function, argument, element
        self._numbers: list[str] = []

    def number(self, kind: str) -> None:
        """Take down a transcendental number; of two kinds nobody knows whether they are independent."""
        if kind not in self._numbers:
            self._numbers.append(kind)
            if len(self._numbers) > 1:
                self._doubt(f"{self._numbers[0]} and {kind} are not known to be algebraically independent")

    def pi(self) -> Element:
        """The number pi, with the sines and cosines of its fractions."""
        ring = self.ring
        self.number("pi")
        pi = ring.free(sp.pi, lambda k: ring.zero)
        phase = Phase("circular", pi, lambda: (ring.zero, -ring.one), self._of_pi)
        self._phases.circular.append(phase)
        return pi

    def _of_pi(self, m: int) -> Pair:
        sine, cosine = (f(sp.pi / m).rewrite(sp.sqrt) for f in (sp.sin, sp.cos))
        if not sp.Add(sine, cosine).has(sp.sin, sp.cos):
            return self._embed(sine), self._embed(cosine)
        root = self._root_of_unity(m)  # cos(pi / 2m)
        odd, even = (sp.Poly(sp.chebyshevt(k, sp.Dummy())).all_coeffs()[::-1] for k in (m - 2, 2))
        values = [sum((int(c) * root**i for i, c in enumerate(p)), start=self.ring.zero) for p in (odd, even)]
        return values[0], values[1]

    def _root_of_unity(self, m: int) -> Element:
        angle = sp.pi / (2 * m)
        for function, argument, element in self._made:
            if function is sp.cos and argument == m:
                return element
        symbol = sp.Dummy()
        self._doubt(f"{sp.cos(angle)} is an algebraic number whose relations to others are not known")
        leading, *rest = sp.Poly(sp.minimal_polynomial(sp.cos(angle), symbol), symbol).all_coeffs()
        relation = [self.ring.constant(-Fraction(int(c), int(leading))) for c in reversed(rest)]
        root = self.ring.root(sp.cos(angle), relation)
        self._made.append((sp.cos, self.ring.constant(m), root))
        return root

    def logarithm(self, expr: Any) -> Element:
        """A logarithm as a sum of those of irreducible factors, or as a generator of its own."""
        wide = sp.expand_log(expr)
        if wide != expr:
            return self._embed(wide)
        u = self._embed(expr.args[0])
        if not u:
            raise ExactError(f"{expr} is the logarithm of an expression that is identically zero")
        if self._is_algebraic(u):
            return self._logarithm(u, expr)
        constant, exponents = self.ring.valuation(u)
        total, unknown = self.ring.zero, []
        for i, e in exponents.items():
            factor = self.ring.factor(i)
            written = self._express(factor)
            if written.is_positive or written.is_negative:
                sign = 1 if written.is_positive else -1
                constant *= sign ** (e % 2)
                total = total + self._logarithm(sign * factor, sp.log(sign * written)) * e
            else:
                unknown.append((factor, e))
        if len(unknown) > 1 or any(e != 1 for _, e in unknown):
            return self._logarithm(u, expr)
        if unknown:
            factor = unknown[0][0] * (1 if constant > 0 else -1)
            total = total + self._logarithm(factor, sp.log(self._express(factor)))
        elif constant < 0:
            total = total + self._embed(sp.I * sp.pi)
        return total + self._of_number(abs(constant))

    def _of_number(self, number: Fraction) -> Element:
        total = self.ring.zero
        for prime, e in sp.factorrat(sp.Rational(number.numerator, number.denominator), limit=10**6).items():
            if prime > 10**12 and not sp.isprime(prime):
                self._doubt(f"{prime} is not a prime number, and has not been factored")
            total = total + self._logarithm(self.ring.constant(int(prime)), sp.log(prime)) * int(e)
        return total

    def _logarithm(self, u: Element, meaning: sp.Expr) -> Element:
        for function, argument, element in self._made:
            if function is sp.log and argument == u:
                return element
        if self._is_number(u):
            self.number(str(meaning))
        self._doubt_logarithm(u, meaning)
        element = self.ring.free(meaning, lambda k: u.along(k) / u)
        self._made.append((sp.log, u, element))

        def part(m: int) -> Pair:
            return self._phases.halves(self._roots.power(u, Fraction(1, m), self._express(u)))

        self._phases.real.append(Phase("exponential", element, lambda: part(1), part))
        return element

    def _doubt_logarithm(self, u: Element, meaning: sp.Expr) -> None:
        """Logarithms are independent unless some product of powers of their arguments is an exponential."""
        others = [(function, v) for function, v, _ in self._made if function is not sp.cos]
        if any(function is not sp.log for function, _ in others):
            self._doubt(f"{meaning} may be a combination of inverse functions")
        elif any(map(self._is_algebraic, [u, *(v for _, v in others)])):
            self._doubt(f"{meaning} may be a combination of other logarithms")
        elif not self._is_number(u):
            known = [self._valuation(v) for _, v in others if not self._is_number(v)]
            if combination(known, self._valuation(u)) is not None:
                self._doubt(f"{meaning} may be a combination of other logarithms and a constant")

    def _valuation(self, u: Element) -> Valuation:
        """Exponents of irreducible factors that are no exponentials."""
        exponents = self.ring.valuation(u)[1]
        return {
            i: e
            for i, e in exponents.items()
            if not isinstance(written := self._express(self.ring.factor(i)), sp.exp)
            and not (written.is_Pow and not written.exp.is_number)
        }

    def inverse(self, expr: Any) -> Element:
        """An inverse function, with the functions that it inverts as a phase."""
        u = self._embed(expr.args[0])
        for function, argument, element in self._made:
            if function is expr.func and argument == u:
                return element
        if any(function is not sp.cos for function, _, _ in self._made) or expr.args[0].atoms(sp.Function):
            self._doubt(f"{expr} may be a combination of other inverse functions and logarithms")
        if not expr.free_symbols:
            self.number(str(expr))
        dummy = sp.Dummy()
        slope = expr.func(dummy).diff(dummy)

        def derivation(k: int) -> Element:
            return (du := u.along(k)) and du * self._embed(slope.xreplace({dummy: expr.args[0]}))

        element = self.ring.free(expr, derivation)
        self._made.append((expr.func, u, element))
        circular = expr.func in (sp.asin, sp.atan)
        values = _ODD_EVEN[expr.func](expr.args[0])
        phase = Phase(
            "circular" if circular else "hyperbolic", element, lambda: (self._embed(values[0]), self._embed(values[1]))
        )
        (self._phases.circular if circular else self._phases.real).append(phase)
        return element

    def _is_number(self, u: Element) -> bool:
        return not any(self.ring.polynomials.degrees(u.numerator)) and not any(u.exponents)

    def _is_algebraic(self, u: Element) -> bool:
        return any(self.ring.polynomials.degrees(u.numerator)[: len(self.ring.algebraic)])
