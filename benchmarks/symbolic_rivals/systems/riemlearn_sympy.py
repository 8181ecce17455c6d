"""riemlearn where python-flint is missing."""

import sys

sys.modules["flint"] = None  # type: ignore[assignment]  importing it fails from here on, as if it were not installed

from benchmarks.symbolic_rivals.systems.riemlearn import compute, ricci_is_zero, values  # noqa: E402

PACKAGES = ("riemlearn", "sympy")
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]
