"""What a picture is made of: sheets of points, their values, curves, points, arrows and a scale of colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsFloat

import numpy as np
from jaxtyping import Float, Int

from riemlearn.errors import NumericError, ShapeError
from riemlearn.plot.style import ARROWS, DIVERGING, INK, VIRIDIS

Colours = Literal["diverging", "sequential"]
Limits = Sequence[SupportsFloat]
"""A pair (low, high)."""


@dataclass(frozen=True)
class Sheet:
    """A grid of points in space, or in the plane of a chart.

    Parameters
    ----------
    points : array (m, n, 3) or (m, n, 2)
        Where the grid lies.
    coordinates : array (m, n, 2)
        The coordinates of each of its points.
    names : pair of str
        What the coordinates are called.
    """

    points: Float[np.ndarray, "m n d"]
    coordinates: Float[np.ndarray, "m n 2"]
    names: tuple[str, str]

    @property
    def flat(self) -> bool:
        """Whether it lies in a plane."""
        return self.points.shape[-1] == 2

    @property
    def box(self) -> Float[np.ndarray, "2 3"]:
        """The least and the largest x, y and z."""
        points = in_space(self.points).reshape(-1, 3)
        points = points[np.all(np.isfinite(points), axis=-1)]
        if not len(points):
            raise NumericError("there is nothing to draw: no point of the surface is finite")
        return np.stack([points.min(0), points.max(0)])

    @property
    def size(self) -> float:
        """The longest side of the box."""
        return float(np.max(np.ptp(self.box, axis=0))) or 1.0


@dataclass(frozen=True)
class Layer:
    """A function on a sheet: its values ``(m, n)``, and a title that tells it from others on the same sheet."""

    title: str
    values: Float[np.ndarray, "m n"]


@dataclass(frozen=True)
class Curve:
    """Points ``(k, d)`` joined by lines; at points that are not finite there is a gap."""

    points: Float[np.ndarray, "k d"]
    colour: str = INK


@dataclass(frozen=True)
class Dots:
    """Points ``(k, d)``, each with a label or none."""

    points: Float[np.ndarray, "k d"]
    labels: tuple[str, ...]
    colour: str = INK

    def balls(self, size: float) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "f 3"]]:
        """Vertices and triangles of a small ball at every point that is finite."""
        places = in_space(self.points)
        places = places[np.all(np.isfinite(places), axis=-1)]
        down, round_ = np.meshgrid(np.linspace(0, math.pi, 7), np.linspace(0, 2 * math.pi, 11), indexing="ij")
        ball = np.stack([np.sin(down) * np.cos(round_), np.sin(down) * np.sin(round_), np.cos(down)], axis=-1)
        vertices = places[:, None] + 0.015 * size * ball.reshape(-1, 3)
        corner = np.arange(7 * 11).reshape(7, 11)
        a, b, c, d = (x.ravel() for x in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
        faces = np.concatenate([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)])
        shifted = faces + 77 * np.arange(len(places))[:, None, None]
        return vertices.reshape(-1, 3), shifted.reshape(-1, 3)


@dataclass(frozen=True)
class Arrows:
    """Arrows from ``feet`` to ``feet + vectors``, both ``(k, d)``."""

    feet: Float[np.ndarray, "k d"]
    vectors: Float[np.ndarray, "k d"]
    colour: str = ARROWS

    def heads(self, size: float) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "f 3"]]:
        """Vertices and triangles of a cone at the tip of every arrow, no longer than a part of the picture's size."""
        feet, vectors = in_space(self.feet), in_space(self.vectors)
        length = np.linalg.norm(vectors, axis=-1, keepdims=True)
        drawn = np.isfinite(length[:, 0]) & (length[:, 0] > 0)
        feet, vectors, length = feet[drawn], vectors[drawn], length[drawn]
        along = vectors / length
        least = np.eye(3)[np.argmin(np.abs(along), axis=-1)]  # the axis that is farthest from the arrow
        across = np.cross(along, least)
        across /= np.linalg.norm(across, axis=-1, keepdims=True)
        height = np.minimum(0.4 * length, 0.06 * size)[:, None]
        turn = np.linspace(0, 2 * math.pi, 12, endpoint=False)[:, None]
        rim = np.cos(turn) * across[:, None] + np.sin(turn) * np.cross(along, across)[:, None]
        tip = (feet + vectors)[:, None]
        vertices = np.concatenate([tip, tip - height * along[:, None] + 0.36 * height * rim], axis=1)
        i = np.arange(12)
        side = np.stack([np.zeros_like(i), 1 + i, 1 + (i + 1) % 12], axis=-1)
        faces = side[None] + 13 * np.arange(len(feet))[:, None, None]
        return vertices.reshape(-1, 3), faces.reshape(-1, 3)


