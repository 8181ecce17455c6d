"""Spacetimes: every record against its chart, and published curvature against automatic differentiation."""

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ShapeError, SymbolError
from riemlearn.manifolds import Patch, Spacetime, spacetime, spacetimes
from riemlearn.symbolic import differential, normal

INVARIANTS = {"scalar", "ricci", "ricci_squared", "kretschmann", "weyl_squared", "einstein"}
INVARIANTS |= {"constant_curvature", "conformally_flat"}
REQUIRED = """
    minkowski minkowski-spherical schwarzschild schwarzschild-eddington_finkelstein schwarzschild-isotropic
    schwarzschild-painleve_gullstrand reissner_nordstrom kerr kerr-kerr_schild kerr_newman taub_nut de_sitter
    de_sitter-flat anti_de_sitter anti_de_sitter-poincare schwarzschild_de_sitter tangherlini myers_perry btz flrw
    goedel ellis vaidya eguchi_hanson pp_wave bertotti_robinson nariai nil sol sl2r
""".split()
NUMERIC = ["kerr-kerr_schild", "taub_nut", "myers_perry", "flrw", "vaidya", "eguchi_hanson"]


def at_patch(name: str) -> Spacetime:
    """The spacetime with numbers for its parameters."""
    return spacetime(name, **spacetime(name).patch_values)


def value(M: Spacetime, e: sp.Expr, at) -> sp.Expr:
    """An expression at a point, its algebraic functions being the roots that are meant."""
    return M.metric.closed_form.explicit(e).subs(at)


def points(patch: Patch, count: int = 3) -> np.ndarray:
    """Points of the patch that do not lie on a line."""
    low, high = map(np.array, patch)
    steps = np.sqrt(np.arange(2, 2 + len(low)))[None, :] * np.arange(1, count + 1)[:, None] % 1
    return low + steps * (high - low)


def test_what_users_look_for_is_there():
    assert set(REQUIRED) <= set(spacetimes())


@pytest.mark.parametrize("name", spacetimes())
def test_every_record_is_whole(name):
    M = spacetime(name)
    assert M.name == name and M.title and M.source and M.dim == len(M.chart.names)
    assert M.invariants and set(M.invariants) <= INVARIANTS
    # what is declared is what occurs
    assert set(M.metric.parameters) == set(M.parameters) == set(M.patch_values)
    known = {*M.coordinates, *M.algebraic} | {p for p in M.parameters.values() if isinstance(p, sp.Symbol)}
    for e in (M.line_element, *M.invariants.values()):
        if isinstance(e, sp.Basic):
            assert {s for s in e.free_symbols if s.name[:2] != "d("} <= known
            assert {f for f in e.atoms(sp.core.function.AppliedUndef)} <= set(M.parameters.values())
    # the patch lies in the chart, and there the metric has its signature
    N = at_patch(name)
    assert all(M.chart.contains(x) for x in points(M.patch))
    for x in points(M.patch, 2):
        at = dict(zip(N.coordinates, x, strict=True))
        g = np.array([[value(N, N.metric[i, j], at) for i in range(N.dim)] for j in range(N.dim)], float)
        np.testing.assert_array_equal(g, g.T)
        negative = np.sum(np.linalg.eigvalsh(g) < 0)
        assert negative == {"lorentzian": 1, "riemannian": 0}[M.signature] and abs(np.linalg.det(g)) > 1e-6


@pytest.mark.parametrize("name", NUMERIC)
def test_published_curvature_is_that_of_the_metric(name):
    M = at_patch(name)
    x = points(M.patch)
    found = rl.Connection(M.metric.numeric()).evaluate(x, "metric", "inverse", "riemann", "ricci", "scalar")
    g, inverse, riemann, ricci, scalar = map(np.asarray, found.values())
    low = np.einsum("pim,pmjkl->pijkl", g, riemann)
    computed = {
        "scalar": scalar,
        "ricci": ricci,
        "ricci_squared": np.einsum("pij,pia,pjb,pab->p", ricci, inverse, inverse, ricci),
        "kretschmann": np.einsum("pijkl,pia,pjb,pkc,pld,pabcd->p", low, *4 * [inverse], low, optimize=True),
    }
    for what in computed.keys() & M.invariants.keys():
        formula = M.invariants[what]
        at = [dict(zip(M.coordinates, y, strict=True)) for y in x]
        expected = [np.array(value(M, formula, y) if what != "ricci" else formula.subs(y), float) for y in at]
        np.testing.assert_allclose(computed[what], expected, rtol=1e-9, atol=1e-12, err_msg=what)
    if "einstein" in M.invariants:
        np.testing.assert_allclose(ricci, float(M.invariants["einstein"]) * g, atol=1e-12)


