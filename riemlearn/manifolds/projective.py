"""Real projective spaces: spheres with antipodes identified."""

from functools import cache
from math import pi, sqrt
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.errors import check_integer
from riemlearn.heat_kernel import Closed
from riemlearn.heat_kernel import sphere as spheres
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch, check_dim
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.euclidean import uniform_directions
from riemlearn.manifolds.geodesics import end_through, squared_arc_length, start_through
from riemlearn.manifolds.parameters import as_number, exact, shown
from riemlearn.manifolds.sphere import checked_radius, harmonics
from riemlearn.metric import Metric


class RealProjectiveSpace(Manifold):
    r"""Real projective space :math:`\mathbb{RP}^n = S^n / \pm 1` of a radius, in affine coordinates.

    u stands for the line through (1, u):

    .. math:: g = r^2\, \frac{(1 + |u|^2)\, |du|^2 - (u \cdot du)^2}{(1 + |u|^2)^2} .

    Every sectional curvature is :math:`1/r^2`.  The chart leaves out a hyperplane at infinity.

    Parameters
    ----------
    dim : int
        Dimension n.
    radius : number or Symbol
        Radius of the sphere that covers it; as of :class:`Sphere`.

    Examples
    --------
    >>> RealProjectiveSpace(2).levels(3).multiplicities.tolist()
    [1, 5, 9]
    >>> print(f"{RealProjectiveSpace(2).distance([-1.0, 0.0], [3.0, 0.0]):.10f}")  # through infinity
    1.1071487178
    """

    dim: int = eqx.field(static=True)
    radius: float | int | sp.Expr = eqx.field(static=True)

    def __init__(self, dim: int, radius: Any = 1):
        check_dim("RealProjectiveSpace", dim, 1)
        self.dim, self.radius = dim, checked_radius("RealProjectiveSpace", radius)

    @property
    def metric(self) -> Metric:
        """The metric that the sphere induces."""
        return _metric(self.dim, self._exact)

    @property
    def embedding(self) -> "_Veronese":
        r"""Veronese's: :math:`r\, x x^T / \sqrt 2` of a unit vector x on the line, as its n (n + 3) / 2 + 1 entries."""
        return _Veronese(self._number)

    @property
    def volume(self) -> float:
        """Half that of the sphere."""
        return spheres.unit_volume(self.dim) * self._number**self.dim / 2

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is 1 / r^2; a circle has none."""
        return Curvature.isotropic(1 / self._exact**2 if self.dim > 1 else 0, self.dim)

    @property
    def patch(self) -> Patch:
        """A cube about the origin."""
        return Patch((-1.5,) * self.dim, (1.5,) * self.dim)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Berger, Gauduchon, Mazet, Le spectre d'une variété riemannienne, ch. III"

    def levels(self, count: int) -> Levels:
        r"""Those of the sphere of even degree l: :math:`l (l + n - 1) / r^2`."""
        n, count = self.dim, check_integer("levels: count", count, 1)
        even = range(0, 2 * count, 2)
        return Levels.of((l * (l + n - 1) / self._number**2, harmonics(n, l)) for l in even)

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the angle of two lines, at most pi / 2, times the radius."""
        a, b = unit_line(x), unit_line(y)
        return self._number**2 * squared_arc_length(a, nearer_of_two(a, b))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Below a great circle of the sphere."""
        return end_through(unit_line, _affine, x, v)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Below a great circle of the sphere; NaN for lines that are orthogonal."""
        return start_through(unit_line, _affine, x, y, only_nearer_of_two)

    def closed_heat_kernel(self) -> Closed:
        """The sum of those of the sphere at the two points that stand for one; n = 1, 2, 3."""
        return two_lifts(self.dim, self._number, self.squared_distance, f"RP^{self.dim}")

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Lines uniform on the whole space."""
        return _affine(uniform_directions(key, count, self.dim + 1))

    def __repr__(self) -> str:
        scale = "" if self.radius == 1 else f", radius={shown(self._exact)}"
        return f"RealProjectiveSpace({self.dim}{scale})"

    @property
    def _exact(self) -> sp.Expr:
        """The radius as it stands in closed forms."""
        return exact("radius", self.radius)

    @property
    def _number(self) -> float | int:
        """The radius, if it is a number."""
        return as_number(self, self.radius) if isinstance(self.radius, sp.Expr) else self.radius


def unit_line(u: Float[Array, "*batch n"]) -> Float[Array, "*batch d"]:
    """Unit vector on the line through (1, u)."""
    vector = jnp.concatenate([jnp.ones_like(u[..., :1]), u], axis=-1)
    return vector / jnp.sqrt(jnp.sum(vector**2, axis=-1, keepdims=True))


def _affine(x: Float[Array, "*batch d"]) -> Float[Array, "*batch n"]:
    return x[..., 1:] / x[..., :1]


def nearer_of_two(x: Float[Array, "*#batch d"], y: Float[Array, "*#batch d"]) -> Float[Array, "*batch d"]:
    """That of y and -y which is nearer to x."""
    return jnp.where(jnp.sum(x * y, axis=-1, keepdims=True) < 0, -y, y)


def only_nearer_of_two(x: Float[Array, " d"], y: Float[Array, " d"]) -> Float[Array, " d"]:
    """The same, but NaN where rounding cannot tell."""
    tied = jnp.abs(jnp.sum(x * y)) <= 4 * float(jnp.finfo(x.dtype).eps)
    return jnp.where(tied, jnp.nan, nearer_of_two(x, y))


def two_lifts(dim: int, radius: Any, squared_distance: Any, name: str) -> Closed:
    r"""Heat kernel of a sphere with antipodes identified: :math:`K_t(r) = K^S_t(r) + K^S_t(\pi - r)`.

    Raises
    ------
    NoClosedForm
        If there is none of the sphere in closed form in that dimension.
    """
    spheres.check_dim(dim)
    return Closed(_TwoLifts(dim), dim, squared_distance, radius, spheres.unit_volume(dim) / 2, pi / 2, name)


class _TwoLifts(eqx.Module):
    dim: int = eqx.field(static=True)

    def __call__(self, t: Array, r: Array) -> Array:
        near, far = spheres.log_radial(t, r, self.dim), spheres.log_radial(t, pi - r, self.dim)
        return jnp.logaddexp(near, far)


class _Veronese(eqx.Module):
    """The entries of x x^T on and above the diagonal, weighted so that their norm is that of the matrix."""

    radius: float | int = eqx.field(static=True)

    def __call__(self, u: Float[Array, " n"]) -> Float[Array, " d"]:
        x = unit_line(u)
        rows, columns = jnp.triu_indices(x.shape[0], 1)
        return self.radius * jnp.concatenate([x**2 / sqrt(2), x[rows] * x[columns]])


@cache
def _metric(dim: int, radius: sp.Expr) -> Metric:
    u = sp.symbols(f"u1:{dim + 1}", real=True)
    scale, column = 1 + sum(v**2 for v in u), sp.Matrix(u)
    return Metric.from_sympy(u, (radius**2 * (scale * sp.eye(dim) - column * column.T) / scale**2).applyfunc(sp.factor))
