"""Ambient metrics: the full Gauss equation, definite and indefinite, against the same metric as a function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, NumericError, ShapeError, Status

from . import reference

KEYS = jax.random.split(jax.random.key(0), 3)


def half_space(x):
    """Hyperbolic space of dimension 4, in a chart that is not symmetric in its axes."""
    return jnp.diag(jnp.array([1.0, 1.0, 1.0, 1.0])) / x[3] ** 2


def bumpy(x):
    """A positive-definite metric with no symmetry."""
    a = jnp.array([[0.3, 0.1, 0.0, -0.2], [0.0, 0.2, 0.1, 0.0], [0.1, 0.0, -0.3, 0.1], [0.2, 0.1, 0.0, 0.1]])
    b = jnp.eye(4) + jnp.sin(jnp.outer(a @ x, x)) / 4
    return b.T @ b


def rotating(x):
    """A Lorentzian metric with no symmetry."""
    return bumpy(x) - 3 * jnp.outer(jnp.eye(4)[0], jnp.eye(4)[0]) * (1 + x[1] ** 2 / 8)


def surface(n):
    f = reference.random_map(KEYS[0], n, 4)
    return lambda x: f(x) / 4 + jnp.array([0.0, 0.0, 0.0, 2.0])


FIELDS = ("metric", "christoffel", "riemann_lowered", "ricci", "scalar", "kretschmann")


@pytest.mark.parametrize(
    ("ambient", "of_ambient", "induced", "n"),
    [(half_space, "riemannian", "riemannian", 2), (bumpy, "riemannian", "riemannian", 3),
     (rotating, "lorentzian", "lorentzian", 4)],
)  # fmt: skip
def test_the_gauss_equation_agrees_with_the_metric_as_a_function(ambient, of_ambient, induced, n):
    h = rl.Metric.from_function(ambient, dim=4, signature=of_ambient)
    g = rl.Metric.from_embedding(surface(n), dim=n, ambient=h, signature=induced)
    x = jax.random.normal(KEYS[1], (3, n)) / 3
    by_gauss = rl.Connection(g).evaluate(x, *FIELDS)
    by_function = rl.Connection(g.numeric()).evaluate(x, *FIELDS)
    for name in FIELDS:
        scale = jnp.abs(by_function[name]).max() + 1
        np.testing.assert_allclose(by_gauss[name] / scale, by_function[name] / scale, atol=1e-10, err_msg=name)


def test_along_directions_in_a_curved_space():
    g = rl.Metric.from_embedding(surface(3), dim=3, ambient=rl.Metric.from_function(bumpy, dim=4))
    x, u, v = jax.random.normal(KEYS[2], (3, 3)) / 3
    gauss, function = rl.Connection(g), rl.Connection(g.numeric())
    np.testing.assert_allclose(gauss.ricci_quadratic(x, v), v @ function.ricci(x) @ v, rtol=1e-10)
    np.testing.assert_allclose(gauss.sectional(x, u, v), g.numeric().local(x).sectional(u, v)[0], rtol=1e-10)


def test_a_spacelike_surface_of_minkowski_space():
    """The hyperboloid, learned: curvature -1, and a timelike normal."""
    minkowski = rl.Metric.from_function(lambda y: jnp.diag(jnp.array([-1.0, 1.0, 1.0])), dim=3, signature="lorentzian")

    def hyperboloid(x):
        return jnp.concatenate([jnp.sqrt(1 + x @ x)[None], x])

    g = rl.Metric.from_embedding(hyperboloid, dim=2, ambient=minkowski, signature="riemannian")
    x = jnp.array([0.4, -1.3])
    assert float(rl.Connection(g).scalar(x)) == pytest.approx(-2, rel=1e-13)
    np.testing.assert_allclose(g.immersion.mean_curvature(x), 2 * hyperboloid(x), rtol=1e-12)


def test_a_great_sphere_is_totally_geodesic():
    """In stereographic coordinates of S^3 the plane through the origin is a great S^2."""
    round_sphere = rl.Metric.from_function(lambda y: 4 * jnp.eye(3) / (1 + y @ y) ** 2, dim=3)
    g = rl.Metric.from_embedding(lambda x: jnp.array([x[0], x[1] ** 3 + x[1], 0.0]), dim=2, ambient=round_sphere)
    x = jnp.array([0.3, 0.4])
    np.testing.assert_allclose(g.immersion.second_fundamental_form(x), 0, atol=1e-14)
    assert float(rl.Connection(g).scalar(x)) == pytest.approx(2, rel=1e-13)


def test_gradients_through_a_curved_space():
    h = rl.Metric.from_function(bumpy, dim=4)
    nabla = rl.Connection(rl.Metric.from_embedding(surface(2), dim=2, ambient=h))
    other = rl.Connection(nabla.metric.numeric())
    x = jnp.array([0.2, -0.1])
    np.testing.assert_allclose(jax.grad(nabla.scalar)(x), jax.grad(other.scalar)(x), rtol=1e-8)


def test_bad_ambient_metrics():
    f = surface(2)
    with pytest.raises(ShapeError, match=r"returns shape \(4,\), but ambient has dimension 3"):
        rl.Metric.from_embedding(f, dim=2, ambient=rl.Metric.from_function(lambda y: jnp.eye(3), dim=3))
    with pytest.raises(MetricError, match="ambient must be a Metric, got function"):
        rl.Metric.from_embedding(f, dim=2, ambient=half_space)
    upper = rl.Chart(("x", "y", "z", "w"), (rl.interval(), rl.interval(), rl.interval(), rl.interval(0, 1)))
    h = rl.Metric.from_function(half_space, dim=4, chart=upper)
    with pytest.raises(ChartError, match=r"image of the point lies outside the domain of the ambient metric.*w"):
        rl.Connection(rl.Metric.from_embedding(f, dim=2, ambient=h)).scalar([0.0, 0.0])
    assert rl.Metric.from_embedding(f, dim=2, ambient=h).checked([0.0, 0.0])[1] == Status.OUTSIDE_AMBIENT


def test_what_leaves_the_ambient_chart_is_refused_by_every_route():
    half_plane = rl.Metric.from_function(
        lambda y: jnp.eye(2) / y[1] ** 2, dim=2, chart=rl.Chart(("u", "v"), (rl.interval(), rl.interval(0)))
    )
    identity = rl.Metric.from_embedding(lambda x: 1.0 * x, dim=2, ambient=half_plane)
    below = jnp.array([0.0, -1.0])
    for ask in (
        lambda: identity(below),
        lambda: identity.inner(below, [1.0, 0.0], [1.0, 0.0]),
        lambda: identity.numeric()(below),
        lambda: rl.Connection(identity.regularised(1e-3)).scalar(below),
    ):
        with pytest.raises((ChartError, NumericError, MetricError)):
            ask()


def test_a_signature_needs_an_ambient_metric():
    with pytest.raises(ShapeError, match="needs an ambient metric"):
        rl.Metric.from_embedding(lambda x: jnp.append(x, x @ x), dim=2, signature="lorentzian")
