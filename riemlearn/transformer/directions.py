r"""Directions in the space of token embeddings: the slice on which a representation map is studied.

With all directions of the embedding space and the token's own output, the image of a post-LayerNorm encoder
is its last LayerNorm's ellipsoid whatever the text says, so its curvature has no linguistic content. A slice
must therefore be chosen. Its directions are orthonormalised (QR, keeping the span): the curvature at the
centre depends on the span only, and orthonormal rows make singular values, volume density and condition
number those of the map, not of the basis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt32

from riemlearn.errors import DegenerateError, ShapeError, TextError
from riemlearn.transformer.tokens import Tokenizer

_DEPENDENT = 1e-6


Build = Callable[[np.ndarray, Tokenizer], np.ndarray]
"""Embedding matrix (V, d) and tokenizer of a model -> directions (k, d) of any length."""


@dataclass(frozen=True)
class Directions:
    """A recipe for k orthonormal directions, which a model turns into rows of its embedding space.

    Attributes
    ----------
    name : str
        What the directions are, for reports.
    build : callable
        Embedding matrix (V, d) and tokenizer of a model -> array (k, d) with rows of any length.
    whole : bool
        Whether all directions are meant, so that the map is no slice.
    """

    name: str
    build: Build
    whole: bool = False

    def rows(self, vocabulary: Float[np.ndarray, "v d"], tokenizer: Tokenizer) -> Float[np.ndarray, "k d"]:
        """Orthonormal directions (k, d) in float64; row i has a positive product with the given one.

        Raises
        ------
        DegenerateError
            If the directions are linearly dependent.
        ShapeError
            If they do not have the model's width, or as many as its LayerNorm leaves are given without saying
            so.
        """
        given = np.asarray(self.build(vocabulary, tokenizer), np.float64)
        width = vocabulary.shape[1]
        if given.ndim != 2 or given.shape[1] != width or not 1 <= len(given) <= width:
            raise ShapeError(f"directions must have shape (k, {width}) with 1 <= k <= {width}, got {given.shape}")
        if not self.whole and len(given) >= width - 2:
            raise ShapeError(
                f"k = {len(given)} directions leave nothing to choose: a LayerNorm of width {width} has rank "
                f"{width - 2}, and its whole image is an ellipsoid, whatever the text says. "
                f"Take k < {width - 2}, or say full_directions() if that is what you want"
            )
        if not np.isfinite(given).all():
            raise ShapeError("directions have entries that are NaN or infinite")
        lengths = np.linalg.norm(given, axis=1, keepdims=True)
        q, r = np.linalg.qr((given / np.where(lengths > 0, lengths, 1)).T)
        diagonal = np.diag(r)
        if np.abs(diagonal).min() < _DEPENDENT:
            dependent = int(np.argmin(np.abs(diagonal)))
            raise DegenerateError(f"direction {dependent} of {self.name} is zero or depends on those before it")
        return (q * np.sign(diagonal)).T


def vocabulary_directions(k: int = 4) -> Directions:
    """Return the first k principal directions of the vocabulary's embeddings.

    Special and unused tokens are left out. The sign is fixed by a positive largest entry.

    Examples
    --------
    >>> vocabulary_directions(k=4).name
    'the first 4 principal directions of the vocabulary'
    """
    _check_count(k)

    def build(vocabulary: np.ndarray, tokenizer: Tokenizer) -> np.ndarray:
        words = vocabulary[tokenizer.ordinary_ids()].astype(np.float64)
        if k > words.shape[1]:
            raise ShapeError(f"k = {k} is more than the {words.shape[1]} dimensions of the embedding space")
        centred = words - words.mean(0)
        axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :k].T
        largest = np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1)
        return axes * np.sign(largest)

    return Directions(f"the first {k} principal directions of the vocabulary", build)


def word_differences(pairs: Sequence[tuple[str, str]]) -> Directions:
    """Directions from the first to the second word of each pair; each must be one token.

    Examples
    --------
    >>> word_differences([("king", "queen"), ("man", "woman")]).name
    'the differences king-queen, man-woman'
    """
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise TextError(f"word_differences needs pairs of words, got {pairs!r}")

    def build(vocabulary: np.ndarray, tokenizer: Tokenizer) -> np.ndarray:
        ids = np.asarray([[tokenizer.token_id(word) for word in pair] for pair in pairs])
        ends = vocabulary[ids].astype(np.float64)
        return ends[:, 1] - ends[:, 0]

    return Directions(f"the differences {', '.join('-'.join(pair) for pair in pairs)}", build)


def random_directions(k: int, key: PRNGKeyArray | UInt32[Array, "2"]) -> Directions:
    """Return k uniform directions, orthonormalised; the control for every claim about chosen ones.

    Examples
    --------
    >>> random_directions(3, jax.random.key(0)).name
    '3 random directions'
    """
    _check_count(k)

    def build(vocabulary: np.ndarray, tokenizer: Tokenizer) -> np.ndarray:
        return np.asarray(jax.random.normal(key, (k, vocabulary.shape[1])))

    return Directions(f"{k} random directions", build)


def full_directions() -> Directions:
    """All directions of the embedding space, in the order of the coordinates.

    The image is then the LayerNorm's ellipsoid and the Jacobian has rank d - 2: useful as an exact check and
    for spectra, not for curvature.
    """
    return Directions("all directions", lambda vocabulary, tokenizer: np.eye(vocabulary.shape[1]), whole=True)


def given_directions(
    rows: Float[Array, "k d"] | Float[np.ndarray, "k d"] | Int[np.ndarray, "k d"],
) -> Directions:
    """Directions that the user has computed, one in each row."""
    fixed = np.array(rows, np.float64)
    return Directions(f"{len(fixed)} given directions", lambda vocabulary, tokenizer: fixed)


def _check_count(k: int) -> None:
    if not (isinstance(k, int) and k >= 1):
        raise ShapeError(f"k must be a positive integer, got {k!r}")
