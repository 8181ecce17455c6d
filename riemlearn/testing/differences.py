r"""Derivatives by central differences of sixth order: the judge of automatic differentiation must not use it.

.. math::

    60 h f' &= f_3 - 9 f_2 + 45 f_1 - 45 f_{-1} + 9 f_{-2} - f_{-3} + O(h^7), \\
    180 h^2 f'' &= 2 f_3 - 27 f_2 + 270 f_1 - 490 f_0 + \dots + O(h^8)

(Fornberg, Mathematics of Computation 51 (1988), table 1).  A function needs only values on batches of points, so that
one that JAX cannot trace is differentiated too.
"""

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from riemlearn.chart import Chart

OFFSETS = np.array([-3, -2, -1, 1, 2, 3])
_FIRST = np.array([-1, 9, -45, 45, -9, 1]) / 60
_SECOND, _CENTRE = np.array([2, -27, 270, 270, -27, 2]) / 180, -490 / 180

FIRST_STEP, SECOND_STEP = 1e-3, 5e-3  # where truncation and rounding balance for a function of scale one


def step_lengths(chart: Chart, x: Float[np.ndarray, "points n"], size: float) -> Float[np.ndarray, "points n"]:
    """Steps along each coordinate: ``size``, less where the end of the chart is near or the period small.

    Examples
    --------
    >>> from riemlearn.chart import interval
    >>> step_lengths(Chart(("x", "y"), (interval(0), interval())), np.array([[0.1, 5.0]]), 0.01)
    array([[0.001, 0.01 ]])
    """
    room = np.ones_like(x)
    for i, axis in enumerate(chart.axes):
        if axis.kind == "periodic":
            room[:, i] = min(1.0, (axis.high - axis.low) / (2 * np.pi))
        else:
            room[:, i] = np.clip(np.minimum(x[:, i] - axis.low, axis.high - x[:, i]), 0, 1)
    steps = size * room
    if chart.region is not None:
        for _ in range(30):
            reach = around(x, 16 * steps, axes(x.shape[1]))
            outside = ~np.all(np.asarray(chart.region.contains(reach)), axis=(1, 2))
            if not outside.any():
                break
            steps[outside] /= 2
    return steps


def axes(dim: int) -> Int[np.ndarray, "n n"]:
    """The directions of the coordinates."""
    return np.eye(dim, dtype=int)


def axes_and_diagonals(dim: int) -> Int[np.ndarray, "k n"]:
    """The directions of the coordinates, then the sums of every two of them: enough for all second derivatives."""
    unit = axes(dim)
    return np.array([*unit, *(unit[i] + unit[j] for i, j in combinations(range(dim), 2))])


def around(
    x: Float[np.ndarray, "points n"], steps: Float[np.ndarray, "points n"], directions: Int[np.ndarray, "k n"]
) -> Float[np.ndarray, "points k 6 n"]:
    """The points of the stencil along each direction; without the centre."""
    along = steps[:, None, :] * directions
    return x[:, None, None, :] + OFFSETS[:, None] * along[:, :, None, :]


def first(
    values: Float[np.ndarray, "points n 6 *shape"], steps: Float[np.ndarray, "points n"]
) -> Float[np.ndarray, "points *shape n"]:
    """First derivatives from values on the stencil along the axes; the new index comes last."""
    slopes = np.tensordot(values, _FIRST, (2, 0))  # points, n, *shape
    return np.moveaxis(slopes / steps.reshape(steps.shape + (1,) * (slopes.ndim - 2)), 1, -1)


def second(
    centre: Float[np.ndarray, " points"],
    values: Float[np.ndarray, "points k 6"],
    steps: Float[np.ndarray, "points n"],
) -> Float[np.ndarray, "points n n"]:
    """All second derivatives of a scalar from its values along the axes and diagonals."""
    pure = values @ _SECOND + _CENTRE * centre[:, None]  # h_a^2 f_aa, then the same along the sums
    n = steps.shape[1]
    hessian = np.zeros((len(steps), n, n))
    hessian[:, range(n), range(n)] = pure[:, :n]
    for k, (i, j) in enumerate(combinations(range(n), 2)):
        hessian[:, i, j] = hessian[:, j, i] = (pure[:, n + k] - pure[:, i] - pure[:, j]) / 2
    return hessian / (steps[:, :, None] * steps[:, None, :])
