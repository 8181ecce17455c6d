"""The normal form: zero exactly when the expression is, and unchanged in value."""

import math

import mpmath
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from riemlearn.symbolic import normal

x, y = sp.symbols("x y", real=True)
a = sp.Symbol("a", positive=True)
f = sp.Function("f")

ZEROS = [
    sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1,
    sp.cosh(x) ** 2 - sp.sinh(x) ** 2 - 1,
    sp.sin(2 * x) - 2 * sp.sin(x) * sp.cos(x),
    sp.sin(x + y) - sp.sin(x) * sp.cos(y) - sp.cos(x) * sp.sin(y),
    sp.tan(x) - sp.sin(x) / sp.cos(x),
    1 + sp.tan(x) ** 2 - sp.sec(x) ** 2,
    sp.coth(x) ** 2 - 1 - sp.csch(x) ** 2,
    sp.sin(x) / (1 + sp.cos(x)) - (1 - sp.cos(x)) / sp.sin(x),
    sp.sqrt(1 + x**2) ** 3 / (1 + x**2) - sp.sqrt(1 + x**2),
    1 / (sp.sqrt(x**2 + 1) + x) - (sp.sqrt(x**2 + 1) - x),
    1 / (sp.sqrt(2) + sp.sqrt(3)) - (sp.sqrt(3) - sp.sqrt(2)),
    sp.exp(2 * x) - sp.exp(x) ** 2,
    sp.exp(x + y) / sp.exp(y) - sp.exp(x),
    sp.diff(f(x) ** 2, x) - 2 * f(x) * sp.diff(f(x), x),
    (x**2 - a**2) / (x - a) - x - a,
    sp.Float(0.5) * x - x / 2,
    sp.cosh(x) - (sp.exp(x) + sp.exp(-x)) / 2,
    sp.tanh(x) - (sp.exp(2 * x) - 1) / (sp.exp(2 * x) + 1),
    (sp.Abs(x) - x) * (sp.Abs(x) + x),
    1 / (sp.Abs(x) + 1) - (sp.Abs(x) - 1) / (x**2 - 1),
]
NOT_ZEROS = [sp.sin(x) - sp.cos(x), sp.sqrt(x**2 + 1) - x, sp.exp(x) - 1 - x, f(x) - f(y), sp.sin(x) ** 2 - 1]


@pytest.mark.parametrize("expr", ZEROS, ids=str)
def test_zero(expr):
    assert normal(expr) == 0


@pytest.mark.parametrize("expr", NOT_ZEROS, ids=str)
def test_not_zero(expr):
    assert normal(expr) != 0


atoms = st.sampled_from([x, sp.sin(x), sp.cos(x), sp.sinh(y), sp.cosh(y), sp.sqrt(1 + y**2), sp.tan(x), sp.Integer(2)])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] / (p[1] ** 2 + 3)),
    ),
    max_leaves=3,
)


@given(expressions)
def test_the_value_is_kept(expr):
    values = {x: sp.Rational(7, 10), y: sp.Rational(4, 3)}
    before, after = expr.evalf(40, subs=values), normal(expr).evalf(40, subs=values)
    assert mpmath.almosteq(mpmath.mpf(str(before)), mpmath.mpf(str(after)), 1e-14, 1e-14)


@given(expressions, expressions)
def test_identities_of_arithmetic(p, q):
    assert normal((p + q) ** 2 - p**2 - 2 * p * q - q**2) == 0
    assert normal((p**2 - q**2) / (1 + (p - q) ** 2) - (p + q) * (p - q) / (1 + (p - q) ** 2)) == 0


def test_the_shorter_of_sine_and_cosine():
    assert normal(1 - sp.sin(x) ** 2) == sp.cos(x) ** 2
    assert normal(sp.cosh(x) ** 2 - 1) == sp.sinh(x) ** 2


@pytest.mark.parametrize("number", [0.1, math.pi, 1 / 3, 1e-300, 123456789.123456789])
def test_floats_keep_their_digits(number):
    """The rational number is the shortest decimal, which reads back as the same float."""
    coefficient = normal(sp.Float(number) * x).coeff(x)
    assert coefficient.is_Rational and float(coefficient) == number
    assert normal(sp.Float("0.1", 30) * x) == normal(sp.Float(0.1) * x) == x / 10
