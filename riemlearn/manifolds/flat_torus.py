"""Flat tori: Euclidean space modulo a lattice."""

from collections.abc import Callable
from functools import cache
from math import pi
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Float

from riemlearn.chart import periodic
from riemlearn.errors import MetricError, ShapeError, check_integer
from riemlearn.heat_kernel.arguments import full_product
from riemlearn.heat_kernel.lattice import Periodic
from riemlearn.laplace_beltrami import Levels
from riemlearn.laplace_beltrami.lattice import Lattice, obtuse_superbase
from riemlearn.manifolds.base import Manifold, Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.metric import Metric

Rows = tuple[tuple[float, ...], ...]


class FlatTorus(Manifold):
    r"""The flat torus :math:`\mathbb R^n / \Lambda` of any lattice, n <= 4, in units of generators of the lattice.

    The coordinates x of the point :math:`\sum_i x_i b_i` all have period 1; :math:`g_{ij} = \langle b_i, b_j\rangle`.

    Parameters
    ----------
    lattice : int or array-like of shape (n, n)
        Generators :math:`b_i` of the lattice in the rows; an integer n stands for the unit matrix.

    Raises
    ------
    ShapeError
        If the lattice is no square matrix of numbers, or n is not 1 to 4.
    MetricError
        If its rows are linearly dependent.

    Examples
    --------
    >>> hexagonal = FlatTorus([[1.0, 0.0], [0.5, 3**0.5 / 2]])
    >>> hexagonal.levels(3).multiplicities.tolist()
    [1, 6, 6]
    >>> print(f"{hexagonal.distance([0.0, 0.0], [1 / 3, 1 / 3]):.10f}")
    0.5773502692
    """

    dim: int = eqx.field(static=True)
    generators: Rows = eqx.field(static=True)

    def __init__(self, lattice: Any):
        self.generators = _generators(lattice)
        self.dim = len(self.generators)

    @property
    def metric(self) -> Metric:
        r""":math:`B B^T`, with the generators in the rows of B."""
        return _metric(self.generators)

    @property
    def embedding(self) -> Callable[[Float[Array, " n"]], Float[Array, " d"]] | None:
        """As a product of circles that x winds around by integer combinations; n = 4 only for some lattices."""
        return _circles(self.generators)

    @property
    def volume(self) -> float:
        r""":math:`|\det B|`."""
        return abs(float(np.linalg.det(np.array(self.generators))))

    @property
    def curvature(self) -> Curvature:
        """None."""
        return Curvature.isotropic(0, self.dim)

    @property
    def patch(self) -> Patch:
        """All of it."""
        return Patch((0.0,) * self.dim, (1.0,) * self.dim)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Berger, Gauduchon, Mazet, Le spectre d'une variété riemannienne, ch. III; Chavel, Eigenvalues, ch. II"

    def levels(self, count: int) -> Levels:
        r""":math:`4 \pi^2 |m|^2` for the vectors m of the dual lattice; equal to a relative 1e-9 is one level."""
        count = check_integer("levels: count", count, 1)
        lengths = _cell(self.generators).lattice.dual.squared_lengths(count)
        return Levels(4 * pi**2 * lengths.values, lengths.multiplicities)

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """The least over the vectors that can be nearest."""
        return jnp.min(self._squares(self._steps(x, y)), axis=-1)

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """The sum: every real number is a point of a circle."""
        return x + v

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """The shortest of the differences; NaN where rounding cannot tell it from another."""
        steps = self._steps(x, y)
        squares = self._squares(steps)
        least = jnp.min(squares)
        tied = jnp.sum(squares <= least * (1 + 32 * float(jnp.finfo(least.dtype).eps))) > 1
        shortest = steps[jnp.argmin(squares)]
        return jnp.where(tied, jnp.nan, full_product(shortest, _cell(self.generators).lattice.combination))

    def closed_heat_kernel(self) -> Periodic:
        """Theta functions: over the lattice at small times, over its dual at large ones."""
        return Periodic(self.generators)

    def __repr__(self) -> str:
        unit = self.generators == _generators(self.dim)
        return f"FlatTorus({self.dim})" if unit else f"FlatTorus({[list(row) for row in self.generators]})"

    def _steps(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch k n"]:
        """Vectors from x to y in the reduced basis; the shortest is among them."""
        cell = _cell(self.generators)
        difference = y - x
        wrapped = full_product(difference - jnp.round(difference), cell.lattice.change)
        reduced = wrapped - jnp.round(wrapped)
        return reduced[..., None, :] - jnp.asarray(cell.near, reduced.dtype)

    def _squares(self, steps: Float[Array, "*batch k n"]) -> Float[Array, "*batch k"]:
        """Squared lengths of vectors in the reduced basis."""
        return jnp.sum(full_product(steps, _cell(self.generators).lattice.basis) ** 2, axis=-1)


class _Cell:
    """A lattice, and its vectors that can be nearest to a point of the reduced cell."""

    def __init__(self, generators: Rows):
        self.lattice = Lattice(np.array(generators))
        self.near = self.lattice.near_cell().astype(float)


_cell = cache(_Cell)


class _Circles(eqx.Module):
    r"""Circles of lengths :math:`l_k`, and how often each :math:`x_i` winds around each."""

    lengths: tuple[float, ...] = eqx.field(static=True)
    windings: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        angles = 2 * pi * jnp.asarray(self.windings, x.dtype) @ x
        radii = jnp.asarray(self.lengths, x.dtype) / (2 * pi)
        return jnp.stack([radii * jnp.cos(angles), radii * jnp.sin(angles)], axis=-1).reshape(-1)


@cache
def _circles(generators: Rows) -> _Circles | None:
    r"""Circles by Selling's formula for the generators :math:`b_0, \dots, b_n` of a superbase without acute angles.

    :math:`|\sum_i y_i b_i|^2 = \sum_{i<j} -\langle b_i, b_j\rangle (y_i - y_j)^2`, with :math:`y_0 = 0`: each positive
    coefficient is the square of the length of a circle.
    """
    lattice = _cell(generators).lattice
    base = obtuse_superbase(lattice.basis)
    if base is None:
        return None
    inner = base @ lattice.gram @ base.T
    # x in units of the generators is x @ change in the reduced basis, which is y @ base[1:]
    to_y = np.rint(lattice.change @ np.linalg.inv(base[1:])).astype(int)
    y = np.concatenate([np.zeros((len(base) - 1, 1), int), to_y], axis=1)
    pairs = [(i, j) for j in range(len(base)) for i in range(j) if -inner[i, j] > 1e-14 * np.abs(inner).max()]
    lengths = tuple(float(np.sqrt(-inner[i, j])) for i, j in pairs)
    return _Circles(lengths, tuple(tuple(int(k) for k in y[:, j] - y[:, i]) for i, j in pairs))


def _generators(lattice: Any) -> Rows:
    """Generators as numbers, checked."""
    if isinstance(lattice, int) and not isinstance(lattice, bool) and 1 <= lattice <= 4:
        return tuple(tuple(map(float, row)) for row in np.eye(lattice))
    try:
        rows = np.asarray(lattice, dtype=float)
    except (TypeError, ValueError):
        rows = np.zeros(0)
    n = len(rows) if rows.ndim else 0
    if rows.shape != (n, n) or not 1 <= n <= 4 or not np.all(np.isfinite(rows)):
        raise ShapeError(
            f"FlatTorus: the lattice must be an integer from 1 to 4, or a square matrix of that size, got {lattice!r}"
        )
    lengths = np.linalg.norm(rows, axis=1)
    if not np.all(lengths > 0) or abs(np.linalg.det(rows / lengths[:, None])) < 1e-12:
        raise MetricError(f"FlatTorus: the rows of {rows.tolist()} are linearly dependent and generate no lattice")
    table: Any = rows.tolist()
    return tuple(tuple(map(float, row)) for row in table)


@cache
def _metric(generators: Rows) -> Metric:
    rows = np.array(generators)
    x = sp.symbols(f"x1:{len(rows) + 1}", real=True)
    gram = [[_number(float(a @ b)) for b in rows] for a in rows]
    return Metric.from_sympy(x, sp.Matrix(gram), domain={name: periodic(1) for name in x})


def _number(value: float) -> sp.Expr:
    return sp.Integer(int(value)) if value.is_integer() else sp.Float(value)
