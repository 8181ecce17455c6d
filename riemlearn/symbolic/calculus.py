r"""Exact operations on the components of tensor fields: derivative, index moved, trace; each component alone."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import sympy as sp

from riemlearn.symbolic.curvature import ClosedForm, Components, Index
from riemlearn.symbolic.normal import normal

# Components know what was computed of them, so that those of one field should be made once.
_kept = lru_cache(maxsize=256)


def given(coordinates: tuple[sp.Symbol, ...], rank: int, expressions: Sequence[sp.Expr]) -> Components:
    """Components that are known, in the order of their indices.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> given((x, y), 1, [y, -x])[(1,)]
    -x
    """
    n = len(coordinates)
    return _exact(n, rank, lambda index: expressions[sum(i * n**k for k, i in enumerate(reversed(index)))])


@_kept
def covariant_derivative(form: ClosedForm, tensor: Components, up: tuple[bool, ...]) -> Components:
    r""":math:`\nabla_k T`, the new index last; ``up`` says which indices of the tensor are upper ones.

    Examples
    --------
    >>> r, p = sp.symbols("r phi", positive=True)
    >>> plane = ClosedForm((r, p), sp.ImmutableMatrix(sp.diag(1, r**2)))
    >>> covariant_derivative(plane, given((r, p), 1, [r, sp.S.Zero]), (True,)).expr()  # of the position
    [[1, 0], [0, 1]]
    """
    coordinates, gamma = form.coordinates, form.components("christoffel")

    def component(index: Index) -> sp.Expr:
        *head, k = index
        terms = [sp.diff(tensor[tuple(head)], coordinates[k])]
        for position, i in enumerate(head):
            for m in range(form.dim):
                other = tensor[(*head[:position], m, *head[position + 1 :])]
                if other != 0:
                    terms.append(gamma[i, k, m] * other if up[position] else -gamma[m, k, i] * other)
        return sp.Add(*terms)

    return _exact(form.dim, tensor.rank + 1, component)


@_kept
def moved(matrix: Components, tensor: Components, position: int) -> Components:
    """The tensor with the index at a position contracted with the first one of a matrix."""

    def component(index: Index) -> sp.Expr:
        before, i, after = index[:position], index[position], index[position + 1 :]
        terms = ((matrix[i, a], (*before, a, *after)) for a in range(tensor.dim))
        return sp.Add(*(entry * tensor[other] for entry, other in terms if entry != 0))

    return _exact(tensor.dim, tensor.rank, component)


@_kept
def traced(tensor: Components, first: int, second: int) -> Components:
    """The sum over the components in which two indices, the first before the second, are equal."""

    def component(index: Index) -> sp.Expr:
        between, after = index[first : second - 1], index[second - 1 :]
        return sp.Add(*(tensor[(*index[:first], a, *between, a, *after)] for a in range(tensor.dim)))

    return _exact(tensor.dim, tensor.rank - 2, component)


def _exact(dim: int, rank: int, component: Callable[[Index], sp.Expr]) -> Components:
    """Components in normal form."""
    return Components(dim, rank, lambda index: normal(component(index)))
