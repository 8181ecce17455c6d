"""The metric's derivatives, and the Christoffel symbols of both kinds."""

from fractions import Fraction

from riemlearn.symbolic.components import Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry


def metric_derivative(geometry: Geometry, index: Index) -> Element:
    r""":math:`\partial_k g_{ij}`."""
    i, j, k = index
    return geometry.part("metric")((i, j)).along(k)


def metric_second_derivative(geometry: Geometry, index: Index) -> Element:
    r""":math:`\partial_k \partial_l g_{ij}`."""
    i, j, k, l = index
    return geometry.part("metric_derivative")((i, j, k)).along(l)


def inverse(geometry: Geometry, index: Index) -> Element:
    r""":math:`g^{ij}`."""
    return geometry.inverse.entry(*index)


def christoffel_first(geometry: Geometry, index: Index) -> Element:
    r""":math:`\Gamma_{kij} = \tfrac12 (\partial_j g_{ki} + \partial_i g_{kj} - \partial_k g_{ij})`."""
    k, i, j = index
    d, half = geometry.part("metric_derivative"), geometry.ring.constant(Fraction(1, 2))
    return geometry.ring.dot([(half, d((k, i, j))), (half, d((k, j, i))), (-half, d((i, j, k)))])


def christoffel(geometry: Geometry, index: Index) -> Element:
    r""":math:`\Gamma^k{}_{ij} = g^{km} \Gamma_{mij}`."""
    return geometry.raised_first("christoffel_first", index)
