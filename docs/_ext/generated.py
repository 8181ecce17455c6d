"""Parts of pages that are made from the package, so that they cannot go stale.

A page holds ``<!-- made: NAME -->``; the text that stands there in the site is that of the function NAME below.
"""

import inspect
import json
import math
import re
from pathlib import Path

import sympy as sp
from sphinx.application import Sphinx

from riemlearn import errors, manifolds

ROOT = Path(__file__).parent.parent.parent
VERIFIED = ROOT / "benchmarks" / "verify.json"


def statuses() -> str:
    """Return every status, with its sentence, its remedy and its exception."""
    parts = []
    for status in errors.Status:
        if status == errors.Status.OK:
            continue
        anchor = f"status-{status.name.lower().replace('_', '-')}"
        parts.append(
            f"({anchor})=\n### {status.name}\n\n{status.sentence[0].upper()}{status.sentence[1:]}.\n\n"
            f"**What to do:** {status.remedy}.\n\n"
            f"Raised as {{class}}`~riemlearn.errors.{status.error.__name__}`; code {int(status)}.\n"
        )
    return "\n".join(parts)


def exceptions() -> str:
    """Return every exception and warning of the package."""
    parts = []
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__:
            parts.append(f".. autoexception:: riemlearn.errors.{name}\n   :show-inheritance:\n")
    return "```{eval-rst}\n" + "\n".join(parts) + "```\n"


def verified() -> str:
    """Return the table of ``benchmarks/verify.json``: for each manifold and route the worst error."""
    rows = json.loads(VERIFIED.read_text(encoding="utf-8"))["rows"]
    routes = list(dict.fromkeys(row["route"] for row in rows))
    lines = ["| manifold | " + " | ".join(routes) + " | rows |", "| --- " * (len(routes) + 2) + "|"]
    for manifold in dict.fromkeys(row["manifold"] for row in rows):
        here = [row for row in rows if row["manifold"] == manifold]
        cells = [_cell([row for row in here if row["route"] == route]) for route in routes]
        lines.append(f"| {manifold} | " + " | ".join(cells) + f" | {len(here)} |")
    failed = sum(not row["passed"] for row in rows)
    return "\n".join(lines) + f"\n\n{len(rows)} rows, {f'{failed} FAILED' if failed else 'all passed'}.\n"


def catalogue() -> str:
    """Return the table of the catalogue, and for each class of manifolds where its formulas stand."""
    lines = ["| name | scalar curvature | volume | manifold |", "| --- | --- | --- | --- |"]
    sources: dict[str, list[str]] = {}
    for name, manifold in manifolds.catalogue().items():
        volume = "∞" if math.isinf(manifold.volume) else f"{manifold.volume:.6g}"
        scalar = manifold.curvature.scalar
        scalar = f"${sp.latex(scalar)}$" if sp.count_ops(scalar) < 30 else "not constant"  # no longer than a line
        lines.append(f"| `{name}` | {scalar} | {volume} | `{manifold!r}` |")
        sources.setdefault(manifold.source, []).append(repr(manifold).partition("(")[0])
    stand = [f"- {', '.join(dict.fromkeys(classes))}: {source}." for source, classes in sources.items()]
    return "\n".join([*lines, "", "Where the formulas stand:", "", *stand]) + "\n"


def spacetimes() -> str:
    """Return the table of the spacetimes, from what each of them says."""
    lines = ["| name | what it is | line element | source |", "| --- | --- | --- | --- |"]
    for name in manifolds.spacetimes():
        found = manifolds.spacetime(name)
        formula = sp.latex(found.line_element)
        formula = f"${formula}$" if len(formula) < 400 else "of several lines"  # no wider than a page
        lines.append(f"| `{name}` | {found.title} | {formula} | {found.source} |")
    return "\n".join(lines) + "\n"


def _cell(rows: list[dict]) -> str:
    """Worst error of some rows in float64 and float32, or of exact ones."""
    worst = []
    for dtype in ("float64", "float32", "exact"):
        errors = [row["worst_error"] for row in rows if row["dtype"] == dtype]
        if errors:
            worst.append("not a number" if None in errors else _short(max(errors)))
    return " / ".join(worst)


def _short(error: float) -> str:
    return "0" if error < 1e-30 else f"{error:.0e}"  # below is the rounding of the oracle


MADE = {
    "catalogue": (catalogue, Path(manifolds.__file__).parent / "catalogue.py"),
    "spacetimes": (spacetimes, Path(manifolds.__file__).parent / "spacetimes.toml"),
    "statuses": (statuses, Path(errors.__file__)),
    "exceptions": (exceptions, Path(errors.__file__)),
    "verified": (verified, VERIFIED),
}


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the parts in, and read the page again when what they are made from changes."""

    def part(match: re.Match) -> str:
        make, origin = MADE[match[1]]
        app.env.note_dependency(str(origin))
        app.env.note_dependency(__file__)
        return make()

    source[0] = re.sub(r"<!-- made: (\w+) -->", part, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", fill)
    return {"parallel_read_safe": True}
