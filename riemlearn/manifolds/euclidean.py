"""Euclidean space."""

from collections.abc import Callable
from functools import cache
from math import inf

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.errors import check_integer
from riemlearn.heat_kernel import Closed
from riemlearn.manifolds.base import Manifold, Patch, check_dim, safe_norm
from riemlearn.manifolds.curvature import Curvature
from riemlearn.metric import Metric


class Euclidean(Manifold):
    r"""Euclidean space R^n with Cartesian coordinates.

    Examples
    --------
    >>> Euclidean(3).connection.scalar.expr
    0
    """

    dim: int = eqx.field(static=True)

    def __init__(self, dim: int):
        check_dim("Euclidean", dim, 1)
        self.dim = dim

    @property
    def metric(self) -> Metric:
        """The identity."""
        return _metric(self.dim)

    @property
    def embedding(self) -> Callable[[Float[Array, " n"]], Float[Array, " n"]]:
        """The identity map."""
        return _identity

    @property
    def volume(self) -> float:
        """Infinite."""
        return inf

    @property
    def curvature(self) -> Curvature:
        """None."""
        return Curvature.isotropic(0, self.dim)

    @property
    def patch(self) -> Patch:
        """A cube about the origin."""
        return Patch((-2.0,) * self.dim, (2.0,) * self.dim)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Davies, Heat Kernels and Spectral Theory, ch. 1"

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the length of the difference."""
        return jnp.sum((x - y) ** 2, axis=-1)

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """The sum."""
        return x + v

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """The difference."""
        return y - x

    def closed_heat_kernel(self) -> Closed:
        r""":math:`K_t = (4 \pi t)^{-n/2} e^{-r^2 / 4t}`."""
        return Closed.euclidean(self.dim, self.squared_distance)

    def sample(self, key: PRNGKeyArray, count: int, radius: float = 2.0) -> Float[Array, "count n"]:
        """Points uniform in the ball of the given radius about the origin."""
        return radius * uniform_ball(key, count, self.dim)

    def __repr__(self) -> str:
        return f"Euclidean({self.dim})"


def uniform_directions(key: PRNGKeyArray, count: int, dim: int) -> Float[Array, "count n"]:
    """Unit vectors, uniform on the sphere."""
    normals = jax.random.normal(key, (check_integer("sample: count", count, 0), dim))
    return normals / safe_norm(normals)[:, None]


def uniform_ball(key: PRNGKeyArray, count: int, dim: int) -> Float[Array, "count n"]:
    """Points uniform in the unit ball."""
    for_direction, for_radius = jax.random.split(key)
    directions = uniform_directions(for_direction, count, dim)
    return jax.random.uniform(for_radius, (count, 1)) ** (1 / dim) * directions


def _identity(x: Float[Array, " n"]) -> Float[Array, " n"]:
    return x


@cache
def _metric(dim: int) -> Metric:
    return Metric.from_sympy(sp.symbols(f"x1:{dim + 1}", real=True), sp.eye(dim))
