"""Recorder: collects the rows of a report, and turns an exception inside a check into a failed row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from riemlearn.errors import NoClosedForm
from riemlearn.testing.report import CheckReport, CheckRow
from riemlearn.testing.sentences import SENTENCES


class Recorder:
    """The rows so far, and what could not be checked."""

    def __init__(self, tolerance: float):
        self.tolerance = tolerance
        self.rows: list[CheckRow] = []
        self.not_checked: list[tuple[str, str]] = []

    def add(
        self,
        name: str,
        errors: Any,
        *points: Any,
        tolerance: float | int | None = None,
        found: str | Sequence[str] = "",
    ) -> bool:
        """Add the row of one check from its errors, one a point, and the points; say whether it passed.

        ``found`` is what to say of the error, or of the error at each point, where the check fails.
        """
        errors = np.atleast_1d(np.asarray(errors, np.float64))
        allowed = self.tolerance if tolerance is None else float(tolerance)
        worst = int(np.argmax(errors))  # NaN counts as the largest
        passed = bool(errors[worst] <= allowed)
        where = tuple(tuple(float(c) for c in np.asarray(p)[worst]) for p in points)
        detail = found if isinstance(found, str) else found[worst]
        if not detail and np.isnan(errors[worst]):
            detail = "a value is not a number"
        self.rows.append(CheckRow(name, float(errors[worst]), allowed, where, passed, _sentence(name, passed, detail)))
        return passed

    def skip(self, why: str, *names: str) -> None:
        """Note what is not checked, unless it was checked before."""
        done = {row.name for row in self.rows} | {name for name, _ in self.not_checked}
        self.not_checked += [(name, why) for name in names if name not in done]

    @contextmanager
    def attempt(self, *names: str) -> Iterator[None]:
        """Run checks; what is not known in closed form is noted, any other exception fails those without a row."""
        try:
            yield
        except NoClosedForm as error:
            self.skip(f"not known: {error}", *names)
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".splitlines()[:3])
            done = {row.name for row in self.rows} | {name for name, _ in self.not_checked}
            for name in names:
                if name not in done:
                    sentence = _sentence(name, False, f"it raised {text}")
                    self.rows.append(CheckRow(name, float("nan"), self.tolerance, (), False, sentence))

    def ok(self, *names: str) -> bool:
        """Whether none of these checks failed."""
        return all(row.passed for row in self.rows if row.name in names)

    def report(self, subject: str) -> CheckReport:
        """What was found."""
        return CheckReport(subject, tuple(self.rows), tuple(self.not_checked))


def _sentence(name: str, passed: bool, found: str) -> str:
    meaning, advice = SENTENCES[name]
    if passed:
        return f"Holds: {meaning}."
    return f"Should hold: {meaning}. " + (f"Found: {found.rstrip('.')}. " if found else "") + f"Remedy: {advice}."
