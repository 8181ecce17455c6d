"""The prototype over SymPy's own polynomial ring, where python-flint is missing."""

import sys

sys.modules["flint"] = None  # type: ignore[assignment]  SymPy takes its ground types from it where it can

from benchmarks.symbolic_rivals.cases import Case  # noqa: E402
from benchmarks.symbolic_rivals.systems import prototype  # noqa: E402
from benchmarks.symbolic_rivals.systems.prototype import ricci_is_zero, values  # noqa: E402

PACKAGES = ("sympy",)
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> prototype.Answer:
    """Riemann, Ricci, scalar and Kretschmann."""
    return prototype.compute(case, "sympy")
