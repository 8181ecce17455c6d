"""SageManifolds from the wheels of passagemath: its symbolic ring, one process.

Importing Maxima's interface starts Maxima, which therefore does not count.
"""

from itertools import product
from types import SimpleNamespace
from typing import Any

import sage.all__sagemath_symbolics  # pyright: ignore[reportMissingImports]
import sage.interfaces.maxima_lib  # pyright: ignore[reportMissingImports]  # noqa: F401
from sage.calculus.calculus import maxima  # pyright: ignore[reportMissingImports]
from sage.functions.trig import cos, sin  # pyright: ignore[reportMissingImports]
from sage.manifolds.manifold import Manifold  # pyright: ignore[reportMissingImports]
from sage.rings.rational_field import QQ  # pyright: ignore[reportMissingImports]
from sage.rings.real_mpfr import RealField  # pyright: ignore[reportMissingImports]
from sage.symbolic.function_factory import function  # pyright: ignore[reportMissingImports]
from sage.symbolic.ring import SR  # pyright: ignore[reportMissingImports]

from benchmarks.symbolic_rivals.cases import POINT, Case, names

PACKAGES = ("passagemath-symbolics", "passagemath-modules", "passagemath-repl", "passagemath-maxima")
RANGES = {"r": ":(0,+oo)", "theta": ":(0,pi)", "x1": ":(0,pi)", "x2": ":(0,pi)", "x3": ":(0,pi)"}
maxima("1")  # the first call loads packages of Maxima


def compute(case: Case) -> SimpleNamespace:
    """Riemann, Ricci, scalar and Kretschmann; one index is raised, the cheapest way to the square."""
    manifold = Manifold(len(case.coordinates), "N", structure="pseudo-Riemannian")
    chart = manifold.chart(" ".join(name + RANGES.get(name, "") for name in case.coordinates))
    symbols = dict(zip(case.coordinates, chart[:], strict=True))
    symbols |= {name: SR.var(name, domain="real") for name in case.parameters}
    k = names(case, symbols, function, sin, cos, lambda f, *x: f.derivative(*x))
    metric, rows = manifold.metric(), case.metric(k)
    for i, j in product(range(len(rows)), repeat=2):
        if i <= j:
            metric[i, j] = rows[i][j]
    riemann, ricci, scalar = metric.riemann(), metric.ricci(), metric.ricci_scalar().expr()
    mixed = riemann.up(metric, 1)
    kretschmann = (mixed["^{ab}_{cd}"] * mixed["^{cd}_{ab}"]).expr()
    components = [ricci[i, j].expr() for i, j in product(range(len(rows)), repeat=2) if i <= j]
    return SimpleNamespace(k=k, ricci=components, scalar=scalar, kretschmann=kretschmann)


def ricci_is_zero(answer: SimpleNamespace) -> bool:
    """Whether every component of Ricci came out as the number 0."""
    return all(component.is_trivial_zero() for component in answer.ricci)


def values(answer: SimpleNamespace, case: Case, quantity: str) -> tuple[Any, Any]:
    """What was found and what is published, at the point of comparison, to 40 digits."""
    k = answer.k
    point = {getattr(k, name): QQ(POINT[name]) for name in (*case.coordinates, *case.parameters)}

    def value(expression: Any) -> Any:
        expression = SR(expression)
        for name, explicit in case.functions.items():
            x = [getattr(k, coordinate) for coordinate in case.coordinates]
            expression = expression.substitute_function(function(name), SR(explicit(k)).function(*x))
        return RealField(140)(expression.subs(point))

    return value(getattr(answer, quantity)), value(getattr(case, quantity)(k))
