"""Textbook formulas in SymPy, with ``simplify`` on each component; the symmetries are used."""

from itertools import combinations, combinations_with_replacement, product
from types import SimpleNamespace

import sympy as sp

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems.with_sympy import coordinates, namespace, ricci_is_zero, values

PACKAGES = ("sympy",)
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> SimpleNamespace:
    """Riemann (independent components), Ricci, scalar and Kretschmann."""
    k = namespace(case)
    x, g = coordinates(case, k), sp.Matrix(case.metric(k))
    inverse = g.inv().applyfunc(sp.simplify)
    axes = range(len(x))

    def first_kind(m: int, j: int, l: int) -> sp.Expr:
        return (sp.diff(g[m, j], x[l]) + sp.diff(g[m, l], x[j]) - sp.diff(g[j, l], x[m])) / 2

    gamma = {}
    for i, (j, l) in product(axes, combinations_with_replacement(axes, 2)):
        terms = (inverse[i, m] * first_kind(m, j, l) for m in axes)
        gamma[i, j, l] = gamma[i, l, j] = sp.simplify(sp.Add(*terms))

    def upper_first(i: int, j: int, p: int, q: int) -> sp.Expr:
        quadratic = (gamma[i, p, m] * gamma[m, q, j] - gamma[i, q, m] * gamma[m, p, j] for m in axes)
        return gamma[i, q, j].diff(x[p]) - gamma[i, p, j].diff(x[q]) + sp.Add(*quadratic)

    planes = list(combinations(axes, 2))
    lowered = {}
    for first, second in combinations_with_replacement(planes, 2):
        (i, j), (p, q) = first, second
        lowered[first, second] = sp.simplify(sp.Add(*(g[i, m] * upper_first(m, j, p, q) for m in axes if g[i, m] != 0)))
        lowered[second, first] = lowered[first, second]

    def riemann(i: int, j: int, p: int, q: int) -> sp.Expr:
        if i == j or p == q:
            return sp.Integer(0)
        sign = (1 if i < j else -1) * (1 if p < q else -1)
        return sign * lowered[(min(i, j), max(i, j)), (min(p, q), max(p, q))]

    ricci = {}
    for j, l in combinations_with_replacement(axes, 2):
        terms = (inverse[i, m] * riemann(i, j, m, l) for i, m in product(axes, axes))
        ricci[j, l] = ricci[l, j] = sp.simplify(sp.Add(*terms))
    scalar = sp.simplify(sp.Add(*(inverse[i, j] * ricci[i, j] for i, j in product(axes, axes))))
    mixed = {}
    for (i, j), (p, q) in product(planes, planes):
        pairs = product(axes, axes)
        mixed[(i, j), (p, q)] = sp.simplify(
            sp.Add(*(inverse[i, a] * inverse[j, b] * riemann(a, b, p, q) for a, b in pairs))
        )
    kretschmann = sp.simplify(4 * sp.Add(*(mixed[a, b] * mixed[b, a] for a, b in product(planes, planes))))
    return SimpleNamespace(k=k, ricci=list(ricci.values()), scalar=scalar, kretschmann=kretschmann)
