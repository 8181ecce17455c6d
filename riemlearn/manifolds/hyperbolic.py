"""Hyperbolic space in three models."""

from functools import cache
from math import inf
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.chart import Region, interval
from riemlearn.errors import ShapeError
from riemlearn.heat_kernel import Closed
from riemlearn.manifolds.base import Manifold, check_dim, safe_norm
from riemlearn.manifolds.euclidean import uniform_directions
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, as_points

Model = Literal["ball", "half_space", "hyperboloid"]


class HyperbolicSpace(Manifold):
    r"""Hyperbolic space H^n, of constant curvature -1.

    ======================  =================================================  =====================
    model                   metric                                             chart
    ======================  =================================================  =====================
    ``"ball"``              :math:`4\,|dx|^2 / (1 - |x|^2)^2`                  :math:`|x| < 1`
    ``"half_space"``        :math:`|dx|^2 / x_n^2`                             :math:`x_n > 0`
    ``"hyperboloid"``       :math:`|dx|^2 - (x \cdot dx)^2 / (1 + |x|^2)`      R^n
    ======================  =================================================  =====================

    The point of the hyperboloid in Minkowski space that belongs to x is :math:`(\sqrt{1 + |x|^2}, x)`.

    Parameters
    ----------
    dim : int
        Dimension n >= 2.
    model : {"ball", "half_space", "hyperboloid"}
        The chart.

    Examples
    --------
    >>> HyperbolicSpace(3, model="half_space").connection.scalar.expr
    -6
    """

    dim: int = eqx.field(static=True)
    model: Model = eqx.field(static=True)

    def __init__(self, dim: int, model: Model = "ball"):
        check_dim("HyperbolicSpace", dim, 2)
        if model not in get_args(Model):
            raise ShapeError(f"HyperbolicSpace: model must be one of {get_args(Model)}, got {model!r}")
        self.dim, self.model = dim, model

    @property
    def metric(self) -> Metric:
        """The metric of the model."""
        return _metric(self.dim, self.model)

    @property
    def embedding(self) -> None:
        """There is none here: by Hilbert's theorem not even H^2 has a complete one in R^3."""
        return None

    @property
    def volume(self) -> float:
        """Infinite."""
        return inf

    def distance(self, x: PointsLike, y: PointsLike) -> Float[Array, "*batch"]:
        r"""Geodesic distance :math:`2 \operatorname{arsinh}(\delta / 2)`, with the model's form of :math:`\delta`."""
        a, b = as_points(x, self.dim), as_points(y, self.dim, "y")
        apart = safe_norm(a - b)
        if self.model == "ball":
            delta = 2 * apart / jnp.sqrt(_depth(a) * _depth(b))
        elif self.model == "half_space":
            delta = apart / jnp.sqrt(a[..., -1] * b[..., -1])
        else:
            delta = _minkowski_distance(a, b)
        return 2 * jnp.arcsinh(delta / 2)

    def closed_heat_kernel(self) -> Closed:
        """Positive-term formulas in every dimension."""
        return Closed.hyperbolic(self.dim, self.distance)

    def sample(self, key: PRNGKeyArray, count: int, radius: float = 2.0) -> Float[Array, "count n"]:
        r"""Points uniform in volume in the geodesic ball of the given radius about the origin.

        The origin is 0 in the ball and on the hyperboloid, :math:`(0, \dots, 0, 1)` in the half-space.  Radii are
        drawn by inverting the distribution :math:`\propto \sinh^{n-1} r`, tabulated finely.
        """
        for_direction, for_radius = jax.random.split(key)
        grid = jnp.linspace(0, radius, 4097)
        density = jnp.sinh((grid[1:] + grid[:-1]) / 2) ** (self.dim - 1)
        cumulative = jnp.concatenate([jnp.zeros(1), jnp.cumsum(density)])
        radii = jnp.interp(jax.random.uniform(for_radius, (count,)), cumulative / cumulative[-1], grid)[:, None]
        directions = uniform_directions(for_direction, count, self.dim)
        if self.model == "hyperboloid":
            return jnp.sinh(radii) * directions
        ball = jnp.tanh(radii / 2) * directions
        return ball if self.model == "ball" else _cayley(ball)

    def __repr__(self) -> str:
        return f"HyperbolicSpace({self.dim}, model={self.model!r})"


def _depth(x: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    return 1 - jnp.sum(x * x, axis=-1)


def _minkowski_distance(a: Float[Array, "*batch n"], b: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    """Length of the chord of two points of the hyperboloid, which is spacelike."""
    height_a, height_b = (jnp.sqrt(1 + jnp.sum(p * p, axis=-1)) for p in (a, b))
    rise = jnp.sum((a - b) * (a + b), axis=-1) / (height_a + height_b)
    square = jnp.maximum(jnp.sum((a - b) ** 2, axis=-1) - rise**2, 0)
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)


def _cayley(ball: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """From the ball to the half-space: inversion about (0, ..., 0, -1), which takes 0 to (0, ..., 0, 1)."""
    below = jnp.zeros_like(ball).at[..., -1].set(-1)
    image = below + 2 * (ball - below) / jnp.sum((ball - below) ** 2, axis=-1, keepdims=True)
    return image


def _inside_ball(x: Any) -> Any:
    return (x * x).sum(-1) < 1


@cache
def _metric(dim: int, model: Model) -> Metric:
    x = sp.symbols(f"x1:{dim + 1}", real=True)
    square = sum(v**2 for v in x)
    if model == "ball":
        ball = Region(_inside_ball, "the open unit ball")
        return Metric.from_sympy(x, 4 * sp.eye(dim) / (1 - square) ** 2, region=ball)
    if model == "half_space":
        return Metric.from_sympy(x, sp.eye(dim) / x[-1] ** 2, domain={x[-1]: interval(0)})
    column = sp.Matrix(x)
    return Metric.from_sympy(x, sp.eye(dim) - column * column.T / (1 + square))
