"""Gradient, Hessian, divergence, geodesic equations: both readings, and the Laplace-Beltrami operator as a witness."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import NoClosedForm, ShapeError, SymbolError, UnboundParameter

r, phi, M = sp.Symbol("r", positive=True), sp.Symbol("phi", real=True), sp.Symbol("M", positive=True)
PLANE = rl.Metric.from_sympy([r, phi], sp.diag(1, r**2))
# Lorentzian, not diagonal, with a parameter
WAVE = rl.Metric.from_sympy([r, phi], [[-1 - M * phi**2, phi], [phi, r**2 + 1]], signature="lorentzian").bind(M=0.5)
X = jnp.array([[0.7, -0.4], [1.3, 0.2], [2.0, 0.9]])
F = r**3 * sp.sin(phi) + M * r


def f(p):
    return p[0] ** 3 * jnp.sin(p[1]) + 0.5 * p[0]


def test_trace_of_the_hessian_and_divergence_of_the_gradient_are_the_laplacian():
    nabla, laplacian = rl.Connection(WAVE), rl.LaplaceBeltrami(WAVE)
    exact = laplacian(F)
    trace = sum(WAVE.inverse[i, j] * nabla.hessian(F)[i, j] for i in range(2) for j in range(2))
    assert sp.cancel(trace - exact) == 0
    divergence = nabla.divergence(nabla.gradient(F))
    assert sp.cancel(divergence.expr - exact) == 0
    expected = laplacian(f)(X)
    for source in (WAVE, WAVE.numeric()):
        for function in (f, F) if source is WAVE else (f,):
            nabla = rl.Connection(source)
            np.testing.assert_allclose(nabla.divergence(nabla.gradient(function))(X), expected, rtol=1e-11)
            hessian = nabla.hessian(function)(X)
            np.testing.assert_allclose(hessian, jnp.swapaxes(hessian, 1, 2), atol=1e-13)
            np.testing.assert_allclose(jnp.einsum("pij,pij->p", WAVE.inverse(X), hessian), expected, rtol=1e-11)


def test_gradient():
    gradient = rl.Connection(PLANE).gradient(r**2 * sp.cos(phi))
    assert gradient.up == (True,) and gradient.expr == sp.Array([2 * r * sp.cos(phi), -sp.sin(phi)])
    numeric = rl.Connection(PLANE.numeric()).gradient(lambda p: p[0] ** 2 * jnp.cos(p[1]))
    np.testing.assert_allclose(numeric(X), gradient(X), rtol=1e-12)
    np.testing.assert_allclose(jax.jit(lambda p: numeric(p))(X), gradient(X), rtol=1e-12)
    assert numeric(X.astype(jnp.float32)).dtype == jnp.float32
    with pytest.raises(NoClosedForm, match="gradient comes from a numeric source"):
        _ = numeric.expr


def test_functions_of_an_unknown_function():
    """The closed form is there, values are not."""
    u = sp.Function("u")(r, phi)
    nabla = rl.Connection(PLANE)
    wave = nabla.divergence(nabla.gradient(u)).expr
    assert sp.expand(wave - rl.LaplaceBeltrami(PLANE)(u)) == 0
    with pytest.raises(UnboundParameter, match="u in f is no parameter of the metric"):
        nabla.gradient(u)(X)


def test_fields_without_indices_are_functions():
    nabla = rl.Connection(WAVE)
    exact = nabla.hessian(nabla.scalar)
    np.testing.assert_allclose(exact(X), rl.Connection(WAVE.numeric()).hessian(nabla.scalar)(X), rtol=1e-9)
    assert exact[0, 1] == exact[1, 0] != 0


def test_divergence_of_the_einstein_tensor():
    x, y, z = sp.symbols("x y z")
    frame = sp.Matrix([[1, y * z, 0], [0, 1, x], [0, 0, 1]])
    g = rl.Metric.from_sympy([x, y, z], frame.T * frame)
    nabla = rl.Connection(g)
    assert nabla.divergence(nabla.einstein).is_zero and nabla.divergence(nabla.einstein, 1).is_zero
    assert not nabla.divergence(nabla.ricci).is_zero and nabla.divergence(nabla.riemann, 2).up == (True, False, False)
    assert nabla.divergence(g).is_zero
    point = jnp.array([0.3, -0.2, 0.5])
    numeric = rl.Connection(g.numeric())
    np.testing.assert_allclose(numeric.divergence(numeric.einstein)(point), 0.0, atol=1e-12)


def test_divergence_of_components():
    nabla = rl.Connection(PLANE)
    assert nabla.divergence([r, sp.sin(phi)]).expr == 2 + sp.cos(phi)
    values = rl.Connection(PLANE.numeric()).divergence(lambda p: jnp.array([p[0], jnp.sin(p[1])]))(X)
    np.testing.assert_allclose(values, 2 + jnp.cos(X[:, 1]), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda n: n.gradient("r**2"), SymbolError, "f has the component 'r\\*\\*2' of type str"),
        (lambda n: n.hessian(lambda p: p), ShapeError, r"f must return shape \(\) for 0 indices, got \(2,\)"),
        (lambda n: n.gradient(n.ricci), ShapeError, "a field without indices; ricci has 2"),
        (lambda n: n.gradient(sp.Symbol("r") ** 2), SymbolError, "r in f is not the r of the metric"),
        (lambda n: n.gradient(rl.manifolds.Sphere(2).connection.scalar), ShapeError, "the function lives on"),
        (lambda n: n.divergence(n.scalar), ShapeError, "divergence: scalar has 0 indices, got i = 0"),
        (lambda n: n.divergence(n.ricci, 2), ShapeError, "divergence: ricci has 2 indices, got i = 2"),
        (lambda n: n.divergence([r]), ShapeError, "V must be nested lists.* 2 entries .*, got 1 entries"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call(rl.Connection(PLANE))


def test_geodesic_equations_hold_on_a_straight_line():
    """In polar coordinates: x = 1, y = s."""
    s = sp.Symbol("s", real=True)
    equations = rl.Connection(PLANE).geodesic_equations()
    line = {"r": sp.sqrt(1 + s**2), "phi": sp.atan(s)}
    for equation in equations:
        curve = {a: line[a.func.__name__] for a in equation.atoms(sp.core.function.AppliedUndef)}
        assert sp.simplify((equation.lhs - equation.rhs).subs(curve).doit()) == 0
    wrong = {"r": 1 + s**2, "phi": sp.atan(s)}
    curve = {a: wrong[a.func.__name__] for a in equations[0].atoms(sp.core.function.AppliedUndef)}
    assert sp.simplify((equations[0].lhs - equations[0].rhs).subs(curve).doit()) != 0


def test_parameters_of_geodesics():
    tau = sp.Symbol("tau")
    assert rl.Connection(PLANE).geodesic_equations(tau)[0].has(sp.Derivative(sp.Function("phi", real=True)(tau), tau))
    with pytest.raises(SymbolError, match="the metric has a parameter M"):
        rl.Connection(WAVE).geodesic_equations(sp.Symbol("M"))
    with pytest.raises(SymbolError, match="a symbol that is no coordinate"):
        rl.Connection(WAVE).geodesic_equations(r)
    with pytest.raises(NoClosedForm, match="geodesic equations need a metric in closed form"):
        rl.Connection(WAVE.numeric()).geodesic_equations()
