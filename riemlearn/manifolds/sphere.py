"""Round spheres in polar angles."""

from functools import cache
from math import comb, pi
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.chart import periodic, pole_interval
from riemlearn.errors import check_integer
from riemlearn.heat_kernel import Closed
from riemlearn.heat_kernel.sphere import unit_volume
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch, check_dim, safe_norm
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.euclidean import uniform_directions
from riemlearn.manifolds.geodesics import end_through, squared_arc_length, start_through
from riemlearn.manifolds.parameters import as_number, exact, positive, shown
from riemlearn.metric import Metric


class Sphere(Manifold):
    r"""The round sphere S^n of a radius in polar angles :math:`(\theta_1, \dots, \theta_{n-1}, \varphi)`.

    :math:`g = r^2 (d\theta_1^2 + \sin^2\theta_1 (d\theta_2^2 + \dots + \sin^2\theta_{n-1} d\varphi^2))`;
    every sectional curvature is :math:`1/r^2`.

    Parameters
    ----------
    dim : int
        Dimension n.
    radius : number or Symbol
        Radius.  While it is a symbol there are closed forms, and numbers raise :class:`UnboundParameter`.

    Examples
    --------
    >>> Sphere(2, radius=3).connection.scalar.expr
    2/9
    >>> Sphere(2, radius=sp.Symbol("r", positive=True)).connection.scalar.expr
    2/r**2
    """

    dim: int = eqx.field(static=True)
    radius: float | int | sp.Expr = eqx.field(static=True)

    def __init__(self, dim: int, radius: Any = 1):
        check_dim("Sphere", dim, 1)
        self.dim, self.radius = dim, checked_radius("Sphere", radius)

    @property
    def metric(self) -> Metric:
        """The round metric."""
        return _metric(self.dim, self._exact)

    @property
    def embedding(self) -> "_Embedding":
        """Into R^(n+1); for n = 2 it is r (sin theta cos phi, sin theta sin phi, cos theta)."""
        return _Embedding(self._number)

    @property
    def volume(self) -> float:
        r""":math:`2 \pi^{(n+1)/2} r^n / \Gamma((n+1)/2)`."""
        return unit_volume(self.dim) * self._number**self.dim

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is 1 / r^2; a circle has none."""
        return Curvature.isotropic(1 / self._exact**2 if self.dim > 1 else 0, self.dim)

    @property
    def patch(self) -> Patch:
        """Angles keep 0.4 from the poles."""
        return Patch((0.4,) * (self.dim - 1) + (0.0,), (pi - 0.4,) * (self.dim - 1) + (2 * pi,))

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Lee, Introduction to Riemannian Manifolds, ch. 3; Chavel, Eigenvalues in Riemannian Geometry, II.4"

    def levels(self, count: int) -> Levels:
        r""":math:`l (l + n - 1) / r^2`, and the harmonic polynomials of degree l in n + 1 variables."""
        n, count = self.dim, check_integer("levels: count", count, 1)
        return Levels.of((l * (l + n - 1) / self._number**2, harmonics(n, l)) for l in range(count))

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the length of the great arc, accurate for points that are close and for antipodes.

        Every angle is the coordinate of a point of the sphere, the poles included, so that none is refused.
        """
        embed = jnp.vectorize(_Embedding(1.0), signature="(n)->(d)")
        return self._number**2 * squared_arc_length(embed(x), embed(y))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle."""
        return end_through(_Embedding(1.0), _angles, x, v)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle; NaN at the antipode."""
        return start_through(_Embedding(1.0), _angles, x, y)

    def closed_heat_kernel(self) -> Closed:
        """Theta functions for small times, eigenfunctions for large ones; S^1, S^2 and S^3."""
        return Closed.sphere(self.dim, self._number, self.squared_distance)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Points uniform on the whole sphere."""
        return _angles(uniform_directions(key, count, self.dim + 1))

    def __repr__(self) -> str:
        return f"Sphere({self.dim})" if self.radius == 1 else f"Sphere({self.dim}, radius={shown(self._exact)})"

    @property
    def _exact(self) -> sp.Expr:
        """The radius as it stands in closed forms."""
        return exact("radius", self.radius)

    @property
    def _number(self) -> float | int:
        """The radius, if it is a number."""
        return as_number(self, self.radius) if isinstance(self.radius, sp.Expr) else self.radius


def checked_radius(name: str, radius: Any) -> float | int | sp.Expr:
    """Return a radius as a number, or as an expression while it has a symbol.

    Raises
    ------
    ShapeError
        If it is not positive and finite.
    """
    given = positive(f"{name}: the radius", radius)
    return given if isinstance(radius, sp.Expr) else radius if isinstance(radius, int) else float(radius)


def harmonics(n: int, l: int) -> int:
    """How many independent harmonic polynomials of degree l there are in n + 1 variables."""
    return comb(n + l, n) - (comb(n + l - 2, n) if l > 1 else 0)


class _Embedding(eqx.Module):
    r"""Polar angles to Cartesian coordinates: the axis of :math:`\theta_1` last, :math:`\varphi` in the first plane."""

    radius: float | int = eqx.field(static=True)

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        sines, coordinates = jnp.ones_like(x[0]), []
        for angle in x:
            coordinates.append(sines * jnp.cos(angle))
            sines = sines * jnp.sin(angle)
        coordinates.append(sines)
        # (cos phi, sin phi) come last in this order: bring them to the front, the polar axis to the end.
        return self.radius * jnp.stack([*coordinates[-2:], *coordinates[-3::-1]])


def _angles(points: Float[Array, "*batch d"]) -> Float[Array, "*batch n"]:
    """The inverse of the embedding of the unit sphere."""
    coordinates = jnp.concatenate([points[..., :1:-1], points[..., :2]], axis=-1)
    angles = []
    for i in range(coordinates.shape[-1] - 2):
        angles.append(jnp.arctan2(safe_norm(coordinates[..., i + 1 :]), coordinates[..., i]))
    angles.append(jnp.arctan2(coordinates[..., -1], coordinates[..., -2]) % (2 * pi))
    return jnp.stack(angles, axis=-1)


@cache
def _metric(dim: int, radius: sp.Expr) -> Metric:
    thetas = ["theta"] if dim == 2 else [f"theta{i + 1}" for i in range(dim - 1)]
    angles = tuple(sp.Symbol(name, real=True) for name in (*thetas, "phi"))
    square = radius**2
    diagonal = []
    for angle in angles:
        diagonal.append(square)
        square = square * sp.sin(angle) ** 2
    domain = {angle: pole_interval(0, sp.pi) for angle in angles[:-1]} | {angles[-1]: periodic(2 * sp.pi)}
    return Metric.from_sympy(angles, sp.diag(*diagonal), domain=domain)
