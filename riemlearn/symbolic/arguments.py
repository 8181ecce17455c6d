r"""Sines, hyperbolic functions and exponentials of complex arguments and of multiples of pi."""

from collections.abc import Callable

import sympy as sp

from riemlearn.symbolic.element import Element
from riemlearn.symbolic.phases import Pair, Phases
from riemlearn.symbolic.ring import Ring


class Arguments:
    """What takes arguments apart before :class:`Phases` brings them onto a lattice.

    Parameters
    ----------
    ring, phases : Ring, Phases
        Where generators are made.
    embed, express : callable
        From expressions to elements, and back.
    number, doubt : callable
        Told of transcendental numbers, and of what could not be proved.
    """

    def __init__(
        self,
        ring: Ring,
        phases: Phases,
        embed: Callable[[sp.Expr], Element],
        express: Callable[[Element], sp.Expr],
        number: Callable[[str], None],
        doubt: Callable[[str], None],
    ):
        self.ring, self._phases, self._embed, self._express = ring, phases, embed, express
        self._number, self._doubt = number, doubt

    def sine_cosine(self, argument: sp.Expr) -> Pair:
        """Sine and cosine; a rational multiple of pi in the argument is split off, for it gives algebraic numbers."""
        real, imaginary = self._parts(argument)
        shift = self.shift(real)
        odd, even = self._phases.sine_cosine(self._embed(real - shift))
        if shift:
            a, b = self._phases.sine_cosine(self._embed(shift))
            odd, even = odd * b + even * a, even * b - odd * a
        if imaginary:
            i, (a, b) = self._embed(sp.I), self._phases.hyperbolic(self._embed(imaginary))
            odd, even = odd * b + i * (even * a), even * b - i * (odd * a)
        return odd, even

    def hyperbolic(self, argument: sp.Expr) -> Pair:
        """Hyperbolic sine and cosine."""
        real, imaginary = self._parts(argument)
        odd, even = self._phases.hyperbolic(self._embed(real))
        if imaginary:
            i, (a, b) = self._embed(sp.I), self.sine_cosine(imaginary)
            odd, even = odd * b + i * (even * a), even * b + i * (odd * a)
        return odd, even

    def exponential(self, argument: sp.Expr) -> Element:
        """The exponential."""
        real, imaginary = self._parts(argument)
        product = self._phases.exponential(self._embed(real))
        if imaginary:
            odd, even = self.sine_cosine(imaginary)
            product = product * (even + self._embed(sp.I) * odd)
        return product

    def _parts(self, argument: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """What stands without and with the number I, all symbols being taken for real."""
        if not argument.free_symbols and not argument.is_zero:
            if not (argument / sp.pi / sp.I).is_rational and not (argument / sp.pi).is_rational:
                self._number("e" if argument.is_algebraic else f"exp({argument})")
        if not argument.has(sp.I):
            return argument, sp.Integer(0)
        u, i = self._embed(argument), self._embed(sp.I).numerator
        ring = self.ring.polynomials
        position = next((p for p, _ in enumerate(self.ring.algebraic) if ring.generators[p] == i), None)
        if position is None:
            self._doubt(f"{argument} may have an imaginary part")
            return argument, sp.Integer(0)
        below = 1 / Element(self.ring, self.ring.denominator(u.exponents), ())
        real, *rest = (Element(self.ring, p, ()) * below for p in self.ring.coefficients_of(u.numerator, position))
        return self._express(real), self._express(rest[0]) if rest else sp.Integer(0)

    def shift(self, argument: sp.Expr) -> sp.Expr:
        """The rational multiple of pi that is a term of an argument."""
        shift = sp.expand(argument).coeff(sp.pi, 1) if argument.has(sp.pi) else sp.Integer(0)
        return shift * sp.pi if shift.is_Rational else sp.Integer(0)
