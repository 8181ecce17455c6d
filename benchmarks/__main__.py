"""python -m benchmarks: measure, print, and write benchmarks/results.json; PyTorch's side has its own environment.

Named suites, as in ``python -m benchmarks curvature conditioning``, are measured and printed alone.
"""

import argparse
import json
from pathlib import Path

import jax
from rich.console import Console
from rich.table import Table

jax.config.update("jax_enable_x64", True)

from benchmarks import conditioning, curvature, exact, scale, spectra, transformer, verification  # noqa: E402
from benchmarks.timing import machine  # noqa: E402

SUITES = {
    "curvature": curvature,
    "conditioning": conditioning,
    "scale": scale,
    "exact": exact,
    "spectra": spectra,
    "transformer": transformer,
    "verification": verification,
}


def main() -> None:
    """Measure everything, or the suites that are named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", help=f"of {', '.join(SUITES)}; by default all, and results.json is written"
    )
    named = parser.parse_args().suites
    if unknown := set(named) - set(SUITES):
        parser.error(f"no suite {', '.join(sorted(unknown))}")
    table = Table(title=machine())
    for column in ("what", "figure", "target"):
        table.add_column(column)
    rows = []
    for name in named or SUITES:
        for row in SUITES[name].run():
            table.add_row(*row)
            rows.append(row)
    Console(width=150).print(table)
    if named:
        return
    results = {
        "machine": machine(),
        "rows": [dict(zip(("what", "figure", "target"), row, strict=True)) for row in rows],
    }
    Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":  # verification starts processes, which read this file too
    main()
