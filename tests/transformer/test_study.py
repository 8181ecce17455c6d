import csv
import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import OutputError, ShapeError, TextError
from riemlearn.transformer import (
    COLUMNS,
    Study,
    full_directions,
    random_directions,
    run,
    study,
    vocabulary_directions,
)

SENTENCES = ["the old dog chased a cat .", "a king is not a queen"]
SLICE = random_directions(3, jax.random.key(0))


@pytest.fixture(scope="module")
def finished(tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "new" / "folder"
    return out, run(tiny, SENTENCES, out, directions=SLICE)


@pytest.fixture
def calls(monkeypatch):
    """Positions of the tokens that are measured while the test runs."""
    seen = []
    measure = study.measure_slice

    def counted(representation, *rest):
        seen.append(int(representation.here.argmax()))
        return measure(representation, *rest)

    monkeypatch.setattr(study, "measure_slice", counted)
    return seen


def test_one_row_for_every_sentence_token_and_layer(finished):
    _, result = finished
    assert tuple(result.rows) == COLUMNS
    keys = list(zip(*(result.rows[name].tolist() for name in ("sentence", "position", "layer")), strict=True))
    assert keys == [(s, t, layer) for s, n in enumerate((9, 8)) for t in range(n) for layer in range(3)]
    assert result.tokens(1) == ["[CLS]", "a", "king", "is", "not", "a", "queen", "[SEP]"]
    assert set(result.rows["status"]) == {"OK"}
    assert result.singular_values.shape == (51, 3)


def test_numbers_are_those_of_the_representation(tiny, finished):
    _, result = finished
    rep = tiny.representation(SENTENCES[0], 1, "dog", SLICE)
    jacobian = jax.jit(lambda r: jax.jacfwd(r)(jnp.zeros(3)))(rep)
    expected = np.linalg.svd(jacobian, compute_uv=False)
    row = 3 * 3 + 1
    np.testing.assert_allclose(result.singular_values[row], expected, rtol=1e-10)
    assert result.grid("volume_density", 0)[3, 1] == pytest.approx(expected.prod(), rel=1e-10)


def test_full_spectrum_of_the_content_word(tiny, finished):
    _, result = finished
    assert result.spectrum_tokens == ["chased", "queen"]
    assert result.ranks.tolist() == [[10, 10, 10]] * 2
    rep = tiny.representation(SENTENCES[1], 2, "queen", full_directions())
    jacobian = jax.jit(lambda r: jax.jacfwd(r)(jnp.zeros(12)))(rep)
    np.testing.assert_allclose(result.spectra[1, 2], np.linalg.svd(jacobian, compute_uv=False), atol=1e-11)
    assert (result.effective_ranks <= result.ranks).all()


def test_the_files_hold_all_of_it(finished):
    out, result = finished
    assert sorted(p.name for p in out.iterdir()) == ["geometry.npz", "parts", "spectra.csv", "study.json", "tokens.csv"]
    again = Study.load(out)
    assert again.sentences == result.sentences
    assert again.settings == result.settings
    for name in COLUMNS:
        np.testing.assert_array_equal(again.rows[name], result.rows[name])
    for name in ("layers", "directions", "singular_values", "spectra", "spectrum_sentence", "spectrum_position"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
    with (out / "tokens.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row["token"] for row in table] == result.rows["token"].tolist()
    assert [float(row["scalar"]) for row in table] == result.rows["scalar"].tolist()
    assert [float(row["singular_value_3"]) for row in table] == result.singular_values[:, 2].tolist()
    with (out / "spectra.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [(row["token"], row["sentence"], row["layer"]) for row in table] == [
        (word, str(s), str(layer)) for s, word in enumerate(("chased", "queen")) for layer in range(3)
    ]
    assert [int(row["rank"]) for row in table] == [10] * 6
    assert [float(row["effective_rank"]) for row in table] == result.effective_ranks.ravel().tolist()
    assert [float(row["singular_value_12"]) for row in table] == result.spectra[:, :, 11].ravel().tolist()
    facts = json.loads((out / "study.json").read_text())
    assert facts["dtype"] == "float64"
    assert facts["directions"] == "3 random directions"
    assert len(facts["model_sha256"]) == 64


def test_a_finished_study_is_not_computed_again(tiny, finished, calls):
    out, result = finished
    steps = []
    again = run(tiny, SENTENCES, out, directions=SLICE, progress=lambda *step: steps.append(step))
    assert calls == []
    assert [done for _, done, _ in steps] == [24, 47]
    assert steps[-1][2] == 47
    np.testing.assert_array_equal(again.rows["scalar"], result.rows["scalar"])


def test_an_interrupted_study_goes_on_where_it_was(tiny, tmp_path, calls, finished):
    def interrupt(what, done, total):
        if "queen" in what and done > 11:
            raise KeyboardInterrupt

    settings = {"directions": SLICE, "full_spectrum": None}
    with pytest.raises(KeyboardInterrupt):
        run(tiny, SENTENCES, tmp_path, **settings, progress=interrupt)
    assert len(list((tmp_path / "parts").iterdir())) == 1
    del calls[:]
    result = run(tiny, SENTENCES, tmp_path, **settings)
    assert calls == list(range(8))  # the second sentence only
    np.testing.assert_array_equal(result.rows["scalar"], finished[1].rows["scalar"])
    assert result.spectra.shape == (0, 3, 12)
    assert Study.load(tmp_path).ranks.shape == (0, 3)


def test_other_settings_and_damaged_parts_are_computed_again(tiny, tmp_path, calls):
    settings = {"directions": SLICE, "full_spectrum": None}
    run(tiny, SENTENCES[1:], tmp_path, **settings)
    (part,) = (tmp_path / "parts").iterdir()
    for damaged in (part.read_bytes()[:100], b""):
        part.write_bytes(damaged)
        run(tiny, SENTENCES[1:], tmp_path, **settings)
    run(tiny, SENTENCES[1:], tmp_path, layers=[2, 0, 2], **settings)
    assert calls == 4 * list(range(8))
    assert Study.load(tmp_path).layers.tolist() == [0, 2]


def test_full_spectrum_of_given_words_and_of_all(tiny, tmp_path):
    settings = {"directions": SLICE}
    words = run(tiny, SENTENCES, tmp_path, full_spectrum=["a", "King"], **settings)
    assert words.spectrum_tokens == ["a", "a", "king", "a"]
    assert words.spectrum_position.tolist() == [5, 1, 2, 5]
    every = run(tiny, SENTENCES[1:], tmp_path, full_spectrum="all", **settings)
    assert every.spectra.shape == (8, 3, 12)
    np.testing.assert_allclose(every.spectra[2], words.spectra[2], rtol=1e-8, atol=1e-12)


def test_a_point_that_fails_is_a_status_in_its_row(tiny, tmp_path):
    """With one gain left the last layer's image is a curve: its slices have no metric, the other layers' have."""
    gain = jnp.zeros(12).at[4].set(1.0)
    encoder = eqx.tree_at(lambda e: e.blocks[1].norm.weight, tiny.encoder, gain)
    broken = dataclasses.replace(tiny, encoder=encoder)
    result = run(broken, SENTENCES[1:], tmp_path, directions=SLICE, full_spectrum=None)
    status = result.grid("status", 0)
    assert set(status[:, :2].ravel()) == {"OK"}
    assert set(status[:, 2]) == {"RANK_DEFICIENT"}
    assert np.isnan(result.grid("scalar", 0)[:, 2]).all()
    assert not np.isnan(result.grid("scalar", 0)[:, :2]).any()


def test_overflow_is_a_status_and_no_abort(tiny, tmp_path):
    encoder = eqx.tree_at(lambda e: e.blocks[1].norm.weight, tiny.encoder, jnp.full(12, jnp.inf, float))
    huge = dataclasses.replace(tiny, encoder=encoder)
    result = run(huge, SENTENCES[1:], tmp_path, directions=SLICE)
    assert "OK" not in result.grid("status", 0)[:, 2]
    assert np.isnan(result.spectra[0, 2]).all()
    assert result.ranks[0].tolist() == [10, 10, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sentences": []}, TextError, "a list of at least one sentence"),
        ({"sentences": "the dog"}, TextError, "a list of at least one sentence"),
        ({"sentences": ["the dog", ""]}, TextError, "the text is empty"),
        ({"sentences": ["the dog", "a ☃"]}, TextError, "does not know the characters '☃'"),
        ({"layers": [1, 7]}, ShapeError, r"layer = 7 is not in 0\.\.2"),
        ({"layers": []}, ShapeError, "layers is empty"),
        ({"directions": vocabulary_directions(1)}, ShapeError, "give at least two"),
        ({"full_spectrum": ["zebra"]}, TextError, "the word 'zebra', whose full spectrum is wanted"),
    ],
)
def test_bad_input_leaves_nothing_behind(tiny, tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        run(tiny, **({"sentences": SENTENCES, "out": tmp_path / "out"} | arguments))
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_written(tiny, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"the output folder .*file cannot be written"):
        run(tiny, SENTENCES, tmp_path / "file")


def test_loading_what_is_not_there(tmp_path, finished):
    with pytest.raises(OutputError, match="does not hold a finished study"):
        Study.load(tmp_path)


def test_loading_what_is_damaged(tmp_path, finished):
    (tmp_path / "study.json").write_bytes((finished[0] / "study.json").read_bytes())
    for content in (b"", (finished[0] / "geometry.npz").read_bytes()[:5000], np.lib.format.magic(1, 0)):
        (tmp_path / "geometry.npz").write_bytes(content)
        with pytest.raises(OutputError, match="does not hold a finished study"):
            Study.load(tmp_path)


def test_grids_that_are_not_there(finished):
    with pytest.raises(ShapeError, match="no column is called 'ricci'; there are: sentence"):
        finished[1].grid("ricci", 0)
    with pytest.raises(ShapeError, match=r"sentence = 2 is not in 0\.\.1"):
        finished[1].grid("scalar", 2)
