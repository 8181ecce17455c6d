r"""What a heat kernel must be: symmetric, positive, of mass one, a semigroup, and a solution of the heat equation.

A kernel is any callable ``kernel(t, x, y)`` on a time and points of shape ``(points, n)``, such as a
:class:`~riemlearn.HeatKernel`; a volume is a quadrature whose weights include :math:`\sqrt{|g|}`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float

from riemlearn.connection import Connection
from riemlearn.tensor_field import PointsLike
from riemlearn.testing.differences import SECOND_STEP, around, axes_and_diagonals, first, second, step_lengths

Kernel = Callable[[Any, Any, Any], Any]


def kernel_symmetry(kernel: Kernel, t: ArrayLike, x: PointsLike, y: PointsLike) -> float:
    r"""Error of :math:`K_t(x, y) = K_t(y, x)`, relative to :math:`|K|`.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> kernel_symmetry(Sphere(2).heat_kernel, 0.5, [[0.4, 1.0]], [[2.0, 5.0]]) < 1e-14
    True
    """
    there, back = _values(kernel(t, x, y)), _values(kernel(t, y, x))
    return float(np.max(np.abs(there - back) / _nonzero(np.maximum(np.abs(there), np.abs(back)))))


def positivity(kernel: Kernel, t: ArrayLike, x: PointsLike, y: PointsLike) -> float:
    r"""By how much :math:`K_t(x, y) > 0` is missed: the most negative value, relative to the largest; 1 if all are 0.

    Examples
    --------
    >>> positivity(lambda t, x, y: np.array([1.0, -0.5]), 1.0, np.zeros((2, 1)), np.zeros((2, 1)))
    0.5
    """
    values = _values(kernel(t, x, y))
    largest = np.max(np.abs(values))
    return 1.0 if largest == 0 else float(max(0.0, -np.min(values) / largest)) if np.isfinite(largest) else np.nan


def mass(
    kernel: Kernel,
    t: ArrayLike,
    x: Float[np.ndarray, " n"],
    nodes: Float[np.ndarray, "count n"],
    volume: Float[np.ndarray, " count"],
) -> float:
    r"""Error of :math:`\int K_t(x, z)\,d\mathrm{vol}(z) = 1`, which holds on complete manifolds of bounded curvature.

    Parameters
    ----------
    kernel : callable
        ``kernel(t, x, y)``.
    t : float
        Time.
    x : array of shape (n,)
        The point.
    nodes, volume : arrays of shape (count, n) and (count,)
        Quadrature over the whole manifold, with the volume density in its weights.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> from riemlearn.testing import chart_quadrature
    >>> sphere = Sphere(2)
    >>> nodes, weights = chart_quadrature(sphere.chart, 24)
    >>> volume = weights * np.asarray(sphere.metric.volume_density(nodes))
    >>> mass(sphere.heat_kernel, 0.5, np.array([0.4, 1.0]), nodes, volume) < 1e-12
    True
    """
    return abs(float(volume @ _values(kernel(t, np.broadcast_to(x, nodes.shape), nodes))) - 1)


def semigroup(
    kernel: Kernel,
    s: ArrayLike,
    t: ArrayLike,
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " n"],
    nodes: Float[np.ndarray, "count n"],
    volume: Float[np.ndarray, " count"],
) -> float:
    r"""Error of :math:`\int K_s(x, z) K_t(z, y)\,d\mathrm{vol}(z) = K_{s+t}(x, y)`, relative to the right side.

    Parameters
    ----------
    kernel : callable
        ``kernel(t, x, y)``.
    s, t : float
        Times.
    x, y : arrays of shape (n,)
        Points.
    nodes, volume : arrays of shape (count, n) and (count,)
        Quadrature over the whole manifold, with the volume density in its weights.

    Examples
    --------
    >>> from riemlearn.manifolds import Euclidean
    >>> from riemlearn.testing import chart_quadrature
    >>> line = Euclidean(1)
    >>> nodes, weights = chart_quadrature(line.chart, 60, box=([-12.0], [12.0]))
    >>> semigroup(line.heat_kernel, 0.5, 1.0, np.zeros(1), np.ones(1), nodes, weights) < 1e-12
    True
    """
    a, b = (np.broadcast_to(p, nodes.shape) for p in (x, y))
    composed = float(volume @ (_values(kernel(s, a, nodes)) * _values(kernel(t, nodes, b))))
    direct = float(_values(kernel(_values(s) + _values(t), x[None], y[None]))[0])
    return abs(composed - direct) / (abs(direct) or 1.0)


def heat_equation(
    log_kernel: Kernel, metric: Any, t: ArrayLike, x: Float[np.ndarray, "points n"], y: Float[np.ndarray, "points n"]
) -> float:
    r"""Error of :math:`\partial_t K = \Delta_x K` through the chart, by differences of :math:`u = \log K`.

    .. math:: \partial_t u = \Delta u + |\nabla u|^2

    Parameters
    ----------
    log_kernel : callable
        ``log_kernel(t, x, y)`` on points of shape ``(points, n)`` and a time, or times of shape ``(points,)``, such as
        ``K.log``.
    metric : Metric
        The metric; its inverse and Christoffel symbols make :math:`\Delta`.
    t : float
        Time.
    x, y : arrays of shape (points, n)
        Points in the interior of the chart.

    Returns
    -------
    float
        The largest residual, relative to the sum of the sizes of the terms.  Differences leave about 1e-9.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> x, y = np.array([[0.4, 1.0]]), np.array([[1.0, 2.0]])
    >>> heat_equation(Sphere(2).heat_kernel.log, Sphere(2).metric, 0.5, x, y) < 1e-8
    True
    """
    points, n = x.shape
    t = float(np.asarray(t))
    steps = step_lengths(metric.chart, x, SECOND_STEP)
    stencil = around(x, steps, axes_and_diagonals(n))
    times = around(np.full((points, 1), t), np.full((points, 1), SECOND_STEP * t), np.eye(1, dtype=int))
    each = [x, stencil.reshape(-1, n), np.repeat(x, 6, axis=0)]
    at = np.concatenate([np.full(len(each[0]) + len(each[1]), t), times.ravel()])
    others = [y, np.repeat(y, stencil.shape[1] * 6, axis=0), np.repeat(y, 6, axis=0)]
    values = _values(log_kernel(at, np.concatenate(each), np.concatenate(others)))
    centre, near, later = np.split(values, np.cumsum([len(e) for e in each])[:2])
    near = near.reshape(stencil.shape[:3])

    slope = first(near[:, :n], steps)
    by_t = first(later.reshape(points, 1, 6), np.full((points, 1), SECOND_STEP * t))[:, 0]
    inverse, gamma = np.asarray(metric.inverse(x)), np.asarray(Connection(metric).christoffel(x))
    terms = [
        by_t,
        -np.einsum("xij,xij->x", inverse, second(centre, near, steps)),
        np.einsum("xij,xkij,xk->x", inverse, gamma, slope),
        -np.einsum("xij,xi,xj->x", inverse, slope, slope),
    ]
    return float(np.max(np.abs(sum(terms)) / _nonzero(sum(map(np.abs, terms)))))


def _values(a: Any) -> np.ndarray:
    return np.asarray(a, np.float64)


def _nonzero(size: Any) -> np.ndarray:
    """A size to divide by; one where it is zero."""
    return np.where(np.asarray(size) == 0, 1.0, size)
