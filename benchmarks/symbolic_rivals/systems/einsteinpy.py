"""einsteinpy: Riemann, Ricci and scalar are its own; Kretschmann, which it lacks, is contracted from its Riemann."""

from itertools import product
from types import SimpleNamespace

import sympy as sp
from einsteinpy.symbolic import (  # pyright: ignore[reportMissingImports]
    MetricTensor,
    RicciScalar,
    RicciTensor,
    RiemannCurvatureTensor,
)

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems.with_sympy import coordinates, namespace, ricci_is_zero, values

PACKAGES = ("einsteinpy", "sympy")
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> SimpleNamespace:
    """Riemann, Ricci, scalar and Kretschmann; one index is raised, the cheapest way to the square."""
    k = namespace(case, sp.Symbol)
    metric = MetricTensor([[sp.sympify(entry) for entry in row] for row in case.metric(k)], coordinates(case, k))
    riemann = RiemannCurvatureTensor.from_metric(metric)
    ricci = RicciTensor.from_riemann(riemann)
    scalar = RicciScalar.from_riccitensor(ricci).expr
    mixed = riemann.change_config("uull").tensor()
    indices = product(range(len(case.coordinates)), repeat=4)
    square = sp.simplify(sp.Add(*(mixed[i, j, p, q] * mixed[p, q, i, j] for i, j, p, q in indices)))
    return SimpleNamespace(k=k, ricci=sp.flatten(ricci.tensor()), scalar=scalar, kretschmann=square)
