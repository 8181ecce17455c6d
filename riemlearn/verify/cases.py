"""What is verified: manifolds, and the region of each one's chart from which points are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.errors import SymbolError
from riemlearn.manifolds import Euclidean, HyperbolicSpace, Sphere
from riemlearn.manifolds.hyperbolic import Model
from riemlearn.verify.heat_oracle import Space


@dataclass(frozen=True)
class Case:
    """A manifold and where to look at it.

    Attributes
    ----------
    name : str
        The name by which it is selected.
    manifold : object
        Anything with a closed-form ``metric``, an ``embedding`` (a map into Euclidean space, or None) and, if
        ``heat`` is given, a closed-form heat kernel.
    low, high : tuples of float
        Corners of the box in the chart from which points are drawn, away from poles and the chart's ends.
    curvature : float, optional
        Its sectional curvature, if that is constant.
    heat : pair, optional
        Name by which the heat oracle knows its universal model, and radius.
    """

    name: str
    manifold: Any
    low: tuple[float, ...]
    high: tuple[float, ...]
    curvature: float | None = None
    heat: tuple[Space, float] | None = None

    @property
    def dim(self) -> int:
        """Dimension of the manifold."""
        return len(self.low)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Random points of the region, uniform in the chart; float64."""
        low, high = np.array(self.low), np.array(self.high)
        return jax.random.uniform(key, (count, self.dim), np.float64, low, high)


def catalogue() -> tuple[Case, ...]:
    r"""Every case: :math:`\mathbb{R}^n`, :math:`S^n`, :math:`H^n` in three models, for n = 2 and 3.

    Angles keep 0.4 from the poles; the ball is used up to :math:`|x| = 0.87`, the distance 2.6 from its
    centre; the half-space between heights 0.5 and 2; the hyperboloid up to :math:`|x_i| = 1.5`.
    """
    cases = []
    for n in (2, 3):
        cases += [
            Case(f"R{n}", Euclidean(n), (-2.0,) * n, (2.0,) * n, 0.0, ("euclidean", 1.0)),
            _sphere(f"S{n}", n, 1),
            _hyperbolic("ball", n, (-0.5,) * n, (0.5,) * n),
            _hyperbolic("half_space", n, (-1.0,) * (n - 1) + (0.5,), (1.0,) * (n - 1) + (2.0,)),
            _hyperbolic("hyperboloid", n, (-1.5,) * n, (1.5,) * n),
        ]
    return (*cases, _sphere("S2-radius2", 2, 2))


def _sphere(name: str, n: int, radius: int) -> Case:
    low, high = (0.4,) * (n - 1) + (0.0,), (np.pi - 0.4,) * (n - 1) + (2 * np.pi,)
    # A sphere of another radius has the same heat kernel in other units: it is looked at once.
    heat = ("sphere", 1.0) if radius == 1 else None
    return Case(name, Sphere(n, radius=radius), low, high, 1 / radius**2, heat)


def _hyperbolic(model: Model, n: int, low: tuple[float, ...], high: tuple[float, ...]) -> Case:
    # The three models share one heat kernel, a function of distance: it is looked at once.
    heat = ("hyperbolic", 1.0) if model == "ball" else None
    return Case(f"H{n}-{model}", HyperbolicSpace(n, model=model), low, high, -1.0, heat)


def chosen(what: str, wanted: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Put the wanted names in the order of the known ones; all if none is given.

    Raises
    ------
    SymbolError
        If a name is not known, with those nearest to it.

    Examples
    --------
    >>> chosen("manifold", ["S3", "R2"], ["R2", "S2", "S3"])
    ('R2', 'S3')
    """
    if wanted is None:
        return tuple(known)
    if isinstance(wanted, str):
        wanted = [wanted]
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
            raise SymbolError(f"verify: there is no {what} {name!r}; {hint}")
    return tuple(name for name in known if name in wanted)
