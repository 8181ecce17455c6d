"""Differentials and line elements."""

import copy

import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import MetricError, SymbolError
from riemlearn.symbolic import CoordinateDifferential, line_element_matrix

d = rl.differential
t, x, y = sp.symbols("t x y", real=True)
r = sp.Symbol("r", positive=True)
a = sp.Symbol("a")


def test_a_differential_is_equal_to_itself_alone():
    assert d(t) == d(t) and hash(d(t)) == hash(d(t))
    others = [sp.Symbol("dt"), sp.Symbol("d(t)"), sp.Symbol("d(t)", real=True), d(sp.Symbol("t")), d(x), t]
    assert all(d(t) != other for other in others)
    assert d(t) + d(sp.Symbol("t")) - d(t) == d(sp.Symbol("t"))
    assert copy.deepcopy(d(t) ** 2 + t) == d(t) ** 2 + t
    assert (d(t).coordinate, d(t).is_real, d(a).is_real) == (t, True, None)
    assert sp.diff(t * d(t), t) == d(t)


def test_how_it_is_shown():
    theta = sp.Symbol("theta")
    assert str(d(theta) ** 2) == "d(theta)**2"
    assert sp.latex(d(theta)) == r"\mathrm{d}\theta"
    assert "d(theta)" in sp.pretty(d(theta))


def test_what_has_no_differential():
    for f in (x + y, sp.sin(x), sp.Integer(1), d(x) * 2):
        with pytest.raises(SymbolError, match=r"expected a coordinate.*write diff\(f, x\)\*d\(x\) \+ ... out"):
            d(f)
    for f in ("x", d(x), 3, None):
        with pytest.raises(SymbolError, match="expected a coordinate"):
            d(f)


@pytest.mark.parametrize(
    ("ds2", "matrix"),
    [
        (d(x) ** 2 + r**2 * d(y) ** 2, [[1, 0], [0, r**2]]),
        (d(x) * d(y), [[0, sp.Rational(1, 2)], [sp.Rational(1, 2), 0]]),
        ((d(x) + a * d(y)) ** 2 / r, [[1 / r, a / r], [a / r, a**2 / r]]),
        (r * (d(x) + a * d(y)) * (d(x) - a * d(y)), [[r, 0], [0, -(a**2) * r]]),
        ((d(x) + d(y)) ** 3 / (d(x) + d(y)), [[1, 1], [1, 1]]),
        ((d(x) + 1) ** 2 - 2 * d(x) - 1, [[1, 0], [0, 0]]),
        ((d(x) ** 2 - d(y) ** 2) / (d(x) - d(y)) * d(x), [[1, sp.Rational(1, 2)], [sp.Rational(1, 2), 0]]),
        (sp.Integer(0), [[0, 0], [0, 0]]),
    ],
    ids=str,
)
def test_the_matrix_gives_the_line_element_back(ds2, matrix):
    found = line_element_matrix([x, y], ds2)
    assert found.applyfunc(sp.expand) == sp.Matrix(matrix).applyfunc(sp.expand)
    column = sp.Matrix([d(x), d(y)])
    assert sp.cancel((column.T * found * column)[0] - ds2) == 0


@pytest.mark.parametrize(
    ("ds2", "error", "message"),
    [
        (
            d(x) ** 2 + 3 * d(y),
            MetricError,
            r"every term must be quadratic .* but 3\*d\(y\) is of order 1",
        ),
        (d(x) ** 2 + a, MetricError, "but a is of order 0"),
        (
            d(x) ** 2 + a * d(x) * d(y) ** 2,
            MetricError,
            r"not quadratic .* the coefficient of d\(x\)",
        ),
        (sp.sqrt(d(x) * d(y)), MetricError, "not quadratic"),
        (d(x) ** 3 / d(y), MetricError, "not quadratic"),
        (sp.sin(d(x)), MetricError, "not quadratic"),
        (d(x) ** 2 + d(t) ** 2, SymbolError, r"d\(t\) is the differential of no coordinate of \(x, y\)"),
        (d(sp.Symbol("x")) ** 2, SymbolError, "x stands there with other assumptions than the coordinate x"),
        ("d(x)**2", SymbolError, r"got 'd\(x\)\*\*2' of type str; riemlearn.symbolic.parse reads text"),
        (sp.eye(2), SymbolError, "expected a SymPy expression in differentials"),
    ],
    ids=str,
)
def test_what_is_no_line_element(ds2, error, message):
    with pytest.raises(error, match=message):
        line_element_matrix([x, y], ds2)


def test_the_class_is_final_in_its_parts():
    assert isinstance(d(x), CoordinateDifferential) and isinstance(d(x), sp.Symbol)
    assert d(x).free_symbols == {d(x)}
