"""The equations of geodesics in closed form."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from riemlearn.errors import ShapeError, SymbolError
from riemlearn.symbolic.components import Components, Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.geometry import Geometry


def accelerations(geometry: Geometry, velocities: Sequence[sp.Symbol]) -> Components:
    r""":math:`\ddot x^k = -\Gamma^k_{ij} v^i v^j`, with a symbol for each velocity.

    Raises
    ------
    ShapeError
        If there is not one velocity for every coordinate.
    SymbolError
        If a velocity is a coordinate, or stands twice.
    """
    if len(velocities) != geometry.dim:
        raise ShapeError(f"{geometry.dim} coordinates need as many velocities, got {len(velocities)}")
    if len({*velocities, *geometry.embedding.coordinates}) < 2 * geometry.dim:
        raise SymbolError(f"the velocities {tuple(velocities)} must differ from each other and from the coordinates")
    v, gamma, ring = [geometry.embedding(s) for s in velocities], geometry.part("christoffel"), geometry.ring

    def component(index: Index) -> Element:
        pairs = combinations_with_replacement(range(geometry.dim), 2)
        return ring.dot(
            (ring.constant(-1 if i == j else -2), symbol, v[i], v[j])
            for i, j in pairs
            if (symbol := gamma((*index, i, j)))
        )

    return Components(geometry.embedding, 1, component)


def equations(geometry: Geometry, parameter: Any = None) -> tuple[sp.Eq, ...]:
    r""":math:`\ddot x^k + \Gamma^k_{ij} \dot x^i \dot x^j = 0`, with the coordinates as functions of a parameter.

    Raises
    ------
    SymbolError
        If the parameter is no symbol, or has the name of a coordinate.
    """
    s, coordinates = sp.Symbol("s", real=True) if parameter is None else parameter, geometry.embedding.coordinates
    if not isinstance(s, sp.Symbol) or s.name in {c.name for c in coordinates}:
        what = "got none, and s is a coordinate" if parameter is None else f"got {parameter!r}"
        raise SymbolError(f"geodesic equations need parameter=, a symbol that is no coordinate; {what}")
    curve = {c: sp.Function(c.name, **({"real": True} if c.is_real else {}))(s) for c in coordinates}
    velocities = [sp.Dummy(f"v_{c.name}") for c in coordinates]
    along = curve | {v: sp.diff(x, s) for v, x in zip(velocities, curve.values(), strict=True)}
    forces = accelerations(geometry, velocities)
    return tuple(sp.Eq(sp.diff(curve[c], s, 2), forces[(k,)].xreplace(along)) for k, c in enumerate(coordinates))
