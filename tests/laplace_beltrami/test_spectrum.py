"""Spectrum: what it holds, what it counts, and what it refuses."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.laplace_beltrami import Spectrum

FREQUENCIES = jnp.array([1.0, 2.0])
CIRCLE = (0.0, 1.0, 1.0, 4.0, 4.0)


class Waves(eqx.Module):
    """The first five eigenfunctions of the circle, with an amplitude as a leaf."""

    amplitude: jax.Array

    def __call__(self, x):
        waves = jnp.stack([jnp.cos(FREQUENCIES * x[0]), jnp.sin(FREQUENCIES * x[0])], axis=-1).ravel()
        return self.amplitude * jnp.concatenate([jnp.array([0.5**0.5]), waves])


def circle(**options):
    return Spectrum(CIRCLE, Waves(jnp.asarray(math.pi**-0.5)), dim=1, **options)


def test_eigenfunctions_are_orthonormal_in_batches():
    x = jnp.arange(32.0).reshape(4, 8, 1) * 2 * math.pi / 32
    values = circle().eigenfunctions(x)
    assert values.shape == (4, 8, 5)
    flat = values.reshape(-1, 5)
    np.testing.assert_allclose(flat.T @ flat * 2 * math.pi / 32, np.eye(5), atol=1e-14)
    assert circle().eigenfunctions([0.3]).shape == (5,)


def test_sums_over_the_eigenvalues():
    spectrum = circle(volume=2 * math.pi)
    assert len(spectrum) == 5
    np.testing.assert_allclose(
        spectrum.heat_trace([0.5, 1.0]), [1 + 2 * math.exp(-t) + 2 * math.exp(-4 * t) for t in (0.5, 1.0)]
    )
    assert [int(c) for c in spectrum.counting([-0.1, 0.0, 1.0, 3.9, 4.0])] == [0, 1, 3, 3, 5]
    with pytest.raises(ChartError, match="lam = 9 is above 4, the last of the 5 eigenvalues known"):
        spectrum.counting(9.0)
    assert int(circle(complete=True).counting(9.0)) == 5


def test_it_is_a_pytree_whose_arrays_are_leaves():
    spectrum = circle()
    gradient = jax.grad(lambda s: jnp.sum(s.eigenfunctions(jnp.zeros(1))))(spectrum)
    assert float(gradient.functions.arrays[0]) == pytest.approx(2 + 0.5**0.5)
    assert float(jax.jit(lambda s: s.heat_trace(1.0))(spectrum)) == pytest.approx(float(spectrum.heat_trace(1.0)))
    by_values = jax.grad(lambda s: s.heat_trace(1.0))(spectrum).eigenvalues
    np.testing.assert_allclose(by_values, -np.exp(-np.array(CIRCLE)))
    seen = []
    jax.jit(lambda s: seen.append(repr(s)) or s.eigenvalues)(spectrum)
    assert seen == ["Spectrum(5 eigenvalues, dim=1, traced)"]


def test_repr():
    assert repr(circle(volume=6.25, complete=True, method="exact")) == (
        "Spectrum(5 eigenvalues from 0 to 4, dim=1, volume=6.25, complete, method='exact')"
    )
    assert repr(circle()) == "Spectrum(5 eigenvalues from 0 to 4, dim=1, method='given')"


def test_rounding_is_forgiven():
    Spectrum([-1e-15, 1.0, 1.0 - 1e-15], lambda x: jnp.ones(3), dim=1)
    single = Spectrum(np.array([-1e-6, 1.0], np.float32), lambda x: jnp.ones(2), dim=1)
    assert single.eigenvalues.dtype == jnp.float32


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.0, 2.0, 1.0, 0.5], r"eigenvalues\[2\] = 1 is less than the one before it, 2"),
        ([-0.5, 0.0], r"eigenvalues\[0\] = -0.5 is negative"),
        ([0.0, math.nan], r"eigenvalues\[1\] = nan is not finite"),
    ],
)
def test_bad_eigenvalues_are_named(values, message):
    with pytest.raises(MetricError, match=message):
        Spectrum(values, lambda x: jnp.ones(len(values)), dim=1)


def test_bad_shapes():
    ones = lambda x: jnp.ones(2)  # noqa: E731
    with pytest.raises(ShapeError, match=r"returns shape \(2,\), expected \(3,\)"):
        Spectrum([0.0, 1.0, 2.0], ones, dim=1)
    with pytest.raises(ShapeError, match=r"shape \(k,\), k >= 1, got \(0,\)"):
        Spectrum([], ones, dim=1)
    with pytest.raises(ShapeError, match="dim must be a positive integer, got 0"):
        Spectrum([0.0, 1.0], ones, dim=0)
    with pytest.raises(ShapeError, match=r"residuals of shape \(1,\)"):
        Spectrum([0.0, 1.0], ones, dim=1, residuals=[1e-3])
    with pytest.raises(ShapeError, match="expected a callable"):
        Spectrum([0.0, 1.0], 3, dim=1)
    with pytest.raises(MetricError, match="volume = -1 must be positive"):
        Spectrum([0.0, 1.0], ones, dim=1, volume=-1)
    with pytest.raises(ShapeError, match=r"x has shape \(2,\); expected \(..., 1\)"):
        circle().eigenfunctions([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.heat_trace([0.1, -1.0]), "t = -1 must be a finite time >= 0"),
        (lambda s: s.heat_trace(math.inf), "t = inf must be a finite time >= 0"),
        (lambda s: s.counting(math.nan), "lam = nan must be a number"),
        (lambda s: s.eigenfunctions([math.nan]), "x = nan must be finite"),
    ],
)
def test_arguments_out_of_range(call, message):
    with pytest.raises(ChartError, match=message):
        call(circle())
