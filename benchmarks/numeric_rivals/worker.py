"""One quantity in one system: python -m benchmarks.numeric_rivals.worker SYSTEM CASE QUANTITY SECONDS FILE.

Runs in the environment of the system and imports nothing that it may lack.  After SECONDS of CPU the process is ended.
What is known is printed at once, a JSON object a line; the values that were found are left in FILE.
"""

import importlib
import importlib.metadata
import json
import platform
import resource
import statistics
import sys
import time
from typing import Any

import numpy as np

from benchmarks.numeric_rivals.cases import CASES

REPEATS = 25
ENOUGH = 10.0  # CPU seconds spent in repeats after which no other is begun


def version(package: str) -> str:
    """Version of a distribution; riemlearn may be used from a checkout."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "checkout"


def tell(**found: Any) -> None:
    """Print one line for the process that waits; whatever the systems print goes elsewhere."""
    print(json.dumps(found), file=sys.__stdout__, flush=True)


def main() -> None:
    """Compute, tell, repeat, tell."""
    name, case_name, quantity, seconds, file = sys.argv[1:]
    sys.stdout = sys.stderr
    case = CASES[case_name]
    try:
        system = importlib.import_module(f"benchmarks.numeric_rivals.systems.{name}")
        versions = {package: version(package) for package in system.PACKAGES}
        loaded = time.process_time()
        tell(versions=versions, python=platform.python_version(), import_s=loaded)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        last = int(loaded + float(seconds)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (last, last))
        call, facts = system.prepare(case, quantity)
        start = time.process_time()
        values = call()
        first = time.process_time() - start
        np.save(file, values)
        tell(**facts, first_s=first, points=len(values), cpu_s=first, runs=1)
        cpu, wall = [], []
        while len(cpu) < REPEATS and sum(cpu) < ENOUGH and first < ENOUGH:
            start, clock = time.process_time(), time.perf_counter()
            call()
            cpu.append(time.process_time() - start)
            wall.append(time.perf_counter() - clock)
        if cpu:
            tell(cpu_s=min(cpu), wall_s=statistics.median(wall), runs=len(cpu))
    except MemoryError:
        tell(error="out of memory")
    except Exception as error:  # whatever another package raises is a result here
        tell(error=f"{type(error).__name__}: {str(error)[:200]}")


if __name__ == "__main__":
    main()
