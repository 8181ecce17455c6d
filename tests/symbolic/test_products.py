"""Division and large products of polynomials, by both backends."""

import pytest

from riemlearn.errors import BudgetError
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.polynomials import BACKENDS, polynomials
from riemlearn.symbolic.ring import Ring


@pytest.mark.parametrize("backend", BACKENDS)
def test_quotients(backend):
    ring = polynomials(("x", "y", "z"), backend)
    x, y, z = ring.generators
    f, q = 3 * x**2 * y - 2 * z + 1, (x - y) ** 3 + 5 * x * z - y
    assert ring.quotient(f * q, f) == q and ring.quotient(f * q, q) == f
    assert ring.quotient(f * q + 1, f) is None and ring.quotient(f * q + z, f) is None
    assert ring.quotient((x + y) ** 5 - y**5, x) == ((x + y) ** 5 - y**5 - x**5) / x + x**4
    assert ring.quotient(f, ring.constant(2)) * ring.constant(2) == f
    assert not ring.quotient(f - f, f)
    assert ring.quotient(x, x * y) is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_large_product_in_pieces(backend):
    budget = Budget(memory=20_000)
    ring = Ring(budget, backend)
    x, y = ring.frees([("x", lambda k: ring.one), ("y", lambda k: ring.zero)])
    half = (1 + x + y) ** 16  # 153 terms
    assert budget.products_at_once(2) < 153**2 / 10
    assert half * half == (1 + x + y) ** 32 == ring.dot([(half, half)])
    with pytest.raises(BudgetError, match=r"grown to \d+ terms, past the memory"):
        (half * half) * (half * half)
    assert ring.product(half, half) == half**2
