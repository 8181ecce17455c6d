r"""From SymPy expressions to elements of the exact ring, and back.

What the ring understands is algebraic or obeys a differential equation that it knows: powers, roots, trigonometric and
hyperbolic functions, exponentials, logarithms and their inverses, undefined functions.  Any other function is a
generator known by its derivative alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from numbers import Rational
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from riemlearn.errors import SymbolError
from riemlearn.symbolic.algebraic import dependent_variable
from riemlearn.symbolic.arguments import Arguments
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.decode import Decoder
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.functions import Functions
from riemlearn.symbolic.phases import Kind, Phases
from riemlearn.symbolic.primitives import BY_OTHERS, INVERSES, Primitives
from riemlearn.symbolic.ring import Ring
from riemlearn.symbolic.roots import Roots
from riemlearn.symbolic.zero import Decision, decide

_CIRCULAR = (sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc)
_HYPERBOLIC = (sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch)
# in that order: what they are of sine and cosine, and which of them would have the sine as the free one
_PARTS = (
    (lambda s, c: s, True),
    (lambda s, c: c, False),
    (lambda s, c: s / c, False),
    (lambda s, c: c / s, True),
    (lambda s, c: 1 / c, False),
    (lambda s, c: 1 / s, True),
)
_OF_ODD_EVEN = {f: part for family in (_CIRCULAR, _HYPERBOLIC) for f, part in zip(family, _PARTS, strict=True)}
_PHASES = (*_CIRCULAR, *_HYPERBOLIC, sp.exp)


@contextmanager
def not_too_deep() -> Iterator[None]:
    """Say in our own words that SymPy, which is recursive, cannot walk through an expression.

    Raises
    ------
    SymbolError
        In the place of a RecursionError.
    """
    try:
        yield
    except RecursionError:
        raise SymbolError("an expression is nested too deeply; give names to its parts") from None


class Embedding:
    """An exact ring that holds some expressions, with the way in and out.

    Parameters
    ----------
    coordinates : tuple of Symbol
        What is differentiated by; all other symbols are constant parameters.
    expressions : iterable of Expr
        What will be put in first: the arguments of all their functions are brought onto one lattice.
    algebraic : mapping, optional
        Algebraic functions of the coordinates: from a symbol to the polynomial that vanishes, or to the pair of that
        and an expression for its value.
    budget : Budget, optional
        Limits of time and memory.
    backend : {"flint", "sympy"}, optional
        What computes with polynomials; by default python-flint if it is installed.
    turned : frozenset of Expr
        What :meth:`in_denominators` says of an earlier embedding of the same expressions.

    Attributes
    ----------
    ring : Ring
        The ring.
    notes : list of str
        What was done on the way in that a reader should know: floats made rational, branches of roots taken.
    doubts : list of str
        Why elements that are not zero in the ring might be zero as functions; empty if they cannot.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> embedding = Embedding((x,))
    >>> embedding(sp.sin(2 * x) / sp.cos(x) - 2 * sp.sin(x)) == 0
    True
    >>> embedding.expr(embedding(sp.tan(x)).along(0))
    cos(x)**(-2)
    """

    def __init__(
        self,
        coordinates: tuple[sp.Symbol, ...],
        expressions: Iterable[Any] = (),
        algebraic: Mapping[sp.Symbol, Any] | None = None,
        budget: Budget | None = None,
        backend: str | None = None,
        turned: frozenset[sp.Expr] = frozenset(),
    ):
        self.coordinates = coordinates
        self.ring = Ring(budget, backend)
        self.notes: list[str] = []
        self.doubts: list[str] = []
        self._decoder = Decoder(self.ring)
        self._known: dict[sp.Expr, Element] = {}
        self._roots = Roots(self.ring, self.expr, self._note, self._doubt)
        self._phases = Phases(self.ring, self.expr, turned, self._roots.valued)
        self._primitives = Primitives(self.ring, self._phases, self._roots, self, self.expr, self._doubt)
        self._arguments = Arguments(self.ring, self._phases, self, self.expr, self._primitives.number, self._doubt)
        self._functions = Functions(self.ring, len(coordinates))
        for symbol, relation in (algebraic or {}).items():
            self._algebraic(symbol, relation[0] if isinstance(relation, tuple) else relation)
        with not_too_deep():
            self._prepare(expressions)

    def __call__(self, expr: Any) -> Element:
        """An expression as an element of the ring."""
        expr = _expression(expr)
        with not_too_deep():
            if expr not in self._known:
                with self.ring.budget.running():
                    self._known[expr] = self._embed(expr)
            return self._known[expr]

    def expr(self, element: Element, expanded: bool = False) -> sp.Expr:
        """An element as an expression, factored or expanded."""
        return self._decoder(element, expanded)

    def is_zero(self, element: Element) -> Decision:
        """Whether an element vanishes identically: yes, no, or not decided."""
        return decide(self.ring, element, self.doubts)

    def in_denominators(self, divisor: Element) -> frozenset[sp.Expr]:
        """Arguments of sines and cosines of which the one that is algebraic stands in denominators.

        A free generator is better there: 1/(2 + cos x) stays as it is if the cosine is free, but becomes
        (2 - cos x)/(3 + sin(x)^2) if the sine is.

        Parameters
        ----------
        divisor : Element
            Something else that will be divided by, such as a determinant.
        """
        degrees = self.ring.polynomials.degrees(divisor.numerator) if divisor else ()
        hidden = {g.name for g, d in zip(self.ring.generators, degrees, strict=False) if g.degree and d}
        return self._phases.arguments_of(hidden | self.ring.divided_by)

    # -- the way in --

    def _embed(self, expr: Any) -> Element:
        if expr.is_Symbol:
            return self._symbol(expr)
        if expr.is_Rational:
            return self.ring.constant(Fraction(int(expr.p), int(expr.q)))
        if expr.is_Float:
            return self._float(expr)
        if expr.is_Add:
            elements = [self(a) for a in expr.args]  # all of them first: each may make the ring grow
            return self.ring.total([e.raw for e in elements])
        if expr.is_Mul:
            product = self.ring.one
            for a in expr.args:
                product = product * self(a)
            return product
        if expr is sp.E:
            return self._arguments.exponential(sp.Integer(1))
        if expr is sp.I:
            return self._roots.square_root(self.ring.constant(-1), sp.Integer(-1))
        if isinstance(expr, sp.exp):
            return self._arguments.exponential(expr.args[0])
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        if expr.func in _CIRCULAR:
            return _OF_ODD_EVEN[expr.func][0](*self._arguments.sine_cosine(expr.args[0]))
        if expr.func in _HYPERBOLIC:
            return _OF_ODD_EVEN[expr.func][0](*self._arguments.hyperbolic(expr.args[0]))
        if isinstance(expr, sp.log):
            return self._primitives.logarithm(expr)
        if isinstance(expr, INVERSES):
            return self._primitives.inverse(expr)
        if expr.func in BY_OTHERS:
            return self(BY_OTHERS[expr.func](expr.args[0]))
        if isinstance(expr, sp.DiracDelta):
            self._note(f"{expr} is 0 within one branch")
            return self.ring.zero
        if expr is sp.pi:
            return self._primitives.pi()
        if isinstance(expr, sp.Abs | sp.sign):
            if expr.args[0].is_extended_real is None:
                self._note(f"{expr.args[0]} is taken to be real")
            u = self(expr.args[0])
            sign = self._roots.sign(u, sp.sign(expr.args[0]))
            return sign * u if isinstance(expr, sp.Abs) else sign
        if isinstance(expr, AppliedUndef):
            return self._functions.jet(expr.func, [self(a) for a in expr.args], expr.args, (0,) * len(expr.args))
        if isinstance(expr, sp.Derivative):
            return self._derivative(expr)
        if isinstance(expr, sp.Subs):
            return self._substituted(expr)
        if not isinstance(expr, sp.Expr) or not expr.is_commutative or isinstance(expr, sp.Order):
            raise SymbolError(f"{expr} is no expression that has a value")
        if expr.has(sp.nan, sp.oo, sp.zoo):
            if not isinstance(expr, sp.Integral | sp.Sum) or expr.has(sp.nan, sp.zoo):
                raise SymbolError(f"{expr} is no expression that has a value")
        return self._opaque(expr)

    def _symbol(self, symbol: sp.Symbol) -> Element:
        if not symbol.is_commutative:
            raise SymbolError(f"{symbol} does not commute; the exact ring is commutative")
        if symbol.is_integer or symbol.is_real is False:
            self._doubt(f"{symbol} is not any real number")
        k = self.coordinates.index(symbol) if symbol in self.coordinates else None
        one, zero = self.ring.one, self.ring.zero
        return self.ring.free(symbol, lambda j: one if j == k else zero)

    def _float(self, number: sp.Float) -> Element:
        exact = _decimal(number)
        self._note(f"{float(number)!r} is taken as {exact}")
        return self.ring.constant(exact)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> Element:
        if exponent.is_Integer:
            return self(base) ** int(exponent)
        if exponent.is_Float:
            self._note(f"{float(exponent)!r} is taken as {_decimal(exponent)}")
            return self._power(base, sp.Rational(_decimal(exponent)))
        if exponent.is_Rational and base == -1:
            odd, even = self._arguments.sine_cosine(exponent * sp.pi)
            return even + self(sp.I) * odd
        if exponent.is_Rational:
            return self._roots.power(self(base), Fraction(int(exponent.p), int(exponent.q)), base)
        number, rest = exponent.as_coeff_Add()
        if number and number.is_Rational:
            return self._power(base, number) * self._power(base, rest)
        return self._arguments.exponential(exponent * sp.log(base))

    def _derivative(self, expr: Any) -> Element:
        inner: Any = expr.expr
        if not all(count.is_Integer for _, count in expr.variable_count):
            raise SymbolError(f"{expr} is a derivative of an order that is no number")
        if isinstance(inner, AppliedUndef):
            order = [0] * len(inner.args)
            for variable, count in expr.variable_count:
                slots = [i for i, a in enumerate(inner.args) if a.has(variable)]
                if len(slots) != 1 or inner.args[slots[0]] != variable:
                    break
                order[slots[0]] += int(count)
            else:
                return self._functions.jet(inner.func, [self(a) for a in inner.args], inner.args, tuple(order))
        element = self(inner)
        for variable, count in expr.variable_count:
            if variable not in self.coordinates:
                done = expr.doit()
                if done == expr:
                    raise SymbolError(f"{expr} is differentiated by {variable}, which is no coordinate")
                return self(done)
            for _ in range(int(count)):
                element = element.along(self.coordinates.index(variable))
        return element

    def _substituted(self, expr: Any) -> Element:
        """A derivative of an undefined function at other arguments, as the chain rule of SymPy writes it."""
        inner: Any = expr.expr
        slots = dict(zip(expr.variables, expr.point, strict=True))
        if isinstance(inner, sp.Derivative) and isinstance(inner.expr, AppliedUndef):
            function: Any = inner.expr
            counts: Any = inner.variable_count
            order = [0] * len(function.args)
            for variable, count in counts:
                if variable in slots and sum(a.has(variable) for a in function.args) == 1 and variable in function.args:
                    order[function.args.index(variable)] += int(count)
            if sum(order) == sum(int(count) for _, count in counts):
                written = tuple(a.xreplace(slots) for a in function.args)
                return self._functions.jet(function.func, [self(a) for a in written], written, tuple(order))
        done = expr.doit()
        if done == expr:
            raise SymbolError(f"{expr} is a substitution that cannot be carried out")
        return self(done)

    def _opaque(self, expr: sp.Expr) -> Element:
        """A function that is known by its derivative: within one branch, where it is piecewise."""
        arguments = [self(a) for a in expr.args if isinstance(a, sp.Expr)]
        whole = len(arguments) == len(expr.args)
        self._doubt(f"{expr.func if expr.args else expr} is known by its derivative alone")
        if expr.has(sp.Piecewise, sp.Max, sp.Min, sp.Heaviside):
            self._note(f"{expr.func} is exact within one branch")

        def slope(k: int) -> Element:
            pieces = []
            for symbol in sorted(expr.free_symbols, key=str):
                if du := self(symbol).along(k):
                    derivative = sp.diff(expr, symbol)
                    if derivative.has(sp.Derivative(expr, symbol)):
                        raise SymbolError(f"the derivative of {expr} by {symbol} is not known")
                    pieces.append((self(derivative), du))
            return self.ring.dot(pieces)

        return self._functions.opaque(expr.func if whole and arguments else expr, arguments, expr, slope)

    def _algebraic(self, symbol: Any, relation: Any) -> None:
        """An algebraic function; the variable of the lowest degree in its polynomial becomes the dependent one."""
        dependent, rows = self._relation(symbol, relation)
        slopes: dict[int, Element] = {}

        def slope(k: int) -> Element:  # by the implicit function theorem
            if k not in slopes:
                others = sorted(relation.free_symbols - {symbol}, key=str)
                above = self.ring.dot((self(sp.diff(relation, v)), self(v).along(k)) for v in others if v != dependent)
                if dependent != symbol and dependent == self.coordinates[k]:
                    above = above + self(sp.diff(relation, dependent))
                slopes[k] = -above / self(sp.diff(relation, symbol))
            return slopes[k]

        if dependent != symbol:
            self._known[symbol] = self.ring.free(symbol, slope)
        leading, *rest = [self(row) for row in rows]
        if len(rest) == 1:
            self._known[dependent] = -rest[0] / leading
        elif len(rest) == 2:  # 2 leading * dependent + rest[0] is the root of the discriminant
            root = self._roots.valued(rest[0] ** 2 - 4 * leading * rest[1], 2, 2 * rows[0] * dependent + rows[1])
            self._known[dependent] = (root - rest[0]) / (2 * leading)
        else:  # leading * dependent is integral over the others
            if any(any(self.ring.polynomials.degrees(c.numerator)[: len(self.ring.algebraic)]) for c in rest if c):
                self._doubt(f"{relation} may be reducible")
            coefficients = [-c * leading**i for i, c in enumerate(rest)][::-1]
            scaled = self.ring.root(self.expr(leading) * dependent, coefficients)
            self._known[dependent] = scaled / leading

    def _relation(self, symbol: Any, relation: Any) -> tuple[Any, list[sp.Expr]]:
        if not isinstance(symbol, sp.Symbol) or not isinstance(relation, sp.Expr) or not relation.has(symbol):
            raise SymbolError(f"an algebraic function needs a symbol and a polynomial that holds it, got {relation!r}")
        if symbol in self.coordinates or symbol in self._known:
            raise SymbolError(f"{symbol} is a coordinate or is used before the polynomial that defines it")
        return dependent_variable(symbol, relation, [c for c in self.coordinates if c not in self._known])

    def _prepare(self, expressions: Iterable[Any]) -> None:
        """Bring the arguments of all sines and exponentials onto one lattice, the innermost first."""
        found: dict[sp.Expr, int] = {}
        for expr in expressions:
            for f in sp.S(expr).atoms(*_PHASES) if isinstance(expr, sp.Basic) else ():
                if not f.has(sp.I):
                    found[f] = len(f.atoms(*_PHASES))
        for depth in sorted(set(found.values())):
            here = sorted((f for f, d in found.items() if d == depth), key=sp.default_sort_key)
            self._phases.prepare([self._asked(f) for f in here])

    def _asked(self, f: Any) -> tuple[Kind, Element, bool]:
        kind: Kind = "circular" if f.func in _CIRCULAR else "hyperbolic" if f.func in _HYPERBOLIC else "exponential"
        return (
            kind,
            self(f.args[0] - self._arguments.shift(f.args[0])),
            f.func not in _OF_ODD_EVEN or _OF_ODD_EVEN[f.func][1],
        )

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _doubt(self, text: str) -> None:
        if text not in self.doubts:
            self.doubts.append(text)


def _expression(value: Any) -> Any:
    """An expression, from one or from a number of Python."""
    if isinstance(value, sp.Basic) and not isinstance(value, sp.Lambda):
        return value
    if isinstance(value, float):
        return sp.Float(value)
    if isinstance(value, Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    raise SymbolError(f"expected a SymPy expression or a real number, got {value!r}")


def _decimal(number: sp.Float) -> Fraction:
    """The shortest decimal that is this floating-point number: 0.1 is 1/10, and no digit is lost."""
    double = float(number)
    return Fraction(repr(double) if sp.Float(double) == number else str(number))
