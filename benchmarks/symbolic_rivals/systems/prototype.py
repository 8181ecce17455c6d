"""The prototype of the exact ring, over python-flint; its folder is given to the harness and is not in the repository.

The figure is that of the ring's elements; turning them into SymPy expressions belongs to the check.
"""

import contextlib
from types import SimpleNamespace

import proto_loc  # pyright: ignore[reportMissingImports]
import sympy as sp

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems.with_sympy import coordinates, namespace, values

with contextlib.suppress(ImportError):  # imported here, where it does not count
    import flint  # noqa: F401

PACKAGES = ("sympy", "python-flint")
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


class Answer(SimpleNamespace):
    """Elements of the prototype's ring, read as expressions when asked for."""

    @property
    def scalar(self) -> sp.Expr:
        return self.ring.expr(self.elements[1])

    @property
    def kretschmann(self) -> sp.Expr:
        return self.ring.expr(self.elements[2])


def compute(case: Case, backend: str = "flint") -> Answer:
    """Riemann, Ricci, scalar and Kretschmann."""
    k = namespace(case)
    ring, _, *elements = proto_loc.curvature(case.metric(k), coordinates(case, k), backend)
    return Answer(k=k, ring=ring, elements=elements)


def ricci_is_zero(answer: Answer) -> bool:
    """Whether every component of Ricci is the zero of the ring."""
    return all(component == {} for row in answer.elements[0] for component in row)
