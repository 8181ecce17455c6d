"""What is computed when; both backends; closed manifolds; what is refused, and what an interruption leaves."""

import copy
from itertools import combinations, product

import mpmath
import pytest
import sympy as sp
from hypothesis import given, settings

from riemlearn.errors import BudgetError, MetricError, ShapeError, SymbolError
from riemlearn.symbolic import ClosedForm
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.closed_form import QUANTITIES
from riemlearn.symbolic.components import Components
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.geodesic import accelerations, equations
from riemlearn.symbolic.operators import contraction, covariant_derivative, divergence, laplacian, moved_index
from tests.symbolic.families import THETA, A, R, X, form, general, kerr, matrices, sphere

SPHERE = sp.diag(1, sp.sin(X[0]) ** 2)
DENSE = sp.Matrix(4, 4, lambda i, j: X[i] * X[j] + (i + 2 if i == j else X[(i + j) % 4]))


# -- only what is needed --


def test_one_component_of_a_general_metric_needs_few_others():
    closed = form(*general(4))
    closed.components("riemann_lowered").element((0, 1, 0, 1))
    assert closed.components("riemann_lowered").known == {(0, 1, 0, 1)}
    assert closed.components("metric_second_derivative").known == {(0, 0, 1, 1), (0, 1, 0, 1), (1, 1, 0, 0)}
    assert len(closed.components("christoffel_first").known) == 12  # with 00, 01 or 11 below
    assert not closed.components("riemann").known | closed.components("ricci").known


def test_components_that_symmetry_relates_are_computed_once():
    closed = form(*general(3))
    r = closed.components("riemann_lowered")
    values = [r.element(index) for index in ((0, 1, 0, 2), (1, 0, 0, 2), (0, 2, 1, 0), (2, 0, 1, 0), (1, 1, 0, 2))]
    assert r.known == {(0, 1, 0, 2)}
    assert values[0] == -values[1] == -values[2] == values[3] and values[0] and not values[4]
    everything = list(closed.components("riemann_mixed").indices())
    assert all(closed.components("riemann_mixed").is_zero(i) for i in everything if i[0] == i[1])
    assert not closed.components("riemann_mixed").known


def test_a_derivative_has_the_symmetries_of_its_tensor():
    closed = form(*kerr())
    nabla = covariant_derivative(closed, closed.components("riemann_lowered"), (False,) * 4)
    assert nabla.element((3, 1, 2, 0, 2)) == nabla.element((0, 2, 1, 3, 2))
    assert nabla.known == {(0, 2, 1, 3, 2)}


def test_a_block_is_inverted_alone():
    x = X[:4]
    singular = sp.diag(sp.Matrix([[1 + x[0], x[1]], [x[1], 2]]), sp.Matrix([[1, x[2]], [x[2], x[2] ** 2]]))
    closed = form(x, singular)
    assert closed.components("inverse")[0, 1] == -x[1] / (2 * x[0] - x[1] ** 2 + 2)
    assert closed.components("inverse")[0, 3] == 0
    with pytest.raises(
        MetricError, match=r"det g = 0; the rows of z, w have rank 1, .* \(0, 0, z, -1\) is taken to zero"
    ):
        closed.components("inverse")[2, 2]


@given(matrices(4, mixed=3))
@settings(max_examples=4)
def test_the_compound_of_the_inverse_is_made_of_its_products(matrix):
    inverse = form(X, matrix).inverse
    pairs = list(combinations(range(4), 2))
    rows = {p: dict(inverse.compound_row(p)) for p in pairs}
    for p, q in product(pairs, repeat=2):
        (i, j), (k, l) = p, q
        value = inverse.entry(i, k) * inverse.entry(j, l) - inverse.entry(i, l) * inverse.entry(j, k)
        assert inverse.compound(p, q) == value == rows[p].get(q, 0)


# -- two other ways --


