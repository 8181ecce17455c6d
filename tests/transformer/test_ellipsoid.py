"""The curvature of a LayerNorm's image, against that of the same ellipsoid as a parametrised surface."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.curvature import EmbeddedPoint
from riemlearn.jets import jet1
from riemlearn.transformer import Ellipsoid, full_directions
from riemlearn.transformer.bert import LayerNorm

D = 6
GAINS = {
    "round": np.ones(D),
    "stretched": np.array([0.5, 2.0, 1.3, -0.7, 1.1, 3.0]),
    "small gain": np.array([0.5, 2.0, 1e-9, 0.7, 1.1, 3.0]),
    "zero gain": np.array([0.5, 2.0, 1.3, 0.0, 1.1, 3.0]),
}


def parametrisation(weight, bias):
    """Stereographic coordinates in R^(d-2) -> the ellipsoid of a LayerNorm."""
    plane = np.linalg.svd(np.ones((1, D)))[2][1:]

    def f(x):
        square = x @ x
        y = jnp.append(2 * x, square - 1) / (square + 1)
        return bias + weight * (np.sqrt(D) * y @ plane)

    return f


@jax.jit
def at(weight, bias, x):
    f = parametrisation(weight, bias)
    return f(x), EmbeddedPoint.at(f, x)


mean_sectional = jax.jit(Ellipsoid.mean_sectional)


@pytest.fixture(params=GAINS, scope="module")
def surface(request):
    weight, bias = jnp.asarray(GAINS[request.param]), jnp.linspace(-1, 1, D)
    x = jnp.array([0.3, -0.5, 0.2, 0.7])
    return Ellipsoid(weight, bias), *at(weight, bias, x)


def test_sectional_curvature(surface):
    ellipsoid, h, point = surface
    a, b = jax.random.normal(jax.random.key(1), (2, D - 2))
    expected = point.biquadratic(a, b) / ((a @ a) * (b @ b) - (a @ b) ** 2)
    found = mean_sectional(ellipsoid, h, jnp.stack([a, b]) @ point.tangent)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_mean_sectional_curvature(surface):
    ellipsoid, h, point = surface
    n = D - 2
    np.testing.assert_allclose(mean_sectional(ellipsoid, h, point.tangent), point.scalar() / (n * (n - 1)), rtol=1e-9)
    frame = np.linalg.qr(jax.random.normal(jax.random.key(2), (n, 3)))[0].T
    frame = jnp.asarray(frame)
    frame = jnp.asarray(frame)
    planes = [point.biquadratic(frame[i], frame[j]) for i in range(3) for j in range(i)]
    mixed = jax.random.normal(jax.random.key(3), (3, 3)) @ frame @ point.tangent
    np.testing.assert_allclose(mean_sectional(ellipsoid, h, mixed), np.mean(planes), rtol=1e-9)


def test_a_round_layer_norm():
    z = np.array([1.0, -1, 1, -1, 1, -1])
    ellipsoid = Ellipsoid(jnp.ones(D), jnp.zeros(D))
    u, v = jnp.eye(D)[0] + jnp.eye(D)[1], jnp.eye(D)[2] + jnp.eye(D)[3]
    assert float(ellipsoid.sectional(jnp.asarray(z), u, v)) == pytest.approx(1 / D, rel=1e-14)


def test_two_dead_gains_leave_a_flat_image():
    weight = jnp.array([0.5, 2.0, 1e-20, 0.0, 1.1, 3.0])
    bias = jnp.linspace(-1, 1, D)
    ellipsoid = Ellipsoid.of(LayerNorm(weight, bias, 0.0))
    assert bool(ellipsoid.flat())
    x = jnp.array([0.3, -0.5, 0.2, 0.7])
    h, tangents = parametrisation(weight, bias)(x), jet1(parametrisation(weight, bias), x).first
    assert float(mean_sectional(ellipsoid, h, tangents[:2])) == 0
    assert not bool(Ellipsoid(weight.at[2].set(1e-3), bias).flat())


def test_epsilon_puts_values_just_inside():
    """With eps > 0 a value is scaled towards the bias; the curvature moves by a relative eps / var only."""
    x = jnp.array([0.3, -0.5, 0.2, 0.7, 1.1, -2.0])
    weight, bias = jnp.asarray(GAINS["stretched"]), jnp.linspace(-1, 1, D)
    curvatures = []
    for eps in (0.0, 1e-6):
        norm = LayerNorm(weight, bias, eps)
        jet = jet1(lambda y, norm=norm: norm(y[None])[0], x)
        curvatures.append(float(Ellipsoid.of(norm).sectional(jet.value, jet.first[0], jet.first[1])))
    assert curvatures[1] == pytest.approx(curvatures[0], rel=1e-5)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_all_directions_of_a_transformer_give_the_ellipsoid(tiny, layer, image_has_curvature_of):
    """The oracle: with every input direction the curvature is that of the last LayerNorm."""
    rep = tiny.representation("the old dog chased a cat .", layer, "dog", full_directions())
    image_has_curvature_of(rep, Ellipsoid.of(tiny.encoder.norm_of(layer)), rank=10, gap=1e-12)


@pytest.mark.parametrize("dead", [1, 2])
def test_dead_gains_of_a_transformer(tiny, dead, image_has_curvature_of):
    """One dead gain leaves an ellipsoid of the same dimension, two an open piece of a linear space."""
    gain = jnp.where(jnp.arange(12) < dead, 0, tiny.encoder.norm_of(2).weight)
    rep = tiny.representation("the old dog chased a cat .", 2, "dog", full_directions())
    rep = eqx.tree_at(lambda r: r.encoder.blocks[1].norm.weight, rep, gain)
    image_has_curvature_of(rep, Ellipsoid(gain, tiny.encoder.norm_of(2).bias), rank=10, gap=1e-12)
