"""A map of errors: which quantity is how far from the truth on which manifold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from riemlearn.errors import ShapeError, require
from riemlearn.plot.style import ALARM, FAINT, SEQUENTIAL, WIDTH, new_figure, styled

_ROOM = 8  # decades below the tolerance that the colours span


def error_map(
    columns: Sequence[str],
    lines: Sequence[str],
    errors: Float[np.ndarray, "lines columns"],
    tolerance: float,
    title: str = "",
) -> Any:
    """Draw worst errors as a grid, coloured by their logarithm; what is above the tolerance is marked with a cross.

    Parameters
    ----------
    columns, lines : sequences of str
        Names of the quantities and of the manifolds.
    errors : array (lines, columns)
        Worst error of each; NaN where nothing was compared, infinity where there was no number.
    tolerance : float
        The largest error that passes: the upper end of the colours.
    title : str
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If there are not as many errors as lines and columns.
    """
    if errors.shape != (len(lines), len(columns)) or not errors.size:
        raise ShapeError(
            f"error_map: errors has shape {errors.shape}, expected ({len(lines)}, {len(columns)}), not empty"
        )
    top = float(np.log10(tolerance))
    with np.errstate(divide="ignore"):
        shown = np.clip(np.log10(errors), top - _ROOM, top)
    with styled():
        figure = new_figure(WIDTH, 1.3 + 0.19 * len(lines))
        ax = figure.subplots()
        colours = require("matplotlib", "plot").colormaps[SEQUENTIAL].with_extremes(bad=FAINT)
        masked = np.ma.masked_where(np.isnan(errors), shown)
        image = ax.imshow(masked, cmap=colours, vmin=top - _ROOM, vmax=top, aspect="auto")
        wrong = np.argwhere(errors > tolerance)
        ax.scatter(wrong[:, 1], wrong[:, 0], marker="x", s=30, color=ALARM, linewidths=2)
        ax.set_xticks(range(len(columns)), columns, rotation=30, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(lines)), lines, fontsize=7)
        ax.set_title(title)
        ax.grid(False)
        ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(len(lines) + 1) - 0.5, minor=True)
        ax.grid(which="minor", color="white", linewidth=1.2)
        ax.tick_params(which="both", length=0)
        bar = figure.colorbar(image, ax=ax, pad=0.015, fraction=0.03, aspect=30)
        bar.outline.set_visible(False)
        bar.set_label("log₁₀ of the error")
    return figure
