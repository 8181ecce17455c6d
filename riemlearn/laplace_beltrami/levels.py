"""Levels: the distinct eigenvalues of a manifold, and how often each occurs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float, Int

from riemlearn.errors import ChartError, MetricError, ShapeError, check_integer


@dataclass(frozen=True)
class Levels:
    r"""The lowest distinct eigenvalues of :math:`-\Delta`, ascending, with their multiplicities.

    Attributes
    ----------
    values : array (k,)
        Eigenvalues.
    multiplicities : integer array (k,)
        Dimensions of their eigenspaces.

    Examples
    --------
    >>> circle = Levels.of([(0, 1), (1, 2), (4, 2)])
    >>> circle.eigenvalues(4)
    array([0., 1., 1., 4.])
    >>> int(circle.counting(1.0))
    3
    """

    values: Float[np.ndarray, " k"]
    multiplicities: Int[np.ndarray, " k"]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Any, Any]]) -> "Levels":
        """Make levels of pairs of an eigenvalue and its multiplicity.

        Raises
        ------
        MetricError
            If there is none, the eigenvalues do not ascend, or a multiplicity is not a positive integer.
        """
        pairs = list(pairs)
        values = np.array([float(value) for value, _ in pairs])
        counts = [count for _, count in pairs]
        whole = all(isinstance(c, int | np.integer) and 1 <= c < 2**63 for c in counts)
        if not pairs or not whole or np.any(np.diff(values) <= 0) or not np.all(np.isfinite(values)):
            raise MetricError(
                "Levels: there must be at least one, eigenvalues must ascend, and multiplicities be positive integers "
                f"below 2^63, got {pairs[:8]}"
            )
        return cls(values, np.array(counts, np.int64))

    def eigenvalues(self, count: int) -> Float[np.ndarray, " count"]:
        """The first eigenvalues, each as often as it occurs.

        Raises
        ------
        ShapeError
            If it is not a number of eigenvalues, or there are not so many in these levels.
        """
        check_integer("eigenvalues: count", count, 0)
        known = int(self.multiplicities.sum())
        if count > known:
            raise ShapeError(
                f"eigenvalues: {count} are wanted, these {len(self)} levels hold {known}; ask for more levels"
            )
        return np.repeat(self.values, self.multiplicities)[:count]

    def heat_trace(self, t: ArrayLike | Any) -> Float[np.ndarray, "*batch"]:
        r"""The sum of :math:`m_k e^{-\lambda_k t}` over these levels, a lower bound of the heat trace.

        Raises
        ------
        ChartError
            If a time is not positive.
        """
        t = np.asarray(t, np.float64)
        if not np.all(t > 0):
            raise ChartError(f"heat_trace: t must be positive, got {np.min(t):g}")
        return np.asarray(np.exp(-t[..., None] * self.values) @ self.multiplicities.astype(np.float64))

    def counting(self, lam: ArrayLike | Any) -> Int[np.ndarray, "*batch"]:
        """How many eigenvalues are at most ``lam``.

        Raises
        ------
        ChartError
            If ``lam`` is above the last level.
        """
        lam = np.asarray(lam, np.float64)
        if not np.all(lam <= self.values[-1]):
            raise ChartError(
                f"counting: lam = {np.max(lam):g} is above {self.values[-1]:g}, the last of {len(self)} levels"
            )
        cumulative = np.concatenate([[0], np.cumsum(self.multiplicities)])
        return np.asarray(cumulative[np.searchsorted(self.values, lam, side="right")])

    def __len__(self) -> int:
        return len(self.values)
