"""How the invariants measure: whole tensors by norm, the worst of a batch, and NaN wherever there is one."""

from typing import SupportsFloat

import numpy as np
from jax.typing import ArrayLike

from riemlearn.errors import ShapeError
from riemlearn.tensor_field import PointsLike


def tensor(a: PointsLike, rank: int, name: str) -> np.ndarray:
    """Float64 array whose last ``rank`` axes have one length.

    Raises
    ------
    ShapeError
        If they have not.
    """
    array = np.asarray(a, np.float64)
    if array.ndim < rank or len(set(array.shape[-rank:])) != 1:
        raise ShapeError(f"{name} must have shape (..., {', '.join('n' * rank)}), got {array.shape}")
    return array


def same_dimension(what: str, *tensors: np.ndarray) -> None:
    """Refuse tensors whose last axes differ in length.

    Raises
    ------
    ShapeError
        If they do.
    """
    if len({t.shape[-1] for t in tensors}) > 1:
        raise ShapeError(f"{what}: dimensions differ: {', '.join(str(t.shape) for t in tensors)}")


def norm(a: np.ndarray, rank: int) -> np.ndarray:
    """Frobenius norm over the last ``rank`` axes.

    Examples
    --------
    >>> norm(np.array([[3.0, 4.0], [0.0, 1.0]]), 1)
    array([5., 1.])
    """
    return np.asarray(np.sqrt(np.sum(a**2, axis=tuple(range(-rank, 0)))))


def worst(fault: np.ndarray, size: ArrayLike | SupportsFloat, rank: int) -> float:
    """Largest fault over the batch, relative to ``size`` where that is not zero.

    Examples
    --------
    >>> worst(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([10.0, 0.0]), 1)
    0.5
    """
    sizes = np.asarray(size, np.float64)
    return float(np.max(norm(fault, rank) / np.where(sizes == 0, 1.0, sizes)))


def sizes(scale: SupportsFloat | None, *terms: tuple[np.ndarray, int]) -> np.ndarray:
    """The scale that was given, or the sum of the norms of some terms, each with its rank."""
    if scale is not None:
        return np.asarray(float(scale))
    return np.asarray(sum(norm(term, rank) for term, rank in terms))
