"""Where to look at a chart: a bounded box in it, and random points of that box."""

import math
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.errors import ChartError

Box = tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]

_MARGIN = 0.1  # of an interval, on each side


def interior_box(chart: Chart) -> Box:
    """A box inside the domains of the coordinates: periods whole, intervals but a tenth on each side.

    Of a line it takes (-1.5, 1.5), of a half-line what is between 0.5 and 2 from its end.

    Examples
    --------
    >>> from riemlearn.chart import interval
    >>> [corner.tolist() for corner in interior_box(Chart(("x", "y"), (interval(0), interval(0, 10))))]
    [[0.5, 1.0], [2.0, 9.0]]
    """
    corners = []
    for axis in chart.axes:
        low, high = axis.low, axis.high
        if axis.kind == "periodic":
            corners.append((low, high))
        elif math.isfinite(low) and math.isfinite(high):
            corners.append((low + _MARGIN * (high - low), high - _MARGIN * (high - low)))
        elif math.isfinite(low):
            corners.append((low + 0.5, low + 2.0))
        elif math.isfinite(high):
            corners.append((high - 2.0, high - 0.5))
        else:
            corners.append((-1.5, 1.5))
    low, high = np.array(corners, np.float64).T
    return low, high


def random_points(key: PRNGKeyArray, chart: Chart, count: int, box: Box) -> Float[np.ndarray, "count n"]:
    """Points of the chart, uniform in a box of its coordinates.

    Raises
    ------
    ChartError
        If hardly any point of the box is in the chart.
    """
    low, high = box
    kept = np.empty((0, chart.dim))
    for round_key in jax.random.split(key, 20):
        draws = np.asarray(jax.random.uniform(round_key, (max(count, 16), chart.dim), np.float64, low, high))
        kept = np.concatenate([kept, draws[np.asarray(inside(chart, draws))]])
        if len(kept) >= count:
            return kept[:count]
    raise ChartError(
        f"of 20 times {max(count, 16)} points of the box from {low.tolist()} to {high.tolist()} only {len(kept)} "
        f"are in the chart of {chart.names}"
    )


def inside(chart: Chart, x: Any) -> Any:
    """Whether points are finite and in the chart."""
    return np.all(np.isfinite(x), axis=-1) & np.asarray(chart.contains(np.asarray(x)), bool)
