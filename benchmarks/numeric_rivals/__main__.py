"""python -m benchmarks.numeric_rivals: curvature of learned maps, riemlearn and the others, each in its environment.

Every system and quantity runs in a process of its own, one at a time, with a limit on its CPU seconds.  The values that
come back are compared with :mod:`benchmarks.numeric_rivals.reference`.  What was found is merged into results.json.
"""

import argparse
import datetime
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from benchmarks.numeric_rivals.cases import CASES, QUANTITIES, quantities  # noqa: E402
from benchmarks.numeric_rivals.reference import errors, values  # noqa: E402
from benchmarks.numeric_rivals.table import RESULTS, SYSTEMS, markdown, read  # noqa: E402
from benchmarks.timing import processor  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
HERE = ("riemlearn", "naive")  # may run in the environment of the command
DEFAULT = [system for system in SYSTEMS if not system.endswith("gpu")]


def interpreter(system: str, environments: Path) -> Path:
    """Python of the environment of a system."""
    folder = system.partition("_")[0]
    python = environments / folder / "bin" / "python"
    return Path(sys.executable) if folder in HERE and not python.exists() else python


def measure(python: Path, system: str, case: str, quantity: str, seconds: int, truth: np.ndarray) -> dict[str, Any]:
    """The row of one system, case and quantity."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.npy"
        command = [str(python), "-m", "benchmarks.numeric_rivals.worker", system, case, quantity, str(seconds)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        try:
            ended = subprocess.run(
                [*command, str(file)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20 * seconds
            )
            output, complaints, code = ended.stdout, ended.stderr, ended.returncode
        except subprocess.TimeoutExpired as expired:
            told = expired.stdout or b""
            output, complaints, code = told if isinstance(told, str) else told.decode(), "", -signal.SIGKILL
        found: dict[str, Any] = {}
        for line in output.splitlines():
            found |= json.loads(line)
        loaded = found.pop("import_s", None)
        if file.exists():
            answer = np.load(file, allow_pickle=False)
            off = errors(answer, truth)
            found |= {"outcome": "finished", "error_relative": float(np.median(off)), "error_max": float(np.max(off))}
            if quantity == "scalar":
                found |= {"first_value": float(answer[0]), "first_truth": float(truth[0])}
        elif code in (-signal.SIGXCPU, -signal.SIGKILL) and loaded is not None:
            found |= {"outcome": "stopped", "cpu_s": float(seconds)}
        else:
            last = complaints.strip().splitlines()[-1:] or [f"exit status {code}"]
            found = {"outcome": "failed", "error": last[0]} | found
    row = {"system": system, "case": case, "quantity": quantity, **found, "limit_s": seconds}
    return row | {"machine": processor(), "date": datetime.date.today().isoformat()}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numeric_rivals", description=__doc__)
    parser.add_argument("--environments", type=Path, help="folder with a virtual environment for each system")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=DEFAULT)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--quantities", nargs="+", choices=QUANTITIES, default=list(QUANTITIES))
    parser.add_argument("--seconds", type=int, default=60, help="CPU seconds after which a process is ended")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of what is recorded")
    parser.add_argument("--table", action="store_true", help="measure nothing, print the tables of what is recorded")
    options = parser.parse_args()
    if not options.table and options.environments is None:
        parser.error("--environments is needed to measure")
    return options


def main() -> None:
    """Measure, record, print."""
    options = arguments()
    for case in () if options.table else options.cases:
        truth = values(CASES[case])
        for quantity in (q for q in quantities(case) if q in options.quantities):
            for system in options.systems:
                python = interpreter(system, options.environments.absolute())
                if not python.exists():
                    print(f"{system}: no environment, {python} is missing", flush=True)
                    continue
                row = measure(python, system, case, quantity, options.seconds, truth[quantity])
                rows = {(r["system"], r["case"], r["quantity"]): r for r in read(options.results)}
                rows[system, case, quantity] = row
                options.results.write_text(json.dumps({"rows": list(rows.values())}, indent=2) + "\n", encoding="utf-8")
                shown = ("outcome", "cpu_s", "points", "compile_s", "error_relative", "error")
                print(system, case, quantity, {key: row[key] for key in shown if key in row}, flush=True)
    print(markdown(read(options.results)))


if __name__ == "__main__":
    main()
