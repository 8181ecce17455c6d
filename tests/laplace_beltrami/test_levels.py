"""Levels: what they say of their eigenvalues, and what they refuse."""

import jax
import numpy as np
import pytest

from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds import ComplexProjectivePlane, Euclidean, FlatTorus, Product, RealProjectiveSpace, Sphere

CIRCLE = Levels.of([(0, 1), (1, 2), (4, 2)])


def test_eigenvalues_are_repeated():
    assert CIRCLE.eigenvalues(5).tolist() == [0, 1, 1, 4, 4]
    assert CIRCLE.eigenvalues(2).tolist() == [0, 1] and len(CIRCLE) == 3
    with pytest.raises(ShapeError, match="6 are wanted, these 3 levels hold 5"):
        CIRCLE.eigenvalues(6)


def test_heat_trace_and_counting():
    t = np.array([[0.5], [2.0]])
    np.testing.assert_allclose(CIRCLE.heat_trace(t), 1 + 2 * np.exp(-t) + 2 * np.exp(-4 * t), rtol=1e-15)
    assert CIRCLE.counting([-0.1, 0.0, 0.9, 1.0, 4.0]).tolist() == [0, 1, 1, 3, 5]
    with pytest.raises(ChartError, match="lam = 5 is above 4, the last of 3 levels"):
        CIRCLE.counting([1.0, 5.0])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_multiplicities_on_spheres_add_up_to_all_polynomials(n):
    # harmonic polynomials of degree at most l, restricted, are all polynomials of degree at most l on the sphere
    from math import comb

    levels = Sphere(n).levels(6)
    total = [comb(n + 1 + l, n + 1) - (comb(n - 1 + l, n + 1) if l > 1 else 0) for l in range(6)]
    assert np.cumsum(levels.multiplicities).tolist() == total
    # Weyl's law: N(lambda) ~ vol (lambda / 4 pi)^(n/2) / Gamma(n/2 + 1)
    from math import gamma, pi

    many = Sphere(n).levels(400)
    lam = many.values[-1] - 1e-9
    weyl = Sphere(n).volume * (lam / (4 * pi)) ** (n / 2) / gamma(n / 2 + 1)
    assert abs(many.counting(lam) / weyl - 1) < 0.02


@pytest.mark.parametrize("pairs", [[], [(0, 1), (1, 2.5)], [(0, 1), (1, 0)], [(1, 1), (0, 1)], [(0, 1), (1, 2**64)]])
def test_levels_that_are_none(pairs):
    with pytest.raises(MetricError, match="Levels: there must be at least one, eigenvalues must ascend"):
        Levels.of(pairs)


def test_a_number_of_eigenvalues():
    np.testing.assert_array_equal(CIRCLE.eigenvalues(4), [0, 1, 1, 4])
    assert len(CIRCLE.eigenvalues(0)) == 0
    with pytest.raises(ShapeError, match="eigenvalues: count must be an integer >= 0, got -1"):
        CIRCLE.eigenvalues(-1)
    with pytest.raises(ShapeError, match="6 are wanted, these 3 levels hold 5"):
        CIRCLE.eigenvalues(6)


@pytest.mark.parametrize("t", [0.0, -1.0, np.nan, np.array([1.0, -1.0])])
def test_times_are_positive(t):
    with pytest.raises(ChartError, match="heat_trace: t must be positive"):
        CIRCLE.heat_trace(t)


@pytest.mark.parametrize(
    "M",
    [Sphere(2), RealProjectiveSpace(2), ComplexProjectivePlane(), FlatTorus(2), Product(Sphere(1), FlatTorus(1))],
    ids=repr,
)
@pytest.mark.parametrize("count", [0, -1, True])
def test_a_number_of_levels(M, count):
    with pytest.raises(ShapeError, match="levels: count must be an integer >= 1, got"):
        M.levels(count)


@pytest.mark.parametrize("M", [Euclidean(2), Sphere(2), ComplexProjectivePlane(), FlatTorus(2)], ids=repr)
@pytest.mark.parametrize("count", [-1, True])
def test_a_number_of_samples(M, count):
    with pytest.raises(ShapeError, match="sample: count must be an integer >= 0, got"):
        M.sample(jax.random.key(0), count)
