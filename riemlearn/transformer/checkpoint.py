"""Reading a checkpoint's folder: config.json, safetensors and nothing that could run code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from riemlearn.errors import CheckpointError, NumericError, require
from riemlearn.transformer.bert import ACTIVATIONS, Block, Encoder, LayerNorm, Linear

KNOWN = ("bert",)
_CONFIG_LIMIT = 1 << 20
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
)


def float_dtype(dtype: Any) -> np.dtype:
    """Return the floating-point type to load weights in; None is JAX's current default.

    Raises
    ------
    NumericError
        If float64 is asked of a JAX in 32-bit mode, or the type is not float32 or float64.
    """
    wanted = np.dtype(jnp.result_type(float) if dtype is None else dtype)
    if wanted not in (np.dtype("float32"), np.dtype("float64")):
        raise NumericError(f"dtype = {wanted} is not float32 or float64, which geometry needs")
    if wanted == np.float64 and not jax.config.read("jax_enable_x64"):
        raise NumericError(
            "dtype = float64 was asked for, but JAX is in 32-bit mode; "
            'run jax.config.update("jax_enable_x64", True) first'
        )
    return wanted


def read_config(folder: Path) -> dict[str, Any]:
    """Read config.json and check that it describes an architecture that is known here.

    Raises
    ------
    CheckpointError
        If the folder or file is missing, too large, not JSON, of an unknown architecture, or lacks a size.
    """
    if not folder.is_dir():
        raise CheckpointError(
            f"there is no checkpoint folder {folder}; give a folder with config.json, model.safetensors and "
            'tokenizer.json, or "minilm" after running: riemlearn fetch minilm'
        )
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} has no config.json")
    if path.stat().st_size > _CONFIG_LIMIT:
        raise CheckpointError(f"{path} is larger than {_CONFIG_LIMIT} bytes, so it is not a model's configuration")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not valid JSON: {error}") from None
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in KNOWN:
        raise CheckpointError(f"{path}: unknown architecture model_type = {kind!r}; known are: {', '.join(KNOWN)}")
    for name in _SIZES:
        if type(config.get(name)) is not int or config[name] < 1:
            raise CheckpointError(f"{path}: {name} must be a positive integer, got {config.get(name)!r}")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise CheckpointError(
            f"{path}: hidden_size = {config['hidden_size']} is not a multiple of "
            f"num_attention_heads = {config['num_attention_heads']}"
        )
    eps = config.get("layer_norm_eps", 1e-12)
    if not isinstance(eps, int | float) or not 0 <= eps < 1:
        raise CheckpointError(f"{path}: layer_norm_eps = {eps!r} is not a small number >= 0")
    activation = config.get("hidden_act", "gelu")
    if activation not in list(ACTIVATIONS):  # a list, for what JSON may hold need not have a hash
        raise CheckpointError(f"{path}: unknown hidden_act = {activation!r}; known are: {', '.join(ACTIVATIONS)}")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise CheckpointError(f"{path}: only absolute position embeddings are known")
    return config


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a checkpoint, sorted by name.

    Raises
    ------
    CheckpointError
        If there is none; a pickle beside it is refused by name.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        pickles = sorted(p.name for p in folder.iterdir() if p.suffix in _PICKLES)
        if pickles:
            raise CheckpointError(
                f"{folder} has only {', '.join(pickles)}: pickles can run any code and are never loaded. "
                "Convert the file once, where torch is installed and you trust the file: "
                'safetensors.torch.save_file(torch.load(FILE, weights_only=True), "model.safetensors")'
            )
        raise CheckpointError(f"{folder} has no *.safetensors file")
    return files


def sha256_of(folder: Path) -> str:
    """SHA-256 over the weights of a checkpoint: its identity in the results of a study."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


class Tensors:
    """The tensors of a checkpoint by name, each checked for its shape when it is taken.

    Raises
    ------
    CheckpointError
        If a file is truncated or no safetensors file, a tensor is missing, of the wrong shape, or not finite.
    """

    def __init__(self, folder: Path, dtype: np.dtype) -> None:
        safetensors = require("safetensors", "transformer")
        load_file = require("safetensors.numpy", "transformer").load_file
        self._folder, self._dtype = folder, dtype
        self._tensors: dict[str, np.ndarray] = {}
        for path in weight_files(folder):
            try:
                tensors = load_file(path)
            except (safetensors.SafetensorError, OSError, KeyError, TypeError) as error:
                raise CheckpointError(f"{path} is truncated or damaged: {error}") from None
            self._tensors |= {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """Return the tensor of that name in the dtype of the model."""
        if name not in self._tensors:
            raise CheckpointError(f"{self._folder}: the tensor {name} is missing")
        tensor = self._tensors[name]
        if tensor.shape != shape:
            raise CheckpointError(
                f"{self._folder}: the tensor {name} has shape {tensor.shape}, config.json says {shape}"
            )
        if not np.isfinite(tensor).all():
            raise CheckpointError(f"{self._folder}: the tensor {name} has values that are NaN or infinite")
        return tensor.astype(self._dtype)


def read_bert(folder: Path, config: Mapping[str, Any], dtype: np.dtype) -> tuple[Encoder, np.ndarray]:
    """Read the weights of a BERT.

    Returns
    -------
    encoder : Encoder
        From token embeddings to hidden states.
    vocabulary : array (V, d)
        The token embeddings, in NumPy: they are looked up, not differentiated.
    """
    take = Tensors(folder, dtype)
    d, wide, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    eps = float(config.get("layer_norm_eps", 1e-12))

    def norm(name: str) -> LayerNorm:
        return LayerNorm(jnp.asarray(take(f"{name}.weight", d)), jnp.asarray(take(f"{name}.bias", d)), eps)

    def affine(name: str, m: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        return take(f"{name}.weight", n, m).T, take(f"{name}.bias", n)

    def linear(name: str, m: int, n: int) -> Linear:
        weight, bias = affine(name, m, n)
        return Linear(jnp.asarray(weight), jnp.asarray(bias))

    def block(name: str) -> Block:
        maps = [affine(f"{name}.attention.self.{part}", d, d) for part in ("query", "key", "value")]
        scale = np.sqrt(np.asarray(heads / d, dtype))
        maps[0] = (maps[0][0] * scale, maps[0][1] * scale)
        return Block(
            qkv=Linear(
                jnp.asarray(np.concatenate([w for w, _ in maps], 1)),
                jnp.asarray(np.concatenate([b for _, b in maps])),
            ),
            out=linear(f"{name}.attention.output.dense", d, d),
            attention_norm=norm(f"{name}.attention.output.LayerNorm"),
            up=linear(f"{name}.intermediate.dense", d, wide),
            down=linear(f"{name}.output.dense", wide, d),
            norm=norm(f"{name}.output.LayerNorm"),
            heads=heads,
            activation=config.get("hidden_act", "gelu"),
        )

    vocabulary = take("embeddings.word_embeddings.weight", config["vocab_size"], d)
    positions = take("embeddings.position_embeddings.weight", config["max_position_embeddings"], d)
    types = take("embeddings.token_type_embeddings.weight", config.get("type_vocab_size", 2), d)
    encoder = Encoder(
        positions=jnp.asarray(positions + types[0]),
        norm=norm("embeddings.LayerNorm"),
        blocks=tuple(block(f"encoder.layer.{i}") for i in range(config["num_hidden_layers"])),
    )
    return encoder, vocabulary
