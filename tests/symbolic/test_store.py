"""Expressions as JSON and back: what is read is what was stored, and nothing but our own error comes of other texts."""

import json

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from riemlearn.errors import StoreError
from riemlearn.symbolic import from_json, store, to_json

x, y = sp.symbols("x y", positive=True)
z, n = sp.Symbol("z"), sp.Symbol("n", integer=True)
f, h = sp.Function("f", real=True), sp.Function("h")

EXPRESSIONS = [
    x,
    sp.Integer(-7),
    sp.Rational(-22, 7),
    sp.Integer(10) ** 3000,
    sp.Float(0.1),
    -sp.Float("1.25e-30", 40),
    sp.pi * sp.I + sp.E,
    sp.sqrt(2) * x ** sp.Rational(-3, 2),
    sp.factor(2 * x + 2 * z) / 3,
    x ** (y * z),
    sp.exp(x * z) + sp.log(z) ** 2,
    sp.sin(z) * sp.atan2(z, x) + sp.besselj(n, z),
    sp.Abs(z) + sp.sign(z),
    f(x, y).diff(x, 2, y),
    h(z) + f(z),
    h(x**2, y).diff(x, x, y),
    x * sp.Symbol("x", real=True) * sp.Symbol("x"),
]


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=lambda e: str(e)[:20])
def test_round_trip(expr):
    again = from_json(to_json(expr))
    assert again == expr and str(again) == str(expr)


def test_lists_share_their_parts():
    text = to_json(EXPRESSIONS)
    assert from_json(text) == EXPRESSIONS
    assert to_json(from_json(text)) == text
    nodes = json.loads(text)["nodes"]
    assert len({json.dumps(node) for node in nodes}) == len(nodes)
    assert from_json(to_json([])) == []


def test_assumptions_are_kept():
    again = from_json(to_json(sp.sqrt(n**2 * x**2)))
    assert again.free_symbols == {n, x}
    assert from_json(to_json(f(x))).is_real and not from_json(to_json(h(x))).is_real


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (sp.oo, "Infinity cannot be stored"),
        (sp.nan, "NaN cannot be stored"),
        (sp.Integral(sp.sin(x) / x, x), r"Integral cannot be stored.*known functions are sin"),
        (sp.Piecewise((x, z > 1), (y, True)), "cannot be stored"),
        (sp.Eq(x, z), "Equality cannot be stored"),
        ("x", "str cannot be stored"),
        (None, "NoneType cannot be stored"),
        (2, "int cannot be stored"),
        (sp.Symbol("A", commutative=False), "does not commute"),
        (sp.Symbol("a\nb"), "a name must be a printable string"),
        (sp.Integer(10) ** 5000, "integer of at most 13000 bits"),
        (x**20000, "an exponent is past 10000"),
        (sp.Derivative(h(x), (x, 60)), "order of a derivative must be an integer from 1 to 50"),
        (sp.Derivative(sp.sin(x), x, evaluate=False), "expected a derivative of an undefined function"),
    ],
)
def test_what_cannot_be_stored(expr, message):
    with pytest.raises(StoreError, match=message):
        to_json(expr)


@pytest.mark.parametrize("levels", [150, 3000])
def test_depth(levels):
    deep = x
    for _ in range(levels):
        deep = h(deep)
    with pytest.raises(StoreError, match="deeper than 100 levels"):
        to_json(deep)


def text_of(nodes, roots=0):
    return json.dumps({"riemlearn": "expressions", "version": 1, "nodes": nodes, "roots": roots})


