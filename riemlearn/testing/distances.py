r"""What distance, exponential map and logarithm must be to each other, through values alone.

A distance is any callable ``distance(x, y)`` on points of shape ``(points, n)``; so are ``exp(x, v)``, ``log(x, y)``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from riemlearn.chart import Chart
from riemlearn.tensor_field import PointsLike
from riemlearn.testing.differences import FIRST_STEP, around, axes, first, step_lengths
from riemlearn.testing.measure import same_dimension, sizes, tensor, worst

Pairing = Callable[[Any, Any], Any]


def distance_axioms(distance: Pairing, x: PointsLike, y: PointsLike, z: PointsLike) -> dict[str, float]:
    r"""By how much the axioms of a metric space are missed, relative to the distances.

    Parameters
    ----------
    distance : callable
        ``distance(x, y)``.
    x, y, z : arrays of shape (points, n)
        Triples of points.

    Returns
    -------
    dict
        ``symmetry``: :math:`|d(x,y) - d(y,x)|`; ``identity``: :math:`d(x,x)` and any d that is negative, or zero for
        points that differ in the chart; ``triangle``: :math:`d(x,z) - d(x,y) - d(y,z)` where positive.

    Examples
    --------
    >>> x, y, z = np.eye(3)[:, None, :]
    >>> max(distance_axioms(lambda a, b: np.sqrt(np.sum((a - b) ** 2, -1)), x, y, z).values())
    0.0
    >>> distance_axioms(lambda a, b: np.sum((a - 2 * b) ** 2, -1), x, y, z)["identity"]
    0.1
    """
    pairs = {(i, j): _values(distance(a, b)) for i, a in enumerate((x, y, z)) for j, b in enumerate((x, y, z))}
    size = _nonzero(np.abs(pairs[0, 1]) + np.abs(pairs[1, 2]))
    negative = -np.minimum(np.minimum(pairs[0, 1], pairs[1, 2]), 0)
    missing = (pairs[0, 1] == 0) & np.any(np.asarray(x) != np.asarray(y), axis=-1)
    return {
        "symmetry": float(np.max(np.abs(pairs[0, 1] - pairs[1, 0]) / size)),
        "identity": float(np.max(np.abs(pairs[0, 0]) / size + negative / size + missing)),
        "triangle": float(np.max(_positive(pairs[0, 2] - pairs[0, 1] - pairs[1, 2]) / size)),
    }


def eikonal(
    distance: Pairing, metric: Any, x: Float[np.ndarray, "points n"], y: Float[np.ndarray, "points n"]
) -> float:
    r"""Error of :math:`|\nabla d(x, \cdot)|_g = 1` at y, by differences; y not x, nor on its cut locus.

    A distance that solves it with d(x, x) = 0 is the geodesic one, as far as the cut locus.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> eikonal(Sphere(2).distance, Sphere(2).metric, np.array([[0.4, 1.0]]), np.array([[2.0, 3.0]])) < 1e-10
    True
    """
    steps = step_lengths(metric.chart, y, FIRST_STEP)
    stencil = around(y, steps, axes(y.shape[1]))
    start = np.broadcast_to(x[:, None, None, :], stencil.shape)
    values = _values(distance(start.reshape(-1, y.shape[1]), stencil.reshape(-1, y.shape[1])))
    slope = first(values.reshape(stencil.shape[:3]), steps)
    square = np.einsum("xij,xi,xj->x", np.asarray(metric.inverse(y)), slope, slope)
    return float(np.max(np.abs(square - 1)))


def log_of_exp(exp: Pairing, log: Pairing, x: PointsLike, v: PointsLike) -> float:
    r"""Error of :math:`\log_x \exp_x v = v`, relative to :math:`|v|`, for v inside the injectivity radius.

    Examples
    --------
    >>> log_of_exp(lambda x, v: x + v, lambda x, y: y - x, np.zeros((1, 2)), np.ones((1, 2)))
    0.0
    """
    v = tensor(v, 1, "v")
    back = tensor(log(x, exp(x, v)), 1, "log")
    return worst(back - v, sizes(None, (v, 1)), 1)


def exp_of_log(exp: Pairing, log: Pairing, chart: Chart, x: PointsLike, y: PointsLike) -> float:
    r"""Error of :math:`\exp_x \log_x y = y` in coordinates, modulo periods, relative to :math:`|y - x|`.

    Examples
    --------
    >>> from riemlearn.chart import periodic
    >>> circle = Chart(("phi",), (periodic(1.0),))
    >>> exp_of_log(lambda x, v: (x + v) % 1, lambda x, y: y - x, circle, np.array([[0.75]]), np.array([[1.25]]))
    0.0
    """
    x, y = tensor(x, 1, "x"), tensor(y, 1, "y")
    end = tensor(exp(x, log(x, y)), 1, "exp")
    return worst(coordinate_difference(chart, end, y), sizes(None, (coordinate_difference(chart, y, x), 1)), 1)


def coordinate_difference(
    chart: Chart, a: Float[np.ndarray, "*#batch n"], b: Float[np.ndarray, "*#batch n"]
) -> Float[np.ndarray, "*batch n"]:
    """Coordinates of a minus those of b, on periodic axes between minus and plus half a period."""
    difference = np.array(a - b, np.float64)
    for i, axis in enumerate(chart.axes):
        if axis.kind == "periodic":
            period = axis.high - axis.low
            difference[..., i] -= period * np.round(difference[..., i] / period)
    return difference


def geodesic_equation(velocity: PointsLike, acceleration: PointsLike, christoffel: PointsLike) -> float:
    r"""Error of :math:`\ddot\gamma^k + \Gamma^k_{ij} \dot\gamma^i \dot\gamma^j = 0`.

    Parameters
    ----------
    velocity, acceleration : array_like, shape (..., n)
        First and second derivative of the coordinates by the parameter.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}` at the point.

    Returns
    -------
    float
        Relative to :math:`|\dot\gamma| + |\Gamma||\dot\gamma|^2`, for a parameter that runs over unit time.

    Examples
    --------
    The straight line x = 2 in polar coordinates, where it crosses phi = 0 with speed 2:

    >>> gamma = np.zeros((2, 2, 2))
    >>> gamma[0, 1, 1], gamma[1, 0, 1], gamma[1, 1, 0] = -2.0, 0.5, 0.5
    >>> geodesic_equation([0.0, 1.0], [2.0, 0.0], gamma)
    0.0
    """
    v, a, gamma = (
        tensor(velocity, 1, "velocity"),
        tensor(acceleration, 1, "acceleration"),
        tensor(christoffel, 3, "christoffel"),
    )
    same_dimension("geodesic_equation", v, a, gamma)
    term = np.einsum("...kij,...i,...j->...k", gamma, v, v)
    speed = sizes(None, (v, 1))
    return worst(a + term, speed + sizes(None, (gamma, 3)) * speed**2, 1)


def _values(a: Any) -> np.ndarray:
    return np.asarray(a, np.float64)


def _positive(a: np.ndarray) -> np.ndarray:
    """What is above zero; NaN stays."""
    return np.maximum(a, 0)


def _nonzero(size: np.ndarray) -> np.ndarray:
    """A size to divide by; one where it is zero."""
    return np.where(size == 0, 1.0, size)
