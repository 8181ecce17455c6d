"""Logarithm of the heat kernel of Euclidean space as a function of time and distance."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from riemlearn.heat_kernel.arguments import broadcast_floats


@partial(jax.jit, static_argnames="dim")
def log_radial(t: ArrayLike, r: ArrayLike, dim: int) -> Float[Array, "*batch"]:
    r"""Logarithm of the heat kernel of R^n at time t and distance r, the Gauss kernel of variance 2t.

    .. math:: K_t(r) = (4 \pi t)^{-n/2} e^{-r^2 / 4t}

    Parameters
    ----------
    t, r : array_like
        Times t > 0 and distances r >= 0, broadcast against each other.
    dim : int
        The dimension n >= 1.

    Examples
    --------
    >>> print(f"{log_radial(1 / (4 * math.pi), 1.0, 3):.6f}")
    -3.141593
    """
    t, r = broadcast_floats(t, r)
    return -dim / 2 * jnp.log(4 * math.pi * t) - r**2 / (4 * t)
