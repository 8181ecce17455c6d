"""Degenerate metrics of constant rank: the curvature of the image, or of the quotient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import riemlearn as rl
from riemlearn.errors import DegenerateError, ShapeError

from . import reference

KEYS = jax.random.split(jax.random.key(5), 4)
SURFACE = reference.random_map(KEYS[0], 2, 5)


def bottleneck(x):
    """A map of four coordinates through two."""
    a = jax.random.normal(KEYS[1], (2, 4))
    return SURFACE(jnp.tanh(a @ x) + 0.3 * (a @ x) ** 2)


def through(x):
    a = jax.random.normal(KEYS[1], (2, 4))
    return jnp.tanh(a @ x) + 0.3 * (a @ x) ** 2


X = jax.random.normal(KEYS[2], (4,)) / 4


def test_the_image_of_a_map_of_lower_rank_has_its_own_curvature():
    g, surface = rl.Metric.from_embedding(bottleneck, dim=4, rank=2), rl.Metric.from_embedding(SURFACE, dim=2)
    nabla, truth, push = rl.Connection(g), rl.Connection(surface), jax.jacfwd(through)(X)
    np.testing.assert_allclose(nabla.scalar(X), truth.scalar(through(X)), rtol=1e-11)
    np.testing.assert_allclose(g(X), push.T @ surface(through(X)) @ push, atol=1e-12)
    np.testing.assert_allclose(nabla.ricci(X), push.T @ truth.ricci(through(X)) @ push, atol=1e-11)
    lowered = jnp.einsum("pqrs,pi,qj,rk,sl->ijkl", truth.riemann_lowered(through(X)), *(push,) * 4)
    np.testing.assert_allclose(nabla.riemann_lowered(X), lowered, atol=1e-10)
    u, v = jnp.eye(4)[:2]
    np.testing.assert_allclose(nabla.sectional(X, u, v), truth.scalar(through(X)) / 2, rtol=1e-11)


def test_gradients_of_the_curvature_of_an_image():
    scalar = rl.Connection(rl.Metric.from_embedding(bottleneck, dim=4, rank=2)).scalar
    truth = rl.Connection(rl.Metric.from_embedding(SURFACE, dim=2)).scalar
    np.testing.assert_allclose(jax.grad(scalar)(X), jax.grad(lambda x: truth(through(x)))(X), rtol=1e-9)
    check_grads(scalar, (X,), order=1, modes=["rev"], rtol=1e-4)


def quotient(x):
    """The metric of SURFACE at (x0 + x2, x1), which does not see the direction (1, 0, -1)."""
    j = jax.jacfwd(lambda x: SURFACE(jnp.array([x[0] + x[2], x[1]])))(x)
    return j.T @ j


def test_a_metric_function_with_a_killing_kernel():
    g, x = rl.Metric.from_function(quotient, dim=3, rank=2), jnp.array([0.1, 0.2, -0.3])
    truth = rl.Connection(rl.Metric.from_embedding(SURFACE, dim=2)).scalar(jnp.array([-0.2, 0.2]))
    np.testing.assert_allclose(rl.Connection(g).scalar(x), truth, rtol=1e-9)
    assert float(g.kernel_residual(x)) < 1e-9


def test_a_kernel_that_is_not_killing_is_refused():
    g = rl.Metric.from_function(lambda x: jnp.diag(jnp.array([1.0 + x[1] ** 2, 0.0])), dim=2, rank=1)
    with pytest.raises(DegenerateError, match=r"changes along the directions.*L_V g = 0"):
        rl.Connection(g).scalar([0.0, 0.7])


def test_what_needs_an_inverse_is_refused():
    g = rl.Metric.from_embedding(bottleneck, dim=4, rank=2)
    for name in ("christoffel", "riemann", "weyl"):
        with pytest.raises(DegenerateError, match=f"{name} needs an inverse.*rank 2 in dimension 4"):
            getattr(rl.Connection(g), name)(X)
    with pytest.raises(DegenerateError, match="inverse needs an inverse"):
        g.inverse(X)


def test_a_wrong_declaration_is_found():
    with pytest.raises(DegenerateError, match="higher rank than was declared"):
        rl.Connection(rl.Metric.from_embedding(bottleneck, dim=4, rank=1)).scalar(X)
    with pytest.raises(DegenerateError, match="has lost rank"):
        rl.Connection(rl.Metric.from_embedding(bottleneck, dim=4, rank=3)).scalar(X)
    for rank in (0, 5, 1.5):
        with pytest.raises(ShapeError, match="rank"):
            rl.Metric.from_embedding(bottleneck, dim=4, rank=rank)


def test_the_rank_can_be_found_at_neighbouring_points():
    g = rl.Metric.from_embedding(bottleneck, dim=4)
    assert g.of_constant_rank(X, KEYS[3]).rank == 2
    folded = rl.Metric.from_embedding(lambda x: jnp.array([x[0], jnp.maximum(x[1], 0.0) ** 3]), dim=2)
    with pytest.raises(DegenerateError, match="not constant: from 1 to 2"):
        folded.of_constant_rank([0.0, 0.0], KEYS[3])


def test_regularisation_is_a_metric_with_its_own_derivatives():
    eps = 0.3
    g = rl.Metric.from_embedding(bottleneck, dim=4).regularised(eps)
    by_function = rl.Metric.from_function(
        lambda x: jax.jacfwd(bottleneck)(x).T @ jax.jacfwd(bottleneck)(x) + eps * jnp.eye(4), dim=4
    )
    np.testing.assert_allclose(rl.Connection(g).scalar(X), rl.Connection(by_function).scalar(X), rtol=1e-10)
    function = rl.Metric.from_function(quotient, dim=3).regularised(eps)
    np.testing.assert_allclose(function(jnp.ones(3)), quotient(jnp.ones(3)) + eps * jnp.eye(3), rtol=1e-14)
    for wrong in (0, -1.0, "1", True):
        with pytest.raises(ShapeError, match="eps must be a positive number"):
            g.regularised(wrong)


def test_rank_zero_and_numbers_that_are_none_are_refused():
    constant = rl.Metric.from_embedding(lambda x: 0 * x, dim=2)
    with pytest.raises(DegenerateError, match="rank is 0"):
        constant.of_constant_rank([0.1, 0.2], jax.random.key(0))
    broken = rl.Metric.from_embedding(lambda x: jnp.sqrt(x - 5), dim=2)
    with pytest.raises(DegenerateError, match="not finite"):
        broken.of_constant_rank([0.1, 0.2], jax.random.key(0))


def test_the_dimension_of_what_is_measured_counts():
    bowl = rl.Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[0] ** 2 + x[1] ** 2]), dim=3, rank=2)
    with pytest.raises(ShapeError, match="schouten needs a manifold of dimension 3"):
        rl.Connection(bowl).evaluate([0.1, 0.2, 0.3], "schouten")
