"""Integrals over a box of the chart, by rules that converge exponentially for smooth densities."""

from math import isfinite
from typing import Any

import jax.numpy as jnp
import numpy as np

from riemlearn.chart import Axis

_POINTS = 2**16  # in all


def volume_by_quadrature(metric: Any) -> float:
    r"""Volume :math:`\int \sqrt{|g|}\,dx` of a bounded chart without a further region.

    Gauss-Legendre nodes on intervals, equidistant ones on circles; as accurate as the metric is smooth up to its ends,
    and as the floating-point type of JAX allows.

    Examples
    --------
    >>> import sympy as sp
    >>> from riemlearn import Metric, interval
    >>> r = sp.Symbol("r")
    >>> round(volume_by_quadrature(Metric.from_sympy([r], [[r**2]], domain={r: interval(0, 4)})), 12)
    8.0
    """
    count = round(_POINTS ** (1 / metric.dim)) if metric.dim > 1 else 256
    nodes, weights = zip(*(_rule(axis, min(count, 256)) for axis in metric.chart.axes), strict=True)
    points = np.stack(np.meshgrid(*nodes, indexing="ij"), axis=-1).reshape(-1, metric.dim)
    weight = np.prod(np.stack(np.meshgrid(*weights, indexing="ij")), axis=0).reshape(-1)
    density = metric.volume_density(jnp.asarray(points))
    return float(np.asarray(density, np.float64) @ weight)


def is_bounded(metric: Any) -> bool:
    """Whether the chart is a bounded box and nothing less."""
    return metric.chart.region is None and all(isfinite(axis.high - axis.low) for axis in metric.chart.axes)


def _rule(axis: Axis, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on one axis."""
    width = axis.high - axis.low
    if axis.kind == "periodic":
        return axis.low + width * np.arange(count) / count, np.full(count, width / count)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return axis.low + width * (nodes + 1) / 2, weights * width / 2
