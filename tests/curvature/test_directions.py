"""Curvature along directions, by normals, by rows: all routes give the numbers of the full tensors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from riemlearn.curvature import (
    EmbeddedDirections,
    EmbeddedPoint,
    IntrinsicDirections,
    IntrinsicPoint,
    embedding_frame,
    euclidean,
    metric_frame,
    point_by_normals,
)
from riemlearn.curvature.hypersurface import gauss_map, principal_curvatures
from riemlearn.curvature.plan import COLUMNS_AT_ONCE, plan_embedding, plan_function

from . import reference

N, D = 4, 6
F = reference.random_map(jax.random.key(3), N, D)
X, U, V = jax.random.normal(jax.random.key(4), (3, N)) / 3


def lorentzian(x):
    a = jnp.sin(jnp.outer(x, jnp.arange(1.0, 5.0))) / 5 + jnp.eye(4)
    return a.T @ jnp.diag(jnp.array([-1.0, 1.0, 1.0, 1.0])) @ a


@pytest.fixture(scope="module", params=["embedded", "intrinsic", "lorentzian"])
def routes(request):
    """The point with all its tensors, and the directions at it."""
    if request.param == "embedded":
        return jax.jit(EmbeddedPoint.at, static_argnums=0)(F, X), EmbeddedDirections.at(
            euclidean(F), X, embedding_frame(F, X)
        )
    g, signature = (
        (lorentzian, "lorentzian") if request.param == "lorentzian" else (reference.metric_of(F), "riemannian")
    )
    point = jax.jit(IntrinsicPoint.at, static_argnums=(0, 2))(g, X, signature)
    return point, IntrinsicDirections(metric_frame(g, X, signature)[1], g, X)


def test_sectional(routes):
    point, directions = routes
    value, status = directions.sectional(jnp.stack([U, V, U]), jnp.stack([V, U + V, U]))
    expected = [point.sectional(U, V)[0], point.sectional(V, U + V)[0]]
    np.testing.assert_allclose(value[:2], expected, rtol=1e-10)
    np.testing.assert_allclose(value[0], value[1], rtol=1e-10)  # one plane
    assert status.tolist()[:2] == [0, 0] and status[2] != 0


def test_ricci(routes):
    point, directions = routes
    v = point.frame.coframe @ V
    np.testing.assert_allclose(directions.ricci_quadratic(v), V @ point.ricci() @ V, rtol=1e-10)


def test_connection(routes):
    point, directions = routes
    expected = -jnp.einsum("kij,i,j->k", point.christoffel(), V, V)
    np.testing.assert_allclose(directions.acceleration(V), expected, rtol=1e-9, atol=1e-11)
    trace = jnp.einsum("a,caa->c", point.frame.signs, point.gamma)
    np.testing.assert_allclose(directions.trace_of_connection(), trace, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("columns", [3, 10, 64])
def test_scalar_by_parts(columns):
    directions = EmbeddedDirections.at(euclidean(F), X, embedding_frame(F, X))
    np.testing.assert_allclose(directions.scalar(columns), EmbeddedPoint.at(F, X).scalar(), rtol=1e-12)


def test_mean_curvature_by_one_trace():
    directions = EmbeddedDirections.at(euclidean(F), X, embedding_frame(F, X))
    np.testing.assert_allclose(directions.mean_curvature(), EmbeddedPoint.at(F, X).mean_curvature(), atol=1e-12)


def test_estimates_are_unbiased_and_know_their_error():
    directions = EmbeddedDirections.at(euclidean(F), X, embedding_frame(F, X))
    truth = EmbeddedPoint.at(F, X).scalar()
    keys = jax.random.split(jax.random.key(8), 200)
    value, error = jax.jit(jax.vmap(lambda key: directions.scalar_estimate(key, 20)))(keys)
    misses = (value - truth) / error
    assert 0.8 < float(jnp.std(misses)) < 1.3 and abs(float(jnp.mean(misses))) < 4 / np.sqrt(200)


@pytest.mark.parametrize("codim", [1, 2])
def test_normal_vectors_give_the_same_curvature(codim):
    f = reference.random_map(jax.random.key(codim), 3, 3 + codim)
    x = X[:3]
    by_normals, by_pairs = point_by_normals(f, x), EmbeddedPoint.at(f, x)
    np.testing.assert_allclose(by_normals.riemann(), by_pairs.riemann(), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(by_normals.christoffel(), by_pairs.christoffel(), rtol=1e-9, atol=1e-11)
    gradient = jax.grad(lambda y: point_by_normals(f, y).scalar())(x)
    np.testing.assert_allclose(gradient, jax.grad(lambda y: EmbeddedPoint.at(f, y).scalar())(x), rtol=1e-8)
    check_grads(lambda y: point_by_normals(f, jnp.asarray(y)).scalar(), (x,), order=1, modes=["rev"], rtol=1e-4)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_hypersurface_has_a_side_and_principal_curvatures(order):
    """The torus: 1 / r and cos(u) / (R + r cos(u)); the cross product of the coordinate vectors is the normal."""

    def torus(x):
        u, v = x[order[0]], x[order[1]]
        return jnp.stack([(3 + jnp.cos(u)) * jnp.cos(v), (3 + jnp.cos(u)) * jnp.sin(v), jnp.sin(u)])

    x = jnp.array([0.7, 0.4])
    point, jacobian = EmbeddedPoint.at(torus, x), jax.jacfwd(torus)(x)
    normal = jnp.cross(jacobian[:, 0], jacobian[:, 1])
    np.testing.assert_allclose(gauss_map(point.tangent, point.frame), normal / jnp.linalg.norm(normal), atol=1e-14)
    u = x[order[0]]
    curvatures = jnp.array([1.0, jnp.cos(u) / (3 + jnp.cos(u))])
    inward = 1 if order == (0, 1) else -1  # d_u x d_v points into the torus
    np.testing.assert_allclose(principal_curvatures(point), jnp.sort(inward * curvatures), atol=1e-13)


def test_the_plan_takes_the_fewest_columns():
    assert plan_embedding("riemann", 8, normals=56).route == "all pairs"
    assert plan_embedding("scalar", 16, normals=1).route == "normal vectors"
    assert plan_embedding("christoffel", 16, normals=1).route == "all pairs"
    assert plan_embedding("sectional", 16, normals=None).route == "matrix-free"
    assert plan_embedding("sectional", 4, normals=None, planes=100).route == "all pairs"
    large = plan_embedding("scalar", 200, normals=None)
    assert large.route == "row by row" and 200 * 201 // 2 > COLUMNS_AT_ONCE
    assert plan_function("acceleration", 4).route == "matrix-free"
    assert plan_function("scalar", 4).route == "all pairs"