def test_invariants_that_follow_are_there():
    L = spacetime("de_sitter").parameters["L"]
    assert spacetime("de_sitter").invariants == {
        "constant_curvature": 1 / L**2,
        "einstein": 3 / L**2,
        "scalar": 12 / L**2,
        "ricci_squared": 36 / L**4,
        "kretschmann": 24 / L**4,
        "weyl_squared": 0,
        "conformally_flat": True,
    }
    assert spacetime("btz", L=1).invariants["kretschmann"] == 12


@pytest.mark.parametrize("name", ["kerr", "kerr_newman", "kerr_de_sitter", "myers_perry", "btz"])
def test_positive_spin_drags_along_positive_angles(name):
    # the angular velocity -g(t, phi)/g(phi, phi) of an observer without angular momentum
    M = at_patch(name)
    x = dict(zip(M.coordinates, points(M.patch, 1)[0], strict=True))
    names = M.chart.names
    for phi in {"phi", "psi"} & set(names):
        cross, square = (M.metric[i, names.index(phi)].subs(x) for i in (0, names.index(phi)))
        assert -cross / square > 0


def test_kerr_turns_the_same_way_in_both_charts():
    M = spacetime("kerr-kerr_schild", M=1, a=Fraction(1, 2))
    g, (_, x, y, z) = M.metric, M.coordinates
    at = {x: 2, y: 3, z: 1}
    assert value(M, g[0, 2] * x - g[0, 1] * y, at) < 0  # g(t, phi) with d/dphi = x d/dy - y d/dx


def test_the_radius_of_kerr_schild_solves_its_quartic():
    # on it every point lies on the ellipsoid (x^2 + y^2) / (r^2 + a^2) + z^2 / r^2 = 1
    M = spacetime("kerr-kerr_schild", M=1, a=Fraction(1, 2))
    g, (_, x, y, z) = M.metric, M.coordinates
    r, theta, a = 3, sp.acos(sp.Rational(3, 5)), sp.Rational(1, 2)
    at = {x: sp.sqrt(r**2 + a**2) * sp.sin(theta), y: 0, z: r * sp.cos(theta)}
    Sigma = r**2 + a**2 * sp.cos(theta) ** 2
    assert abs(sp.N(value(M, g[0, 0], at) + 1 - 2 * r / Sigma, 40)) < 1e-38


def test_the_radius_of_kerr_schild_is_a_root_whatever_the_spin():
    M = spacetime("kerr-kerr_schild")
    (r,) = M.algebraic
    assert [name for name in spacetimes() if spacetime(name).algebraic] == [M.name]
    for N in (M, M.at(a=Fraction(1, 2)), M.at(a=0)):
        polynomial, root = N.algebraic[r]
        assert sp.degree(polynomial, r) == (2 if N.parameters["a"] == 0 else 4)
        assert normal(polynomial.subs(r, root)) == 0
    # without spin r is the radius, and the hole is that of Schwarzschild
    schwarzschild = M.at(a=0).connection
    assert schwarzschild.ricci.is_zero
    _, x, y, z = M.coordinates
    assert schwarzschild.kretschmann.expr == 48 * M.parameters["M"] ** 2 / (x**2 + y**2 + z**2) ** 3
    with pytest.raises(SymbolError, match=r"M is no function of the coordinates, got r"):
        M.at(M=r)


def test_ingoing_coordinates_go_in():
    M = spacetime("schwarzschild-eddington_finkelstein", M=1)
    assert M.metric[1, 1] == 0 and M.metric[0, 1] > 0  # -d/dr is null and points to the future: g(-d/dr, d/dv) < 0
    M = spacetime("schwarzschild-painleve_gullstrand", M=1)
    g, r = M.metric, M.coordinates[1]
    fall = [1, -sp.sqrt(2 / r)]  # the velocity of what falls from rest at infinity, d/dT - sqrt(2M/r) d/dr
    assert [sp.expand(sum(g[i, j] * fall[j] for j in range(2))) for i in range(2)] == [-1, 0]


