"""Tensor fields of the user's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, NoClosedForm, NumericError, ShapeError, SymbolError, UnboundParameter

x, y = sp.symbols("x y", real=True)
a = sp.Symbol("a", positive=True)
h = sp.Function("h")
FREE = rl.Metric.from_sympy([x, y], [[a + h(x), x], [x, 1 + x**2]], domain={x: rl.interval(0)})
G = FREE.bind(a=2.0, h=jnp.cosh)
X = jnp.array([[0.3, -0.4], [0.7, 0.2]])
EXPRESSIONS = [[x * y, a], [h(x), sp.sin(y)]]


def components(p):
    return jnp.array([[p[0] * p[1], 2.0], [jnp.cosh(p[0]), jnp.sin(p[1])]])


EXACT = G.tensor_field(EXPRESSIONS, up=(True, False), name="A")
FUNCTION = G.tensor_field(components, up=(True, False), name="A")


def test_both_readings():
    np.testing.assert_allclose(EXACT(X), FUNCTION(X), rtol=1e-14)
    assert EXACT[1, 0] == h(x) and EXACT.expr == sp.Array(EXPRESSIONS)
    with pytest.raises(NoClosedForm, match=r"A comes from a numeric source.*F\(x\)\[..., i, j\]"):
        _ = FUNCTION.expr
    assert EXACT(X.astype(jnp.float32)).dtype == FUNCTION(X.astype(jnp.float32)).dtype == jnp.float32
    np.testing.assert_allclose(jax.jit(lambda field, p: field(p))(FUNCTION, X), FUNCTION(X), rtol=1e-14)


def test_what_takes_fields_takes_them():
    nabla = rl.Connection(G)
    np.testing.assert_allclose(nabla(EXACT)(X), nabla(FUNCTION)(X), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(G.lower(EXACT, 0)(X), jnp.einsum("pij,pjk->pik", G(X), components_at(X)), rtol=1e-13)
    np.testing.assert_allclose(G.raise_(FUNCTION, 1)(X), G.raise_(EXACT, 1)(X), rtol=1e-13)
    assert G.raise_(G.lower(EXACT, 0), 0).expr == EXACT.expr
    assert (nabla(EXACT).up, nabla.divergence(EXACT).up) == ((True, False, False), (False,))


def components_at(points):
    return jax.vmap(components)(points)


def test_leibniz_rule():
    """The derivative of a product of a function and a vector, exactly."""
    f, v = G.tensor_field(x * y, up=()), G.tensor_field([y, x**2], up=(True,))
    product = G.tensor_field([x * y * y, x * y * x**2], up=(True,))
    nabla = rl.Connection(G)
    for i in range(2):
        for k in range(2):
            assert sp.cancel(nabla(product)[i, k] - f.expr * nabla(v)[i, k] - v[i] * nabla(f)[k]) == 0


def test_display():
    area = FREE.tensor_field([[0, a], [-a, 0]], up=(False, False), name="omega", symbol=r"\omega", symmetry=((0, 1),))
    assert repr(area.display()) == "omega[x, y] = a" and r"\omega_{x y} &= a" in area._repr_latex_()
    assert repr(area.display(redundant=True)).count("\n") == 1


def test_gradients_with_respect_to_parameters():
    def value(metric):
        return metric.tensor_field([a**2 * x, y], up=(True,))(X[0])[0]

    np.testing.assert_allclose(jax.grad(value)(G).parameters["a"], 4 * 0.3, rtol=1e-14)


def test_matrices_arrays_and_numbers():
    matrix = G.tensor_field(sp.Matrix([[x, 1], [2.5, y]]), up=(False, False))
    assert matrix.expr == G.tensor_field(sp.Array([[x, 1], [2.5, y]]), up=[False, False]).expr
    assert G.tensor_field(np.eye(2, dtype=int), up=(True, False)).expr == sp.Array([[1, 0], [0, 1]])
    assert G.tensor_field(3, up=())(X).tolist() == [3.0, 3.0]


def test_on_a_numeric_metric():
    """The chart has coordinates, though the metric has no closed form."""
    u, v = (flat := rl.Metric.from_function(lambda p: jnp.eye(2), dim=2)).symbols
    field = flat.tensor_field([u * v, v], up=(True,))
    assert field[0] == u * v
    assert rl.Connection(flat)(field)([2.0, 3.0]).tolist() == [[3.0, 2.0], [0.0, 1.0]]
    with pytest.raises(NoClosedForm):
        _ = rl.Connection(flat)(field).expr


def test_points_are_checked():
    with pytest.raises(ChartError, match=r"A at x = \(-1, 0\).*x = -1 is not in \(0, inf\)"):
        EXACT([-1.0, 0.0])
    with pytest.raises(NumericError, match="the result is not finite"):
        G.tensor_field(lambda p: 1 / (p[1] - p[1]), up=())([1.0, 0.0])
    with pytest.raises(UnboundParameter, match="has no value"):
        FREE.tensor_field(a * x, up=())(X)


@pytest.mark.parametrize(
    ("given", "up", "error", "message"),
    [
        ([x], (True,), ShapeError, "T must be nested lists.* with 2 entries for each index, got 1 entries"),
        (x, (True,), ShapeError, "T must be nested lists, .*, got Mul|got Symbol"),
        ([[x, y], [x, y]], (True,), ShapeError, "T has more indices than up says: a component is a list"),
        ([x, y], "u", ShapeError, "up must be a tuple of True"),
        ([x, y], (1,), ShapeError, "up must be a tuple of True"),
        (["x", "y"], (True,), SymbolError, "T has the component 'x' of type str"),
        ("xy", (True,), ShapeError, "T must be nested lists.* got str"),
        ([x, True], (True,), SymbolError, "T has the component True of type bool"),
        (
            [x, sp.Symbol("b")],
            (True,),
            SymbolError,
            r"b in T is neither a coordinate \(x, y\) nor a parameter .*a, h",
        ),
        ([x, sp.Function("q")(x)], (True,), SymbolError, "q in T is neither"),
        ([x, sp.Symbol("y")], (True,), SymbolError, "y in T is not the y of the metric: their assumptions differ"),
        ([x, sp.Symbol("a")], (True,), SymbolError, "a in T is not the a of the metric"),
        (lambda p: p, (True, True), ShapeError, r"T must return shape \(2, 2\) for 2 indices, got \(2,\)"),
        (lambda p: p[:, 0], (True,), ShapeError, "T cannot take a point of shape"),
    ],
)
def test_bad_input(given, up, error, message):
    with pytest.raises(error, match=message):
        G.tensor_field(given, up)


def test_bad_names():
    with pytest.raises(ShapeError, match="name must be a string that is not empty"):
        G.tensor_field([x, y], (True,), name="")
