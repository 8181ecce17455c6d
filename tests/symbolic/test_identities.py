"""Identities that hold for every metric, exactly, on random ones."""

from itertools import combinations, permutations, product

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from riemlearn.symbolic.components import Components
from riemlearn.symbolic.conformal import weyl_lowered
from riemlearn.symbolic.operators import (
    contraction,
    covariant_derivative,
    divergence,
    gradient,
    hessian,
    laplacian,
    moved_index,
)
from tests.symbolic.families import X, form, general, kerr, matrices

few = settings(max_examples=4)
LOWER = (False,) * 4


def zeros(components):
    return not any(components.element(index) for index in components.indices())


def equal(a, b):
    return all(a.element(index) == b.element(index) for index in a.indices())


def by_definition(closed, i, j, k, l):
    """R^i_jkl from the derivatives of the Christoffel symbols, without any symmetry."""
    gamma, n = closed.part("christoffel"), closed.dim
    value = gamma((i, l, j)).along(k) - gamma((i, k, j)).along(l)
    for m in range(n):
        value = value + gamma((i, k, m)) * gamma((m, l, j)) - gamma((i, l, m)) * gamma((m, k, j))
    return value


@given(matrices(3))
@few
def test_riemann_tensor_and_its_traces_by_their_definitions(matrix):
    closed = form(X[:3], matrix)
    riemann, ricci, mixed = (closed.part(name) for name in ("riemann", "ricci", "riemann_mixed"))
    inverse, n = closed.part("inverse"), range(3)
    for i, j, k, l in product(n, repeat=4):
        assert riemann((i, j, k, l)) == by_definition(closed, i, j, k, l)
        assert mixed((i, j, k, l)) == sum(inverse((j, m)) * riemann((i, m, k, l)) for m in n)
    for j, l in product(n, repeat=2):
        assert ricci((j, l)) == sum(riemann((i, j, i, l)) for i in n)
    assert closed.part("scalar")(()) == sum(inverse((j, l)) * ricci((j, l)) for j, l in product(n, repeat=2))


@given(matrices(4, mixed=2))
@few
def test_symmetries_and_both_bianchi_identities(matrix):
    closed = form(X, matrix)
    lowered = closed.components("riemann_lowered")
    r, nabla = lowered.element, covariant_derivative(closed, lowered, LOWER).element
    for i, j, k, l in product(range(4), repeat=4):
        assert r((i, j, k, l)) == -r((j, i, k, l)) == -r((i, j, l, k)) == r((k, l, i, j))
    assert not r((0, 1, 2, 3)) + r((0, 2, 3, 1)) + r((0, 3, 1, 2))
    for (i, j), (k, l, m) in product(combinations(range(4), 2), combinations(range(4), 3)):
        assert not nabla((i, j, k, l, m)) + nabla((i, j, l, m, k)) + nabla((i, j, m, k, l))


@given(matrices(3))
@few
def test_the_connection_is_that_of_the_metric_and_the_einstein_tensor_has_no_divergence(matrix):
    closed = form(X[:3], matrix)
    assert zeros(covariant_derivative(closed, closed.components("metric"), (False, False)))
    assert zeros(covariant_derivative(closed, closed.components("inverse"), (True, True)))
    mixed = moved_index(closed, closed.components("einstein"), 0, True)
    assert zeros(contraction(closed, covariant_derivative(closed, mixed, (True, False)), (True, False, False), 0, 2))


@given(matrices(3))
@few
def test_covariant_derivatives_commute_up_to_the_riemann_tensor(matrix):
    x, y, z = X[:3]
    closed = form(X[:3], matrix)
    v = Components(closed.embedding, 1, lambda index: (y * z, sp.sin(x), x + y**2)[index[0]])
    once = covariant_derivative(closed, v, (True,))
    twice = covariant_derivative(closed, once, (True, False)).element
    riemann = closed.part("riemann")
    for c, (a, b) in product(range(3), combinations(range(3), 2)):
        assert twice((c, b, a)) - twice((c, a, b)) == sum(riemann((c, d, a, b)) * v.element((d,)) for d in range(3))


