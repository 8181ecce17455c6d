"""Jacobi fields against closed forms, the Riemann tensor and exp; conjugate times and the Van Vleck determinant."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.connection.conjugate import conjugate_times
from riemlearn.connection.geodesic import geodesic
from riemlearn.connection.jacobi import jacobi_field, van_vleck
from riemlearn.connection.transport import parallel_transport
from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.manifolds import HyperbolicSpace, Sphere, Torus

SPHERE = Sphere(2)
G = SPHERE.metric
X = jnp.array([[1.0, 0.3], [2.0, 1.0]])
V = jnp.array([[0.3, 0.8], [-0.4, 1.2]])


def test_derivative_of_exp():
    """J(1) = (d exp_x)_v w where J(0) = 0 and DJ(0) = w; with J(0) the start moves too."""
    curves = geodesic(G, X, V, [0.5, 1.0])
    w = jnp.array([[0.5, -0.2], [0.3, 1.0]])
    found = jacobi_field(G, curves, 0 * w, w)
    derivative = jax.vmap(lambda x, v, w: jax.jvp(lambda v: SPHERE.geodesic_end(x, v), (v,), (w,))[1])
    np.testing.assert_allclose(found.values[:, 1], derivative(X, V, w), atol=1e-10)
    np.testing.assert_allclose(found.values[:, 0], derivative(X, V / 2, w / 2), atol=1e-10)
    gamma = rl.Connection(G).christoffel(X)
    moving = jacobi_field(G, curves, w, jnp.einsum("bkij,bi,bj->bk", gamma, V, w))  # dv/dt = 0 in coordinates
    along = jax.vmap(lambda x, v, w: jax.jvp(lambda x: SPHERE.geodesic_end(x, v), (x,), (w,))[1])
    np.testing.assert_allclose(moving.values[:, 1], along(X, V, w), atol=1e-10)


def test_the_jacobi_equation_with_riemann():
    r"""On a torus: :math:`y'' + K |\dot\gamma|^2 y = 0` for the part across, whose K comes from the curvature."""
    g = Torus(2.0, 0.7).metric
    times = jnp.linspace(0, 6, 13)
    curve = geodesic(g, [0.5, 0.0], [0.6, 0.4], times)
    across = jnp.array([0.3, -1.0])
    across = across - curve.velocity * g.inner(curve.start, across, curve.velocity) / g.inner(
        curve.start, curve.velocity, curve.velocity
    )
    momentum = (g(curve.points) @ curve.velocities[..., None])[:, 1, 0]
    np.testing.assert_allclose(momentum, momentum[0], rtol=1e-9)  # Clairaut
    found = jacobi_field(g, curve, across, 0 * across)
    scalar = rl.Connection(g).scalar
    speed = g.inner(curve.start, curve.velocity, curve.velocity)

    @jax.jit
    def second_route(steps=4800):
        h = 6.0 / steps
        nodes = geodesic(g, curve.start, curve.velocity, jnp.linspace(0, 6, 2 * steps + 1)).points
        stiff = speed * scalar(nodes) / 2

        def onward(y, k):  # the classical Runge-Kutta method for y'' = -k y
            f = lambda y, k: jnp.stack([y[1], -k * y[0]])  # noqa: E731
            a = f(y, k[0])
            b = f(y + h / 2 * a, k[1])
            c = f(y + h / 2 * b, k[1])
            d = f(y + h * c, k[2])
            new = y + h / 6 * (a + 2 * b + 2 * c + d)
            return new, new

        _, found = jax.lax.scan(onward, jnp.array([1.0, 0.0]), jnp.stack([stiff[:-2:2], stiff[1:-1:2], stiff[2::2]], 1))
        return found[steps // 12 - 1 :: steps // 12]

    y = second_route()
    size = jnp.sqrt(g.inner(curve.start, across, across))
    unit = parallel_transport(g, curve, across) / size
    last = {
        name: g.inner(curve.points[-1], unit, rows[-1]) for name, rows in found._asdict().items() if name != "status"
    }
    np.testing.assert_allclose([last["values"], last["derivatives"]], size * y[-1], rtol=1e-8)
    np.testing.assert_allclose(
        jnp.sqrt(g.inner(curve.points[1:], found.values[1:], found.values[1:])), size * jnp.abs(y[:, 0]), rtol=1e-7
    )


def test_van_vleck():
    M = HyperbolicSpace(3, "half_space")
    low, high = jnp.array(M.patch.low), jnp.array(M.patch.high)
    x, y = low + (high - low) * jax.random.uniform(jax.random.key(1), (2, 5, M.dim))
    v = M.log(x, y).at[0].set(0.0)
    r = M.metric.norm(x, v)
    expected = jnp.where(r > 0, r / jnp.sinh(r), 1) ** 2
    np.testing.assert_allclose(van_vleck(M.metric, x, v), expected, rtol=1e-9)


def test_gradient_of_van_vleck():
    slope = jax.jit(jax.jacfwd(lambda v: van_vleck(G, X[0], v)))
    v = jnp.array([0.5, 0.0])
    r = 0.5
    np.testing.assert_allclose(slope(v), [(np.sin(r) - r * np.cos(r)) / np.sin(r) ** 2, 0], atol=1e-9)
    np.testing.assert_allclose(slope(0 * v), 0, atol=1e-9)


def test_conjugate_times_with_multiplicity():
    g = Sphere(3).metric
    curve = geodesic(g, [1.5, 1.5, 0.0], [0.2, -0.1, 1.0], 7.0)
    speed = float(g.norm(curve.start, curve.velocity))
    found = conjugate_times(g, curve, 5)
    np.testing.assert_allclose(found * speed, [np.pi, np.pi, 2 * np.pi, 2 * np.pi, np.inf], rtol=1e-9)


def test_conjugate_times_in_anti_de_sitter_space():
    """Free fall from the centre comes together after the proper time pi; light is refused."""
    t, x = sp.symbols("t x", real=True)
    g = rl.Metric.from_sympy([t, x], sp.diag(-(sp.cosh(x) ** 2), 1), signature="lorentzian")
    found = conjugate_times(g, geodesic(g, [0.0, 0.0], [1.0, 0.2], 5.0))
    np.testing.assert_allclose(found * np.sqrt(1 - 0.04), [np.pi], rtol=1e-9)
    with pytest.raises(MetricError, match=r"need timelike geodesics, g\(v, v\) < 0"):
        conjugate_times(g, geodesic(g, [0.0, 0.0], [1.0, 1.0], 5.0))
    with pytest.raises(ShapeError, match="count must be an integer >= 1, got 0"):
        conjugate_times(g, geodesic(g, [0.0, 0.0], [1.0, 1.0], 5.0), 0)


def test_failures():
    with pytest.raises(ChartError, match=r"Van Vleck determinant at x = \(1, 0\): the curve leaves the domain"):
        van_vleck(G, [1.0, 0.0], [3.0, 0.0])
    with pytest.raises(ShapeError, match=r"j0 has shape \(3,\)"):
        jacobi_field(G, geodesic(G, X, V, [0.5, 1.0]), [1.0, 0.0, 0.0], [1.0, 0.0])
