import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.curvature import EmbeddedPoint
from riemlearn.errors import Status
from riemlearn.jets import Jet2, jet2
from riemlearn.transformer import Ellipsoid, full_directions, random_directions
from riemlearn.transformer.measure import (
    effective_ranks,
    measure_jet,
    measure_slice,
    own_jacobian,
    rank_cutoff,
    ranks,
    stacked_ellipsoids,
)

TEXT = "the old dog chased a cat ."
LAYERS = np.arange(3)
measured_jet = jax.jit(measure_jet)


def slice_at(model, k):
    rep = model.representation(TEXT, 2, "dog", random_directions(k, jax.random.key(k)))
    return rep, jnp.ones(rep.embeddings.shape[0], bool)


@pytest.fixture(scope="module")
def measured(tiny):
    rep, mask = slice_at(tiny, 3)
    return rep, measure_slice(rep, mask, jnp.asarray(LAYERS), stacked_ellipsoids(tiny.encoder, LAYERS))


def test_scalar_curvature_is_that_of_the_pullback_metric(tiny, measured):
    """Against the third derivatives of the map: the metric as a function, with no word of the embedding."""
    _, numbers = measured
    first_block = tiny.representation(TEXT, 1, "dog", random_directions(3, jax.random.key(3)))

    def metric(c):
        jacobian = jax.jacfwd(first_block)(c)
        return jacobian.T @ jacobian

    g = rl.Metric.from_function(metric, dim=3)
    scalar = jax.jit(lambda x: rl.Connection(g).scalar(x))(jnp.zeros(3))
    np.testing.assert_allclose(numbers.scalar[1], scalar, rtol=1e-8)
    np.testing.assert_allclose(numbers.sectional_mean, numbers.scalar / 6, rtol=1e-14)


def test_a_representation_is_an_embedding(measured):
    rep, numbers = measured
    g = rl.Metric.from_embedding(rep, dim=rep.dim)
    scalar, volume = jax.jit(lambda g, x: (rl.Connection(g).scalar(x), g.volume_density(x)))(g, jnp.zeros(3))
    np.testing.assert_allclose(scalar, numbers.scalar[2], rtol=1e-10)
    np.testing.assert_allclose(volume, numbers.volume_density[2], rtol=1e-12)


def test_first_order_numbers(measured):
    rep, numbers = measured
    jacobian = jax.jit(lambda r: jax.jacfwd(r)(jnp.zeros(3)))(rep)
    singular = np.linalg.svd(jacobian, compute_uv=False)
    np.testing.assert_allclose(numbers.singular_values[2], singular, rtol=1e-12)
    np.testing.assert_allclose(numbers.condition_number[2], singular[0] / singular[2], rtol=1e-12)
    np.testing.assert_allclose(numbers.volume_density[2], np.sqrt(np.linalg.det(jacobian.T @ jacobian)), rtol=1e-12)
    np.testing.assert_allclose(numbers.log_volume_density, np.log(numbers.volume_density), rtol=1e-12)
    np.testing.assert_allclose(numbers.norm[2], np.linalg.norm(rep(jnp.zeros(3))), rtol=1e-14)


def test_the_order_of_the_numbers(measured):
    _, numbers = measured
    assert (numbers.sectional_min <= numbers.sectional_mean).all()
    assert (numbers.sectional_mean <= numbers.sectional_max).all()
    assert (numbers.status == Status.OK).all()
    np.testing.assert_allclose(numbers.sectional_dimensionless, numbers.sectional_mean * numbers.norm**2)


def test_padding_changes_no_number(tiny, measured):
    rep, numbers = measured
    n = rep.embeddings.shape[0]
    padded = rl.transformer.Representation(
        rep.encoder,
        jnp.pad(rep.embeddings, ((0, 4), (0, 0))),
        rep.directions,
        jnp.pad(rep.here, (0, 4)),
        True,
    )
    again = measure_slice(padded, jnp.arange(n + 4) < n, jnp.asarray(LAYERS), stacked_ellipsoids(tiny.encoder, LAYERS))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-8), numbers, again)


def sphere_jet(radius, k, d):
    """2-jet at the pole of a sphere of dimension k in R^d, as a graph over its tangent plane."""
    i, j = np.triu_indices(k)
    second = jnp.where((i == j)[:, None], -jnp.eye(d)[k] / radius, 0.0)
    return Jet2(radius * jnp.eye(d)[k], jnp.eye(d)[:k], second)


