"""How wrong scalar curvature is in ill-conditioned charts, by the public API and by nested derivatives.

A perceptron F is given in a chart z -> y + A z + Q(z, z) / 2, in which A is badly conditioned and rotated and Q is zero
or of order one.  At z = 0 its scalar curvature is that of F at y, which no chart changes.  Errors are relative to
|tr II|^2 + |II|^2, the two numbers whose difference scalar curvature is.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.numeric_rivals import reference
from benchmarks.numeric_rivals.cases import CASES, Case
from benchmarks.numeric_rivals.systems import naive, riemlearn, with_jax

POINTS = 64
KAPPAS = (1e2, 1e4, 1e6)
ROUTES: dict[str, Any] = {"riemlearn": riemlearn, "nested jacfwd": naive}


def errors(case: Case, route: str, dtype: str) -> np.ndarray:
    """Error at each point; NaN where the answer is."""
    truth = reference.values(case, dtype)
    call, _ = with_jax.prepare(case, "scalar", ROUTES[route].batched, dtype)
    return np.abs(call().astype("float64") - truth["scalar"]) / truth["size"]


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    rows = []
    for dtype, linear in (("float64", "largest <= 1e-13"), ("float32", "largest <= 1e-5")):
        epsilon = float(np.finfo(dtype).eps)
        for name, route in ((n, r) for n in ("linear4", "curved4") for r in ROUTES):
            for kappa in KAPPAS:
                case = replace(CASES[name], batch=POINTS, kappa=kappa)
                off = errors(case, route, dtype)
                if case.curved and epsilon * kappa**2 > 0.1:
                    continue  # no digit is promised
                unit = epsilon * kappa**2 if case.curved else 1.0
                lost = int(np.sum(~np.isfinite(off)))
                off = off[np.isfinite(off)]
                figure = f"{np.median(off) / unit:.1e}, {np.max(off) / unit:.1e}" + f", {lost} NaN" * bool(lost)
                what = f"{dtype}, {'curved' if case.curved else 'linear'} chart, κ(A) = {kappa:.0e}, {POINTS} points"
                target = ("median <= 10, largest <= 100" if case.curved else linear) if route == "riemlearn" else ""
                units = " in units of κ² eps" if case.curved else ""
                rows.append((f"error of scal, {what}: {route}, median and largest{units}", figure, target))
    return rows
