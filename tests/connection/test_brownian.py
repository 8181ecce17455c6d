"""Brownian motion: expectations of eigenfunctions decay at half their eigenvalue."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.connection.brownian import brownian_motion
from riemlearn.errors import ChartError, MetricError, ShapeError, Status
from riemlearn.manifolds import Sphere

# The unit sphere from the south pole: the height (|x|^2 - 1) / (|x|^2 + 1) is an eigenfunction with eigenvalue 2.
G = rl.Metric.from_function(lambda x: 4 * jnp.eye(2) / (1 + x @ x) ** 2, dim=2)
START = jnp.array([0.2, 0.1])
PATHS, TIME = 8000, 0.8


def height(x):
    square = jnp.sum(x**2, axis=-1)
    return (square - 1) / (square + 1)


@pytest.fixture(scope="module")
def expectations():
    """Mean height and its standard error after the same time in 4, 8 and 16 steps."""
    found = {}
    for steps in (4, 8, 16):
        paths = brownian_motion(G, jax.random.key(7), jnp.tile(START, (PATHS, 1)), TIME, steps)
        assert paths.points.shape == (PATHS, steps + 1, 2)
        assert np.sum(paths.status != Status.OK) <= 8  # steps over the north pole, which is not in the chart
        np.testing.assert_allclose(paths.times, np.linspace(0, TIME, steps + 1))
        end = height(paths.points[:, -1])
        found[steps] = float(jnp.nanmean(end)), float(jnp.nanstd(end)) / np.sqrt(PATHS)
    return found


def walk(h):
    r"""What a step does to the height: :math:`E \cos(\sqrt h |\xi|)` for a normal :math:`\xi` of the plane."""
    r = np.linspace(0, 12, 200_001)
    return np.trapezoid(np.cos(np.sqrt(h) * r) * r * np.exp(-(r**2) / 2), r)


def test_an_eigenfunction_decays(expectations):
    mean, error = expectations[16]
    assert abs(mean - float(height(START)) * np.exp(-TIME)) < 4 * error
    assert 0 < error < 0.01


def test_the_weak_error_is_of_first_order(expectations):
    """Each walk has the expectation that is computed for it, and that has an error proportional to the step."""
    for steps, (mean, error) in expectations.items():
        assert abs(mean - float(height(START)) * walk(TIME / steps) ** steps) < 4 * error
    bias = [walk(TIME / k) ** k / np.exp(-TIME) - 1 for k in (16, 32, 64)]
    np.testing.assert_allclose(bias[0] / bias[1], 2, rtol=0.05)
    np.testing.assert_allclose(bias[2], -(TIME**2) / 64 / 6, rtol=0.05)


def test_the_plane_is_exact():
    g = rl.Metric.from_function(lambda x: jnp.diag(jnp.array([4.0, 1.0])), dim=2)
    x = brownian_motion(g, jax.random.key(1), jnp.zeros((PATHS, 2)), 3.0, 2).points
    variance = jnp.mean(x**2, axis=0)
    np.testing.assert_allclose(variance[1:], [[1.5 / 4, 1.5], [3 / 4, 3]], rtol=4 * np.sqrt(2 / PATHS))
    increments = jnp.diff(x, axis=1)
    assert abs(jnp.mean(increments[:, 0] * increments[:, 1])) < 0.1


def test_leaving_the_chart():
    """From near the end of an interval most paths leave; they are NaN from there on and say so."""
    chart = rl.Chart(("x",), (rl.interval(0, 1),))
    g = rl.Metric.from_function(lambda x: jnp.eye(1), dim=1, chart=chart)
    paths = brownian_motion(g, jax.random.key(2), jnp.full((200, 1), 0.5), 4.0, 50)
    gone = np.isnan(paths.points[..., 0])
    assert (gone[:, -1] == (np.asarray(paths.status) == Status.LEFT_CHART)).all() and gone[:, -1].mean() > 0.9
    assert not gone[:, 0].any() and (np.diff(gone.astype(int), axis=1) >= 0).all()
    inside = np.asarray(paths.points)[~gone]
    assert inside.min() > 0 and inside.max() < 1


def test_keys_and_types():
    start = jnp.zeros((3, 2), jnp.float32)
    a, b, c = (brownian_motion(G, jax.random.key(k), start, 0.5, 2).points for k in (0, 0, 1))
    assert a.dtype == jnp.float32 and (a == b).all() and not (a == c).any(axis=(0, 2))[1:].any()
    assert not (a[0, 1:] == a[1, 1:]).any()


def test_bad_arguments():
    key = jax.random.key(0)
    with pytest.raises(ShapeError, match="steps must be an integer >= 1, got 0"):
        brownian_motion(G, key, START, 1.0, 0)
    with pytest.raises(ChartError, match="t = -1 must be a positive time"):
        brownian_motion(G, key, START, -1.0, 2)
    with pytest.raises(ChartError, match=r"Brownian motion at x = \(4, 0\): the point lies outside the domain"):
        brownian_motion(Sphere(2).metric, key, [4.0, 0.0], 1.0, 2)
    light = rl.Metric.from_function(lambda x: jnp.diag(jnp.array([-1.0, 1.0])), dim=2, signature="lorentzian")
    with pytest.raises(MetricError, match="needs a positive-definite metric, and this one is Lorentzian"):
        brownian_motion(light, key, START, 1.0, 2)
