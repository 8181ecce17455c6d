"""Bad budgets, and expressions past what SymPy can walk through, are refused in our own words."""

import copy
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import BudgetError, ExactError, ShapeError, SymbolError

X, Y = sp.symbols("x y", real=True)


def continued_fraction(depth):
    value = X
    for _ in range(depth):
        value = 1 / (1 + X * value)
    return value


@pytest.mark.parametrize("limits", [{"seconds": "x"}, {"memory": "x"}, {"memory": None}, {"seconds": True}])
def test_limits_of_a_budget_are_positive_numbers(limits):
    with pytest.raises(BudgetError, match="must be a positive number"):
        rl.symbolic.Budget(**limits)


def test_a_budget_can_be_copied():
    assert repr(copy.deepcopy(rl.symbolic.Budget(seconds=5))) == "Budget(seconds=5, memory=2e+09)"


def test_a_budget_is_a_budget():
    with pytest.raises(BudgetError, match="must be a riemlearn"):
        rl.Metric.from_sympy([X, Y], sp.eye(2), budget=5)


def test_expressions_that_are_nested_too_deeply():
    deep = continued_fraction(400)
    with pytest.raises(SymbolError, match="nested too deeply"):
        rl.Metric.from_sympy([X, Y], [[1, 0], [0, deep]])
    with pytest.raises(SymbolError, match="nested too deeply"):
        rl.Metric.from_embedding([X, Y, deep], coords=[X, Y])
    with pytest.raises(SymbolError, match="nested too deeply"):
        rl.Metric.from_line_element([X, Y], rl.differential(X) ** 2 + deep * rl.differential(Y) ** 2)


def test_a_root_of_high_degree_keeps_to_the_time():
    g = rl.Metric.from_sympy([X, Y], sp.diag(1, 2 + X ** sp.Rational(1, 1009)), budget=rl.symbolic.Budget(seconds=0.2))
    with pytest.raises(BudgetError, match="time"):
        _ = rl.Connection(g).scalar.expr


def test_a_power_typed_as_a_float_is_refused_at_once():
    g = rl.Metric.from_sympy([X, Y], sp.diag(1, X ** (2 / 3)))
    with pytest.raises(ExactError, match=r"root of degree 5000000000000000.*write sympy.Rational\(2, 3\)"):
        _ = rl.Connection(g).scalar.expr
    half = rl.Metric.from_sympy([X, Y], sp.diag(1, X**0.5))
    assert rl.Connection(half).scalar.expr == sp.Rational(3, 8) / X**2


def test_the_index_of_a_divergence_is_a_number():
    nabla = rl.Connection(rl.Metric.from_sympy([X, Y], sp.diag(1, 1 + X**2)))
    with pytest.raises(ShapeError, match="got i = 'a'"):
        nabla.divergence(nabla.ricci, "a")


def test_several_threads_may_ask_one_metric():
    f = sp.Function("f")

    def cotton():
        z = sp.Symbol("z", real=True)
        g = sp.Matrix([[1 + f(X, Y) ** 2, Y, 0], [Y, f(Y, z), sp.sin(X)], [0, sp.sin(X), 2]])
        return rl.Connection(rl.Metric.from_sympy([X, Y, z], g)).cotton.components

    indices = [(0, 0, 1), (1, 0, 2), (2, 1, 2), (0, 1, 2)]
    expected, found, interval = cotton(), cotton(), sys.getswitchinterval()
    _ = found.embedding
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            terms = list(pool.map(lambda index: len(found.element(index).numerator), indices))
    finally:
        sys.setswitchinterval(interval)
    assert terms == [len(expected.element(index).numerator) for index in indices]
