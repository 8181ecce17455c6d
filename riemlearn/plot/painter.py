"""A scene drawn by matplotlib: everything becomes polygons, painted from the farthest to the nearest.

mplot3d sorts whole objects, so that a curve lies all before a surface or all behind it.  Here cells, pieces of curves,
points and arrow heads are sorted together, and what is behind the surface is hidden by it.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from riemlearn.errors import require
from riemlearn.plot.scene import Arrows, Camera, Curve, Dots, Layer, Scale, Sheet, in_space
from riemlearn.plot.style import INK, QUIET, colour_map, new_figure, styled

_LIGHT = np.array([-0.35, -0.55, 0.76])
_FROM_ABOVE = Camera(-90.0, 90.0)  # x to the right, y upwards
# What lies on a surface is moved towards the viewer by this part of the picture, to be sorted before the surface.
_NEARER = {Curve: 0.03, Arrows: 0.05, Dots: 0.06}
_WIDTH = 0.011  # of curves, in parts of the picture
_ROW = 4  # panels

Mark = Curve | Dots | Arrows


def extent(sheet: Sheet, camera: Camera) -> tuple[float, float]:
    """Width and height of a sheet as it is seen, in units of its size."""
    points = in_space(sheet.points) @ (_FROM_ABOVE if sheet.flat else camera).axes.T
    points = points[np.all(np.isfinite(points), axis=-1)][:, :2]
    width, height = np.maximum(np.ptp(points, axis=0) / sheet.size, 1e-3)
    return float(width), float(height)


def mappable(scale: Scale) -> Any:
    """Return matplotlib's object that takes values to the colours of a scale."""
    between = require("matplotlib.colors", "plot").Normalize(scale.low, scale.high)
    return require("matplotlib.cm", "plot").ScalarMappable(between, colour_map(scale.stops))


def paint(
    sheet: Sheet,
    layers: Sequence[Layer],
    scale: Scale,
    marks: Sequence[Mark],
    camera: Camera,
    title: str = "",
    notes: Sequence[str] = (),
) -> Any:
    """Draw every layer in a panel of its own, with one colour bar.

    Returns
    -------
    matplotlib.figure.Figure
    """
    across, down = min(len(layers), _ROW), -(-len(layers) // _ROW)
    width = 4.4 if len(layers) == 1 else 2.2
    wide, high = extent(sheet, camera)
    height = width * min(max(high / wide, 0.4), 1.1) + 0.3 * any(layer.title for layer in layers)
    # room for the colour bar, for titles, notes, and the numbers at the axes
    size = (width * across + 1.0, (height + 0.4 * sheet.flat) * down + 0.35 * bool(title) + 0.15 * len(notes))
    with styled():
        figure = new_figure(*size)
        colours = mappable(scale)
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for ax, layer in zip(panels, layers, strict=False):
            draw_panel(ax, sheet, layer, colours, marks, camera)
        for ax in panels[len(layers) :]:
            ax.set_axis_off()
        if title:
            figure.suptitle(title, color=INK, fontsize=11)
        add_bar(figure, panels, colours, scale)
        if notes:
            figure.supxlabel("\n".join(notes), fontsize=7.5, color=QUIET)
    return figure


def add_bar(figure: Any, panels: Any, colours: Any, scale: Scale) -> None:
    """Add a colour bar to the right of the panels; it has pointed ends where values go beyond."""
    ends = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    bar = figure.colorbar(colours, ax=list(panels), shrink=0.7, aspect=20, pad=0.03, extend=ends[scale.beyond])
    bar.outline.set_visible(False)
    bar.set_label(scale.label)


def draw_panel(ax: Any, sheet: Sheet, layer: Layer, colours: Any, marks: Sequence[Mark], camera: Camera) -> None:
    """Draw one layer of a sheet and what is marked on it."""
    view = (_FROM_ABOVE if sheet.flat else camera).axes
    points = in_space(sheet.points) @ view.T
    shapes, depths, fills = _cells(points, colours.to_rgba(layer.values), np.isfinite(layer.values))
    if not sheet.flat:
        fills[:, :3] *= _shade(shapes, view @ (_LIGHT / np.linalg.norm(_LIGHT)))[:, None]
    polygons, depths, fills = list(shapes[..., :2]), list(depths), list(fills)
    size = sheet.size
    to_rgba = require("matplotlib.colors", "plot").to_rgba
    for mark in marks:
        for polygon in _polygons(mark, view, size):
            polygons.append(polygon[:, :2])
            depths.append(polygon[:, 2].mean() + _NEARER[type(mark)] * size)
            fills.append(to_rgba(mark.colour))
    order = np.argsort(depths, kind="stable")
    collection = require("matplotlib.collections", "plot").PolyCollection
    shapes = [polygons[i] for i in order]
    # where polygons meet, antialiasing each of them would leave a seam
    ax.add_collection(collection(shapes, facecolors=np.array(fills)[order], linewidths=0, antialiased=False))
    halo = require("matplotlib.patheffects", "plot").withStroke(linewidth=2, foreground="white")
    for mark in marks:
        if isinstance(mark, Dots):
            for place, label in zip(in_space(mark.points) @ view.T, mark.labels, strict=True):
                text = ax.annotate(label, place[:2], (5, 4), textcoords="offset points", color=INK, fontsize=10)
                text.set_path_effects([halo])
    _frame(ax, sheet, points, polygons)
    ax.set_title(layer.title, loc="center", color=INK)


def _frame(ax: Any, sheet: Sheet, points: Any, polygons: list[Any]) -> None:
    """Equal scales in both directions; axes only where they are the coordinates of a chart."""
    corners = np.concatenate([*polygons, points[np.all(np.isfinite(points), -1)][:, :2]])
    low, high = corners.min(0), corners.max(0)
    room = 0.02 * np.max(high - low)
    ax.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room))
    ax.set_aspect("equal")
    ax.grid(False)
    if sheet.flat:
        ax.set(xlabel=sheet.names[0], ylabel=sheet.names[1])
        ax.tick_params(color=QUIET)
    else:
        ax.set_axis_off()


