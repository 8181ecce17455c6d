import pickle
import subprocess
import sys

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from riemlearn.errors import CheckpointError, MissingExtra, NumericError, ShapeError
from riemlearn.transformer import load


def edit_tensors(folder, change):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def test_missing_folder(tmp_path):
    with pytest.raises(CheckpointError, match=r"no checkpoint folder .*riemlearn fetch minilm"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_missing_file(checkpoint, name):
    (checkpoint / name).unlink()
    with pytest.raises(CheckpointError, match=f"has no {name}"):
        load(checkpoint)


def test_missing_weights(checkpoint):
    (checkpoint / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"has no \*.safetensors file"):
        load(checkpoint)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_pickles_are_never_loaded(checkpoint, name):
    class Trap:
        def __reduce__(self):
            return exit, (1,)

    (checkpoint / "model.safetensors").unlink()
    (checkpoint / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CheckpointError, match=f"only {name}: pickles .* never loaded.*save_file"):
        load(checkpoint)


def test_truncated_weights(checkpoint):
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"model.safetensors is truncated or damaged"):
        load(checkpoint)


def test_damaged_tokenizer(checkpoint):
    (checkpoint / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"tokenizer.json is no tokenizer"):
        load(checkpoint)


def test_tokenizer_of_another_model(checkpoint, edit_config):
    edit_config(vocab_size=20)
    edit_tensors(
        checkpoint,
        lambda t: t.update({"embeddings.word_embeddings.weight": t["embeddings.word_embeddings.weight"][:20].copy()}),
    )
    with pytest.raises(CheckpointError, match=r"tokenizer.json has .* tokens, but 20 embeddings"):
        load(checkpoint)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "t5"}, "unknown architecture model_type = 't5'; known are: bert"),
        ({"hidden_act": "swish9"}, "unknown hidden_act = 'swish9'; known are: gelu"),
        ({"hidden_act": ["gelu"]}, r"unknown hidden_act = \[.gelu.\]"),
        ({"hidden_size": "12"}, "hidden_size must be a positive integer, got '12'"),
        ({"num_attention_heads": 5}, "not a multiple of num_attention_heads = 5"),
        ({"layer_norm_eps": -1.0}, "layer_norm_eps = -1.0"),
        ({"position_embedding_type": "relative_key"}, "only absolute position embeddings"),
        ({"intermediate_size": 21}, r"has shape \(20, 12\), config.json says \(21, 12\)"),
        ({"num_hidden_layers": 3}, "encoder.layer.2.attention.self.query.weight is missing"),
    ],
)
def test_config_that_cannot_be_used(checkpoint, edit_config, changes, message):
    edit_config(**changes)
    with pytest.raises(CheckpointError, match=message):
        load(checkpoint)


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000])
def test_config_that_is_no_json_object(checkpoint, text):
    (checkpoint / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"not valid JSON|unknown architecture"):
        load(checkpoint)


def test_config_that_is_too_large(checkpoint):
    (checkpoint / "config.json").write_text(" " * (1 << 21))
    with pytest.raises(CheckpointError, match="is larger than"):
        load(checkpoint)


def test_weights_that_are_not_finite(checkpoint):
    edit_tensors(checkpoint, lambda t: t["encoder.layer.1.output.dense.bias"].__setitem__(3, np.nan))
    with pytest.raises(CheckpointError, match=r"layer.1.output.dense.bias has values that are NaN"):
        load(checkpoint)


def test_names_with_a_prefix_and_shards(checkpoint):
    plain = load(checkpoint).hidden_states("the dog")
    tensors = {f"bert.{name}": tensor for name, tensor in load_file(checkpoint / "model.safetensors").items()}
    (checkpoint / "model.safetensors").unlink()
    names = sorted(tensors)
    save_file({name: tensors[name] for name in names[:9]}, checkpoint / "model-1.safetensors")
    save_file({name: tensors[name] for name in names[9:]}, checkpoint / "model-2.safetensors")
    assert (load(checkpoint).hidden_states("the dog") == plain).all()


def test_dtypes(checkpoint):
    assert load(checkpoint).dtype == np.float64
    small = load(checkpoint, dtype="float32")
    assert small.hidden_states("the dog").dtype == np.float32
    with pytest.raises(NumericError, match="dtype = int32 is not float32 or float64"):
        load(checkpoint, dtype=np.int32)
    with jax.enable_x64(False):
        assert load(checkpoint).dtype == np.float32
        with pytest.raises(NumericError, match=r"JAX is in 32-bit mode; run jax.config.update"):
            load(checkpoint, dtype=np.float64)


@pytest.mark.parametrize("package", ["safetensors", "tokenizers"])
def test_without_the_extra(checkpoint, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"{package} is not installed.*riemlearn\[transformer\]"):
        load(checkpoint)


def test_the_extra_is_imported_when_a_model_is_loaded():
    code = "import sys, riemlearn.transformer; print({'safetensors', 'tokenizers'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_layers_that_are_not_there(tiny):
    for layer in (-1, 3):
        with pytest.raises(ShapeError, match=rf"layer = {layer} is not in 0\.\.2"):
            tiny.check_layer(layer)
