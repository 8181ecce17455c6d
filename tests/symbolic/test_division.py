"""Exact division of polynomials, by both backends."""

import pytest

from riemlearn.symbolic.polynomials import BACKENDS, polynomials


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
