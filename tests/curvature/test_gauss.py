"""The Gauss route: surfaces known in closed form, the textbook route, ill-conditioned charts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from riemlearn.curvature import EmbeddedPoint
from riemlearn.errors import Status
from riemlearn.jets import jet2

from . import reference

embedded = jax.jit(EmbeddedPoint.at, static_argnums=0)

sin, cos = jnp.sin, jnp.cos


def sphere(x):
    return jnp.stack([sin(x[0]) * cos(x[1]), sin(x[0]) * sin(x[1]), cos(x[0])])


def torus(x):
    return jnp.stack([(3 + cos(x[0])) * cos(x[1]), (3 + cos(x[0])) * sin(x[1]), sin(x[0])])


def clifford(x):
    return jnp.concatenate([cos(x), sin(x)])


def veronese(x):
    a, b, c = sphere(x) * jnp.sqrt(3.0)
    rest = (a * a + b * b - 2 * c * c) / (2 * jnp.sqrt(3.0))
    return jnp.stack([a * b, a * c, b * c, (a * a - b * b) / 2, rest]) / jnp.sqrt(3.0)


def enneper(x):
    u, v = x
    return jnp.stack([u - u**3 / 3 + u * v * v, v - v**3 / 3 + v * u * u, u * u - v * v])


x0 = jnp.array([0.7, 0.4])
SURFACES = [
    (sphere, 2.0, 4.0),
    (torus, 2 * cos(0.7) / (3 + cos(0.7)), (1 + cos(0.7) / (3 + cos(0.7))) ** 2),
    (clifford, 0.0, 4.0 / 2),
    (veronese, 2 / 3, None),
    (enneper, -8 / (1 + 0.49 + 0.16) ** 4, 0.0),
]


@pytest.mark.parametrize(("f", "scalar", "mean_square"), SURFACES, ids=lambda p: getattr(p, "__name__", None))
def test_surfaces(f, scalar, mean_square):
    """Scalar curvature is twice Gauss's; |H|^2 of sphere (2/r)^2, torus (kappa_1 + kappa_2)^2, a minimal surface 0."""
    point = embedded(f, x0)
    assert point.status == Status.OK
    np.testing.assert_allclose(point.scalar(), scalar, atol=1e-13)
    if mean_square is not None:
        np.testing.assert_allclose(jnp.sum(point.mean_curvature() ** 2), mean_square, atol=1e-13)


def test_flat_torus_of_six_circles_cancels_exactly():
    point = embedded(clifford, jnp.linspace(0.1, 2.0, 6))
    np.testing.assert_allclose(jnp.sum(point.mean_curvature() ** 2), 6.0, rtol=1e-14)
    assert jnp.abs(point.riemann_frame()).max() < 1e-14


@pytest.mark.parametrize(("n", "d"), [(1, 3), (2, 3), (3, 8), (5, 6)])
def test_agrees_with_nested_derivatives_of_the_metric(n, d):
    f = reference.random_map(jax.random.key(n), n, d)
    x = jax.random.normal(jax.random.key(7), (n,)) / 2
    g, point = reference.metric_of(f), embedded(f, x)
    np.testing.assert_allclose(point.metric(), g(x), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(point.inverse() @ g(x), jnp.eye(n), atol=1e-9)
    np.testing.assert_allclose(point.christoffel(), reference.christoffel(g)(x), rtol=1e-7, atol=1e-8)
    scale = jnp.abs(reference.riemann(g)(x)).max() + 1e-12
    np.testing.assert_allclose(point.riemann() / scale, reference.riemann(g)(x) / scale, atol=1e-7)
    np.testing.assert_allclose(point.ricci() / scale, reference.ricci(g)(x) / scale, atol=1e-7)
    np.testing.assert_allclose(point.scalar(), reference.scalar(g)(x), rtol=1e-7, atol=1e-9)


def test_sectional_curvature_is_that_of_the_riemann_tensor():
    f = reference.random_map(jax.random.key(3), 3, 7)
    x, u, v = jax.random.normal(jax.random.key(5), (3, 3)) / 2
    point, g = embedded(f, x), reference.metric_of(f)(x)
    lowered = jnp.einsum("im,mjkl->ijkl", g, reference.riemann(reference.metric_of(f))(x))
    area = (u @ g @ u) * (v @ g @ v) - (u @ g @ v) ** 2
    expected = jnp.einsum("ijkl,i,j,k,l->", lowered, u, v, u, v) / area
    value, status = point.sectional(u, v)
    assert status == Status.OK
    np.testing.assert_allclose(value, expected, rtol=1e-9)
    np.testing.assert_allclose(point.ricci_quadratic(u), u @ point.ricci() @ u, rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_nearly_parallel_vectors_still_span_their_plane(scale):
    u = jnp.array([0.3, 0.2])
    value, status = embedded(sphere, x0).sectional(u, u + scale * jnp.array([0.0, 1.0]))
    assert status == Status.OK
    np.testing.assert_allclose(value, 1.0, rtol=1e-8)


def test_parallel_vectors_span_none():
    _, status = embedded(sphere, x0).sectional(x0, -2 * x0)
    assert status == Status.NO_PLANE


@pytest.mark.parametrize(("kappa", "tolerance"), [(1e2, 1e-12), (1e4, 1e-12), (1e6, 1e-12)])
def test_linear_ill_conditioning_costs_no_digits(kappa, tolerance):
    """Scalar curvature does not depend on the chart; the textbook route loses kappa^4 eps, this one nothing."""
    f = reference.random_map(jax.random.key(0), 4, 9)
    v, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(1), (4, 4)))
    stretch = jnp.diag(jnp.array([1.0, 1.0, 1.0, 1 / kappa])) @ v.T
    truth = embedded(f, jnp.full(4, 0.1)).scalar()
    x = jnp.linalg.solve(stretch, jnp.zeros(4))
    stretched = embedded(lambda s: f(0.1 + stretch @ s), x)
    np.testing.assert_allclose(stretched.scalar(), truth, rtol=tolerance)
    if kappa >= 1e4:
        naive = reference.scalar(reference.metric_of(lambda s: f(0.1 + stretch @ s)))(x)
        assert abs(naive / truth - 1) > 1e-2


