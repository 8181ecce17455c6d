"""OGRePy, everything by its own methods."""

from types import SimpleNamespace

import OGRePy as ogre  # pyright: ignore[reportMissingImports]
import sympy as sp

from benchmarks.symbolic_rivals.cases import Case
from benchmarks.symbolic_rivals.systems.with_sympy import coordinates, namespace, ricci_is_zero, values

PACKAGES = ("OGRePy", "sympy")
__all__ = ["PACKAGES", "compute", "ricci_is_zero", "values"]


def compute(case: Case) -> SimpleNamespace:
    """Riemann, Ricci, scalar and Kretschmann."""
    k = namespace(case, ogre.sym)
    chart = ogre.Coordinates(*coordinates(case, k))
    metric = ogre.Metric(coords=chart, components=sp.Array(case.metric(k)))
    metric.riemann().components(warn=False)
    ricci = metric.ricci_tensor().components(warn=False)
    scalar = metric.ricci_scalar().components(warn=False)
    kretschmann = metric.kretschmann().components(warn=False)
    return SimpleNamespace(
        k=k, ricci=sp.flatten(ricci), scalar=sp.flatten(scalar)[0], kretschmann=sp.flatten(kretschmann)[0]
    )
