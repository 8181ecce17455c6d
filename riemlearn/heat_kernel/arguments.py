"""Small things that the closed forms share: arguments in one dtype, polynomials, and how small is nothing."""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from jaxtyping import Array, Float

_n = np.arange(14)
ARCSINE = np.concatenate([[1.0], np.cumprod((2 * _n + 1) / (2 * _n + 2))]) / (2 * np.arange(15) + 1)
"""Taylor coefficients of arcsin(x) / x in x^2; enough of them for x^2 < 1/16."""


def broadcast_floats(t: ArrayLike, r: ArrayLike) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """Two arrays of one shape and of the floating-point type that JAX's promotion gives them."""
    dtype = jnp.result_type(t, r, 1.0)
    t, r = jnp.broadcast_arrays(jnp.asarray(t, dtype), jnp.asarray(r, dtype))
    return t, r


def negligible_exponent(dtype: np.dtype) -> float:
    """Return a number L such that exp(-L) is below the rounding of the floating-point type."""
    return 1.0 - math.log(float(jnp.finfo(dtype).eps))


def full_product(rows: Float[Array, "*batch n"], matrix: np.ndarray) -> Float[Array, "*batch m"]:
    """Matrix product with constants in the full precision of the type, on accelerators too."""
    return jnp.matmul(rows, jnp.asarray(matrix, rows.dtype), precision=lax.Precision.HIGHEST)


def horner(coefficients: np.ndarray, x: Array) -> Array:
    """Polynomial with the given coefficients, lowest first; unrolled, so that XLA makes one loop of it."""
    value = jnp.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        value = value * x + float(c)
    return value
