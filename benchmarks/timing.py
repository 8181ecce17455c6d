"""How a benchmark is timed."""

import os
import platform
import time
from collections.abc import Callable
from typing import Any

import jax


def interleaved(calls: dict[str, Callable[[], Any]], repeats: int = 15) -> dict[str, float]:
    """Least wall-clock seconds of each call, the calls made in turn, after one that compiles."""
    best = {}
    for name, call in calls.items():
        jax.block_until_ready(call())
        best[name] = float("inf")
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def processor() -> str:
    """The processor, and how many cores there are."""
    try:
        with open("/proc/cpuinfo") as lines:
            cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        cpu = platform.processor() or platform.machine()
    return f"{cpu}, {os.cpu_count()} cores"


def machine() -> str:
    """The machine and the versions that the figures belong to."""
    device = jax.devices()[0]
    versions = f"JAX {jax.__version__}, Python {platform.python_version()}"
    return f"{processor()}, device {device.device_kind}, {versions}"
