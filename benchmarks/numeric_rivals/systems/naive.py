"""The textbook in JAX: Christoffel symbols from the derivatives of J^T J and its inverse, and those differentiated."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.numeric_rivals.cases import Case
from benchmarks.numeric_rivals.systems import with_jax

PACKAGES = ("jax",)
LIMIT = None
Point = Callable[[Any], Any]


def metric(f: Point) -> Point:
    """The pullback metric."""

    def g(x: Any) -> Any:
        jacobian = jax.jacfwd(f)(x)
        return jacobian.T @ jacobian

    return g


def christoffel(g: Point) -> Point:
    """Upper index first."""

    def gamma(x: Any) -> Any:
        d = jax.jacfwd(g)(x)
        lowered = (jnp.swapaxes(d, 1, 2) + d - jnp.transpose(d, (2, 0, 1))) / 2
        return jnp.einsum("kl,lij->kij", jnp.linalg.inv(g(x)), lowered)

    return gamma


def riemann(g: Point) -> Point:
    """R^i_jkl, upper index first."""
    gamma = christoffel(g)

    def curvature(x: Any) -> Any:
        c, d = gamma(x), jax.jacfwd(gamma)(x)
        half = jnp.einsum("iljk->ijkl", d) + jnp.einsum("ikm,mlj->ijkl", c, c)
        return half - jnp.swapaxes(half, 2, 3)

    return curvature


def scalar(g: Point) -> Point:
    """Scalar curvature."""
    curvature = riemann(g)
    return lambda x: jnp.einsum("jl,ijil->", jnp.linalg.inv(g(x)), curvature(x))


def batched(f: Point, n: int, quantity: str) -> Point:
    """The quantity at a batch of points."""
    return jax.vmap({"christoffel": christoffel, "riemann": riemann, "scalar": scalar}[quantity](metric(f)))


def prepare(case: Case, quantity: str) -> tuple[Callable[[], Any], dict[str, float]]:
    """A call to time, and what is known of it."""
    return with_jax.prepare(case, quantity, batched)
