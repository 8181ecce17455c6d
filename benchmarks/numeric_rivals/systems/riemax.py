"""riemax by its own functions of a metric, vectorised by ``jax.vmap``."""

import functools
from collections.abc import Callable
from typing import Any

import jax
from riemax.manifold import geometry  # pyright: ignore[reportMissingImports]

from benchmarks.numeric_rivals.cases import Case
from benchmarks.numeric_rivals.systems import with_jax

PACKAGES = ("riemax", "jax")
LIMIT = None
FUNCTIONS = {
    "christoffel": geometry.sk_christoffel,
    "riemann": geometry.sk_riemann_tensor,
    "scalar": geometry.ricci_scalar,
}


def batched(f: Callable[[Any], Any], n: int, quantity: str) -> Callable[[Any], Any]:
    """The quantity at a batch of points."""
    metric = functools.partial(geometry.metric_tensor, fn_transformation=f)
    return jax.vmap(functools.partial(FUNCTIONS[quantity], metric=metric))


def prepare(case: Case, quantity: str) -> tuple[Callable[[], Any], dict[str, float]]:
    """A call to time, and what is known of it."""
    return with_jax.prepare(case, quantity, batched)
