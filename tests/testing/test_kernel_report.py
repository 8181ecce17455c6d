"""Public invariants of kernels, distances and integrals without a manifold; and how a report shows itself."""

import numpy as np
import pytest

from riemlearn import testing
from riemlearn.chart import Chart, Region, interval, periodic, pole_interval
from riemlearn.errors import ChartError, MetricError, ShapeError, SymbolError
from riemlearn.manifolds import Euclidean, Sphere
from riemlearn.testing.differences import around, axes, axes_and_diagonals, first, second, step_lengths


def gauss(t, x, y):
    return np.exp(-np.sum((x - y) ** 2, -1) / (4 * t)) / np.sqrt(4 * np.pi * t)


X, Y = np.array([[0.3], [-1.0]]), np.array([[1.1], [0.4]])
LINE = testing.chart_quadrature(Euclidean(1).chart, 80, box=([-12.0], [12.0]))


def misses(kernel):
    def log(t, x, y):
        with np.errstate(invalid="ignore"):
            return np.log(kernel(t, x, y))

    return {
        "symmetry": testing.kernel_symmetry(kernel, 0.5, X, Y),
        "positivity": testing.positivity(kernel, 0.5, X, Y),
        "mass": testing.mass(kernel, 0.5, X[0], *LINE),
        "semigroup": testing.semigroup(kernel, 0.5, 0.3, X[0], Y[0], *LINE),
        "equation": testing.heat_equation(log, Euclidean(1).metric, 0.5, X, Y),
    }


@pytest.mark.parametrize(
    ("kernel", "seen"),
    [
        (gauss, set()),
        (lambda t, x, y: 3 * gauss(t, x, y), {"mass", "semigroup"}),
        (lambda t, x, y: gauss(t / 2, x, y), {"equation"}),
        (lambda t, x, y: gauss(t, x, y) * np.exp(0.01 * (y - x)[..., 0]), {"symmetry", "mass", "equation"}),
        (lambda t, x, y: -gauss(t, x, y), {"positivity", "mass", "semigroup", "equation"}),
        (lambda t, x, y: gauss(t, x, y) * np.nan, {"symmetry", "positivity", "mass", "semigroup", "equation"}),
    ],
    ids=["true", "factor", "half the time", "drift", "negative", "NaN"],
)
def test_heat_kernels(kernel, seen):
    assert {name for name, miss in misses(kernel).items() if not miss < 1e-7} == seen


def test_a_kernel_that_vanishes_is_not_positive():
    assert testing.positivity(lambda t, x, y: np.zeros(2), 0.5, X, Y) == 1.0


def test_quadrature_is_exact_on_polynomials_and_waves_and_refuses_what_is_not_bounded():
    chart = Chart(("u", "v"), (interval(-1, 2), periodic(3.0)))
    nodes, weights = testing.chart_quadrature(chart, (4, 8))
    u, v = nodes.T
    assert len(nodes) == 32
    assert weights @ (u**7 * np.cos(2 * np.pi * v / 3) ** 2) == pytest.approx((2**8 - 1) / 8 * 1.5)
    with pytest.raises(ChartError, match="x1 runs over"):
        testing.chart_quadrature(Euclidean(1).chart, 4)
    with pytest.raises(ChartError, match="the chart is the disc, not a box"):
        testing.chart_quadrature(Chart(("u",), (), Region(lambda p: p[..., 0] < 1, "the disc")), 4)
    with pytest.raises(ShapeError, match="one a coordinate"):
        testing.chart_quadrature(chart, (4, 0))
    with pytest.raises(ShapeError, match="2 coordinates"):
        testing.chart_quadrature(chart, 4, box=([0.0], [1.0]))


def test_gauss_bonnet_sees_a_wrong_characteristic_and_a_wrong_dimension():
    found = testing.gauss_bonnet(Sphere(2).metric, 0, points_per_axis=24)
    assert found.value == pytest.approx(2) and found.miss == pytest.approx(2) and found.estimate < 1e-10
    with pytest.raises(ShapeError, match="dimension 2, got 1"):
        testing.gauss_bonnet(Sphere(1).metric, 0)


