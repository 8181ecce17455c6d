"""Integrals over a box of the chart, by rules that converge exponentially for smooth integrands."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from riemlearn.chart import Axis, Chart
from riemlearn.errors import ChartError, ShapeError

_POINTS = 2**16  # in all


def chart_quadrature(
    chart: Chart,
    points_per_axis: int | Sequence[int],
    box: tuple[Sequence[float], Sequence[float]] | None = None,
) -> tuple[Float[np.ndarray, "count n"], Float[np.ndarray, " count"]]:
    r"""Nodes and weights for :math:`\int f(x)\,dx^1 \cdots dx^n` over a chart; the volume density is no part of them.

    The trapezoidal rule on periodic axes, Gauss-Legendre on intervals, which needs no value at poles and ends: both
    converge faster than any power for a smooth integrand.

    Parameters
    ----------
    chart : Chart
        Its axes choose the rules.
    points_per_axis : int or sequence of int
        How many nodes along each axis.
    box : pair of sequences, optional
        Lower and upper corner of a box in the chart; periodic axes are always taken whole.

    Raises
    ------
    ChartError
        If an axis is unbounded, or the chart has a region, and no box is given.
    ShapeError
        If there are not as many numbers of points, or of corners, as axes.

    Examples
    --------
    The area of the sphere:

    >>> from riemlearn.manifolds import Sphere
    >>> nodes, weights = chart_quadrature(Sphere(2).chart, 16)
    >>> round(float(weights @ Sphere(2).metric.volume_density(nodes) / np.pi), 12)
    4.0
    """
    counts = [points_per_axis] * chart.dim if isinstance(points_per_axis, int) else list(points_per_axis)
    if len(counts) != chart.dim or any(c < 1 for c in counts):
        raise ShapeError(f"chart_quadrature: points_per_axis must be positive, one a coordinate, got {points_per_axis}")
    if box is None and chart.region is not None:
        raise ChartError(f"chart_quadrature: the chart is {chart.region.description}, not a box; give a box inside it")
    low, high = ([a.low for a in chart.axes], [a.high for a in chart.axes]) if box is None else box
    if len(low) != chart.dim or len(high) != chart.dim:
        raise ShapeError(f"chart_quadrature: the corners of the box must have {chart.dim} coordinates")
    rules = [
        _rule(name, axis, float(a), float(b), count)
        for name, axis, a, b, count in zip(chart.names, chart.axes, low, high, counts, strict=True)
    ]
    nodes = np.stack([m.ravel() for m in np.meshgrid(*(x for x, _ in rules), indexing="ij")], -1)
    weights = np.stack([m.ravel() for m in np.meshgrid(*(w for _, w in rules), indexing="ij")], -1)
    return nodes, np.prod(weights, axis=-1)


def _rule(name: str, axis: Axis, low: float, high: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of one axis."""
    if axis.kind == "periodic":
        period = axis.high - axis.low
        # half a step away from the ends, so that points of symmetry are no nodes of every rule
        return axis.low + period * (np.arange(count) + 0.5) / count, np.full(count, period / count)
    if not (isfinite(low) and isfinite(high)):
        raise ChartError(f"chart_quadrature: {name} runs over {axis}, which is not bounded; give a box")
    x, w = np.polynomial.legendre.leggauss(count)
    return (low + high) / 2 + (high - low) / 2 * x, (high - low) / 2 * w


def volume_by_quadrature(metric: Any) -> float:
    r"""Volume :math:`\int \sqrt{|g|}\,dx` of a bounded chart without a further region.

    As accurate as the metric is smooth up to the ends of its axes, and as the floating-point type of JAX allows.

    Examples
    --------
    >>> import sympy as sp
    >>> from riemlearn import Metric, interval
    >>> r = sp.Symbol("r")
    >>> round(volume_by_quadrature(Metric.from_sympy([r], [[r**2]], domain={r: interval(0, 4)})), 12)
    8.0
    """
    nodes, weights = chart_quadrature(metric.chart, min(round(_POINTS ** (1 / metric.dim)), 256))
    return float(np.asarray(metric.volume_density(jnp.asarray(nodes)), np.float64) @ weights)


def is_bounded(chart: Chart) -> bool:
    """Whether the chart is a bounded box and nothing less."""
    return chart.region is None and all(isfinite(axis.high - axis.low) for axis in chart.axes)
