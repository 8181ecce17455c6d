"""CheckReport: what was checked, what failed, by how much and where."""

import html
import math
from dataclasses import dataclass

from riemlearn.errors import MetricError, SymbolError

Point = tuple[float, ...]


@dataclass(frozen=True)
class CheckRow:
    """One check.

    Attributes
    ----------
    name : str
        What was checked.
    error : float
        By how much it is missed at worst; NaN if there was a NaN or an exception.
    tolerance : float
        The largest error that passes.
    where : tuple of points
        The point, or points, with the worst error, in coordinates; empty for what belongs to no point.
    passed : bool
        Whether the error is within the tolerance; NaN is not.
    sentence : str
        What the check means and, where it failed, what was found and what to look at.
    """

    name: str
    error: float
    tolerance: float
    where: tuple[Point, ...]
    passed: bool
    sentence: str

    def __str__(self) -> str:
        at = " at " + " and ".join(map(_point, self.where)) if self.where else ""
        return f"{self.name}: error {self.error:.1e}, tolerance {self.tolerance:.0e}{at}. {self.sentence}"


@dataclass(frozen=True)
class CheckReport:
    """The checks of a metric or a manifold.

    Attributes
    ----------
    subject : str
        What was checked.
    rows : tuple of CheckRow
        One a check.
    not_checked : tuple of (str, str)
        What could not be checked, and why: what a manifold does not know is no failure.

    Examples
    --------
    >>> fine = CheckRow("torsion", 0.0, 1e-8, (), True, "The Christoffel symbols are symmetric.")
    >>> CheckReport("a plane", (fine,)).passed
    True
    """

    subject: str
    rows: tuple[CheckRow, ...]
    not_checked: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed, and there was one."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def failures(self) -> tuple[CheckRow, ...]:
        """The rows that failed."""
        return tuple(row for row in self.rows if not row.passed)

    def __getitem__(self, name: str) -> CheckRow:
        """The row of one check.

        Raises
        ------
        SymbolError
            If there is none of that name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        why = dict(self.not_checked).get(name)
        known = f"it was not checked: {why}" if why else f"there are {', '.join(row.name for row in self.rows)}"
        raise SymbolError(f"the report has no check {name!r}; {known}")

    def raise_if_failed(self) -> None:
        """Raise if a check failed, for use in a test.

        Raises
        ------
        MetricError
            With the failed rows.
        """
        if not self.passed:
            raise MetricError("\n".join([self._title, *(f"  {row}" for row in self.failures)]))

    @property
    def _title(self) -> str:
        failed = len(self.failures)
        return f"{self.subject}: {len(self.rows)} checks, {f'{failed} FAILED' if failed else 'all passed'}"

    def _omissions(self) -> list[tuple[str, str]]:
        """Each reason, and the names of what was not checked for it."""
        reasons = dict.fromkeys(why for _, why in self.not_checked)
        return [(why, ", ".join(name for name, w in self.not_checked if w == why)) for why in reasons]

    def __repr__(self) -> str:
        width = max((len(row.name) for row in self.rows), default=0)
        lines = [self._title]
        for row in self.rows:
            mark = "  " if row.passed else "! "
            lines.append(f"{mark}{row.name:{width}}  {_number(row.error):>8}  of {_number(row.tolerance)}")
            if not row.passed:
                at = "at " + " and ".join(map(_point, row.where)) + ": " if row.where else ""
                lines.append(f"    {at}{row.sentence}")
        lines += [f"  not checked: {names} ({why})" for why, names in self._omissions()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{h}</th>" for h in ("check", "error", "tolerance", "where", "meaning"))
        body = []
        for row in self.rows:
            cells = (
                row.name,
                _number(row.error),
                _number(row.tolerance),
                " and ".join(map(_point, row.where)),
                row.sentence,
            )
            style = "" if row.passed else ' style="color:#b00020;font-weight:bold"'
            body.append(f"<tr{style}>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>")
        rest = "".join(f"<li>{html.escape(f'{names}: {why}')}</li>" for why, names in self._omissions())
        # a browser would break 1e-16 at its hyphen
        narrow = "<style>.riemlearn-checks td:nth-child(-n+3) {white-space: nowrap}</style>"
        table = f'{narrow}<table class="riemlearn-checks">'
        return f"<p>{html.escape(self._title)}</p>{table}<tr>{head}</tr>{''.join(body)}</table>" + (
            f"<p>Not checked:</p><ul>{rest}</ul>" if rest else ""
        )


def _number(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}" if math.isfinite(value) else str(value)


def _point(point: Point) -> str:
    return "(" + ", ".join(f"{c:.5g}" for c in point) + ")"