@pytest.mark.parametrize("k", [2, 4])
def test_a_round_sphere(k):
    """On the sphere of radius r: K = 1/r^2 in every plane, K |h|^2 = 1, |H| = k/r."""
    radius, d = 1.7, 9
    numbers = measured_jet(sphere_jet(radius, k, d), Ellipsoid(jnp.ones(d), jnp.zeros(d)))
    for name in ("sectional_mean", "sectional_min", "sectional_max"):
        assert float(getattr(numbers, name)) == pytest.approx(radius**-2, rel=1e-13)
    assert float(numbers.scalar) == pytest.approx(k * (k - 1) / radius**2, rel=1e-13)
    assert float(numbers.sectional_dimensionless) == pytest.approx(1, rel=1e-13)
    assert float(numbers.mean_curvature) == pytest.approx(k / radius, rel=1e-13)


def test_the_ellipsoid_itself_has_relative_curvature_one():
    """A LayerNorm's own image, sliced by all its directions, is compared with itself."""
    weight, bias = jnp.array([0.5, 2.0, 1.3, 0.7]), jnp.linspace(-1, 1, 4)
    plane = jnp.asarray(np.linalg.svd(np.ones((1, 4)))[2][1:])

    def f(x):
        y = jnp.append(x, jnp.sqrt(1 - x @ x))
        return bias + weight * (2 * y @ plane)

    numbers = measured_jet(jax.jit(lambda x: jet2(f, x))(jnp.array([0.3, -0.5])), Ellipsoid(weight, bias))
    assert float(numbers.sectional_relative) == pytest.approx(1, rel=1e-12)


def test_a_slice_that_loses_rank_has_a_status_and_no_curvature():
    jet = sphere_jet(1.0, 2, 6)
    numbers = measured_jet(jet._replace(first=jet.first.at[1].set(jet.first[0])), Ellipsoid(jnp.ones(6), jnp.zeros(6)))
    assert int(numbers.status) == Status.RANK_DEFICIENT
    assert np.isnan([numbers.scalar, numbers.sectional_mean, numbers.sectional_relative]).all()
    assert float(numbers.singular_values[0]) == pytest.approx(np.sqrt(2))


def test_overflow_has_a_status():
    jet = sphere_jet(1.0, 2, 6)
    numbers = measured_jet(jet._replace(second=jet.second * np.inf), Ellipsoid(jnp.ones(6), jnp.zeros(6)))
    assert int(numbers.status) == Status.NOT_FINITE


def test_full_jacobians_of_all_layers(tiny):
    rep = tiny.representation(TEXT, 2, "dog", full_directions())
    found = own_jacobian(rep, jnp.ones(rep.embeddings.shape[0], bool), jnp.asarray(LAYERS))
    expected = jax.jit(lambda r: jax.jacfwd(lambda c: r.own_states(r.hidden_states(c)))(jnp.zeros(12)))(rep)
    np.testing.assert_allclose(found, expected.swapaxes(1, 2), atol=1e-12)


def test_ranks():
    spectra = np.array([[1.0, 1.0, 1.0, 1e-12], [2.0, 0.0, 0.0, 0.0]])
    assert ranks(spectra, 1e-9).tolist() == [3, 1]
    np.testing.assert_allclose(effective_ranks(spectra), [3, 1], rtol=1e-12)
    assert np.isnan(effective_ranks(np.zeros(4)))
    assert rank_cutoff(np.dtype("float64"), 384) == 1e-9
    assert rank_cutoff(np.dtype("float32"), 384) == pytest.approx(384 * 2.0**-23)


def test_extreme_planes_are_those_of_singular_directions():
    """Against the sectional curvature of each plane, computed one by one."""
    a, b = jax.random.normal(jax.random.key(0), (2, 3, 7))
    jet = jax.jit(lambda x: jet2(lambda y: jnp.tanh(y @ a) + (y @ b) ** 2, x))(jnp.array([0.3, -0.2, 0.5]))
    numbers = measured_jet(jet, Ellipsoid(jnp.ones(7), jnp.zeros(7)))
    point, axes = EmbeddedPoint.from_jet(jet), jnp.linalg.svd(jet.first)[0].T
    planes = [float(point.sectional(axes[i], axes[j])[0]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert float(numbers.sectional_min) == pytest.approx(min(planes), rel=1e-10)
    assert float(numbers.sectional_max) == pytest.approx(max(planes), rel=1e-10)
    assert float(numbers.sectional_mean) == pytest.approx(sum(planes) / 3, rel=1e-10)
