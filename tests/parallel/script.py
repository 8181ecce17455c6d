"""What the tests start as processes of their own: python script.py devices|process FOLDER [NUMBER PORT]."""

import os
import signal
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # as in the process that compares the numbers

import riemlearn as rl  # noqa: E402
from riemlearn.errors import RiemlearnError  # noqa: E402
from riemlearn.parallel import chunked, distributed  # noqa: E402

RNG = np.random.default_rng(7)
POINTS = RNG.uniform(-1, 1, (1003, 2))  # a prime-ish number: no mesh divides it
WEIGHTS = RNG.normal(size=(2, 8)), RNG.normal(size=(8, 3))


def surface(x):
    return jnp.tanh(x @ WEIGHTS[0]) @ WEIGHTS[1]


NABLA = rl.Connection(rl.Metric.from_embedding(surface, dim=2))


def quantities(x):
    return NABLA.evaluate(x, "ricci", "scalar")


def devices(folder):
    """Meshes of one and of two axes; then a run that is killed when half of it is done."""
    four = np.array(jax.devices())
    assert four.size == 4
    for name, mesh in (
        ("one", jax.sharding.Mesh(four[:3], ("points",))),
        ("two", jax.make_mesh((2, 2), ("a", "b"))),
    ):
        np.savez(folder / name, **chunked(quantities, POINTS, mesh=mesh, budget="20 kB"))

    def kill(done, total):
        if done > total / 2:
            os.kill(os.getpid(), signal.SIGKILL)

    chunked(quantities, POINTS, budget="20 kB", checkpoint=folder / "killed", name="quantities", progress=kill)


def process(folder, number, port):
    """One of two processes that share the work."""
    jax.distributed.initialize(f"127.0.0.1:{port}", 2, number)
    calls = []
    found = distributed(
        quantities,
        POINTS,
        budget="20 kB",
        checkpoint=folder / "parts",
        name="quantities",
        progress=lambda *done: calls.append(done),
    )
    np.savez(folder / f"process-{number}", calls=np.array(calls).reshape(-1, 2), **found)
    few = distributed(jnp.sin, POINTS[:1])  # nothing is left for the second process
    assert np.array_equal(few, np.sin(POINTS[:1]))
    bad = POINTS.copy()
    bad[700] = np.nan
    wrong = (
        lambda: distributed(NABLA.scalar, bad),
        lambda: distributed(jnp.sin, POINTS + number),
        lambda: chunked(jnp.sin, POINTS, mesh=jax.sharding.Mesh(np.array(jax.devices()), ("points",))),
        lambda: distributed(jnp.sin, POINTS, budget="much"),
    )
    messages = []
    for call in wrong:
        try:
            call()
        except RiemlearnError as error:
            messages.append(f"{type(error).__name__}: {error}")
    (folder / f"messages-{number}").write_text("\n".join(messages))


if __name__ == "__main__":
    where = Path(sys.argv[2])
    if sys.argv[1] == "devices":
        devices(where)
    else:
        process(where, int(sys.argv[3]), sys.argv[4])
