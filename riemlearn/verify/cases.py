"""What is verified: manifolds of the catalogue, spacetimes, or others with the same interface, at random points."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.errors import SymbolError
from riemlearn.manifolds import Manifold, Spacetime, catalogue, spacetime, spacetimes


@dataclass(frozen=True)
class Case:
    """A manifold or a spacetime under a name.

    Attributes
    ----------
    name : str
        The name by which it is selected.
    manifold : Manifold or Spacetime
        Or anything with ``metric``, ``embedding``, ``curvature`` and ``patch``, of which the others are asked for only
        where they are there.
    """

    name: str
    manifold: Any

    @property
    def dim(self) -> int:
        """Dimension of the manifold."""
        return self.manifold.metric.dim

    @property
    def published(self) -> Mapping[str, Any]:
        r"""What is published of some quantities.

        Of ``ricci`` it is a matrix, or the factor :math:`\lambda` of the metric; of ``riemann`` the curvature of all
        planes.
        """
        if isinstance(self.manifold, Spacetime):
            given = self.manifold.invariants
            aliases = {"ricci": given.get("einstein"), "riemann": given.get("constant_curvature")}
            return {name: e for name, e in (aliases | dict(given)).items() if e is not None}
        known = self.manifold.curvature
        curvature = {"scalar": known.scalar, "ricci": known.einstein, "riemann": known.sectional}
        return {name: e for name, e in curvature.items() if e is not None}

    def points(self, seed: int, count: int) -> Float[Array, "count n"]:
        """Random points of the patch, uniform in the chart; float64.  They do not depend on other cases."""
        key = jax.random.fold_in(jax.random.key(seed), zlib.crc32(self.name.encode()))
        low, high = (np.array(corner, np.float64) for corner in self.manifold.patch)
        return jax.random.uniform(key, (count, self.dim), np.float64, low, high)

    def partners(self, points: Float[Array, "points n"]) -> Float[Array, "points n"]:
        """Another point of the patch for each: the one before it, or halfway to a corner if there is but one."""
        return jnp.roll(points, 1, axis=0) if len(points) > 1 else (points + jnp.asarray(self.manifold.patch[0])) / 2


def names() -> tuple[str, ...]:
    """Names of all that is known: the catalogue, then the spacetimes."""
    return (*catalogue(), *spacetimes())


def named(name: str) -> Case:
    """The case of a name that is known."""
    return Case(name, catalogue()[name] if name in catalogue() else spacetime(name))


def cases(wanted: Sequence[Any] | str | None) -> tuple[Case, ...]:
    """Cases of the caller's own, then those that are named, in the order of the catalogue; by default all of it.

    Raises
    ------
    SymbolError
        If a name is not known, with those nearest to it, or something is neither a name nor a manifold.
    """
    given = [wanted] if isinstance(wanted, str | Case | Manifold | Spacetime) else wanted
    own, chosen_names = [], []
    for item in names() if given is None else given:
        if isinstance(item, str):
            chosen_names.append(item)
        elif isinstance(item, Case):
            own.append(item)
        elif isinstance(item, Manifold | Spacetime):
            own.append(Case(repr(item), item))
        else:
            raise SymbolError(f"verify: {item!r} is neither a name of the catalogue nor a manifold or spacetime")
    if not chosen_names:
        return tuple(own)
    return (*own, *map(named, chosen("manifold", chosen_names, names())))


def chosen(what: str, wanted: Sequence[str] | str | None, known: Sequence[str]) -> tuple[str, ...]:
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
            near = get_close_matches(str(name), known, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
            raise SymbolError(f"verify: there is no {what} {name!r}; {hint}")
    return tuple(name for name in known if name in wanted)
