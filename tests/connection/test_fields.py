"""Every field of the connection in both readings: closed form and automatic differentiation agree, known values."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.connection.quantities import QUANTITIES
from riemlearn.errors import MetricError, NoClosedForm, ShapeError

t, r, theta, phi = sp.symbols("t r theta phi", real=True)
x, y, z = sp.symbols("x y z", real=True)
M = sp.Symbol("M", positive=True)
NAMES = tuple(QUANTITIES)

f = 1 - 2 * M / r
SCHWARZSCHILD = rl.Metric.from_sympy(
    [t, r, theta, phi], sp.diag(-f, 1 / f, r**2, r**2 * sp.sin(theta) ** 2), signature="lorentzian"
).bind(M=1.5)
# no symmetry, and off the diagonal too
FRAME = sp.Matrix([[1, y * z, 0], [0, 1, x], [0, 0, 1]])
BUMP = rl.Metric.from_sympy([x, y, z], FRAME.T * FRAME)
NIL = rl.Metric.from_sympy([x, y, z], [[1, 0, 0], [0, 1 + x**2, -x], [0, -x, 1]])
FLAT = rl.Metric.from_sympy([x, y, z], sp.exp(2 * sp.sin(x * y) + z**2) * sp.eye(3))  # conformally
BLACK_HOLE = jnp.array([[0.0, 4.0, 1.0, 0.3], [1.0, 7.0, 2.0, 1.0]])
POINTS = jnp.array([[0.3, -0.4, 0.2], [-0.7, 0.5, 1.1]])


@pytest.mark.parametrize(
    ("metric", "points"), [(SCHWARZSCHILD, BLACK_HOLE), (BUMP, POINTS)], ids=["black hole", "bump"]
)
def test_closed_form_and_automatic_differentiation_agree(metric, points):
    exact = rl.Connection(metric).evaluate(points, *NAMES)
    numeric = rl.Connection(metric.numeric()).evaluate(points, *NAMES)
    for name in NAMES:
        n = metric.dim
        assert exact[name].shape == numeric[name].shape == (2,) + (n,) * len(QUANTITIES[name].up)
        np.testing.assert_allclose(numeric[name], exact[name], rtol=1e-9, atol=1e-11, err_msg=name)
        assert bool(jnp.isfinite(exact[name]).all())


def test_index_positions():
    """Each field has its indices where its table says: moving them leads from one to the other."""
    nabla, points = rl.Connection(BUMP), POINTS
    riemann = nabla.riemann
    lowered = BUMP.lower(riemann, 0)
    mixed = BUMP.raise_(riemann, 1)
    np.testing.assert_allclose(nabla.riemann_lowered(points), lowered(points), atol=1e-13)
    np.testing.assert_allclose(nabla.riemann_mixed(points), mixed(points), atol=1e-13)
    np.testing.assert_allclose(nabla.christoffel_first(points), BUMP.lower(nabla.christoffel, 0)(points), atol=1e-13)
    for field in (nabla.riemann_lowered, nabla.riemann_mixed, nabla.christoffel_first, nabla.cotton):
        assert field.up == QUANTITIES[field.quantity].up
    assert (lowered.up, mixed.up) == (nabla.riemann_lowered.up, nabla.riemann_mixed.up)


def test_cotton_is_a_derivative_of_schouten():
    nabla, points = rl.Connection(BUMP), POINTS
    derivative = nabla(nabla.schouten)(points)
    np.testing.assert_allclose(nabla.cotton(points), derivative - jnp.swapaxes(derivative, 2, 3), atol=1e-12)


def test_schwarzschild():
    nabla = rl.Connection(SCHWARZSCHILD)
    assert sp.simplify(nabla.kretschmann.expr - 48 * M**2 / r**6) == 0
    assert nabla.einstein.is_zero and nabla.ricci_squared.is_zero and not nabla.weyl.is_zero
    points = BLACK_HOLE
    numeric = rl.Connection(SCHWARZSCHILD.numeric())
    expected = 48 * 1.5**2 / points[:, 1] ** 6
    np.testing.assert_allclose(numeric.kretschmann(points), expected, rtol=1e-12)
    np.testing.assert_allclose(numeric.weyl_squared(points), expected, rtol=1e-12)
    np.testing.assert_allclose(numeric.weyl(points), numeric.riemann(points), atol=1e-14)


@pytest.mark.parametrize(("metric", "flat"), [(NIL, False), (FLAT, True)], ids=["Nil", "conformally flat"])
def test_cotton_vanishes_where_the_metric_is_conformally_flat(metric, flat):
    points = jnp.array([[0.3, -0.4, 0.2], [-0.7, 0.5, 0.1]])
    values = rl.Connection(metric.numeric()).cotton(points)
    assert rl.Connection(metric).cotton.is_zero == flat
    assert bool((jnp.max(jnp.abs(values), axis=(1, 2, 3)) < 1e-12).all()) == flat


@pytest.mark.parametrize("n", [2, 4])
def test_euler_characteristic_of_spheres(n):
    sphere = rl.manifolds.Sphere(n)
    nabla, numeric = sphere.connection, rl.Connection(sphere.metric.numeric())
    point = sphere.sample(jax.random.key(0), 2)
    np.testing.assert_allclose(float(nabla.euler_density.expr) * sphere.volume, 2.0, rtol=1e-14)
    np.testing.assert_allclose(numeric.euler_density(point) * sphere.volume, 2.0, rtol=1e-11)
    assert nabla.weyl.is_zero and nabla.weyl_squared.is_zero
    np.testing.assert_allclose(numeric.weyl(point), 0.0, atol=1e-12)
    assert nabla.einstein.is_zero == (n == 2)  # every surface is Einstein's vacuum


def test_gauss_bonnet_on_a_torus():
    """The density is not zero, and its integral is."""
    torus = rl.Metric.from_embedding(
        lambda p: jnp.array([(2 + jnp.cos(p[0])) * jnp.cos(p[1]), (2 + jnp.cos(p[0])) * jnp.sin(p[1]), jnp.sin(p[0])]),
        dim=2,
    )
    angles = jnp.arange(24) * 2 * jnp.pi / 24
    points = jnp.stack([angles, jnp.zeros(24)], -1)
    density = rl.Connection(torus).euler_density(points)
    assert float(jnp.max(jnp.abs(density))) > 0.1
    assert abs(float(jnp.sum(density * torus.volume_density(points)))) < 1e-13


def test_embedded_and_intrinsic_geometry_agree():
    """Third derivatives of the Gauss route, fourth ones of the map for its metric function."""
    g = rl.Metric.from_embedding(lambda p: jnp.array([*p, p[0] * p[1], jnp.sin(p[2]) * p[0], p[1] ** 2 / 2]), dim=3)
    point = jnp.array([0.3, -0.2, 0.5])
    names = ("cotton", "schouten", "riemann_mixed", "christoffel_first", "kretschmann")
    gauss, function = (rl.Connection(metric).evaluate(point, *names) for metric in (g, g.numeric()))
    for name in names:
        np.testing.assert_allclose(gauss[name], function[name], rtol=1e-9, atol=1e-12, err_msg=name)
    assert float(jnp.max(jnp.abs(gauss["cotton"]))) > 1e-2


def test_under_transformations():
    nabla = rl.Connection(BUMP.numeric())
    points = POINTS
    values = nabla.cotton(points)
    np.testing.assert_allclose(jax.jit(lambda p: nabla.cotton(p))(points), values, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(jax.vmap(nabla.cotton)(points), values, rtol=1e-12, atol=1e-14)
    gradient = jax.grad(lambda p: nabla.weyl_squared(p) + nabla.kretschmann(p))(points[0])
    exact = jax.grad(lambda p: rl.Connection(BUMP).kretschmann(p))(points[0])
    np.testing.assert_allclose(gradient, exact, rtol=1e-9)
    single = nabla.cotton(points.astype(jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, values, atol=2e-3)


def test_failures_are_those_of_the_metric():
    """At a point where the metric is singular nothing has a value."""
    g = rl.Metric.from_function(lambda p: jnp.diag(jnp.array([1.0, p[0], 1.0])), dim=3)
    for name in ("cotton", "euler_density", "weyl"):
        field = getattr(rl.Connection(g), name)
        with pytest.raises(MetricError, match=rf"{name} at x = \(0, 0, 0\).*singular"):
            field(jnp.zeros(3))
    assert bool(jnp.isnan(jax.jit(lambda p: rl.Connection(g).cotton(p))(jnp.zeros(3))).all())


def test_dimensions_that_are_too_few():
    plane = rl.Connection(rl.Metric.from_function(lambda p: jnp.eye(2) * (1 + p[0] ** 2), dim=2))
    for name in ("schouten", "cotton"):
        with pytest.raises(ShapeError, match=rf"{name} needs a manifold of dimension 3 or more, and this one has 2"):
            getattr(plane, name)
        with pytest.raises(ShapeError, match=rf"{name} needs a manifold of dimension 3"):
            plane.evaluate([0.0, 0.0], "scalar", name)
    assert plane.weyl([0.0, 0.0]).shape == (2, 2, 2, 2)
    with pytest.raises(NoClosedForm, match="weyl comes from a numeric source"):
        _ = plane.weyl.expr


def test_display_leaves_out_what_symmetry_gives():
    nabla = rl.Connection(SCHWARZSCHILD)
    assert repr(nabla.riemann_lowered.display()).count("\n") + 1 == 6
    assert repr(nabla.riemann_lowered.display(redundant=True)).count("\n") + 1 == 24
    assert repr(nabla.riemann_mixed.display()).count("\n") + 1 == 6
    assert r"R^{t r}{}_{t r} &=" in nabla.riemann_mixed._repr_latex_()
    assert r"|\mathrm{Rm}|^2 &=" in nabla.kretschmann._repr_latex_()
