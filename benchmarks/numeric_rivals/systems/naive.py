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


def ricci(g: Point) -> Point:
    """Ric_jl = R^i_jil."""
    curvature = riemann(g)
    return lambda x: jnp.einsum("ijil->jl", curvature(x))


def sectional(g: Point, u: Any, v: Any) -> Point:
    """Sectional curvature of the plane of two vectors."""
    curvature = riemann(g)

    def value(x: Any) -> Any:
        h = g(x)
        area = (u @ h @ u) * (v @ h @ v) - (u @ h @ v) ** 2
        return jnp.einsum("im,mjkl,i,j,k,l->", h, curvature(x), u, v, u, v, optimize=True) / area

    return value


def laplace_beltrami(g: Point, h: Point) -> Point:
    """The divergence of the gradient of a function, as its definition has it."""

    def density(x: Any) -> Any:
        return jnp.sqrt(jnp.linalg.det(g(x)))

    def flux(x: Any) -> Any:
        return density(x) * (jnp.linalg.inv(g(x)) @ jax.grad(h)(x))

    return lambda x: jnp.trace(jax.jacfwd(flux)(x)) / density(x)


def batched(f: Point, n: int, quantity: str) -> Point:
    """The quantity at a batch of points."""
    return jax.vmap({"christoffel": christoffel, "riemann": riemann, "scalar": scalar}[quantity](metric(f)))


def prepare(case: Case, quantity: str) -> tuple[Callable[[], Any], dict[str, float]]:
    """A call to time, and what is known of it."""
    return with_jax.prepare(case, quantity, batched)
