"""Surfaces in space, coloured by a scalar field on them, such as their Gauss curvature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from riemlearn.errors import ShapeError, require
from riemlearn.plot.style import INK, diverging, new_figure, styled

_LIGHT = np.array([-0.35, -0.55, 0.76])


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
    require("mpl_toolkits.mplot3d", "plot")
    end = max(float(np.max(np.abs(panel.values))) for panel in panels) or 1.0
    with styled():
        figure = new_figure(width, height)
        colours = require("matplotlib.colors", "plot").Normalize(-end, end)
        scale = require("matplotlib.cm", "plot").ScalarMappable(colours, diverging())
        axes = [figure.add_subplot(1, len(panels), i + 1, projection="3d") for i in range(len(panels))]
        for ax, panel in zip(axes, panels, strict=True):
            _draw(ax, panel, scale)
        bar = figure.colorbar(scale, ax=axes, shrink=0.62, aspect=18, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(label)
    return figure


def _draw(ax: Any, panel: Surface, scale: Any) -> None:
    """Draw one surface: every cell in the colour of its field, darker where it turns from the light."""
    points = panel.points
    along, across = np.gradient(points, axis=0), np.gradient(points, axis=1)
    normal = np.cross(along, across)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    if np.mean(np.sum(normal * (points - points.mean((0, 1))), -1)) < 0:
        normal = -normal
    shade = 0.72 + 0.28 * np.clip(normal @ (_LIGHT / np.linalg.norm(_LIGHT)), -0.6, 1.0)
    colour = scale.to_rgba(panel.values)
    colour[..., :3] *= shade[..., None]
    x, y, z = np.moveaxis(points, -1, 0)
    ax.plot_surface(x, y, z, facecolors=colour, rstride=1, cstride=1, linewidth=0, antialiased=False, shade=False)
    middle, half = (points.max((0, 1)) + points.min((0, 1))) / 2, np.ptp(points, axis=(0, 1)).max() / 2
    ax.set(xlim=middle[0] + [-half, half], ylim=middle[1] + [-half, half], zlim=middle[2] + [-half, half])
    ax.set_box_aspect((1, 1, 1), zoom=1.5)
    ax.set_proj_type("ortho")
    ax.view_init(elev=30, azim=-60)
    ax.set_title(panel.title, loc="center", color=INK)
    ax.set_axis_off()
