"""The Frechet mean against closed forms and its own equation."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn import Metric, manifolds
from riemlearn.connection.frechet import frechet_mean
from riemlearn.errors import ChartError, MetricError, ShapeError, Status

SPHERE = manifolds.Sphere(2)
CLOUD = jnp.array([[1.0, 0.2], [1.3, 1.0], [0.9, 0.8], [1.5, 0.1]])


def test_the_logarithms_at_the_mean_of_a_sphere_sum_to_zero():
    weights = jnp.array([1.0, 2.0, 3.0, 0.5])
    found = frechet_mean(SPHERE.metric, CLOUD, weights)
    assert found.status == Status.OK and bool(found.unique) and "unique" in repr(found)
    logs = jax.vmap(lambda p: SPHERE.geodesic_start(found.point, p))(CLOUD)
    np.testing.assert_allclose(weights @ logs, 0, atol=1e-9)
    squares = SPHERE.distance(found.point, CLOUD) ** 2
    np.testing.assert_allclose(found.variance, weights @ squares / jnp.sum(weights), rtol=1e-9)


def test_the_mean_of_two_points_of_the_half_plane_divides_their_geodesic():
    plane = manifolds.HyperbolicSpace(2, model="half_space")
    pair, weights = jnp.array([[0.0, 1.0], [1.0, 2.0]]), jnp.array([[1.0, 1.0], [3.0, 1.0]])
    found = frechet_mean(plane.metric, jnp.stack([pair, pair]), weights)
    v = plane.log(pair[0], pair[1])
    expected = [plane.exp(pair[0], v / 2), plane.exp(pair[0], v / 4)]
    np.testing.assert_allclose(found.point, jnp.stack(expected), atol=1e-9)


def test_derivatives_of_the_mean():
    flat = Metric.from_function(lambda x: jnp.eye(2), dim=2)
    weights = jnp.array([1.0, 2.0, 3.0, 2.0]) / 8

    def mean(p):
        found = frechet_mean(flat, p, weights)
        return found.point, found.variance

    point, variance = jax.jacrev(mean)(CLOUD)
    np.testing.assert_allclose(point, jnp.einsum("ik,j->ijk", jnp.eye(2), weights), atol=1e-12)
    np.testing.assert_allclose(variance, 2 * weights[:, None] * (CLOUD - weights @ CLOUD), atol=1e-12)


def test_antipodes_have_many_means():
    found = frechet_mean(SPHERE.metric, [[math.pi / 2, 0.0], [math.pi / 2, math.pi]])
    assert found.status == Status.CUT_LOCUS and not bool(found.unique)
    np.testing.assert_allclose(found.variance, math.pi**2 / 4, rtol=1e-9)


def test_bad_input():
    with pytest.raises(ShapeError, match=r"\.\.\., k, 2"):
        frechet_mean(SPHERE.metric, [1.0, 0.2])
    with pytest.raises(ShapeError, match="weights"):
        frechet_mean(SPHERE.metric, CLOUD, [1.0, 2.0])
    with pytest.raises(ChartError, match="negative"):
        frechet_mean(SPHERE.metric, CLOUD, [1.0, 1.0, 1.0, -1.0])
    with pytest.raises(MetricError, match="Lorentzian"):
        lorentzian = Metric.from_function(lambda x: jnp.diag(jnp.array([-1.0, 1.0])), dim=2, signature="lorentzian")
        frechet_mean(lorentzian, CLOUD)
