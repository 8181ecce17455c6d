"""Picture: a scene as plain data that draws itself, interactive and static."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, SupportsFloat

import numpy as np

from riemlearn.errors import MissingExtra, ShapeError, require
from riemlearn.io import replacing, writing
from riemlearn.plot import interactive, notebook, painter, style
from riemlearn.plot.sampling import lifted, pushed
from riemlearn.plot.scene import Arrows, Camera, Curve, Dots, Layer, Scale, Sheet


@dataclass(frozen=True)
class Picture:
    """A surface in space, or a chart in the plane, coloured by functions on it, with curves, points and arrows.

    Made by :func:`riemlearn.plot.surface` and its neighbours.  In a notebook a surface shows itself as an interactive
    figure with a static one behind it, which is drawn from the same numbers, with the same colours, from the same
    side.  Pictures do not change: each ``with_...`` returns another one.

    Attributes
    ----------
    sheet : Sheet
        The grid of points.
    layers : tuple of Layer
        The functions on it: one, or several that a slider chooses from, and that stand side by side in the static
        picture.
    scale : Scale
        From values to colours, the same for all layers.
    marks : tuple of Curve, Dots or Arrows
        What is drawn upon the sheet.
    title : str
        What stands above.
    notes : tuple of str
        What the reader must know, such as where values are missing.
    camera : Camera
        From where it is seen.
    immersion : callable or None
        From coordinates ``(n,)`` to the space of the picture, if it is known.
    """

    sheet: Sheet
    layers: tuple[Layer, ...]
    scale: Scale
    marks: tuple[Any, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    camera: Camera = field(default_factory=Camera)
    immersion: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        shape = self.sheet.points.shape[:2]
        for layer in self.layers:
            if layer.values.shape != shape:
                raise ShapeError(f"the values of {layer.title!r} have shape {layer.values.shape}, the points {shape}")
        if not self.layers:
            raise ShapeError("a picture needs at least one layer of values")

    # -- more upon it ----------------------------------------------------------------------------------------------

    def with_curves(self, curves: Any, colour: str = style.INK) -> "Picture":
        """Add curves, each an array ``(k, 2)`` of chart coordinates or ``(k, 3)`` of points in space.

        Raises
        ------
        ShapeError
            If a curve has another shape, or the picture knows no chart.
        """
        if getattr(curves, "ndim", 0) == 2:  # one curve alone
            curves = [curves]
        drawn = [Curve(self._place(curve, "a curve"), colour) for curve in curves]
        missing = sum(int(np.sum(~np.all(np.isfinite(curve.points), axis=-1))) for curve in drawn)
        total = sum(len(curve.points) for curve in drawn)
        return self._with(drawn, f"{missing} of {total} points of the curves are not finite and are left out", missing)

    def with_points(self, points: Any, labels: Sequence[str] = (), colour: str = style.INK) -> "Picture":
        """Add points ``(k, 2)`` in chart coordinates or ``(k, 3)`` in space, each with a label if there are labels.

        Raises
        ------
        ShapeError
            If the points have another shape, or there are not as many labels as points.
        """
        places = self._place(np.atleast_2d(np.asarray(points, dtype=float)), "points")
        names = tuple(labels) or ("",) * len(places)
        if len(names) != len(places):
            raise ShapeError(f"there are {len(places)} points but {len(names)} labels")
        missing = int(np.sum(~np.all(np.isfinite(places), axis=-1)))
        note = f"{missing} of {len(places)} points are not finite and are left out"
        return self._with([Dots(places, names, colour)], note, missing)

    def with_vectors(self, x: Any, v: Any, scale: SupportsFloat = 1.0, colour: str = style.ARROWS) -> "Picture":
        r"""Add tangent vectors as arrows.

        Parameters
        ----------
        x, v : array-like of shape (k, 2)
            Points and components in the coordinates of the chart; the arrow is :math:`J v`, with the Jacobian of the
            immersion at x.  Of shape (k, 3) they are points and vectors of space.
        scale : float, optional
            Factor of the length of all arrows.

        Raises
        ------
        ShapeError
            If the shapes do not fit, or the picture knows no chart.
        """
        feet, along = np.atleast_2d(np.asarray(x, dtype=float)), np.atleast_2d(np.asarray(v, dtype=float))
        if feet.shape[-1] != along.shape[-1] or len(along) not in (1, len(feet)):
            raise ShapeError(f"with_vectors: v has shape {np.shape(v)}, which does not fit x of shape {np.shape(x)}")
        along = np.broadcast_to(along, feet.shape)
        places = self._place(feet, "x")
        if self.immersion is not None and feet.shape[-1] == 2:
            along = pushed(self.immersion, feet, along)
        missing = int(np.sum(~np.all(np.isfinite(places) & np.isfinite(along), axis=-1)))
        note = f"{missing} of {len(places)} arrows are not finite and are left out"
        return self._with([Arrows(places, float(scale) * along, colour)], note, missing)

    def seen_from(self, azimuth: SupportsFloat, elevation: SupportsFloat) -> "Picture":
        """The same from another side; angles in degrees, elevation 90 is from above."""
        return replace(self, camera=Camera(float(azimuth), float(elevation)))

    def _with(self, marks: Sequence[Any], note: str, missing: int) -> "Picture":
        return replace(self, marks=(*self.marks, *marks), notes=(*self.notes, note) if missing else self.notes)

    def _place(self, points: Any, name: str) -> Any:
        """Points in the space of the picture."""
        array = np.asarray(points, dtype=float)
        size = self.sheet.points.shape[-1]
        if array.ndim == 2 and array.shape[-1] == 2 and self.immersion is not None:
            return lifted(self.immersion, array)
        if array.ndim == 2 and array.shape[-1] == size:
            return array
        known = "(k, 2) in the coordinates of the chart" if self.immersion is not None else ""
        in_space = "(k, 3) in space" if size == 3 else ""
        expected = " or ".join(filter(None, [known, in_space])) or "(k, 2)"
        raise ShapeError(f"{name} must have shape {expected}, got {array.shape}")

    # -- as matplotlib draws it ------------------------------------------------------------------------------------

    def figure(self) -> Any:
        """Return the static picture as a matplotlib figure.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        return painter.paint(*self._scene)

    @cached_property
    def _still(self) -> bytes:
        return style.png(self.figure(), smooth=2)

    def _repr_png_(self) -> bytes | None:
        try:
            return self._still
        except MissingExtra:  # then the interactive figure stands alone
            return None

    def png(self, path: str | os.PathLike[str]) -> Path:
        """Write the static picture; the file appears complete or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _write(path, self._still)

    # -- as plotly draws it ----------------------------------------------------------------------------------------

    def plotly(self) -> Any:
        """Return the interactive figure as a ``plotly.graph_objects.Figure``, to be changed at will.

        Raises
        ------
        MissingExtra
            If plotly is not installed.
        ShapeError
            If the picture is flat.
        """
        if self.sheet.flat:
            raise ShapeError("a picture of a chart is flat, and only drawn by matplotlib; take figure()")
        return require("plotly.graph_objects", "plot").Figure(interactive.figure(*self._scene))

    def _repr_html_(self) -> str:
        if self.sheet.flat:
            return notebook.still_html(self._still, self._alt)
        try:
            carried = notebook.carried_plotly()
        except MissingExtra:
            return notebook.still_html(self._still, self._alt)
        return carried + self._figure_html()

    def html(self, path: str | os.PathLike[str]) -> Path:
        """Write the interactive figure as one file that needs nothing but itself; a flat picture is static.

        Raises
        ------
        MissingExtra
            If plotly is not installed.
        OutputError
            If the file cannot be written.
        """
        flat = self.sheet.flat
        body = notebook.still_html(self._still, self._alt) if flat else self._figure_html()
        return _write(path, notebook.whole_page(self.title or self._alt, body, with_plotly=not flat).encode())

    def _figure_html(self) -> str:
        try:
            still = self._still
        except MissingExtra:
            still = None
        return notebook.figure_html(interactive.figure(*self._scene), still, self._alt)

    @property
    def _scene(self) -> tuple[Any, ...]:
        return self.sheet, self.layers, self.scale, self.marks, self.camera, self.title, self.notes

    @property
    def _alt(self) -> str:
        what = "chart" if self.sheet.flat else "surface"
        return f"{self.title or 'a ' + what}, coloured by {self.scale.label or 'its values'}"

    def __repr__(self) -> str:
        m, n, _ = self.sheet.points.shape
        kind = "chart" if self.sheet.flat else "surface"
        layers = "" if len(self.layers) == 1 else f", {len(self.layers)} layers"
        kinds = [type(mark).__name__.lower() for mark in self.marks]
        marks = f", with {', '.join(dict.fromkeys(kinds))}" if kinds else ""
        notes = "".join(f"; {note}" for note in self.notes)
        span = f"from {self.scale.low:.4g} to {self.scale.high:.4g}"
        return f"Picture of a {kind} of {m} x {n} points{layers}, {self.scale.label or 'values'} {span}{marks}{notes}"


def _write(path: str | os.PathLike[str], data: bytes) -> Path:
    target = Path(path)
    with writing(f"the picture {target}"), replacing(target) as stream:
        stream.write(data)
    return target
