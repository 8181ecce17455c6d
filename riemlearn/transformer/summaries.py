"""Numbers of a study as a page says them: medians by layer, rank correlations, digits."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from riemlearn.transformer.results import Study


def special_tokens(study: Study) -> Bool[np.ndarray, " n"]:
    """Which lines of the table belong to special tokens, such as [CLS]."""
    return np.array([len(t) > 2 and t[0] == "[" and t[-1] == "]" for t in study.rows["token"].tolist()])


def groups(study: Study, values: np.ndarray) -> list[np.ndarray]:
    """Values of the ordinary tokens, where finite, layer by layer."""
    usable = np.isfinite(values) & ~special_tokens(study)
    return [values[usable & (study.rows["layer"] == layer)] for layer in study.layers]


def summaries(study: Study, columns: Sequence[np.ndarray]) -> list[list[str]]:
    """One line for each layer: the layer, and median and quartiles of each column."""
    cells = [[_summary(group) for group in groups(study, values)] for values in columns]
    return [[str(layer), *line] for layer, *line in zip(study.layers, *cells, strict=True)]


def _summary(values: np.ndarray) -> str:
    """Median and quartiles as text."""
    if not len(values):
        return "–"
    low, middle, high = np.quantile(values.astype(np.float64), [0.25, 0.5, 0.75])
    return f"{_digits(middle)} ({_digits(low)}–{_digits(high)})"


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation, equal numbers sharing their mean rank; NaN where it has no meaning."""
    a, b = _centred_ranks(x), _centred_ranks(y)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if len(x) > 2 and size else float("nan")


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks about their mean; equal numbers share one, as the same word does in the same place of two sentences."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - counts / 2)[place] - len(values) / 2


def _digits(value: float) -> str:
    """Give three digits, without an exponent where it is easy to do without."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def number(value: float, form: str) -> str:
    """Return a number as text, or a dash."""
    return format(value, form) if np.isfinite(value) else "–"


def span(values: np.ndarray, form: str = ".3g") -> str:
    """Return the range of some numbers as text, or one number if both ends look alike."""
    first, last = format(values.min(), form), format(values.max(), form)
    return first if first == last else f"{first}–{last}"


def shown(value: object) -> str:
    """Return a setting as text, a list without its brackets."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
