"""Transformers on disk as embedding maps: checkpoints, representation maps, and the study of their geometry.

Reading a checkpoint needs the packages of ``riemlearn[transformer]``, which are imported when a model is
loaded.
"""

from riemlearn.transformer.directions import (
    Directions,
    full_directions,
    given_directions,
    random_directions,
    vocabulary_directions,
    word_differences,
)
from riemlearn.transformer.ellipsoid import Ellipsoid
from riemlearn.transformer.fetch import fetch_minilm
from riemlearn.transformer.model import Transformer, load
from riemlearn.transformer.packages import model_path
from riemlearn.transformer.representation import Representation
from riemlearn.transformer.results import COLUMNS, Study
from riemlearn.transformer.study import run
from riemlearn.transformer.texts import content_token, read_sentences

__all__ = [
    "COLUMNS",
    "Directions",
    "Ellipsoid",
    "Representation",
    "Study",
    "Transformer",
    "content_token",
    "fetch_minilm",
    "full_directions",
    "given_directions",
    "load",
    "model_path",
    "random_directions",
    "read_sentences",
    "run",
    "vocabulary_directions",
    "word_differences",
]
