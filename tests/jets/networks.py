"""Networks of many kinds from three numbers to a few, small enough to be differentiated by nesting."""

import jax
import jax.numpy as jnp
from jax import lax

KEYS = jax.random.split(jax.random.key(7), 3)
W = [jax.random.normal(key, shape) / 2 for key, shape in zip(KEYS, [(3, 5), (5, 5), (5, 4)], strict=True)]


def mlp(activation):
    return lambda x, w=W: activation(activation(x @ w[0] + 0.1) @ w[1]) @ w[2]


def layer_norm(x):
    centred = x - x.mean(-1, keepdims=True)
    return centred / jnp.sqrt(jnp.mean(centred**2, -1, keepdims=True) + 1e-5)


def rms_norm(x):
    return x * lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)


def residual(x, w=W):
    h = x @ w[0]
    h = h + jax.nn.gelu(layer_norm(h) @ w[1], approximate=False)
    return h + jax.nn.silu(rms_norm(h) @ w[1])


def attention(x, w=W):
    tokens = jnp.cos(jnp.outer(jnp.arange(1, 5, dtype=x.dtype), x) + jnp.arange(3, dtype=x.dtype)) @ w[0]
    queries, keys, values = tokens @ w[1], tokens @ w[1].T, tokens @ w[2]
    scores = jnp.where(jnp.tril(jnp.ones((4, 4), bool)), queries @ keys.T / 2.3, -1e30)
    return layer_norm(jax.nn.softmax(scores, -1) @ values)


def convolutional(x, w=W):
    image = jnp.outer(x, jnp.arange(1, 6, dtype=x.dtype))[None, None] / 3
    kernel = jnp.concatenate([w[1], w[2]], 1)[:, :9].reshape(5, 1, 3, 3)
    features = jax.nn.softplus(lax.conv_general_dilated(jnp.tanh(image), kernel, (1, 1), "SAME"))
    return lax.reduce_window(features, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 1, 2), "VALID").mean((2, 3))[0]


def recurrent(x, w=W):
    def step(state, t):
        state = jnp.tanh(state @ w[1] + (x * t) @ w[0])
        return state, state @ w[2]

    return lax.scan(step, jnp.zeros(5, x.dtype), jnp.arange(4, dtype=x.dtype))[1]


def routed(x, w=W):
    h = x @ w[0]
    return lax.cond(h[0] > 0, lambda y: jnp.tanh(y @ w[1]), lambda y: jax.nn.gelu(y @ w[1]) * y, h)


NETWORKS = {
    "tanh": mlp(jnp.tanh),
    "gelu": mlp(jax.nn.gelu),
    "silu": mlp(jax.nn.silu),
    "residual": residual,
    "attention": attention,
    "convolutional": convolutional,
    "recurrent": recurrent,
    "routed": routed,
}
