"""What was recorded, as a table for a page."""

import json
from pathlib import Path
from typing import Any

from benchmarks.symbolic_rivals.cases import CASES

RESULTS = Path(__file__).with_name("results.json")

SYSTEMS = {
    "riemlearn": "riemlearn",
    "riemlearn_sympy": "riemlearn without flint",
    "prototype": "prototype",
    "prototype_sympy": "prototype without flint",
    "naive": "SymPy, `simplify`",
    "einsteinpy": "einsteinpy",
    "ogrepy": "OGRePy",
    "sage": "SageManifolds",
}


def read() -> list[dict[str, Any]]:
    """The recorded rows, none if nothing has been recorded."""
    return json.loads(RESULTS.read_text(encoding="utf-8"))["rows"] if RESULTS.exists() else []


def seconds(value: float) -> str:
    """Two digits, at least to the second."""
    return f"{value:.0f}" if value >= 10 else f"{value:#.2g}" if value >= 0.1 else f"{value:.3f}"


def two_digits(ratio: float) -> str:
    """Two digits, no exponent."""
    return f"{ratio:.2g}" if ratio < 99.5 else f"{float(f'{ratio:.2g}'):,.0f}"


def cell(row: dict[str, Any] | None, reference: dict[str, Any] | None) -> str:
    """CPU seconds, the ratio to the reference, and whatever was not as it should be."""
    if row is None:
        return ""
    if row["outcome"] == "failed":
        return row["error"] if row["error"] == "out of memory" else "failed"
    more = "> " if row["outcome"] == "stopped" else ""
    text = more + seconds(row["cpu_s"])
    if reference and reference is not row and reference["machine"] == row["machine"]:
        text += f" ({more}{two_digits(row['cpu_s'] / reference['cpu_s'])} ×)"
    notes = [f"{name} differs" for name in ("scalar", "kretschmann") if row.get(name) is False]
    notes += ["Ricci not 0"] if row.get("ricci_zero") is False else []
    checked = row["outcome"] == "stopped" or all(name in row for name in ("scalar", "kretschmann"))
    notes += [] if checked else ["not checked"]
    return ", ".join([text, *notes])


def markdown(rows: list[dict[str, Any]], reference: str = "prototype") -> str:
    """A line for each case, a column for each system that has been run; ``>`` where it was stopped."""
    found = {(row["system"], row["case"]): row for row in rows}
    systems = [name for name in SYSTEMS if any(system == name for system, _ in found)]
    lines = ["| CPU seconds | " + " | ".join(SYSTEMS[name] for name in systems) + " |"]
    lines.append("| --- " * (len(systems) + 1) + "|")
    for case, description in CASES.items():
        if any((name, case) in found for name in systems):
            base = found.get((reference, case))
            base = base if base and base["outcome"] == "finished" else None
            cells = [cell(found.get((name, case)), base) for name in systems]
            lines.append(f"| {description.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