@given(matrices(3))
@settings(max_examples=3)
def test_both_backends_give_the_same_expressions(matrix):
    flint, plain = (form(X[:3], matrix, backend=backend) for backend in ("flint", "sympy"))
    for name in ("christoffel", "riemann_mixed", "schouten", "cotton", "kretschmann"):
        a, b = flint.components(name), plain.components(name)
        assert all(a[index] == b[index] for index in a.indices())


@pytest.mark.parametrize(
    ("coordinates", "matrix"),
    [(X[:2], sp.Matrix([[2 + sp.sin(X[0] * X[1]), X[1]], [X[1], 1 + X[0] ** 2]])), kerr(), (X, DENSE)],
    ids=["sine", "Kerr", "dense"],
)
def test_values_at_a_point_with_fifty_digits(coordinates, matrix):
    """The metric and its first two derivatives at the point, by SymPy, then the textbook formulas in numbers."""
    closed, n = form(coordinates, matrix), range(len(coordinates))
    symbols = sorted(matrix.free_symbols, key=str)
    point = {s: sp.Rational(3 * k + 5, 2 * k + 3) for k, s in enumerate(symbols)}

    def at(expr):
        return sp.N(expr.subs(point), 60)

    g = matrix.applyfunc(at)
    inverse = g.inv()
    d = [[[at(sp.diff(matrix[i, j], c)) for c in coordinates] for j in n] for i in n]
    dd = {
        (i, j, k, l): at(sp.diff(matrix[i, j], coordinates[k], coordinates[l]))
        for i, j, k, l in product(n, repeat=4)
        if i <= j
    }
    first = [[[(d[k][i][j] + d[k][j][i] - d[i][j][k]) / 2 for j in n] for i in n] for k in n]

    def riemann(i, j, k, l):
        value = (dd[min(i, l), max(i, l), j, k] + dd[min(j, k), max(j, k), i, l]) / 2
        value -= (dd[min(i, k), max(i, k), j, l] + dd[min(j, l), max(j, l), i, k]) / 2
        return value + sum(
            inverse[a, b] * (first[a][i][l] * first[b][j][k] - first[a][i][k] * first[b][j][l])
            for a, b in product(n, repeat=2)
        )

    lowered = closed.components("riemann_lowered")
    for i, j, k, l in ((0, 1, 0, 1), (0, 1, 1, 0), (n[-2], n[-1], n[-2], n[-1])):
        assert abs(at(lowered[i, j, k, l]) - riemann(i, j, k, l)) < mpmath.mpf(10) ** -50
    pairs = list(combinations(n, 2))
    scalar = sum(
        2 * (inverse[i, k] * inverse[j, l] - inverse[i, l] * inverse[j, k]) * riemann(i, j, k, l)
        for (i, j), (k, l) in product(pairs, repeat=2)
    )
    assert abs(at(closed.components("scalar").expr()) - scalar) < mpmath.mpf(10) ** -50


# -- Chern, Gauss and Bonnet --


@pytest.mark.parametrize(("n", "volume"), [(2, 4 * sp.pi), (4, 8 * sp.pi**2 / 3), (6, 16 * sp.pi**3 / 15)])
def test_even_spheres_have_the_euler_characteristic_two(n, volume):
    assert form(*sphere(n)).components("euler_density").expr() * volume == 2


def test_euler_density_of_products_and_in_odd_dimensions():
    spheres = [sphere(2, first) for first in (1, 3, 5)]
    coordinates = sum((x for x, _ in spheres), start=())
    product_of = form(coordinates, sp.diag(*(k * g for k, (_, g) in enumerate(spheres, start=1))))
    assert product_of.components("euler_density").expr() == sp.Integer(8) / ((4 * sp.pi) ** 3 * 6)
    assert form(*sphere(3)).components("euler_density").expr() == 0


def test_the_torus_has_the_euler_characteristic_zero():
    u, v = X[:2]
    torus = form((u, v), sp.diag(1, (2 + sp.cos(u)) ** 2))
    integrand = torus.components("euler_density").expr() * (2 + sp.cos(u))
    assert sp.integrate(sp.expand(sp.cancel(integrand)), (u, 0, 2 * sp.pi)) == 0


