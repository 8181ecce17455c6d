"""Running the squares, and their report: on the terminal, or as JSON."""

import json
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path

import jax
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from riemlearn.errors import NumericError, ShapeError, SymbolError
from riemlearn.io import writing
from riemlearn.verify.cases import Case, catalogue, chosen
from riemlearn.verify.heat import heat_rows
from riemlearn.verify.rows import TOLERANCE, Row
from riemlearn.verify.squares import QUANTITIES, squares

ALL_QUANTITIES = (*QUANTITIES, "heat_kernel")
_ROUTES = ("closed form", "autodiff", "embedding", "identity")

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Verification:
    """What was verified, and how well it held.

    Attributes
    ----------
    rows : tuple of Row
        One for each manifold, quantity, route and floating-point type.
    seed : int
        Seed of the random points.
    """

    rows: tuple[Row, ...]
    seed: int

    @property
    def passed(self) -> bool:
        """Whether every row passed, and there is one."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    def worst(self, dtype: str) -> Row:
        """Return the row of one dtype with the largest error; NaN is larger than every number.

        Raises
        ------
        ShapeError
            If there is no row of that type.
        """
        rows = [row for row in self.rows if row.dtype == dtype]
        if not rows:
            raise ShapeError(f"worst: no row has dtype {dtype!r}; it must be one of {', '.join(TOLERANCE)}")
        return max(rows, key=lambda row: math.inf if math.isnan(row.worst_error) else row.worst_error)

    def table(self) -> Table:
        """Table for a terminal: a line for each quantity, a column for each route, float64 before float32."""
        failed = sum(not row.passed for row in self.rows)
        table = Table(
            title=f"{len(self.rows)} rows, {f'{failed} FAILED' if failed else 'all passed'}",
            caption="worst relative error, float64 then float32; ! marks a failure",
            box=SIMPLE,
            pad_edge=False,
        )
        routes = [route for route in _ROUTES if any(row.route == route for row in self.rows)]
        table.add_column("quantity", no_wrap=True)
        for route in routes:
            table.add_column(route, justify="right", no_wrap=True)
        lines: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows:
            lines.setdefault(row.manifold, {}).setdefault(row.quantity, []).append(row)
        for manifold, quantities in lines.items():
            table.add_row(Text(manifold, "bold"))
            for quantity, rows in quantities.items():
                cells = [_cell([row for row in rows if row.route == route]) for route in routes]
                table.add_row(f" {quantity}", *cells)
        return table

    def to_json(self, path: str | PathLike[str]) -> None:
        """Write everything as JSON; an error that is not a number is ``null``.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        rows = [
            asdict(row) | {"worst_error": row.worst_error if math.isfinite(row.worst_error) else None}
            for row in self.rows
        ]
        text = json.dumps({"passed": self.passed, "seed": self.seed, "rows": rows}, indent=1, allow_nan=False)
        with writing(f"the report {path}"):
            Path(path).write_text(text + "\n", encoding="utf-8")


def run(
    manifolds: Sequence[str | Case] | None = None,
    quantities: Sequence[str] | None = None,
    points: int = 16,
    seed: int = 0,
    progress: Progress | None = None,
) -> Verification:
    """Verify the library on manifolds whose geometry is known.

    Parameters
    ----------
    manifolds : sequence of str or of Case, optional
        Names from the catalogue (``"S2"``, ``"H3-ball"``, ...) or cases of your own; by default all of it.
    quantities : sequence of str, optional
        Some of metric, christoffel, riemann, ricci, scalar, laplace_beltrami, heat_kernel; by default all.
    points : int
        Number of random points on each manifold.
    seed : int
        Seed of the points.  Those of a manifold do not depend on what else is verified.
    progress : callable, optional
        Called as ``progress(done, total, name)`` before each manifold, and at the end with an empty name.

    Returns
    -------
    Verification
        All rows; ``.passed`` says whether all is well.

    Raises
    ------
    SymbolError
        If a name is not known, or if nothing was asked for that could fail.
    ShapeError
        If there is not at least one point.
    NumericError
        If JAX computes in 32 bits, where float64 cannot be verified.

    Examples
    --------
    >>> found = run(["R2"], ["metric"], points=2)
    >>> found.passed, len(found.rows)
    (True, 6)
    """
    if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise NumericError(
            "verify: JAX computes in 32 bits; call jax.config.update('jax_enable_x64', True) "
            "before the first computation"
        )
    if points < 1:
        raise ShapeError(f"verify: points must be at least 1, got {points}")
    cases = _cases(manifolds)
    names = chosen("quantity", quantities, ALL_QUANTITIES)
    local = [name for name in names if name in QUANTITIES]
    rows: list[Row] = []
    for done, case in enumerate(cases):
        if progress is not None:
            progress(done, len(cases), case.name)
        if local:
            key = jax.random.fold_in(jax.random.key(seed), zlib.crc32(case.name.encode()))
            rows += squares(case, local, case.sample(key, points))
        if "heat_kernel" in names:
            rows += heat_rows(case)
    if progress is not None:
        progress(len(cases), len(cases), "")
    if not rows:
        where = ", ".join(case.name for case in cases) or "no manifold"
        raise SymbolError(f"verify: nothing to verify: {', '.join(names) or 'no quantity'} on {where}")
    return Verification(tuple(rows), seed)


def _cases(manifolds: Sequence[str | Case] | None) -> tuple[Case, ...]:
    """Cases of the caller's own, then those that are named."""
    wanted = [manifolds] if isinstance(manifolds, str) else manifolds
    own = tuple(m for m in wanted or () if isinstance(m, Case))
    names = None if wanted is None else [m for m in wanted if isinstance(m, str)]
    if own and not names:
        return own
    known = {case.name: case for case in catalogue()}
    return own + tuple(known[name] for name in chosen("manifold", names, tuple(known)))


def _cell(rows: Sequence[Row]) -> Text:
    """Errors of one quantity by one route."""
    text = Text()
    for row in sorted(rows, key=lambda row: row.dtype, reverse=True):
        error = "0" if row.worst_error < 1e-30 else f"{row.worst_error:.0e}"  # below is the oracle's own rounding
        text.append(f" {error:>5}" if row.passed else f"!{error:>5}", "green" if row.passed else "bold red")
    return text
