"""A scene as the plain dictionary that plotly.js draws; nothing here needs plotly itself."""

import math
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from riemlearn.plot.scene import Arrows, Camera, Curve, Dots, Layer, Scale, Sheet, in_space
from riemlearn.plot.style import INK, QUIET

# From the upper left, beside the viewer: in clip space, where the depth counts five hundred times as much as the rest.
_LIGHT = {"x": -3000, "y": 1000, "z": -19}
_NODES = 7000  # of a grid: enough to look smooth, few enough for a small file
_DIGITS = 5
_OFF = 0.006  # of the size: more than a smooth surface bulges out of a cell, less than the width of a line


def figure(
    sheet: Sheet,
    layers: Sequence[Layer],
    scale: Scale,
    marks: Sequence[Any],
    camera: Camera,
    title: str = "",
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Data, layout and frames of an interactive figure; all texts are escaped, because plotly reads them as markup.

    Every layer is a frame, which a slider chooses.  The surface is the first trace; ``meta`` of the layout has what
    the page makes its hover texts from.
    """
    rows, columns = _thinned(*sheet.points.shape[:2])
    grid = np.ix_(rows, columns)
    points, size = sheet.points[grid], sheet.size
    # a cell that is not drawn in one picture is not drawn in the other: the height has the gaps of all layers
    known = np.all([np.isfinite(layer.values[grid]) for layer in layers], axis=0)
    digits = _DIGITS - 1 - math.floor(math.log10(size))
    x, y, z = (_numbers(np.where(known, points[..., i], np.nan), digits) for i in range(3))
    values = [[_significant(row) for row in layer.values[grid]] for layer in layers]
    surface = {
        "type": "surface",
        "x": x,
        "y": y,
        "z": z,
        "surfacecolor": values[0],
        "cmin": scale.low,
        "cmax": scale.high,
        "colorscale": [[i / (len(scale.stops) - 1), stop] for i, stop in enumerate(scale.stops)],
        "colorbar": {"title": {"text": escape(scale.label), "side": "right"}, "len": 0.75, "thickness": 14, "x": 1.0},
        "hoverinfo": "text",
        "contours": {axis: {"highlight": False} for axis in "xyz"},
        "lighting": {"ambient": 0.68, "diffuse": 0.32, "specular": 0.0, "roughness": 0.9, "fresnel": 0.0},
        "lightposition": _LIGHT,
    }
    found: dict[str, Any] = {
        "data": [surface, *(trace for mark in marks for trace in _traces(_freed(mark, points, size), size, digits))],
        "layout": _layout(sheet, camera, title or (layers[0].title if len(layers) == 1 else ""), notes),
        "frames": [],
    }
    found["layout"]["meta"] = {
        "names": [escape(name) for name in sheet.names],
        "label": escape(scale.label or "value"),
        "coordinates": [_significant(sheet.coordinates[rows, 0, 0]), _significant(sheet.coordinates[0, columns, 1])],
    }
    found["layout"]["scene"]["annotations"] = [label for mark in marks for label in _labels(mark)]
    if len(layers) > 1:
        found["frames"] = [
            {"name": str(i), "data": [{"type": "surface", "surfacecolor": found_values}], "traces": [0]}
            for i, found_values in enumerate(values)
        ]
        found["layout"]["sliders"] = [_slider(layers)]
        found["layout"]["margin"]["r"] = 92  # with a slider, plotly makes too little room for the bar
    return found


def _layout(sheet: Sheet, camera: Camera, title: str, notes: Sequence[str]) -> dict[str, Any]:
    """Equal scales along the axes, no box around them, and the camera of the static picture."""
    low, high = sheet.box
    middle, half = (low + high) / 2, 0.52 * sheet.size
    hidden = {"visible": False, "showspikes": False}
    steep = abs(camera.elevation) > 80  # seen from above, upwards is not up
    eye = 1.9 * camera.axes[2]
    # the scene turns about the middle of its box, so that this has to stay in the middle of the window
    seen = ((in_space(sheet.points) - middle) @ camera.axes.T).reshape(-1, 3) / sheet.size
    width, height = 2 * np.nanmax(np.abs(seen[:, :2]), axis=0)
    ratio = min(1.9 / max(height, 1e-3), 2.5 / max(width, 1e-3), 2.6)
    return {
        "scene": {
            **{
                f"{n}axis": {**hidden, "range": [m - half, m + half]}
                for n, m in zip("xyz", middle.tolist(), strict=True)
            },
            "aspectmode": "manual",
            "aspectratio": dict.fromkeys("xyz", ratio),
            "camera": {
                "eye": dict(zip("xyz", eye.tolist(), strict=True)),
                "up": dict(zip("xyz", (camera.axes[1] if steep else np.eye(3)[2]).tolist(), strict=True)),
                "projection": {"type": "orthographic"},
            },
            "dragmode": "orbit" if steep else "turntable",
        },
        "title": {"text": escape(title), "x": 0.5, "font": {"size": 15}},
        "font": {"family": "DejaVu Sans, Arial, sans-serif", "size": 12, "color": INK},
        "margin": {"l": 0, "r": 0, "t": (40 if title else 26) + 16 * len(notes), "b": 10},
        "annotations": [_note(note, i, len(notes)) for i, note in enumerate(notes)],
        "paper_bgcolor": "white",
        "showlegend": False,
    }


def _note(text: str, line: int, lines: int) -> dict[str, Any]:
    """A line between the title and the scene; below is the place of the slider."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 1, "yanchor": "bottom", "yshift": 16 * (lines - 1 - line)}
    return {"text": escape(text), "showarrow": False, "font": {"size": 11, "color": QUIET}, **place}


def _slider(layers: Sequence[Layer]) -> dict[str, Any]:
    """A slider with a step for each layer."""
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [
        {"label": escape(layer.title), "method": "animate", "args": [[str(i)], at_once]}
        for i, layer in enumerate(layers)
    ]
    look = {"x": 0.06, "len": 0.88, "pad": {"t": 4, "b": 8}, "font": {"color": INK}, "tickcolor": QUIET}
    return {"active": 0, "steps": steps, "currentvalue": {"font": {"size": 14}, "xanchor": "center"}, **look}


def _freed(mark: Any, nodes: Any, size: float) -> Any:
    """A curve on the surface twice, a little off it on either side, because the flat cells between nodes cut into it.

    The side that is seen hides the other.  Pieces that are not on the surface stay where they are.
    """
    if not isinstance(mark, Curve):
        return mark
    normal = np.cross(np.gradient(nodes, axis=0), np.gradient(nodes, axis=1))
    with np.errstate(invalid="ignore"):
        normal = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    smooth = np.all(np.isfinite(nodes) & np.isfinite(normal), axis=-1)
    points = in_space(mark.points)
    drawn = np.all(np.isfinite(points), axis=-1)
    if not (np.any(smooth) and np.any(drawn)):
        return mark
    edges = [np.linalg.norm(np.diff(nodes, axis=axis), axis=-1) for axis in (0, 1)]
    cell = max(float(np.max(edge[np.isfinite(edge)], initial=0.0)) for edge in edges)
    far, nearest = KDTree(nodes[smooth]).query(points[drawn])
    off = np.zeros_like(points)
    off[drawn] = _OFF * size * np.where(far[:, None] <= cell, normal[smooth][nearest], 0.0)
    return replace(mark, points=np.concatenate([points + off, np.full((1, 3), np.nan), points - off]))


def _traces(mark: Any, size: float, digits: int) -> list[dict[str, Any]]:
    """The traces of a curve, of points, or of arrows."""
    if isinstance(mark, Curve):
        return [_line(mark.points, mark.colour, digits)]
    if isinstance(mark, Arrows):
        feet, tips = in_space(mark.feet), in_space(mark.feet) + 0.85 * in_space(mark.vectors)
        shafts = np.stack([feet, tips, np.full_like(feet, np.nan)], axis=1).reshape(-1, 3)
        return [_line(shafts, mark.colour, digits), _mesh(mark.heads(size), mark.colour, digits)]
    return [_mesh(mark.balls(size), mark.colour, digits)]


def _labels(mark: Any) -> list[dict[str, Any]]:
    """The labels of points, above them and before everything else."""
    look = {"showarrow": False, "yshift": 15, "bgcolor": "rgba(255,255,255,0.7)", "font": {"size": 13, "color": INK}}
    if not isinstance(mark, Dots):
        return []
    places = zip(in_space(mark.points).tolist(), mark.labels, strict=True)
    return [
        {**dict(zip("xyz", place, strict=True)), "text": escape(label), **look}
        for place, label in places
        if label and np.all(np.isfinite(place))
    ]


def _columns(points: Any, digits: int) -> dict[str, Any]:
    """Points ``(k, d)`` as the three lists that plotly takes."""
    return {axis: _numbers(column, digits) for axis, column in zip("xyz", in_space(points).T, strict=True)}


def _mesh(triangles: tuple[Any, Any], colour: str, digits: int) -> dict[str, Any]:
    """Triangles in one colour without shades."""
    vertices, faces = triangles
    corners = dict(zip("ijk", faces.T.tolist(), strict=True))
    light = {"ambient": 1.0, "diffuse": 0.0, "specular": 0.0}
    return {
        "type": "mesh3d",
        "color": colour,
        "hoverinfo": "skip",
        "lighting": light,
        **_columns(vertices, digits),
        **corners,
    }


def _line(points: Any, colour: str, digits: int) -> dict[str, Any]:
    """A line in space, with gaps at points that are not finite."""
    line = {"type": "scatter3d", "mode": "lines", "line": {"color": colour, "width": 8}, "hoverinfo": "skip"}
    return {**line, **_columns(points, digits), "connectgaps": False}


def _thinned(m: int, n: int) -> tuple[Any, Any]:
    """Rows and columns that remain, the first and the last among them."""
    stride = max(1.0, math.sqrt(m * n / _NODES))
    kept = (max(2, round((count - 1) / stride) + 1) for count in (m, n))
    rows, columns = (np.linspace(0, c - 1, k).round().astype(int) for c, k in zip((m, n), kept, strict=True))
    return rows, columns


def _numbers(values: Any, digits: int) -> list[Any]:
    """Nested lists of numbers rounded to decimal places; what is not finite becomes None."""
    rounded = np.round(np.asarray(values, dtype=float), digits) + 0.0  # never -0.0
    found = rounded.astype(object)
    found[~np.isfinite(rounded)] = None
    return found.tolist()


def _significant(row: Any) -> list[Any]:
    """A row of numbers of five significant digits; what is not finite becomes None."""
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in np.asarray(row, dtype=float)]
