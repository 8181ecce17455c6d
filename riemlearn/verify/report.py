"""The report of a verification: on the terminal, or as JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from riemlearn.errors import ShapeError
from riemlearn.io import writing
from riemlearn.verify.rows import EXACT, TOLERANCE, Row

_ROUTES = ("ring", "closed form", "autodiff", "embedding", "identity", "Galerkin")


@dataclass(frozen=True)
class Verification:
    """What was verified, and how well it held.

    Attributes
    ----------
    rows : tuple of Row
        One for each manifold, quantity, route and floating-point type; exact ones have the type ``"exact"``.
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
            raise ShapeError(f"worst: no row has dtype {dtype!r}; it must be one of {', '.join((*TOLERANCE, EXACT))}")
        return max(rows, key=lambda row: math.inf if math.isnan(row.worst_error) else row.worst_error)

    def summary(self) -> Table:
        """Table for a terminal: a line for each manifold, and one for each failure."""
        table = Table(title=self._title, box=SIMPLE, pad_edge=False)
        table.add_column("manifold", no_wrap=True)
        table.add_column("rows", justify="right")
        exact = any(row.dtype == EXACT for row in self.rows)
        if exact:
            table.add_column("exact", justify="right", no_wrap=True)
        for dtype in TOLERANCE:
            table.add_column(f"worst, {dtype}", justify="right", no_wrap=True)
            table.add_column("where", no_wrap=True)
        for manifold in dict.fromkeys(row.manifold for row in self.rows):
            rows = tuple(row for row in self.rows if row.manifold == manifold)
            cells: list[Text | str] = [_share([row for row in rows if row.dtype == EXACT])] if exact else []
            for dtype in TOLERANCE:
                mine = [row for row in rows if row.dtype == dtype]
                worst = Verification(tuple(mine), self.seed).worst(dtype) if mine else None
                cells += ["", ""] if worst is None else [_cell([worst]), f"{worst.quantity}, {worst.route}"]
            table.add_row(manifold, str(len(rows)), *cells)
            for row in rows:
                if not row.passed:
                    table.add_row(Text(f"  FAILED: {row}", "bold red"))
        return table

    def table(self) -> Table:
        """Table for a terminal: a line for each quantity, a column for each route, float64 before float32."""
        table = Table(
            title=self._title,
            caption="worst relative error, float64 then float32; in the ring it is exact; ! marks a failure",
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

    def __repr__(self) -> str:
        return f"Verification({self._title}, seed={self.seed})"

    def _repr_mimebundle_(self, **named: Any) -> Any:
        """In a notebook it is its summary."""
        return self.summary()._repr_mimebundle_(**{"include": (), "exclude": ()} | named)

    @property
    def _title(self) -> str:
        failed = sum(not row.passed for row in self.rows)
        return f"{len(self.rows)} rows, {f'{failed} FAILED' if failed else 'all passed'}"

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


def _share(rows: Sequence[Row]) -> Text:
    """How many of some exact rows hold."""
    good = sum(row.passed for row in rows)
    return Text(f"{good}/{len(rows)}" if rows else "", "green" if good == len(rows) else "bold red")


def _cell(rows: Sequence[Row]) -> Text:
    """Errors of one quantity by one route."""
    text = Text()
    for row in sorted(rows, key=lambda row: row.dtype, reverse=True):
        error = "0" if row.worst_error < 1e-30 else f"{row.worst_error:.0e}"  # below is the oracle's own rounding
        text.append(f" {error:>5}" if row.passed else f"!{error:>5}", "green" if row.passed else "bold red")
    return text
