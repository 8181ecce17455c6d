"""Errors of tensors, by norm: one number for a whole tensor, not one for each component."""

from typing import SupportsFloat

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float

from riemlearn.errors import ShapeError


def relative_error(a: ArrayLike, b: ArrayLike, scale: SupportsFloat | None = None) -> float:
    r"""Norm-wise relative error :math:`|a - b|_F / s` of a tensor ``a`` against the truth ``b``.

    Component-wise errors have no meaning for a tensor: a component that vanishes in one frame has infinite
    relative error there and none in another.

    Parameters
    ----------
    a, b : array_like
        The tensor and its true value, of one shape.
    scale : float, optional
        The size s that counts as an error of 1; by default :math:`|b|_F`, and 1 if that is zero.

    Returns
    -------
    float
        The error; NaN if either tensor has a NaN.

    Raises
    ------
    ShapeError
        If the shapes differ: nothing is broadcast.

    Examples
    --------
    >>> relative_error(np.array([3.0, 4.0]), np.array([3.0, 5.0]), scale=2)
    0.5
    >>> relative_error(0.1, 0.0)
    0.1
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        raise ShapeError(f"relative_error: a has shape {a.shape} and b has shape {b.shape}")
    size = float(np.linalg.norm(b)) if scale is None else float(scale)
    return float(np.linalg.norm(a - b)) / (size or 1.0)


def field_scale(
    values: Float[np.ndarray, "points *shape"], terms: Float[np.ndarray, " points"]
) -> Float[np.ndarray, " points"]:
    r"""Size of a tensor field at each of some points, against which its errors are measured.

    It is the larger of :math:`|T(x)|_F` and the root mean square of :math:`|T|_F` over the points, so that a
    field that passes through zero near one point is not judged there by what rounding alone makes.  A field
    that vanishes is judged by the root mean square of ``terms``, the size of the terms that it sums; a field
    without terms (the curvature of a constant metric) by 1, that is absolutely.

    Examples
    --------
    >>> field_scale(np.array([[3.0, 4.0], [0.0, 0.0]]), np.ones(2)).round(4)
    array([5.    , 3.5355])
    >>> field_scale(np.zeros((2, 2)), np.array([2.0, 2.0]))
    array([2., 2.])
    """
    norms = np.linalg.norm(values.reshape(len(values), -1), axis=1)
    sizes = np.maximum(norms, _rms(norms))
    # The oracle's values of a vanishing field are not exact zeros but its own rounding, fifty digits down.
    vanishing = sizes <= 1e-30 * terms
    return np.where(vanishing, _rms(terms) or 1.0, sizes)


def _rms(a: Float[np.ndarray, " points"]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(a**2)))
