"""Models of other libraries as metrics: Equinox and Flax modules, with gradients to their parameters.

Flax starts with zero biases; a LayerNorm on top of these leaves a map of directions alone, which is no immersion.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ShapeError

POINTS = jnp.array([[0.3, -0.5], [0.8, 0.4], [-0.6, 0.1]])
WIDTH, OUT = 12, 5


class Decoder(eqx.Module):
    """Two layers with a LayerNorm between, in Equinox."""

    first: eqx.nn.Linear
    norm: eqx.nn.LayerNorm
    last: eqx.nn.Linear

    def __init__(self, key):
        a, b = jax.random.split(key)
        self.first = eqx.nn.Linear(2, WIDTH, key=a)
        self.norm = eqx.nn.LayerNorm(WIDTH)
        self.last = eqx.nn.Linear(WIDTH, OUT, key=b)

    def __call__(self, x):
        return self.last(jnp.tanh(self.norm(self.first(x))))


def written_out(w1, b1, scale, shift, w2, b2, epsilon):
    """The same network on arrays, matrices of shape (inputs, outputs)."""

    def f(x):
        y = x @ w1 + b1
        y = (y - jnp.mean(y)) * jax.lax.rsqrt(jnp.var(y) + epsilon) * scale + shift
        return jnp.tanh(y) @ w2 + b2

    return f


def equinox_decoder():
    model = Decoder(jax.random.key(0))
    first, norm, last = model.first, model.norm, model.last
    arrays = (first.weight.T, first.bias, norm.weight, norm.bias, last.weight.T, last.bias)
    return model, written_out(*arrays, norm.eps)


def linen_decoder():
    linen = pytest.importorskip("flax.linen")

    class LinenDecoder(linen.Module):
        @linen.compact
        def __call__(self, x):
            first = linen.Dense(WIDTH, bias_init=linen.initializers.normal(0.5), param_dtype=float)
            y = linen.LayerNorm(param_dtype=float)(first(x))
            return linen.Dense(OUT, param_dtype=float)(jnp.tanh(y))

    model = LinenDecoder()
    variables = model.init(jax.random.key(0), POINTS[0])
    first, norm, last = (variables["params"][name] for name in ("Dense_0", "LayerNorm_0", "Dense_1"))
    arrays = (first["kernel"], first["bias"], norm["scale"], norm["bias"], last["kernel"], last["bias"])
    return jax.tree_util.Partial(model.apply, variables), written_out(*arrays, 1e-6)


def nnx_decoder():
    nnx = pytest.importorskip("flax.nnx")

    class NnxDecoder(nnx.Module):
        def __init__(self, rngs):
            bias = nnx.initializers.normal(0.5)
            self.first = nnx.Linear(2, WIDTH, bias_init=bias, rngs=rngs, param_dtype=float)
            self.norm = nnx.LayerNorm(WIDTH, rngs=rngs, param_dtype=float)
            self.last = nnx.Linear(WIDTH, OUT, rngs=rngs, param_dtype=float)

        def __call__(self, x):
            return self.last(jnp.tanh(self.norm(self.first(x))))

    model = NnxDecoder(nnx.Rngs(0))
    first, norm, last = model.first, model.norm, model.last
    parameters = (first.kernel, first.bias, norm.scale, norm.bias, last.kernel, last.bias)
    arrays = [p[...] for p in parameters]
    return model, written_out(*arrays, epsilon=1e-6)


@jax.jit
def scalar(g, x):
    return rl.Connection(g).scalar(x)


@jax.jit
def roughness(g):
    """A number that depends on all parameters but the last bias."""
    return jnp.mean(rl.Connection(g).scalar(POINTS) ** 2)


@pytest.mark.parametrize("decoder", [equinox_decoder, linen_decoder, nnx_decoder], ids=["equinox", "linen", "nnx"])
def test_a_module_is_a_metric_with_gradients_to_its_parameters(decoder):
    model, reference = decoder()
    g, h = rl.Metric.from_embedding(model, dim=2), rl.Metric.from_embedding(reference, dim=2)
    np.testing.assert_allclose(g(POINTS), h(POINTS), rtol=1e-12)
    expected = rl.Connection(h).scalar(POINTS)
    np.testing.assert_allclose(rl.Connection(g).scalar(POINTS), expected, rtol=1e-10)
    np.testing.assert_allclose(scalar(g, POINTS), expected, rtol=1e-10)

    slope = jax.grad(roughness)(g)
    assert jax.tree.structure(slope) == jax.tree.structure(g)
    leaves, arrays = jax.tree.leaves(slope), jax.tree.leaves(g)
    assert sorted(leaf.size for leaf in leaves) == sorted([2 * WIDTH, WIDTH, WIDTH, WIDTH, WIDTH * OUT, OUT])
    assert all(np.all(np.isfinite(leaf)) for leaf in leaves)
    generator, step = np.random.default_rng(0), 1e-5
    directions = [jnp.asarray(generator.normal(size=array.shape)) for array in arrays]

    def moved(t):
        return jax.tree.unflatten(jax.tree.structure(g), [a + t * d for a, d in zip(arrays, directions, strict=True)])

    along = sum(float(jnp.sum(leaf * d)) for leaf, d in zip(leaves, directions, strict=True))
    difference = float(roughness(moved(step)) - roughness(moved(-step))) / (2 * step)
    assert abs(along) > 1e-3
    np.testing.assert_allclose(along, difference, rtol=1e-6)


def test_another_model_of_the_same_kind_needs_no_new_trace():
    traces = []

    @jax.jit
    def traced(g):
        traces.append(1)
        return rl.Connection(g).scalar(POINTS)

    models = [rl.Metric.from_embedding(Decoder(jax.random.key(seed)), dim=2) for seed in (0, 1)]
    first, second = (traced(g) for g in models)
    assert len(traces) == 1 and not np.allclose(first, second)


def test_a_bound_linen_module_is_refused_by_name():
    linen = pytest.importorskip("flax.linen")
    model = linen.Dense(3)
    bound = model.bind(model.init(jax.random.key(0), POINTS[0]))
    with pytest.raises(ShapeError, match="static part of Dense cannot be hashed"):
        rl.Metric.from_embedding(bound, dim=2)
