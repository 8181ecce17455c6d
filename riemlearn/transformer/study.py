"""The geometry of a transformer over sentences, tokens and layers: run it, stop it, resume it."""

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

import riemlearn
from riemlearn.errors import ShapeError, Status, TextError
from riemlearn.io import writing
from riemlearn.transformer.directions import Directions
from riemlearn.transformer.measure import (
    SliceNumbers,
    measure_slice,
    own_jacobian,
    rank_cutoff,
    stacked_ellipsoids,
)
from riemlearn.transformer.model import Transformer
from riemlearn.transformer.representation import Representation
from riemlearn.transformer.results import COLUMNS, Study, read_npz, write_npz
from riemlearn.transformer.texts import content_token
from riemlearn.transformer.tokens import Tokens

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the work done and the work in all; one unit is the slice of one token."""

_FORMAT = 1
_PAD = 8
_SPECTRUM_COST = 15


def run(
    model: Transformer,
    sentences: Sequence[str],
    out: str | PathLike[str],
    *,
    layers: Sequence[int] | None = None,
    directions: Directions | Array | np.ndarray | None = None,
    full_spectrum: str | Sequence[str] | None = "content",
    progress: Progress | None = None,
) -> Study:
    """Measure the geometry of every token of every sentence in every layer.

    At each token the map from k coordinates along ``directions`` in its embedding to its own hidden state is
    differentiated twice, for all layers at once; see :class:`~riemlearn.transformer.measure.SliceNumbers` for
    what is computed from that. A sentence's numbers are written when it is finished, to ``out/parts``, under
    a name that depends on the weights, the sentence and the settings; a run that is repeated computes only
    what is not there.

    Parameters
    ----------
    model : Transformer
        The model; load it in float64 if the digits matter.
    sentences : sequence of str
        The texts.
    out : path
        Folder for tokens.csv, spectra.csv, geometry.npz, study.json and parts/; made if it is not there.
    layers : sequence of int, optional
        Which hidden states; by default all, 0..L.
    directions : Directions or array (k, d), optional
        At least two directions; by default four principal ones of the vocabulary.
    full_spectrum : "content", "all", None or sequence of words
        For which tokens all singular values of the d x d Jacobian are computed: one content word of each
        sentence, every token, none, or these words wherever they stand.
    progress : callable, optional
        Called after every token.

    Returns
    -------
    Study

    Raises
    ------
    TextError
        If there is no sentence, one cannot be represented, or a word of ``full_spectrum`` is in none.
    ShapeError
        If a layer does not exist, or there are fewer than two directions.
    OutputError
        If the folder cannot be written.

    Notes
    -----
    Texts are padded to a multiple of 8 tokens and the padding is masked out, which does not change a value
    and saves compilations.
    """
    folder = Path(out)
    if isinstance(sentences, str) or not sentences:
        raise TextError("sentences must be a list of at least one sentence")
    chosen = sorted({model.check_layer(layer) for layer in (range(model.depth + 1) if layers is None else layers)})
    if not chosen:
        raise ShapeError("layers is empty; leave it out for all layers")
    recipe = model.resolve(directions)
    rows = recipe.rows(model.vocabulary, model.tokenizer)
    if len(rows) < 2:
        raise ShapeError("one direction spans a curve, which has no curvature of its own; give at least two")
    texts = [model.encode(sentence) for sentence in sentences]
    spectra = _spectrum_positions(texts, full_spectrum)
    settings = {
        "format": _FORMAT,
        "model": model.name,
        "model_sha256": model.sha256,
        "dtype": str(model.dtype),
        "layers": chosen,
        "directions": recipe.name,
        "full_spectrum": full_spectrum if isinstance(full_spectrum, str | None) else list(full_spectrum),
        "rank_cutoff": rank_cutoff(model.dtype, model.width),
        "versions": {name: version(name) for name in ("jax", "numpy", "tokenizers", "safetensors")}
        | {"riemlearn": riemlearn.__version__, "python": platform.python_version()},
    }
    with writing(f"the output folder {folder}"):
        (folder / "parts").mkdir(parents=True, exist_ok=True)

    total = sum(len(t) for t in texts) + _SPECTRUM_COST * sum(len(p) for p in spectra)
    meter = _Meter(progress, total)
    parts = []
    for tokens, positions in zip(texts, spectra, strict=True):
        path = folder / "parts" / f"{_key(model, tokens, rows, chosen, positions)}.npz"
        part = _read_part(path)
        if part is None:
            part = _measure_sentence(model, tokens, rows, np.asarray(chosen), positions, meter)
            with writing(f"the output folder {folder}"):
                write_npz(path, part)
        else:
            meter.step(f"{tokens.text} (already there)", len(tokens) + _SPECTRUM_COST * len(positions))
        parts.append(part)
    study = _assemble(list(sentences), parts, np.asarray(chosen), rows, settings)
    study.save(folder)
    return study


class _Meter:
    """Counts work and reports it."""

    def __init__(self, report: Progress | None, total: int) -> None:
        self._report, self._total, self._done = report, total, 0

    def step(self, what: str, amount: int) -> None:
        """Add finished work."""
        self._done += amount
        if self._report is not None:
            self._report(what, self._done, self._total)


def _spectrum_positions(texts: Sequence[Tokens], wanted: str | Sequence[str] | None) -> list[list[int]]:
    """Token indices of each text whose full spectrum is wanted."""
    if wanted is None:
        return [[] for _ in texts]
    if wanted == "content":
        return [[content_token(tokens)] for tokens in texts]
    if wanted == "all":
        return [list(range(len(tokens))) for tokens in texts]
    words = [wanted] if isinstance(wanted, str) else list(wanted)
    for word in words:
        if not any(tokens.occurrences(word) for tokens in texts):
            raise TextError(f"the word {word!r}, whose full spectrum is wanted, is in none of the sentences")
    return [sorted({start for word in words for start, _ in tokens.occurrences(word)}) for tokens in texts]


def _key(model: Transformer, tokens: Tokens, rows: np.ndarray, layers: Sequence[int], positions: Sequence[int]) -> str:
    """Name of a sentence's part: a hash of all that its numbers depend on."""
    digest = hashlib.sha256(rows.tobytes())
    architecture = str(jax.tree.structure(model.encoder))  # with what is no weight: heads, activation, epsilon
    facts = [_FORMAT, model.sha256, architecture, str(model.dtype), tokens.ids.tolist(), list(tokens.names)]
    facts += [list(layers), list(positions)]
    digest.update(json.dumps(facts).encode())
    return digest.hexdigest()[:24]


