"""Lattices: a reduced basis, and every vector up to a length, with nothing missed."""

import math
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from riemlearn.laplace_beltrami.levels import Levels

_SAME_LEVEL = 1e-9  # squared lengths that agree to this are one level
_SLACK = 1e-9  # by how much a bound is widened, so that rounding excludes nothing


class Lattice:
    r"""The integer combinations of the rows of a regular matrix.

    Attributes
    ----------
    basis : array (n, n)
        A basis in the rows, reduced by the algorithm of Lenstra, Lenstra and Lovász (*Factoring polynomials with
        rational coefficients*, Math. Ann. 261, 1982): short, and as far from parallel as may be.
    combination, change : integer arrays (n, n)
        The reduced basis in terms of the given one, and back: ``basis = combination @ given``,
        ``given = change @ basis``.

    Examples
    --------
    >>> lattice = Lattice(np.array([[1.0, 0.0], [7.0, 1.0]]))
    >>> lattice.basis.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> len(lattice.vectors(1.5))
    9
    """

    def __init__(self, rows: Float[np.ndarray, "n n"]):
        self.basis, self.combination = _reduced(rows)
        self.change: Int[np.ndarray, "n n"] = np.rint(np.linalg.inv(self.combination)).astype(np.int64)

    @cached_property
    def gram(self) -> Float[np.ndarray, "n n"]:
        """Inner products of the reduced basis."""
        return self.basis @ self.basis.T

    @cached_property
    def dual_basis(self) -> Float[np.ndarray, "n n"]:
        """The dual basis of the reduced one, in the rows."""
        return np.linalg.inv(self.basis).T

    @cached_property
    def dual(self) -> "Lattice":
        """The vectors whose inner products with all of this lattice are integers."""
        return Lattice(self.dual_basis)

    @cached_property
    def half_diameter(self) -> float:
        """Length of the longest half diagonal of the reduced parallelepiped: no point is farther from the lattice."""
        corners = np.array(list(product((-0.5, 0.5), repeat=len(self.basis))))
        return float(np.linalg.norm(corners @ self.basis, axis=1).max())

    @cached_property
    def steps(self) -> Float[np.ndarray, " n"]:
        """Lengths of the reduced basis after orthogonalisation by Gram and Schmidt."""
        return np.abs(np.diag(np.linalg.qr(self.basis.T)[1]))

    def vectors(self, radius: float) -> Int[np.ndarray, "k n"]:
        r"""All vectors of at most a length, as integer coordinates in the reduced basis, the shortest first.

        A coordinate of w is the inner product of w with a vector of the dual basis, and by Cauchy and Schwarz at most
        its length times the radius.
        """
        bounds = np.floor(radius * (1 + _SLACK) * np.linalg.norm(self.dual_basis, axis=1)).astype(int)
        axes = np.meshgrid(*(np.arange(-b, b + 1) for b in bounds), indexing="ij")
        points = np.stack([axis.ravel() for axis in axes], axis=1)
        lengths = np.linalg.norm(points @ self.basis, axis=1)
        order = np.argsort(lengths, kind="stable")
        return points[order[: np.count_nonzero(lengths <= radius * (1 + _SLACK))]]

    def near_cell(self, excess: float = 0.0) -> Int[np.ndarray, "k n"]:
        r"""All k that some f of the cube :math:`[-1/2, 1/2]^n` has nearly as near as 0, in reduced coordinates.

        That is :math:`|f - k|^2 \le |f|^2 + e` for the excess e. The difference is linear in f, so that a corner
        decides: :math:`|k|^2 - \sum_i |(G k)_i| \le e`. With e = 0 the lattice vector nearest to f is among them.
        """
        longest = self.half_diameter + math.sqrt(self.half_diameter**2 + excess)
        found = self.vectors(longest)
        inner = found @ self.gram
        gain = np.sum(inner * found, axis=1) - np.sum(np.abs(inner), axis=1)
        return found[gain <= excess + _SLACK * self.gram.max()]

    def gaussian_radius(self, rate: float, error: float, shift: float = 0.0) -> float:
        r"""A radius beyond which :math:`\sum e^{-\mathrm{rate}\,|w|^2}` over a shifted lattice is at most ``error``.

        For any :math:`0 < \sigma < 1`, since a one-dimensional sum over integers is at most
        :math:`1 + \int`,

        .. math:: \sum_{|w| > R} e^{-a |w|^2} \le e^{-(1 - \sigma) a R^2} \sum_w e^{-\sigma a |w|^2}
            \le e^{-(1 - \sigma) a R^2} \prod_i \Bigl(1 + \sqrt{\pi / \sigma a}\, / |b_i^*|\Bigr) .

        Parameters
        ----------
        rate : float
            The rate a.
        error : float
            What may be left out.
        shift : float
            The radius is enlarged by this: w = f - k with \|f\| at most so long, and the bound is for \|k\|.
        """
        squares = []
        for sigma in (0.05, 0.1, 0.2, 0.4):
            log_total = float(np.sum(np.log1p(math.sqrt(math.pi / (sigma * rate)) / self.steps)))
            squares.append((log_total - math.log(error)) / ((1 - sigma) * rate))
        return math.sqrt(max(min(squares), 0.0)) + shift

    def squared_lengths(self, count: int) -> Levels:
        """The first distinct squared lengths, and how many vectors have each.

        Lengths whose squares agree to a relative 1e-9 are taken for one.
        """
        radius = float(np.linalg.norm(self.basis, axis=1).min())
        while True:
            found = self.vectors(radius)
            squares = np.sort(np.sum((found @ self.basis) ** 2, axis=1))
            starts = np.flatnonzero(np.diff(squares, prepend=-1.0) > _SAME_LEVEL * squares)
            complete = squares[starts] < radius**2 * (1 - 4 * _SAME_LEVEL)
            if np.count_nonzero(complete) >= count:
                sizes = np.diff(np.append(starts, len(squares)))
                return Levels.of(zip(squares[starts][:count], sizes[:count], strict=True))
            radius *= 1.3


