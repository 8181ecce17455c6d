"""The results of a study: one table, its singular values and spectra, and the files that hold them."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from riemlearn.errors import OutputError, ShapeError
from riemlearn.io import replacing, writing
from riemlearn.transformer.measure import effective_ranks, ranks

COLUMNS = (
    "sentence",
    "position",
    "token",
    "layer",
    "norm",
    "volume_density",
    "log_volume_density",
    "condition_number",
    "scalar",
    "sectional_mean",
    "sectional_min",
    "sectional_max",
    "sectional_dimensionless",
    "sectional_relative",
    "mean_curvature",
    "status",
)


@dataclass(frozen=True, eq=False)
class Study:
    """Geometry of sentences, tokens and layers.

    Attributes
    ----------
    sentences : tuple of str
        The texts.
    layers : int array (l,)
        The layers, ascending.
    directions : array (k, d)
        The orthonormal directions of the slices.
    rows : dict of arrays (n,)
        The table, one entry for each name in ``COLUMNS``; row after row the layers of a token, the tokens of
        a sentence, the sentences. ``sentence`` counts from 0, ``token`` is the token as the vocabulary spells
        it, ``status`` is ``"OK"`` or the name of a failure (curvatures are NaN there); the other columns are
        those of :class:`~riemlearn.transformer.measure.SliceNumbers`.
    singular_values : array (n, k)
        Of the slice's Jacobian, for each row of the table, descending.
    spectra : array (m, l, d)
        All singular values of the d x d Jacobian of a token's own state, for m chosen tokens in every layer.
    spectrum_sentence, spectrum_position : int array (m,)
        Which tokens these are.
    settings : dict
        Model and its SHA-256, floating-point type, name of the directions, ``rank_cutoff``, versions.
    """

    sentences: tuple[str, ...]
    layers: Int[np.ndarray, " l"]
    directions: Float[np.ndarray, "k d"]
    rows: dict[str, np.ndarray]
    singular_values: Float[np.ndarray, "n k"]
    spectra: Float[np.ndarray, "m l d"]
    spectrum_sentence: Int[np.ndarray, " m"]
    spectrum_position: Int[np.ndarray, " m"]
    settings: dict[str, Any]

    @property
    def ranks(self) -> Int[np.ndarray, "m l"]:
        """Rank of each full Jacobian: singular values above ``settings["rank_cutoff"]`` times the largest."""
        return ranks(self.spectra, self.settings["rank_cutoff"])

    @property
    def effective_ranks(self) -> Float[np.ndarray, "m l"]:
        r"""Exponential of the entropy of the normalised squares of the singular values."""
        return effective_ranks(self.spectra)

    @property
    def spectrum_tokens(self) -> list[str]:
        """The tokens whose full spectra are there."""
        pairs = zip(self.spectrum_sentence, self.spectrum_position, strict=True)
        return [self.tokens(int(sentence))[position] for sentence, position in pairs]

    def tokens(self, sentence: int) -> list[str]:
        """Tokens of one sentence, special ones included."""
        return self.grid("token", sentence)[:, 0].tolist()

    def grid(self, column: str, sentence: int) -> np.ndarray:
        """One column for one sentence as an array (tokens, layers), ready for a heat map.

        Raises
        ------
        ShapeError
            If there is no such column or sentence.
        """
        if column not in self.rows:
            raise ShapeError(f"no column is called {column!r}; there are: {', '.join(self.rows)}")
        if not 0 <= sentence < len(self.sentences):
            raise ShapeError(f"sentence = {sentence} is not in 0..{len(self.sentences) - 1}")
        return self.rows[column][self.rows["sentence"] == sentence].reshape(-1, len(self.layers))

    def save(self, out: str | PathLike[str]) -> None:
        """Write tokens.csv, spectra.csv, geometry.npz and study.json; each appears complete or not at all.

        tokens.csv has the table and the singular values of the slices; spectra.csv a line for each whole
        Jacobian, with its rank, effective rank and all singular values; geometry.npz all of it as arrays.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        folder = Path(out)
        ranks, effective = self.ranks, self.effective_ranks
        arrays = {f"rows.{name}": column for name, column in self.rows.items()}
        for name in (
            "layers",
            "directions",
            "singular_values",
            "spectra",
            "spectrum_sentence",
            "spectrum_position",
        ):
            arrays[name] = getattr(self, name)
        facts = self.settings | {"sentences": list(self.sentences)}
        with writing(f"the output folder {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
            write_npz(folder / "geometry.npz", arrays | {"rank": ranks, "effective_rank": effective})
            _write(folder / "tokens.csv", _csv(self.rows, self.singular_values))
            _write(folder / "spectra.csv", _csv(self._spectra_rows(), self.spectra.reshape(-1, self.spectra.shape[-1])))
            _write(folder / "study.json", json.dumps(facts, indent=2, ensure_ascii=False).encode())

    def _spectra_rows(self) -> dict[str, np.ndarray]:
        """Columns of spectra.csv before the singular values, one entry for each token and layer."""
        count, tokens = len(self.layers), np.array(self.spectrum_tokens, dtype=np.str_)
        return {
            "sentence": np.repeat(self.spectrum_sentence, count),
            "position": np.repeat(self.spectrum_position, count),
            "token": np.repeat(tokens, count),
            "layer": np.tile(self.layers, len(tokens)),
            "rank": self.ranks.ravel(),
            "effective_rank": self.effective_ranks.ravel(),
        }

    @classmethod
    def load(cls, out: str | PathLike[str]) -> "Study":
        """Read a study back from its folder.

        Raises
        ------
        OutputError
            If the folder does not hold a finished study.
        """
        folder = Path(out)
        try:
            settings = json.loads((folder / "study.json").read_text(encoding="utf-8"))
            arrays = read_npz(folder / "geometry.npz")
            rows = {name: arrays.pop(f"rows.{name}") for name in COLUMNS}
            del arrays["rank"], arrays["effective_rank"]
            return cls(sentences=tuple(settings.pop("sentences")), rows=rows, settings=settings, **arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(f"{folder} does not hold a finished study: {error}") from None


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays without pickles; the file appears complete or not at all."""
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    _write(path, data.getvalue())


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Read arrays back, without pickles.

    Raises
    ------
    OSError
        If the file is not there.
    ValueError
        If it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            return dict(data)
    except (EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from None


def _csv(columns: Mapping[str, np.ndarray], values: Float[np.ndarray, "n k"]) -> bytes:
    """Return a table of columns, followed by the singular values of each line."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*columns, *(f"singular_value_{i}" for i in range(1, values.shape[1] + 1))])
    cells: Iterable[list] = (column.tolist() for column in (*columns.values(), *values.T))
    table.writerows(zip(*cells, strict=True))
    return text.getvalue().encode()


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as stream:
        stream.write(data)
