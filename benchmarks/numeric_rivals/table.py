"""What was recorded, as tables for a page."""

import json
from pathlib import Path
from typing import Any

from benchmarks.numeric_rivals.cases import CASES, QUANTITIES, quantities

RESULTS = Path(__file__).with_name("results.json")
WRONG = 1e-6  # relative error above which a figure is not one of speed

SYSTEMS = {
    "riemlearn": "riemlearn",
    "riemlearn_gpu": "riemlearn, GPU",
    "naive": "nested `jacfwd`",
    "riemax": "riemax",
    "omnibias": "omnibias-geometry",
    "geomstats_autograd": "geomstats, autograd",
    "geomstats_pytorch": "geomstats, PyTorch",
}
Row = dict[str, Any]


def read(file: Path = RESULTS) -> list[Row]:
    """The recorded rows, none if nothing has been recorded."""
    return json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []


def two_digits(value: float) -> str:
    """Two digits, no exponent."""
    return f"{value:.2g}" if 0.01 <= value < 99.5 else f"{value:.3f}" if value < 1 else f"{float(f'{value:.2g}'):,.0f}"


def milliseconds(row: Row) -> float:
    """CPU milliseconds a point."""
    return 1e3 * row["cpu_s"] / row.get("points", 1)


def unfinished(row: Row) -> str | None:
    """What to say where there is no figure."""
    if row["outcome"] == "failed":
        return "out of memory" if row.get("error") == "out of memory" else "failed"
    return f"> {two_digits(row['cpu_s'])} s, stopped" if row["outcome"] == "stopped" else None


def speed(row: Row, reference: Row | None) -> str:
    """CPU milliseconds a point, the ratio to the reference, or what came out instead of the truth."""
    text = two_digits(milliseconds(row))
    if reference and reference is not row and reference["outcome"] == "finished":
        text += f" ({two_digits(milliseconds(row) / milliseconds(reference))} ×)"
    if not row["error_relative"] <= WRONG:
        values = f", {row['first_value']:.3g} where {row['first_truth']:.3g} is true" if "first_value" in row else ""
        text += f", **wrong**{values}"
    return text


def compilation(row: Row, reference: Row | None) -> str:
    """CPU seconds."""
    return f"{row['compile_s']:.1f}" if "compile_s" in row else "none"


def memory(row: Row, reference: Row | None) -> str:
    """Megabytes of temporaries of the batch."""
    return two_digits(row["temporary_mb"]) if "temporary_mb" in row else ""


def accuracy(row: Row, reference: Row | None) -> str:
    """Median and largest relative error."""
    return f"{row['error_relative']:.0e} / {row['error_max']:.0e}"


def table(rows: list[Row], corner: str, cell: Any, ill: bool) -> str:
    """A line for each case and quantity, a column for each system; cases in charts (``ill``) or the others."""
    found = {(row["system"], row["case"], row["quantity"]): row for row in rows}
    lines = [f"| {corner} | " + " | ".join(SYSTEMS.values()) + " |", "| --- " * (len(SYSTEMS) + 1) + "|"]
    for name, case in CASES.items():
        if (case.kappa is not None) != ill:
            continue
        for quantity in QUANTITIES if not ill else quantities(name):
            if not any((system, name, quantity) in found for system in SYSTEMS):
                continue
            cells = []
            for system in SYSTEMS:
                row = found.get((system, name, quantity))
                reference = found.get(("riemlearn", name, quantity))
                cells.append("" if row is None else unfinished(row) or cell(row, reference))
            title = case.title if ill else f"{case.title}: {quantity}"
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) if len(lines) > 2 else ""


def markdown(rows: list[Row]) -> str:
    """Speed, compilation, memory, and the error of scalar curvature in ill-conditioned charts."""
    tables = (
        table(rows, "CPU milliseconds a point", speed, ill=False),
        table(rows, "compilation, CPU seconds", compilation, ill=False),
        table(rows, "temporaries, MB", memory, ill=False),
        table(rows, "relative error of scalar curvature, median / largest", accuracy, ill=True),
    )
    return "\n\n".join(text for text in tables if text)
