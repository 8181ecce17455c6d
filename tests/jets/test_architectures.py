"""Whole networks: against nested differentiation, under the transformations, and what they cost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from riemlearn.jets import AllPairs, Along, At, Trace, jet2

from .nested import BASIS, X, agree, nested
from .networks import NETWORKS, W, mlp


@pytest.mark.parametrize("name", NETWORKS)
def test_network(name):
    agree(NETWORKS[name])


@pytest.mark.parametrize("name", ["residual", "recurrent"])
def test_gradients_to_points_and_weights(name):
    f, pairs = NETWORKS[name], np.triu_indices(2)

    def by_jet(w, x):
        return jet2(lambda y: f(y, w), x, BASIS).second

    def by_nesting(w, x):
        return nested(lambda y: f(y, w), x, BASIS)[2][pairs]

    @jax.jit
    def gradients(w, points):
        return [
            jax.grad(lambda w, x, r=route: jnp.sum(jnp.sin(jax.vmap(r, (None, 0))(w, x))), (0, 1))(w, points)
            for route in (by_jet, by_nesting)
        ]

    ours, theirs = gradients(W, jnp.stack([X, -X]))
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-11)


def test_a_batch_is_its_points_and_compiled_code_is_the_code():
    f = NETWORKS["gelu"]
    points = jnp.stack([X, -X, X[::-1]])
    batch = jax.jit(jax.vmap(lambda x: jet2(f, x)))(points)
    for of_all, alone in zip(batch, jet2(f, points[1]), strict=True):
        np.testing.assert_allclose(of_all[1], alone, atol=1e-13)


def test_pairs_in_portions():
    """The pairs may be traced, so that a long list of them can be worked off in a loop."""
    rows, columns = np.triu_indices(3)
    pairs = (jnp.asarray(rows).reshape(3, 2), jnp.asarray(columns).reshape(3, 2))

    residual = NETWORKS["residual"]

    @jax.jit
    def portions(x):
        return lax.map(lambda pair: jet2(residual, x, second=At(*pair)).second, pairs), jet2(
            NETWORKS["residual"], x
        ).second

    some, everything = portions(X)
    np.testing.assert_allclose(some.reshape(6, 5), everything, atol=1e-14)


def test_a_gradient_of_the_trace():
    """The Laplacian of a sum of cubes of linear forms is linear, and its gradient known."""
    a = W[0].T
    gradient = jax.grad(lambda x: jet2(lambda y: jnp.sum((a @ y) ** 3), x, second=Trace()).second[0])(X)
    np.testing.assert_allclose(gradient, 6 * jnp.sum(a * a, 1) @ a, atol=1e-13)


@pytest.mark.parametrize("name", NETWORKS)
def test_single_precision_stays(name):
    f, w = NETWORKS[name], [a.astype(jnp.float32) for a in W]
    x = X.astype(jnp.float32)
    second = (AllPairs(), Along(np.ones((1, 3)), np.eye(3)[:1]), Trace(np.ones(3)))
    shapes = jax.eval_shape(lambda x: jet2(lambda y: f(y, w), x, second=second), x)
    assert {a.dtype for a in shapes} == {jnp.dtype(jnp.float32)}


@pytest.mark.parametrize(("activation", "most"), [(jnp.tanh, 1.03), (jax.nn.gelu, 1.05)])
def test_operations_are_those_of_the_matrix_products(activation, most):
    n, h, d, batch = 16, 256, 256, 8
    w = [jnp.ones(shape) / h for shape in [(n, h), (h, h), (h, d)]]
    program = jax.jit(jax.vmap(lambda x: jet2(lambda y: mlp(activation)(y, w), x))).lower(jnp.ones((batch, n)))
    least = batch * 2 * (h * h + h * d) * (n + n * (n + 1) / 2)
    assert least < program.compile().cost_analysis()["flops"] <= most * least


def test_one_matrix_product_for_each_weight():
    """An activation costs one pass, and first and second derivatives go through a weight together."""
    text = jax.jit(lambda x: jet2(mlp(jax.nn.gelu), x, second=Trace())).lower(X).as_text()
    assert text.count("stablehlo.dot_general") == 3 + 3  # values, and all derivatives
