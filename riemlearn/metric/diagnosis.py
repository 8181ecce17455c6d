"""Diagnosis: how well-conditioned a metric is at a point, and in which directions it degenerates."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float, Int, Shaped

from riemlearn.errors import ShapeError, check_choice, check_integer

OnDegenerate = Literal["raise", "nan"]


@dataclass(frozen=True)
class Diagnosis:
    r"""Singular values of the Jacobian (or square roots of the eigenvalues of g), and what follows from them.

    Attributes
    ----------
    singular_values : array of shape (..., n)
        In descending order.
    directions : array of shape (..., n, n)
        The directions in the chart that belong to them, one a row, of Euclidean length one.
    rank : integer array of shape (...)
        How many singular values exceed ``cutoff`` times the largest.
    cutoff : float
        Relative cut-off.
    """

    singular_values: Float[np.ndarray, "*batch n"]
    directions: Float[np.ndarray, "*batch n n"]
    cutoff: float

    @property
    def rank(self) -> Int[np.ndarray, "*batch"]:
        """Numerical rank."""
        return np.asarray(np.sum(self.singular_values > self.cutoff * self.singular_values[..., :1], axis=-1))

    @property
    def condition_number(self) -> Shaped[np.ndarray, "*batch"]:
        """Ratio of the largest to the smallest singular value; that of g is its square."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.singular_values[..., 0] / self.singular_values[..., -1])

    @property
    def gap(self) -> Shaped[np.ndarray, "*batch"]:
        """Ratio of the last singular value that is counted to the first that is not; infinite if there is no other."""
        padded = np.concatenate([self.singular_values, np.zeros_like(self.singular_values[..., :1])], axis=-1)
        rank = np.maximum(self.rank, 1)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            return (np.take_along_axis(padded, rank - 1, -1) / np.take_along_axis(padded, rank, -1))[..., 0]

    @property
    def null_directions(self) -> Float[np.ndarray, "null n"]:
        """Directions below the cut-off, for a single point (a batch has a different number at each)."""
        return self.directions.reshape(self.directions.shape[-2:])[int(self.rank) :]

    def __str__(self) -> str:
        n = self.singular_values.shape[-1]
        if self.singular_values.ndim > 1:
            low, high, worst = self.rank.min(), self.rank.max(), np.max(self.condition_number)
            return f"{self.rank.size} points: rank {low} to {high} of {n}, worst condition number {worst:.3g}"
        condition = float(self.condition_number)
        text = f"rank {int(self.rank)} of {n} (cut-off {self.cutoff:.1e}), condition number {condition:.3g}"
        if int(self.rank) < n:
            text += f", gap at the cut-off {float(self.gap):.3g}"
        for direction in self.null_directions[:3]:
            text += ", null direction (" + ", ".join(f"{v:.4g}" for v in direction) + ")"
        return text

    def _repr_html_(self) -> str:
        return f"<p>{self}</p>"


def check_on_degenerate(value: Any) -> OnDegenerate:
    """Return the value if it is a known one.

    Raises
    ------
    ShapeError
        If it is neither ``"raise"`` nor ``"nan"``.
    """
    return check_choice("on_degenerate", value, get_args(OnDegenerate))


def check_rank(rank: Any, dim: int) -> int | None:
    """Return a declared rank if it is one.

    Raises
    ------
    ShapeError
        If it is neither None nor an integer from 1 to the dimension.
    """
    if rank is None:
        return None
    if check_integer("rank", rank, 1) > dim:
        raise ShapeError(f"rank = {rank} exceeds the dimension {dim}")
    return int(rank)


def check_eps(eps: Any) -> float:
    """Return a regularisation as a float if it is a positive number.

    Raises
    ------
    ShapeError
        If it is not.
    """
    if isinstance(eps, bool) or not isinstance(eps, int | float | np.floating) or not 0 < eps < np.inf:
        raise ShapeError(f"regularised: eps must be a positive number, got {eps!r}")
    return float(eps)