# -- values -----------------------------------------------------------------------------------------------------------


def test_values_are_exact_and_stand_everywhere():
    M = spacetime("kerr", M=0.5, a=Fraction(1, 3))
    assert M.parameters == {"M": sp.Rational(1, 2), "a": sp.Rational(1, 3)} and not M.metric.parameters
    assert M.invariants["kretschmann"].free_symbols == {M.coordinates[1], M.coordinates[2]}
    assert repr(M) == "spacetime('kerr', M=0.5, a=Fraction(1, 3))"
    assert eval(repr(M)) == M != spacetime("kerr")
    assert M == spacetime("kerr").at(M=0.5).at(a=Fraction(1, 3))


def test_values_may_be_expressions():
    m = sp.Symbol("m", positive=True)
    M = spacetime("schwarzschild", M=m / 2)
    r = M.coordinates[1]
    assert M.metric[0, 0].equals(m / r - 1) and M.invariants["kretschmann"] == 12 * m**2 / r**6
    assert M.parameters["M"] == m / 2


def test_functions_get_expressions_or_stay_free():
    M = spacetime("flrw", k=0)
    t = M.coordinates[0]
    H = sp.Symbol("H", positive=True)
    assert M.metric.bind(a=jnp.cosh).parameters["a"] is not None
    assert M.at(a=sp.exp(H * t)).metric[1, 1] == sp.exp(2 * H * t)
    assert sp.expand(M.at(a=sp.exp(H * t)).invariants["scalar"]) == 12 * H**2
    assert M.at(a=3).invariants["kretschmann"] == 0
    assert repr(M.at(a=sp.exp(t))) == "spacetime('flrw', k=0, a=exp(t))"


def test_coordinates_know_their_domain():
    M = spacetime("schwarzschild")
    assert list(map(str, M.chart.axes)) == [
        "(-inf, inf)",
        "(0, inf)",
        "(0, 3.14159) with poles at its ends",
        "periodic with period 6.28319",
    ]
    assert M.coordinates[1].is_positive and M.connection.metric is M.metric


@pytest.mark.parametrize("name", ["kerr", "flrw"])
def test_a_notebook_shows_the_line_element(name):
    M = spacetime(name)
    shown = M._repr_latex_()
    assert shown.startswith(r"$\displaystyle ds^2 = ") and shown.endswith("$")
    assert all(sp.latex(differential(x)) in shown for x in M.coordinates)


# -- errors -----------------------------------------------------------------------------------------------------------


def test_unknown_names():
    with pytest.raises(SymbolError, match=r"'kerr_neuman' is not the name of a spacetime; did you mean kerr_newman"):
        spacetime("kerr_neuman")
    with pytest.raises(SymbolError, match=r"'Kerr' is not the name of a spacetime; did you mean kerr or"):
        spacetime("Kerr")
    with pytest.raises(SymbolError, match=r"'' is not the name of a spacetime; there are minkowski, .*, sl2r"):
        spacetime("")
    with pytest.raises(SymbolError, match=r"kerr has no free parameter 'Q'; it has M, a"):
        spacetime("kerr", Q=1)
    with pytest.raises(SymbolError, match=r"nil has no free parameter 'a'; it has none"):
        spacetime("nil", a=1)
    with pytest.raises(SymbolError, match=r"kerr has no free parameter 'M'; it has a"):
        spacetime("kerr", M=1).at(M=2)


@pytest.mark.parametrize("wrong", ["1", None, sp.I, float("nan"), [1], True])
def test_values_that_are_no_numbers(wrong):
    with pytest.raises(ShapeError, match=r"kerr: M must be a real number"):
        spacetime("kerr", M=wrong)


def test_values_must_keep_to_what_is_assumed():
    with pytest.raises(ShapeError, match=r"de_sitter: L must be a positive number, got -1"):
        spacetime("de_sitter", L=-1)
    M = spacetime("flrw")
    t, r, *_ = M.coordinates
    with pytest.raises(SymbolError, match=r"flrw: k is no function of the coordinates, got t"):
        M.at(k=t)
    with pytest.raises(SymbolError, match=r"flrw: a is a function of t, got r\*t; coordinates are the symbols"):
        M.at(a=r * t)
    with pytest.raises(SymbolError, match=r"flrw: a is a function of t, got t"):
        M.at(a=sp.Symbol("t"))  # another symbol than the coordinate, which is real
