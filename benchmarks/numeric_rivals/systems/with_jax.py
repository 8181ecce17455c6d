"""What the systems on JAX share: the map, the batch, the chart, and what the compiler tells."""

import functools
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.numeric_rivals.cases import Case, chart, network, points

jax.config.update("jax_enable_x64", True)
Batched = Callable[[Callable[[Any], Any], int, str], Callable[[Any], Any]]


def in_chart(f: Callable[[Any], Any], y: Any, a: Any, q: Any, z: Any) -> Any:
    """A map in the chart z -> y + A z + Q(z, z) / 2."""
    return f(y + a @ z + q @ z @ z / 2)


def prepare(
    case: Case, quantity: str, batched: Batched, dtype: str = "float64"
) -> tuple[Callable[[], Any], dict[str, float]]:
    """A compiled call, and CPU seconds of its compilation, megabytes of its temporaries, its GFLOP.

    ``batched(f, n, quantity)`` is the library's function of points of shape (b, n).
    """
    array = functools.partial(jnp.asarray, dtype=dtype)
    f, x = network(case, array, {"tanh": jnp.tanh, "gelu": jax.nn.gelu}), array(points(case))
    if case.kappa is None:
        function = batched(f, case.dim, quantity)
    else:
        (a, q), origin = map(array, chart(case)), jnp.zeros((1, case.dim), dtype)

        def function(y: Any) -> Any:
            def at(one: Any) -> Any:
                map_in_chart = jax.tree_util.Partial(functools.partial(in_chart, f), one, a, q)
                return batched(map_in_chart, case.dim, quantity)(origin)[0]

            return jax.vmap(at)(y)

    start = time.process_time()
    compiled = jax.jit(function).lower(x).compile()
    facts = {"compile_s": time.process_time() - start}
    memory, cost = compiled.memory_analysis(), compiled.cost_analysis()
    facts["temporary_mb"] = getattr(memory, "temp_size_in_bytes", float("nan")) / 1e6
    facts["gflop"] = (cost or {}).get("flops", float("nan")) / 1e9
    return lambda: np.asarray(compiled(x)), facts
