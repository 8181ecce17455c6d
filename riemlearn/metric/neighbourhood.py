"""Which neighbours a sample's geometry is taken from: given, or chosen by the error of predicting what is left out."""

from typing import Any, NamedTuple

import numpy as np

from riemlearn.errors import MetricError, ShapeError, check_choice, check_integer
from riemlearn.metric.dimension import Dimension, intrinsic_dimension
from riemlearn.metric.local_fit import LocalFit, coefficient_count, local_fit
from riemlearn.metric.samples import Samples

# Candidates for the number of neighbours, in multiples of the least, and how many samples judge them.
_MULTIPLES, _JUDGES, _JUDGES_OF_ONE = (1.5, 2.0, 3.0, 4.5, 7.0, 10.0), 40, 20


class Neighbourhood(NamedTuple):
    """How a fit was made.

    Attributes
    ----------
    dim, neighbours, order : int
        Dimension, number of neighbours (the sample itself included) and order of the polynomial.
    dimension : Dimension or None
        The estimate of the dimension, if it was not given.
    scores : tuple of (order, neighbours, error)
        What was tried, with the root mean square error of predicting samples that are left out; empty if nothing was to
        choose.
    duplicates : int
        How many samples were left out because they stood there before.
    """

    dim: int
    neighbours: int
    order: int
    dimension: Dimension | None
    scores: tuple[tuple[int, int, float], ...]
    duplicates: int


def centre_of(samples: Samples, at: Any) -> tuple[int, int]:
    """Which of the different points is meant, and the row in which it stands."""
    array, count = np.asarray(at), len(samples.inverse)
    if array.ndim == 0 and array.dtype.kind in "iu":
        if not -count <= int(array) < count:
            raise ShapeError(f"at = {int(array)} is no index of {count} samples")
        row = int(array) % count
        return int(samples.inverse[row]), row
    dimension = samples.points.shape[1]
    if array.shape != (dimension,) or array.dtype.kind not in "fiu" or not np.all(np.isfinite(array)):
        raise ShapeError(f"at must be the index of a sample, or a point of shape ({dimension},), got {at!r}")
    place = int(samples.tree.query(array)[1])
    return place, int(samples.first[place])


def choose(samples: Samples, dim: Any, neighbours: Any, order: Any, place: int | None) -> Neighbourhood:
    """Dimension, number of neighbours and order: checked, or chosen by the error of predicting what is left out."""
    count, ambient = samples.points.shape
    dimension = None
    if dim is None:
        dimension = intrinsic_dimension(samples.points)
        dim = min(dimension.nearest, ambient)
    dim = check_integer("dim", dim, 1)
    if dim > ambient:
        raise ShapeError(f"dim = {dim}, but the samples lie in a space of dimension {ambient}")
    orders = (2, 3) if order is None else (check_choice("order", order, (2, 3)),)
    candidates = []
    for candidate in orders:
        least = coefficient_count(dim, candidate) + 2
        if neighbours is None:
            sizes = {int(np.ceil(multiple * least)) for multiple in _MULTIPLES}
            sizes = sorted(size for size in sizes if size <= count) or [least]
        else:
            sizes = [check_integer("neighbours", neighbours, 1)]
        candidates += [(candidate, size, least) for size in sizes]
    possible = [(candidate, size) for candidate, size, least in candidates if least <= size <= count]
    if not possible:
        candidate, size, least = candidates[0]
        what = f"a polynomial of order {candidate} in {dim} coordinates has {least - 2} coefficients"
        if size < least:
            raise ShapeError(f"{what} and needs at least {least} neighbours for itself and its error, got {size}")
        raise ShapeError(f"{what} and takes {size} neighbours, but there are only {count} different samples")
    if len(possible) == 1:
        return Neighbourhood(dim, possible[0][1], possible[0][0], dimension, (), samples.duplicates)
    if place is None:
        judges = np.unique(np.linspace(0, count - 1, min(_JUDGES, count)).astype(int))
    else:
        judges = np.atleast_1d(samples.tree.query(samples.points[place], min(_JUDGES_OF_ONE, count))[1])
    squares = np.array(
        [
            [local_fit(samples.near(int(judge), size), dim, candidate).prediction_error ** 2 for judge in judges]
            for candidate, size in possible
        ]
    )
    squares = np.where(np.mean(np.isnan(squares), axis=1, keepdims=True) > 0.5, np.inf, squares)
    means = np.nanmean(squares, axis=1)
    scores = tuple((*pair, float(np.sqrt(mean))) for pair, mean in zip(possible, means, strict=True))
    candidate, size = _steadiest(possible, squares, int(np.argmin(means)), dim)
    return Neighbourhood(dim, size, candidate, dimension, scores, samples.duplicates)


def _steadiest(possible: list[tuple[int, int]], squares: np.ndarray, best: int, dim: int) -> tuple[int, int]:
    """Of the candidates that are not worse than the best by more than a standard error, that of most freedom.

    Curvature is a second derivative, and wants more neighbours than the value that is predicted.
    """
    kept = [best]
    for i, row in enumerate(squares):
        with np.errstate(invalid="ignore"):
            excess = (row - squares[best])[np.isfinite(row) & np.isfinite(squares[best])]
        if len(excess) > 1 and np.mean(excess) <= np.std(excess) / np.sqrt(len(excess)):
            kept.append(i)
    return max((possible[i] for i in kept), key=lambda pair: pair[1] / coefficient_count(dim, pair[0]))


def checked_fit(samples: Samples, place: int, row: int, chosen: Neighbourhood) -> LocalFit:
    """The fit at one sample.

    Raises
    ------
    MetricError
        If there is none.
    """
    fit = local_fit(samples.near(place, chosen.neighbours), chosen.dim, chosen.order)
    if not np.isfinite(fit.condition):
        raise MetricError(
            f"the {chosen.neighbours} neighbours of sample {row} determine no polynomial of order {chosen.order} in "
            f"{chosen.dim} coordinates: in its tangent space they lie on a line or another curve of that order. "
            "Remedy: take more neighbours, or a smaller dim"
        )
    return fit
