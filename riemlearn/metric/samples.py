"""Samples: points of R^d, checked, without duplicates, with a tree that finds neighbours."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from riemlearn.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Samples:
    """Different points, in float64.

    Attributes
    ----------
    points : array of shape (N, d)
        The points that are different, in the order in which they first stood.
    first, inverse : integer arrays of shapes (N,) and (total,)
        The row in which each point first stood; for each given row, the point that it is.
    dtype : dtype
        Of the given values; results follow it.
    """

    points: Float[np.ndarray, "N d"]
    first: Int[np.ndarray, " N"]
    inverse: Int[np.ndarray, " total"]
    dtype: Any

    @classmethod
    def of(cls, values: Any) -> "Samples":
        """Samples from an array of shape (N, d).

        Raises
        ------
        ShapeError
            If it is no such array of finite numbers, or holds fewer than two points.
        """
        try:
            array = np.asarray(values)
        except ValueError as error:
            raise ShapeError(f"values is not an array of numbers: {error}") from None
        if array.ndim != 2 or array.dtype.kind not in "fiuV":
            raise ShapeError(
                f"values must have shape (N, d), one sample a row, got shape {array.shape}, dtype {array.dtype}"
            )
        dtype = array.dtype if array.dtype in (np.float32, np.float64) else np.dtype(np.float64)
        array = array.astype(np.float64)
        bad = np.flatnonzero(~np.all(np.isfinite(array), axis=1))
        if bad.size:
            raise ShapeError(f"values: sample {bad[0]} is not finite ({bad.size} of {len(array)} are not)")
        _, first, inverse = np.unique(array, axis=0, return_index=True, return_inverse=True)
        if len(first) < 2:
            raise ShapeError(f"values must hold at least two different samples, got {len(first)} in {len(array)} rows")
        order = np.argsort(first)
        place = np.argsort(order)
        return cls(array[first[order]], first[order], place[np.ravel(inverse)], dtype)

    @property
    def duplicates(self) -> int:
        """How many rows had stood there before."""
        return len(self.inverse) - len(self.points)

    @cached_property
    def tree(self) -> Any:
        """A tree of the points."""
        from scipy.spatial import KDTree

        return KDTree(self.points)

    def near(self, index: int, count: int) -> Float[np.ndarray, "count d"]:
        """A point and its nearest ones, by ascending distance."""
        return self.points[np.atleast_1d(self.tree.query(self.points[index], count)[1])]
