"""Metrics from line elements, and from maps into a space that has a metric of its own."""

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import MetricError, NoClosedForm, ShapeError, SymbolError
from riemlearn.symbolic import normal, parse

d = rl.differential
t, theta, phi, u, v = sp.symbols("t theta phi u v", real=True)
r = sp.Symbol("r", positive=True)
M, a = sp.symbols("M a", positive=True)


def minkowski(n):
    coordinates = sp.symbols(f"X0:{n}", real=True)
    return rl.Metric.from_sympy(coordinates, sp.diag(-1, *[1] * (n - 1)), signature="lorentzian")


def has_constant_curvature(g, k):
    riemann, n = rl.Connection(g).riemann, g.dim
    identity = sp.eye(n)
    for i, j, m, l in np.ndindex(n, n, n, n):
        expected = k * (identity[i, m] * g[j, l] - identity[i, l] * g[j, m])
        if normal(riemann[i, j, m, l] - expected) != 0:
            return False
    return True


# -- line elements ----------------------------------------------------------------------------------------------------


def test_a_line_element_is_its_matrix():
    f = 1 - 2 * M / r
    ds2 = -f * d(t) ** 2 + d(r) ** 2 / f + r**2 * (d(theta) ** 2 + sp.sin(theta) ** 2 * d(phi) ** 2)
    coordinates = [t, r, theta, phi]
    domain = {r: rl.interval(0), theta: rl.pole_interval(0, sp.pi)}
    g = rl.Metric.from_line_element(coordinates, ds2, domain=domain, signature="lorentzian", on_degenerate="nan")
    matrix = sp.diag(-f, 1 / f, r**2, r**2 * sp.sin(theta) ** 2)
    h = rl.Metric.from_sympy(coordinates, matrix, domain=domain, signature="lorentzian", on_degenerate="nan")
    assert (g.chart, g.signature) == (h.chart, h.signature)
    assert (sp.Matrix(g.expr.tolist()) - matrix).applyfunc(normal) == sp.zeros(4)
    assert g.parameters == {"M": None} and g.on_degenerate == "nan"
    assert rl.Connection(g).scalar.expr == 0
    point = [0.0, 3.0, 1.0, 2.0]
    np.testing.assert_allclose(g.bind(M=0.5)(point), h.bind(M=0.5)(point), rtol=1e-15)


def test_a_line_element_as_text():
    ds2 = parse("dr*0 + d(r)**2 + r**2*d(phi)**2 + 2*a*d(r)*d(phi)", symbols=[r, phi, a, sp.Symbol("dr")])
    g = rl.Metric.from_line_element([r, phi], ds2)
    assert g.expr.tolist() == [[1, a], [a, r**2]]


def test_declared_coordinates_bring_their_domain():
    chart = rl.coordinates(s=rl.interval(0, 2), w=rl.periodic(2 * sp.pi))
    s, w = chart
    g = rl.Metric.from_line_element(chart, d(s) ** 2 + s**2 * d(w) ** 2)
    assert g.chart.axes == (rl.interval(0, 2), rl.periodic(2 * sp.pi))


@pytest.mark.parametrize(
    ("coords", "ds2", "error", "message"),
    [
        (["r"], d(r) ** 2, SymbolError, "coords must be SymPy symbols, got 'r'"),
        ([r, r], d(r) ** 2, SymbolError, "the coordinates r stand more than once"),
        ([r], d(r) ** 2 + d(phi) ** 2, SymbolError, r"d\(phi\) is the differential of no coordinate of \(r\)"),
        ([r], d(r), MetricError, "every term must be quadratic"),
        ([r], "d(r)**2", SymbolError, "riemlearn.symbolic.parse reads text"),
    ],
)
def test_bad_line_elements(coords, ds2, error, message):
    with pytest.raises(error, match=message):
        rl.Metric.from_line_element(coords, ds2)


def test_a_coordinate_without_differential_is_refused_at_once():
    with pytest.raises(MetricError, match=r"d\(phi\) does not occur, so that the metric is degenerate"):
        rl.Metric.from_line_element([r, phi], d(r) ** 2)


def test_dependent_coordinates_are_found_when_curvature_is_asked_for():
    g = rl.Metric.from_line_element([r, phi], (d(r) + d(phi)) ** 2)
    with pytest.raises(MetricError, match=r"the rows of r, phi have rank 1, and the vector \(1, -1\) is taken to zero"):
        _ = rl.Connection(g).scalar.expr


def test_differentials_stand_last_in_products():
    assert str(r**2 * sp.sin(phi) ** 2 * d(phi) ** 2) == "r**2*sin(phi)**2*d(phi)**2"


# -- maps into a metric space -----------------------------------------------------------------------------------------


