"""Algebra of curvature tensors, on random ones: symmetries, traces, and the Euler density by its definition."""

import math
from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.curvature import tensors

LORENTZ = jnp.array([-1.0, 1.0, 1.0, 1.0])


def curvature_like(n):
    """A random tensor with the symmetries of a Riemann tensor: sum of Kulkarni-Nomizu squares of symmetric forms."""
    forms = jax.random.normal(jax.random.key(n), (5, n, n))
    forms = forms + jnp.swapaxes(forms, 1, 2)
    half = jnp.einsum("pac,pbd->abcd", forms, forms)
    return half - jnp.swapaxes(half, 2, 3)


def traces(riemann, signs):
    ricci = jnp.einsum("a,abad->bd", signs, riemann)
    return ricci, jnp.sum(signs * jnp.diagonal(ricci))


@pytest.mark.parametrize("signs", [jnp.ones(4), LORENTZ])
def test_four_dimensions(signs):
    riemann = curvature_like(4)
    ricci, scalar = traces(riemann, signs)
    weyl = tensors.weyl(riemann, ricci, scalar, signs)
    np.testing.assert_allclose(jnp.einsum("a,abad->bd", signs, weyl), np.zeros((4, 4)), atol=1e-12)
    np.testing.assert_allclose(weyl, -jnp.swapaxes(weyl, 2, 3), atol=1e-12)
    np.testing.assert_allclose(weyl, jnp.einsum("abcd->cdab", weyl), atol=1e-12)
    trace = jnp.sum(signs * jnp.diagonal(tensors.einstein(ricci, scalar, signs)))
    np.testing.assert_allclose(trace, -scalar, rtol=1e-12)
    np.testing.assert_allclose(jnp.sum(signs * jnp.diagonal(tensors.schouten(ricci, scalar, signs))), scalar / 6)
    kretschmann, squared = tensors.squared(riemann, signs), tensors.squared(ricci, signs)
    # the squares of the orthogonal parts of the Riemann tensor
    expected = kretschmann - 2 * squared + scalar**2 / 3
    np.testing.assert_allclose(tensors.squared(weyl, signs), expected, rtol=1e-11)
    euler = (kretschmann - 4 * squared + scalar**2) / (32 * math.pi**2)
    np.testing.assert_allclose(tensors.euler_density(riemann, signs), euler, rtol=1e-11)


def test_no_weyl_tensor_in_three_dimensions():
    riemann, signs = curvature_like(3), jnp.ones(3)
    ricci, scalar = traces(riemann, signs)
    assert not tensors.weyl(riemann, ricci, scalar, signs).any()
    # and so the Schouten tensor says all
    product = jnp.einsum("ac,bd->abcd", tensors.schouten(ricci, scalar, signs), jnp.eye(3))
    product = product + jnp.einsum("abcd->badc", product)
    np.testing.assert_allclose(riemann, product - jnp.swapaxes(product, 2, 3), atol=1e-12)


def test_euler_density_by_its_definition():
    """The sum over all permutations of the upper and of the lower indices, in six dimensions."""
    riemann = np.asarray(curvature_like(6))
    orders = np.array(list(permutations(range(6))))
    signs = np.round(np.linalg.det(np.eye(6)[orders]))
    upper, lower = orders[:, None, :], orders[None, :, :]
    factors = (riemann[upper[..., k], upper[..., k + 1], lower[..., k], lower[..., k + 1]] for k in (0, 2, 4))
    expected = signs @ math.prod(factors) @ signs / ((8 * math.pi) ** 3 * math.factorial(3))
    np.testing.assert_allclose(tensors.euler_density(jnp.asarray(riemann), jnp.ones(6)), expected, rtol=1e-10)


def test_no_euler_density_in_odd_dimensions():
    value = tensors.euler_density(curvature_like(3).astype(jnp.float32), jnp.ones(3, jnp.float32))
    assert value == 0 and value.dtype == jnp.float32
