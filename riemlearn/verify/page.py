"""The page of a verification: what was compared with what, the worst errors, and every row."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from riemlearn.plot.errors_figure import verification_errors
from riemlearn.plot.report import Report

_TEXT = """\
On manifolds whose geometry is known in closed form, every quantity is computed by independent routes: \
the closed form evaluated, automatic differentiation of the metric, and automatic differentiation of an \
embedding (where there is a Euclidean one). Each is compared with the same quantity computed with 50 digits, \
and so is an identity: the curvature that a space of constant curvature must have. For heat kernels the \
identity is the heat equation, with derivatives by automatic differentiation. A wrong sign, index or factor \
on any of the routes would show as an error near one.

An error is the norm of the difference over the size of the tensor, the worst over random points of a region \
of the manifold; for heat kernels it is that of the logarithm, over a grid of times and distances."""


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


def add_verification(report: Report, rows: Sequence[Row]) -> Report:
    """Add the sections of a verification to a report."""
    failed = [row for row in rows if not row.passed]
    manifolds = len({row.manifold for row in rows})
    report.section("Verification", _TEXT)
    figures = [
        (f"{len(rows) - len(failed)} of {len(rows)}", f"comparisons passed, on {manifolds} manifolds"),
    ]
    for dtype in dict.fromkeys(row.dtype for row in rows):
        errors = np.array([row.worst_error for row in rows if row.dtype == dtype])
        limit = max(row.tolerance for row in rows if row.dtype == dtype)
        figures.append((f"{errors.max():.1e}", f"worst error in {dtype}; {limit:.0e} is allowed"))  # NaN is the worst
    report.highlights(figures)
    if failed:
        report.notice(
            f"{len(failed)} of {len(rows)} comparisons FAILED: "
            + "; ".join(f"{r.manifold} {r.quantity} by {r.route} in {r.dtype}: {r.worst_error:.1e}" for r in failed)
        )
    report.figure(
        verification_errors(
            [row.quantity.replace("_", " ") for row in rows],
            [row.route for row in rows],
            [row.dtype for row in rows],
            np.array([row.worst_error for row in rows], np.float64),
            np.array([row.tolerance for row in rows], np.float64),
            np.array([row.passed for row in rows], bool),
        ),
        "Each point is one manifold. The bar is the largest error that passes; a cross is a failure. "
        "Errors below a ten-millionth of the bar stand at the left edge.",
        "Worst relative error of each quantity by each route, against the tolerance",
    )
    report.table(
        ["manifold", "quantity", "route", "dtype", "worst error", "tolerance", "points", ""],
        [
            (
                row.manifold,
                row.quantity,
                row.route,
                row.dtype,
                f"{row.worst_error:.1e}",
                f"{row.tolerance:.0e}",
                row.points,
                "passed" if row.passed else "FAILED",
            )
            for row in rows
        ],
        align="llllrrrl",
        folded=f"All {len(rows)} comparisons",
    )
    return report
