r"""Heat kernels: the closed form against mpmath, and against the heat equation that it must solve.

On a space of constant curvature the kernel is a function of time and distance.  With :math:`u = \log K` the
heat equation :math:`\partial_t K = \Delta K` in geodesic polar coordinates reads

.. math:: \partial_t u = u'' + (n - 1)\, m(r)\, u' + (u')^2,

where :math:`m` is :math:`1/r`, :math:`\cot(r/R)/R` or :math:`\coth r` (Davies, Heat Kernels and Spectral
Theory, sec. 5.7).  Its residual, by automatic differentiation, is relative to the sum of the sizes of its
terms; the error of :math:`u` against mpmath is relative to :math:`\max(1, |u|)`: a wrong factor of K is a
wrong term of u.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jaxtyping import Array, Float

from riemlearn.heat_kernel import HeatKernel
from riemlearn.verify.cases import Case
from riemlearn.verify.heat_oracle import Space, log_heat
from riemlearn.verify.rows import TOLERANCE, Row, answer, compiled, row

TIMES = (0.01, 0.1, 1.0, 10.0)
DISTANCES: dict[Space, tuple[float, ...]] = {
    "euclidean": (0.1, 1.0, 4.0, 10.0),
    "sphere": (0.1, 1.0, 2.0, 3.0),
    "hyperbolic": (0.1, 1.0, 4.0, 10.0),
}


def heat_rows(case: Case) -> Iterator[Row]:
    """Rows of one manifold: its kernel against mpmath and against the heat equation, in both types."""
    if case.heat is None:
        return
    space, radius = case.heat
    grid = np.array([(t * radius**2, r * radius) for t in TIMES for r in DISTANCES[space]])
    kernel = compiled(jax.vmap(_with_residual(HeatKernel(case.manifold).log_radial, space, case.dim, radius)))
    for dtype in TOLERANCE:
        tr = jnp.asarray(grid, dtype)
        exact = np.asarray(tr, np.float64)
        true = np.array([_oracle(space, case.dim, radius, t, r) for t, r in exact])
        value, residual = (answer(a, dtype) for a in kernel(tr))
        errors = np.abs(value - true) / np.maximum(1, np.abs(true))
        yield row(case.name, "heat_kernel", "closed form", dtype, errors, exact)
        yield row(case.name, "heat_kernel", "identity", dtype, residual, exact)


def _oracle(space: Space, dim: int, radius: float, t: float, r: float) -> float:
    r"""Logarithm of the kernel by mpmath, scaled: :math:`K_R(t, r) = R^{-n} K_1(t / R^2, r / R)`."""
    with mpmath.workdps(50):
        scale = mpmath.mpf(radius)
        value = log_heat(space, dim, mpmath.mpf(t) / scale**2, mpmath.mpf(r) / scale)
        return float(value - dim * mpmath.log(scale))


def _with_residual(
    u: Callable[..., Any], space: Space, dim: int, radius: float
) -> Callable[[Float[Array, "2"]], tuple[Float[Array, ""], Float[Array, ""]]]:
    """The logarithm of the kernel at (t, r), and the relative residual of its heat equation."""
    spread = {
        "euclidean": lambda r: 1 / r,
        "sphere": lambda r: 1 / (radius * jnp.tan(r / radius)),
        "hyperbolic": lambda r: 1 / jnp.tanh(r),
    }[space]

    def at(p: Float[Array, "2"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
        t, r = p
        first = jax.value_and_grad(u, (0, 1))
        (value, (by_t, by_r)), (_, (_, second)) = jax.jvp(lambda r: first(t, r), (r,), (jnp.ones_like(r),))
        terms = jnp.stack([-by_t, second, (dim - 1) * spread(r) * by_r, by_r**2])
        return value, jnp.abs(jnp.sum(terms)) / jnp.sum(jnp.abs(terms))

    return at
