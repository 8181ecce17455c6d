"""The metrics of the comparison, written once for every computer algebra, with their invariants in closed form.

A case is written over a namespace ``k``: its coordinates, parameters and functions by name, ``k.sin``, ``k.cos`` and
``k.diff(f, *xs)``.  Each system brings its own (:func:`names`), so that no text is parsed and all get the same metric.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

Expression = Any
Row = list[Expression]


@dataclass(frozen=True)
class Case:
    """A metric, its scalar curvature and Kretschmann scalar, and what to put for undefined functions in the check."""

    title: str
    coordinates: tuple[str, ...]
    metric: Callable[[SimpleNamespace], list[Row]]
    scalar: Callable[[SimpleNamespace], Expression]
    kretschmann: Callable[[SimpleNamespace], Expression]
    parameters: tuple[str, ...] = ()
    functions: dict[str, Callable[[SimpleNamespace], Expression]] = field(default_factory=dict)
    ricci_flat: bool = False


def names(
    case: Case,
    symbols: dict[str, Expression],
    function: Callable[[str], Callable[..., Expression]],
    sin: Callable[[Expression], Expression],
    cos: Callable[[Expression], Expression],
    diff: Callable[..., Expression],
) -> SimpleNamespace:
    """The namespace of a case in one algebra; its undefined functions depend on all coordinates."""
    x = [symbols[name] for name in case.coordinates]
    functions = {name: function(name)(*x) for name in case.functions}
    return SimpleNamespace(**symbols, **functions, sin=sin, cos=cos, diff=diff)


def _diagonal(*entries: Expression) -> list[Row]:
    return [[entry if i == j else 0 for j in range(len(entries))] for i, entry in enumerate(entries)]


def _schwarzschild(k: SimpleNamespace) -> list[Row]:
    f = 1 - 2 * k.M / k.r
    return _diagonal(-f, 1 / f, k.r**2, k.r**2 * k.sin(k.theta) ** 2)


def _rotating(k: SimpleNamespace, charge: Expression) -> list[Row]:
    """Kerr-Newman in Boyer-Lindquist coordinates."""
    sigma = k.r**2 + k.a**2 * k.cos(k.theta) ** 2
    delta = k.r**2 - 2 * k.M * k.r + k.a**2 + charge**2
    w = 2 * k.M * k.r - charge**2
    sin2 = k.sin(k.theta) ** 2
    mixed = -k.a * w * sin2 / sigma
    last = (k.r**2 + k.a**2 + k.a**2 * w * sin2 / sigma) * sin2
    return [[-(1 - w / sigma), 0, 0, mixed], [0, sigma / delta, 0, 0], [0, 0, sigma, 0], [mixed, 0, 0, last]]


def _kerr_kretschmann(k: SimpleNamespace) -> Expression:
    r2, c2 = k.r**2, k.a**2 * k.cos(k.theta) ** 2
    return 48 * k.M**2 * (r2 - c2) * ((r2 + c2) ** 2 - 16 * r2 * c2) / (r2 + c2) ** 6


def _kerr_newman_kretschmann(k: SimpleNamespace) -> Expression:
    r, c = k.r, k.a * k.cos(k.theta)
    mass = 6 * k.M**2 * (r**6 - 15 * r**4 * c**2 + 15 * r**2 * c**4 - c**6)
    mixed = 12 * k.M * k.Q**2 * r * (r**4 - 10 * r**2 * c**2 + 5 * c**4)
    charge = k.Q**4 * (7 * r**4 - 34 * r**2 * c**2 + 7 * c**4)
    return 8 * (mass - mixed + charge) / (r**2 + c**2) ** 6


def _sphere(k: SimpleNamespace) -> list[Row]:
    s1, s2, s3 = (k.sin(x) ** 2 for x in (k.x1, k.x2, k.x3))
    return _diagonal(k.L**2, k.L**2 * s1, k.L**2 * s1 * s2, k.L**2 * s1 * s2 * s3)


def _determinant(m: list[Row]) -> Expression:
    (a, b, c), (d, e, f), (g, h, i) = m
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _brioschi(k: SimpleNamespace) -> Expression:
    """Twice the Gauss curvature of a surface by Brioschi's formula."""
    E, F, G, d = k.E, k.F, k.G, k.diff
    e_u, e_v, f_u, f_v, g_u, g_v = (d(f, x) for f in (E, F, G) for x in (k.u, k.v))
    corner = -d(E, k.v, k.v) / 2 + d(F, k.u, k.v) - d(G, k.u, k.u) / 2
    first = _determinant([[corner, e_u / 2, f_u - e_v / 2], [f_v - g_u / 2, E, F], [g_v / 2, F, G]])
    second = _determinant([[0, e_v / 2, g_u / 2], [e_v / 2, E, F], [g_u / 2, F, G]])
    return 2 * (first - second) / (E * G - F**2) ** 2