@given(matrices(4), st.sampled_from([1 + X[0] ** 2, 2 + sp.sin(X[1])]))
@settings(max_examples=3)
def test_weyl_tensor_has_no_traces_and_is_that_of_the_conformal_class(matrix, factor):
    closed, other = form(X, matrix), form(X, matrix * factor**2)
    weyl, up = closed.components("weyl"), (True, False, False, False)
    assert zeros(contraction(closed, weyl, up, 0, 2)) and zeros(contraction(closed, weyl, up, 0, 1))
    assert all(
        other.embedding(weyl[i, j, k, l]) == other.part("weyl")((i, j, k, l))
        for i, j in product(range(4), repeat=2)
        for k, l in combinations(range(4), 2)
    )
    square = contraction(closed, moved_index(closed, closed.components("weyl_lowered"), 0, True), up, 0, 2)
    assert zeros(square)


@given(matrices(4))
@settings(max_examples=3)
def test_squares_by_contracting_everything(matrix):
    closed = form(X, matrix)
    mixed, ricci, inverse = closed.part("riemann_mixed"), closed.part("ricci"), closed.part("inverse")
    one = closed.ring.one
    pairs = list(product(range(4), repeat=2))
    total = closed.ring.dot((mixed((*p, *q)), mixed((*q, *p))) for p, q in product(pairs, repeat=2))
    assert closed.part("kretschmann")(()) == total
    raised = moved_index(closed, moved_index(closed, closed.components("ricci"), 0, True), 1, True).element
    assert closed.part("ricci_squared")(()) == closed.ring.dot((ricci(p), raised(p)) for p in pairs)
    weyl = closed.components("weyl_lowered")
    upper = weyl
    for position in range(4):
        upper = moved_index(closed, upper, position, True)
    total = closed.ring.dot((weyl.element(index), upper.element(index)) for index in weyl.indices())
    assert closed.part("weyl_squared")(()) == total
    k, square, s = (closed.part(name)(()) for name in ("kretschmann", "ricci_squared", "scalar"))
    assert closed.part("euler_density")(()) * closed.embedding(32 * sp.pi**2) == k - 4 * square + s * s
    assert one == sum(inverse((0, i)) * closed.part("metric")((i, 0)) for i in range(4))


def test_in_three_dimensions_the_ricci_tensor_says_all():
    closed = form(*general(3))
    r, g, p = (closed.part(name) for name in ("riemann_lowered", "metric", "schouten"))
    for (i, j), (k, l) in product(combinations(range(3), 2), repeat=2):
        trace = g((i, k)) * p((j, l)) - g((i, l)) * p((j, k)) + g((j, l)) * p((i, k)) - g((j, k)) * p((i, l))
        assert r((i, j, k, l)) == trace
    s = closed.part("scalar")(())
    k = closed.part("kretschmann")(())
    assert k == 4 * closed.part("ricci_squared")(()) - s * s
    assert len(k.numerator) == 66402
    assert zeros(closed.components("weyl")) and not closed.part("weyl_squared")(()) and not weyl_lowered(closed, LOWER)


@pytest.mark.parametrize(
    ("matrix", "flat"),
    [
        ((1 + X[0] * X[1]) ** 2 * sp.diag(1, X[0] ** 2, X[0] ** 2 * sp.sin(X[1]) ** 2), True),
        (sp.diag(1, sp.sin(X[0]) ** 2, 4), True),  # the product of a sphere and a line
        (sp.Matrix([[1, 0, 0], [0, 1 + X[0] ** 2, -X[0]], [0, -X[0], 1]]), False),  # Nil
        (sp.diag(sp.exp(2 * X[2]), sp.exp(-2 * X[2]), 1), False),  # Sol
    ],
)
def test_cotton_tensor_vanishes_for_conformally_flat_metrics_alone(matrix, flat):
    closed = form(X[:3], matrix)
    cotton = closed.components("cotton")
    assert zeros(cotton) == flat
    for i, j, k in permutations(range(3)):
        assert cotton.element((i, j, k)) == -cotton.element((i, k, j))
    assert zeros(contraction(closed, cotton, (False,) * 3, 0, 1))


