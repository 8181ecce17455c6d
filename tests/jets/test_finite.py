"""2-jets by differences against automatic differentiation, and their estimated errors against the true ones."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import ShapeError
from riemlearn.jets import jet2
from riemlearn.jets.finite import finite_jet2

KEYS = jax.random.split(jax.random.key(0), 3)
W1, W2, W3 = (
    np.asarray(jax.random.normal(key, shape) / math.sqrt(shape[1] / 3))
    for key, shape in zip(KEYS, ((16, 3), (16, 16), (10, 16)), strict=True)
)


def sphere(x, np=np):
    return np.stack([np.sin(x[0]) * np.cos(x[1]), np.sin(x[0]) * np.sin(x[1]), np.cos(x[0])])


def torus(x, np=np):
    return np.stack([(2 + np.cos(x[0])) * np.cos(x[1]), (2 + np.cos(x[0])) * np.sin(x[1]), np.sin(x[0])])


def network(x, np=np):
    return W3 @ np.tanh(W2 @ np.tanh(W1 @ x))


def fast(x, np=np):
    return np.stack([np.sin(300 * x[0] + x[1]), np.cos(200 * x[1]), x[0]])


def large(x, np=np):
    return np.stack([np.sin(x[0] / 1e4) * 1e4, np.cos(x[1] / 1e4) * 1e4, x[0]])


def near_the_edge(x, np=np):
    return np.stack([np.exp(5 * x[0]), np.log(x[1]), np.sqrt(x[0])])


def compared(f, n, f32=False):
    """Largest relative true errors of first and second derivatives, and all ratios of true to estimated errors."""
    truth = jax.jit(jax.vmap(lambda x: jet2(lambda y: f(y, jnp), x)))
    points = np.random.default_rng(1).uniform(0.3, 1.2, (8, n))
    relative, ratios = [], []
    for x, value, first, second in zip(points, *map(np.asarray, truth(points)), strict=True):
        found = finite_jet2((lambda y: f(y.astype(np.float32)).astype(np.float32)) if f32 else f, x)
        assert np.linalg.norm(found.jet.value - value) <= 10 * float(found.error.value)
        errors = [np.linalg.norm(a - b, axis=-1) for a, b in ((first, found.jet.first), (second, found.jet.second))]
        relative.append([e.max() / np.abs(t).max() for e, t in zip(errors, (first, second), strict=True)])
        ratios.append(np.concatenate([errors[0] / found.error.first, errors[1] / found.error.second]))
    return *np.max(relative, axis=0), np.array(ratios)


@pytest.mark.parametrize(
    ("f", "n", "first", "second"),
    [
        (sphere, 2, 1e-13, 1e-11),
        (torus, 2, 1e-13, 1e-11),
        (network, 3, 1e-11, 1e-9),
        (fast, 2, 1e-11, 1e-9),
        (large, 2, 1e-11, 1e-6),
        (near_the_edge, 2, 1e-12, 1e-11),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_accuracy_and_the_estimate_of_it(f, n, first, second):
    error_first, error_second, ratios = compared(f, n)
    assert error_first < first
    assert error_second < second
    assert ratios.max() < 10
    assert np.median(ratios.max(axis=1)) > 0.02  # of the largest at each point: an estimate, not a bound


@pytest.mark.parametrize(("f", "n"), [(sphere, 2), (torus, 2), (network, 3)], ids=lambda v: getattr(v, "__name__", ""))
def test_noise_of_32_bits_is_noticed(f, n):
    error_first, error_second, ratios = compared(f, n, f32=True)
    assert 1e-9 < error_first < 1e-4
    assert error_second < 3e-3
    assert ratios.max() < 10
    assert np.median(ratios.max(axis=1)) > 0.02


def test_noise_of_32_bits_inside_is_noticed():
    def inside(x):
        return sphere(x.astype(np.float32)).astype(np.float64)

    noise = finite_jet2(inside, np.array([0.7, 0.4])).noise
    assert 1e-9 < noise < 1e-6
    assert finite_jet2(sphere, np.array([0.7, 0.4])).noise < 1e-15


def test_a_staircase_is_not_taken_for_a_constant():
    found = finite_jet2(lambda x: np.round(np.array([x[0] + x[1] ** 2, x[1]]) * 2**10) / 2**10, np.array([0.7, 0.4]))
    np.testing.assert_allclose(found.jet.first, [[1, 0], [0.8, 1]], atol=1e-2)
    assert np.all(np.abs(found.jet.first - [[1, 0], [0.8, 1]]).max(axis=1) < 10 * found.error.first)
    assert found.noise > 1e-4


def test_directions():
    basis = np.array([[1.0, 1.0], [1e3, 0.0], [0.0, 1e-3]])
    x = np.array([0.7, 0.4])
    found, truth = finite_jet2(torus, x, basis), jet2(lambda y: torus(y, jnp), jnp.asarray(x), jnp.asarray(basis))
    np.testing.assert_allclose(found.jet.first, truth.first, rtol=1e-10, atol=1e-10)
    scale = np.array([1, 1e3, 1e-3])
    rows, columns = np.triu_indices(3)
    error = np.linalg.norm(found.jet.second - np.asarray(truth.second), axis=1) / (scale[rows] * scale[columns])
    assert error.max() < 1e-9


def test_any_shape_of_output_and_first_order_alone():
    found = finite_jet2(lambda x: x[0] ** 2 * np.eye(2), np.array([1.5]))
    np.testing.assert_allclose(found.jet.second, [2 * np.eye(2)], rtol=1e-10)
    assert finite_jet2(lambda x: math.exp(x[0]), np.array([0.0])).jet.first.shape == (1,)
    short = finite_jet2(torus, np.array([0.7, 0.4]), second=False)
    assert short.jet.second.shape == (0, 3)
    assert short.evaluations < 80


def test_steps_stay_inside_and_end_where_the_map_fails():
    seen = []

    def f(x):
        seen.append(x[0])
        return [math.log(x[0]), math.sqrt(1 - x[0])]  # raise ValueError outside (0, 1)

    found = finite_jet2(f, np.array([0.1]))
    np.testing.assert_allclose(found.jet.first, [[10, -0.5 / math.sqrt(0.9)]], rtol=1e-10)
    seen.clear()
    found = finite_jet2(lambda x: [seen.append(x[0]) or x[0] ** 3], np.array([0.1]), inside=lambda x: 0 < x[0] < 1)
    assert min(seen) > 0
    np.testing.assert_allclose(found.jet.second, [[0.6]], rtol=1e-8)


def test_the_sample_point_without_a_value_is_named():
    found = finite_jet2(lambda x: [x[0] if x[0] <= 0.5 else math.nan], np.array([0.5]))
    assert found.failed is not None
    assert 0.5 < found.failed[0] < 0.5 + 1e-7
    assert np.all(np.isnan(found.jet.first)) and np.all(np.isnan(found.error.second))
    assert found.jet.value[0] == 0.5


def test_what_the_map_raises_keeps_its_kind_and_names_the_point():
    def broken(x):
        return {}[round(float(x[0]))]

    with pytest.raises(KeyError) as caught:
        finite_jet2(broken, np.array([2.25]))
    assert caught.value.__notes__ == ["raised by the map at the sample point x = (2.25)"]

    def broken_nearby(x):
        if x[0] > 2.25:
            raise KeyError("unknown")
        return [x[0]]

    with pytest.raises(KeyError, match="unknown") as caught:
        finite_jet2(broken_nearby, np.array([2.25]))
    assert "sample point x = (2.25" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: {"a": 1}, r"must return one array of floating-point numbers, got dict"),
        (lambda x: [1, 2], r"floating-point numbers, got list of dtype int"),
        (lambda x: x + 1j, r"got ndarray of dtype complex128 at x = \(0.5\)"),
        (lambda x: [[1.0], [1.0, 2.0]], r"returned no array at x = \(0.5\)"),
        (lambda x: np.ones(3 if x[0] <= 0.5 else 2), r"returned shape \(3,\) before and \(2,\) at x = \(0.5"),
    ],
)
def test_what_is_no_array_of_numbers(f, message):
    with pytest.raises(ShapeError, match=message):
        finite_jet2(f, np.array([0.5]))


def test_a_map_may_write_into_its_argument():
    def careless(x):
        x *= 2
        return x**2

    np.testing.assert_allclose(finite_jet2(careless, np.array([1.0])).jet.second, [[8]], rtol=1e-9)
