"""2-jets against derivatives known by hand."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riemlearn.jets import jet1, jet2, unpack

numbers = st.floats(-2, 2, allow_nan=False)


@jax.jit
def jitted_jet(a, x):
    return jet2(lambda y: jnp.stack([y @ a @ y / 2, y[0] * y[1]]), x)


@given(st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=6, max_size=6))
def test_quadratic_forms_are_their_own_jets(point, entries):
    a = unpack(jnp.array(entries), 3)
    x = jnp.array(point)
    jet = jitted_jet(a, x)
    np.testing.assert_allclose(jet.value[0], x @ a @ x / 2, atol=1e-13)
    np.testing.assert_allclose(jet.first[:, 0], a @ x, atol=1e-13)
    np.testing.assert_allclose(unpack(jet.second, 3)[..., 0], a, atol=1e-13)
    np.testing.assert_allclose(unpack(jet.second, 3)[..., 1], [[0, 1, 0], [1, 0, 0], [0, 0, 0]], atol=1e-13)


def test_directions():
    x = jnp.array([0.3, -0.7, 0.2])
    basis = jnp.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])

    def f(y):
        return jnp.stack([jnp.sin(y[0] * y[1]), jnp.exp(y[2] - y[0])])

    along = jet2(lambda s: f(x + s @ basis), jnp.zeros(2))
    jet = jet2(f, x, basis)
    for a, b in zip(jet, along, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_any_shape_of_the_value():
    x = jnp.array([0.4, 1.1])
    jet = jet2(lambda y: jnp.outer(y, y), x)
    assert jet.first.shape == (2, 2, 2) and jet.second.shape == (3, 2, 2)
    np.testing.assert_allclose(jet.second[1], [[0, 1], [1, 0]], atol=1e-15)
    assert jet2(lambda y: y[0] ** 3, x).second.shape == (3,)


def test_first_order_agrees_with_reverse_mode_and_keeps_the_dtype():
    x = jnp.array([0.4, 1.1], jnp.float32)
    f = lambda y: jnp.tanh(y @ jnp.ones((2, 3), jnp.float32))  # noqa: E731
    jet = jet1(f, x)
    np.testing.assert_allclose(jet.first.T, jax.jacrev(f)(x), rtol=1e-6)
    assert all(a.dtype == jnp.float32 for a in (*jet, *jet2(f, x)))


def test_many_directions():
    """Cubes of a few linear forms, whose derivatives are known."""
    a = jax.random.normal(jax.random.key(0), (5, 40)) / 6
    x = jnp.linspace(-1, 1, 40)
    jet = jax.jit(lambda y: jet2(lambda z: (a @ z) ** 3, y))(x)
    expected = 6 * jnp.einsum("d,di,dj->ijd", a @ x, a, a)
    np.testing.assert_allclose(unpack(jet.second, 40), expected, atol=1e-14)
    np.testing.assert_allclose(jet.first.T, 3 * (a @ x)[:, None] ** 2 * a, atol=1e-14)
    np.testing.assert_allclose(jet.value, (a @ x) ** 3, atol=1e-14)