def _myers_perry(k: SimpleNamespace) -> list[Row]:
    r2, a2, b2, sin2, cos2 = k.r**2, k.a**2, k.b**2, k.sin(k.theta) ** 2, k.cos(k.theta) ** 2
    sigma = r2 + a2 * cos2 + b2 * sin2
    h = k.mu / sigma
    form = (1, 0, 0, k.a * sin2, k.b * cos2)  # dt + a sin^2 theta dphi + b cos^2 theta dpsi
    radial = r2 * sigma / ((r2 + a2) * (r2 + b2) - k.mu * r2)
    rows = _diagonal(-1, radial, sigma, (r2 + a2) * sin2, (r2 + b2) * cos2)
    return [[entry + h * form[i] * form[j] for j, entry in enumerate(row)] for i, row in enumerate(rows)]


def _myers_perry_kretschmann(k: SimpleNamespace) -> Expression:
    sigma = k.r**2 + k.a**2 * k.cos(k.theta) ** 2 + k.b**2 * k.sin(k.theta) ** 2
    return 24 * k.mu**2 * (4 * k.r**2 - sigma) * (4 * k.r**2 - 3 * sigma) / sigma**6


def _zero(k: SimpleNamespace) -> Expression:
    return 0 * k.r


_BLACK_HOLE = ("t", "r", "theta", "phi")

CASES = {
    "schwarzschild": Case(
        title="Schwarzschild",
        coordinates=_BLACK_HOLE,
        parameters=("M",),
        metric=_schwarzschild,
        scalar=_zero,
        kretschmann=lambda k: 48 * k.M**2 / k.r**6,
        ricci_flat=True,
    ),
    "kerr": Case(
        title="Kerr, Boyer-Lindquist",
        coordinates=_BLACK_HOLE,
        parameters=("M", "a"),
        metric=lambda k: _rotating(k, 0),
        scalar=_zero,
        kretschmann=_kerr_kretschmann,
        ricci_flat=True,
    ),
    "kerr_newman": Case(
        title="Kerr-Newman",
        coordinates=_BLACK_HOLE,
        parameters=("M", "a", "Q"),
        metric=lambda k: _rotating(k, k.Q),
        scalar=_zero,
        kretschmann=_kerr_newman_kretschmann,
    ),
    "sphere4": Case(
        title="S^4 in polar angles",
        coordinates=("x1", "x2", "x3", "x4"),
        parameters=("L",),
        metric=_sphere,
        scalar=lambda k: 12 / k.L**2,
        kretschmann=lambda k: 24 / k.L**4,
    ),
    "surface": Case(
        title="surface, undefined E, F, G of u, v",
        coordinates=("u", "v"),
        functions={
            "E": lambda k: 2 + k.u**2 + k.u * k.v / 3,
            "F": lambda k: k.u * k.v / 5 + k.v**2 / 7,
            "G": lambda k: 3 + k.v**2 * k.u + k.v,
        },
        metric=lambda k: [[k.E, k.F], [k.F, k.G]],
        scalar=_brioschi,
        kretschmann=lambda k: _brioschi(k) ** 2,
    ),
    "myers_perry": Case(
        title="Myers-Perry, 5-d, two spins",
        coordinates=(*_BLACK_HOLE, "psi"),
        parameters=("mu", "a", "b"),
        metric=_myers_perry,
        scalar=_zero,
        kretschmann=_myers_perry_kretschmann,
        ricci_flat=True,
    ),
}

# Where results are compared with the closed forms: rational, outside every horizon, in the range of every angle.
POINT = {
    **{"t": "3/7", "r": "29/4", "theta": "7/5", "phi": "2/3", "psi": "5/9"},
    **{"x1": "4/5", "x2": "6/5", "x3": "9/7", "x4": "1/2", "u": "3/5", "v": "5/4"},
    **{"M": "8/7", "a": "5/6", "b": "7/9", "Q": "3/8", "L": "5/3", "mu": "11/4"},
}
