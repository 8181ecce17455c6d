"""Expressions in the exact ring: identities, branches, derivatives, and both kinds of polynomials."""

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from riemlearn.errors import ExactError, SymbolError
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.parse import parse

x, y, z = sp.symbols("x y z", real=True)
p, q = sp.symbols("p q", positive=True)
w = sp.Symbol("w", nonnegative=True)
m = sp.Symbol("m", negative=True)
u = sp.Symbol("u")
n, T = sp.symbols("n T", real=True)
f, g = sp.Function("f"), sp.Function("g")
COORDINATES = (x, y, z, p, q, u)
POINT = {x: 7, y: 13, z: 11, p: 17, q: 5, u: 8, n: 3, w: 4, m: -6}
POINT = {s: sp.Rational(number, 10) for s, number in POINT.items()}
third = sp.Rational(1, 3)

# pairs of ways to write the same function
EQUAL = [
    (sp.sin(3 * x), 3 * sp.sin(x) - 4 * sp.sin(x) ** 3),
    (sp.cos(x + y / 2), sp.cos(x) * sp.cos(y / 2) - sp.sin(x) * sp.sin(y / 2)),
    (sp.tan(x / 2), sp.sin(x) / (1 + sp.cos(x))),
    (sp.cos(x), 4 * sp.cos(x / 3) ** 3 - 3 * sp.cos(x / 3)),
    (sp.cosh(x), (sp.exp(x) + sp.exp(-x)) / 2),
    (sp.exp(x / 2) ** 3 * sp.sinh(x), (sp.exp(5 * x / 2) - sp.exp(x / 2)) / 2),
    (sp.sin(x + sp.pi / 3), sp.sin(x) / 2 + sp.sqrt(3) * sp.cos(x) / 2),
    (sp.cos(sp.pi / 7) - sp.cos(2 * sp.pi / 7) + sp.cos(3 * sp.pi / 7), sp.Rational(1, 2)),
    (sp.sin(x + sp.I * y), sp.sin(x) * sp.cosh(y) + sp.I * sp.cos(x) * sp.sinh(y)),
    (sp.cosh(x + sp.I * y), sp.cosh(x) * sp.cos(y) + sp.I * sp.sinh(x) * sp.sin(y)),
    (sp.exp(x / (1 + sp.I)), sp.exp(x / 2) * (sp.cos(x / 2) - sp.I * sp.sin(x / 2))),
    (sp.sin(2 * sp.atan(x)), 2 * x / (1 + x**2)),
    (sp.acos(x), sp.pi / 2 - sp.asin(x)),
    (sp.exp(sp.asinh(x)), x + sp.sqrt(1 + x**2)),
    (sp.cosh(2 * sp.acosh(p)), 2 * p**2 - 1),
    (sp.exp((y + 1) * sp.log(p)), p * p**y),
    (p ** (n + sp.Rational(1, 2)), sp.sqrt(p) * p**n),
    (2**x * 3**x, 6**x),
    (sp.log(p**2 + p), sp.log(p) + sp.log(p + 1)),
    (sp.log(6 * p), sp.log(2) + sp.log(3) + sp.log(p)),
    (sp.sqrt(5 + 2 * sp.sqrt(6)), sp.sqrt(2) + sp.sqrt(3)),
    (sp.sqrt(p + q + 2 * sp.sqrt(p * q)), sp.sqrt(p) + sp.sqrt(q)),
    (1 / (sp.sqrt(p) + sp.sqrt(q) + 1), (sp.sqrt(p) + sp.sqrt(q) - 1) / (p + q + 2 * sp.sqrt(p * q) - 1)),
    (p ** sp.Rational(5, 6) / p**third, sp.sqrt(p)),
    (1 / (p**third - 1), (p ** (2 * third) + p**third + 1) / (p - 1)),
    ((-1) ** third, sp.Rational(1, 2) + sp.sqrt(3) * sp.I / 2),
    (sp.sqrt((x - 1) ** 2), sp.Abs(x - 1)),
    (sp.Abs(x * y), sp.Abs(x) * sp.Abs(y)),
    (sp.sqrt(w**2) - sp.sqrt(m**2), w + m),
    (sp.sqrt(u**2) ** 2, u**2),
    (f(x, y).diff(x, y), f(x, y).diff(y, x)),
    (f(g(x)).diff(x), f(g(x)).diff(x).doit()),
    (sp.Float(0.5) * x, x / 2),
    (sp.Heaviside(x) * sp.sign(sp.Add(sp.sin(x) ** 2, sp.cos(x) ** 2, -1)), sp.Integer(0)),
]


@pytest.mark.parametrize("backend", ["flint", "sympy"])
@pytest.mark.parametrize("prepared", [True, False])
@pytest.mark.parametrize("pair", EQUAL, ids=str)
def test_equal_functions_are_one_element(pair, prepared, backend):
    if backend == "flint":
        pytest.importorskip("flint")
    embedding = Embedding(COORDINATES, pair if prepared else (), backend=backend)
    first, second = map(embedding, pair)
    first, second = (embedding.ring.total([e.raw]) for e in (first, second))  # with the variables of now
    assert (first.numerator, first.exponents) == (second.numerator, second.exponents)
    assert embedding.is_zero(first - second).answer == "yes"


