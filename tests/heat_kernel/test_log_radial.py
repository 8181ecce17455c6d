"""The logarithms of the closed forms against 50 digits, the heat equation, and conservation of mass."""

import math

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from riemlearn.errors import NoClosedForm
from riemlearn.heat_kernel import euclidean, hyperbolic, sphere
from riemlearn.verify.heat_oracle import log_heat

MODULES = {"euclidean": euclidean, "sphere": sphere, "hyperbolic": hyperbolic}
TIMES = (1e-3, 0.01, 0.1, 0.2999, 0.3001, 0.49, 1.0, 3.0, 10.0)
ANGLES = (0.0, 1e-8, 1e-3, 0.3, 1.5, 1.6, 2.5, 3.0, 3.14, math.pi)
RADII = (0.0, 1e-8, 1e-3, 0.3, 1.7, 1.8, 3.0, 8.0, 50.0)
SPACES = [("euclidean", n) for n in (1, 3)] + [("sphere", n) for n in (1, 2, 3)]
SPACES += [("hyperbolic", n) for n in (2, 3, 4, 5, 6, 9)]
PLANES = [("sphere", 1), ("sphere", 2), ("sphere", 3), ("hyperbolic", 2), ("hyperbolic", 3), ("hyperbolic", 4)]


def kernel(space, n):
    return lambda t, r: MODULES[space].log_radial(t, r, n)


def grid(space, thin):
    times, radii = np.array(TIMES), np.array(ANGLES if space == "sphere" else RADII)
    return np.meshgrid(times[::thin], radii[::thin], indexing="ij")


def errors(space, n, t, r):
    """Error of log K over max(1, |log K|), by the oracle at the very same floating-point arguments."""
    value = np.asarray(kernel(space, n)(t, r))
    assert value.dtype == t.dtype
    truth = [log_heat(space, n, float(a), float(b), dps=30) for a, b in zip(t.flat, r.flat, strict=True)]
    wrong = [abs(mp.mpf(float(v)) - w) / max(1, abs(w)) for v, w in zip(value.flat, truth, strict=True)]
    return np.array(wrong, dtype=float)


@pytest.mark.parametrize(("space", "n"), SPACES)
def test_against_the_oracle_in_both_precisions(space, n):
    t, r = grid(space, 2 if n in (4, 6) else 1)
    assert errors(space, n, t, r).max() < 3e-14
    t, r = grid(space, 3)
    r = np.minimum(r, np.nextafter(np.float32(math.pi), np.float32(0))) if space == "sphere" else r
    assert errors(space, n, t.astype(np.float32), r.astype(np.float32)).max() < 2e-6


def test_published_digits():
    assert float(sphere.log_radial(0.01, 3.0, 2)) == pytest.approx(-221.3887127508468760719522, rel=1e-15)
    assert float(hyperbolic.log_radial(1.0, 8.0, 4)) == pytest.approx(-31.07693796970356338697838, rel=1e-15)
    assert float(sphere.log_radial(1e-3, math.pi, 2)) == pytest.approx(-2457.85, abs=0.01)


def test_classical_forms():
    with mp.workdps(50):
        t, r = mp.mpf("0.3"), mp.mpf(1)
        three = -t - r**2 / (4 * t) - 1.5 * mp.log(4 * mp.pi * t) + mp.log(r / mp.sinh(r))
        assert abs(log_heat("hyperbolic", 3, t, r) - three) < mp.mpf(10) ** -48
        integral = mp.quad(
            lambda x: (
                (r + x**2)
                * mp.exp(-((r + x**2) ** 2) / (4 * t))
                * 2
                * x
                / mp.sqrt(2 * mp.sinh(r + x**2 / 2) * mp.sinh(x**2 / 2))
            ),
            [0, 0.5, 1, 2, 3, 4.5],
        )
        two = mp.log(mp.sqrt(2) * mp.exp(-t / 4) * (4 * mp.pi * t) ** mp.mpf(-1.5) * integral)
        assert abs(log_heat("hyperbolic", 2, t, r) - two) < mp.mpf(10) ** -40
        images = mp.nsum(lambda k: mp.exp(-((r + 2 * mp.pi * k) ** 2) / (4 * t)), [-mp.inf, mp.inf])
        assert abs(log_heat("sphere", 1, t, r) - mp.log(images / mp.sqrt(4 * mp.pi * t))) < mp.mpf(10) ** -45
    assert float(hyperbolic.log_radial(0.3, 1.0, 2)) == pytest.approx(float(two), rel=1e-14)
    assert float(sphere.log_radial(0.3, 1.0, 1)) == pytest.approx(float(mp.log(images / mp.sqrt(4 * mp.pi * t))))


