"""Algebraic functions given by their polynomial, and budgets, through the constructors of Metric."""

import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import BudgetError, SymbolError, UnboundParameter

t, x, y, z, r = sp.symbols("t x y z r", real=True)
M, a = sp.symbols("M a", positive=True)
BASE = x**2 + y**2 + z**2 - a**2
QUARTIC = r**4 - BASE * r**2 - a**2 * z**2
ROOT = sp.sqrt((BASE + sp.sqrt(BASE**2 + 4 * a**2 * z**2)) / 2)


def kerr_schild(**options):
    covector = [1, (r * x + a * y) / (r**2 + a**2), (r * y - a * x) / (r**2 + a**2), z / r]
    height = 2 * M * r**3 / (r**4 + a**2 * z**2)
    matrix = sp.diag(-1, 1, 1, 1) + height * sp.Matrix(covector) * sp.Matrix(covector).T
    return rl.Metric.from_sympy([t, x, y, z], matrix, signature="lorentzian", **options)


def test_kerr_in_cartesian_coordinates_is_exact_and_numeric():
    g = kerr_schild(algebraic={r: (QUARTIC, ROOT)})
    nabla = rl.Connection(g)
    assert nabla.ricci.is_zero and not nabla.riemann.is_zero
    u = a * z / r  # a cos(theta)
    published = 48 * M**2 * (r**2 - u**2) * ((r**2 + u**2) ** 2 - 16 * r**2 * u**2) / (r**2 + u**2) ** 6
    embedding = g.closed_form.embedding
    assert nabla.kretschmann.components.element(()) == embedding(published)
    assert sorted(g.parameters) == ["M", "a"]
    bound, point = g.bind(M=1.0, a=0.5), [0.0, 1.0, 2.0, 0.7]
    closed, numeric = (rl.Connection(metric).kretschmann(point) for metric in (bound, bound.numeric()))
    assert closed == pytest.approx(float(numeric), rel=1e-10)


def test_a_wrong_sign_is_not_a_vacuum():
    assert rl.Connection(kerr_schild(algebraic={r: QUARTIC})).ricci.is_zero
    near = r**4 - BASE * r**2 + a**2 * z**2
    assert not rl.Connection(kerr_schild(algebraic={r: near})).ricci.is_zero


def test_what_algebraic_refuses():
    with pytest.raises(SymbolError, match="is no root of the polynomial of r"):
        kerr_schild(algebraic={r: (QUARTIC, ROOT + 1)})
    with pytest.raises(SymbolError, match="algebraic must map symbols to polynomials"):
        kerr_schild(algebraic=[QUARTIC])
    with pytest.raises(SymbolError, match="expected SymPy expressions"):
        kerr_schild(algebraic={r: "r**2"})
    with pytest.raises(SymbolError, match="polynomial that holds it"):
        kerr_schild(algebraic={r: x**2 - y**2})
    unvalued = kerr_schild(algebraic={r: QUARTIC}).bind(M=1.0, a=0.5)
    with pytest.raises(UnboundParameter, match="known by its polynomial only"):
        unvalued([0.0, 1.0, 2.0, 0.7])


def test_an_ambient_metric_keeps_its_algebraic_functions():
    X, Y, u = sp.symbols("X Y u", real=True)
    rho = sp.Symbol("rho", positive=True)
    plane = rl.Metric.from_sympy(
        [X, Y], rho**2 * sp.eye(2), algebraic={rho: (rho**2 - X**2 - Y**2, sp.sqrt(X**2 + Y**2))}
    )
    circle = rl.Metric.from_embedding([2 * sp.cos(u), 2 * sp.sin(u)], coords=[u], ambient=plane)
    assert float(circle([0.3])[0, 0]) == pytest.approx(16.0)


def test_a_metric_symmetric_by_its_relation():
    assert rl.Metric.from_sympy([x, y], [[1, r**2], [x**2 + 1, 5]], algebraic={r: r**2 - x**2 - 1}).dim == 2


def test_a_budget_leaves_what_is_finished():
    f = [sp.Function(f"f{i}")(t, x, y) for i in range(6)]
    matrix = sp.Matrix([[f[0], f[1], f[2]], [f[1], f[3], f[4]], [f[2], f[4], f[5]]])
    g = rl.Metric.from_sympy([t, x, y], matrix, budget=rl.symbolic.Budget(memory=1e5))
    nabla = rl.Connection(g)
    assert nabla.christoffel_first[0, 0, 0] == f[0].diff(t) / 2
    with pytest.raises(BudgetError, match="past the memory"):
        _ = nabla.kretschmann.expr
    assert nabla.christoffel_first.components.known


def test_notes_of_floats_are_shown():
    g = rl.Metric.from_sympy([x, y], sp.diag(1, 0.5 * x**2))
    assert g.notes == ("0.5 is taken as 1/2",) and "note: 0.5 is taken as 1/2" in repr(g)
