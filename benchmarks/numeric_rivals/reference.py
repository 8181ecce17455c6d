"""What is true: the Gauss equation in NumPy, on derivatives of the map in a well-conditioned chart."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.numeric_rivals.cases import Case, network, points


def values(case: Case, dtype: str = "float64") -> dict[str, np.ndarray]:
    """Scalar curvature, R^i_jkl and Gamma^k_ij at the points of a case, in the chart without its bad conditioning.

    ``size`` is |tr II|^2 + |II|^2, whose two terms scalar curvature subtracts.  Weights and points are rounded to the
    dtype first, and everything is computed in float64.
    """

    def array(numbers: np.ndarray) -> jax.Array:
        return jnp.asarray(numbers, dtype).astype("float64")

    f, x = network(case, array, {"tanh": jnp.tanh, "gelu": jax.nn.gelu}), array(points(case))
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
    in_frame = np.einsum("bdij,bik,bjl->bdkl", normal, frame, frame)
    size = np.sum(np.einsum("bdkk->bd", in_frame) ** 2, axis=1) + np.sum(in_frame**2, axis=(1, 2, 3))
    return {"scalar": scalar, "riemann": riemann, "christoffel": gamma, "size": size}


def errors(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest difference at each point, relative to the largest entry there; what is not finite is infinitely wrong."""
    expected = expected[: len(found)]
    axes = tuple(range(1, expected.ndim))
    differences = np.max(np.abs(found - expected), axis=axes) / np.max(np.abs(expected), axis=axes)
    return np.where(np.isfinite(differences), differences, np.inf)
