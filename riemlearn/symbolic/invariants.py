"""Scalars of the curvature: the squares of its parts, and the integrand of Chern, Gauss and Bonnet."""

from fractions import Fraction
from functools import cache
from itertools import combinations

import sympy as sp

from riemlearn.symbolic.components import Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry


def kretschmann(geometry: Geometry, _: Index) -> Element:
    r""":math:`R_{ijkl} R^{ijkl} = 4 \sum R^{ij}{}_{kl} R^{kl}{}_{ij}` over :math:`i < j` and :math:`k < l`."""
    mixed, ring = geometry.part("riemann_mixed"), geometry.ring
    pairs, terms = list(combinations(range(geometry.dim), 2)), []
    for n, p in enumerate(pairs):
        terms.append((ring.constant(4), mixed((*p, *p)), mixed((*p, *p))))
        terms += [(ring.constant(8), a, mixed((*q, *p))) for q in pairs[:n] if (a := mixed((*p, *q)))]
    return ring.dot(terms)


def ricci_squared(geometry: Geometry, _: Index) -> Element:
    r""":math:`R_{ij} R^{ij} = R^i{}_j R^j{}_i`."""
    mixed, ring, terms = geometry.part("ricci_mixed"), geometry.ring, []
    for i in range(geometry.dim):
        terms.append((mixed((i, i)), mixed((i, i))))
        terms += [(ring.constant(2), a, mixed((j, i))) for j in range(i) if (a := mixed((i, j)))]
    return ring.dot(terms)


def weyl_squared(geometry: Geometry, _: Index) -> Element:
    r""":math:`C_{ijkl} C^{ijkl} = R_{ijkl} R^{ijkl} - \frac{4}{n-2} R_{ij} R^{ij} + \frac{2}{(n-1)(n-2)} R^2`."""
    n, ring = geometry.dim, geometry.ring
    if n <= 3:
        return ring.zero
    squared, s = geometry.part("ricci_squared")(()), geometry.part("scalar")(())
    traces = [(ring.constant(Fraction(-4, n - 2)), squared), (ring.constant(Fraction(2, (n - 1) * (n - 2))), s, s)]
    return ring.dot([(ring.one, geometry.part("kretschmann")(())), *traces])


def euler_density(geometry: Geometry, _: Index) -> Element:
    r"""The function whose integral over a closed manifold is its Euler characteristic (Chern 1944).

    With :math:`n = 2m` and the pairs :math:`p = (i < j)`,

    .. math::

        \frac{1}{(4 \pi)^m m!} \frac{1}{2^m} \delta^{i_1 \dots i_n}_{j_1 \dots j_n}
            R^{j_1 j_2}{}_{i_1 i_2} \cdots R^{j_{n-1} j_n}{}_{i_{n-1} i_n}
        = \frac{2^m}{(4 \pi)^m} \sum_{p, q} \pm R^{q_1}{}_{p_1} \cdots R^{q_m}{}_{p_m}

    over all ways to part the indices into pairs :math:`p`, without order, and :math:`q`, with order.  The sum is
    expanded as a Pfaffian is, one index at a time; it is zero for odd :math:`n`.
    """
    n, m = geometry.dim, geometry.dim // 2
    if n % 2:
        return geometry.ring.zero
    mixed, ring = geometry.part("riemann_mixed"), geometry.ring

    @cache
    def expansion(lower: Index, upper: Index) -> Element:
        if not lower:
            return ring.one
        terms = []
        for b in range(1, len(lower)):
            below = (lower[0], lower[b])
            rest = (*lower[1:b], *lower[b + 1 :])
            for c, d in combinations(range(len(upper)), 2):
                if r := mixed((upper[c], upper[d], *below)):
                    left = (*upper[:c], *upper[c + 1 : d], *upper[d + 1 :])
                    terms.append((r if (b + c + d) % 2 == 0 else -r, expansion(rest, left)))
        return ring.dot(terms)

    indices = tuple(range(n))
    return expansion(indices, indices) * geometry.embedding(sp.Rational(1, 2**m) / sp.pi**m)
