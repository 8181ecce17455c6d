"""The forward pass against a second one written with loops in NumPy, derivatives against differences."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

from riemlearn.transformer.bert import ACTIVATIONS


def layer_norm(x, w, b):
    return w * (x - x.mean()) / x.std() + b


def reference(tensors, ids, heads, depth):
    """Hidden states of one text, token by token and head by head; layer_norm_eps = 0."""
    get = tensors.__getitem__

    def norm(x, name):
        return np.array([layer_norm(r, get(f"{name}.weight"), get(f"{name}.bias")) for r in x])

    def affine(x, name):
        return x @ get(f"{name}.weight").T + get(f"{name}.bias")

    gelu = np.vectorize(lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2)
    h = get("embeddings.word_embeddings.weight")[ids]
    h = h + get("embeddings.position_embeddings.weight")[: len(ids)]
    h = norm(h + get("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
    states = [h]
    for i in range(depth):
        name = f"encoder.layer.{i}"
        q, k, v = (affine(h, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        size = h.shape[1] // heads
        mixed = np.zeros_like(h)
        for head in range(heads):
            s = slice(head * size, (head + 1) * size)
            for t in range(len(h)):
                weights = np.exp(np.array([q[t, s] @ key / math.sqrt(size) for key in k[:, s]]))
                mixed[t, s] = weights @ v[:, s] / weights.sum()
        dense = affine(mixed, f"{name}.attention.output.dense")
        h = norm(h + dense, f"{name}.attention.output.LayerNorm")
        h = norm(
            h + affine(gelu(affine(h, f"{name}.intermediate.dense")), f"{name}.output.dense"),
            f"{name}.output.LayerNorm",
        )
        states.append(h)
    return np.array(states)


def test_hidden_states_agree_with_loops(tiny):
    tokens = tiny.encode("The old dog chased the cat.")
    expected = reference(load_file(tiny.folder / "model.safetensors"), tokens.ids, heads=3, depth=2)
    np.testing.assert_allclose(tiny.hidden_states(tokens.text), expected, rtol=0, atol=1e-13)


def test_padding_changes_nothing(tiny):
    embeddings = tiny.embed(tiny.encode("the dog is old"))
    length = embeddings.shape[0]
    padded = jnp.concatenate([embeddings, 100.0 * jnp.ones((4, 12))])
    states = tiny.encoder.hidden_states(padded, jnp.arange(length + 4) < length)
    np.testing.assert_allclose(states[:, :length], tiny.encoder.hidden_states(embeddings), atol=1e-13)
    # and without the mask it would
    assert jnp.abs(tiny.encoder.hidden_states(padded)[:, :length] - states[:, :length]).max() > 1e-3


def test_a_truncated_encoder_gives_the_first_layers(tiny):
    embeddings = tiny.embed(tiny.encode("the dog"))
    assert (tiny.encoder.truncated(1).hidden_states(embeddings) == tiny.encoder.hidden_states(embeddings)[:2]).all()


def test_second_derivatives_agree_with_differences(tiny):
    embeddings = tiny.embed(tiny.encode("the dog is old"))
    u = jax.random.normal(jax.random.key(0), embeddings.shape)
    f = jax.jit(lambda s: tiny.encoder.hidden_states(embeddings + s * u))
    second = jax.jvp(lambda s: jax.jvp(f, (s,), (1.0,))[1], (0.0,), (1.0,))[1]
    step = 2e-4
    stencil = np.array([-1, 16, -30, 16, -1]) / 12
    differences = sum(c * f(i * step) for i, c in zip(range(-2, 3), stencil, strict=True)) / step**2
    assert jnp.linalg.norm(second - differences) < 1e-6 * jnp.linalg.norm(second)


def test_layer_norm_of_a_layer_is_the_one_that_ends_it(tiny):
    states = tiny.hidden_states("the dog is old")
    for layer in range(3):
        norm = tiny.encoder.norm_of(layer)
        z = (states[layer] - norm.bias) / norm.weight
        np.testing.assert_allclose(z.sum(-1), 0, atol=1e-12)
        np.testing.assert_allclose((z**2).sum(-1), 12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gelu", 0.5 * 0.7 * (1 + math.erf(0.7 / math.sqrt(2)))),
        ("gelu_new", 0.5 * 0.7 * (1 + math.tanh(math.sqrt(2 / math.pi) * (0.7 + 0.044715 * 0.7**3)))),
        ("relu", 0.7),
    ],
)
def test_activations(name, value):
    assert float(ACTIVATIONS[name](jnp.asarray(0.7))) == pytest.approx(value, rel=1e-14)
