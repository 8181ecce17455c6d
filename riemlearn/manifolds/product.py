"""Products of manifolds."""

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.errors import ShapeError
from riemlearn.heat_kernel import Method, ProductKernel
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.factors import checked_manifold, combined_metric, renamings
from riemlearn.metric import Metric

_SAME = 1e-12  # sums of eigenvalues that differ by less, relatively, are one level


class Product(Manifold):
    r"""The Riemannian product :math:`M_1 \times \dots \times M_k`, :math:`g = g_1 + \dots + g_k`.

    The coordinates of the factors follow each other; a name that stands in more than one gets the number of its factor.
    Squared distances, scalar curvatures and eigenvalues add, volumes and heat kernels multiply, and a geodesic is one
    in every factor.

    Parameters
    ----------
    factors : Manifold
        Two or more.

    Raises
    ------
    ShapeError
        If there are fewer, or one is not a manifold.

    References
    ----------
    O'Neill, *Semi-Riemannian Geometry*, ch. 3; Chavel, *Eigenvalues in Riemannian Geometry*, ch. II.

    Examples
    --------
    >>> from riemlearn.manifolds import Euclidean, Sphere
    >>> M = Product(Sphere(2), Sphere(2))
    >>> M.metric.symbols
    (theta_1, phi_1, theta_2, phi_2)
    >>> M.levels(3).values, M.levels(3).multiplicities
    (array([0., 2., 4.]), array([1, 6, 9]))
    """

    factors: tuple[Manifold, ...]
    dim: int = eqx.field(static=True)

    def __init__(self, *factors: Any):
        if len(factors) < 2:
            raise ShapeError(f"Product: there must be two or more factors, got {len(factors)}")
        self.factors = tuple(checked_manifold("Product: a factor", f) for f in factors)
        self.dim = sum(f.dim for f in self.factors)

    @property
    def metric(self) -> Metric:
        """The block-diagonal metric."""
        return combined_metric(self.factors, sp.S(1))

    @property
    def embedding(self) -> "_SideBySide | None":
        """The embeddings side by side, if every factor has one."""
        maps = tuple(f.embedding for f in self.factors)
        found = tuple(m for m in maps if m is not None)
        return _SideBySide(found, tuple(f.dim for f in self.factors)) if len(found) == len(maps) else None

    @property
    def curvature(self) -> Curvature:
        """Scalar curvatures add; it is Einstein if all factors are, with one constant."""
        renamed = [f.curvature.replaced(put) for f, put in zip(self.factors, renamings(self.factors), strict=True)]
        einstein, sectional = {c.einstein for c in renamed}, {c.sectional for c in renamed}
        return Curvature(
            sp.Add(*(c.scalar for c in renamed)),
            einstein.pop() if len(einstein) == 1 else None,
            sp.S(0) if sectional == {sp.S(0)} else None,
        )

    @property
    def volume(self) -> float:
        """The product of the volumes."""
        return prod(f.volume for f in self.factors)

    @property
    def patch(self) -> Patch:
        """The product of the patches."""
        low, high = (sum(corners, ()) for corners in zip(*(f.patch for f in self.factors), strict=True))
        return Patch(low, high)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        sources = dict.fromkeys(f.source for f in self.factors)
        return "; ".join(["O'Neill, Semi-Riemannian Geometry, ch. 3 (products)", *sources])

    def levels(self, count: int) -> Levels:
        """Sums of the eigenvalues of the factors, equal ones together; the multiplicities multiply."""
        return reduce(lambda a, b: _summed(a, b, count), (f.levels(count) for f in self.factors))

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """The sum of those of the factors."""
        parts = zip(self.factors, self._split(x), self._split(y), strict=True)
        return sum(f.squared_distance(a, b) for f, a, b in parts)  # pyright: ignore[reportReturnType]

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """The ends in every factor."""
        parts = zip(self.factors, self._split(x), self._split(v), strict=True)
        return jnp.concatenate([f.geodesic_end(a, b) for f, a, b in parts])

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """The initial velocities in every factor."""
        parts = zip(self.factors, self._split(x), self._split(y), strict=True)
        return jnp.concatenate([f.geodesic_start(a, b) for f, a, b in parts])

    def closed_heat_kernel(self) -> Method:
        """The product of those of the factors."""
        return ProductKernel(tuple(f.closed_heat_kernel() for f in self.factors))

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Random points of every factor, independent of each other."""
        keys = jax.random.split(key, len(self.factors))
        return jnp.concatenate([f.sample(k, count) for f, k in zip(self.factors, keys, strict=True)], axis=-1)

    def _split(self, x: Float[Array, "*batch n"]) -> list[Float[Array, "*batch _"]]:
        return jnp.split(x, _cuts([f.dim for f in self.factors]), axis=-1)

    def __repr__(self) -> str:
        return f"Product({', '.join(map(repr, self.factors))})"


class _SideBySide(eqx.Module):
    """Maps of consecutive parts of the point, with their values one after the other."""

    maps: tuple[Callable[..., Any], ...]
    dims: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        parts = jnp.split(x, _cuts(self.dims))
        return jnp.concatenate([f(part) for f, part in zip(self.maps, parts, strict=True)])


def _summed(a: Levels, b: Levels, count: int) -> Levels:
    """The lowest sums of two lists of levels, of which each holds its ``count`` lowest."""
    values = (a.values[:, None] + b.values).reshape(-1)
    multiplicities = (a.multiplicities[:, None] * b.multiplicities).reshape(-1)
    order = np.argsort(values, kind="stable")
    values, multiplicities = values[order], multiplicities[order]
    begins = np.flatnonzero(np.diff(values, prepend=-np.inf) > _SAME * np.abs(values))
    return Levels.of(list(zip(values[begins], np.add.reduceat(multiplicities, begins), strict=True))[:count])


def _cuts(dims: Any) -> list[int]:
    return np.cumsum(dims)[:-1].tolist()
