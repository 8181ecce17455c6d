r"""A normal form for rational expressions in functions that obey quadratic relations.

Sines and cosines, hyperbolic functions, roots and exponentials of any argument are taken as algebraic generators with
relations such as :math:`C^2 = 1 - S^2`.  Numerator and denominator are reduced by the relations and the denominator is
made free of the algebraic generators by its conjugates, so that an expression is zero exactly when its normal form is
``0``; no heuristic rewriting is involved.  What is not understood (an undefined function, a cube root) is a
generator without a relation.  Arguments are compared as they are, up to integer multiples and sums: sin(x/2) and
sin(x) are taken to be independent, and so are different roots: sqrt(x/y) and sqrt(x)/sqrt(y) differ by a sign where
only y is negative.
"""

from dataclasses import dataclass, field

import sympy as sp

_QUOTIENTS = {
    sp.tan: lambda u: sp.sin(u) / sp.cos(u),
    sp.cot: lambda u: sp.cos(u) / sp.sin(u),
    sp.sec: lambda u: 1 / sp.cos(u),
    sp.csc: lambda u: 1 / sp.sin(u),
    sp.tanh: lambda u: sp.sinh(u) / sp.cosh(u),
    sp.coth: lambda u: sp.cosh(u) / sp.sinh(u),
    sp.sech: lambda u: 1 / sp.cosh(u),
    sp.csch: lambda u: 1 / sp.sinh(u),
}
_EXPONENTIALS = {  # for expressions that hold exponentials beside hyperbolic functions
    sp.sinh: lambda u: (sp.exp(u) - sp.exp(-u)) / 2,
    sp.cosh: lambda u: (sp.exp(u) + sp.exp(-u)) / 2,
}
_PAIRS = {sp.cos: (sp.sin, -1), sp.cosh: (sp.sinh, 1)}  # cos^2 = 1 - sin^2, cosh^2 = 1 + sinh^2


@dataclass
class _Generators:
    """Symbols that stand for functions, and the squares that are known among them."""

    symbol_of: dict[sp.Expr, sp.Dummy] = field(default_factory=dict)
    square_of: dict[sp.Dummy, sp.Expr] = field(default_factory=dict)

    def symbol(self, function: sp.Expr) -> sp.Dummy:
        if function not in self.symbol_of:
            self.symbol_of[function] = sp.Dummy(f"g{len(self.symbol_of)}")
        return self.symbol_of[function]

    def algebraic(self, function: sp.Expr, square: sp.Expr) -> sp.Dummy:
        known = function in self.symbol_of
        symbol = self.symbol(function)
        if not known:
            self.square_of[symbol] = square
        return symbol

    def encode(self, expr: sp.Expr) -> sp.Expr:
        """The expression with every function replaced by its generator."""
        if expr.is_Float:
            return _rational(expr)
        if expr.is_Symbol or expr.is_Rational:
            return expr
        if expr.is_Add or expr.is_Mul:
            return expr.func(*(self.encode(a) for a in expr.args))
        if isinstance(expr, sp.exp):
            return self._encode_exp(expr.args[0])
        if expr.is_Pow:
            return self._encode_power(*expr.as_base_exp())
        if isinstance(expr, sp.Abs) and expr.args[0].is_extended_real:
            return self.algebraic(expr, self.encode(expr.args[0]) ** 2)
        if expr.func in _PAIRS:
            partner, sign = _PAIRS[expr.func]
            return self.algebraic(expr, 1 + sign * self.symbol(partner(*expr.args)) ** 2)
        return self.symbol(expr)

    def _encode_exp(self, argument: sp.Expr) -> sp.Expr:
        product = sp.Integer(1)
        for term in sp.Add.make_args(sp.expand(argument)):
            coefficient, rest = term.as_coeff_Mul()
            if not coefficient.is_Rational:
                coefficient, rest = sp.Integer(1), term
            product *= self.symbol(sp.exp(rest / coefficient.q)) ** coefficient.p
        return product

    def _encode_power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if exponent.is_Integer:
            return self.encode(base) ** exponent
        if exponent.is_Rational and exponent.q == 2:
            return self.algebraic(sp.sqrt(base), self.encode(base)) ** exponent.p
        return self.symbol(base**exponent)

    def reduce(self, polynomial: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """Numerator and denominator of a polynomial in the generators, each algebraic one at most to the power one."""
        expr = polynomial
        for symbol, square in reversed(self.square_of.items()):
            if not expr.has(symbol):
                continue
            terms = sp.Poly(expr, symbol).terms()
            expr = sp.Add(*(c * square ** (k // 2) * symbol ** (k % 2) for (k,), c in terms))
        return sp.fraction(sp.together(sp.expand(expr)))

    def canonical(self, expr: sp.Expr) -> sp.Expr:
        """Quotient of coprime polynomials, the denominator free of algebraic generators."""
        above, below = sp.fraction(sp.together(expr))
        for _ in range(2):  # a reduction may bring in the denominators of the squares once
            above, a = self.reduce(sp.expand(above))
            below, b = self.reduce(sp.expand(below))
            above, below = sp.fraction(sp.cancel(above * b / (below * a)))
        for symbol in reversed(self.square_of):
            if below.has(symbol):
                conjugate = below.subs(symbol, -symbol)
                above, a = self.reduce(sp.expand(above * conjugate))
                below, b = self.reduce(sp.expand(below * conjugate))
                above, below = sp.fraction(sp.cancel(above * b / (below * a)))
        return above / below

    def decode(self, expr: sp.Expr) -> sp.Expr:
        return expr.xreplace({symbol: function for function, symbol in self.symbol_of.items()})


def normal(expr: sp.Expr) -> sp.Expr:
    r"""The normal form of an expression, which is 0 exactly when an expression of the understood kind vanishes.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> normal(sp.sin(2 * x) / sp.cos(x) - 2 * sp.sin(x))
    0
    >>> normal(1 / (sp.sqrt(x) - 1) - (sp.sqrt(x) + 1) / (x - 1))
    0
    """
    if expr.is_Rational or expr.is_Symbol:
        return expr
    for function, quotient in _QUOTIENTS.items():
        expr = expr.replace(function, quotient)
    if expr.has(sp.exp):
        for function, exponentials in _EXPONENTIALS.items():
            expr = expr.replace(function, exponentials)
    generators = _Generators()
    encoded = generators.encode(sp.expand_trig(expr))
    return _shortest(generators, sp.factor(generators.canonical(encoded)))


def _rational(number: sp.Float) -> sp.Rational:
    """The shortest decimal that is this floating-point number: 0.1 is 1/10, and no digit is lost."""
    double = float(number)
    return sp.Rational(repr(double) if sp.Float(double) == number else str(number))


def _shortest(generators: _Generators, expr: sp.Expr) -> sp.Expr:
    """Of sines or cosines, take those in which the expression is shorter: cos(x)^2 rather than 1 - sin(x)^2."""
    choices = [expr]
    for cosine, (sine, sign) in _PAIRS.items():
        arguments = {f.args[0]: None for f in generators.symbol_of if f.func in (cosine, sine)}
        for u in arguments:
            square = sign * (generators.symbol(cosine(u)) ** 2 - 1)
            flipped = _Generators(square_of={generators.symbol(sine(u)): square})
            above, below = sp.fraction(choices[-1])
            (a, b), (c, d) = flipped.reduce(sp.expand(above)), flipped.reduce(sp.expand(below))
            choices.append(sp.factor(sp.cancel(a * d / (b * c))))
    decoded = [generators.decode(choice) for choice in choices]
    return min(decoded, key=sp.count_ops)
