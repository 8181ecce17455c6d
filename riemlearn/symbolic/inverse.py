r"""The inverse of a metric and its second compound, by blocks and minors.

Rows and columns that the zeros of the matrix separate are inverted apart.  Within a block :math:`B` of the matrix

.. math::

    g^{ij} = \frac{(-1)^{i+j} \det g_{B-j,\,B-i}}{\det g_B}, \qquad
    g^{ik} g^{jl} - g^{il} g^{jk} = \frac{(-1)^{i+j+k+l} \det g_{B-kl,\,B-ij}}{\det g_B},

the second by Jacobi's identity on the minors of an inverse: it has the determinant to the first power where the
products have the second.
"""

from fractions import Fraction
from functools import cache, cached_property
from itertools import combinations

import sympy as sp

from riemlearn.errors import MetricError
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.minors import Minors

Block = tuple[int, ...]
Pair = tuple[int, int]


class Inverse:
    """The inverse of a symmetric matrix, entry by entry.

    Parameters
    ----------
    embedding : Embedding
        The ring that the entries live in.
    matrix : list of lists of Element
        The matrix, symmetric.

    Raises
    ------
    MetricError
        If the determinant vanishes identically, as soon as something is divided by it.
    """

    def __init__(self, embedding: Embedding, matrix: list[list[Element]]):
        self.embedding, self.ring = embedding, embedding.ring
        self.block_of = _blocks(matrix)
        self._minors = Minors(self.ring, matrix)
        self.reciprocal = cache(self._reciprocal)
        self._entry, self._compound = cache(self._entry_of), cache(self._compound_of)
        self.row, self.compound_row = cache(self._row), cache(self._compound_row)

    @cached_property
    def determinant(self) -> Element:
        """The determinant of the whole matrix."""
        product = self.ring.one
        for block in dict.fromkeys(self.block_of):
            product = product * self._minors(block, block)
        return product

    def log_density(self, k: int) -> Element:
        r""":math:`\partial_k \log \sqrt{|\det g|} = \tfrac12 \partial_k \det g / \det g`."""
        half, blocks = self.ring.constant(Fraction(1, 2)), dict.fromkeys(self.block_of)
        return self.ring.dot((half, self._minors(b, b).along(k), self.reciprocal(b)) for b in blocks)

    def entry(self, i: int, j: int) -> Element:
        r""":math:`g^{ij}`."""
        return self._entry(i, j) if i <= j else self._entry(j, i)

    def compound(self, p: Pair, q: Pair) -> Element:
        r""":math:`g^{ik} g^{jl} - g^{il} g^{jk}` for :math:`p = (i, j)` and :math:`q = (k, l)`, both in order."""
        return self._compound(p, q) if p <= q else self._compound(q, p)

    def _entry_of(self, i: int, j: int) -> Element:
        block = self.block_of[i]
        if self.block_of[j] != block:
            return self.ring.zero
        minor = self._minors(_without(block, j), _without(block, i))
        return _signed(minor, block.index(i) + block.index(j)) * self.reciprocal(block)

    def _compound_of(self, p: Pair, q: Pair) -> Element:
        (i, j), (k, l) = p, q
        block = self.block_of[i]
        if self.block_of[j] == block:
            if self.block_of[k] != block or self.block_of[l] != block:
                return self.ring.zero
            minor = self._minors(_without(block, k, l), _without(block, i, j))
            return _signed(minor, sum(map(block.index, (i, j, k, l)))) * self.reciprocal(block)
        pairs = ((self.entry(i, k), self.entry(j, l)), (-self.entry(i, l), self.entry(j, k)))
        return self.ring.dot(pairs)

    def _reciprocal(self, block: Block) -> Element:
        determinant = self._minors(block, block)
        if not determinant:
            rank, vector = self._null_vector(block)
            shown = ", ".join(str(vector.get(i, sp.Integer(0))) for i in range(len(self.block_of)))
            raise MetricError(
                f"the metric is singular everywhere: det g = 0; the rows of "
                f"{', '.join(str(self.embedding.coordinates[i]) for i in block)} have rank {rank}, "
                f"and the vector ({shown}) is taken to zero"
            )
        return self.ring.inverse(determinant)

    def _row(self, i: int) -> list[tuple[int, Element]]:
        """The entries of a row that are not zero, with their columns."""
        entries = ((j, self.entry(i, j)) for j in self.block_of[i])
        return [(j, entry) for j, entry in entries if entry]

    def _compound_row(self, p: Pair) -> list[tuple[Pair, Element]]:
        """The entries of a row of the compound that are not zero, with their pairs."""
        first, second = (self.block_of[i] for i in p)
        pairs = dict.fromkeys((min(k, l), max(k, l)) for k in first for l in second if k != l)
        entries = ((q, self.compound(p, q)) for q in pairs)
        return [(q, entry) for q, entry in entries if entry]

    def _null_vector(self, block: Block) -> tuple[int, dict[int, sp.Expr]]:
        """The rank of a singular block, and a vector that it takes to zero, by Cramer's rule."""
        for rank in reversed(range(len(block))):
            for rows in combinations(block, rank):
                for columns in combinations(block, rank):
                    if self._minors(rows, columns):
                        extra = next(c for c in block if c not in columns)
                        support = tuple(sorted((*columns, extra)))
                        minors = (_signed(self._minors(rows, _without(support, c)), k) for k, c in enumerate(support))
                        return rank, dict(zip(support, map(self.embedding.expr, minors), strict=True))
        raise MetricError("a block of the metric has no entries")


def _signed(element: Element, exponent: int) -> Element:
    return -element if exponent % 2 else element


def _without(block: Block, *left_out: int) -> Block:
    return tuple(i for i in block if i not in left_out)


def _blocks(matrix: list[list[Element]]) -> list[Block]:
    """For every row those that non-zero entries connect it with."""
    n = len(matrix)
    found: dict[int, Block] = {}
    for start in range(n):
        if start not in found:
            block, new = {start}, [start]
            while new:
                i = new.pop()
                joined = {j for j in range(n) if matrix[i][j]} - block
                block |= joined
                new += joined
            found |= dict.fromkeys(block, tuple(sorted(block)))
    return [found[i] for i in range(n)]
