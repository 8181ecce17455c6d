"""The Laplace-Beltrami operator on expressions and on functions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, NoClosedForm, ShapeError, SymbolError

SPHERE = rl.manifolds.Sphere(2)
X = SPHERE.sample(jax.random.key(1), 5)
SOURCES = {
    "closed": SPHERE.metric,
    "numeric": SPHERE.metric.numeric(),
    "embedded": rl.Metric.from_embedding(SPHERE.embedding, dim=2, chart=SPHERE.chart),
}


@pytest.fixture(params=SOURCES)
def laplacian(request):
    return rl.LaplaceBeltrami(SOURCES[request.param])


def harmonic(x):
    """A spherical harmonic of degree 3."""
    return jnp.sin(x[0]) ** 2 * jnp.cos(x[0]) * jnp.cos(2 * x[1])


def test_spherical_harmonics(laplacian):
    np.testing.assert_allclose(laplacian(harmonic)(X), -12 * jax.vmap(harmonic)(X), rtol=1e-10, atol=1e-12)


def test_coordinates_of_an_embedding_give_its_mean_curvature(laplacian):
    """Delta f = H for the embedding f; on the unit sphere H = -2 f."""
    for i in range(3):
        values = laplacian(lambda x, i=i: SPHERE.embedding(x)[i])(X)
        np.testing.assert_allclose(values, -2 * jax.vmap(SPHERE.embedding)(X)[:, i], rtol=1e-10, atol=1e-12)


def test_expressions():
    theta, phi = SPHERE.metric.symbols
    L = rl.LaplaceBeltrami(SPHERE.metric)
    h = sp.sin(theta) ** 2 * sp.cos(theta) * sp.cos(2 * phi)
    assert sp.expand_trig(L(h) + 12 * h).equals(0)
    assert L(3) == 0
    with pytest.raises(
        SymbolError, match="theta in the expression is not the coordinate theta: their assumptions differ"
    ):
        L(sp.Symbol("theta") ** 2)
    with pytest.raises(NoClosedForm, match="pass a JAX function"):
        rl.LaplaceBeltrami(SOURCES["embedded"])(h)


def test_hyperbolic_radial_function():
    """Delta log cosh r-like: on H^n, Delta cosh r = n cosh r with r the distance from the origin."""
    for model in ("ball", "half_space", "hyperboloid"):
        M = rl.manifolds.HyperbolicSpace(3, model)
        origin = jnp.array([0.0, 0.0, 1.0 if model == "half_space" else 0.0])
        cosh = lambda x, M=M, o=origin: jnp.cosh(M.distance(x, o))  # noqa: E731
        x = M.sample(jax.random.key(2), 4)
        np.testing.assert_allclose(M.laplacian(cosh)(x), 3 * jax.vmap(cosh)(x), rtol=1e-10)


def test_under_transformations(laplacian):
    field = laplacian(harmonic)
    np.testing.assert_allclose(jax.jit(field)(X), -12 * jax.vmap(harmonic)(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(jax.grad(field)(X[0]), -12 * jax.grad(harmonic)(X[0]), rtol=1e-9, atol=1e-11)


def test_errors(laplacian):
    with pytest.raises(SymbolError, match="got the string 'sin"):
        laplacian("sin(theta)")
    with pytest.raises(ShapeError, match=r"h must return a number, shape \(\), got shape \(2,\)"):
        laplacian(lambda x: x)
    with pytest.raises(ChartError, match="theta = 4 is not in"):
        laplacian(harmonic)([4.0, 0.0])
    with pytest.raises(MetricError, match="LaplaceBeltrami needs a Metric, got int"):
        rl.LaplaceBeltrami(3)