@pytest.mark.parametrize(("space", "n"), PLANES)
def test_heat_equation(space, n):
    """With u = log K: u_t = u'' + u'^2 + (n - 1) cot(r) u', and n u'' + u'^2 at the poles."""
    f = kernel(space, n)
    first = jax.jit(jax.vmap(jax.grad(f, (0, 1))))
    second = jax.jit(jax.vmap(jax.grad(jax.grad(f, 1), 1)))
    ends = [0.0, math.pi] if space == "sphere" else [0.0]
    radii = np.array([*ends, 1e-6, 0.4, 1.57, 1.6, 2.9])
    t, r = (a.ravel() for a in np.meshgrid([1e-3, 0.07, 0.29, 0.31, 2.0], radii, indexing="ij"))
    (u_t, u_r), u_rr = first(t, r), second(t, r)
    pole = np.isin(r, ends)
    safe = np.where(pole, 1.0, r)
    slope = 1 / np.tan(safe) if space == "sphere" else 1 / np.tanh(safe)
    laplacian = u_rr + u_r**2 + (n - 1) * np.where(pole, u_rr, slope * u_r)
    np.testing.assert_allclose(u_t, laplacian, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(u_r[pole] * t[pole], 0, atol=1e-12)


@pytest.mark.parametrize(("space", "n"), PLANES)
def test_gradients_against_differences(space, n):
    f, h = kernel(space, n), 1e-5
    t, r = np.array([0.05, 0.2, 0.8]), np.array([0.7, 2.0, 2.5])
    by_t, by_r = jax.jit(jax.vmap(jax.grad(f, (0, 1))))(t, r)
    np.testing.assert_allclose(by_t, (f(t + h, r) - f(t - h, r)) / (2 * h), rtol=1e-5)
    np.testing.assert_allclose(by_r, (f(t, r + h) - f(t, r - h)) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize(("space", "n"), [*PLANES, ("euclidean", 2)])
def test_mass_is_one(space, n):
    nodes, weights = np.polynomial.legendre.leggauss(400)
    t = np.array([[0.01], [0.2], [0.5]])
    end = math.pi if space == "sphere" else 14 * np.sqrt(t) + 2 * n * t
    r = (nodes + 1) * end / 2
    radius = {"euclidean": r, "sphere": np.sin(r), "hyperbolic": np.sinh(r)}[space]
    area = 2 * math.pi ** (n / 2) / math.gamma(n / 2) * radius ** (n - 1)
    mass = np.sum(weights * end / 2 * area * np.exp(kernel(space, n)(t, r)), axis=-1)
    np.testing.assert_allclose(mass, 1, atol=1e-12)


@pytest.mark.parametrize(("space", "n"), PLANES)
def test_decreases_with_distance_and_is_finite(space, n):
    r = jnp.linspace(0, math.pi if space == "sphere" else 60, 301)
    value = kernel(space, n)(jnp.array([[1e-3], [0.1], [0.5], [3.0]]), r)
    assert bool(jnp.all(jnp.isfinite(value)))
    assert bool(jnp.all(jnp.diff(value) < 1e-13))


@pytest.mark.parametrize("t", [1e-6, 100.0, 1e4])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_extreme_times_on_hyperbolic_space(n, t):
    r = np.array([0.0, 1.0, 20.0])
    assert errors("hyperbolic", n, np.full(3, t), r).max() < 1e-13
    far = hyperbolic.log_radial(np.float32(1.0), np.float32(500.0), n)
    assert float(far) == pytest.approx(float(hyperbolic.log_radial(1.0, 500.0, n)), rel=1e-6)


def test_semigroup_on_the_circle():
    """The convolution of K_s and K_t is K_{s+t}; the trapezoidal rule on a circle is exact to rounding."""
    x = np.arange(200) * 2 * math.pi / 200
    distance = lambda a: np.abs((a + math.pi) % (2 * math.pi) - math.pi)  # noqa: E731
    left, right = (np.exp(sphere.log_radial(t, distance(a), 1)) for t, a in ((0.2, x), (0.45, 1.3 - x)))
    assert np.sum(left * right) * 2 * math.pi / 200 == pytest.approx(
        float(np.exp(sphere.log_radial(0.65, 1.3, 1))), rel=1e-13
    )


@pytest.mark.parametrize(("space", "n"), PLANES)
def test_jit_vmap_and_batches_agree(space, n):
    f = kernel(space, n)
    t, r = jnp.array([0.05, 0.4, 2.0]), jnp.array([0.0, 1.0, 3.0])
    table = f(t[:, None], r)
    assert table.shape == (3, 3)
    np.testing.assert_allclose(jax.jit(jax.vmap(f))(t, r), jnp.diagonal(table), rtol=1e-14)
    assert f(0.1, np.float32(1)).dtype == np.float32


def test_spheres_beyond_three_say_so():
    with pytest.raises(NoClosedForm, match=r"S\^1, S\^2 and S\^3, got dim = 4"):
        sphere.log_radial(0.1, 1.0, 4)
