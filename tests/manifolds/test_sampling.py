"""Random points are uniform in volume."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import MetricError
from riemlearn.manifolds import Torus
from riemlearn.manifolds.sampling import uniform_in_volume


def test_points_of_the_torus_are_uniform_in_area():
    # P(theta < a) = (R a + r sin a) / 2 pi R, by which the angles become uniform on (0, 1)
    points = np.asarray(Torus(2, 1).sample(jax.random.key(0), 4000))
    uniform = (2 * points[:, 0] + np.sin(points[:, 0])) / (4 * np.pi)
    deviation = np.max(np.abs(np.sort(uniform) - (np.arange(4000) + 0.5) / 4000))
    assert deviation < 1.6 / np.sqrt(4000)  # Kolmogorov and Smirnov, 1 %
    assert np.all(points == np.asarray(Torus(2, 1).sample(jax.random.key(0), 4000)))


def test_a_narrow_peak_has_its_share():
    # 1 but for a peak of height 100 and width 1/200: half of the volume
    def density(x):
        return 1 + 100 * jnp.exp(-(((x - 1 / 3) * 200) ** 2))

    g = rl.Metric.from_function(lambda x: density(x)[None] ** 2, dim=1)
    points = np.asarray(uniform_in_volume(jax.random.key(1), 3000, np.zeros(1), np.ones(1), g))[:, 0]
    share = np.mean(np.abs(points - 1 / 3) < 0.02)
    volume = 1 + 100 * np.sqrt(np.pi) / 200
    assert abs(share - (np.sqrt(np.pi) / 2 + 0.04) / volume) < 4 * np.sqrt(0.25 / 3000)


def test_no_bound(monkeypatch):
    monkeypatch.setattr("riemlearn.manifolds.sampling._ROUNDS", 5)
    g = rl.Metric.from_function(lambda x: (1 / x**4)[None], dim=1)
    with pytest.raises(
        MetricError, match=r"of 100000 points after 5 rounds: on the box .* the volume density has no bound"
    ):
        uniform_in_volume(jax.random.key(0), 10**5, np.zeros(1), np.ones(1), g)
