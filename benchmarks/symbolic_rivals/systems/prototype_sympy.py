"""The prototype over SymPy's own polynomial ring."""

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems import prototype
from benchmarks.symbolic_rivals.systems.prototype import PACKAGES, ricci_is_zero, values

__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> prototype.Answer:
    """Riemann, Ricci, scalar and Kretschmann."""
    return prototype.compute(case, "sympy")