def test_differences_keep_ten_digits_and_stay_in_the_chart():
    x = np.array([[0.4, 1.2], [1.5, -0.3]])
    chart = Chart(("u", "v"), (pole_interval(0, 2), interval()), Region(lambda p: p[..., 0] + p[..., 1] > 0, "above"))
    steps = step_lengths(chart, x, 5e-3)

    def f(p):
        return np.sin(p[..., 0]) * np.exp(p[..., 1])

    u, v = x.T
    slope = first(f(around(x, steps, axes(2))), steps)
    np.testing.assert_allclose(slope, np.stack([np.cos(u), np.sin(u)], -1) * np.exp(v)[:, None], rtol=1e-9)
    hessian = second(f(x), f(around(x, steps, axes_and_diagonals(2))), steps)
    mixed = np.cos(u) * np.exp(v)
    expected = np.stack([np.stack([-f(x), mixed], -1), np.stack([mixed, f(x)], -1)], -1)
    np.testing.assert_allclose(hessian, expected, rtol=1e-7)
    close = step_lengths(chart, np.array([[1.0, -0.9999]]), 5e-3)
    assert np.all(chart.contains(around(np.array([[1.0, -0.9999]]), close, axes(2))))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: testing.gauss_equation(np.zeros((2,) * 4), np.zeros((2, 3, 3))), r"second must have shape"),
        (lambda: testing.gauss_equation(np.zeros((3,) * 4), np.zeros((2, 2, 3))), "dimensions differ"),
        (lambda: testing.second_bianchi(np.zeros((2,) * 4), np.zeros((3,) * 5), np.zeros((2,) * 3)), "differ"),
        (
            lambda: testing.codazzi_equation(
                np.zeros((2, 2, 3)), np.zeros((2, 2, 3, 3)), np.zeros((2, 2, 2)), np.zeros((3, 2))
            ),
            "derivative has shape",
        ),
        (
            lambda: testing.codazzi_equation(
                np.zeros((2, 2, 3)), np.zeros((2, 2, 3, 2)), np.zeros((2, 2, 2)), np.zeros((2, 3))
            ),
            "jacobian has shape",
        ),
    ],
)
def test_bad_shapes(call, match):
    with pytest.raises(ShapeError, match=match):
        call()


def test_oracles_are_public():
    assert float(testing.log_heat("euclidean", 1, 0.5, 1)) == pytest.approx(np.log(gauss(0.5, 1.0, np.zeros(1))))


GOOD = testing.CheckRow("torsion", 0.0, 1e-8, (), True, "Holds: all is well.")
BAD = testing.CheckRow("volume <b>", 0.5, 1e-8, ((1.0, 2.0), (3.0, 4.0)), False, "Should hold: much.")
REPORT = testing.CheckReport("a plane", (GOOD, BAD), (("levels", "not known: x"), ("Weyl's law", "not known: x")))


def test_a_report_says_what_failed_by_how_much_and_where():
    text = repr(REPORT)
    assert text.splitlines()[0] == "a plane: 2 checks, 1 FAILED"
    assert "! volume <b>     5e-01  of 1e-08" in text
    assert "at (1, 2) and (3, 4): Should hold: much." in text
    assert "not checked: levels, Weyl's law (not known: x)" in text
    with pytest.raises(MetricError, match=r"volume <b>: error 5.0e-01, tolerance 1e-08 at \(1, 2\) and \(3, 4\)"):
        REPORT.raise_if_failed()


def test_a_report_in_a_notebook_is_escaped():
    page = REPORT._repr_html_()
    assert "volume &lt;b&gt;" in page and "<b>" not in page
    assert page.count("<tr") == 3 and "<li>levels, Weyl&#x27;s law: not known: x</li>" in page


def test_rows_are_found_by_name():
    assert REPORT["torsion"] is GOOD and REPORT.failures == (BAD,)
    with pytest.raises(SymbolError, match="it was not checked: not known: x"):
        REPORT["levels"]
    with pytest.raises(SymbolError, match="there are torsion, volume"):
        REPORT["Torsion"]


def test_a_report_passes_if_all_rows_do_and_there_is_one():
    fine = testing.CheckReport("a plane", (GOOD,))
    fine.raise_if_failed()
    assert fine.passed and "all passed" in repr(fine)
    assert not testing.CheckReport("nothing", ()).passed
