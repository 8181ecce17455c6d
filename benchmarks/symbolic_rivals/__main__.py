"""python -m benchmarks.symbolic_rivals: curvature in closed form, riemlearn and the others, each in its environment.

Every system and case runs in a process of its own, one at a time, with a limit on its CPU seconds and its memory.
What was found is merged into results.json: a new figure replaces the one of the same system and case.
"""

import argparse
import datetime
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.symbolic_rivals.cases import CASES
from benchmarks.symbolic_rivals.table import RESULTS, SYSTEMS, markdown, read
from benchmarks.timing import processor

ROOT = Path(__file__).parent.parent.parent
WORTH_REPEATING = 20.0  # CPU seconds; what takes longer is run once


def interpreter(system: str, environments: Path) -> Path:
    """Python of the environment of a system; riemlearn's may be the one that runs this."""
    folder = system.partition("_")[0]
    python = environments / folder / "bin" / "python"
    return Path(sys.executable) if folder == "riemlearn" and not python.exists() else python


def once(python: Path, system: str, case: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run one process; what it told, and how it ended."""
    command = [str(python), "-m", "benchmarks.symbolic_rivals.worker", system, case]
    command += [str(options.seconds), str(options.gigabytes)] + ([str(options.prototype)] if options.prototype else [])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    patience = 10 * (2 * options.seconds + 30)  # wall clock, for a machine that is shared
    try:
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=patience,
        )
        output, errors, code = ended.stdout, ended.stderr, ended.returncode
    except subprocess.TimeoutExpired as expired:
        told = expired.stdout or b""
        output, errors, code = told if isinstance(told, str) else told.decode(), "", -signal.SIGXCPU
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found: dict[str, Any] = {}
    for line in output.splitlines():
        found |= json.loads(line)
    if "cpu_s" in found:
        found["outcome"] = "finished"
    elif code in (-signal.SIGXCPU, -signal.SIGKILL) and "import_s" in found:
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found |= {"outcome": "stopped", "cpu_s": round(used - found["import_s"])}
    else:
        last = errors.strip().splitlines()[-1:] or [f"exit status {code}"]
        found = {"outcome": "failed", "error": last[0]} | found
    return found


def measure(python: Path, system: str, case: str, options: argparse.Namespace) -> dict[str, Any]:
    """The row of one system and case: the median over fresh processes."""
    found = once(python, system, case, options)
    seconds = [found.pop("cpu_s", None)]
    if found["outcome"] == "finished" and seconds[0] < WORTH_REPEATING:
        seconds += [once(python, system, case, options).get("cpu_s") for _ in range(options.repeats - 1)]
    times = [s for s in seconds if s is not None]
    if not CASES[case].ricci_flat:
        found.pop("ricci_zero", None)
    found.pop("import_s", None)
    return {
        "system": system,
        "case": case,
        "cpu_s": statistics.median(times) if times else None,
        "runs": len(times),
        "limit_s": options.seconds,
        **found,
        "machine": processor(),
        "date": datetime.date.today().isoformat(),
    }


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.symbolic_rivals", description=__doc__)
    parser.add_argument("--environments", type=Path, help="folder with a virtual environment for each system")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--prototype", type=Path, help="folder with proto_loc.py, the prototype of the exact ring")
    parser.add_argument("--seconds", type=int, default=60, help="CPU seconds after which a process is stopped")
    parser.add_argument("--gigabytes", type=float, default=4, help="address space of a process")
    parser.add_argument("--repeats", type=int, default=3, help=f"fresh processes for what takes < {WORTH_REPEATING} s")
    parser.add_argument("--table", action="store_true", help="measure nothing, print the table of what is recorded")
    options = parser.parse_args()
    if not options.table and options.environments is None:
        parser.error("--environments is needed to measure")
    return options


def main() -> None:
    """Measure, record, print."""
    options = arguments()
    for case in () if options.table else options.cases:
        for system in options.systems:
            python = interpreter(system, options.environments.absolute())
            if not python.exists():
                print(f"{system}: no environment, {python} is missing", flush=True)
                continue
            row = measure(python, system, case, options)
            rows = {(r["system"], r["case"]): r for r in read()} | {(system, case): row}
            RESULTS.write_text(json.dumps({"rows": list(rows.values())}, indent=2) + "\n", encoding="utf-8")
            shown = ("outcome", "cpu_s", "ricci_zero", "scalar", "kretschmann", "peak_mb", "error")
            print(system, case, {key: row[key] for key in shown if key in row}, flush=True)
    print(markdown(read()))


if __name__ == "__main__":
    main()
