"""Expressions as JSON and back: a table of nodes from a fixed list, each made of earlier ones; nothing is ever run.

Shared subexpressions are stored once.  What is read is built without being evaluated, so that it is what was stored,
in the same form, and a hostile text can make nothing grow.  Numbers, depth and size are limited in both directions:
what can be written can be read.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from riemlearn.errors import StoreError

MAX_TEXT = 100_000_000
"""Longest text that is read, in characters."""
MAX_DEPTH = 100
"""Deepest expression."""
MAX_SIZE = 10_000_000
"""Largest expression, in nodes of its tree."""
MAX_BITS = 13_000
"""Longest integer, about 3900 digits."""
MAX_EXPONENT = 10_000
"""Largest numerator and denominator of an exponent."""
MAX_ORDER = 50
"""Highest derivative."""

_FUNCTIONS = {
    f.__name__: f
    for f in (
        *(sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.asin, sp.acos, sp.atan, sp.acot, sp.asec, sp.acsc),
        *(sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch, sp.asinh, sp.acosh, sp.atanh, sp.acoth),
        *(sp.atan2, sp.exp, sp.log, sp.Abs, sp.sign, sp.erf, sp.erfc, sp.gamma, sp.loggamma),
        *(sp.besselj, sp.bessely, sp.besseli, sp.besselk, sp.LambertW),
    )
}
_OPERATIONS = {"Add": sp.Add, "Mul": sp.Mul, "Pow": sp.Pow}
_CONSTANTS = {"pi": sp.pi, "E": sp.E, "I": sp.I}
_ASSUMPTIONS = frozenset(
    "algebraic antihermitian complex composite even extended_negative extended_nonnegative extended_nonpositive "
    "extended_nonzero extended_positive extended_real finite hermitian imaginary infinite integer irrational negative "
    "noninteger nonnegative nonpositive nonzero odd polar positive prime rational real transcendental zero".split()
)


class Table:
    """Expressions on their way into a list of nodes.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> table = Table()
    >>> table.add(x**2)
    2
    >>> table.nodes
    [['Integer', 2], ['Symbol', 'x', {}], ['Pow', 1, 0]]
    """

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self._numbers: dict[sp.Basic, int] = {}
        self._sizes = _Sizes()

    def add(self, expr: Any) -> int:
        """The number of an expression, which is added with its parts if it is new.

        Raises
        ------
        StoreError
            If something in it is not known here, or it is past a limit.
        """
        try:
            return self._add(expr)
        except RecursionError:
            raise StoreError(f"an expression is deeper than {MAX_DEPTH} levels") from None

    def _add(self, expr: Any) -> int:
        waiting = [expr]
        while waiting:
            e = waiting[-1]
            new = [] if e in self._numbers else [part for part in _parts(e) if part not in self._numbers]
            if new:
                waiting.extend(new)
                continue
            waiting.pop()
            if e not in self._numbers:
                self._sizes.add([self._numbers[part] for part in _parts(e)])
                self.nodes.append(_node(e, self._numbers))
                self._numbers[e] = len(self.nodes) - 1
        return self._numbers[expr]


class _Sizes:
    """Depth and size of the tree of each node, within limits."""

    def __init__(self) -> None:
        self._known: list[tuple[int, int]] = []

    def add(self, parts: Sequence[int]) -> None:
        depth = 1 + max((self._known[i][0] for i in parts), default=0)
        size = 1 + sum(self._known[i][1] for i in parts)
        if depth > MAX_DEPTH:
            raise StoreError(f"an expression is deeper than {MAX_DEPTH} levels")
        if size > MAX_SIZE:
            raise StoreError(f"an expression has more than {MAX_SIZE} nodes")
        self._known.append((depth, size))


def _parts(e: Any) -> Sequence[Any]:
    """The expressions that a node is made of."""
    if isinstance(e, sp.Derivative):
        return (e.expr, *_orders(e))
    if isinstance(e, sp.Subs):
        return (e.expr, *e.args[1].args, *e.args[2].args)  # variables and point
    return e.args if isinstance(e, (AppliedUndef, *_OPERATIONS.values())) or _is_listed(e) else ()


def _orders(e: Any) -> dict[Any, int]:
    """How often a derivative is taken by each variable."""
    return {variable: int(count) for variable, count in e.variable_count}


def _is_listed(e: Any) -> bool:
    """Whether it is a value of one of the functions that are known here."""
    return isinstance(e, sp.Function) and _FUNCTIONS.get(e.func.__name__) is e.func


def _node(e: Any, numbers: dict[sp.Basic, int]) -> list[Any]:
    """One node, its parts by their numbers."""
    parts = [numbers[part] for part in _parts(e)]
    if isinstance(e, sp.Dummy | sp.Symbol) and type(e) in (sp.Dummy, sp.Symbol):
        return [type(e).__name__, _name(e.name), _assumed(e.assumptions0)]
    if isinstance(e, sp.Integer):
        return ["Integer", _integer(int(e))]
    if isinstance(e, sp.Rational):
        return ["Rational", _integer(int(e.p)), _integer(int(e.q))]
    if isinstance(e, sp.Float) and e.is_finite:
        sign, mantissa, exponent, _ = e._mpf_
        return ["Float", _integer(-int(mantissa) if sign else int(mantissa)), int(exponent), int(e._prec)]
    for name, constant in _CONSTANTS.items():
        if e is constant:
            return [name]
    for name, operation in _OPERATIONS.items():
        if isinstance(e, operation):
            return [name, *_checked_power(e, parts)]
    if isinstance(e, AppliedUndef):
        return ["Function", _name(e.func.__name__), _assumed(getattr(e.func, "_kwargs", {})), *parts]
    if isinstance(e, sp.Derivative):
        counts = [_order(count) for count in _orders(e).values()]
        _check_derivative(e.expr, list(_orders(e)), counts)
        return ["Derivative", parts[0], *map(list, zip(parts[1:], counts, strict=True))]
    if isinstance(e, sp.Subs):
        middle = 1 + len(e.args[1].args)
        return ["Subs", parts[0], parts[1:middle], parts[middle:]]
    if _is_listed(e):
        return [e.func.__name__, *parts]
    raise StoreError(
        f"{type(e).__name__} cannot be stored, got {e!r:.100}; known functions are {', '.join(_FUNCTIONS)}"
    )


def expressions(nodes: Any) -> list[sp.Expr]:
    """The expressions of a list of nodes, in their order.

    Raises
    ------
    StoreError
        If a node is not well-formed, or past a limit.
    """
    if not isinstance(nodes, list):
        raise StoreError("the nodes of stored expressions must be a list")
    known: list[Any] = []
    sizes = _Sizes()
    for number, node in enumerate(nodes):
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise StoreError(f"node {number} is not a list that begins with a name: {node!r:.100}")
        name, *rest = node
        reader = _READERS.get(name)
        if reader is None:
            raise StoreError(f"node {number} is of an unknown kind: {name!r:.100}")
        try:
            sizes.add([_number(i, number) for i in _references(name, rest)])
            known.append(reader(known, *rest))
        except StoreError as error:
            raise StoreError(f"node {number}: {error}") from None
        except (TypeError, ValueError, ArithmeticError, AttributeError, IndexError, KeyError, RecursionError) as error:
            raise StoreError(f"node {number} is malformed: {node!r:.100}: {error!s:.100}") from None
    return known


def _references(name: str, rest: list[Any]) -> list[Any]:
    """The numbers of the parts of a node."""
    if name in _OPERATIONS or name in _FUNCTIONS:
        return rest
    if name == "Function":
        return rest[2:]
    if name == "Derivative":
        return [rest[0], *(variable for variable, _ in rest[1:])]
    if name == "Subs":
        return [rest[0], *rest[1], *rest[2]]
    return []


def _number(i: Any, before: int) -> int:
    if type(i) is not int or not 0 <= i < before:
        raise StoreError(f"{i!r:.100} is not the number of an earlier node")
    return i


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 100 or not name.isprintable():
        raise StoreError(f"a name must be a printable string of at most 100 characters, got {name!r:.100}")
    return name


def _assumed(assumptions: Any) -> dict[str, bool]:
    """Assumptions of a symbol; that it commutes goes without saying."""
    if not isinstance(assumptions, dict):
        raise StoreError(f"assumptions must be a mapping, got {assumptions!r:.100}")
    if not assumptions.get("commutative", True):
        raise StoreError("a symbol that does not commute cannot be stored")
    given = {key: value for key, value in assumptions.items() if value is not None and key != "commutative"}
    for key, value in given.items():
        if key not in _ASSUMPTIONS or not isinstance(value, bool):
            raise StoreError(f"unknown assumption {key!r:.100}: {value!r:.100}")
    return given


def _integer(n: Any) -> int:
    if type(n) is not int or n.bit_length() > MAX_BITS:
        raise StoreError(f"expected an integer of at most {MAX_BITS} bits")
    return n


def _order(count: Any) -> int:
    if type(count) is not int or not 1 <= count <= MAX_ORDER:
        raise StoreError(f"the order of a derivative must be an integer from 1 to {MAX_ORDER}")
    return count


def _checked_power(e: Any, parts: Any) -> Any:
    """The parts of an operation, after a look at the exponent if it is a power."""
    if isinstance(e, sp.Pow) and isinstance(e.exp, sp.Rational) and max(abs(e.exp.p), e.exp.q) > MAX_EXPONENT:
        raise StoreError(f"an exponent is past {MAX_EXPONENT}")
    return parts


def _check_derivative(e: Any, variables: Sequence[Any], counts: Sequence[int]) -> None:
    """Refuse all but derivatives of undefined functions by symbols among their arguments."""
    _order(sum(counts))
    if not isinstance(e, AppliedUndef) or not all(isinstance(v, sp.Symbol) and v in e.args for v in variables):
        raise StoreError("expected a derivative of an undefined function by symbols among its arguments")


def _operation(make: Callable[..., Any]) -> Callable[..., Any]:
    def read(known: list[Any], *parts: int) -> Any:
        return _checked_power(e := make(*(_expr(known[i]) for i in parts), evaluate=False), e)

    return read


def _constant(value: Any) -> Callable[..., Any]:
    def read(known: list[Any]) -> Any:
        return value

    return read


def _expr(e: Any) -> sp.Expr:
    if not isinstance(e, sp.Expr):
        raise StoreError("expected an expression")
    return e


def _rational(known: list[Any], p: Any, q: Any) -> sp.Rational:
    if _integer(q) < 2:
        raise StoreError("the denominator of a fraction must be greater than 1")
    return sp.Rational(_integer(p), q)


def _float(known: list[Any], mantissa: Any, exponent: Any, precision: Any) -> sp.Float:
    if abs(_integer(exponent)) > 10**6 or not 1 <= _integer(precision) <= MAX_BITS:
        raise StoreError("a floating-point number is past the limits")
    return sp.Float((int(_integer(mantissa) < 0), abs(mantissa), exponent), precision=precision)


def _derivative(known: list[Any], of: int, *by: list[int]) -> sp.Expr:
    variables, counts = [known[v] for v, _ in by], [_order(count) for _, count in by]
    _check_derivative(known[of], variables, counts)
    return sp.Derivative(known[of], *zip(variables, counts, strict=True), evaluate=False)


def _subs(known: list[Any], of: int, variables: list[int], point: list[int]) -> sp.Expr:
    if not isinstance(known[of], sp.Derivative) or not all(isinstance(known[v], sp.Symbol) for v in variables):
        raise StoreError("expected a derivative at a point")
    return sp.Subs(known[of], [known[v] for v in variables], [_expr(known[p]) for p in point])


_READERS: dict[str, Callable[..., Any]] = {
    "Symbol": lambda known, name, assumptions: sp.Symbol(_name(name), **_assumed(assumptions)),
    "Dummy": lambda known, name, assumptions: sp.Dummy(_name(name), **_assumed(assumptions)),
    "Integer": lambda known, n: sp.Integer(_integer(n)),
    "Rational": _rational,
    "Float": _float,
    "Function": lambda known, name, assumptions, *parts: sp.Function(_name(name), **_assumed(assumptions))(
        *(_expr(known[i]) for i in parts), evaluate=False
    ),
    "Derivative": _derivative,
    "Subs": _subs,
    **{name: _operation(make) for name, make in (*_OPERATIONS.items(), *_FUNCTIONS.items())},
    **{name: _constant(constant) for name, constant in _CONSTANTS.items()},
}


def document(kind: str, content: dict[str, Any]) -> str:
    """A JSON text that says what it is."""
    return json.dumps({"riemlearn": kind, "version": 1, **content}, allow_nan=False, separators=(",", ":"))


def read_document(kind: str, text: Any) -> dict[str, Any]:
    """The content of a JSON text, if it is of the right kind.

    Raises
    ------
    StoreError
        If it is not.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise StoreError(f"expected a text of at most {MAX_TEXT} characters, got {type(text).__name__}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"the text is not JSON: {error!s:.100}") from None
    if not isinstance(content, dict) or content.get("riemlearn") != kind or content.get("version") != 1:
        raise StoreError(f'the text does not hold {kind} of riemlearn, version 1: it must begin {{"riemlearn":"{kind}"')
    return content


def chosen(known: Sequence[sp.Expr], number: Any) -> sp.Expr:
    """The expression with a number.

    Raises
    ------
    StoreError
        If there is none.
    """
    return known[_number(number, len(known))]


def to_json(expr: Any) -> str:
    """An expression, or a list of them, as JSON text.

    Parameters
    ----------
    expr : Expr or list of Expr
        Symbols with their assumptions, numbers, sums, products, powers, elementary and some special functions,
        undefined functions and their derivatives.

    Raises
    ------
    StoreError
        If something else is in it, or it is past a limit: depth, size, digits, exponents.

    Examples
    --------
    >>> x = sp.Symbol("x", positive=True)
    >>> from_json(to_json([sp.sqrt(x) / 2, sp.sin(x)]))
    [sqrt(x)/2, sin(x)]
    """
    table = Table()
    roots = [table.add(e) for e in expr] if isinstance(expr, list | tuple) else table.add(expr)
    return document("expressions", {"nodes": table.nodes, "roots": roots})


def from_json(text: str | Any) -> Any:
    """The expression, or list of expressions, that :func:`to_json` made a text of.

    Raises
    ------
    StoreError
        If the text is anything else.
    """
    content = read_document("expressions", text)
    known = expressions(content.get("nodes"))
    roots = content.get("roots")
    return [chosen(known, i) for i in roots] if isinstance(roots, list) else chosen(known, roots)
