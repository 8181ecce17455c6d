"""Curvature as a penalty: gradients to points and to parameters."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import riemlearn as rl
from riemlearn.errors import MetricError, ShapeError

X = jax.random.normal(jax.random.key(0), (3, 2)) / 2


class Net(eqx.Module):
    """Two layers."""

    inner: jax.Array
    outer: jax.Array

    def __call__(self, x):
        return jnp.concatenate([self.outer @ jnp.tanh(self.inner @ x), x])


NET = Net(jax.random.normal(jax.random.key(1), (5, 2)), jax.random.normal(jax.random.key(2), (2, 5)))


@pytest.mark.parametrize("quantity", ["scalar", "riemann", "second_fundamental_form"])
def test_gradients(quantity):
    @jax.jit
    def penalty(net, x):
        return rl.curvature_penalty(rl.Metric.from_embedding(net, dim=2), x, quantity)

    check_grads(penalty, (NET, X), order=1, modes=["rev"], rtol=1e-4)


def test_values():
    """A sphere of radius 2: scal = 1/2, |Rm|^2 = 4 K^2, |II|^2 = 2/r^2."""

    def sphere(x):
        return 2 * jnp.array([jnp.sin(x[0]) * jnp.cos(x[1]), jnp.sin(x[0]) * jnp.sin(x[1]), jnp.cos(x[0])])

    g, x = rl.Metric.from_embedding(sphere, dim=2), jnp.array([[1.0, 0.0], [2.0, 1.0]])
    found = [float(rl.curvature_penalty(g, x, q)) for q in ("scalar", "riemann", "second_fundamental_form")]
    np.testing.assert_allclose(found, [1 / 4, 4 / 16, 1 / 2], rtol=1e-13)


def test_training_flattens_a_map():
    def penalty(net):
        return rl.curvature_penalty(rl.Metric.from_embedding(net, dim=2), X, "second_fundamental_form")

    step, net = jax.jit(jax.value_and_grad(penalty)), NET
    first, _ = step(net)
    for _ in range(30):
        value, gradient = step(net)
        net = jax.tree.map(lambda w, g: w - 0.02 * g / jnp.linalg.norm(g), net, gradient)
    assert float(value) < float(first) / 2


def test_bad_input():
    minkowski = rl.Metric.from_function(lambda y: jnp.diag(jnp.array([-1.0, 1.0, 1.0])), dim=3, signature="lorentzian")
    hyperboloid = rl.Metric.from_embedding(
        lambda x: jnp.array([jnp.sqrt(1 + x @ x), *x]), dim=2, ambient=minkowski, signature="riemannian"
    )
    with pytest.raises(MetricError, match="no sign"):
        rl.curvature_penalty(hyperboloid, [[0.1, 0.2]], "second_fundamental_form")
    bowl = rl.Metric.from_embedding(lambda x: np.array([x[0], x[1], x @ x]), dim=2, derivatives="finite")
    with pytest.raises(MetricError, match="JAX differentiates"):
        rl.curvature_penalty(bowl, [[0.1, 0.2]], "second_fundamental_form")
    with pytest.raises(ShapeError, match="quantity must be one of"):
        rl.curvature_penalty(rl.Metric.from_embedding(NET, dim=2), X, "ricci")
    with pytest.raises(MetricError, match="Riemannian metric, got function"):
        rl.curvature_penalty(lambda x: x, X)
    with pytest.raises(MetricError, match="needs an embedding"):
        rl.curvature_penalty(rl.Metric.from_function(lambda x: jnp.eye(2), dim=2), X, "second_fundamental_form")
