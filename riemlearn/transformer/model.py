"""A model on disk: loading it, and the representation maps that it gives."""

from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.errors import CheckpointError, ShapeError
from riemlearn.transformer.bert import Encoder
from riemlearn.transformer.checkpoint import float_dtype, read_bert, read_config, sha256_of
from riemlearn.transformer.directions import Directions, given_directions, vocabulary_directions
from riemlearn.transformer.packages import PACKAGES, model_path
from riemlearn.transformer.representation import Representation
from riemlearn.transformer.tokens import Tokenizer, Tokens


@dataclass(frozen=True, eq=False)
class Transformer:
    """A model on disk: its encoder, its vocabulary and its tokenizer.

    Attributes
    ----------
    name : str
        Name that it was loaded by.
    folder : Path
        Where it lies.
    encoder : Encoder
        From token embeddings to hidden states.
    vocabulary : array (V, d)
        Embedding of each token.
    tokenizer : Tokenizer
        From text to tokens.
    """

    name: str
    folder: Path
    encoder: Encoder = field(repr=False)
    vocabulary: np.ndarray = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)

    @property
    def depth(self) -> int:
        """Number L of blocks; hidden states are numbered 0..L."""
        return self.encoder.depth

    @property
    def width(self) -> int:
        """Dimension d of a hidden state."""
        return self.encoder.width

    @property
    def dtype(self) -> np.dtype:
        """Floating-point type of the weights."""
        return self.vocabulary.dtype

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the weights on disk."""
        return sha256_of(self.folder)

    def encode(self, text: str) -> Tokens:
        """Cut a text into tokens; see :meth:`Tokenizer.encode`."""
        return self.tokenizer.encode(text)

    def embed(self, tokens: Tokens) -> Float[Array, "t d"]:
        """Token embeddings (T, d), the input of :meth:`Encoder.hidden_states`."""
        return jnp.asarray(self.vocabulary[tokens.ids])

    def hidden_states(self, text: str) -> Float[Array, "l t d"]:
        """All hidden states (L+1, T, d) of a text."""
        return _hidden_states(self.encoder, self.embed(self.encode(text)))

    def check_layer(self, layer: int) -> int:
        """Return ``layer`` if the model has it.

        Raises
        ------
        ShapeError
            If it is not in 0..L.
        """
        if not 0 <= layer <= self.depth:
            raise ShapeError(f"layer = {layer} is not in 0..{self.depth}, the layers of {self.name}")
        return layer

    def representation(
        self,
        text: str,
        layer: int,
        token: int | str,
        directions: Directions | Array | np.ndarray | None = None,
        output: str = "own",
    ) -> Representation:
        """Map from k coordinates at one token to the hidden state of a layer.

        Parameters
        ----------
        text : str
            The text.
        layer : int
            0 for the embedding LayerNorm's output, L for the last block's.
        token : int or str
            Index of the token (special tokens count), or a word of the text; of a word that is cut into
            pieces, the first piece moves.
        directions : Directions or array (k, d), optional
            Directions in the embedding space; by default four principal ones of the vocabulary. Rows are
            orthonormalised.
        output : {"own", "all"}
            The state of the token that moves, or of all tokens, flattened.

        Raises
        ------
        TextError
            If the text or the token cannot be found or represented.
        ShapeError
            If the layer does not exist, the directions have the wrong shape, or there are so many of them
            that the result is the LayerNorm's own geometry (``full_directions()`` says that this is meant).
        """
        if output not in ("own", "all"):
            raise ShapeError(f"output must be 'own' or 'all', got {output!r}")
        tokens = self.encode(text)
        start, _ = tokens.find(token)
        embeddings = self.embed(tokens)
        return Representation(
            self.encoder.truncated(self.check_layer(layer)),
            embeddings,
            jnp.asarray(self.resolve(directions).rows(self.vocabulary, self.tokenizer), self.dtype),
            jnp.zeros_like(embeddings[:, 0]).at[start].set(1),
            output == "own",
        )

    def resolve(self, directions: Directions | Array | np.ndarray | None) -> Directions:
        """Return what ``directions`` stands for: a recipe, rows of numbers, or the default."""
        if directions is None:
            return vocabulary_directions()
        return directions if isinstance(directions, Directions) else given_directions(directions)


_hidden_states = eqx.filter_jit(Encoder.hidden_states)


def load(model: str | PathLike[str] = "minilm", dtype: Any = None) -> Transformer:
    """Load a model by name or from its folder.

    Parameters
    ----------
    model : str or path
        ``"minilm"``, once fetched, or a folder with config.json, safetensors and tokenizer.json.
    dtype : dtype, optional
        float32 or float64; by default that of JAX.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing, damaged, a pickle, or of an unknown architecture.
    NumericError
        If float64 is asked for with JAX in 32-bit mode.
    MissingExtra
        If the packages safetensors and tokenizers are not installed.
    """
    folder = model_path(str(model)) if str(model) in PACKAGES else Path(model)
    wanted = float_dtype(dtype)
    config = read_config(folder)
    tokenizer = Tokenizer(folder, config["max_position_embeddings"])
    encoder, vocabulary = read_bert(folder, config, wanted)
    if tokenizer.size > len(vocabulary):
        raise CheckpointError(f"{folder}: tokenizer.json has {tokenizer.size} tokens, but {len(vocabulary)} embeddings")
    return Transformer(str(model), folder, encoder, vocabulary, tokenizer)
