"""omnibias-geometry, its JAX operators on a chart."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from omnibias.geometry import (  # pyright: ignore[reportMissingImports]
    ChartSpec,
    ManifoldSpec,
)
from omnibias.geometry.jax import ops  # pyright: ignore[reportMissingImports]

from benchmarks.numeric_rivals.cases import Case
from benchmarks.numeric_rivals.systems import with_jax

PACKAGES = ("omnibias-geometry", "jax")
LIMIT = None
FUNCTIONS = {"christoffel": ops.christoffel, "riemann": ops.riemann_tensor, "scalar": ops.scalar_curvature}


def batched(f: Callable[[Any], Any], n: int, quantity: str) -> Callable[[Any], Any]:
    """The quantity at a batch of points."""
    ambient = jax.eval_shape(f, jnp.zeros(n)).shape[0]
    chart = ChartSpec(phi=f, domain_dim=n, ambient_dim=ambient)
    manifold = ManifoldSpec("image", n, ops.metric_spec_from_chart(chart))
    return lambda x: FUNCTIONS[quantity](x, manifold)


def prepare(case: Case, quantity: str) -> tuple[Callable[[], Any], dict[str, float]]:
    """A call to time, and what is known of it."""
    return with_jax.prepare(case, quantity, batched)
