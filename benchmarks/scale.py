"""Large batches: memory and speed of a million points in chunks, and two processes against one.

Each measurement is a process of its own (``python -m benchmarks.scale surface``; ``network NUMBER COUNT PORT``):
a peak of memory belongs to a process, and one of the second kind keeps to one core.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import time

SURFACE_POINTS, BATCH, NETWORK_POINTS, ROUNDS = 10**6, 10**4, 2 * 10**4, 5


def surface() -> dict[str, float]:
    """A torus at a million points, and at ten thousand again and again."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    import riemlearn as rl
    from riemlearn.parallel import chunked

    jax.config.update("jax_enable_x64", True)

    def torus(x):
        u, v = x
        return jnp.stack([(2 + jnp.cos(v)) * jnp.cos(u), (2 + jnp.cos(v)) * jnp.sin(u), jnp.sin(v)])

    nabla = rl.Connection(rl.Metric.from_embedding(torus, dim=2))
    points = np.random.default_rng(0).uniform(0, 6, (SURFACE_POINTS, 2))
    few, small = jax.jit(lambda x: nabla.scalar(x)), jnp.asarray(points[:BATCH])
    few(small).block_until_ready()
    rates, batches = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(20):
            few(small).block_until_ready()
        batches.append(20 * BATCH / (time.perf_counter() - start))
        marks, start = [], time.perf_counter()
        values = chunked(
            nabla.scalar, points, progress=lambda done, total, m=marks: m.append((done, time.perf_counter()))
        )
        whole = time.perf_counter() - start
        (first, begun), (last, ended) = marks[1], marks[-1]  # the first chunk is there: everything is compiled
        rates.append((last - first) / (ended - begun))
    exact = 2 * np.cos(points[:, 1]) / (2 + np.cos(points[:, 1]))
    return {
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rate": max(rates),
        "batch": max(batches),
        "whole": whole,
        "error": float(np.abs(values - exact).max()),
    }


def processes(number: int, count: int, port: int) -> dict[str, float]:
    """Scalar curvature of an MLP 8 -> 128 -> 128 -> 64 with gelu, by one process of several, on one core."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[number]})  # before JAX counts the cores
    import jax
    import numpy as np
    from jax.experimental.multihost_utils import process_allgather

    import riemlearn as rl
    from benchmarks.numeric_rivals.cases import CASES, network
    from riemlearn.parallel import chunked, distributed

    jax.config.update("jax_enable_x64", True)
    if count > 1:
        jax.distributed.initialize(f"127.0.0.1:{port}", count, number)
    perceptron = network(CASES["8"], jax.numpy.asarray, {"gelu": jax.nn.gelu})
    nabla = rl.Connection(rl.Metric.from_embedding(perceptron, dim=8))
    points = np.random.default_rng(0).normal(size=(NETWORK_POINTS, 8))
    start = time.perf_counter()
    values = distributed(nabla.scalar, points)
    whole, seconds = time.perf_counter() - start, []
    for _ in range(ROUNDS):
        marks: list[float] = []
        process_allgather(np.zeros(1))  # all begin together
        chunked(
            nabla.scalar, points[number::count], progress=lambda done, total, m=marks: m.append(time.perf_counter())
        )
        # from the first chunk, when everything is compiled; all but that chunk of the part is done in this time
        seconds.append((marks[-1] - marks[1]) * (len(marks) - 1) / (len(marks) - 2))
    return {"whole": whole, "compiled": min(seconds), "sum": float(np.sum(values))}


def started(*arguments: object) -> subprocess.Popen:
    """One of the two above, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen) -> dict[str, float]:
    """What a process found: the last line that it wrote."""
    out, _ = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"{process.args} ended with {process.returncode}")
    return json.loads(out.splitlines()[-1])


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    torus = answer(started("surface"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    one = answer(started("network", 0, 1, port))
    pair = [started("network", number, 2, port) for number in (0, 1)]
    two = [answer(process) for process in pair]
    difference = max(abs(t["sum"] - one["sum"]) / abs(one["sum"]) for t in two)
    compiled, whole = (max(t[key] for t in two) for key in ("compiled", "whole"))
    what = f"scalar curvature of an MLP at {NETWORK_POINTS} points"
    return [
        (
            "torus at 1e6 points in chunks, float64: peak memory of the process",
            f"{torus['peak'] / 1e6:.0f} MB",
            "<= 1 GB",
        ),
        ("the same: throughput", f"{torus['rate']:.2e} points/s", ""),
        ("throughput of 1e4 points at once", f"{torus['batch']:.2e} points/s", ""),
        ("ratio", f"{torus['rate'] / torus['batch']:.2f}", "1"),
        ("the same: whole call, compilation included", f"{torus['whole']:.1f} s", ""),
        ("the same: worst error of scal against the closed form", f"{torus['error']:.1e}", ""),
        (f"{what}, compiled: one process on one core", f"{one['compiled']:.2f} s", ""),
        ("the same: two processes on two cores", f"{compiled:.2f} s", ""),
        ("ratio", f"{one['compiled'] / compiled:.2f}", ">= 1.7"),
        ("whole calls, start and compilation included", f"{one['whole']:.2f} s and {whole:.2f} s", ""),
        ("relative difference of the sums", f"{difference:.1e}", ""),
    ]


if __name__ == "__main__":
    kind, *rest = sys.argv[1:] or ["all"]
    if kind == "surface":
        print(json.dumps(surface()))
    elif kind == "network":
        print(json.dumps(processes(*map(int, rest))))
    else:
        for row in run():
            print(row)
