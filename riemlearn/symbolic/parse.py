"""The only way in for text: a reader of expressions that knows a short list of words, and runs nothing.

The text is cut into tokens and read level by level of precedence; no part of it ever reaches ``sympify``, ``eval`` or
a lookup of attributes.  What is computed on the way is bounded by :mod:`riemlearn.symbolic.bounded`.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

import sympy as sp

from riemlearn.errors import ParseError, SymbolError
from riemlearn.symbolic import bounded
from riemlearn.symbolic.differential import differential
from riemlearn.symbolic.names import MAX_NAME, NAME, declared_functions, declared_symbols

MAX_LENGTH = 100_000
"""Largest number of characters of a text."""
MAX_TOKENS = 20_000
"""Largest number of numbers, names and signs in a text."""
MAX_DEPTH = 32
"""Largest depth of parentheses, calls and exponents within each other."""
MAX_DIGITS = 50
"""Largest number of digits of a number, and largest power of ten in it."""
MAX_ORDER = 8
"""Largest order of a derivative, all derivatives within each other counted."""
_SPACE = " \t\r\n"
_TOKEN = re.compile(
    r"(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    rf"|(?P<name>{NAME.pattern})"
    rf"|(?P<sign>\*\*|[-+*/(),]))[{_SPACE}]*"
)
_HINTS = {
    "^": "; write ** for a power",
    "−": "; write - for minus",
    "×": "; write * for a product",
    "·": "; write * for a product",
    "²": "; write **2 for a square",
    "³": "; write **3 for a cube",
    "=": "; give one expression, not an equation",
    "[": "; group with ( and )",
    "{": "; group with ( and )",
}
_OWN = {
    "E": "; Euler's number is exp(1)",
    "e": "; Euler's number is exp(1)",
    "ln": "; write log for the natural logarithm",
    "I": "; only real expressions are read",
    "oo": "; only finite numbers are read",
}
_WORDS = (*bounded.FUNCTIONS, "diff", "d", "pi")


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


def parse(text: Any, symbols: Any = (), functions: Any = ()) -> sp.Expr:
    r"""Read an expression from text.

    The text may hold integers and decimals (which become exact fractions), declared names, ``+ - * / **`` with the
    precedence of Python, parentheses, ``pi``, the functions sin, cos, tan, sec, csc, cot, asin, acos, atan, sinh, cosh,
    tanh, sech, csch, coth, asinh, acosh, atanh, exp, log, sqrt, Abs and sign, calls ``A(t)`` of declared functions,
    derivatives ``diff(A(t), t)``, ``diff(u, x, 2)``, ``diff(u, x, y)`` (or ``Derivative``, and ``(x, 2)`` for ``x, 2``,
    as SymPy prints them), and differentials ``d(x)`` of declared symbols.  A declared name comes before a word of this
    list.  Nothing else is read, and nothing is run.

    Parameters
    ----------
    text : str
        The expression.
    symbols : iterable of Symbol, or mapping from names to symbols
        The symbols that may stand in the text; their assumptions are kept.
    functions : iterable of str or of undefined functions
        The undefined functions that may be called in the text.

    Returns
    -------
    Expr
        The expression, evaluated as SymPy does when the same is typed.

    Raises
    ------
    ParseError
        If the text is not such an expression, has an undeclared name, exceeds a limit (100,000 characters, 20,000
        tokens, depth 32, 50 digits in a number, 1000 in an exponent, derivatives of order 8, and what
        :mod:`riemlearn.symbolic.bounded` states), or has a value that is not finite or not real.
    SymbolError
        If a declaration is none.

    Examples
    --------
    >>> r, M = sp.symbols("r M", positive=True)
    >>> parse("-(1 - 2*M/r) * d(t)**2", symbols=[r, M, sp.Symbol("t")])
    (2*M/r - 1)*d(t)**2
    >>> parse("diff(A(r), r, 2) + 0.1", symbols=[r], functions=["A"])
    Derivative(A(r), (r, 2)) + 1/10
    >>> parse("sin(R)", symbols=[r])
    Traceback (most recent call last):
    riemlearn.errors.ParseError: unknown name 'R' at position 4; declared are r
      sin(R)
          ^
    """
    known = declared_symbols(symbols)
    applied = declared_functions(functions)
    both = sorted(set(known) & set(applied))
    if both:
        raise SymbolError(f"parse: {', '.join(both)} is declared as a symbol and as a function")
    if not isinstance(text, str):
        raise ParseError(f"expected a text, got {type(text).__name__}")
    return _Reader(text, known, applied).whole()


class _Reader:
    """One text on its way to an expression; a method for each level of precedence."""

    def __init__(self, text: str, symbols: Mapping[str, sp.Symbol], functions: Mapping[str, Any]):
        self.text, self.symbols, self.functions = text, symbols, functions
        self.tokens = self.cut()
        self.index = self.depth = self.order = 0

    # -- tokens ---------------------------------------------------------------------------------------------------

    def cut(self) -> list[_Token]:
        if len(self.text) > MAX_LENGTH:
            self.fail(f"the text has {len(self.text)} characters; at most {MAX_LENGTH} are read", MAX_LENGTH)
        tokens, position = [], len(self.text) - len(self.text.lstrip(_SPACE))
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            if found is None:
                character = self.text[position]
                self.fail(f"unexpected character {character!a}", position, _HINTS.get(character, ""))
            if len(tokens) >= MAX_TOKENS:
                self.fail(f"the text has more than {MAX_TOKENS} numbers, names and signs", position)
            kind = str(found.lastgroup)
            tokens.append(_Token(kind, found[kind], position))
            position = found.end()
        return [*tokens, _Token("end", "", len(self.text))]

    @property
    def next(self) -> _Token:
        return self.tokens[self.index]

    def advance(self) -> _Token:
        self.index += 1
        return self.tokens[self.index - 1]

    def take(self, *signs: str) -> str | None:
        """The next token if it is one of some signs."""
        return self.advance().text if self.next.kind == "sign" and self.next.text in signs else None

    def expect(self, sign: str, where: str) -> None:
        if not self.take(sign):
            self.fail(f"expected {sign!r} {where}, got {self.shown()}")

    def shown(self) -> str:
        token = self.next
        return (
            "the end" if token.kind == "end" else repr(token.text if len(token.text) < 40 else token.text[:40] + "...")
        )

    def fail(self, message: str, position: int | None = None, hint: str = "") -> NoReturn:
        """Raise a :class:`ParseError` that shows where."""
        at = self.next.position if position is None else position
        start = max(0, at - 40)
        line = "".join(c if c.isprintable() else " " for c in self.text[start : at + 40])
        raise ParseError(f"{message} at position {at}{hint}\n  {line}\n  {' ' * (at - start)}^", at) from None

    def compute(self, position: int, operation: Callable[..., sp.Expr], *arguments: Any) -> sp.Expr:
        """The value of an operation; what SymPy or a limit refuses is an error of the text."""
        try:
            return operation(*arguments)
        except bounded.Refused as refusal:
            self.fail(str(refusal), position)
        except RecursionError:
            self.fail("the expression is nested too deeply", position)
        except (ArithmeticError, TypeError, ValueError, NotImplementedError) as error:
            self.fail(f"SymPy refuses this ({type(error).__name__})", position)

    # -- grammar --------------------------------------------------------------------------------------------------

    def whole(self) -> sp.Expr:
        try:
            value = self.sum()
        except RecursionError:  # called from a stack that is nearly full
            self.fail("the expression is nested too deeply")
        if self.next.kind != "end":
            self.fail(f"expected an operator or the end, got {self.shown()}", hint="; write * for a product")
        return value

    def inner(self, read: Callable[[], Any]) -> Any:
        """Read one level deeper."""
        if self.depth >= MAX_DEPTH:
            self.fail(f"the text is nested more than {MAX_DEPTH} levels deep")
        self.depth += 1
        value = read()
        self.depth -= 1
        return value

    def sum(self) -> sp.Expr:
        position, terms = self.next.position, [self.product()]
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(term if sign == "+" else self.compute(position, bounded.multiply, (sp.S.NegativeOne, term)))
        return terms[0] if len(terms) == 1 else self.compute(position, bounded.add, terms)

    def product(self) -> sp.Expr:
        position, factors = self.next.position, [self.factor()]
        while sign := self.take("*", "/"):
            at, factor = self.next.position, self.factor()
            factors.append(factor if sign == "*" else self.compute(at, bounded.power, factor, sp.S.NegativeOne))
        return factors[0] if len(factors) == 1 else self.compute(position, bounded.multiply, factors)

    def factor(self) -> sp.Expr:
        """A power with its signs: ``-x**2`` is ``-(x**2)``, and ``2**-x`` and ``2**3**4`` read from the right."""
        position, negative = self.next.position, False
        while sign := self.take("+", "-"):
            negative ^= sign == "-"
        value = self.primary()
        if self.take("**"):
            value = self.compute(position, bounded.power, value, self.inner(self.factor))
        return self.compute(position, bounded.multiply, (sp.S.NegativeOne, value)) if negative else value

    def primary(self) -> sp.Expr:
        if self.next.kind == "number":
            return self.number()
        if self.next.kind == "name":
            return self.name()
        if self.take("("):
            value = self.inner(self.sum)
            self.expect(")", "to close '('")
            return value
        self.fail(f"expected a number, a name or '(', got {self.shown()}")

    def number(self) -> sp.Rational:
        mantissa, _, ten = self.next.text.lower().partition("e")
        whole, _, part = mantissa.partition(".")
        if len(whole + part) > MAX_DIGITS or len(ten) > 4 or abs(int(ten or 0)) > MAX_DIGITS:
            self.fail(f"a number may have {MAX_DIGITS} digits and powers of ten up to {MAX_DIGITS}")
        self.advance()
        return sp.Rational(int(whole + part)) * sp.Integer(10) ** (int(ten or 0) - len(part))

    def name(self) -> sp.Expr:
        token = self.advance()
        if token.text in self.symbols:
            if self.next.text == "(":
                self.fail(f"{token.text} is declared as a symbol and cannot be called", token.position)
            return self.symbols[token.text]
        if token.text in self.functions:
            return self.compute(token.position, self.functions[token.text], *self.arguments(token))
        if token.text == "pi":
            return sp.pi
        if token.text in ("diff", "Derivative"):
            return self.derivative(token)
        if token.text == "d":
            return self.compute(token.position, differential, self.one_symbol(token))
        if token.text in bounded.FUNCTIONS:
            arguments = self.arguments(token)
            if len(arguments) != 1:
                self.fail(f"{token.text} takes one argument, got {len(arguments)}", token.position)
            return self.compute(token.position, bounded.call, token.text, arguments[0])
        self.unknown(token)

    def unknown(self, token: _Token) -> NoReturn:
        name = token.text if len(token.text) <= MAX_NAME else token.text[:20] + "..."
        known = [*self.symbols, *self.functions]
        near = difflib.get_close_matches(name, [*known, *_WORDS])
        declared = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
        if name[:1] == "d" and name[1:] in self.symbols:
            hint = f"; write d({name[1:]}) for the differential"
        else:
            hint = _OWN.get(name) or (f"; did you mean {near[0]}?" if near else f"; declared are {declared or 'none'}")
        self.fail(f"unknown name {name!r}", token.position, hint)

    # -- calls ----------------------------------------------------------------------------------------------------

    def opened(self, token: _Token) -> None:
        self.expect("(", f"after the function {token.text}")

    def arguments(self, token: _Token) -> list[sp.Expr]:
        self.opened(token)
        values = [self.inner(self.sum)]
        while self.take(","):
            values.append(self.inner(self.sum))
        self.expect(")", f"to close {token.text}(")
        return values

    def symbol(self, what: str) -> sp.Symbol:
        """A declared symbol."""
        if self.next.kind != "name":
            self.fail(f"expected {what}, got {self.shown()}")
        token = self.advance()
        if token.text not in self.symbols:
            self.unknown(token)
        return self.symbols[token.text]

    def one_symbol(self, token: _Token) -> sp.Symbol:
        self.opened(token)
        symbol = self.symbol("the name of a coordinate")
        self.expect(")", "after it: d takes one name")
        return symbol

    def derivative(self, token: _Token) -> sp.Expr:
        """``diff(u, x)``, ``diff(u, x, 2)``, ``diff(u, x, y)`` or ``diff(u, (x, 2), y)``."""
        self.opened(token)
        outside, self.order = self.order, 0
        value, variables = self.inner(self.sum), []
        while self.take(","):
            paired = self.take("(")
            variable, times = self.symbol("the name of a variable"), 1
            if paired:
                self.expect(",", "and an order")
                times = self.count()
                self.expect(")", "after the order")
            elif self.next.text == "," and self.tokens[self.index + 1].kind == "number":
                self.advance()
                times = self.count()
            variables += [variable] * times
        self.expect(")", f"to close {token.text}(")
        if not variables:
            self.fail(f"{token.text} needs the variable, as in diff(u, x)", token.position)
        if self.order + len(variables) > MAX_ORDER:
            self.fail(f"derivatives are read up to order {MAX_ORDER}", token.position)
        self.order = max(outside, self.order + len(variables))
        for variable in variables:
            value = self.compute(token.position, bounded.differentiate, value, variable)
        return value

    def count(self) -> int:
        """An order of differentiation."""
        token = self.next
        if token.kind != "number" or not token.text.isdigit() or not 1 <= int(token.text[:4]) <= MAX_ORDER:
            self.fail(f"expected an order from 1 to {MAX_ORDER}, got {self.shown()}")
        return int(self.advance().text)
