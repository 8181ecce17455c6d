"""Curvature of learned maps by the public API, against nested derivatives of g and of the Christoffel symbols.

Everything is compiled, and what is compared runs in turn in one process, so that a change of the machine's load meets
all alike.  ``python -m benchmarks curvature`` measures these rows alone.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import riemlearn as rl
from benchmarks.numeric_rivals.cases import CASES, Case, network, points
from benchmarks.numeric_rivals.systems import naive
from benchmarks.timing import Time, once, times
from riemlearn.jets import jet2

LARGE = Case((64, 512, 512, 512), "tanh", 1)
NESTED, OURS, BARE = "nested jacfwd", "riemlearn", "all-pairs Hessian"
Row = tuple[str, str, str]


class Compiled(NamedTuple):
    """A compiled function at its points."""

    call: Callable[[], Any]
    megabytes: float
    flops: float

    @classmethod
    def of(cls, function: Callable[[Any], Any], x: jax.Array) -> "Compiled":
        """Compile a function of points of shape (b, n)."""
        compiled = jax.jit(function).lower(x).compile()
        memory, cost = compiled.memory_analysis(), compiled.cost_analysis()
        return cls(lambda: compiled(x), memory.temp_size_in_bytes / 1e6, cost["flops"])


def problem(case: Case) -> tuple[Callable[[Any], Any], jax.Array]:
    """The map of a case and its points."""
    return network(case, jnp.asarray, {"tanh": jnp.tanh, "gelu": jax.nn.gelu}), jnp.asarray(points(case))


def wave(x: jax.Array) -> jax.Array:
    """The function to which the Laplace-Beltrami operator is applied."""
    return jnp.sum(jnp.sin(x))


def routes(f: Callable[[Any], Any], n: int) -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]:
    """Each quantity at a batch of points, nested and ours."""
    u, v = (jnp.asarray(row) for row in np.random.default_rng(2).normal(size=(2, n)))
    g, metric = naive.metric(f), rl.Metric.from_embedding(f, dim=n)
    nabla, laplacian, ricci = rl.Connection(metric), rl.LaplaceBeltrami(metric)(wave), naive.ricci(g)
    return {
        "Christoffel symbols": (jax.vmap(naive.christoffel(g)), lambda x: nabla.christoffel(x)),
        "Riemann tensor": (jax.vmap(naive.riemann(g)), lambda x: nabla.riemann(x)),
        "scalar curvature": (jax.vmap(naive.scalar(g)), lambda x: nabla.scalar(x)),
        "sectional curvature of a plane": (jax.vmap(naive.sectional(g, u, v)), lambda x: nabla.sectional(x, u, v)),
        "Ric(v, v)": (jax.vmap(lambda x: v @ ricci(x) @ v), lambda x: nabla.ricci_quadratic(x, v)),
        "Laplace-Beltrami": (jax.vmap(naive.laplace_beltrami(g, wave)), lambda x: laplacian(x)),
    }


def title(case: Case) -> str:
    """A case in a row, which is plain text."""
    return f"MLP {' -> '.join(map(str, case.widths))}, {case.activation}, float64, {case.batch} points"


def milliseconds(time: Time) -> str:
    """The median, and the processor's least."""
    return f"{time.median * 1e3:.2f} ms (CPU {time.cpu * 1e3:.2f} ms)"


def quotient(slow: Time, fast: Time) -> str:
    """Ratio of the medians, and of the processor's least."""
    return f"{slow.median / fast.median:.1f} (CPU {slow.cpu / fast.cpu:.1f})"


def compared(case: Case, targets: dict[str, str], repeats: int) -> list[Row]:
    """Each quantity by both routes: times, ratio, memory, agreement."""
    (f, x), rows = problem(case), []
    found = routes(f, case.dim)
    for quantity, target in targets.items():
        slow, fast = (Compiled.of(route, x) for route in found[quantity])
        seconds = times({NESTED: slow.call, OURS: fast.call}, repeats)
        expected = slow.call()
        difference = float(jnp.linalg.norm(expected - fast.call()) / jnp.linalg.norm(expected))
        what = f"{title(case)}: {quantity}"
        rows += [
            (f"{what}: {NESTED}, temporaries", f"{milliseconds(seconds[NESTED])}, {slow.megabytes:.1f} MB", ""),
            (f"{what}: {OURS}, temporaries", f"{milliseconds(seconds[OURS])}, {fast.megabytes:.1f} MB", ""),
            (f"{what}: ratio", quotient(seconds[NESTED], seconds[OURS]), target),
            (f"{what}: relative difference", f"{difference:.1e}", ""),
        ]
    return rows


def hessian(case: Case, target: str, repeats: int) -> list[Row]:
    """The bare all-pairs Hessian: its FLOPs, and the time of scalar curvature beside it."""
    f, x = problem(case)
    bare = Compiled.of(jax.vmap(lambda y: jet2(f, y).second), x)
    scalar = Compiled.of(routes(f, case.dim)["scalar curvature"][1], x)
    n, h, _, d = case.widths
    least = 2 * (h * h + h * d) * (n + n * (n + 1) // 2) * case.batch
    seconds = times({BARE: bare.call, OURS: scalar.call}, repeats)
    return [
        (f"{title(case)}: {BARE}", milliseconds(seconds[BARE]), ""),
        (f"{title(case)}: FLOPs of the {BARE} over the least", f"{bare.flops / least:.3f}", "<= 1.03"),
        (f"{title(case)}: scalar curvature over it, time", quotient(seconds[OURS], seconds[BARE]), target),
    ]


def large(case: Case, repeats: int) -> list[Row]:
    """Scalar curvature at one point of a wide map; the nested route is run once, after its compilation."""
    f, x = problem(case)
    slow, fast = (Compiled.of(route, x) for route in routes(f, case.dim)["scalar curvature"])
    ours = times({OURS: fast.call}, repeats)[OURS]
    expected, first = once(slow.call)
    difference = float(jnp.max(jnp.abs(fast.call() / expected - 1)))
    what = f"{title(case)}: scalar curvature"
    return [
        (f"{what}: {NESTED}, temporaries", f"{milliseconds(first)}, {slow.megabytes:.0f} MB", ""),
        (f"{what}: {OURS}", milliseconds(ours), ""),
        (f"{what}: {OURS}, temporaries", f"{fast.megabytes:.1f} MB", "<= 60 MB"),
        (f"{what}: ratio", quotient(first, ours), ">= 60"),
        (f"{what}: relative difference", f"{difference:.1e}", ""),
    ]


def run(repeats: int = 15) -> list[Row]:
    """Rows of what was measured: name, figure, target."""
    eight, sixteen = CASES["8"], CASES["16"]
    wide = {
        "Christoffel symbols": "",
        "Riemann tensor": ">= 28",
        "scalar curvature": ">= 28",
        "sectional curvature of a plane": ">= 120",
        "Ric(v, v)": ">= 60",
        "Laplace-Beltrami": ">= 6",
    }
    narrow = {"Christoffel symbols": "", "Riemann tensor": ">= 12", "scalar curvature": ">= 12"}
    return [
        *compared(eight, narrow, repeats),
        *hessian(eight, "<= 1.4", repeats),
        *compared(sixteen, wide, repeats),
        *hessian(sixteen, "<= 1.4", repeats),
        *large(LARGE, min(repeats, 7)),
    ]
