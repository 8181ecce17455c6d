r"""The Riemann tensor with its indices in all positions, and its traces.

.. math::

    R_{ijkl} = \tfrac12 (\partial_j \partial_k g_{il} + \partial_i \partial_l g_{jk} - \partial_i \partial_k g_{jl}
        - \partial_j \partial_l g_{ik}) + \Gamma_{mil} \Gamma^m{}_{jk} - \Gamma_{mik} \Gamma^m{}_{jl}

has only the second derivatives of the metric itself, and all its symmetries can be used.
"""

from fractions import Fraction
from itertools import combinations

from riemlearn.symbolic.components import Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry


def riemann_lowered(geometry: Geometry, index: Index) -> Element:
    r""":math:`R_{ijkl}`."""
    i, j, k, l = index
    dd, half = geometry.part("metric_second_derivative"), geometry.ring.constant(Fraction(1, 2))
    first, gamma = geometry.part("christoffel_first"), geometry.part("christoffel")
    terms = [(half, dd((i, l, j, k))), (half, dd((j, k, i, l))), (-half, dd((i, k, j, l))), (-half, dd((j, l, i, k)))]
    for m in range(geometry.dim):
        if a := first((m, i, l)):
            terms.append((a, gamma((m, j, k))))
        if b := first((m, i, k)):
            terms.append((-b, gamma((m, j, l))))
    return geometry.ring.dot(terms)


def riemann(geometry: Geometry, index: Index) -> Element:
    r""":math:`R^i{}_{jkl} = g^{im} R_{mjkl}`."""
    return geometry.raised_first("riemann_lowered", index)


def riemann_mixed(geometry: Geometry, index: Index) -> Element:
    r""":math:`R^{ij}{}_{kl} = g^{im} g^{jn} R_{mnkl}`, over pairs :math:`m < n` with the compound of the inverse."""
    i, j, k, l = index
    lowered = geometry.part("riemann_lowered")
    return geometry.ring.dot((entry, lowered((*pair, k, l))) for pair, entry in geometry.inverse.compound_row((i, j)))


def ricci(geometry: Geometry, index: Index) -> Element:
    r""":math:`R_{jl} = g^{ik} R_{ijkl} = R^i{}_{jil}`."""
    j, l = index
    lowered = geometry.part("riemann_lowered")
    rows = ((i, k, entry) for i in range(geometry.dim) for k, entry in geometry.inverse.row(i))
    return geometry.ring.dot((entry, lowered((i, j, k, l))) for i, k, entry in rows if i != j and k != l)


def ricci_mixed(geometry: Geometry, index: Index) -> Element:
    r""":math:`R^i{}_j`."""
    return geometry.raised_first("ricci", index)


def scalar(geometry: Geometry, _: Index) -> Element:
    r""":math:`R = g^{ik} g^{jl} R_{ijkl}`, over pairs :math:`i < j`, :math:`k < l` with the compound of the inverse."""
    lowered, terms = geometry.part("riemann_lowered"), []
    for p in combinations(range(geometry.dim), 2):
        for q, entry in geometry.inverse.compound_row(p):
            if p <= q:
                factor = geometry.ring.constant(2 if p == q else 4)
                terms.append((factor, entry, lowered((*p, *q))))
    return geometry.ring.dot(terms)


def einstein(geometry: Geometry, index: Index) -> Element:
    r""":math:`G_{ij} = R_{ij} - \tfrac12 R g_{ij}`."""
    if geometry.dim <= 2:
        return geometry.ring.zero
    ring, half = geometry.ring, geometry.ring.constant(Fraction(-1, 2))
    trace = (half, geometry.part("scalar")(()), geometry.part("metric")(index))
    return ring.dot([(ring.one, geometry.part("ricci")(index)), trace])