def number(expr, point=POINT):
    return sp.N(expr.xreplace(point).doit(), 50)


def close(a, b):
    return abs(number(a) - number(b)) < mpmath.mpf(10) ** -35 * (1 + abs(number(a)))


DIFFERENTIATED = [
    *(first for first, _ in EQUAL[:25]),
    sp.sqrt(x + sp.sqrt(x + sp.sqrt(x))),
    sp.sin(x / 5) + sp.cos(x / 7) / sp.sin(x),
    (x**2 + 1) ** sp.Rational(3, 2) / (x - 2),
    sp.erf(x * y),
    sp.besselj(0, x),
    sp.Piecewise((x**2, x > 0), (x, True)),
    sp.gamma(x),
    sp.factorial(x),
    sp.atan2(y, x),
    sp.Abs(x - 1) * sp.sign(y),
    sp.Integral(sp.exp(-(T**2)), (T, 0, x)),
    sp.log(x * y + 2) ** 2,
    x**x,
    (p * q) ** (x * y),
    sp.cbrt(x + sp.sqrt(x)),
    (x**3) ** third,
    sp.sqrt(1 - sp.sin(x) ** 2),
    sp.log(sp.tan(x / 2)),
    sp.asin(x / 2) + sp.atanh(x / 3) + sp.acoth(x + 2) + sp.asech(x / 2),
    sp.sqrt(x + sp.I * y),
    sp.conjugate(x) + sp.re(y) * sp.E * sp.pi * sp.EulerGamma,
]


@pytest.mark.parametrize("expr", DIFFERENTIATED, ids=str)
def test_value_and_derivative(expr):
    embedding = Embedding(COORDINATES, [expr])
    element = embedding(expr)
    assert close(embedding.expr(element), expr) and close(embedding.expr(element, expanded=True), expr)
    assert close(embedding.expr(element.along(0)), sp.diff(expr, x))
    assert element.along(0).along(1) == element.along(1).along(0)


def test_mixed_partials_are_made_on_demand():
    embedding = Embedding((x, y))
    element = embedding(f(x, y) * g(x * y))
    there = element.along(0).along(1).along(0).along(1)
    assert there == element.along(1).along(1).along(0).along(0)
    assert there == embedding(sp.diff(f(x, y) * g(x * y), x, 2, y, 2))


def test_derivatives_by_parameters():
    embedding = Embedding((x,))
    assert embedding(f(x, n).diff(n)).along(0) == embedding(f(x, n).diff(x, n))
    assert embedding(sp.Derivative(n**2 * x, n)) == embedding(2 * n * x)
    assert embedding(f(n * x).diff(n)) == embedding(x) * embedding(f(n * x).diff(x)) / embedding(n)


R, S = sp.symbols("R S", positive=True)
ALGEBRAIC = [
    R**4 - (x**2 + y**2 + z**2 - n**2) * R**2 - n**2 * z**2,
    R**3 - x,
    R**3 - 1 / x,
    R**5 - R - x,
    R**2 - x * R - y,
    R**3 - sp.sin(x) * R - y**5,
    R - sp.sin(x),
]


@pytest.mark.parametrize("relation", ALGEBRAIC, ids=str)
def test_algebraic_function(relation):
    embedding = Embedding((x, y, z), [], {R: relation})
    r = embedding(R)
    assert embedding(relation) == 0
    slope = r.along(0)
    assert slope * embedding(relation.diff(R)) == -embedding(relation.diff(x))
    assert [embedding(x).along(k) for k in range(3)] == [1, 0, 0]
    assert slope.along(1) == r.along(1).along(0)
    assert embedding(sp.besselj(0, R)).along(0) == embedding(-sp.besselj(1, R)) * slope
    assert embedding(f(R)).along(0) != 0


def test_two_algebraic_functions():
    relations = {R: R**4 - x * R**2 - y, S: S**4 - x * S**2 - z - R}
    embedding = Embedding((x, y, z), [], relations)
    assert all(embedding(relation) == 0 for relation in relations.values())
    assert all(embedding(v).along(k) == int(j == k) for j, v in enumerate((x, y, z)) for k in range(3))
    slope = embedding(S).along(1) * embedding(4 * S**3 - 2 * x * S)
    assert slope == embedding(R).along(1)


@pytest.mark.parametrize(
    ("symbol", "relation", "message"),
    [
        (R, R**2 - x**2, "reducible"),
        (R, (R - x) ** 2, "reducible"),
        (R, x + 1, "holds it"),
        (R, "R**2 - x", "holds it"),
        (R, sp.sin(R) - x, "no polynomial"),
        (x, x**2 - y, "is a coordinate"),
    ],
)
def test_bad_algebraic_function(symbol, relation, message):
    with pytest.raises(SymbolError, match=message):
        Embedding((x, y), [], {symbol: relation})


