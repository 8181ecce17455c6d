r"""Intrinsic dimension of samples: from two neighbours, or from local principal components."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float

from riemlearn.errors import ShapeError, check_choice, check_integer
from riemlearn.metric.samples import Samples

DimensionMethod = Literal["two_nn", "local_pca"]

# The largest ratios of distances are left out: there the density is not constant (Facco et al., 2017).
_KEPT = 0.9


@dataclass(frozen=True)
class Dimension:
    """An estimated dimension.

    Attributes
    ----------
    value, standard_error : float
        The estimate, which need not be an integer, and its standard error.
    method : str
        How it was found.
    local : array of shape (N,), or None
        The estimates at the single samples, if the method has them.
    """

    value: float
    standard_error: float
    method: DimensionMethod
    local: Float[np.ndarray, " N"] | None = None

    @property
    def nearest(self) -> int:
        """The nearest positive integer."""
        return max(1, round(self.value))

    def __str__(self) -> str:
        return f"dimension {self.value:.3g} ± {self.standard_error:.2g} ({self.method})"


def intrinsic_dimension(
    values: Any, method: DimensionMethod | Any = "two_nn", *, neighbours: int | Any = None, explained: float = 0.95
) -> Dimension:
    r"""Intrinsic dimension of samples.

    ``"two_nn"`` takes the distances :math:`r_1 < r_2` of each sample to its two nearest neighbours.  Where the density
    is constant at that scale, whatever it is, :math:`\mu = r_2 / r_1` has the distribution
    :math:`P(\mu > s) = s^{-k}` (Facco et al., Scientific Reports 7, 2017), so that :math:`\log \mu` is
    exponential.  From the M smallest of N values the unbiased estimate and its standard error are

    .. math:: \hat k = \frac{M - 1}{\sum_{i \le M} \log\mu_{(i)} + (N - M) \log\mu_{(M)}}, \qquad
        \frac{\hat k}{\sqrt{M - 2}}.

    ``"local_pca"`` counts at each sample the principal components of its neighbours that explain a fraction of their
    variance.  Its standard error takes samples for independent whose neighbourhoods do not overlap.

    Parameters
    ----------
    values : array-like of shape (N, d)
        The samples.  Duplicates count once.  Noise adds to the dimension where it is as large as the distances.
    method : {"two_nn", "local_pca"}
        How.
    neighbours : int, optional
        For ``"local_pca"``: how many samples a neighbourhood has, itself included; by default 30, or N if that is less.
    explained : float
        For ``"local_pca"``: the fraction of the variance.

    Raises
    ------
    ShapeError
        If an argument is not what it must be, or there are too few samples.

    Examples
    --------
    >>> t = np.random.default_rng(0).uniform(0, 2 * np.pi, 500)
    >>> circle = np.stack([np.cos(t), np.sin(t), 0 * t], axis=-1)
    >>> intrinsic_dimension(circle).nearest
    1
    >>> intrinsic_dimension(circle, "local_pca").nearest
    1
    """
    check_choice("method", method, get_args(DimensionMethod))
    samples = Samples.of(values)
    return _two_nn(samples) if method == "two_nn" else _local_pca(samples, neighbours, explained)


def _two_nn(samples: Samples) -> Dimension:
    count = len(samples.points)
    kept = int(_KEPT * count)
    if kept < 3:
        raise ShapeError(f"two_nn needs at least 4 different samples, got {count}")
    distances, _ = samples.tree.query(samples.points, 3)
    logarithms = np.sort(np.log(distances[:, 2] / distances[:, 1]))
    total = np.sum(logarithms[:kept]) + (count - kept) * logarithms[kept - 1]
    if not total > 0:
        raise ShapeError("two_nn needs different distances, and the samples lie on a regular grid; use local_pca")
    value = (kept - 1) / total
    return Dimension(float(value), float(value / np.sqrt(kept - 2)), "two_nn")


def _local_pca(samples: Samples, neighbours: Any, explained: float) -> Dimension:
    count = len(samples.points)
    m = min(30, count) if neighbours is None else check_integer("neighbours", neighbours, 2)
    if m > count:
        raise ShapeError(f"local_pca: neighbours = {m}, but there are only {count} different samples")
    if not 0 < explained < 1:
        raise ShapeError(f"local_pca: explained must lie between 0 and 1, got {explained!r}")
    local = np.empty(count)
    for i, nearest in enumerate(samples.tree.query(samples.points, m)[1]):
        around = samples.points[nearest]
        variances = np.linalg.svd(around - around.mean(axis=0), compute_uv=False) ** 2
        shares = np.cumsum(variances) / np.sum(variances)
        local[i] = 1 + np.searchsorted(shares, explained)
    spread = float(np.std(local)) / np.sqrt(max(count / m, 1.0))
    return Dimension(float(np.mean(local)), spread, "local_pca", local)
