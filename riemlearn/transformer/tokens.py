"""From a text to token ids and back to words: a thin layer over the ``tokenizers`` package."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from riemlearn.errors import CheckpointError, TextError, require


@dataclass(frozen=True)
class Tokens:
    """A text cut into tokens, the special ones ([CLS], [SEP]) included.

    Attributes
    ----------
    text : str
        The text.
    ids : int array (T,)
        Rows of the embedding matrix.
    names : tuple of str
        The tokens as the vocabulary spells them.
    spans : tuple of (int, int)
        Where each token stands in the text; (0, 0) for special tokens.
    special : tuple of bool
        Which tokens the tokenizer added.
    """

    text: str
    ids: Int[np.ndarray, " t"]
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    special: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.names)

    def find(self, token: int | str) -> tuple[int, int]:
        """Return the range ``start, stop`` of token indices that an index or a word stands for.

        A word is looked for as a whole word of the text, in any case; one that the vocabulary splits gives
        the range of its pieces. Failing that, it is looked for among the tokens as they are spelled, such as
        ``"##ing"`` or ``"[CLS]"``.

        Raises
        ------
        TextError
            If there is no such token or word, or the word stands more than once; the message lists the
            tokens.
        """
        if isinstance(token, int):
            if not -len(self) <= token < len(self):
                raise TextError(f"token = {token} is not in 0..{len(self) - 1}; the tokens are {self.listing()}")
            start = token % len(self)
            return start, start + 1
        found = self.occurrences(token)
        if not found:
            raise TextError(f"the word {token!r} is not in {self.text!r}; the tokens are {self.listing()}")
        if len(found) > 1:
            places = ", ".join(str(start) for start, _ in found)
            raise TextError(f"the word {token!r} stands at the tokens {places} of {self.text!r}; give one index")
        return found[0]

    def listing(self) -> str:
        """All tokens with their indices, for messages."""
        return " ".join(f"{i}:{name}" for i, name in enumerate(self.names))

    def occurrences(self, word: str) -> list[tuple[int, int]]:
        """Token ranges of all places where a word stands, as in :meth:`find`."""
        ranges = []
        for match in re.finditer(rf"(?<!\w){re.escape(word.strip())}(?!\w)", self.text, re.IGNORECASE):
            inside = [i for i, (a, b) in enumerate(self.spans) if a < match.end() and b > match.start()]
            if inside:
                ranges.append((inside[0], inside[-1] + 1))
        return ranges or [(i, i + 1) for i, name in enumerate(self.names) if name == word]


class Tokenizer:
    """The tokenizer of a checkpoint, without padding or truncation.

    Parameters
    ----------
    folder : Path
        The checkpoint's folder.
    limit : int
        Number of positions that the model has.

    Raises
    ------
    CheckpointError
        If tokenizer.json is missing or damaged.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        tokenizers: Any = require("tokenizers", "transformer")
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(f"{folder} has no tokenizer.json")
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the package raises bare Exception
            raise CheckpointError(f"{path} is no tokenizer: {error}") from None
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._limit = limit
        self._unknown = self._tokenizer.token_to_id("[UNK]")

    @property
    def size(self) -> int:
        """Number of tokens of the vocabulary."""
        return self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> Tokens:
        """Cut a text into tokens.

        Raises
        ------
        TextError
            If the text is empty, has more tokens than the model has positions, or has characters or words
            that the vocabulary cannot spell: their geometry would be that of the token for "unknown".
        """
        if not text.strip():
            raise TextError("the text is empty")
        coded = self._tokenizer.encode(text)
        special = tuple(bool(s) and a == b for s, (a, b) in zip(coded.special_tokens_mask, coded.offsets, strict=True))
        tokens = Tokens(text, np.asarray(coded.ids, np.int64), tuple(coded.tokens), tuple(coded.offsets), special)
        if all(special):
            raise TextError(f"the tokenizer finds no token in {text!r}")
        self._refuse_unknown(tokens)
        if len(tokens) > self._limit:
            raise TextError(
                f"the text has {len(tokens)} tokens, but the model has {self._limit} positions; "
                f"shorten it: {text[:60]!r}..."
            )
        return tokens

    def token_id(self, word: str) -> int:
        """Row of a word that is one token of the vocabulary.

        Raises
        ------
        TextError
            If the vocabulary has no such word, or only in pieces.
        """
        coded = self._tokenizer.encode(word, add_special_tokens=False)
        if len(coded.ids) != 1 or coded.ids[0] == self._unknown:
            raise TextError(f"{word!r} is not one token of the vocabulary; it is cut into {coded.tokens}")
        return coded.ids[0]

    def ordinary_ids(self) -> Int[np.ndarray, " v"]:
        """Rows of the vocabulary that stand for text: neither special nor [unused]."""
        special = {i for i, token in self._tokenizer.get_added_tokens_decoder().items() if token.special}
        words = self._tokenizer.get_vocab().items()
        return np.asarray(
            sorted(i for name, i in words if i not in special and not re.fullmatch(r"\[.+\]", name)), np.int64
        )

    def _refuse_unknown(self, tokens: Tokens) -> None:
        """Name the characters of the text that have no token."""
        bad = [tokens.text[a:b] for i, (a, b) in zip(tokens.ids, tokens.spans, strict=True) if i == self._unknown]
        if not bad:
            return
        alone = {c for piece in bad for c in piece if self._unknown in self._tokenizer.encode(c).ids}
        what = f"the characters {', '.join(map(repr, sorted(alone)))}" if alone else f"the words {', '.join(bad)}"
        raise TextError(f"the tokenizer does not know {what} of {tokens.text!r}; remove or replace them")
