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
from riemlearn.errors import check_choice
from riemlearn.heat_kernel import Closed
from riemlearn.manifolds.base import Manifold, Patch, check_dim, squared_arc
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.euclidean import uniform_directions
from riemlearn.manifolds.geodesics import half_space_end, half_space_start, squared_half_space_distance
from riemlearn.metric import Metric

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
        self.dim, self.model = dim, check_choice("HyperbolicSpace: model", model, get_args(Model))

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

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is -1."""
        return Curvature.isotropic(-1, self.dim)

    @property
    def patch(self) -> Patch:
        """Ball: up to 2.6 from the centre in H^3; half-space: heights from 0.5 to 2; hyperboloid: a cube."""
        n = self.dim
        if self.model == "half_space":
            return Patch((-1.0,) * (n - 1) + (0.5,), (1.0,) * (n - 1) + (2.0,))
        half = 1.5 if self.model == "hyperboloid" else 0.5 * min(1.0, (3 / n) ** 0.5)
        return Patch((-half,) * n, (half,) * n)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return (
            "Ratcliffe, Foundations of Hyperbolic Manifolds, ch. 3 and 4; Davies, Heat Kernels and Spectral Theory, 5.7"
        )

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        r"""Square of :math:`2 \operatorname{arsinh}(\delta / 2)`, with the model's form of :math:`\delta`."""
        square = jnp.sum((x - y) ** 2, axis=-1)
        if self.model == "hyperboloid":
            square = _minkowski_square(x, y)
        elif self.model == "ball":
            square = 4 * square / (_inside(1 - jnp.sum(x * x, axis=-1)) * _inside(1 - jnp.sum(y * y, axis=-1)))
        else:
            return squared_half_space_distance(x, y)
        return squared_arc(lambda chord: 2 * jnp.arcsinh(chord / 2), square)

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """In the half-space, the model whose coordinates keep most digits of far points."""
        start, velocity = jax.jvp(self._to_half_space, (x,), (v,))
        return self._from_half_space(half_space_end(start, velocity))

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """In the half-space."""
        start = self._to_half_space(x)
        velocity = half_space_start(start, self._to_half_space(y))
        return jax.jvp(self._from_half_space, (start,), (velocity,))[1]

    def closed_heat_kernel(self) -> Closed:
        """Positive-term formulas in every dimension."""
        return Closed.hyperbolic(self.dim, self.squared_distance)

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

    def _to_half_space(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        """The isometry to the half-space."""
        return {"ball": _cayley, "half_space": _same, "hyperboloid": _hyperboloid_to_half_space}[self.model](x)

    def _from_half_space(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        """The isometry from the half-space."""
        return {"ball": _cayley, "half_space": _same, "hyperboloid": _half_space_to_hyperboloid}[self.model](x)

    def __repr__(self) -> str:
        return f"HyperbolicSpace({self.dim}, model={self.model!r})"


def _inside(height: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """How far a point is inside its chart; NaN outside."""
    return jnp.where(height > 0, height, jnp.nan)


def _minkowski_square(a: Float[Array, "*#batch n"], b: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
    """Squared length of the chord of two points of the hyperboloid, which is spacelike."""
    height_a, height_b = (jnp.sqrt(1 + jnp.sum(p * p, axis=-1)) for p in (a, b))
    rise = jnp.sum((a - b) * (a + b), axis=-1) / (height_a + height_b)
    square = jnp.sum((a - b) ** 2, axis=-1) - rise**2
    return jnp.where(square < 0, 0, square)  # not jnp.maximum, which halves the derivative at zero


def _cayley(ball: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """From the ball to the half-space and back: inversion about (0, ..., 0, -1), takes 0 to (0, ..., 0, 1)."""
    below = jnp.zeros_like(ball).at[..., -1].set(-1)
    return below + 2 * (ball - below) / jnp.sum((ball - below) ** 2, axis=-1, keepdims=True)


def _same(x: Float[Array, " n"]) -> Float[Array, " n"]:
    return x


def _hyperboloid_to_half_space(x: Float[Array, " n"]) -> Float[Array, " n"]:
    r""":math:`(x', 1) / (X_0 - X_n)`, a difference without cancellation."""
    time = jnp.sqrt(1 + jnp.sum(x * x))
    down = x[-1] < 0
    difference = jnp.where(down, time - x[-1], (1 + jnp.sum(x[:-1] ** 2)) / jnp.where(down, 1, time + x[-1]))
    return jnp.concatenate([x[:-1], jnp.ones_like(x[:1])]) / difference


def _half_space_to_hyperboloid(x: Float[Array, " n"]) -> Float[Array, " n"]:
    r""":math:`(x', (|x|^2 - 1) / 2) / x_n`."""
    upward = (jnp.sum(x[:-1] ** 2) + (x[-1] - 1) * (x[-1] + 1)) / 2
    return jnp.concatenate([x[:-1], upward[None]]) / x[-1]


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
