"""What cannot be differentiated, wrong arguments, and where a number stopped being finite."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental import io_callback
from jax.extend.core import Primitive
from jax.interpreters import mlir

from riemlearn.errors import DerivativeError, ShapeError
from riemlearn.jets import AllPairs, Along, At, Trace, jet1, jet2, locate

X = jnp.array([0.3, -0.7])

opaque_p = Primitive("opaque")
opaque_p.def_impl(lambda x: x)
opaque_p.def_abstract_eval(lambda x: x)
mlir.register_lowering(opaque_p, lambda ctx, x: [x])


@jax.custom_vjp
def backwards(x):
    return jnp.sin(x)


backwards.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: opaque_p.bind(x * x), r"'opaque' \(.*test_errors.py.*no derivative"),
        (lambda x: lax.scan(lambda s, _: (opaque_p.bind(s), None), x, length=2)[0], "'opaque'"),
        (lambda x: jax.pure_callback(np.sin, x, x), r'pure_callback.*outside JAX.*derivatives="finite"'),
        (lambda x: io_callback(np.sin, x, x), r'io_callback.*derivatives="finite"'),
        (lambda x: jnp.asarray(np.sin(x)), r'NumPy array.*derivatives="finite"'),
        (lambda x: backwards(x) * 2, r"'custom_vjp_call' \(.*reverse mode only.*custom_jvp"),
    ],
)
def test_no_derivative(f, message):
    with pytest.raises(DerivativeError, match=message):
        jet2(f, X)


def test_what_does_not_depend_on_the_point_needs_no_derivative():
    jet = jet2(lambda x: x * opaque_p.bind(jnp.ones(2)) + lax.stop_gradient(opaque_p.bind(x)), X)
    np.testing.assert_array_equal(jet.first, np.eye(2))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: (x, x), r"one array, got PyTreeDef\(\(\*, \*\)\)"),
        (lambda x: None, "one array"),
        (lambda x: x.astype(int), "real numbers, got an array of int64"),
        (lambda x: x > 0, "real numbers, got an array of bool"),
        (lambda x: x + 1j, "real numbers, got an array of complex128"),
    ],
)
def test_wrong_values(f, message):
    with pytest.raises(ShapeError, match=message):
        jet2(f, X)


@pytest.mark.parametrize("jet", [jet1, jet2])
@pytest.mark.parametrize(
    ("x", "basis", "message"),
    [
        (jnp.ones((2, 2)), None, r"x must be .* shape \(n,\), got float64 of shape \(2, 2\)"),
        (jnp.arange(2), None, "x must be an array of real numbers .*got int64"),
        (X, jnp.ones((2, 3)), r"basis must have shape \(k, 2\).*got \(2, 3\)"),
        (X, jnp.ones(2), r"basis must have shape \(k, 2\).*got \(2,\)"),
    ],
)
def test_wrong_points(jet, x, basis, message):
    with pytest.raises(ShapeError, match=message):
        jet(jnp.sin, x, basis)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("all", "second must be AllPairs"),
        ((AllPairs(), 3), "second must be AllPairs"),
        (At(np.array([0, 2]), np.array([0, 1])), "rows must lie between 0 and 1"),
        (At(np.array([0]), np.array([-1])), "columns must lie between 0 and 1"),
        (At(np.array([0]), np.array([0, 1])), "one length, got 1 and 2"),
        (At(np.array([0.0]), np.array([0])), "rows must be an array of integers"),
        (At([0], [0]), "rows must be an array of integers of shape .*got list"),
        (Along(jnp.ones((1, 3)), jnp.ones((1, 2))), r"u must have shape \(m, 2\), got shape \(1, 3\)"),
        (Along(jnp.ones((1, 2)), jnp.ones((2, 2))), r"one shape, got shape \(1, 2\) and shape \(2, 2\)"),
        ((Trace(jnp.ones(3)),), r"weights must have shape \(2,\)"),
    ],
)
def test_wrong_choice(second, message):
    with pytest.raises(ShapeError, match=message):
        jet2(jnp.sin, X, second=second)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: jnp.log(x) * 2, r"^the value of the primitive 'log' \(.*test_errors.py"),
        (lambda x: jnp.sqrt(x[0] - 0.3) + x, "^the first derivatives of the primitive 'sqrt'"),
        (lambda x: (x[0] - 0.3 + 0 * x) ** 1.5, "^the second derivatives of the primitive 'pow'"),
        (jax.jit(lambda x: jax.nn.gelu(1 / (x - x[0]))), "^the value of the primitive 'div'"),
        (lambda x: lax.scan(lambda s, _: (s / (s - x), None), x, length=2)[0], "^the value of the primitive 'scan'"),
    ],
)
def test_the_first_equation_that_is_not_finite(f, message):
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(locate(f, X))


def test_nothing_to_locate():
    assert locate(lambda x: jnp.sqrt(1 + x), X) is None
    assert locate(jnp.sin, X.at[0].set(jnp.nan)) == "the point itself"
