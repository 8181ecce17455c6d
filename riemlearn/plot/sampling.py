"""Grids on a chart with two coordinates, and the values of maps and fields at their points."""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, SupportsFloat

import numpy as np
from jaxtyping import Bool, Float

from riemlearn.chart import Axis, Chart
from riemlearn.errors import ShapeError, SymbolError

_CELLS = 120
# How far from the end of an axis, in cells: fields are taken there, because coordinates are singular at the end, and
# the ring around a pole is drawn there, less than a pixel wide, because a point has no normal that could be lit.
_FIELD_INSET, _POLE_INSET = 0.3, 0.08

Window = Mapping[str, Sequence[SupportsFloat]]
"""From the name of a coordinate to the interval to draw."""


class Grid(NamedTuple):
    """Points of a chart, ``(m, n, 2)``.

    ``drawn`` reaches poles and boundaries, so that the surface closes there; ``inside`` stops a little before them,
    where fields have values in these coordinates.  ``known`` says which points belong to the chart.
    """

    drawn: Float[np.ndarray, "m n 2"]
    inside: Float[np.ndarray, "m n 2"]
    known: Bool[np.ndarray, "m n"]


def chart_grid(chart: Chart, patch: Any, window: Window | None, resolution: Sequence[int] | None) -> Grid:
    """The grid on which a chart is drawn.

    Circles are gone round once, intervals from end to end; where an end is infinite the patch of the manifold says
    where to stop, or the window.

    Parameters
    ----------
    chart : Chart
        With two coordinates.
    patch : pair of points, or None
        Low and high corner of a box of the chart.
    window : mapping, optional
        From the name of a coordinate to the interval to draw.
    resolution : pair of int, optional
        Numbers of points along the two coordinates.

    Raises
    ------
    ShapeError
        If the dimension is not 2, the resolution too small, or an infinite axis has no window.
    SymbolError
        If the window names an unknown coordinate.
    """
    if chart.dim != 2:
        raise ShapeError(f"only charts with 2 coordinates can be drawn, this one has {chart.dim}: {chart.names}")
    window = window or {}
    unknown = sorted(set(window) - set(chart.names))
    if unknown:
        raise SymbolError(f"window: {', '.join(unknown)} is not a coordinate; the coordinates are {chart.names}")
    counts = resolution or _counts(chart, window)
    if len(counts) != 2 or min(counts) < 2:
        raise ShapeError(f"resolution must be two numbers of at least 2, got {counts}")
    lines = [
        _line(name, axis, None if patch is None else (float(patch[0][i]), float(patch[1][i])), window.get(name), count)
        for i, (name, axis, count) in enumerate(zip(chart.names, chart.axes, counts, strict=True))
    ]
    drawn, inside = (np.stack(np.meshgrid(*pair, indexing="ij"), axis=-1) for pair in zip(*lines, strict=True))
    return Grid(drawn, inside, np.broadcast_to(np.asarray(chart.contains(inside)), inside.shape[:2]))


def _counts(chart: Chart, window: Window) -> tuple[int, int]:
    """Twice as many points round a circle as along an interval; about the same number of points for every chart."""
    round_, other = (axis.kind == "periodic" for axis in chart.axes)
    if round_ == other:
        side = int(_CELLS * math.sqrt(2)) + 1
        return side, side
    return (2 * _CELLS + 1, _CELLS + 1) if round_ else (_CELLS + 1, 2 * _CELLS + 1)


