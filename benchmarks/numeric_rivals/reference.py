"""What is true: the Gauss equation in NumPy, on derivatives of the map in a well-conditioned chart."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.numeric_rivals.cases import Case, network, points


def values(case: Case) -> dict[str, np.ndarray]:
    """Scalar curvature, R^i_jkl and Gamma^k_ij at the points of a case, in the chart without its bad conditioning."""
    f = network(case, jnp.asarray, {"tanh": jnp.tanh, "gelu": jax.nn.gelu})
    x = jnp.asarray(points(case))
    first = np.asarray(jax.jit(jax.vmap(jax.jacfwd(f)))(x))
    second = np.asarray(jax.jit(jax.vmap(jax.jacfwd(jax.jacfwd(f))))(x))
    q, r = np.linalg.qr(first)
    frame = np.linalg.inv(r)
    tangential = np.einsum("bda,bdij->baij", q, second)
    normal = second - np.einsum("bda,baij->bdij", q, tangential)
    gamma = np.einsum("bka,baij->bkij", frame, tangential)
    gram = np.einsum("bdik,bdjl->bijkl", normal, normal)
    lowered = gram - np.einsum("bijlk->bijkl", gram)  # <II_ik, II_jl> - <II_il, II_jk>
    inverse = frame @ np.swapaxes(frame, 1, 2)
    riemann = np.einsum("bim,bmjkl->bijkl", inverse, lowered)
    scalar = np.einsum("bjl,bijil->b", inverse, riemann)
    return {"scalar": scalar, "riemann": riemann, "christoffel": gamma}


def errors(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest difference at each point, relative to the largest entry there; what is not finite is infinitely wrong."""
    expected = expected[: len(found)]
    axes = tuple(range(1, expected.ndim))
    differences = np.max(np.abs(found - expected), axis=axes) / np.max(np.abs(expected), axis=axes)
    return np.where(np.isfinite(differences), differences, np.inf)
