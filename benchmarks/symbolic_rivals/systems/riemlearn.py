"""riemlearn through its public API: every component as a SymPy expression."""

from itertools import combinations, product
from types import SimpleNamespace

import sympy as sp

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems.with_sympy import coordinates, namespace, ricci_is_zero, values
from riemlearn import Connection, Metric  # named here, so that they are loaded before the clock starts

PACKAGES = ("riemlearn", "sympy", "python-flint")
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> SimpleNamespace:
    """Riemann (R^i_jkl with k < l), Ricci, scalar and Kretschmann."""
    k = namespace(case)
    nabla = Connection(Metric.from_sympy(coordinates(case, k), sp.Matrix(case.metric(k))))
    axes = range(len(case.coordinates))
    riemann, ricci = nabla.riemann, nabla.ricci
    for (i, j), (p, q) in product(product(axes, axes), combinations(axes, 2)):
        riemann[i, j, p, q]
    components = [ricci[i, j] for i in axes for j in axes if i <= j]
    invariants = {name: getattr(nabla, name).expr for name in ("scalar", "kretschmann")}
    return SimpleNamespace(k=k, ricci=components, **invariants)
