"""Exact curvature: CPU seconds for all independent components, from the matrix to the elements of the ring."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from runpy import run_path
from time import process_time
from typing import Any

import sympy as sp

import riemlearn as rl
from riemlearn.symbolic import ClosedForm
from riemlearn.symbolic.operators import covariant_derivative

CURVATURE = ("riemann_lowered", "ricci", "scalar", "kretschmann")
_RUNS = 7
_ENOUGH = 3.0  # seconds; what takes longer is measured once


@dataclass(frozen=True)
class Case:
    """A metric, what is computed of it, the seconds it may take with python-flint and with SymPy's polynomials.

    ``prototype`` says whether a prototype that knows neither algebraic functions nor a way to stop is asked too.
    """

    title: str
    make: Callable[[], ClosedForm]
    quantities: tuple[str, ...]
    flint: float
    sympy: float | None = None
    prototype: bool = True


def _spacetime(name: str) -> Callable[[], ClosedForm]:
    return lambda: rl.manifolds.spacetime(name).metric.closed_form


def _sphere(n: int) -> ClosedForm:
    """S^n in polar angles."""
    x = sp.symbols(f"x1:{n + 1}", real=True)
    entries = [sp.prod(sp.sin(angle) ** 2 for angle in x[:i]) for i in range(n)]
    return ClosedForm(x, sp.ImmutableDenseMatrix(sp.diag(*entries)))


def _general(n: int, diagonal: bool = False) -> ClosedForm:
    """A metric with a different undefined function of all coordinates in every place."""
    x = sp.symbols("t x y z", real=True)[:n]

    def entry(i: int, j: int) -> sp.Expr:
        low, high = sorted((i, j))
        return sp.S(0) if diagonal and i != j else sp.Function(f"g{low}{high}")(*x)

    return ClosedForm(x, sp.ImmutableDenseMatrix(n, n, entry))


CASES = (
    Case("Schwarzschild", _spacetime("schwarzschild"), CURVATURE, 0.01, 0.02),
    Case("Kerr, Boyer-Lindquist", _spacetime("kerr"), CURVATURE, 0.015, 0.12),
    Case("Kerr-Newman", _spacetime("kerr_newman"), CURVATURE, 0.02, 0.3),
    Case("Myers-Perry 5-d with two spins", _spacetime("myers_perry"), CURVATURE, 0.04),
    Case("S^8 in polar angles", lambda: _sphere(8), CURVATURE, 0.2),
    Case("S^12 in polar angles", lambda: _sphere(12), CURVATURE, 5, prototype=False),
    Case("diagonal 4-d, 4 undefined functions of 4 coordinates", lambda: _general(4, True), CURVATURE, 0.08),
    Case("general 3-d, 6 undefined functions of 3 coordinates", lambda: _general(3), CURVATURE, 0.25),
    Case(
        "general 4-d, 10 undefined functions of 4 coordinates", lambda: _general(4), CURVATURE[:3], 60, prototype=False
    ),
    Case("Kerr in Kerr-Schild Cartesian coordinates", _spacetime("kerr-kerr_schild"), CURVATURE, 2, prototype=False),
    Case("Kerr", _spacetime("kerr"), ("weyl", "second Bianchi identity"), 0.5, prototype=False),
)


def seconds(case: Case, backend: str) -> tuple[float, ClosedForm]:
    """The least CPU time of some runs, each with SymPy's caches empty, and the last closed form."""
    best, given = float("inf"), case.make()
    for _ in range(_RUNS):
        sp.core.cache.clear_cache()
        start = process_time()
        form = ClosedForm(given.coordinates, given.matrix, given.algebraic, backend=backend)
        for quantity in case.quantities:
            _compute(form, quantity)
        best = min(best, process_time() - start)
        if best > _ENOUGH:
            break
    return best, form


def _compute(form: ClosedForm, quantity: str) -> None:
    if quantity == "second Bianchi identity":
        derivative = covariant_derivative(form, form.components("riemann_lowered"), (False,) * 4).element
        for i, j in combinations(range(form.dim), 2):
            for k, l, m in combinations(range(form.dim), 3):
                terms = (derivative((i, j, *cyclic)) for cyclic in ((k, l, m), (l, m, k), (m, k, l)))
                if sum(terms, start=form.ring.zero):
                    raise ArithmeticError("the second Bianchi identity does not hold")
        return
    components = form.components(quantity)
    for index in components.independent():
        components.element(index)


def prototype_seconds(case: Case, curvature: Callable[..., Any]) -> float | None:
    """The same for a prototype that takes a matrix and coordinates; None if it cannot do it."""
    best, given = float("inf"), case.make()
    matrix = [[given.matrix[i, j] for j in range(given.dim)] for i in range(given.dim)]
    for _ in range(_RUNS):
        sp.core.cache.clear_cache()
        start = process_time()
        try:
            curvature(matrix, given.coordinates, "flint")
        except (ValueError, KeyError):
            return None
        best = min(best, process_time() - start)
        if best > _ENOUGH:
            break
    return best


def run(prototype: Callable[..., Any] | None = None) -> list[tuple[str, str, str]]:
    """Rows of the table: what, figure, target."""
    rows = []
    for case in CASES:
        spent, form = seconds(case, "flint")
        slow, _ = seconds(case, "sympy") if case.sympy is not None else (None, None)
        figure, target = f"{spent:.4f} s", f"{case.flint} s"
        if slow is not None:
            figure, target = f"{figure}; SymPy's polynomials {slow:.3f} s", f"{target}; {case.sympy} s"
        reference = prototype_seconds(case, prototype) if prototype and case.prototype else None
        if reference is not None:
            figure = f"{figure}; prototype {reference:.4f} s, ratio {spent / reference:.2f}"
        rows.append((f"{case.title}: {', '.join(case.quantities)}", figure, target))
        if case.title.startswith("Kerr, "):
            start = process_time()
            for quantity in CURVATURE:
                form.components(quantity).expr()
            rows.append(
                ("the same, translated to factored SymPy expressions", f"{process_time() - start:.3f} s", "0.1 s")
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows.append(("peak memory of the process", f"{peak:.2f} GiB", "1 GiB each"))
    return rows


if __name__ == "__main__":
    from argparse import ArgumentParser

    from rich.console import Console
    from rich.table import Table

    parser = ArgumentParser(description="Exact curvature in CPU seconds, beside a prototype if a file of one is given.")
    parser.add_argument("--prototype", help="a Python file with a function curvature(matrix, coordinates, backend)")
    path = parser.parse_args().prototype
    table = Table("what", "figure", "target", title="exact curvature, CPU seconds")
    for row in run(run_path(path)["curvature"] if path else None):
        table.add_row(*row)
    Console(width=180).print(table)
