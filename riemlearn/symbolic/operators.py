"""What a metric does to tensors in closed form: derivatives, contractions, moved indices."""

from collections.abc import Callable, Sequence

import sympy as sp

from riemlearn.errors import ShapeError
from riemlearn.symbolic.components import Components, Index, symmetric_last
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry

Part = Callable[[Index], Element]


def part_of(geometry: Geometry, tensor: Components) -> Part:
    """The components of a tensor as elements of the ring of a geometry, whatever ring they are in."""
    if tensor.embedding is geometry.embedding:
        return tensor.element
    if tensor.embedding.coordinates != geometry.embedding.coordinates:
        raise ShapeError(
            f"the tensor is given in {tensor.embedding.coordinates}, the metric in {geometry.embedding.coordinates}"
        )
    return lambda index: geometry.embedding(tensor[index])


def covariant_derivative(geometry: Geometry, tensor: Components, up: Sequence[bool]) -> Components:
    r""":math:`\nabla T`, the new index last.

    .. math::

        (\nabla T)^{i\dots}{}_{j\dots k} = \partial_k T^{i\dots}{}_{j\dots}
            + \Gamma^i_{km} T^{m\dots}{}_{j\dots} - \Gamma^m_{kj} T^{i\dots}{}_{m\dots} + \dots

    Parameters
    ----------
    geometry : Geometry
        The metric.
    tensor : Components
        The tensor, of any rank.
    up : sequence of bool
        Which of its indices are upper ones.

    Raises
    ------
    ShapeError
        If ``up`` does not say so for every index, or the coordinates are not those of the metric.
    """
    _check_valence(tensor, up)
    t, gamma, ring = part_of(geometry, tensor), geometry.part("christoffel"), geometry.ring

    def component(index: Index) -> Element:
        *head, k = index
        terms = [(ring.one, t(tuple(head)).along(k))]
        for position, i in enumerate(head):
            for m in range(geometry.dim):
                symbol = gamma((i, k, m)) if up[position] else -gamma((m, k, i))
                if symbol:
                    terms.append((symbol, t((*head[:position], m, *head[position + 1 :]))))
        return ring.dot(terms)

    def symmetry(index: Index) -> tuple[Index, int]:
        stored, sign = tensor.symmetry(index[:-1])
        return (*stored, index[-1]), sign

    made = Components(geometry.embedding, tensor.rank + 1, component, symmetry)
    return geometry.remembered(("derivative", tensor, tuple(up)), made)


def moved_index(geometry: Geometry, tensor: Components, position: int, raised: bool) -> Components:
    r"""The tensor with one index raised, :math:`g^{ab} T_{.. b ..}`, or lowered, :math:`g_{ab} T^{.. b ..}`."""
    _check_position(tensor, position)
    t, matrix = part_of(geometry, tensor), geometry.part("inverse" if raised else "metric")

    def component(index: Index) -> Element:
        entries = ((m, matrix((index[position], m))) for m in range(geometry.dim))
        return geometry.ring.dot((e, t((*index[:position], m, *index[position + 1 :]))) for m, e in entries if e)

    made = Components(geometry.embedding, tensor.rank, component)
    return geometry.remembered(("moved", tensor, position, raised), made)


def contraction(geometry: Geometry, tensor: Components, up: Sequence[bool], i: int, j: int) -> Components:
    """The trace over two indices, with the metric or its inverse if both are below or both are above.

    Raises
    ------
    ShapeError
        If there are no two such indices.
    """
    _check_valence(tensor, up)
    _check_position(tensor, i)
    _check_position(tensor, j)
    if i == j:
        raise ShapeError(f"a contraction needs two different indices, got {i} twice")
    if up[i] == up[j]:
        tensor = moved_index(geometry, tensor, j, not up[j])
    t, (first, second) = part_of(geometry, tensor), sorted((i, j))

    def component(index: Index) -> Element:
        def entry(m: int) -> Element:
            with_first = (*index[:first], m, *index[first:])
            return t((*with_first[:second], m, *with_first[second:]))

        return geometry.ring.dot((geometry.ring.one, entry(m)) for m in range(geometry.dim))

    made = Components(geometry.embedding, tensor.rank - 2, component)
    return geometry.remembered(("contraction", tensor, tuple(up), i, j), made)


def gradient(geometry: Geometry, h: sp.Expr) -> Components:
    r""":math:`g^{ij} \partial_j h`."""
    h_in_ring = geometry.embedding(h)

    def component(index: Index) -> Element:
        return geometry.ring.dot((entry, h_in_ring.along(j)) for j, entry in geometry.inverse.row(index[0]))

    return Components(geometry.embedding, 1, component)


def divergence(geometry: Geometry, vector: Components) -> Components:
    r""":math:`\partial_i v^i + \tfrac12 v^i \partial_i \log |\det g|`.

    The square root of the determinant only enters through its logarithmic derivative, so that no root appears.
    """
    _check_valence(vector, (True,))
    v, ring = part_of(geometry, vector), geometry.ring

    def component(_: Index) -> Element:
        terms = [(ring.one, v((i,)).along(i)) for i in range(geometry.dim)]
        return ring.dot(terms + [(v((i,)), geometry.inverse.log_density(i)) for i in range(geometry.dim)])

    return Components(geometry.embedding, 0, component)


def laplacian(geometry: Geometry, h: sp.Expr) -> Components:
    r""":math:`\operatorname{div} \operatorname{grad} h`; the d'Alembertian of a Lorentzian metric."""
    return divergence(geometry, gradient(geometry, h))


def hessian(geometry: Geometry, h: sp.Expr) -> Components:
    r""":math:`\nabla_i \nabla_j h = \partial_i \partial_j h - \Gamma^k_{ij} \partial_k h`."""
    h_in_ring, gamma, ring = geometry.embedding(h), geometry.part("christoffel"), geometry.ring

    def component(index: Index) -> Element:
        i, j = index
        symbols = ((-gamma((k, i, j)), h_in_ring.along(k)) for k in range(geometry.dim))
        return ring.dot([(ring.one, h_in_ring.along(i).along(j)), *symbols])

    return Components(geometry.embedding, 2, component, symmetric_last)


def _check_valence(tensor: Components, up: Sequence[bool]) -> None:
    if len(up) != tensor.rank:
        raise ShapeError(f"the tensor has {tensor.rank} indices, but {len(up)} are said to be upper or lower")


def _check_position(tensor: Components, position: int) -> None:
    if not 0 <= position < tensor.rank:
        raise ShapeError(f"the tensor has {tensor.rank} indices, there is none at position {position}")
