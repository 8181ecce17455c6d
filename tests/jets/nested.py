"""The independent route: all derivatives along a basis by nested forward differentiation of the whole map."""

import jax
import jax.numpy as jnp
import numpy as np

from riemlearn.jets import AllPairs, Along, At, Trace, jet2

BASIS = jax.random.normal(jax.random.key(5), (2, 3))
X = jnp.array([0.3, -0.7, 1.1])
U, V = jax.random.normal(jax.random.key(6), (2, 4, 2))
WEIGHTS = jnp.array([0.5, -2.0])
ROWS, COLUMNS = np.array([1, 0, 1]), np.array([0, 0, 1])
SECOND = (AllPairs(), At(ROWS, COLUMNS), Along(U, V), Trace(), Trace(WEIGHTS))


def nested(f, x, basis):
    """Value, first derivatives and Hessian, the axes of the directions first."""
    g = lambda s: f(x + s @ basis)  # noqa: E731
    zero = jnp.zeros(basis.shape[0], basis.dtype)
    first, hessian = jax.jacfwd(g), jax.jacfwd(jax.jacfwd(g))
    return g(zero), jnp.moveaxis(first(zero), -1, 0), jnp.moveaxis(hessian(zero), (-2, -1), (0, 1))


def chosen(hessian):
    """What SECOND asks of a Hessian."""
    return jnp.concatenate(
        [
            hessian[np.triu_indices(2)],
            hessian[ROWS, COLUMNS],
            jnp.einsum("ra,rb,ab...->r...", U, V, hessian),
            jnp.einsum("aa...->...", hessian)[None],
            jnp.einsum("a,aa...->...", WEIGHTS, hessian)[None],
        ]
    )


def both(f, x=X):
    """The jet by one program and by nested differentiation."""

    @jax.jit
    def compute(x):
        value, first, hessian = nested(f, x, BASIS)
        return jet2(f, x, BASIS, SECOND), (value, first, chosen(hessian))

    return compute(x)


def agree(f, x=X, tolerance=1e-12):
    """Assert that both are the same, all second derivatives at once."""
    for got, expected in zip(*both(f, x), strict=True):
        assert got.shape == expected.shape and got.dtype == expected.dtype
        scale = max(1.0, float(jnp.abs(expected).max(initial=0.0)))
        np.testing.assert_allclose(got, expected, atol=tolerance * scale, rtol=0)
