"""A checkpoint goes on where it was left, and is refused where it does not belong."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import BudgetError, OutputError, ShapeError, StoreError
from riemlearn.parallel import chunked

POINTS = np.random.default_rng(3).uniform(-2.0, 2.0, (1001, 2))


def both(x):
    return {"sin": jnp.sin(x), "norm": jnp.sum(x**2, axis=1)}


def run(folder, compute=both, points=POINTS, **options):
    return chunked(compute, points, **{"budget": "6 kB", "checkpoint": folder, "name": "both"} | options)


@pytest.fixture
def stopped(tmp_path):
    """A checkpoint of a run that met Ctrl-C."""

    def stop(done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", progress=stop)
    return tmp_path / "run"


def test_a_run_goes_on_after_ctrl_c(stopped):
    calls, whole = [], chunked(both, POINTS, budget="6 kB")
    found = run(stopped, progress=lambda *done: calls.append(done))
    assert 500 < calls[0][0] < 1001
    assert {name: v.tobytes() for name, v in found.items()} == {name: v.tobytes() for name, v in whole.items()}
    # what is finished is read and not computed again
    calls.clear()
    again = run(stopped, progress=lambda *done: calls.append(done))
    assert calls == [(1001, 1001)]
    assert again["sin"].tobytes() == whole["sin"].tobytes()


def test_chunks_stay_as_they_were(stopped):
    before = json.loads((stopped / "manifest.json").read_text())["chunk"]
    calls = []
    run(stopped, budget="1 MB", progress=lambda done, total: calls.append(done))
    assert set(np.diff(calls)[:-1]) == {before}


def test_chunks_that_are_too_large_now(stopped):
    with pytest.raises(
        BudgetError, match=r"the \d+ points of a chunk on one device take \d+ bytes, and the budget is 500"
    ):
        run(stopped, budget=500)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"name": "other"}, "its name is 'both', not 'other'"),
        ({"points": POINTS + 1e-16}, "its sum over the points is"),
        ({"points": POINTS[:1000]}, "its sum over the points is"),
        ({"points": POINTS.astype(np.float32)}, "its sum over the points is"),
        ({"compute": jnp.sin}, "its shapes of the values is"),
    ],
)
def test_a_checkpoint_of_another_run(stopped, options, message):
    before = (stopped / "values-0.npy").read_bytes()
    with pytest.raises(StoreError, match=f"belongs to another run: {message}"):
        run(stopped, **options)
    assert (stopped / "values-0.npy").read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-30],
        lambda text: "[]",
        lambda text: text.replace('"done": ', '"done": -'),
        lambda text: text.replace('"done": ', '"done": 10'),
        lambda text: text.replace('"chunk": ', '"chunk": -'),
        lambda text: text.replace('"done"', '"gone"'),
        lambda text: text.replace('"name"', '"nome"'),
    ],
)
def test_a_damaged_manifest(stopped, change):
    manifest = stopped / "manifest.json"
    manifest.write_text(change(manifest.read_text()))
    with pytest.raises(StoreError, match=r"the checkpoint .* is damaged"):
        run(stopped)


def test_a_manifest_of_another_version(stopped):
    manifest = stopped / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(StoreError, match="is of version 2, not 1"):
        run(stopped)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-8]),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: np.save(path, np.zeros(3)),
        lambda path: np.save(path, np.array([print], dtype=object), allow_pickle=True),  # code is not read
    ],
)
def test_a_damaged_file_of_values(stopped, damage):
    damage(stopped / "values-1.npy")
    with pytest.raises(StoreError, match=r"the checkpoint file .*values-1\.npy is damaged"):
        run(stopped)


def test_a_run_that_was_killed_before_its_first_chunk(stopped):
    manifest = stopped / "manifest.json"
    content = json.loads(manifest.read_text()) | {"done": 0, "chunk": None}
    manifest.write_text(json.dumps(content))
    (stopped / "values-1.npy").unlink()
    assert run(stopped)["norm"].tobytes() == chunked(both, POINTS, budget="6 kB")["norm"].tobytes()
    # or while it wrote its first manifest
    folder = stopped.with_name("early")
    folder.mkdir()
    (folder / ".manifest.json-0123abcd").write_text("{")
    assert run(folder)["sin"].shape == (1001, 2)


def test_no_points(tmp_path):
    assert run(tmp_path / "none", points=POINTS[:0])["norm"].shape == (0,)


def test_a_folder_with_other_files(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="has other files in it and no checkpoint; name a new folder"):
        run(tmp_path)


def test_a_place_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((OutputError, StoreError), match=r"the checkpoint .*file"):
        run(tmp_path / "file" / "run")


@pytest.mark.parametrize("options", [{"name": None}, {"name": ""}, {"name": 3}])
def test_a_checkpoint_without_a_name(tmp_path, options):
    with pytest.raises(ShapeError, match="checkpoint needs name=, a text that says what is computed"):
        run(tmp_path / "run", **options)


def test_what_is_no_path():
    with pytest.raises(ShapeError, match="checkpoint must be a string or a path, got 3"):
        run(3)


def test_a_type_that_numpy_does_not_keep(tmp_path):
    with pytest.raises(StoreError, match=r"values\['a'\] has dtype bfloat16, which a file of NumPy does not keep"):
        run(tmp_path / "run", compute=lambda x: {"a": x.astype(jnp.bfloat16)})
    assert chunked(lambda x: x.astype(jnp.bfloat16), POINTS).dtype == jnp.bfloat16
