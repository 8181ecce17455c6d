"""Both kinds of polynomials, small linear algebra, budgets, and the ring by itself."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riemlearn.errors import BudgetError, ExactError, ShapeError
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.linear import combination, lattice_basis
from riemlearn.symbolic.minors import Minors
from riemlearn.symbolic.polynomials import polynomials
from riemlearn.symbolic.ring import Ring


@pytest.fixture(params=["flint", "sympy"])
def backend(request):
    if request.param == "flint":
        pytest.importorskip("flint")
    return request.param


def test_polynomials(backend):
    ring = polynomials(("x", "y"), backend)
    x, y = ring.generators
    p = (x - y) ** 2 * (x + y) * ring.constant(Fraction(-2, 3))
    constant, factors = ring.factor(p)
    product = ring.constant(constant)
    for f, e in factors:
        product = product * f**e
    assert product == p and sorted(e for _, e in factors) == [1, 2]
    assert ring.quotient(p, x + y) == (x - y) ** 2 * ring.constant(Fraction(-2, 3))
    assert ring.quotient(p, x + 2 * y) is None and ring.quotient(x, y) is None
    assert ring.remainder(x**3, x**2 - y) == x * y
    assert ring.derivative(p, 1) == (x - y) * (x + 3 * y) * ring.constant(Fraction(2, 3))
    assert ring.from_terms(ring.terms(p)) == p
    wide = ring.over(("a", "x", "y"))
    assert wide.lift(x * y) == wide.generators[1] * wide.generators[2] and wide.is_here(wide.lift(x))
    assert not wide.is_here(x)


def test_constants_without_variables(backend):
    ring = polynomials((), backend)
    assert ring.factor(ring.constant(Fraction(3, 2))) == (Fraction(3, 2), [])


def test_no_such_backend():
    with pytest.raises(ShapeError, match="backend"):
        polynomials((), "maple")


VECTORS = st.lists(st.dictionaries(st.sampled_from("xyz"), st.integers(-4, 4), max_size=3), min_size=1, max_size=4)


@given(VECTORS)
def test_lattice_basis_generates_the_same_lattice(vectors):
    basis = lattice_basis(vectors)
    for v in vectors:
        coefficients = combination(basis, v)
        assert coefficients is not None and all(c.denominator == 1 for c in coefficients)
    for i, b in enumerate(basis):
        assert combination([*basis[:i], *basis[i + 1 :]], b) is None


def test_combination_modulo_a_prime():
    assert combination([{"x": 1}, {"x": 2, "y": 1}], {"y": 1}, 3) == [1, 1]
    assert combination([{"x": 2}], {"x": 1}, 2) is None


def ring_with_roots(backend, **options):
    ring = Ring(backend=backend, **options)
    x = ring.free("x", lambda k: ring.constant(int(k == 0)))
    y = ring.free("y", lambda k: ring.constant(int(k == 1)))
    a = ring.root("a", [x, ring.zero])
    b = ring.root("b", [a + y, ring.zero, ring.zero])
    return ring, x, y, a, b


def test_inverse_in_a_tower(backend):
    ring, x, y, a, b = ring_with_roots(backend)
    for e in (a + b, 1 + a * b + b**2, (x - a) / (y + b), 2 * b / 3):
        assert e * ring.inverse(e) == 1
        assert (1 / e).along(0) == -e.along(0) / e**2
        assert e.along(0).along(1) == e.along(1).along(0)
    assert (a * b).along(0) == a.along(0) * b + a * b.along(0)
    assert b**3 - y == a and a.along(0) == 1 / (2 * a)


def test_canonical_form(backend):
    _, x, y, a, _ = ring_with_roots(backend)
    first, second = 1 / (x - y) + 1 / (x + y), 2 * x / (x**2 - y**2)
    assert (first.numerator, first.exponents) == (second.numerator, second.exponents)
    first, second = 1 / (a + y), (a - y) / (x - y**2)
    assert (first.numerator, first.exponents) == (second.numerator, second.exponents)


def test_minors(backend):
    ring, x, y, a, b = ring_with_roots(backend)
    rows = [[x, a, 1 / y], [b, y, a], [a, x, b]]
    expected = x * (y * b - a * x) - a * (b * b - a * a) + (b * x - y * a) / y
    assert Minors(ring, rows)((0, 1, 2), (0, 1, 2)) == expected


def test_elements_of_other_rings_and_floats_are_refused():
    one, other = Ring(), Ring()
    x = one.free("x", lambda k: one.one)
    y = other.free("y", lambda k: other.one)
    with pytest.raises(ExactError, match="different rings"):
        x + y
    with pytest.raises(ExactError, match=r"0\.5"):
        x * 0.5
    with pytest.raises(ExactError, match="identically zero"):
        1 / (x - x)


def test_reducible_relation_is_noticed_on_division():
    ring = Ring()
    s = ring.root("s", [ring.one, ring.zero])
    with pytest.raises(ExactError, match="branches"):
        1 / (s - 1)


def test_budget(backend):
    _, x, y, *_ = ring_with_roots(backend, budget=Budget(memory=5000))
    kept = (x + y) ** 3
    with pytest.raises(BudgetError, match="memory"):
        (x + y + 1) ** 30 + 1
    assert kept == (x + y) * (x**2 + 2 * x * y + y**2)
    ring, x, y, _a, _b = ring_with_roots(backend, budget=Budget(seconds=1e-9))
    with pytest.raises(BudgetError, match="time"), ring.budget.running():
        (x + y) + 1
    assert (x + y) + 1 - y == x + 1
    for bad in (0, -1):
        with pytest.raises(BudgetError, match="positive"):
            Budget(seconds=bad)


def test_an_interrupt_leaves_the_ring_as_it_was():
    ring, x, _, a, b = ring_with_roots(None)
    before = 1 / (a + b)

    class Interrupting(list):
        def __iter__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ring.root("c", Interrupting([ring.zero, ring.one]))

    def derivation(k):
        if not done:
            done.append(True)
            raise KeyboardInterrupt
        return x

    done = []
    z = ring.free("z", derivation)
    with pytest.raises(KeyboardInterrupt):
        (z * before).along(0)
    assert before * (a + b) == 1
    assert (z**2).along(0) == 2 * x * z and ring.root("d", [z, ring.zero]) ** 2 == z
