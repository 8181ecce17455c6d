"""python -m benchmarks: measure, print, and write benchmarks/results.json; PyTorch's side has its own environment."""

import json
from pathlib import Path

import jax
from rich.console import Console
from rich.table import Table

jax.config.update("jax_enable_x64", True)

from benchmarks import curvature, exact, spectra, transformer, verification  # noqa: E402
from benchmarks.timing import machine  # noqa: E402


def main() -> None:
    """Measure everything."""
    table = Table(title=machine())
    for column in ("what", "figure", "target"):
        table.add_column(column)
    rows = []
    for suite in (curvature, exact, spectra, transformer, verification):
        for row in suite.run():
            table.add_row(*row)
            rows.append(row)
    Console(width=150).print(table)
    results = {
        "machine": machine(),
        "rows": [dict(zip(("what", "figure", "target"), row, strict=True)) for row in rows],
    }
    Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":  # verification starts processes, which read this file too
    main()
