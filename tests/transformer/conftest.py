"""A small random BERT on disk, and the fetched MiniLM for the tests that are about it."""

import json
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from riemlearn.errors import CheckpointError
from riemlearn.jets import jet1, jet2
from riemlearn.transformer import Transformer, load, model_path

WORDS = "the a dog cat king queen man woman bank river is not old chased caf ##ing ##ly run . ' s 7".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]", *WORDS, *"abcdefghijklmnopqrstuvwxyz"]


def write_tokenizer(folder: Path) -> None:
    ids = {word: i for i, word in enumerate(dict.fromkeys(VOCABULARY))}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    tokenizer.enable_truncation(4)  # what a checkpoint says about lengths must not matter
    tokenizer.save(str(folder / "tokenizer.json"))


def write_checkpoint(
    folder: Path,
    d: int = 12,
    wide: int = 20,
    depth: int = 2,
    heads: int = 3,
    positions: int = 16,
    eps: float = 0.0,
) -> dict[str, np.ndarray]:
    """Write a random BERT in float64 and return its tensors."""
    rng = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (len(set(VOCABULARY)), d),
        "embeddings.position_embeddings.weight": (positions, d),
        "embeddings.token_type_embeddings.weight": (2, d),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(depth):
        layer = f"encoder.layer.{i}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= {f"{layer}.attention.{part}.weight": (d, d), f"{layer}.attention.{part}.bias": (d,)}
        shapes |= {
            f"{layer}.intermediate.dense.weight": (wide, d),
            f"{layer}.intermediate.dense.bias": (wide,),
        }
        shapes |= {f"{layer}.output.dense.weight": (d, wide), f"{layer}.output.dense.bias": (d,)}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    tensors = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    for name in norms:
        tensors |= {f"{name}.weight": rng.uniform(0.5, 1.5, d), f"{name}.bias": 0.1 * rng.standard_normal(d)}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    config = {
        "model_type": "bert",
        "vocab_size": len(set(VOCABULARY)),
        "hidden_size": d,
        "num_hidden_layers": depth,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "max_position_embeddings": positions,
        "layer_norm_eps": eps,
        "hidden_act": "gelu",
    }
    (folder / "config.json").write_text(json.dumps(config))
    write_tokenizer(folder)
    return tensors


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A checkpoint that a test may damage."""
    write_checkpoint(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def edit_config(checkpoint: Path) -> Callable[..., None]:
    """Change entries of the checkpoint's config.json."""

    def edit(**changes: object) -> None:
        path = checkpoint / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Transformer:
    """A random BERT of width 12 with two blocks and layer_norm_eps = 0."""
    folder = tmp_path_factory.mktemp("tiny")
    write_checkpoint(folder)
    return load(folder)


@pytest.fixture(scope="session")
def minilm() -> Transformer:
    """The fetched MiniLM in float64."""
    try:
        model_path("minilm")
    except CheckpointError as error:
        pytest.skip(f"MiniLM is not in the cache: {error}")
    return load("minilm")


@jax.jit
def _derivatives(rep, plane):
    """2-jet along a plane and the Jacobian of a representation map at zero."""
    zero = jnp.zeros(rep.dim)
    chunks = jnp.split(jnp.eye(rep.dim), max(1, rep.dim // 48))
    jacobian = jax.lax.map(lambda basis: jet1(rep, zero, basis).first, jnp.stack(chunks))
    return jet2(rep, zero, plane), jacobian.reshape(rep.dim, -1).T


def _image_has_curvature_of(rep, ellipsoid, rank, gap, rtol=1e-9):
    """Assert that the image of ``rep`` has that rank, and the ellipsoid's curvature along a random plane.

    Where the map lies in a submanifold M, the part of its second derivative that is normal to the range of
    its Jacobian is the second fundamental form of M, whatever the parametrisation; Gauss does the rest.
    """
    jet, jacobian = _derivatives(rep, jax.random.normal(jax.random.key(0), (2, rep.dim)))
    left, singular, _ = np.linalg.svd(jacobian)
    assert singular[rank] < gap * singular[0] < singular[rank - 1]
    uu, uv, vv = jet.second @ left[:, rank:]
    sectional = (uu @ vv - uv @ uv) / jnp.linalg.det(jet.first @ jet.first.T)
    expected = ellipsoid.sectional(jet.value, *jet.first)
    scale = 1 / jnp.sum(jet.value**2)  # what the curvature of a flat image is compared with
    np.testing.assert_allclose(sectional, expected, rtol=rtol, atol=float(scale) * rtol)


@pytest.fixture(scope="session")
def image_has_curvature_of() -> Callable[..., None]:
    """The oracle: the curvature of a map's whole image, found without knowing what the image is."""
    return _image_has_curvature_of
