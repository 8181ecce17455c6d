r"""A polynomial graph through the neighbours of a sample: tangent frame, coefficients, what leaving one out changes.

In a frame of the tangent space T and the normal space N at a sample c the manifold is a graph,
:math:`c + T t + N\,p(t)`, and p is fitted by weighted least squares.  All is pure NumPy, in float64, one sample at a
time.
"""

from itertools import combinations_with_replacement
from math import comb
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

# Beyond this condition number the coefficients of a fit have no digits that mean anything.
CONDITION_LIMIT = 1e7
# The part of the neighbours that shows the bias, and where weights end, in units of the radius.
_NEARER, _BEYOND = 2 / 3, 1.05
# More fits than this that leave something out would cost much and say little more of the error.
_GROUPS = 32


class LocalFit(NamedTuple):
    r"""A fit; lengths in the coordinates are in units of ``radius``.

    Attributes
    ----------
    centre : array of shape (d,)
        The sample c.
    tangent, normal : arrays of shapes (k, d) and (q, d)
        Orthonormal frames, one vector a row.
    coefficients : array of shape (1 + min(m, 32) + 1, p, q)
        Coefficients of the monomials: of the fit, of those that leave one neighbour out (or, of more than 32, one of 32
        groups, to first order), of that to the nearer ones.
    radius : float
        Distance of the farthest neighbour.
    half : float
        The fraction of the neighbours that the nearer ones are.
    prediction_error : float
        Distance of the sample from the fit that leaves it out.
    condition : float
        Condition number of the least-squares problem; infinite where it has no solution.
    """

    centre: np.ndarray
    tangent: np.ndarray
    normal: np.ndarray
    coefficients: np.ndarray
    radius: float
    half: float
    prediction_error: float
    condition: float


def exponents(dim: int, order: int) -> Int[np.ndarray, "p k"]:
    """Exponents of all monomials up to an order, one a row, by degree.

    Examples
    --------
    >>> exponents(2, 2).tolist()
    [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """
    return np.array(
        [
            np.bincount(np.array(chosen, dtype=int), minlength=dim)
            for degree in range(order + 1)
            for chosen in combinations_with_replacement(range(dim), degree)
        ]
    )


def coefficient_count(dim: int, order: int) -> int:
    """How many coefficients a polynomial of some order in some variables has."""
    return comb(dim + order, order)


def local_fit(points: Float[np.ndarray, "m d"], dim: int, order: int) -> LocalFit:
    r"""Fit a graph to a sample and its neighbours.

    The tangent space is first that of local PCA, then twice that of the fit itself.  Weights are
    :math:`(1 - \rho^2)^2` in the distance :math:`\rho` from the sample, in units a little above the radius.

    Parameters
    ----------
    points : array of shape (m, d)
        The sample, then its neighbours by ascending distance; all different.
    dim, order : int
        Dimension k of the manifold, order of the polynomial.
    """
    distances = np.linalg.norm(points - points[0], axis=1)
    radius = float(distances[-1])
    m, p = len(points), coefficient_count(dim, order)
    powers = exponents(dim, order)
    _, _, directions = np.linalg.svd(points - points[0], full_matrices=False)
    local = (points - points[0]) @ directions.T / radius
    weights = 1 - (distances[:, None] / (_BEYOND * radius)) ** 2  # square roots of the weights
    frame = np.eye(local.shape[1])
    for _ in range(2):
        system = _solved(local @ frame, dim, powers, weights)
        if system is None:
            break
        slopes = np.vstack([np.eye(dim), system.coefficients[1 : dim + 1].T])
        turn, signs = np.linalg.qr(slopes, mode="complete")
        turn[:, :dim] *= np.sign(np.diagonal(signs))
        frame = frame @ turn
    tangent, rest = np.split(frame.T @ directions, [dim])
    system = _solved(local @ frame, dim, powers, weights)
    half = min(max(round(_NEARER * m), p + 1), m - 1)
    if system is None:
        nothing = np.full((min(m, _GROUPS) + 2, p, len(rest)), np.nan)
        return LocalFit(points[0], tangent, rest, nothing, radius, half / m, np.nan, np.inf)
    design, coefficients = system.design, system.coefficients
    normal = (local @ frame)[:, dim:]
    residual = (normal - design @ coefficients) / np.maximum(1 - system.leverage, 1e-8)[:, None]
    changes = system.inverse.T[:, :, None] * residual[:, None, :]
    without_one = coefficients - np.stack([changes[i::_GROUPS].sum(axis=0) for i in range(min(m, _GROUPS))])
    near = 1 - (distances[:half, None] / (_BEYOND * distances[half - 1])) ** 2
    nearer = np.linalg.lstsq(design[:half] * near, normal[:half] * near, rcond=None)[0]
    return LocalFit(
        points[0],
        tangent,
        rest,
        np.concatenate([coefficients[None], without_one, nearer[None]]),
        radius,
        half / m,
        radius * float(np.linalg.norm(residual[0])),
        system.condition,
    )


class _Solution(NamedTuple):
    """Weighted least squares: design matrix, the coefficients and what they are linear in, leverages."""

    design: np.ndarray
    inverse: np.ndarray
    coefficients: np.ndarray
    leverage: np.ndarray
    condition: float


def _solved(coordinates: np.ndarray, dim: int, powers: np.ndarray, weights: np.ndarray) -> _Solution | None:
    """The fit of the normal coordinates by monomials of the tangential ones, by QR; None if it is not determined."""
    design = np.prod(coordinates[:, None, :dim] ** powers, axis=-1)
    orthogonal, triangle = np.linalg.qr(design * weights)
    singular = np.linalg.svd(triangle, compute_uv=False)
    if not singular[-1] * CONDITION_LIMIT > singular[0]:
        return None
    inverse = np.linalg.solve(triangle, orthogonal.T) * weights[:, 0]
    leverage = np.sum(orthogonal**2, axis=1)
    return _Solution(design, inverse, inverse @ coordinates[:, dim:], leverage, float(singular[0] / singular[-1]))