@dataclass(frozen=True)
class Scale:
    """From a value to a colour.

    Parameters
    ----------
    low, high : float
        The values at the ends of the colours.
    label : str
        What the values are.
    colours : {"diverging", "sequential"}
        Blue, white at zero and red for values with a sign; dark to light for others.
    beyond : pair of bool
        Whether there are values below and above the ends; they have the colours of the ends.
    """

    low: float
    high: float
    label: str
    colours: Colours = "diverging"
    beyond: tuple[bool, bool] = field(default=(False, False))

    @classmethod
    def of(cls, layers: Sequence[Layer], label: str, colours: Colours, limits: Limits | None = None) -> "Scale":
        """The scale that holds all values; a diverging one has zero in its middle, whatever the values are.

        Raises
        ------
        NumericError
            If no value is finite.
        ShapeError
            If the limits are not ascending, or a diverging scale would not have zero in its middle.
        """
        found = np.concatenate([layer.values[np.isfinite(layer.values)] for layer in layers])
        if not len(found):
            raise NumericError(f"there is nothing to draw: no value of {label or 'the field'} is finite")
        low, high = float(found.min()), float(found.max())
        if limits is None:
            ends = _own_limits(low, high, colours)
        else:
            ends = float(limits[0]), float(limits[1])
            if not ends[0] < ends[1]:
                raise ShapeError(f"limits must be a pair (low, high) with low < high, got {limits}")
            if colours == "diverging" and ends[0] != -ends[1]:
                raise ShapeError(f"limits of diverging colours must be (-a, a), so that zero is white, got {limits}")
        slack = 1e-6 * (ends[1] - ends[0])
        return cls(*ends, label, colours, (low < ends[0] - slack, high > ends[1] + slack))

    @property
    def stops(self) -> tuple[str, ...]:
        """The colours, evenly spaced, as hexadecimal numbers."""
        return DIVERGING if self.colours == "diverging" else VIRIDIS


def _own_limits(low: float, high: float, colours: Colours) -> tuple[float, float]:
    """Ends that hold all values and are not equal."""
    if colours == "diverging":
        end = max(abs(low), abs(high)) or 1.0
        return -end, end
    if high - low > 1e-6 * max(abs(low), abs(high)):
        return low, high
    half = 0.5 * (abs(high) or 1.0)  # one value only: it gets the colour in the middle
    return low - half, high + half


@dataclass(frozen=True)
class Camera:
    """From where a surface is seen, without perspective: angles in degrees as matplotlib counts them."""

    azimuth: float = -60.0
    elevation: float = 30.0

    @property
    def axes(self) -> Float[np.ndarray, "3 3"]:
        """Rows: to the right, upwards, and towards the viewer."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        towards = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
        right = np.array([-math.sin(a), math.cos(a), 0.0])
        return np.stack([right, np.cross(towards, right), towards])


def in_space(points: Any) -> Float[np.ndarray, "*batch 3"]:
    """Points of a plane as points of space with z = 0; those of space as they are."""
    array = np.asarray(points, dtype=float)
    return array if array.shape[-1] == 3 else np.concatenate([array, np.zeros_like(array[..., :1])], axis=-1)