def test_cotton_tensor_is_the_divergence_of_the_weyl_tensor():
    # nabla_i C^i_jkl = (n - 3) (nabla_k P_jl - nabla_l P_jk)
    closed = form(X, sp.diag(-((1 + X[1]) ** 2), 1, 1 + X[0] ** 2, 1 + X[1] * X[2]))
    nabla = covariant_derivative(closed, closed.components("weyl"), (True, False, False, False))
    source = contraction(closed, nabla, (True, False, False, False, False), 0, 4).element
    cotton = closed.part("cotton")
    assert all(source((j, k, l)) == -cotton((j, k, l)) for j, k, l in product(range(4), repeat=3))


@given(matrices(3), st.lists(st.sampled_from([-1, 1, 2]), min_size=3, max_size=3))
@settings(max_examples=3)
def test_invariants_do_not_depend_on_the_coordinates(matrix, c):
    x, y, z = X[:3]
    change = {x: x + c[0] * y**2, y: y + c[1] * x * 0 + c[1] * z, z: c[2] * z}
    jacobian = sp.Matrix([[sp.diff(change[a], b) for b in X[:3]] for a in X[:3]])
    moved = jacobian.T * matrix.xreplace(change) * jacobian
    closed, other = form(X[:3], matrix), form(X[:3], moved)
    for name in ("scalar", "kretschmann", "ricci_squared"):
        assert other.embedding(closed.components(name).expr().xreplace(change)) == other.part(name)(())


@given(matrices(3))
@few
def test_operators_agree_with_each_other(matrix):
    closed, h = form(X[:3], matrix), X[0] ** 2 * sp.sin(X[1]) + X[2]
    trace = contraction(closed, hessian(closed, h), (False, False), 0, 1)
    assert equal(trace, laplacian(closed, h))
    slope = Components(closed.embedding, 1, lambda index: sp.diff(h, X[index[0]]))
    assert equal(covariant_derivative(closed, slope, (False,)), hessian(closed, h))
    v = gradient(closed, h)
    assert equal(moved_index(closed, v, 0, False), slope)
    assert equal(
        divergence(closed, v), contraction(closed, covariant_derivative(closed, v, (True,)), (True, False), 0, 1)
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_kerr_is_a_vacuum_and_a_near_miss_is_not(sign):
    closed = form(*kerr(sign))
    assert zeros(closed.components("ricci")) == (sign == 1)


def test_kerr_has_the_published_invariants_and_exact_bianchi_identities():
    closed = form(*kerr())
    (_, r, theta, _), a, m = closed.coordinates, sp.Symbol("a", positive=True), sp.Symbol("M", positive=True)
    c, sigma = a * sp.cos(theta), r**2 + a**2 * sp.cos(theta) ** 2
    published = 48 * m**2 * (r**2 - c**2) * (sigma**2 - 16 * r**2 * c**2) / sigma**6
    assert closed.part("kretschmann")(()) == closed.part("weyl_squared")(()) == closed.embedding(published)
    lowered = closed.components("riemann_lowered")
    assert equal(lowered, closed.components("weyl_lowered"))
    nabla = covariant_derivative(closed, lowered, LOWER).element
    for (i, j), (k, l, n) in product(combinations(range(4), 2), combinations(range(4), 3)):
        assert not nabla((i, j, k, l, n)) + nabla((i, j, l, n, k)) + nabla((i, j, n, k, l))
