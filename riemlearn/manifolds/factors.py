"""What products of manifolds share: one chart and one metric from those of the factors."""

from dataclasses import dataclass
from functools import cache, reduce
from itertools import count, pairwise
from typing import Any

import numpy as np
import sympy as sp

from riemlearn.chart import Axis, Region
from riemlearn.errors import NoClosedForm, ShapeError
from riemlearn.manifolds.base import Manifold
from riemlearn.metric import Metric
from riemlearn.symbolic import ClosedForm


def checked_manifold(what: str, value: Any) -> Manifold:
    """The value, if it is a manifold.

    Raises
    ------
    ShapeError
        If it is not.
    """
    if not isinstance(value, Manifold):
        raise ShapeError(f"{what} must be a manifold of riemlearn.manifolds, got {value!r}")
    return value


@dataclass(frozen=True)
class _Regions:
    """The conditions of the factors on consecutive parts of the point."""

    regions: tuple[Region | None, ...]
    dims: tuple[int, ...]

    def __call__(self, x: Any) -> Any:
        ends = np.cumsum([0, *self.dims]).tolist()
        parts = (x[..., a:b] for a, b in pairwise(ends))
        return reduce(
            lambda a, b: a & b, (r.contains(p) for r, p in zip(self.regions, parts, strict=True) if r is not None)
        )


@dataclass(frozen=True)
class _Facts:
    """What a product has to know of the metric of a factor."""

    coordinates: tuple[sp.Symbol, ...]
    matrix: sp.ImmutableDenseMatrix
    axes: tuple[Axis, ...]
    region: Region | None


def closed_form_of(manifold: Manifold) -> ClosedForm:
    """The closed form of its metric.

    Raises
    ------
    NoClosedForm
        If there is none.
    """
    form = manifold.metric.closed_form
    if form is None:
        raise NoClosedForm(f"{manifold!r} has no metric in closed form, which a product needs of its factors")
    return form


def combined_metric(factors: tuple[Manifold, ...], warping: sp.Expr) -> Metric:
    """Blocks on the diagonal, all but the first times the square of the warping; made once.

    Raises
    ------
    NoClosedForm
        If a factor has no metric in closed form.
    """
    forms = map(closed_form_of, factors)
    facts = (_Facts(f.coordinates, f.matrix, M.chart.axes, M.chart.region) for f, M in zip(forms, factors, strict=True))
    return _combined(tuple(facts), warping)


@cache
def _combined(factors: tuple[_Facts, ...], warping: sp.Expr) -> Metric:
    put = _fresh([f.coordinates for f in factors])
    blocks = [f.matrix.xreplace(p) for f, p in zip(factors, put, strict=True)]
    square: Any = (warping**2).xreplace(put[0])
    warped = [blocks[0], *(block * square for block in blocks[1:])]
    named = [tuple(p.get(c, c) for c in f.coordinates) for f, p in zip(factors, put, strict=True)]
    conditions = [f"{f.region.description} in {c}" for f, c in zip(factors, named, strict=True) if f.region]
    regions, dims, names = tuple(f.region for f in factors), tuple(map(len, named)), sum(named, ())
    region = Region(_Regions(regions, dims), " and ".join(conditions)) if conditions else None
    domain = dict(zip(names, (axis for f in factors for axis in f.axes), strict=True))
    return Metric.from_sympy(names, sp.diag(*warped), domain=domain, region=region)


def renamings(factors: tuple[Manifold, ...]) -> list[dict[Any, Any]]:
    """For each factor the symbols that take the place of its own in the product."""
    return _fresh([f.metric.symbols for f in factors])


def _fresh(coordinates: list[tuple[sp.Symbol, ...]]) -> list[dict[Any, Any]]:
    """New symbols for names that stand in more than one factor: with the factor's number, or the next that is free."""
    names = [c.name for cs in coordinates for c in cs]
    taken, put = set(names), []
    for k, cs in enumerate(coordinates, start=1):
        put.append({})
        for c in cs:
            if names.count(c.name) > 1:
                name = next(name for i in count(k) if (name := f"{c.name}_{i}") not in taken)
                taken.add(name)
                put[-1][c] = sp.Symbol(name, **c.assumptions0)
    return put