def test_linear_ill_conditioning_in_single_precision():
    """What is left of eight digits when up to six are lost to the chart: all that the difference has."""
    f = reference.random_map(jax.random.key(0), 4, 9)
    v, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(1), (4, 4)))
    lengths = jnp.stack([jnp.array([1.0, 1.0, 1.0, 1 / kappa]) for kappa in (1e2, 1e4, 1e6)])
    charts = (lengths[:, :, None] * v.T).astype(jnp.float32)

    def at(y, chart, dtype):
        y, chart = y.astype(dtype), chart.astype(dtype)
        graph = lambda p: jnp.concatenate([p, f(p).astype(dtype)])  # noqa: E731  (its own condition number is small)
        return EmbeddedPoint.at(lambda s: graph(y + chart @ s), jnp.zeros(4, dtype))

    def error(y, chart):
        low, high = at(y, chart, jnp.float32), at(y, chart, jnp.float64)
        mean = high.mean_curvature()
        return low.status, (low.scalar() - high.scalar()) / (mean @ mean + high.squared_second_fundamental_form())

    points = jax.random.normal(jax.random.key(2), (64, 4), jnp.float32)
    status, error = jax.jit(jax.vmap(jax.vmap(error, (0, None)), (None, 0)))(points, charts)
    assert np.all(status <= Status.OK) and np.all(np.abs(error) <= 1e-5)


def test_nonlinear_ill_conditioning():
    """A chart whose tangential second derivatives grow as kappa^2: error near kappa^2 eps."""
    f = reference.random_map(jax.random.key(0), 3, 7)
    v, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(1), (3, 3)))
    stretch = jnp.diag(jnp.array([1.0, 1.0, 1e-3])) @ v.T
    chart = lambda s: 0.1 + stretch @ s + jnp.array([s[0] * s[1], s[2] ** 2, s[0] ** 2])  # noqa: E731
    truth = embedded(f, jnp.full(3, 0.1)).scalar()
    np.testing.assert_allclose(embedded(lambda s: f(chart(s)), jnp.zeros(3)).scalar(), truth, rtol=1e-8)


def test_from_a_jet_along_coordinates():
    f = reference.random_map(jax.random.key(9), 3, 5)
    x = jnp.array([0.1, -0.3, 0.2])
    direct, from_jet = embedded(f, x), EmbeddedPoint.from_jet(jet2(f, x))
    np.testing.assert_allclose(from_jet.riemann(), direct.riemann(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(from_jet.christoffel(), direct.christoffel(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        from_jet.second_fundamental_form(), direct.second_fundamental_form(), rtol=1e-9, atol=1e-12
    )


def test_second_fundamental_form_is_normal_and_symmetric():
    f = reference.random_map(jax.random.key(9), 3, 5)
    x = jnp.array([0.1, -0.3, 0.2])
    form = embedded(f, x).second_fundamental_form()
    np.testing.assert_allclose(form, jnp.swapaxes(form, 0, 1), atol=1e-14)
    np.testing.assert_allclose(form @ jax.jacfwd(f)(x), 0, atol=1e-13)


def test_gradients_of_curvature():
    f = reference.random_map(jax.random.key(2), 2, 4)
    check_grads(
        jax.jit(lambda x: EmbeddedPoint.at(f, jnp.asarray(x)).scalar()), (jnp.array([0.2, -0.1]),), order=1, rtol=1e-5
    )
    grad = jax.grad(lambda x: embedded(torus, x).scalar())(x0)
    np.testing.assert_allclose(grad, [-6 * sin(0.7) / (3 + cos(0.7)) ** 2, 0.0], atol=1e-13)


def test_single_precision_stays_single_and_is_right():
    point = embedded(torus, x0.astype(jnp.float32))
    assert point.scalar().dtype == point.riemann().dtype == jnp.float32
    np.testing.assert_allclose(point.scalar(), SURFACES[1][1], rtol=1e-5)
