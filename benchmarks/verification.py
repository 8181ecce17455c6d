"""The worst errors of `riemlearn verify`, and how long it takes."""

import os
import time

from riemlearn import verify


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    start = time.perf_counter()
    processes = os.cpu_count() or 1
    result = verify.run(processes=processes)
    seconds = time.perf_counter() - start
    return [
        ("verify: worst error, float64", f"{result.worst('float64').worst_error:.1e}", "<= 1e-10"),
        ("verify: worst error, float32", f"{result.worst('float32').worst_error:.1e}", "<= 1e-4"),
        (f"verify: {len(result.rows)} rows, {processes} processes: wall time", f"{seconds:.0f} s", "< 180 s"),
    ]