def _deep(depth):
    expr = x
    for _ in range(depth):
        expr = 1 / (expr + 1) + x
    return expr


@pytest.mark.parametrize(
    "bad",
    [
        *(
            None,
            "x",
            1j,
            float("nan"),
            float("inf"),
            sp.oo,
            sp.zoo,
            x + sp.oo,
            sp.Eq(x, 1),
            sp.Matrix([x]),
            [x],
            sp.true,
        ),
        *(sp.Symbol("A", commutative=False), sp.MatrixSymbol("M", 2, 2), sp.O(x), sp.Lambda(x, x), sp.Interval(0, 1)),
        *(sp.Derivative(f(x), (x, sp.Symbol("k", integer=True))), sp.Derivative(sp.conjugate(u), u), sp.Tuple(x)),
    ],
    ids=str,
)
def test_bad_input(bad):
    embedding = Embedding(COORDINATES)
    with pytest.raises(SymbolError, match=r"expected|no expression|commute|no number|not known"):
        embedding(bad).along(5)


def test_too_deep():
    with pytest.raises(SymbolError, match="nested too deeply"):
        Embedding((x,))(_deep(400))


def test_division_by_zero():
    embedding = Embedding((x,))
    zero = sp.Add(sp.sin(x) ** 2, sp.cos(x) ** 2, -1)
    for expr in (1 / zero, zero ** sp.Rational(-1, 2)):
        with pytest.raises(ExactError, match="identically zero"):
            embedding(expr)
    with pytest.raises(ExactError, match="logarithm of an expression that is identically zero"):
        embedding(sp.log(zero))
    with pytest.raises(ExactError, match="one of the branches"):
        embedding(1 / (x + sp.Abs(x)))


def test_notes():
    embedding = Embedding((x,))
    embedding(0.1 * x + sp.sqrt(x**2 - 2 * x + 1) + sp.Piecewise((x, x > 0), (0, True)))
    assert any("0.1" in note and "1/10" in note for note in embedding.notes)
    assert any("up to a sign" in note for note in embedding.notes)
    assert any("Piecewise is exact within one branch" in note for note in embedding.notes)


def test_the_ring_grows_under_living_elements():
    embedding = Embedding((x, y))
    old = embedding(1 / (sp.cos(x) + 2) + x)
    for k in range(2, 5):
        embedding(sp.sin(x / k) + sp.sqrt(x + k) + f(y + k))
    assert old == embedding(1 / (2 * sp.cos(x / 2) ** 2 + 1) + x)
    assert old.along(0) == embedding(sp.sin(x) / (sp.cos(x) + 2) ** 2 + 1)


def test_output_has_few_minus_signs():
    embedding = Embedding(COORDINATES)
    for written in ("(-x + z)*(x + z)/z**2", "-(x**2 + 1)/y", "2*(x - y)/(3*z)"):
        expr = parse(written, [x, y, z])
        assert str(embedding.expr(embedding(sp.expand(expr)))) == written


def test_a_nested_radical_has_the_derivative_that_sympy_gives_it():
    base = x**2 + y**2 + z**2 - p**2
    root = sp.sqrt((base + sp.sqrt(base**2 + 4 * p**2 * z**2)) / 2)
    embedding = Embedding((x, y, z), [root])
    assert embedding(sp.diff(root, x)) == embedding(root).along(0)


def test_absolute_values_of_what_may_be_complex():
    embedding = Embedding((u,), [sp.Abs(u)])
    assert embedding(sp.Abs(u)) ** 2 == embedding(u) ** 2 and "u is taken to be real" in embedding.notes


LINEAR = st.tuples(st.sampled_from([1, -1, 2, sp.Rational(1, 2)]), st.sampled_from([x, y, p, x + y])).map(
    lambda t: t[0] * t[1]
)
LEAVES = st.one_of(
    st.sampled_from([x, y, p, u, sp.Rational(3, 2), sp.Integer(-2)]),
    st.tuples(st.sampled_from([sp.sin, sp.cos, sp.tan, sp.exp, sp.sinh]), LINEAR).map(lambda t: t[0](t[1])),
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: t[0] + t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] / (t[1] ** 2 + 3)),
        inner.map(lambda e: sp.sqrt(e**2 + e + 5)),
        inner.map(lambda e: sp.log(e**2 + 2)),
    ),
    max_leaves=4,
)


@settings(max_examples=15)
@given(EXPRESSIONS)
def test_random_expressions(expr):
    embedding = Embedding(COORDINATES, [expr])
    element = embedding(expr)
    assert close(embedding.expr(element), expr) and close(embedding.expr(element, expanded=True), expr)
    assert close(embedding.expr(element.along(0)), sp.diff(expr, x))
    for written in (sp.expand(expr), sp.expand_trig(expr), sp.together(expr)):
        assert embedding.is_zero(element - embedding(written)).answer == "yes"
