r"""The differential equations of geodesics, in closed form."""

from itertools import product
from typing import Any

import sympy as sp

from riemlearn.errors import NoClosedForm, SymbolError
from riemlearn.metric import Metric


def geodesic_equations(metric: Metric, parameter: Any = None) -> list[sp.Eq]:
    r""":math:`\ddot x^k = -\Gamma^k{}_{ij} \dot x^i \dot x^j`, as :meth:`Connection.geodesic_equations` says."""
    form = metric.closed_form
    if form is None:
        raise NoClosedForm("geodesic equations need a metric in closed form, and this one is numeric")
    time = sp.Symbol("lambda", real=True) if parameter is None else parameter
    if not isinstance(time, sp.Symbol):
        raise SymbolError(f"geodesic_equations: parameter must be a SymPy symbol, got {time!r}")
    if time.name in (*metric.chart.names, *form.parameters):
        raise SymbolError(f"geodesic_equations: the metric has the name {time.name} already; give another parameter")
    curve = {c: sp.Function(c.name, **_given(c))(time) for c in form.coordinates}
    velocity = [sp.Derivative(x, time) for x in curve.values()]
    gamma = form.components("christoffel")
    equations = []
    for k, x in enumerate(curve.values()):
        pairs = [(i, j) for i, j in product(range(form.dim), repeat=2) if i <= j]
        terms = (-(1 + (i != j)) * gamma[k, i, j].xreplace(curve) * velocity[i] * velocity[j] for i, j in pairs)
        equations.append(sp.Eq(sp.Derivative(x, (time, 2)), sp.Add(*terms), evaluate=False))
    return equations


def _given(symbol: sp.Symbol) -> dict[str, bool]:
    """What is assumed of a symbol, so that it can be assumed of a function."""
    return {name: value for name, value in symbol.assumptions0.items() if value and name != "commutative"}
