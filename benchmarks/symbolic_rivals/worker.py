"""One case in one system: python -m benchmarks.symbolic_rivals.worker SYSTEM CASE SECONDS GIGABYTES [PROTOTYPE].

Runs in the environment of the system and imports nothing that it may lack.  The imports are done before the clock of
the process starts; then the process may use SECONDS of CPU for the computation, and as many for its check.  What is
known is printed at once, a JSON object a line, so that a process that is stopped has still told what it found.
"""

import importlib
import importlib.metadata
import json
import platform
import resource
import sys
import time
from typing import Any

from benchmarks.symbolic_rivals.cases import CASES

TOLERANCE = 1e-20  # relative; values are computed to 40 digits


def cpu_seconds() -> float:
    """CPU seconds of this process, all threads, and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """Largest resident memory of this process so far; what getrusage tells includes that of the parent."""
    with open("/proc/self/status") as lines:
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def version(package: str) -> str:
    """Version of a distribution; riemlearn may be used from a checkout, python-flint be absent."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def tell(**found: Any) -> None:
    """Print one line for the process that waits; whatever the systems print goes elsewhere."""
    print(json.dumps(found), file=sys.__stdout__, flush=True)


def limit(kind: int, soft: float, hard: float) -> None:
    """Set a resource limit of this process."""
    resource.setrlimit(kind, (int(soft), int(hard)))


def main() -> None:
    """Compute, tell, check, tell."""
    name, case_name, seconds, gigabytes, *prototype = sys.argv[1:]
    sys.stdout = sys.stderr
    sys.path.extend(prototype)
    case = CASES[case_name]
    system = importlib.import_module(f"benchmarks.symbolic_rivals.systems.{name}")
    versions = {package: version(package) for package in system.PACKAGES}
    start = cpu_seconds()
    tell(versions=versions, python=platform.python_version(), import_s=start)
    last = start + 2 * float(seconds) + 10
    limit(resource.RLIMIT_CORE, 0, 0)
    limit(resource.RLIMIT_AS, float(gigabytes) * 2**30, float(gigabytes) * 2**30)
    limit(resource.RLIMIT_CPU, start + float(seconds) + 1, last)
    try:
        answer = system.compute(case)
        tell(cpu_s=round(cpu_seconds() - start, 4), peak_mb=round(peak_megabytes()))
        limit(resource.RLIMIT_CPU, last, last)
        tell(ricci_zero=system.ricci_is_zero(answer))
        for quantity in ("scalar", "kretschmann"):
            found, expected = system.values(answer, case, quantity)
            tell(**{quantity: bool(abs(found - expected) <= TOLERANCE * max(1, abs(expected)))})
    except MemoryError:
        tell(error="out of memory")
    except Exception as error:  # whatever another package raises is a result here
        tell(error=f"{type(error).__name__}: {str(error)[:200]}")


if __name__ == "__main__":
    main()
