"""Points and vectors on their way in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import PrecisionWarning, ShapeError
from riemlearn.tensor_field import as_points, as_vectors


@pytest.mark.parametrize("x", [[1, 2], (1.0, 2), np.array([1, 2]), [jnp.float32(1), jnp.float32(2)], jnp.ones(2, int)])
def test_whatever_is_a_list_of_numbers_is_a_point(x):
    points = as_points(x, 2)
    assert points.shape == (2,) and jnp.issubdtype(points.dtype, jnp.floating)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_the_dtype_is_kept(dtype):
    assert as_points(np.ones((3, 2), dtype), 2).dtype == dtype


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0, 2.0, 3.0], r"x has shape \(3,\); expected \(..., 2\)"),
        (1.0, r"x has shape \(\); expected"),
        ([[1.0, 2.0], [3.0]], "x is not an array of numbers"),
        (["a", "b"], "x must be an array of real numbers, got dtype"),
        (np.ones(2, np.float16), "x has dtype float16, too coarse"),
        (np.ones(2, complex), "x must be an array of real numbers, got dtype complex128"),
    ],
)
def test_what_is_no_point(x, message):
    with pytest.raises(ShapeError, match=message):
        as_points(x, 2)


def test_vectors_are_broadcast_against_points():
    x = jnp.ones((5, 2), jnp.float32)
    v = as_vectors([1.0, 0.0], x, "v")
    assert v.shape == (5, 2) and v.dtype == jnp.float32
    with pytest.raises(ShapeError, match=r"v has shape \(4, 2\), which does not fit points of shape \(5, 2\)"):
        as_vectors(jnp.ones((4, 2)), x, "v")


def test_float64_data_in_32_bit_mode_warn_with_the_cure():
    g = rl.manifolds.Euclidean(2).metric
    with jax.enable_x64(False):
        with pytest.warns(PrecisionWarning, match="jax_enable_x64") as caught:
            assert g(np.array([0.1, 0.2])).dtype == jnp.float32
        assert len(caught) == 1
        a, x = sp.symbols("a x", real=True)
        with pytest.warns(PrecisionWarning, match="the value of a has 64-bit precision"):
            rl.Metric.from_sympy([x], [[a]]).bind(a=np.float64(0.1))
        with_lists = g([0.1, 0.2])  # a list has no precision to lose
    assert with_lists.dtype == jnp.float32
