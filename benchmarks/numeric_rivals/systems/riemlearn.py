"""riemlearn through its public API."""

from collections.abc import Callable
from typing import Any

import riemlearn as rl
from benchmarks.numeric_rivals.cases import Case
from benchmarks.numeric_rivals.systems import with_jax

PACKAGES = ("riemlearn", "jax")
LIMIT = None


def batched(f: Callable[[Any], Any], n: int, quantity: str) -> Callable[[Any], Any]:
    """A field of the connection of the pullback metric."""
    return getattr(rl.Connection(rl.Metric.from_embedding(f, dim=n)), quantity)


def prepare(case: Case, quantity: str) -> tuple[Callable[[], Any], dict[str, float]]:
    """A call to time, and what is known of it."""
    return with_jax.prepare(case, quantity, batched)
