"""The sentences of a study: reading them, and choosing the word of each that is looked at most closely."""

import re
from importlib.resources import files
from os import PathLike
from pathlib import Path

from riemlearn.errors import TextError
from riemlearn.transformer.tokens import Tokens

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each few for from further had has have
    having he her here hers him his how i if in into is it its itself just me more most must my no nor
    not now of off on once only or other our out over own said same she should so some such than that
    the their them then there these they this those through to too under until up upon us very was we
    were what when where which while who whom whose why will with would you your""".split()
)


def read_sentences(path: str | PathLike[str] | None = None) -> list[str]:
    """Read one sentence from each line of a file; without a path, the eight that come with riemlearn.

    Raises
    ------
    TextError
        If the file is missing, not UTF-8, or has no sentence.

    Examples
    --------
    >>> len(read_sentences())
    8
    """
    if path is None:
        text = files("riemlearn.transformer").joinpath("sentences.txt").read_text(encoding="utf-8")
    else:
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise TextError(
                f"{path} is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}"
            ) from None
        except OSError as error:
            raise TextError(f"{path} cannot be read: {error.strerror}") from None
    sentences = [line.strip() for line in text.splitlines() if line.strip()]
    if not sentences:
        raise TextError(f"{path} has no sentence; it needs one sentence in each line")
    return sentences


def content_token(tokens: Tokens) -> int:
    """Index of the content word: the longest word that is one token and no stop word, first of equals."""
    words = [(i, tokens.text[a:b]) for i, (a, b) in enumerate(tokens.spans) if not tokens.special[i]]
    whole = [(i, word) for i, word in words if word.isalpha() and _stands_alone(tokens, i)]
    content = [(i, word) for i, word in whole if word.lower() not in STOP_WORDS]
    return max(content or whole or words, key=lambda pair: len(pair[1]))[0]


def _stands_alone(tokens: Tokens, index: int) -> bool:
    """Whether no letter or digit touches the token in the text."""
    start, stop = tokens.spans[index]
    return not re.match(r"\w", tokens.text[start - 1 : start] or " ") and not re.match(
        r"\w", tokens.text[stop : stop + 1] or " "
    )
