"""Parallel transport: holonomy is curvature, inner products stay, geodesics keep their own velocity."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.connection.geodesic import geodesic
from riemlearn.connection.transport import parallel_transport
from riemlearn.errors import ChartError, ShapeError
from riemlearn.manifolds import Sphere

G = Sphere(2).metric
X = jnp.array([[1.0, 0.3], [2.0, 1.0]])
V = jnp.array([[0.3, 0.8], [-0.4, 1.2]])


def gram(g, x, rows):
    return jnp.einsum("...ai,...ij,...bj->...ab", rows, g(x), rows)


def test_along_geodesics():
    curves = geodesic(G, X, V, 1.0)
    rows = jnp.stack([jnp.stack([v, jnp.array([0.4, -1.0])]) for v in V])
    moved = parallel_transport(G, curves, rows)
    np.testing.assert_allclose(moved[:, 0], curves.velocities[:, -1], atol=1e-10)
    np.testing.assert_allclose(gram(G, curves.points[:, -1], moved), gram(G, X, rows), rtol=1e-10)


LATITUDE = 1.1


def latitude(s):
    return jnp.stack([jnp.full_like(s, LATITUDE), 2 * jnp.pi * s])


def turn_by(angle):
    """A turn of the orthonormal frame at the latitude, in coordinates, as what it does to the rows of the identity."""
    sine = np.sin(LATITUDE)
    return np.array([[np.cos(angle), -np.sin(angle) / sine], [np.sin(angle) * sine, np.cos(angle)]])


def test_around_a_circle_of_latitude():
    r"""The frame comes back turned by :math:`2 \pi \cos \theta`, the area inside modulo a whole turn."""
    found = parallel_transport(G, latitude, jnp.eye(2))
    np.testing.assert_allclose(found, turn_by(2 * np.pi * np.cos(LATITUDE)), atol=1e-10)
    points = jax.vmap(latitude)(jnp.linspace(0, 1, 9)) % (2 * jnp.pi)  # its segments are exact, also across the seam
    np.testing.assert_allclose(parallel_transport(G, points, jnp.eye(2)), found, atol=1e-10)


def test_derivative_by_the_curve():
    """A path up the half-plane and then along it for the length c turns by c over its height."""
    g = rl.Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)

    def moved(c):
        return parallel_transport(g, lambda s: jnp.stack([c * s, 2.0 + 0 * s]), [1.0, 0.0])

    value, slope = jax.jvp(moved, (0.6,), (1.0,))
    np.testing.assert_allclose(value, [np.cos(0.3), -np.sin(0.3)], atol=1e-11)
    np.testing.assert_allclose(slope, [-np.sin(0.3) / 2, -np.cos(0.3) / 2], atol=1e-11)


def test_points_of_a_smooth_curve():
    """The error of a curve given by points falls as the square of their distance."""

    def curve(s):
        return jnp.stack([1 + s**2, 2 * s])

    exact = parallel_transport(G, curve, jnp.eye(2))
    error = [
        np.max(np.abs(np.asarray(parallel_transport(G, jax.vmap(curve)(jnp.linspace(0, 1, m)), jnp.eye(2)) - exact)))
        for m in (9, 17)
    ]
    assert 3.5 < error[0] / error[1] < 4.5


def test_lorentzian():
    """Along a curve that is no geodesic, a Lorentz transformation."""
    g = rl.Metric.from_function(
        lambda x: jnp.diag(jnp.array([-(jnp.cosh(x[1]) ** 2), 1.0])), dim=2, signature="lorentzian"
    )
    curve = lambda s: jnp.stack([s, s**2])  # noqa: E731
    moved = parallel_transport(g, curve, jnp.eye(2))
    np.testing.assert_allclose(gram(g, curve(jnp.array(1.0)), moved), gram(g, jnp.zeros(2), jnp.eye(2)), atol=1e-10)


def test_bad_curves():
    leaving = r"along a curve from its start at x = \(1, 0\): the curve leaves the domain of the chart: at "
    with pytest.raises(ChartError, match=leaving + r"t = 0\.5 it is at \(\S+, 0\.25\), and then theta"):
        parallel_transport(G, [[1.0, 0.0], [-1.0, 0.5]], [1.0, 0.0])
    with pytest.raises(ChartError, match=leaving + r"t = 0\.5 "):
        parallel_transport(G, lambda s: jnp.stack([1 - 2 * s, s]), [1.0, 0.0])
    with pytest.raises(ShapeError, match=r"a curve of points has shape \(m, 2\) with m >= 2, got \(1, 2\)"):
        parallel_transport(G, [[1.0, 0.0]], [1.0, 0.0])
    with pytest.raises(ShapeError, match=r"the curve must map a number to shape \(2,\), got .*\(3,\)"):
        parallel_transport(G, lambda s: jnp.stack([s, s, s]), [1.0, 0.0])
    with pytest.raises(ShapeError, match=r"v has shape \(3, 1, 2\), which does not fit geodesics of shape \(2,\)"):
        parallel_transport(G, geodesic(G, X, V, 1.0), jnp.ones((3, 1, 2)))