def _line(name: str, axis: Axis, patch: tuple[float, float] | None, window: Any, count: int) -> tuple[Any, Any]:
    """Values of one coordinate: to be drawn, and those where fields are taken."""
    if axis.kind == "periodic":
        low, high = window or (axis.low, axis.high)
        line = np.linspace(low, high, count)
        return line, line
    low, high = axis.low, axis.high
    if window is not None:
        low, high = max(low, float(window[0])), min(high, float(window[1]))
    elif patch is not None:
        low, high = (low if math.isfinite(low) else patch[0]), (high if math.isfinite(high) else patch[1])
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ShapeError(
            f"the coordinate {name} goes from {low:g} to {high:g}: say where to stop, "
            f"such as window={{{name!r}: (-1, 1)}}"
        )
    if not low < high:
        raise ShapeError(f"window: {name} from {window} leaves nothing of {axis}")
    cell = (high - low) / (count - 1)
    inset = {"pole": _POLE_INSET, "boundary": 0.0, "open": _FIELD_INSET}  # the map may be infinite at an open end
    ends = [(low, axis.low, axis.ends[0], cell), (high, axis.high, axis.ends[1], -cell)]
    drawn = [at + inset[kind] * step if at == end else at for at, end, kind, step in ends]
    inside = [at + _FIELD_INSET * step if at == end else at for at, end, _, step in ends]
    line = np.linspace(drawn[0], drawn[1], count)
    return line, np.clip(line, inside[0], inside[1])


def lifted(immersion: Callable[..., Any], x: Any) -> Any:
    """Images of points ``(..., n)`` under a map of one point."""
    import jax.numpy as jnp

    return np.asarray(jnp.vectorize(immersion, signature="(n)->(d)")(jnp.asarray(x, float)), dtype=float)


def pushed(immersion: Callable[..., Any], x: Any, v: Any) -> Any:
    """Images of tangent vectors v at points x, both ``(k, n)``, under the derivative of a map of one point."""
    import jax
    import jax.numpy as jnp

    push = jax.vmap(lambda point, along: jax.jvp(immersion, (point,), (along,))[1])
    return np.asarray(push(jnp.asarray(x, float), jnp.asarray(v, float)), dtype=float)


def output_shape(function: Callable[..., Any], dim: int) -> tuple[int, ...]:
    """Shape of what a function returns for one point."""
    import jax
    import jax.numpy as jnp

    return jax.eval_shape(function, jax.ShapeDtypeStruct((dim,), jnp.result_type(float))).shape


def on_grid(evaluate: Callable[[Any], Any], grid: Grid) -> Float[np.ndarray, "m n"]:
    """Values of a function of points ``(k, 2)`` where the grid lies in the chart, NaN elsewhere."""
    import jax.numpy as jnp

    values = np.full(grid.known.shape, np.nan)
    if np.any(grid.known):
        values[grid.known] = np.asarray(evaluate(jnp.asarray(grid.inside[grid.known])))
    return values


def field_values(field: Any, grid: Grid) -> Float[np.ndarray, "m n"]:
    """Values of a scalar field on a grid: of a tensor field without indices, a function of one point, or an array.

    A tensor field is NaN where it fails.

    Raises
    ------
    ShapeError
        If the field is not a scalar, or the array has not the shape of the grid.
    """
    import jax.numpy as jnp

    if hasattr(field, "checked"):
        if getattr(field, "rank", 0):
            raise ShapeError(f"only a scalar can colour a surface, but the field has {field.rank} indices: {field!r}")
        return on_grid(lambda x: field.checked(x)[0], grid)
    if callable(field):
        shape = output_shape(field, 2)
        if shape != ():
            raise ShapeError(
                f"the field must return a number, shape (), for one point of shape (2,), got shape {shape}"
            )
        return on_grid(jnp.vectorize(field, signature="(n)->()"), grid)
    values = np.asarray(field, dtype=float)
    if values.shape != grid.known.shape:
        raise ShapeError(
            f"the field has shape {values.shape}, but the grid has {grid.known.shape}; "
            "riemlearn.plot.grid gives the points whose values are wanted"
        )
    return np.where(grid.known, values, np.nan)


def letter(name: str) -> str:
    """A coordinate's name with the Greek letter that it spells, if it does.

    Examples
    --------
    >>> letter("theta1"), letter("x1")
    ('θ1', 'x1')
    """
    word = name.rstrip("0123456789_")
    spelled = {"lambda": "lamda"}.get(word, word)
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {spelled.upper()}") + name[len(word) :]
    except KeyError:
        return name
