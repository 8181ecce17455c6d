"""The Levi-Civita connection: closed form, automatic differentiation of g, and the Gauss route say the same."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import MetricError, NoClosedForm, ShapeError

u, v = sp.symbols("u v", real=True)
ENNEPER = [u - u**3 / 3 + u * v**2, v - v**3 / 3 + v * u**2, u**2 - v**2]


def enneper(x):
    u, v = x
    return jnp.stack([u - u**3 / 3 + u * v**2, v - v**3 / 3 + v * u**2, u**2 - v**2])


CLOSED = rl.Metric.from_embedding(ENNEPER, coords=[u, v])
SOURCES = {"closed": CLOSED, "numeric": CLOSED.numeric(), "embedded": rl.Metric.from_embedding(enneper, dim=2)}
X = jnp.array([[0.3, 0.1], [0.5, -1.0], [-0.5, 0.7]])
GAUSS = -4 / (1 + (X**2).sum(-1)) ** 4


@pytest.fixture(params=SOURCES)
def nabla(request):
    return rl.Connection(SOURCES[request.param])


def test_curvature_of_a_minimal_surface(nabla):
    np.testing.assert_allclose(nabla.scalar(X), 2 * GAUSS, rtol=1e-12)
    np.testing.assert_allclose(nabla.ricci(X), GAUSS[:, None, None] * nabla.metric(X), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(nabla.sectional(X, [1.0, 0.3], [0.2, 1.0]), GAUSS, rtol=1e-11)
    w = jnp.array([0.4, -1.0])
    np.testing.assert_allclose(nabla.ricci_quadratic(X, w), GAUSS * nabla.metric.norm(X, w) ** 2, rtol=1e-11)
    area = jnp.linalg.det(nabla.metric(X))
    lowered = jnp.einsum("...im,...mjkl->...ijkl", nabla.metric(X), nabla.riemann(X))
    np.testing.assert_allclose(lowered[:, 0, 1, 0, 1], GAUSS * area, rtol=1e-11)


def test_all_sources_have_one_christoffel(nabla):
    np.testing.assert_allclose(nabla.christoffel(X), rl.Connection(CLOSED).christoffel(X), rtol=1e-11, atol=1e-13)


def test_metric_compatibility(nabla):
    """d_k g_ij = g_mj Gamma^m_ki + g_im Gamma^m_kj, with the left side differentiated directly."""
    g, gamma = nabla.metric(X), nabla.christoffel(X)
    derivative = jax.vmap(jax.jacfwd(nabla.metric))(X)
    half = jnp.einsum("bmj,bmki->bijk", g, gamma)
    np.testing.assert_allclose(derivative, half + jnp.swapaxes(half, 1, 2), rtol=1e-11, atol=1e-12)


def test_under_transformations(nabla):
    g = nabla.metric
    np.testing.assert_allclose(jax.jit(lambda g, x: rl.Connection(g).scalar(x))(g, X), 2 * GAUSS, rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(nabla.scalar)(X), 2 * GAUSS, rtol=1e-12)
    gradient = jax.grad(lambda x: nabla.scalar(x))(X[0])
    expected = jax.grad(lambda x: -8 / (1 + x @ x) ** 4)(X[0])
    np.testing.assert_allclose(gradient, expected, rtol=1e-10)


def test_single_precision_beside_double(nabla):
    single = nabla.scalar(X.astype(jnp.float32))
    assert single.dtype == jnp.float32 and nabla.scalar(X).dtype == jnp.float64
    np.testing.assert_allclose(single, 2 * GAUSS, rtol=2e-5)


def test_gradient_with_respect_to_a_parameter():
    """The scalar curvature of a sphere of radius r is 2 / r^2."""
    r, theta, phi = sp.Symbol("r", positive=True), *sp.symbols("theta phi", real=True)
    g = rl.Metric.from_sympy([theta, phi], r**2 * sp.diag(1, sp.sin(theta) ** 2)).bind(r=2.0)
    gradient = jax.grad(lambda g: rl.Connection(g).scalar(jnp.array([1.0, 0.0])))(g)
    np.testing.assert_allclose(gradient.parameters["r"], -4 / 8, rtol=1e-14)
    numeric = jax.grad(lambda g: rl.Connection(g.numeric()).scalar(jnp.array([1.0, 0.0])))(g)
    np.testing.assert_allclose(numeric.parameters["r"], -4 / 8, rtol=1e-12)


@pytest.mark.parametrize(
    ("u", "v"),
    [
        ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
        ([2.0, 1.0, 0.0], [1.0, 0.0, 0.0]),
        ([2.0, 1.0, 0.0], [2.0, -1.0, 0.0]),
        ([2.0, 1.0, 0.0], [0.0, 1.0, 0.0]),
        ([2.0, 1.0 + 1e-13, 0.0], [1.0, 0.0, 3.0]),
    ],
)
def test_lorentzian_planes_with_null_vectors(u, v):
    """De Sitter space, dx^2 - dt^2 with the factor 1 / t^2 and x twice as long: every regular plane has curvature 1."""
    g = rl.Metric.from_function(
        lambda x: jnp.diag(jnp.array([-1.0, 4.0, 1.0])) / x[0] ** 2, dim=3, signature="lorentzian"
    )
    point = jnp.array([0.7, 0.2, 0.3])
    np.testing.assert_allclose(rl.Connection(g).sectional(point, u, v), 1.0, rtol=1e-10)
    np.testing.assert_allclose(rl.Connection(g).sectional(point, v, u), 1.0, rtol=1e-10)


def test_a_plane_that_touches_the_light_cone_is_none():
    g = rl.Metric.from_function(lambda x: jnp.diag(jnp.array([-0.3, 0.7, 1.0])), dim=3, signature="lorentzian")
    null = [0.3**-0.5, 0.7**-0.5, 0.0]
    with pytest.raises(MetricError, match="do not span a plane"):
        rl.Connection(g).sectional(jnp.zeros(3), null, [0.0, 0.0, 1.0])


@pytest.mark.parametrize(("u", "v"), [([1.0, 2.0], [2.0, 4.0]), ([0.1, 0.7], [0.3, 2.1]), ([0.0, 0.0], [1.0, 0.0])])
def test_planes_that_are_none(nabla, u, v):
    """Parallel exactly, parallel but for rounding, and a vector that is zero."""
    with pytest.raises(MetricError, match=r"sectional curvature at x = .* do not span a plane"):
        nabla.sectional(X[0], u, v)


def test_what_is_no_metric():
    with pytest.raises(MetricError, match=r"Connection needs a Metric, got ndarray; make one with Metric.from_sympy"):
        rl.Connection(np.eye(2))
    with pytest.raises(NoClosedForm):
        _ = rl.Connection(SOURCES["embedded"]).scalar.expr


@pytest.mark.parametrize("kind", ["closed form", "function", "embedding"])
def test_several_fields_at_once(kind):
    theta, phi = sp.symbols("theta phi", real=True)
    exact = rl.Metric.from_sympy([theta, phi], sp.diag(1, sp.sin(theta) ** 2))
    surface = rl.Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[0] * x[1]]), dim=2)
    g = {"closed form": exact, "function": exact.numeric(), "embedding": surface}[kind]
    nabla, x = rl.Connection(g), jnp.array([[[0.5, 1.0]], [[1.5, 2.0]]])
    found = nabla.evaluate(x, "metric", "scalar", "christoffel")
    assert list(found) == ["metric", "scalar", "christoffel"] and found["scalar"].shape == (2, 1)
    for name, field in {"metric": g, "scalar": nabla.scalar, "christoffel": nabla.christoffel}.items():
        np.testing.assert_allclose(found[name], field(x), atol=1e-13)
    assert list(nabla.evaluate(x)) == ["christoffel", "riemann", "ricci", "scalar"]


def test_several_fields_fail_together():
    g = rl.Metric.from_function(lambda x: jnp.diag(jnp.array([1.0, 1.0]) * x[0]), dim=2, on_degenerate="nan")
    found = rl.Connection(g).evaluate([[1.0, 0.0], [0.0, 0.0]], "metric", "scalar")
    assert np.isnan(found["metric"]).all(axis=(1, 2)).tolist() == [False, True]
    assert np.isnan(found["scalar"]).tolist() == [False, True]
    with pytest.raises(MetricError, match=r"scalar and ricci at x = \(0, 0\) \(point 1; 1 of 2 points failed\)"):
        rl.Connection(replace(g, on_degenerate="raise")).evaluate([[1.0, 0.0], [0.0, 0.0]], "scalar", "ricci")
    with pytest.raises(ShapeError, match=r"evaluate: quantity must be one of .*, got 'ricchi'"):
        rl.Connection(g).evaluate([1.0, 0.0], "ricchi")