def _read_part(path: Path) -> dict[str, np.ndarray] | None:
    """Numbers of a sentence that is finished, or None; a damaged file counts as not there."""
    try:
        return read_npz(path)
    except (OSError, ValueError):
        return None


def _measure_sentence(
    model: Transformer,
    tokens: Tokens,
    rows: np.ndarray,
    layers: np.ndarray,
    positions: Sequence[int],
    meter: _Meter,
) -> dict[str, np.ndarray]:
    """All numbers of one sentence: columns of shape (T, l), singular values (T, l, k), spectra (m, l, d)."""
    encoder = model.encoder.truncated(int(layers[-1]))
    embeddings, mask = _padded(model, tokens)
    ellipsoids = stacked_ellipsoids(encoder, layers)

    def at(directions: np.ndarray, position: int) -> Representation:
        here = np.zeros(len(mask), model.dtype)
        here[position] = 1
        return Representation(encoder, embeddings, jnp.asarray(directions, model.dtype), jnp.asarray(here), True)

    measured: list[SliceNumbers] = []
    for position, name in enumerate(tokens.names):
        numbers = measure_slice(at(rows, position), mask, jnp.asarray(layers), ellipsoids)
        measured.append(jax.tree.map(np.asarray, numbers))
        meter.step(f"{tokens.text} [{name}]", 1)
    part = {name: np.stack([getattr(m, name) for m in measured]) for name in SliceNumbers._fields}

    spectra = np.zeros((len(positions), len(layers), model.width))
    everything = np.eye(model.width)
    for i, position in enumerate(positions):
        jacobians = own_jacobian(at(everything, position), mask, jnp.asarray(layers))
        finite = np.isfinite(jacobians).all((1, 2))
        spectra[i] = np.nan
        spectra[i, finite] = np.linalg.svd(np.asarray(jacobians)[finite], compute_uv=False)
        meter.step(f"{tokens.text} [spectrum of {tokens.names[position]}]", _SPECTRUM_COST)
    return part | {
        "tokens": np.array(tokens.names),
        "spectra": spectra,
        "spectrum_position": np.array(positions, dtype=np.int64),
    }


def _padded(model: Transformer, tokens: Tokens) -> tuple[Array, Bool[Array, " t"]]:
    """Embeddings of a text with zero rows behind them, and which rows are real."""
    length = len(tokens)
    padded = min(-(-length // _PAD) * _PAD, len(model.encoder.positions))
    embeddings = np.zeros((padded, model.width), model.dtype)
    embeddings[:length] = model.vocabulary[tokens.ids]
    return jnp.asarray(embeddings), jnp.arange(padded) < length


def _assemble(
    sentences: Sequence[str],
    parts: Sequence[dict[str, np.ndarray]],
    layers: np.ndarray,
    directions: np.ndarray,
    settings: dict[str, Any],
) -> Study:
    """One table of all sentences."""
    lengths = [len(part["tokens"]) for part in parts]
    count = len(layers)
    columns: dict[str, np.ndarray] = {
        "sentence": np.repeat(np.arange(len(parts)), [n * count for n in lengths]),
        "position": np.concatenate([np.repeat(np.arange(n), count) for n in lengths]),
        "token": np.concatenate([np.repeat(part["tokens"], count) for part in parts]),
        "layer": np.tile(layers, sum(lengths)),
        "status": np.array([Status(s).name for part in parts for s in part["status"].ravel()]),
    }
    for name in COLUMNS:
        if name not in columns:
            columns[name] = np.concatenate([part[name].ravel() for part in parts])
    return Study(
        sentences=tuple(sentences),
        layers=layers,
        directions=directions,
        rows={name: columns[name] for name in COLUMNS},
        singular_values=np.concatenate([p["singular_values"].reshape(-1, len(directions)) for p in parts]),
        spectra=np.concatenate([part["spectra"] for part in parts]),
        spectrum_sentence=np.repeat(np.arange(len(parts)), [len(part["spectrum_position"]) for part in parts]),
        spectrum_position=np.concatenate([part["spectrum_position"] for part in parts]),
        settings=settings,
    )
