"""What can only be tested on the pretrained model: parity with the reference, and the exact oracle."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.transformer import Ellipsoid, full_directions, load, read_sentences

pytestmark = pytest.mark.minilm

REFERENCE = Path(__file__).parents[1] / "data" / "minilm_reference.npz"


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE, allow_pickle=False) as data:
        return dict(data)


@pytest.mark.parametrize("index", [0, 1])
def test_hidden_states_agree_with_the_reference(minilm, reference, index):
    sentence = str(reference["sentences"][index])
    tokens = minilm.encode(sentence)
    assert tokens.ids.tolist() == reference[f"ids_{index}"].tolist()
    assert list(tokens.names) == reference[f"tokens_{index}"].tolist()
    expected, norms = reference[f"states_{index}"], reference[f"norms_{index}"]
    assert expected.shape[0] == 7
    for model, tolerance in ((minilm, 1e-12), (load("minilm", dtype=jnp.float32), 1e-5)):
        states = np.asarray(model.hidden_states(sentence))
        assert states.dtype == model.dtype
        assert np.abs(states[:, :, reference["coordinates"]] - expected).max() < tolerance
        assert np.abs(np.linalg.norm(states, axis=-1) / norms - 1).max() < tolerance


@pytest.mark.parametrize("layer", [1, 2, 3, 4, 5])
def test_the_whole_image_is_the_ellipsoid(minilm, layer, image_has_curvature_of):
    rep = minilm.representation("A dog is not a cat.", layer, "dog", full_directions())
    image_has_curvature_of(rep, Ellipsoid.of(minilm.encoder.norm_of(layer)), rank=382, gap=1e-9)


def test_the_last_layer_is_flat(minilm, image_has_curvature_of):
    """Its LayerNorm has three dead gains, so that the image is an open piece of a linear space."""
    rep = minilm.representation("A dog is not a cat.", 6, "dog", full_directions())
    ellipsoid = Ellipsoid.of(minilm.encoder.norm_of(6))
    assert bool(ellipsoid.flat())
    image_has_curvature_of(rep, ellipsoid, rank=381, gap=1e-9)


def test_the_bundled_sentences_can_be_represented(minilm):
    for sentence in read_sentences():
        assert 10 <= len(minilm.encode(sentence)) <= 20
