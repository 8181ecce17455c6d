import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ShapeError, TextError
from riemlearn.transformer import full_directions, random_directions, vocabulary_directions

TEXT = "the old dog chased a cat ."


@pytest.fixture(scope="module")
def rep(tiny):
    return tiny.representation(TEXT, layer=2, token="dog", directions=vocabulary_directions(k=3))


def test_its_representation_is_one_line(rep):
    assert repr(rep) == f"Representation(dim=3, layer=2, tokens={rep.embeddings.shape[0]}, output='own')"


def test_at_zero_it_is_the_hidden_state(tiny, rep):
    assert rep.dim == 3
    states = tiny.hidden_states(TEXT)
    np.testing.assert_allclose(rep(jnp.zeros(3)), states[2, 3], atol=1e-13)
    every = tiny.representation(TEXT, 1, 3, vocabulary_directions(3), output="all")
    np.testing.assert_allclose(every(jnp.zeros(3)), states[1].reshape(-1), atol=1e-13)


def test_it_moves_one_embedding_along_the_directions(tiny, rep):
    c = jnp.array([0.3, -0.2, 0.5])
    embeddings = np.array(tiny.embed(tiny.encode(TEXT)))
    embeddings[3] += np.asarray(c) @ vocabulary_directions(3).rows(tiny.vocabulary, tiny.tokenizer)
    np.testing.assert_allclose(rep(c), tiny.encoder.hidden_states(jnp.asarray(embeddings))[2, 3], atol=1e-13)


def test_a_word_in_pieces_moves_its_first(tiny):
    rep = tiny.representation("a dog runing", 1, "runing")
    assert rep.here.tolist() == [0, 0, 0, 1, 0, 0]


def test_transformations(rep):
    c = jnp.array([[0.1, 0.0, -0.2], [0.0, 0.3, 0.1]])
    values = jax.jit(lambda r, c: jax.vmap(r)(c))(rep, c)
    assert values.shape == (2, 12)
    forward, reverse = jax.jit(lambda r, c: (jax.jacfwd(r)(c), jax.jacrev(r)(c)))(rep, c[0])
    np.testing.assert_allclose(forward, reverse, atol=1e-12)
    assert forward.shape == (12, 3)
    gradient = jax.jit(jax.grad(lambda r: r(c[0])[0]))(rep)
    assert gradient.encoder.norm.weight.shape == (12,)
    assert jnp.abs(gradient.directions).max() > 0


def test_dtype_follows_the_model(tiny):
    small = rl.transformer.load(tiny.folder, dtype=jnp.float32)
    rep = small.representation(TEXT, 2, "dog", random_directions(2, jax.random.key(0)))
    assert rep(jnp.zeros(2, jnp.float32)).dtype == jnp.float32


def test_full_directions_must_be_said(tiny):
    assert tiny.representation(TEXT, 1, "dog", full_directions()).dim == 12
    with pytest.raises(ShapeError, match="full_directions"):
        tiny.representation(TEXT, 1, "dog", np.eye(12))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"layer": 3}, ShapeError, r"layer = 3 is not in 0\.\.2"),
        ({"layer": -1}, ShapeError, r"layer = -1 is not in 0\.\.2"),
        ({"token": "zebra"}, TextError, "the word 'zebra' is not in"),
        ({"token": 40}, TextError, "token = 40 is not in"),
        ({"text": ""}, TextError, "the text is empty"),
        ({"text": "a ☃"}, TextError, "does not know the characters '☃'"),
        ({"output": "both"}, ShapeError, "output must be 'own' or 'all', got 'both'"),
        ({"directions": np.ones((2, 5))}, ShapeError, r"directions must have shape \(k, 12\)"),
    ],
)
def test_bad_input(tiny, arguments, error, message):
    with pytest.raises(error, match=message):
        tiny.representation(**({"text": TEXT, "layer": 1, "token": "dog"} | arguments))
