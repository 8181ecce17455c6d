"""Components of a tensor: each computed when it is asked for, once for all that symmetry relates to it."""

from collections.abc import Callable, Iterator
from itertools import product

import sympy as sp

from riemlearn.symbolic.element import Element
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.zero import Decision

Index = tuple[int, ...]
# From an index to the one whose component is stored, and the sign between them: 1, -1, or 0 for what must vanish.
Symmetry = Callable[[Index], tuple[Index, int]]


def plain(index: Index) -> tuple[Index, int]:
    """No symmetry."""
    return index, 1


def symmetric_first(index: Index) -> tuple[Index, int]:
    r"""Symmetric in the first two indices, such as :math:`\partial_k g_{ij}`."""
    i, j, *rest = index
    return (index, 1) if i <= j else ((j, i, *rest), 1)


def symmetric_last(index: Index) -> tuple[Index, int]:
    r"""Symmetric in the last two indices, such as :math:`\Gamma^k{}_{ij}`."""
    *rest, i, j = index
    return (index, 1) if i <= j else ((*rest, j, i), 1)


def symmetric_pairs(index: Index) -> tuple[Index, int]:
    r"""Symmetric in the first two indices and in the last two, such as :math:`\partial_k \partial_l g_{ij}`."""
    i, j, k, l = index
    return (min(i, j), max(i, j), min(k, l), max(k, l)), 1


def alternating_last(index: Index) -> tuple[Index, int]:
    r"""Antisymmetric in the last two indices, such as :math:`R^i{}_{jkl}`."""
    *rest, k, l = index
    return (index, int(k != l)) if k <= l else ((*rest, l, k), -1)


def alternating_pairs(index: Index) -> tuple[Index, int]:
    r"""Antisymmetric in the first two indices and in the last two, such as :math:`R^{ij}{}_{kl}`."""
    i, j, k, l = index
    sign = 1
    if i > j:
        i, j, sign = j, i, -sign
    if k > l:
        k, l, sign = l, k, -sign
    return (i, j, k, l), 0 if i == j or k == l else sign


def curvature_like(index: Index) -> tuple[Index, int]:
    r"""Antisymmetric in two pairs and symmetric under their exchange, such as :math:`R_{ijkl}`."""
    (i, j, k, l), sign = alternating_pairs(index)
    return ((i, j, k, l) if (i, j) <= (k, l) else (k, l, i, j)), sign


class Components:
    """Components of a tensor in closed form, computed one at a time and kept.

    Parameters
    ----------
    embedding : Embedding
        The ring that they live in, and its translation from and to SymPy.
    rank : int
        Number of indices.
    compute : callable
        From an index tuple to the component, an element of the ring or a SymPy expression.
    symmetry : callable, optional
        From an index to the one that is computed in its place, and a sign.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> area = Components(Embedding((x, y)), 2, lambda index: x**2, alternating_last)
    >>> area[1, 0], area[1, 1], area.known
    (-x**2, 0, {(0, 1)})
    """

    def __init__(
        self,
        embedding: Embedding,
        rank: int,
        compute: Callable[[Index], Element | sp.Expr],
        symmetry: Symmetry = plain,
    ):
        self.embedding, self.rank, self.symmetry = embedding, rank, symmetry
        self._compute = compute
        self._elements: dict[Index, Element] = {}
        self._expressions: dict[Index, sp.Expr] = {}

    @property
    def dim(self) -> int:
        """Range of every index."""
        return len(self.embedding.coordinates)

    @property
    def known(self) -> set[Index]:
        """The indices computed so far, up to symmetry; they stay if a computation is stopped."""
        return {*self._elements, *self._expressions}

    @property
    def translated(self) -> dict[Index, sp.Expr]:
        """The components that have been asked for as expressions or are known to be 0, up to symmetry."""
        zeros = {index: sp.S.Zero for index, element in self._elements.items() if not element}
        return {**zeros, **self._expressions}

    def restore(self, index: Index, expr: sp.Expr) -> None:
        """Take a component as it was :attr:`translated` before; whether it is right is not checked."""
        stored, sign = self.symmetry(index)
        if stored == index and sign == 1:
            self._expressions[stored] = expr

    def element(self, index: Index) -> Element:
        """A component as an element of the ring."""
        if index in self._elements:
            return self._elements[index]
        stored, sign = self.symmetry(index)
        if not sign:
            return self.embedding.ring.zero
        if stored not in self._elements:
            with self.embedding.ring.budget.running():
                value = self._expressions[stored] if stored in self._expressions else self._compute(stored)
                self._elements[stored] = value if isinstance(value, Element) else self.embedding(value)
        value = self._elements[stored]
        return value if sign > 0 else -value

    def __getitem__(self, index: Index) -> sp.Expr:
        stored, sign = self.symmetry(index)
        if not sign:
            return sp.Integer(0)
        if stored not in self._expressions:
            self._expressions[stored] = self._expression(stored)
        value = self._expressions[stored]
        return value if sign > 0 else -value

    def _expression(self, stored: Index) -> sp.Expr:
        with self.embedding.ring.budget.running():
            if stored not in self._elements:
                value = self._compute(stored)
                if not isinstance(value, Element):
                    return value
                self._elements[stored] = value
            return self.embedding.expr(self._elements[stored])

    def is_zero(self, index: Index) -> Decision:
        """Whether a component vanishes identically; it is not translated for that."""
        return self.embedding.is_zero(self.element(index))

    def indices(self) -> Iterator[Index]:
        """All index tuples in order."""
        return product(range(self.dim), repeat=self.rank)

    def independent(self) -> Iterator[Index]:
        """One index tuple of all that symmetry relates, without those that must vanish."""
        return (index for index in self.indices() if self.symmetry(index) == (index, 1))

    def expr(self) -> sp.Expr | sp.ImmutableDenseNDimArray:
        """All components, factored: a scalar for rank 0, else an array."""
        return self._all(self.__getitem__)

    def expanded(self) -> sp.Expr | sp.ImmutableDenseNDimArray:
        """All components, expanded: a scalar for rank 0, else an array."""
        return self._all(lambda index: self.embedding.expr(self.element(index), expanded=True))

    def _all(self, at: Callable[[Index], sp.Expr]) -> sp.Expr | sp.ImmutableDenseNDimArray:
        if self.rank == 0:
            return at(())
        with self.embedding.ring.budget.running():
            flat = [at(index) for index in self.indices()]
        return sp.ImmutableDenseNDimArray(flat, (self.dim,) * self.rank)
