"""Surfaces in space side by side, coloured by a scalar field on them, such as their Gauss curvature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from riemlearn.errors import ShapeError
from riemlearn.plot.painter import add_bar, draw_panel, mappable
from riemlearn.plot.scene import Camera, Layer, Scale, Sheet
from riemlearn.plot.style import new_figure, styled


@dataclass(frozen=True)
class Surface:
    """A surface as a grid of points, and a number at each.

    Parameters
    ----------
    title : str
        What stands above it.
    points : array (m, n, 3)
        The surface on a grid of two parameters.
    values : array (m, n)
        The field that colours it.
    """

    title: str
    points: Float[np.ndarray, "m n 3"]
    values: Float[np.ndarray, "m n"]


def surfaces(panels: Sequence[Surface], label: str, width: float = 9.0, height: float = 3.9) -> Any:
    """Draw surfaces side by side, with one colour scale that has zero in its middle.

    Parameters
    ----------
    panels : sequence of Surface
        The surfaces.
    label : str
        Label of the colour bar.
    width, height : float, optional
        Size of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If there is no surface.
    """
    if not panels:
        raise ShapeError("surfaces: there must be at least one surface")
    layers = [Layer(panel.title, panel.values) for panel in panels]
    scale = Scale.of(layers, label, "diverging")
    with styled():
        figure = new_figure(width, height)
        colours = mappable(scale)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, panel, layer in zip(axes, panels, layers, strict=True):
            sheet = Sheet(panel.points, panel.points[..., :2], ("row", "column"))
            draw_panel(ax, sheet, layer, colours, (), Camera())
            _make_square(ax)
        add_bar(figure, axes, colours, scale)
    return figure


def _make_square(ax: Any) -> None:
    """Give a panel the same width and height, so that titles of neighbours stand on one line."""
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    half = np.max(np.ptp(limits, axis=1)) / 2
    x, y = limits.mean(axis=1)
    ax.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