def test_the_hyperboloid_in_minkowski_space_is_the_hyperbolic_plane():
    f = [a * sp.cosh(u), a * sp.sinh(u) * sp.cos(v), a * sp.sinh(u) * sp.sin(v)]
    g = rl.Metric.from_embedding(f, coords=[u, v], ambient=minkowski(3), signature="riemannian")
    assert g.expr.tolist() == [[a**2, 0], [0, a**2 * sp.sinh(u) ** 2]]
    assert has_constant_curvature(g, -1 / a**2) and not has_constant_curvature(g, 1 / a**2)
    assert g.signature == "riemannian"
    assert float(rl.Connection(g.bind(a=2.0)).scalar([0.5, 0.1])) == pytest.approx(-0.5)
    # its normal is the position over a, timelike and of length -1, and II = g X / a^2
    immersion = g.bind(a=2.0).immersion
    np.testing.assert_allclose(immersion.mean_curvature([0.5, 0.1]), 2 * immersion([0.5, 0.1]) / 4, rtol=1e-12)


def test_de_sitter_space_in_five_dimensions():
    chi = sp.Symbol("chi", real=True)
    sphere = [sp.cos(chi), sp.sin(chi) * sp.cos(theta), sp.sin(chi) * sp.sin(theta) * sp.cos(phi),
              sp.sin(chi) * sp.sin(theta) * sp.sin(phi)]  # fmt: skip
    f = [sp.sinh(t), *(sp.cosh(t) * c for c in sphere)]
    g = rl.Metric.from_embedding(f, coords=[t, chi, theta, phi], ambient=minkowski(5))
    assert g.signature == "lorentzian" and g[0, 0] == -1
    assert normal(g[1, 1] - sp.cosh(t) ** 2) == 0
    connection = rl.Connection(g)
    assert normal(connection.scalar.expr - 12) == 0
    for i, j in [(0, 0), (1, 1), (2, 2), (0, 3)]:
        assert normal(connection.ricci[i, j] - 3 * g[i, j]) == 0


def test_a_sphere_inside_flat_space_in_spherical_coordinates():
    flat = rl.Metric.from_sympy([r, theta, phi], sp.diag(1, r**2, r**2 * sp.sin(theta) ** 2))
    # the new coordinates are the old symbols in another order, and the radius is a symbol of the old chart
    g = rl.Metric.from_embedding([r, phi, theta], coords=[theta, phi], ambient=flat)
    assert g.symbols == (theta, phi)
    assert g.expr.tolist() == [[r**2 * sp.sin(phi) ** 2, 0], [0, r**2]]
    assert g.parameters == {"r": None}


def test_parameters_and_functions_of_the_ambient_metric_are_carried_along():
    scale = sp.Function("A")
    space = rl.Metric.from_sympy([t, r], sp.diag(-M, scale(t) ** 2), signature="lorentzian").bind(M=4.0, A=jnp.exp)
    g = rl.Metric.from_embedding([u * v, a * v], coords=[u, v], ambient=space)
    assert {name: value is None for name, value in g.parameters.items()} == {"A": False, "M": False, "a": True}
    x, y = 0.3, 0.7
    jacobian = np.array([[y, x], [0, 2.0]])
    expected = jacobian.T @ np.diag([-4.0, np.exp(x * y) ** 2]) @ jacobian
    np.testing.assert_allclose(g.bind(a=2.0)([x, y]), expected, rtol=1e-14)


def test_a_derivative_in_the_ambient_metric_is_taken_at_the_image():
    scale = sp.Function("A")
    space = rl.Metric.from_sympy([t, r], sp.diag(1, sp.diff(scale(t), t)))
    g = rl.Metric.from_embedding([u**2, u], coords=[u], ambient=space).bind(A=jnp.sin)
    np.testing.assert_allclose(g([0.7]), [[4 * 0.49 + np.cos(0.49)]], rtol=1e-14)


def test_euclidean_space_as_ambient_agrees_with_none():
    x, y, z = sp.symbols("x y z", real=True)
    flat = rl.Metric.from_sympy([x, y, z], sp.eye(3))
    f = [u, v, u * v]
    assert (
        rl.Metric.from_embedding(f, coords=[u, v], ambient=flat).expr == rl.Metric.from_embedding(f, coords=[u, v]).expr
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(f=[u, v], ambient=minkowski(3)), ShapeError, r"got 2 expressions for the 3 coordinates \(X0, X1, X2\)"),
        (dict(f=[u, v], ambient=sp.eye(2)), MetricError, "ambient must be a Metric, got MutableDenseMatrix"),
        (dict(f=[u, v], ambient=minkowski(2).numeric()), NoClosedForm, "ambient metric in closed form"),
        (dict(f=[u], ambient=minkowski(1)), ShapeError, "2 coordinates do not fit into dimension 1"),
        (dict(f=[u, v], signature="lorentzian"), ShapeError, "signature goes with ambient"),
    ],
)
def test_bad_ambient_metrics(arguments, error, message):
    with pytest.raises(error, match=message):
        rl.Metric.from_embedding(coords=[u, v], **arguments)


def test_a_coordinate_must_not_be_a_parameter_of_the_ambient_metric():
    space = rl.Metric.from_sympy([t, r], sp.diag(u**2, 1))
    for name in (u, sp.Symbol("u")):
        with pytest.raises(SymbolError, match="u is a coordinate here and a parameter of the ambient metric"):
            rl.Metric.from_embedding([name, v], coords=[name, v], ambient=space)
