"""The two readings of a tensor field."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, ExactError, NoClosedForm, ShapeError, Status

SPHERE = rl.manifolds.Sphere(2)
GAMMA = SPHERE.connection.christoffel
NUMERIC = rl.Connection(SPHERE.metric.numeric()).christoffel
theta, phi = SPHERE.metric.symbols


def test_both_readings_agree():
    x = SPHERE.sample(jax.random.key(0), 4)
    for index in np.ndindex(2, 2, 2):
        values = [float(GAMMA[index].subs({theta: p[0], phi: p[1]})) for p in x]
        np.testing.assert_allclose(GAMMA(x)[(..., *index)], values, atol=1e-14)


def test_closed_form():
    assert GAMMA.expr.shape == (2, 2, 2)
    assert GAMMA[np.int64(0), 1, 1] == GAMMA[0, 1, 1] == GAMMA[-2, -1, 1] == -sp.sin(theta) * sp.cos(theta)
    assert SPHERE.connection.scalar.expr == 2


def test_numeric_sources_say_where_the_numbers_are():
    with pytest.raises(NoClosedForm, match=r"christoffel comes from a numeric source.*F\(x\)\[..., i, j, k\]"):
        _ = NUMERIC.expr
    with pytest.raises(NoClosedForm, match="no closed form"):
        _ = NUMERIC[0, 1, 1]


@pytest.mark.parametrize("index", [(0, 1), (0, 1, 2), (0, 1, -3), 0])
def test_wrong_indices(index):
    with pytest.raises(ShapeError, match="christoffel has 3 indices from 0 to 1"):
        GAMMA[index]


def test_notebooks_show_what_is_not_zero():
    latex = GAMMA._repr_latex_()
    assert latex.count("&=") == 2 and r"\Gamma^{\theta}{}_{\phi \phi} &= - \sin" in latex
    assert NUMERIC._repr_latex_() is None
    assert "numeric, on ('theta', 'phi')" in repr(NUMERIC)
    assert "christoffel[theta, phi, phi] = -sin(theta)*cos(theta)" in repr(GAMMA)
    assert SPHERE.metric._repr_latex_().count("&=") == 2


@pytest.mark.parametrize("field", [GAMMA, NUMERIC])
def test_failures_raise_eagerly_and_are_nan_under_a_trace(field):
    x = jnp.array([[1.0, 0.0], [4.0, 0.0], [jnp.nan, 0.0]])
    with pytest.raises(ChartError, match=r"x = \(4, 0\) \(point 1; 2 of 3 points failed\).*theta = 4 is not in"):
        field(x)
    value = jax.jit(lambda y: field(y))(x)
    assert bool(jnp.isfinite(value[0]).all()) and bool(jnp.isnan(value[1:]).all())
    value, status = field.checked(x)
    assert status.tolist() == [Status.OK, Status.OUTSIDE_CHART, Status.NAN_INPUT]
    assert bool(jnp.isnan(value[1:]).all())


def test_leading_axes():
    x = SPHERE.sample(jax.random.key(0), 6)
    batched = GAMMA(x.reshape(2, 3, 2))
    assert batched.shape == (2, 3, 2, 2, 2)
    np.testing.assert_array_equal(batched.reshape(6, 2, 2, 2), jax.vmap(GAMMA)(x))
    assert GAMMA(x[:0]).shape == (0, 2, 2, 2)


def test_comparison_with_zero():
    sphere = rl.manifolds.Sphere(2)
    nabla = sphere.connection
    assert nabla(sphere.metric) == 0 and nabla(sphere.metric).is_zero
    assert nabla.ricci != 0 and not nabla.ricci.is_zero
    assert nabla.ricci == nabla.ricci and nabla.ricci != nabla.scalar
    with pytest.raises(NoClosedForm):
        rl.Connection(sphere.metric.numeric()).ricci == 0  # noqa: B015


def test_zero_that_cannot_be_decided():
    """The gamma function is known by its derivative alone; a component that is certainly not zero settles it."""
    x, y = sp.symbols("x y", real=True)
    doubtful = sp.gamma(x + 1) - x * sp.gamma(x)
    g = rl.Metric.from_sympy([x, y], sp.eye(2))
    with pytest.raises(ExactError, match="not decided, because gamma is known by its derivative alone"):
        _ = g.tensor_field([doubtful, 0], up=(True,)).is_zero
    assert not g.tensor_field([doubtful, x], up=(True,)).is_zero
    assert g.tensor_field([0, 0], up=(True,)).is_zero