# -- operators and geodesics --


def test_geodesics_of_the_sphere():
    closed = form(X[:2], SPHERE)
    u, v = sp.symbols("u v")
    forces = accelerations(closed, (u, v))
    assert forces[(0,)] == v**2 * sp.sin(X[0]) * sp.cos(X[0])
    assert sp.simplify(forces[(1,)] + 2 * u * v * sp.cot(X[0])) == 0
    s = sp.Symbol("s", real=True)
    x, y = (sp.Function(c.name, real=True)(s) for c in X[:2])
    first, second = equations(closed)
    assert first == sp.Eq(x.diff(s, 2), y.diff(s) ** 2 * sp.sin(x) * sp.cos(x))
    assert sp.simplify(second.rhs + 2 * x.diff(s) * y.diff(s) * sp.cot(x)) == 0
    t = sp.Symbol("t", real=True)
    assert equations(closed, t)[0].lhs == sp.Function("x", real=True)(t).diff(t, 2)


def test_tensors_of_another_ring_are_taken_over():
    closed, other = form(X[:2], SPHERE), form(X[:2], SPHERE * X[1] ** 2)
    lowered = moved_index(closed, other.components("inverse"), 0, False)
    assert [lowered[i, j] for i, j in lowered.indices()] == [1 / X[1] ** 2, 0, 0, 1 / X[1] ** 2]
    vector = Components(Embedding(X[:2]), 1, lambda index: X[index[0]])
    assert sp.expand(divergence(closed, vector)[()]) == 2 + X[0] * sp.cos(X[0]) / sp.sin(X[0])
    with pytest.raises(ShapeError, match=r"given in \(a1, a2\), the metric in \(x, y\)"):
        moved_index(closed, form(*sphere(2)).components("ricci"), 0, True)


def test_volume_density_has_no_more_roots_than_needed():
    closed = form(*kerr())
    sigma = R**2 + A**2 * sp.cos(THETA) ** 2
    assert closed.components("volume_density").expr() == sigma * sp.Abs(sp.sin(THETA))
    assert form(X[:2], sp.diag(-1, 1 / X[0] ** 2)).components("volume_density").expr() == 1 / sp.Abs(X[0])


# -- what is refused, and what is left --


def test_degenerate_matrices():
    x, y, z = X[:3]
    v = sp.Matrix([1, x, y * z])
    closed = form(X[:3], v * v.T)
    message = r"singular everywhere: det g = 0; the rows of x, y, z have rank 1, .* \(x, -1, 0\) is taken to zero"
    for name in ("inverse", "christoffel", "scalar"):
        with pytest.raises(MetricError, match=message):
            closed.components(name).expr()
    with pytest.raises(MetricError, match="singular everywhere"):
        laplacian(closed, x)[()]
    with pytest.raises(MetricError, match=r"\(0, 1\) is taken to zero"):
        form(X[:2], sp.diag(1, 0)).components("inverse")[1, 1]
    assert closed.components("christoffel_first")[1, 0, 0] == 1


