"""The page of a verification: what was compared with what, the worst errors, and every row."""

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from riemlearn.plot.error_map import error_map
from riemlearn.plot.errors_figure import verification_errors
from riemlearn.plot.report import Report
from riemlearn.verify.rows import EXACT

_TEXT = """\
On manifolds whose geometry is known in closed form, every quantity is computed by independent routes: the closed \
form evaluated, automatic differentiation of the metric, and automatic differentiation of a map that has this \
metric: an embedding into Euclidean space where one is known, else a graph over the chart. Each is compared with the \
same quantity computed with 50 digits, and so is an identity: the curvature that the literature gives. Distances, \
exponential maps and logarithms must solve their equations and invert each other, heat kernels the heat equation, \
and their traces must be those of the published eigenvalues. On spacetimes what the literature gives is compared in \
exact arithmetic too: the difference vanishes as an expression, for all points and parameters. A wrong sign, index \
or factor on any of the routes would show as an error near one.

An error is the norm of the difference over the size of the tensor, the worst over random points of a region of the \
manifold; for heat kernels it is that of the logarithm, over times and pairs of points."""


@runtime_checkable
class Row(Protocol):
    """What the page needs of a row of a verification, whoever made it."""

    @property
    def manifold(self) -> str:
        """Where it was computed."""
        ...

    @property
    def quantity(self) -> str:
        """What was computed."""
        ...

    @property
    def route(self) -> str:
        """How it was computed."""
        ...

    @property
    def dtype(self) -> str:
        """Floating-point type."""
        ...

    @property
    def worst_error(self) -> float:
        """Largest relative error; may be NaN."""
        ...

    @property
    def tolerance(self) -> float:
        """Largest error that passes."""
        ...

    @property
    def points(self) -> int:
        """Number of points."""
        ...

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance."""
        ...

    @property
    def worst_point(self) -> tuple[float, ...]:
        """Where the error is worst."""
        ...


def add_verification(report: Report, rows: Sequence[Row]) -> Report:
    """Add the sections of a verification to a report."""
    failed = [row for row in rows if not row.passed]
    manifolds = len({row.manifold for row in rows})
    report.section("Verification", _TEXT)
    figures = [
        (f"{len(rows) - len(failed)} of {len(rows)}", f"comparisons passed, on {manifolds} manifolds"),
    ]
    exact = [row for row in rows if row.dtype == EXACT]
    if exact:
        figures.append((f"{sum(row.passed for row in exact)} of {len(exact)}", "published invariants hold exactly"))
    rounded = [row for row in rows if row.dtype != EXACT]
    for dtype in dict.fromkeys(row.dtype for row in rounded):
        errors = np.array([row.worst_error for row in rows if row.dtype == dtype])
        limit = max(row.tolerance for row in rows if row.dtype == dtype)
        figures.append((f"{errors.max():.1e}", f"worst error in {dtype}; {limit:.0e} is allowed"))  # NaN is the worst
    report.highlights(figures)
    if failed:
        report.notice(
            f"{len(failed)} of {len(rows)} comparisons FAILED: "
            + "; ".join(f"{r.manifold} {r.quantity} by {r.route} in {r.dtype}: {r.worst_error:.1e}" for r in failed)
        )
    for dtype in dict.fromkeys(row.dtype for row in rounded):
        report.figure(
            _map([row for row in rounded if row.dtype == dtype], dtype),
            "The worst error over all routes. A cross marks a failure; grey was not compared.",
            f"Worst error of each quantity on each manifold in {dtype}",
        )
    if rounded:
        report.figure(
            verification_errors(
                [row.quantity.replace("_", " ") for row in rounded],
                [row.route for row in rounded],
                [row.dtype for row in rounded],
                np.array([row.worst_error for row in rounded], np.float64),
                np.array([row.tolerance for row in rounded], np.float64),
                np.array([row.passed for row in rounded], bool),
            ),
            "Each point is one manifold. The bar is the largest error that passes; a cross is a failure. "
            "Errors below a ten-millionth of the bar stand at the left edge.",
            "Worst relative error of each quantity by each route, against the tolerance",
        )
    report.heading("The worst of each manifold")
    worst = [
        max((r for r in rows if r.manifold == name), key=_share) for name in dict.fromkeys(r.manifold for r in rows)
    ]
    report.table(
        ["manifold", "worst error", "tolerance", "quantity", "route", "dtype", "at"],
        [
            (r.manifold, f"{r.worst_error:.1e}", f"{r.tolerance:.0e}", r.quantity, r.route, r.dtype, _at(r.worst_point))
            for r in worst
        ],
        align="lrrllll",
    )
    report.table(
        ["manifold", "quantity", "route", "dtype", "worst error", "tolerance", "points", "worst at", ""],
        [
            (
                row.manifold,
                row.quantity,
                row.route,
                row.dtype,
                f"{row.worst_error:.1e}",
                f"{row.tolerance:.0e}",
                row.points,
                _at(row.worst_point),
                "passed" if row.passed else "FAILED",
            )
            for row in rows
        ],
        align="llllrrrll",
        folded=f"All {len(rows)} comparisons",
    )
    return report


def _share(row: Row) -> float:
    """The part of its tolerance that the error of a row takes; NaN, and what is not exact, are more than any."""
    if math.isnan(row.worst_error) or row.worst_error > row.tolerance == 0:
        return math.inf
    return row.worst_error / row.tolerance if row.tolerance else 0.0


def _at(point: Sequence[float]) -> str:
    """A point as text."""
    return "(" + ", ".join(f"{c:.4g}" for c in point) + ")"


def _map(rows: Sequence[Row], dtype: str) -> Any:
    """The worst error over all routes, for each manifold and quantity."""
    lines = list(dict.fromkeys(row.manifold for row in rows))
    columns = list(dict.fromkeys(row.quantity for row in rows))
    errors = np.full((len(lines), len(columns)), np.nan)
    for row in rows:
        place = lines.index(row.manifold), columns.index(row.quantity)
        error = math.inf if math.isnan(row.worst_error) else row.worst_error
        errors[place] = np.fmax(errors[place], error)
    return error_map([name.replace("_", " ") for name in columns], lines, errors, rows[0].tolerance, dtype)
