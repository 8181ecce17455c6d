"""What makes a metric, and what does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from jax.experimental import io_callback
from jax.extend.core import Primitive

import riemlearn as rl
from riemlearn.errors import DerivativeError, MetricError, NoClosedForm, ShapeError, SymbolError, UnboundParameter
from riemlearn.metric.diagnosis import check_on_degenerate

x, y = sp.symbols("x y", real=True)
r = sp.Symbol("r", positive=True)


@pytest.mark.parametrize(
    ("coords", "matrix", "error", "message"),
    [
        (["x", "y"], sp.eye(2), SymbolError, "coords must be SymPy symbols, got 'x' of type str"),
        ([x, x], sp.eye(2), SymbolError, "the coordinates x stand more than once"),
        ([x, sp.Symbol("x")], sp.eye(2), SymbolError, "the coordinates x stand more than once"),
        ([x, x + y], sp.eye(2), SymbolError, "coords must be SymPy symbols"),
        ([], [], ShapeError, "at least one coordinate"),
        ([x, y], [[1, x], [0, 1]], MetricError, r"not symmetric: g\[1, 0\] = 0 but g\[0, 1\] = x"),
        ([x, y], sp.eye(3), ShapeError, "matrix must be 2 x 2"),
        ([x, y], [[1, 0, 0], [0, 1, 0]], ShapeError, "matrix must be 2 x 2"),
        ([x, y], "eye(2)", ShapeError, "matrix must be a SymPy matrix or nested lists, got str"),
        ([x, y], [["1", 0], [0, 1]], SymbolError, "matrix has the entry '1' of type str"),
        ([x, y], sp.diag(1, sp.Symbol("y")), SymbolError, "the name y means two things"),
        ([x, y], sp.diag(1, sp.Function("x")(y)), SymbolError, "the name x means two things"),
    ],
)
def test_bad_closed_forms(coords, matrix, error, message):
    with pytest.raises(error, match=message):
        rl.Metric.from_sympy(coords, matrix)


def test_symmetry_is_decided_not_guessed():
    g = rl.Metric.from_sympy([x, y], [[1, sp.sin(2 * x)], [2 * sp.sin(x) * sp.cos(x), 3]])
    assert g.dim == 2


def test_bad_domains():
    with pytest.raises(SymbolError, match="domain names r, which is not among the coordinates"):
        rl.Metric.from_sympy([x, y], sp.eye(2), domain={r: rl.interval(0)})
    with pytest.raises(SymbolError, match="domain must map coordinates to axes"):
        rl.Metric.from_sympy([x, y], sp.eye(2), domain=[rl.interval(), rl.interval()])
    with pytest.raises(SymbolError, match="domain of x must be made by interval"):
        rl.Metric.from_sympy([x, y], sp.eye(2), domain={x: (0, 1)})


@pytest.mark.parametrize(
    ("f", "dim", "message"),
    [
        (lambda x: x[:1], 2, r"d >= dim = 2, got \(1,\): a map into a smaller space"),
        (lambda x: jnp.outer(x, x), 2, r"must return shape \(d,\)"),
        (lambda x: (x, x), 2, "must return one array of real numbers"),
        (lambda x: {"image": x}, 2, "must return one array of real numbers, got {'image'"),
        (lambda x: None, 2, "must return one array of real numbers, got None"),
        (lambda x: x.astype(int), 2, "must return one array of real numbers, .*dtype=int64"),
        (lambda x: x + 1j, 2, "must return one array of real numbers, .*dtype=complex128"),
        (lambda x: x @ x, 2, r"must return shape \(d,\) with d >= dim = 2, got \(\)"),
        (lambda x: x @ jnp.ones((3, 4)), 2, r"the embedding cannot take a point of shape \(2,\)"),
        (lambda x: x, 0, "dim must be a positive integer, got 0"),
        (lambda x: x, None, "a callable needs dim=n"),
        (3, 2, "expected a callable from points to values, got int"),
    ],
)
def test_bad_embeddings(f, dim, message):
    with pytest.raises(ShapeError, match=message):
        rl.Metric.from_embedding(f, dim=dim)


def test_an_error_inside_a_map_is_its_own():
    def broken(x):
        raise RuntimeError("no such file")

    with pytest.raises(RuntimeError, match="no such file"):
        rl.Metric.from_embedding(broken, dim=2)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, r"must return shape \(2, 2\), got \(2,\)"),
        (lambda x: (jnp.eye(2),), "must return one array of real numbers"),
        (lambda x: jnp.eye(2, dtype=int), "must return one array of real numbers, .*dtype=int64"),
        (lambda x: jnp.eye(2) * 1j, "must return one array of real numbers, .*dtype=complex128"),
        (lambda x: jnp.eye(2) / x[2:3] @ x, r"cannot take a point of shape \(2,\)"),
    ],
)
def test_bad_metric_functions(f, message):
    with pytest.raises(ShapeError, match=f"the metric function {message}"):
        rl.Metric.from_function(f, dim=2)


opaque_p = Primitive("opaque")
opaque_p.def_impl(lambda x: x)
opaque_p.def_abstract_eval(lambda x: x)


@jax.custom_vjp
def backwards(x):
    return jnp.sin(x)


backwards.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (g * jnp.cos(x),))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (
            lambda x: jax.pure_callback(np.sin, x, x),
            r"'pure_callback' \(.*construction.py.*outside JAX.*=.finite.",
        ),
        (lambda x: io_callback(np.sin, x, x), r"'io_callback' \(.*construction.py.*outside JAX.*=.finite."),
        (lambda x: opaque_p.bind(x), r"'opaque' \(.*construction.py.*has no derivative"),
        (backwards, r"'custom_vjp_call.*' \(.*in reverse mode only"),
        (np.sin, r"turns its argument into a NumPy array.*derivatives=.finite."),
    ],
)
def test_what_jax_cannot_differentiate_is_named_at_once(f, message):
    with pytest.raises(DerivativeError, match=f"the embedding.*{message}"):
        rl.Metric.from_embedding(lambda x: f(1.0 * x), dim=2)
    with pytest.raises(DerivativeError, match=f"the metric function.*{message}"):
        rl.Metric.from_function(lambda x: jnp.diag(f(1.0 * x)), dim=2)


def test_differences_are_the_cure_for_a_host_callback():
    g = rl.Metric.from_embedding(
        lambda x: np.append(x, jax.pure_callback(np.sin, jnp.asarray(x), x)), dim=2, derivatives="finite"
    )
    np.testing.assert_allclose(g([0.3, 0.1]), np.diag(1 + np.cos([0.3, 0.1]) ** 2), atol=1e-8)


def test_a_chart_of_another_dimension():
    with pytest.raises(ShapeError, match="dim = 2, but the chart has the 3 coordinates"):
        rl.Metric.from_function(lambda x: jnp.eye(2), dim=2, chart=rl.Chart(("a", "b", "c")))


def test_expressions_keep_their_map():
    f = [sp.cos(x) * r, sp.sin(x) * r, y]
    g = rl.Metric.from_embedding(f, coords=[x, y])
    with pytest.raises(UnboundParameter, match=r"g.bind\(r=...\)"):
        g.immersion  # noqa: B018
    cylinder, points = g.bind(r=2.0).immersion, jnp.array([[0.3, 0.1], [2.0, -1.0]])
    np.testing.assert_allclose(cylinder(points)[0], [2 * np.cos(0.3), 2 * np.sin(0.3), 0.1])
    inwards = -jnp.stack([jnp.cos(points[:, 0]), jnp.sin(points[:, 0]), jnp.zeros(2)], axis=-1)
    np.testing.assert_allclose(cylinder.mean_curvature(points), inwards / 2, atol=1e-15)  # 1 / r, once
    assert rl.Metric.from_sympy([x, y], sp.eye(2)).immersion is None


def test_embeddings_in_closed_form():
    g = rl.Metric.from_embedding([sp.cos(x) * r, sp.sin(x) * r, y], coords=[x, y])
    assert g.expr.tolist() == [[r**2, 0], [0, 1]]
    with pytest.raises(SymbolError, match="the embedding has the entry 'x'"):
        rl.Metric.from_embedding(["x", "y"], coords=[x, y])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(f=lambda p: p, dim=1, domain={x: rl.interval(0)}), ShapeError, "domain is for expressions with coords"),
        (dict(f=[x, y], coords=[x, y], dim=2), ShapeError, "dim, chart, rank, rank_tol are for a callable"),
        (dict(f=[x, y], coords=[x, y], rank_tol=1e-3), ShapeError, "dim, chart, rank, rank_tol are for a callable"),
        (dict(f=lambda p: p, coords=[x]), SymbolError, "goes with a list of expressions, got function"),
        (dict(f=x, coords=[x]), SymbolError, "goes with a list of expressions, got Symbol"),
    ],
)
def test_no_argument_is_ignored(arguments, error, message):
    with pytest.raises(error, match=message):
        rl.Metric.from_embedding(**arguments)


def test_unknown_options():
    with pytest.raises(ShapeError, match=r"on_degenerate must be one of \('raise', 'nan'\), got 'ignore'"):
        check_on_degenerate("ignore")


def test_parameters():
    g = rl.Metric.from_sympy([x, y], sp.diag(r**2, sp.Function("f")(x) ** 2))
    assert g.parameters == {"f": None, "r": None}
    with pytest.raises(
        UnboundParameter, match=r"f, r in the metric has no value; give one with g.bind\(f=..., r=...\)"
    ):
        g([0.0, 0.0])
    with pytest.raises(UnboundParameter, match="f in the metric"):
        g.bind(r=1.0).numeric()
    np.testing.assert_allclose(g.bind(r=2).bind(f=jnp.cosh)([0.5, 0.0]), np.diag([4, np.cosh(0.5) ** 2]), rtol=1e-15)
    with pytest.raises(SymbolError, match="no parameter 'R'; it has"):
        g.bind(R=1)
    for value in ("2", [1.0, 2.0], 1j, None, x, jnp.cosh):
        with pytest.raises(ShapeError, match="the value of r must be"):
            g.bind(r=value)
    with pytest.raises(ShapeError, match=r"f is a function: its value must be a callable, got 2.0"):
        g.bind(f=2.0)
    assert float(g.bind(r=sp.Rational(1, 2)).parameters["r"]) == 0.5
    with pytest.raises(SymbolError, match="given by a map, which has no named parameters; got r"):
        rl.Metric.from_embedding(lambda x: x, dim=2).bind(r=1)
    with pytest.raises(SymbolError, match="no named parameters"):
        rl.Metric.from_function(lambda x: jnp.eye(2), dim=2).bind(r=1)


def test_numeric_forgets_the_closed_form():
    g = rl.manifolds.Sphere(2).metric
    assert g[1, 1] == sp.sin(g.symbols[0]) ** 2
    with pytest.raises(NoClosedForm):
        _ = g.numeric().expr
    np.testing.assert_array_equal(g.numeric()([1.0, 2.0]), g([1.0, 2.0]))
