"""Metrics of Fisher: the expected square of the score, by quadrature and by sums."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, NoClosedForm, ShapeError
from riemlearn.manifolds import CategoricalFisher, HyperbolicSpace, NormalFisher


@pytest.mark.parametrize("d", [1, 2])
def test_normal_metric_is_the_expected_square_of_the_score(d):
    """E[score score^T] by Gauss-Hermite quadrature, exact for the polynomials that these are."""
    M = NormalFisher(d)
    x = jnp.array([*[0.3, -0.7][:d], 1.7])
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    z = np.array(list(itertools.product(nodes, repeat=d)))
    w = np.prod(np.array(list(itertools.product(weights / weights.sum(), repeat=d))), axis=1)
    samples = x[:d] + x[d] * z

    def log_density(p, s):
        return -d * jnp.log(p[d]) - jnp.sum((s - p[:d]) ** 2) / (2 * p[d] ** 2)

    score = jax.vmap(jax.grad(log_density), (None, 0))(x, jnp.asarray(samples))
    np.testing.assert_allclose(jnp.einsum("k,ki,kj->ij", w, score, score), M.metric(x), atol=1e-13)


def test_categorical_metric_is_the_expected_square_of_the_score():
    M, p = CategoricalFisher(3), jnp.array([0.1, 0.2, 0.4])

    def log_probabilities(p):
        return jnp.log(jnp.concatenate([p, 1 - p.sum(keepdims=True)]))

    score = jax.jacfwd(log_probabilities)(p)
    expected = jnp.einsum("k,ki,kj->ij", jnp.exp(log_probabilities(p)), score, score)
    np.testing.assert_allclose(expected, M.metric(p), rtol=1e-13)


@pytest.mark.parametrize("M", [CategoricalFisher(2), NormalFisher(1), NormalFisher(2)], ids=repr)
def test_constant_curvature(M):
    n, K = M.dim, float(M.curvature.sectional)
    assert M.connection.scalar.expr == M.curvature.scalar
    assert {type(M): K} == {type(M): 0.25 if isinstance(M, CategoricalFisher) else -1 / (2 * M.variables)}
    x = M.sample(jax.random.key(0), 4)
    u, v = jnp.eye(n)[0], jnp.ones(n)
    np.testing.assert_allclose(M.connection.sectional(x, u, v), K, rtol=1e-9)


def test_categorical_geometry():
    M = CategoricalFisher(3)
    p, q = M.sample(jax.random.key(0), 40).reshape(2, 20, 3)
    g = rl.Metric.from_embedding(M.embedding, dim=3)
    np.testing.assert_allclose(g(p) / M.metric(p), 1, rtol=1e-9)
    np.testing.assert_allclose(jnp.linalg.norm(g.immersion(p), axis=-1), 2, rtol=1e-14)
    full = [jnp.concatenate([1 - r.sum(-1, keepdims=True), r], -1) for r in (p, q)]
    bhattacharyya = jnp.sqrt(full[0] * full[1]).sum(-1)
    np.testing.assert_allclose(M.distance(p, q), 2 * jnp.arccos(bhattacharyya), rtol=1e-9)
    # twice the relative entropy of close distributions is the squared distance
    step = 1e-4 * jnp.array([0.1, -0.2, 0.05])
    a, b = (jnp.concatenate([1 - r.sum(keepdims=True), r]) for r in (p[0], p[0] + step))
    np.testing.assert_allclose(2 * jnp.sum(a * jnp.log(a / b)), M.distance(p[0], p[0] + step) ** 2, rtol=1e-2)


def test_volume_of_the_simplex():
    """n = 2: an eighth of a sphere of radius 2; by quadrature in p = sin^2, where the density is smooth."""
    M = CategoricalFisher(2)
    nodes, weights = np.polynomial.legendre.leggauss(30)
    a, w = (nodes + 1) * np.pi / 4, weights * np.pi / 4
    s, t = np.meshgrid(a, a, indexing="ij")
    first = np.sin(s) ** 2
    p = np.stack([first, (1 - first) * np.sin(t) ** 2], axis=-1)
    change = np.sin(2 * s) * (1 - first) * np.sin(2 * t)
    total = np.einsum("i,j,ij->", w, w, M.metric.volume_density(p) * change)
    np.testing.assert_allclose(total, M.volume, rtol=1e-10)
    np.testing.assert_allclose(M.volume, 4 * np.pi * 2**2 / 8, rtol=1e-15)


def test_samples_are_uniform():
    """E[p_i] = 1 / (n + 1) under Dirichlet(1/2, ..., 1/2), and E[p_i^2] = 3 / ((n + 1) (n + 3))."""
    p = CategoricalFisher(2).sample(jax.random.key(1), 4000)
    np.testing.assert_allclose(p.mean(0), 1 / 3, atol=0.02)
    np.testing.assert_allclose((p**2).mean(0), 3 / 15, atol=0.02)


def test_normal_distance_has_the_closed_form_of_rao():
    """d = 1: sqrt 2 arcosh(1 + ((mu1 - mu2)^2 / 2 + (s1 - s2)^2) / (2 s1 s2)); equal means: sqrt 2 |log(s1 / s2)|."""
    M = NormalFisher()
    x, y = M.sample(jax.random.key(2), 20).reshape(2, 10, 2)
    delta = ((x[:, 0] - y[:, 0]) ** 2 / 2 + (x[:, 1] - y[:, 1]) ** 2) / (2 * x[:, 1] * y[:, 1])
    np.testing.assert_allclose(M.distance(x, y), np.sqrt(2) * jnp.arccosh(1 + delta), rtol=1e-10)
    np.testing.assert_allclose(M.distance([0.0, 1e-3], [0.0, 1e3]), np.sqrt(2) * np.log(1e6), rtol=1e-14)
    many = NormalFisher(3)
    np.testing.assert_allclose(
        many.distance([0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 2.0]), np.sqrt(6) * np.log(4), rtol=1e-14
    )


def test_normal_heat_kernel_is_that_of_the_scaled_half_space():
    x, y = jnp.array([0.4, 1.0]), jnp.array([-0.2, 1.7])
    half = HyperbolicSpace(2, "half_space")
    scaled = [p / jnp.array([np.sqrt(2), 1.0]) for p in (x, y)]
    wanted = half.heat_kernel.log(0.3 / 2, *scaled) - np.log(2)
    np.testing.assert_allclose(NormalFisher().heat_kernel.log(0.3, x, y), wanted, rtol=1e-13)


def test_representations_and_errors():
    for M in (CategoricalFisher(2), NormalFisher(), NormalFisher(3)):
        assert eval(repr(M)) == M
    assert NormalFisher(1) != NormalFisher(2)
    with pytest.raises(ShapeError, match="CategoricalFisher: the dimension must be an integer >= 1, got 0"):
        CategoricalFisher(0)
    with pytest.raises(ShapeError, match="NormalFisher: the dimension must be an integer >= 1, got -1"):
        NormalFisher(-1)
    with pytest.raises(ChartError, match="sigma = -1 is not in"):
        NormalFisher().distance([0.0, 1.0], [0.0, -1.0])
    with pytest.raises(ChartError, match="not in the open simplex of probabilities"):
        CategoricalFisher(2).distance([0.2, 0.3], [0.5, 0.6])
    with pytest.raises(ChartError, match=r"p1 = 0 is not in \(0, 1\)"):
        CategoricalFisher(2).distance([0.0, 0.3], [0.5, 0.4])
    with pytest.raises(NoClosedForm, match="no heat kernel in closed form"):
        CategoricalFisher(2).closed_heat_kernel()
    with pytest.raises(NoClosedForm, match="no spectrum in closed form"):
        NormalFisher().levels(3)
