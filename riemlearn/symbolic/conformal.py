r"""What the curvature is up to its traces: the tensors of Schouten, Weyl and Cotton.

.. math::

    R_{ijkl} = C_{ijkl} + g_{ik} P_{jl} - g_{il} P_{jk} + g_{jl} P_{ik} - g_{jk} P_{il}

with the trace-free tensor C of Weyl and P of Schouten.  A metric is locally conformally flat where Weyl's tensor
vanishes for :math:`n \ge 4`, and where Cotton's does for :math:`n = 3`.
"""

from fractions import Fraction

from riemlearn.symbolic.components import Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry


def schouten(geometry: Geometry, index: Index) -> Element:
    r""":math:`P_{ij} = \frac{1}{n-2} \left( R_{ij} - \frac{R}{2 (n-1)} g_{ij} \right)`.

    Raises
    ------
    ShapeError
        If the dimension is below three.
    """
    geometry.at_least(3, "the Schouten tensor")
    n, ring = geometry.dim, geometry.ring
    trace = ring.constant(Fraction(-1, 2 * (n - 1) * (n - 2)))
    terms = [(trace, geometry.part("scalar")(()), geometry.part("metric")(index))]
    return ring.dot([(ring.constant(Fraction(1, n - 2)), geometry.part("ricci")(index)), *terms])


def weyl_lowered(geometry: Geometry, index: Index) -> Element:
    r""":math:`C_{ijkl}`."""
    if geometry.dim <= 3:
        return geometry.ring.zero
    i, j, k, l = index
    g, p = geometry.part("metric"), geometry.part("schouten")
    terms = [(-g((i, k)), p((j, l))), (g((i, l)), p((j, k))), (-g((j, l)), p((i, k))), (g((j, k)), p((i, l)))]
    return geometry.ring.dot([(geometry.ring.one, geometry.part("riemann_lowered")(index)), *terms])


def weyl(geometry: Geometry, index: Index) -> Element:
    r""":math:`C^i{}_{jkl} = g^{im} C_{mjkl}`, the same for all conformal metrics; zero for :math:`n \le 3`."""
    return geometry.raised_first("weyl_lowered", index)


def cotton(geometry: Geometry, index: Index) -> Element:
    r""":math:`C_{ijk} = \nabla_k P_{ij} - \nabla_j P_{ik}`.

    Raises
    ------
    ShapeError
        If the dimension is below three.
    """
    geometry.at_least(3, "the Cotton tensor")
    i, j, k = index
    p, gamma, one = geometry.part("schouten"), geometry.part("christoffel"), geometry.ring.one
    terms = [(one, p((i, j)).along(k)), (-one, p((i, k)).along(j))]
    for m in range(geometry.dim):  # the symbols with both j and k below cancel
        terms += [(-gamma((m, i, k)), p((m, j))), (gamma((m, i, j)), p((m, k)))]
    return geometry.ring.dot(terms)