SYMBOL = ["Symbol", "x", {}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is not JSON"),
        ("[" * 100_000, "the text is not JSON"),
        ("[]", "does not hold expressions of riemlearn"),
        ('{"riemlearn":"expressions","version":2}', "does not hold expressions of riemlearn, version 1"),
        ('{"riemlearn":"metric","version":1}', "does not hold expressions"),
        (b"{}", "expected a text of at most 100000000 characters, got bytes"),
        (text_of({}), "must be a list"),
        (text_of([SYMBOL], 1), "1 is not the number of an earlier node"),
        (text_of([SYMBOL], True), "True is not the number"),
        (text_of([SYMBOL], None), "None is not the number"),
        (text_of([["Add", 0]]), "node 0: 0 is not the number of an earlier node"),
        (text_of([SYMBOL, ["Add", -1]]), "node 1: -1 is not"),
        (text_of([["__import__", "os"]]), "node 0 is of an unknown kind: '__import__'"),
        (text_of([["Lambda", 0]]), "unknown kind"),
        (text_of([["Symbol", "x"]]), "node 0 is malformed"),
        (text_of([["Symbol", "", {}]]), "a name must be a printable string"),
        (text_of([["Symbol", "x", {"positive": True, "negative": True}]]), "node 0 is malformed"),
        (text_of([["Symbol", "x", {"__class__": True}]]), "unknown assumption '__class__'"),
        (text_of([["Symbol", "x", {"positive": 1}]]), "unknown assumption 'positive': 1"),
        (text_of([["Integer", 1.5]]), "expected an integer"),
        (text_of([["Integer", True]]), "expected an integer"),
        ('{"riemlearn":"expressions","version":1,"roots":0,"nodes":[["Integer",' + "9" * 5000 + "]]}", "not JSON"),
        (text_of([["Rational", 1, 0]]), "denominator of a fraction must be greater than 1"),
        (text_of([["Float", 1, 10**7, 53]]), "floating-point number is past the limits"),
        (text_of([["Integer", 10], ["Integer", 10**9], ["Pow", 0, 1]]), "node 2: an exponent is past 10000"),
        (text_of([["pi", 3]]), "node 0 is malformed"),
        (text_of([SYMBOL, ["sin", 0, 0]]), "node 1 is malformed"),
        (text_of([SYMBOL, ["Pow", 0]]), "node 1 is malformed"),
        (text_of([SYMBOL, ["Derivative", 0, [0, 1]]]), "expected a derivative of an undefined function"),
        (text_of([SYMBOL, ["Function", "h", {}, 0], ["Derivative", 1, [0, 10**9]]]), "order of a derivative"),
        (text_of([SYMBOL, ["Subs", 0, [0], [0]]]), "expected a derivative at a point"),
        (text_of([SYMBOL, *(["Mul", i, i] for i in range(60))]), "more than 10000000 nodes"),
        (text_of([SYMBOL, *(["sin", i] for i in range(200))]), "node 100: an expression is deeper than 100 levels"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(StoreError, match=message):
        from_json(text)


def test_nothing_is_evaluated():
    """Ten to the power of ten to the power of ten thousand is not computed."""
    tower = from_json(text_of([["Integer", 10], ["Integer", 9999], ["Pow", 0, 1], ["Pow", 0, 2]], 3))
    assert tower.is_Pow and tower.exp.is_Pow


def test_every_kind_has_its_reader():
    known = {node[0] for node in json.loads(to_json(EXPRESSIONS))["nodes"]}
    assert known <= set(store._READERS)
    assert {"Symbol", "Dummy", "Rational", "Float", "Subs", "Derivative", "Function", "I"} <= known


scalars = st.none() | st.booleans() | st.integers(-3, 30) | st.floats() | st.sampled_from(["x", "h", "", "\0"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["real", "zero", "q"]), inner)
)
nodes = st.lists(
    st.builds(lambda kind, rest: [kind, *rest], st.sampled_from(sorted(store._READERS)), st.lists(values, max_size=4))
)


@settings(max_examples=300)
@given(st.lists(st.integers(0, 8), max_size=2), nodes)
def test_made_up_nodes(roots, rest):
    """The first nodes are good, so that later ones can be too; what is not raises our own error alone."""
    good = [SYMBOL, ["Integer", 2], ["Function", "h", {}, 0], ["Derivative", 2, [0, 1]]]
    try:
        found = from_json(text_of([*good, *rest], roots))
    except StoreError:
        return
    assert from_json(to_json(found)) == found


@settings(max_examples=300)
@given(st.data())
def test_damaged_texts(data):
    text = to_json(EXPRESSIONS[4:])
    start = data.draw(st.integers(0, len(text)))
    piece = data.draw(st.sampled_from(["", "0", "-1", '"', "[", "]", "null", "Mul", "1e999", "Subs", "true", "{}"]))
    broken = text[:start] + piece + text[start + data.draw(st.integers(0, 3)) :]
    try:
        from_json(broken)
    except StoreError:
        pass
