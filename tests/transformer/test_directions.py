import jax
import numpy as np
import pytest

from riemlearn.errors import DegenerateError, ShapeError, TextError
from riemlearn.transformer import (
    full_directions,
    given_directions,
    random_directions,
    vocabulary_directions,
    word_differences,
)


def rows(model, directions):
    return directions.rows(model.vocabulary, model.tokenizer)


@pytest.mark.parametrize(
    "directions",
    [
        vocabulary_directions(3),
        random_directions(3, jax.random.key(0)),
        random_directions(3, jax.random.PRNGKey(0)),
        word_differences([("king", "queen"), ("man", "woman"), ("dog", "cat")]),
        given_directions(np.arange(36.0).reshape(3, 12) ** 2),
        full_directions(),
    ],
    ids=lambda d: d.name,
)
def test_rows_are_orthonormal(tiny, directions):
    v = rows(tiny, directions)
    np.testing.assert_allclose(v @ v.T, np.eye(len(v)), atol=1e-12)


def test_principal_directions_maximise_the_variance_of_ordinary_words(tiny):
    words = tiny.vocabulary[5:]
    v = rows(tiny, vocabulary_directions(3))
    singular = np.linalg.svd(words - words.mean(0), compute_uv=False)[:3]
    np.testing.assert_allclose(np.linalg.norm((words - words.mean(0)) @ v.T, axis=0), singular, rtol=1e-10)
    assert (v[np.arange(3), np.abs(v).argmax(1)] > 0).all()


def test_word_differences_keep_span_and_orientation(tiny):
    def embedding(word):
        return tiny.vocabulary[tiny.tokenizer.token_id(word)]

    given = np.array([embedding("queen") - embedding("king"), embedding("woman") - embedding("man")])
    v = rows(tiny, word_differences([("king", "queen"), ("man", "woman")]))
    np.testing.assert_allclose(v[0], given[0] / np.linalg.norm(given[0]), atol=1e-12)
    np.testing.assert_allclose(given @ v.T @ v, given, atol=1e-12)
    assert v[1] @ given[1] > 0


def test_the_key_decides(tiny):
    first, again, other = (rows(tiny, random_directions(2, jax.random.key(i))) for i in (0, 0, 1))
    assert (first == again).all()
    assert np.abs(first - other).max() > 0.1


@pytest.mark.parametrize("k", [0, -1])
def test_no_directions(k):
    with pytest.raises(ShapeError, match=f"k must be a positive integer, got {k}"):
        vocabulary_directions(k)
    with pytest.raises(ShapeError, match=f"k must be a positive integer, got {k}"):
        random_directions(k, jax.random.key(0))


def test_so_many_that_the_curvature_says_nothing(tiny):
    assert rows(tiny, vocabulary_directions(9)).shape == (9, 12)
    message = r"has rank 10, and its whole image .* or say full_directions\(\)"
    message = r"has rank 10, and its whole image .* or say full_directions\(\)"
    for directions in (vocabulary_directions(10), given_directions(np.eye(12))):
        with pytest.raises(ShapeError, match=message):
            rows(tiny, directions)
    with pytest.raises(ShapeError, match="k = 13 is more than the 12 dimensions"):
        rows(tiny, vocabulary_directions(13))


@pytest.mark.parametrize("shape", [(3, 11), (0, 12), (13, 12)])
def test_given_directions_of_the_wrong_shape(tiny, shape):
    with pytest.raises(ShapeError, match=r"directions must have shape \(k, 12\)"):
        rows(tiny, given_directions(np.ones(shape)))


def test_directions_that_are_not_numbers(tiny):
    with pytest.raises(ShapeError, match="NaN or infinite"):
        rows(tiny, given_directions(np.full((2, 12), np.nan)))


@pytest.mark.parametrize("pairs", [[("dog", "dog")], [("dog", "cat"), ("cat", "dog")]])
def test_dependent_directions(tiny, pairs):
    with pytest.raises(DegenerateError, match=f"direction {len(pairs) - 1} of the differences .* depends on those"):
        rows(tiny, word_differences(pairs))


def test_words_that_are_no_tokens(tiny):
    with pytest.raises(TextError, match="'zebra' is not one token of the vocabulary"):
        rows(tiny, word_differences([("dog", "zebra")]))
    with pytest.raises(TextError, match="needs pairs of words"):
        word_differences([])
