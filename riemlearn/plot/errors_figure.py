"""The errors of a verification as a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from riemlearn.errors import ShapeError, require
from riemlearn.plot.style import ALARM, COLOURS, INK, WIDTH, new_figure, styled

_SMALL = 1e-7  # errors below this fraction of the tolerance are drawn at the edge


def verification_errors(
    quantities: Sequence[str],
    routes: Sequence[str],
    dtypes: Sequence[str],
    errors: Float[np.ndarray, " m"],
    tolerances: Float[np.ndarray, " m"],
    passed: Bool[np.ndarray, " m"],
) -> Any:
    """Draw the worst error of every row of a verification against its tolerance, one panel for each dtype.

    Parameters
    ----------
    quantities, routes, dtypes : sequences of str, one for each row
        What was compared, by which route, in which precision.
    errors, tolerances : arrays (m,)
        Worst error of the row, and what is allowed.  Errors below 1e-7 of that stand at the left edge.
    passed : bool array (m,)
        Rows that did not pass are drawn as crosses.

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = list(dict.fromkeys(quantities))
    kinds = list(dict.fromkeys(routes))
    panels = list(dict.fromkeys(dtypes))
    if not names:
        raise ShapeError("verification_errors: there are no rows to draw")
    quantity, route, dtype = np.array(quantities), np.array(routes), np.array(dtypes)
    with styled():
        figure = new_figure(WIDTH, 1.3 + 0.42 * len(names))
        axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for ax, panel in zip(axes, panels, strict=True):
            here = dtype == panel
            floor = _SMALL * float(np.max(tolerances[here]))
            drawn = np.where(np.isfinite(errors), np.maximum(errors, floor), tolerances * 100)
            for i, name in enumerate(names):
                for limit in np.unique(tolerances[here & (quantity == name)]):
                    ax.plot([limit, limit], [i - 0.42, i + 0.42], color=INK, linewidth=1.6, solid_capstyle="butt")
                for j, kind in enumerate(kinds):
                    row = here & (quantity == name) & (route == kind)
                    height = np.full(row.sum(), i + 0.5 * ((j + 0.5) / len(kinds) - 0.5))
                    good = passed[row]
                    colour = COLOURS[j % len(COLOURS)]
                    ax.scatter(drawn[row][good], height[good], s=16, color=colour, alpha=0.75, linewidths=0)
                    ax.scatter(drawn[row][~good], height[~good], s=46, color=ALARM, marker="x", linewidths=2)
            ax.set_xscale("log")
            ax.set_xlabel("worst relative error")
            ax.set_title(panel)
        axes[0].set_yticks(range(len(names)), names)
        axes[0].set_ylim(len(names) - 0.4, -0.6)
        line = require("matplotlib.lines", "plot").Line2D
        marks = [
            line([], [], linestyle="", marker="o", markersize=4, color=COLOURS[j % len(COLOURS)], label=kind)
            for j, kind in enumerate(kinds)
        ]
        marks.append(
            line(
                [],
                [],
                linestyle="",
                marker="|",
                markersize=10,
                markeredgewidth=1.6,
                color=INK,
                label="tolerance",
            )
        )
        figure.legend(handles=marks, loc="outside upper center", ncols=min(4, len(marks)))
    return figure
