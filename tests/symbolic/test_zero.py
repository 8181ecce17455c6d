"""Zero tests: yes, no, or not decided because; never a wrong answer."""

import pytest
import sympy as sp

from riemlearn.errors import ExactError
from riemlearn.symbolic.embed import Embedding

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
w = sp.Symbol("w", nonnegative=True)
k = sp.Symbol("k", integer=True)
u, v = sp.symbols("u v")
third = sp.Rational(1, 3)
COORDINATES = (x, y, p, u, v)

NO = [
    sp.Abs(x) - x,
    sp.sqrt(x**2) - x,
    sp.sqrt(u**2) - u,
    sp.atan(x) + sp.acot(x) - sp.pi / 2,  # false for negative x
    sp.asin(sp.sin(x)) - x,  # true near 0 only
    sp.sqrt(x) * sp.sqrt(-x) - sp.I * x,  # false for negative x
    sp.E - sp.pi,
    sp.erf(x) - x,
    sp.log(2) * sp.log(3) - sp.log(6),
    sp.sqrt(x**2 + 1) - x,
    sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(6),
    sp.exp(x) - sp.exp(2 * x),
    sp.cos(sp.pi * k / 2),
    p ** sp.Rational(1, 9) - p,
]
# zero, but more is to be known than the ring does
UNDECIDED = [
    sp.erf(x) + sp.erfc(x) - 1,
    sp.gamma(x + 1) - x * sp.gamma(x),
    sp.Abs(x**2 - x + 1) - (x**2 - x + 1),
    sp.log(sp.exp(u)) - u,
    sp.log(u * sp.exp(u)) - sp.log(u) - u,
    sp.asinh(x) - sp.log(x + sp.sqrt(x**2 + 1)),
    sp.atanh(p) - sp.log(1 + p) / 2 + sp.log(1 - p) / 2,
    sp.cbrt(2 + sp.sqrt(5)) - (1 + sp.sqrt(5)) / 2,
    sp.Max(x, y) + sp.Min(x, y) - x - y,
    sp.sqrt(sp.exp(u)) - sp.exp(u / 2),
    sp.sin(sp.pi * k + x) ** 2 - sp.sin(x) ** 2,
    (-1) ** k * (-1) ** k - 1,
]


@pytest.mark.parametrize("expr", NO, ids=str)
def test_no(expr):
    embedding = Embedding(COORDINATES, [expr])
    decision = embedding.is_zero(embedding(expr))
    assert decision.answer == "no" and not decision
    assert "random point" in decision.reason if embedding.doubts else "independent" in decision.reason


@pytest.mark.parametrize("expr", UNDECIDED, ids=str)
def test_what_is_not_proved_is_not_denied(expr):
    embedding = Embedding(COORDINATES, [expr])
    decision = embedding.is_zero(embedding(expr))
    if decision.answer == "undecided":
        assert decision.reason
        with pytest.raises(ExactError, match="not decided, because"):
            bool(decision)
    else:
        assert decision.answer == "yes"


@pytest.mark.parametrize(
    "expr",
    [
        (x * y) ** third - x**third * y**third,  # false where both are negative
        (x**3) ** third - x,
        sp.sqrt(x * y) - sp.sqrt(x) * sp.sqrt(y),
        sp.sqrt(u**2 * v) - u * sp.sqrt(v),
        sp.log(x * y) - sp.log(x) - sp.log(y),
        sp.log(x**2) - 2 * sp.log(x),
        sp.sqrt(1 - sp.sin(x) ** 2) - sp.cos(x),
        sp.sqrt((1 + sp.cos(x)) / 2) - sp.cos(x / 2),
    ],
    ids=str,
)
def test_no_branch_is_guessed(expr):
    """Each holds on a part of the domain only."""
    for prepared in ([expr], []):
        embedding = Embedding(COORDINATES, prepared)
        assert embedding.is_zero(embedding(expr)).answer != "yes"


def test_values_obey_the_assumptions():
    embedding = Embedding((w,))
    doubted = embedding(sp.Abs(sp.erf(w)) - sp.erf(w))
    assert embedding.is_zero(doubted).answer in ("yes", "undecided")
