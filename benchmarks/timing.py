"""How a benchmark is timed."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

_PACE = 0.15  # seconds of the same calls before one that counts


class Time(NamedTuple):
    """Seconds of a call: the median and the least by the clock on the wall, the least of the processor, all threads."""

    median: float
    least: float
    cpu: float


def once(call: Callable[[], Any]) -> tuple[Any, Time]:
    """Value and time of one call of what takes long."""
    start, processor_start = time.perf_counter(), time.process_time()
    value = jax.block_until_ready(call())
    wall = time.perf_counter() - start
    return value, Time(wall, wall, time.process_time() - processor_start)


def times(calls: dict[str, Callable[[], Any]], repeats: int = 15) -> dict[str, Time]:
    """Time of each call, after one that compiles: the calls take turns, each at its own steady pace.

    What one call leaves in caches, and of the processor's clock, slows down the next few of another.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for call in calls.values():
        jax.block_until_ready(call())
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            while time.perf_counter() - start < _PACE:
                jax.block_until_ready(call())
            _, taken = once(call)
            found[name].append((taken.median, taken.cpu))
    seconds = {name: tuple(zip(*pairs, strict=True)) for name, pairs in found.items()}
    return {name: Time(statistics.median(wall), min(wall), min(cpu)) for name, (wall, cpu) in seconds.items()}


def interleaved(calls: dict[str, Callable[[], Any]], repeats: int = 15) -> dict[str, float]:
    """Least wall-clock seconds of each call, the calls made in turn, after one that compiles."""
    return {name: found.least for name, found in times(calls, repeats).items()}


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