def orthogonal_blocks(gram: Float[np.ndarray, "n n"]) -> list[list[int]]:
    """Indices of basis vectors in groups that are orthogonal to each other.

    Examples
    --------
    >>> orthogonal_blocks(np.array([[1.0, 0, 0.5], [0, 2, 0], [0.5, 0, 1]]))
    [[0, 2], [1]]
    """
    scale = np.sqrt(np.diag(gram))
    joined = (np.abs(gram) > 1e-15 * np.outer(scale, scale)).astype(int)
    reach = np.linalg.matrix_power(joined, len(gram)) > 0
    return [list(map(int, np.flatnonzero(row))) for i, row in enumerate(reach) if not row[:i].any()]


def obtuse_superbase(rows: Float[np.ndarray, "n n"]) -> Any:
    r"""Generators :math:`b_0, \dots, b_n` of a lattice with sum zero and no acute angle between two of them, or None.

    By Selling's algorithm, which always ends well for n <= 3 (Conway and Sloane, *Low-dimensional lattices VI*, Proc.
    R. Soc. Lond. A 436, 1992). For n = 4 there is not always one, and only the given rows are tried.

    Returns
    -------
    integer array (n + 1, n) or None
        The generators in terms of the rows.
    """
    n = len(rows)
    base = np.vstack([-np.ones(n), np.eye(n)]).astype(np.int64)
    while True:
        inner = base @ rows @ rows.T @ base.T
        np.fill_diagonal(inner, 0)
        i, j = np.unravel_index(np.argmax(inner), inner.shape)
        if inner[i, j] <= 1e-14 * np.abs(rows @ rows.T).max():
            return base
        if n > 3:
            return None
        others = [k for k in range(n + 1) if k not in (i, j)]
        base[others] += base[i] * (2 if n == 2 else 1)
        base[i] = -base[i]


def _reduced(rows: Float[np.ndarray, "n n"]) -> tuple[Float[np.ndarray, "n n"], Int[np.ndarray, "n n"]]:
    """Reduce a basis; also the integer matrix that makes the reduced one of the given."""
    n, change = len(rows), np.eye(len(rows), dtype=np.int64)
    k = 1
    while k < n:
        for j in range(k - 1, -1, -1):
            mu, _ = _gram_schmidt(change @ rows)
            change[k] -= int(np.rint(mu[k, j])) * change[j]
        mu, squares = _gram_schmidt(change @ rows)
        if squares[k] >= (0.99 - mu[k, k - 1] ** 2) * squares[k - 1]:
            k += 1
        else:
            change[[k - 1, k]] = change[[k, k - 1]]
            k = max(k - 1, 1)
    return change @ rows, change


def _gram_schmidt(basis: Float[np.ndarray, "n n"]) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, " n"]]:
    """Coefficients and squared lengths of the orthogonalisation."""
    r = np.linalg.qr(basis.T)[1]
    diagonal = np.diag(r)
    return (r / diagonal[:, None]).T, diagonal**2
