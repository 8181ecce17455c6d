"""Curvature from a metric function: the textbook route, Lorentzian metrics, ill-conditioned coordinates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from riemlearn.curvature import EmbeddedPoint, IntrinsicPoint
from riemlearn.errors import Status

from . import reference

embedded = jax.jit(EmbeddedPoint.at, static_argnums=0)
intrinsic = jax.jit(IntrinsicPoint.at, static_argnums=(0, 2))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_agrees_with_nested_derivatives(n):
    f = reference.random_map(jax.random.key(n), n, n + 3)
    g = reference.metric_of(f)
    x = jax.random.normal(jax.random.key(7), (n,)) / 2
    point, scale = intrinsic(g, x), jnp.abs(reference.riemann(g)(x)).max() + 1e-12
    np.testing.assert_allclose(point.christoffel(), reference.christoffel(g)(x), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(point.riemann() / scale, reference.riemann(g)(x) / scale, atol=1e-8)
    np.testing.assert_allclose(point.ricci() / scale, reference.ricci(g)(x) / scale, atol=1e-8)
    np.testing.assert_allclose(point.scalar(), reference.scalar(g)(x), rtol=1e-8, atol=1e-9)


def test_third_derivatives_of_a_map_say_the_same_as_its_second_ones():
    """Theorema egregium: the metric alone knows the curvature that the Gauss equation takes from outside."""
    f = reference.random_map(jax.random.key(4), 3, 6)
    x = jnp.array([0.2, 0.1, -0.4])
    inside, outside = intrinsic(reference.metric_of(f), x), embedded(f, x)
    np.testing.assert_allclose(inside.riemann(), outside.riemann(), rtol=1e-8, atol=1e-10)
    u, v = jnp.array([1.0, 0.2, 0.0]), jnp.array([0.0, 1.0, -1.0])
    np.testing.assert_allclose(inside.sectional(u, v)[0], outside.sectional(u, v)[0], rtol=1e-8)


def eddington_finkelstein(x):
    _, r, theta, _ = x
    zero, one = jnp.zeros_like(r), jnp.ones_like(r)
    return jnp.stack(
        [
            jnp.stack([-(1 - 2 / r), one, zero, zero]),
            jnp.stack([one, zero, zero, zero]),
            jnp.stack([zero, zero, r * r, zero]),
            jnp.stack([zero, zero, zero, (r * jnp.sin(theta)) ** 2]),
        ]
    )


@pytest.mark.parametrize("r", [3.0, 2.0, 0.5])
def test_schwarzschild_in_coordinates_that_cross_the_horizon(r):
    """Vacuum, and the Kretschmann scalar 48 M^2 / r^6; g_rr = 0, so that no diagonal pivot exists."""
    x = jnp.array([0.0, r, 1.1, 2.0])
    point = intrinsic(eddington_finkelstein, x, "lorentzian")
    frame = point.riemann_frame()
    signs = point.frame.signs
    kretschmann = jnp.einsum("abcd,abcd,a,b,c,d->", frame, frame, signs, signs, signs, signs)
    assert point.status == Status.OK
    np.testing.assert_allclose(kretschmann, 48 / r**6, rtol=1e-11)
    np.testing.assert_allclose(point.ricci(), 0, atol=1e-12 / r**3)


def test_hyperbolic_plane_near_the_boundary():
    """Curvature -1 where the coordinates are scaled by 1e-8."""
    point = intrinsic(lambda x: jnp.eye(2) / x[1] ** 2, jnp.array([0.0, 1e-8]))
    np.testing.assert_allclose(point.scalar(), -2.0, rtol=1e-12)


def test_rotated_ill_conditioned_coordinates():
    kappa, n = 1e3, 3
    v, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(1), (n, n)))
    a = jnp.diag(jnp.array([1.0, 1.0, 1 / kappa])) @ v.T
    g = reference.metric_of(reference.random_map(jax.random.key(4), n, 6))
    truth = intrinsic(g, jnp.zeros(n)).scalar()
    stretched = lambda s: a.T @ g(a @ s) @ a  # noqa: E731
    np.testing.assert_allclose(intrinsic(stretched, jnp.zeros(n)).scalar(), truth, rtol=1e-7)
    assert abs(reference.scalar(stretched)(jnp.zeros(n)) / truth - 1) > 1e-7


def test_gradients_of_curvature():
    g = reference.metric_of(reference.random_map(jax.random.key(2), 2, 4))
    check_grads(
        jax.jit(lambda x: IntrinsicPoint.at(g, jnp.asarray(x)).scalar()), (jnp.array([0.2, -0.1]),), order=1, rtol=1e-5
    )


def test_gradient_where_eigenvalues_coincide():
    """The seed frame comes from eigenvectors, whose derivative does not exist at the identity; the curvature's does."""

    def g(x):
        return jnp.eye(2) * jnp.exp(x[0] ** 3 + x[1] ** 2)

    # scal = -e^{-w} Laplacian(w) for g = e^w I in two dimensions
    expected = jax.grad(lambda x: -jnp.exp(-(x[0] ** 3) - x[1] ** 2) * (6 * x[0] + 2))(jnp.array([0.3, 0.2]))
    np.testing.assert_allclose(
        jax.grad(lambda x: intrinsic(g, x).scalar())(jnp.array([0.3, 0.2])), expected, rtol=1e-12
    )