def _cells(points: Any, colours: Any, known: Any) -> tuple[Any, Any, Any]:
    """Corners ``(cells, 4, 3)`` of the cells whose corners are all known, their depths, and their colours."""
    shapes, fills = _corners(points), _corners(colours).mean(2)
    whole = np.all(np.isfinite(shapes), axis=(-1, -2)) & np.all(_corners(known), axis=-1)
    shapes = shapes[whole]
    return shapes, shapes[..., 2].mean(-1), fills[whole]


def _corners(nodes: Any) -> Any:
    """What stands at the four corners of every cell, on the third axis."""
    return np.stack([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=2)


def _shade(cells: Float[np.ndarray, "c 4 3"], light: Float[np.ndarray, "3"]) -> Float[np.ndarray, " c"]:
    """How bright a cell is on the side that is seen: 1 towards the light, darker where it turns away."""
    normal = np.cross(cells[:, 2] - cells[:, 0], cells[:, 3] - cells[:, 1])
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-300)
    normal *= np.where(normal[:, 2:] < 0, -1, 1)
    return 0.72 + 0.28 * np.clip(normal @ light, -0.6, 1.0)


def _polygons(mark: Mark, view: Any, size: float) -> list[Any]:
    """The polygons ``(corners, 3)`` of a mark, as the viewer sees them."""
    if isinstance(mark, Curve):
        return _ribbon(in_space(mark.points) @ view.T, size)
    if isinstance(mark, Dots):
        turn = np.linspace(0, 2 * math.pi, 20, endpoint=False)
        disc = 1.3 * _WIDTH * size * np.stack([np.cos(turn), np.sin(turn), np.zeros(20)], axis=-1)
        places = in_space(mark.points) @ view.T
        return list(places[np.all(np.isfinite(places), axis=-1)][:, None] + disc)
    shafts = np.stack([in_space(mark.feet), in_space(mark.feet) + 0.85 * in_space(mark.vectors)], axis=1) @ view.T
    vertices, faces = mark.heads(size)
    return [piece for shaft in shafts for piece in _ribbon(shaft, size)] + list((vertices @ view.T)[faces])


def _ribbon(points: Any, size: float) -> list[Any]:
    """Quadrilaterals along a curve, each no longer than a small part of the picture, so that they can be sorted."""
    found = []
    for start, end in pairwise(points):
        step = end - start
        if not np.all(np.isfinite(step)):
            continue
        flat = math.hypot(step[0], step[1])
        along = step[:2] / flat if flat > 0 else np.array([1.0, 0.0])
        side = 0.5 * _WIDTH * size * np.array([-along[1], along[0], 0.0])
        pieces = max(1, math.ceil(np.linalg.norm(step) / (0.02 * size)))
        nodes = start + np.linspace(0, 1, pieces + 1)[:, None] * step
        found += [np.stack([p + side, q + side, q - side, p - side]) for p, q in pairwise(nodes)]
    return found