@pytest.mark.parametrize("name", ["schouten", "cotton"])
def test_too_few_dimensions(name):
    with pytest.raises(ShapeError, match="needs at least 3 dimensions, as it divides by n - 2; n = 2"):
        form(X[:2], SPHERE).components(name).expr()
    zero = form(X[:2], SPHERE)
    assert not any(zero.components(q).element((0, 1, 0, 1)) for q in ("weyl", "weyl_lowered"))
    assert zero.components("einstein").expr() == sp.ImmutableDenseNDimArray([[0, 0], [0, 0]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: f.components("bach"), ShapeError, "quantity must be one of .*'bach'"),
        (lambda f: covariant_derivative(f, f.components("ricci"), (True,)), ShapeError, "2 indices, but 1 are said"),
        (lambda f: divergence(f, f.components("ricci")), ShapeError, "2 indices, but 1 are said"),
        (lambda f: moved_index(f, f.components("ricci"), 2, True), ShapeError, "none at position 2"),
        (lambda f: contraction(f, f.components("ricci"), (False, False), 1, 1), ShapeError, "got 1 twice"),
        (lambda f: accelerations(f, X[2:3]), ShapeError, "2 coordinates need as many velocities, got 1"),
        (lambda f: accelerations(f, X[1:3]), SymbolError, "must differ from each other and from the coordinates"),
        (lambda f: equations(f, sp.Symbol("x")), SymbolError, "symbol that is no coordinate; got x"),
        (lambda f: equations(f, 1), SymbolError, "symbol that is no coordinate; got 1"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call(form(X[:2], SPHERE))


def test_an_interruption_leaves_what_was_finished(monkeypatch):
    right, calls = QUANTITIES["riemann_lowered"], []

    def interrupted(geometry, index):
        calls.append(index)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return right.compute(geometry, index)

    monkeypatch.setitem(QUANTITIES, "riemann_lowered", right._replace(compute=interrupted))
    closed = form(*general(3))
    with pytest.raises(KeyboardInterrupt):
        closed.components("scalar").element(())
    done = closed.components("riemann_lowered").known
    assert len(done) == 3 and not closed.components("scalar").known
    assert closed.part("scalar")(()) and done < closed.components("riemann_lowered").known
    assert len(calls) == 7 and len({*calls}) == 6  # only the one that was stopped is computed again


def test_a_budget_stops_and_what_was_finished_stays():
    closed = form(*general(3), budget=Budget(memory=50_000))
    with pytest.raises(BudgetError, match="past the memory"):
        closed.components("kretschmann").expr()
    known = closed.components("riemann_lowered").known
    assert known and not closed.components("kretschmann").known
    closed.ring.budget = Budget()
    assert closed.part("kretschmann")(()) and known <= closed.components("riemann_lowered").known


def test_a_budget_of_time():
    closed = form(*general(3), budget=Budget(seconds=1e-9))
    with pytest.raises(BudgetError, match="what was finished is kept"):
        closed.components("kretschmann").element(())


def test_equality_sees_algebraic_functions():
    r, x = sp.symbols("r x", real=True)
    matrix = sp.ImmutableMatrix([[1 + r]])
    one, two = (ClosedForm((x,), matrix, algebraic={r: (r**2 - k - x**2, None)}) for k in (1, 2))
    assert one != two and one == ClosedForm((x,), matrix, algebraic={r: (r**2 - 1 - x**2, None)})


def test_derived_tensors_keep_what_they_know():
    closed = form(X[:2], SPHERE)
    ricci = closed.components("ricci")
    once, twice = (covariant_derivative(closed, ricci, (False, False)) for _ in range(2))
    assert once is twice and once[0, 1, 1] == 0 and twice.known
    up, down = (moved_index(closed, ricci, 0, raised) for raised in (True, False))
    assert up is not down and up is moved_index(closed, ricci, 0, True)
    assert contraction(closed, up, (True, False), 0, 1)[()] == 2


def test_a_copy_computes_anew():
    closed = form(X[:2], SPHERE)
    assert closed.components("scalar")[()] == 2
    again = copy.deepcopy(closed)
    assert again == closed and not again.components("scalar").known and again.components("scalar")[()] == 2


def test_derivatives_of_a_maximum_are_those_within_a_branch():
    x, y = sp.symbols("x y", real=True)
    closed = form((x, y), sp.diag(1, 1 + sp.Max(x, y) ** 2))
    scalar = closed.components("scalar")[()]
    assert not scalar.has(sp.DiracDelta)
    assert scalar.subs({x: 3, y: 1}) == form((x, y), sp.diag(1, 1 + x**2)).components("scalar")[()].subs(x, 3)
    assert any("within one branch" in note for note in closed.embedding.notes)
