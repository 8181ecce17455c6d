"""Geodesics from a point and a velocity against closed forms, conserved quantities, and each other."""

import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.connection.geodesic import exp, geodesic
from riemlearn.connection.symplectic import MATRIX, NODES, WEIGHTS
from riemlearn.errors import ChartError, NumericError, ShapeError, Status
from riemlearn.manifolds import HyperbolicSpace, SpecialOrthogonal3, Sphere, Torus

SPHERE = Sphere(2)
G = SPHERE.metric
X = jnp.array([[1.0, 0.3], [2.0, 1.0], [1.5, 0.4]])
V = jnp.array([[0.3, 0.8], [-0.4, 1.2], [0.0, 2.0]])
ORACLES = {
    "sphere, closed form": (SPHERE, G),
    "sphere, embedding": (SPHERE, rl.Metric.from_embedding(SPHERE.embedding, chart=SPHERE.chart)),
    "half-space": (HyperbolicSpace(3, "half_space"), None),
    "rotations": (SpecialOrthogonal3(), None),
}


def wrapped(M, x):
    """A difference of coordinates, modulo the periods."""
    periods = jnp.array([a.high - a.low if a.kind == "periodic" else 1e300 for a in M.chart.axes])
    return x - periods * jnp.round(x / periods)


@pytest.mark.parametrize("name", ORACLES)
def test_exp_is_the_closed_form(name):
    M, metric = ORACLES[name]
    low, high = jnp.array(M.patch.low), jnp.array(M.patch.high)
    x, y = low + (high - low) * jax.random.uniform(jax.random.key(5), (2, 4, M.dim))
    v = M.log(x, y)
    np.testing.assert_allclose(wrapped(M, exp(metric or M.metric, x, v) - y), 0, atol=1e-9)


@pytest.fixture(scope="module")
def turn():
    return geodesic(G, X, V, [0.3, 1.0])


def test_points_velocities_and_times_between(turn):
    np.testing.assert_allclose(turn.points[:, 0], SPHERE.exp(X, 0.3 * V), atol=1e-10)
    velocity = jax.vmap(lambda x, v: jax.jvp(lambda s: SPHERE.geodesic_end(x, s * v), (1.0,), (1.0,))[1])
    np.testing.assert_allclose(turn.velocities[:, 1], velocity(X, V), atol=1e-10)
    s = jnp.array([0.0, 0.2, 0.3, 0.9, 1.0])
    np.testing.assert_allclose(turn(s), jnp.stack([SPHERE.exp(X, r * V) for r in s], 1), atol=1e-9)
    np.testing.assert_array_equal(turn(0.9), turn(jnp.array([0.9]))[:, 0])
    assert np.all(turn.energy_drift < 1e-10) and np.all(turn.status == Status.OK) and np.all(turn.reached == 1)


def test_one_time_is_the_way_there():
    way = geodesic(G, X[0], V[0], 2.0)
    assert way.times.tolist() == [0, 2] and way.points.shape == (2, 2) and way.status.shape == ()
    np.testing.assert_array_equal(way.points[0], X[0])
    np.testing.assert_allclose(way.points[1], SPHERE.exp(X[0], 2 * V[0]), atol=1e-10)
    assert "geodesic of the closed-form riemannian metric on (theta, phi)\n2 times up to 2, adaptive" in repr(way)
    assert way._repr_html_().startswith("<p>geodesic of")


def test_scale_of_the_coordinates_does_not_matter():
    """A sphere of radius 1e-9 in coordinates of its own size, and a vector of length 1e-12 on the unit sphere."""
    a, b, c = sp.symbols("a b c", real=True)
    g = rl.Metric.from_sympy([a, b], sp.eye(2) * 4 / (1 + c * (a**2 + b**2)) ** 2)
    small, large = g.bind(c=1e18), g.bind(c=1.0)
    x, v = jnp.array([0.5, -0.2]), jnp.array([0.7, 1.0])
    np.testing.assert_allclose(exp(small, 1e-9 * x, 1e-9 * v), 1e-9 * exp(large, x, v), rtol=1e-10)
    np.testing.assert_allclose(exp(G, X[0], 1e-12 * V[0]) - X[0], 1e-12 * V[0], atol=1e-15)
    np.testing.assert_array_equal(exp(G, X[0], 0 * V[0]), X[0])


# The half-line 0 < r < 1 / a in the coordinate x with a r = 1 - exp(-a x), which r = 1 / a is infinitely far away in.
x, a = sp.symbols("x a", real=True)
LINE = rl.Metric.from_sympy([x], [[sp.exp(-2 * a * x)]]).bind(a=1.0)


def end_of_line(a, v):
    return -jnp.log(1 - a * v) / a


def test_derivatives():
    """By the velocity and a parameter of the metric, backward and forward, once and twice."""
    zero, v = jnp.zeros(1), jnp.array([0.4])
    of_metric, of_v = jax.jit(jax.grad(lambda g, v: exp(g, zero, v)[0], (0, 1)))(LINE, v)
    expected = jax.grad(end_of_line, (0, 1))(1.0, 0.4)
    np.testing.assert_allclose([of_metric.parameters["a"], of_v[0]], expected, rtol=1e-10)
    twice = jax.jit(jax.jacfwd(jax.jacfwd(lambda v: exp(LINE, zero, v))))(v)
    np.testing.assert_allclose(twice[0, 0, 0], 1 / 0.6**2, rtol=1e-10)


def test_jit_and_single_precision():
    zero, v = jnp.zeros(1), jnp.array([[0.4], [0.1]])
    inside = jax.jit(lambda v: geodesic(LINE, jnp.zeros((2, 1)), v, jnp.array([0.3, 1.0])).points)(v)
    np.testing.assert_allclose(inside[..., 0], end_of_line(1.0, v * jnp.array([0.3, 1.0])), rtol=1e-9)
    single = exp(LINE, zero.astype(jnp.float32), v[0].astype(jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single[0], -np.log(0.6), rtol=1e-4)


# -- conserved quantities -------------------------------------------------------------------------------------------

TORUS = Torus(2.0, 0.7).metric  # angles around the tube, and around the axis


def test_long_times():
    """Over a thousand turns around the axis the error of the energy stays what it is in the first hundred."""
    times = np.linspace(0, 1.55e4, 1001)[1:]
    start = ([0.5, 0.0], [0.6, 0.4])
    equal = geodesic(TORUS, *start, times, method="symplectic", steps=39_000)
    chosen = geodesic(TORUS, *start, times, tol=1e-6, steps=16**4)
    assert np.max(np.abs(equal.points[-1] - equal.start)) > 1000 * 2 * np.pi
    energy = {name: TORUS.inner(c.points, c.velocities, c.velocities) for name, c in [("e", equal), ("c", chosen)]}
    first = float(TORUS.inner(start[0], start[1], start[1]))
    miss = {name: np.abs(np.asarray(e) / first - 1) for name, e in energy.items()}
    assert miss["e"].max() < 1.5 * miss["e"][:100].max() < 1e-6
    assert miss["c"].max() > 5 * miss["c"][:100].max()
    np.testing.assert_allclose(equal.energy_drift, miss["e"].max(), rtol=1e-6)
    momentum = (TORUS(equal.points) @ equal.velocities[..., None])[:, 1, 0]  # linear in p: exact but for rounding
    np.testing.assert_allclose(momentum, momentum[0], rtol=1e-11)


def test_the_order_is_six_and_the_step_is_symplectic():
    """Its coefficients are those of Gauss: b_i a_ij + b_j a_ji = b_i b_j; and its error falls as h^6."""
    product = WEIGHTS[:, None] * MATRIX
    np.testing.assert_allclose(product + product.T, np.outer(WEIGHTS, WEIGHTS), atol=1e-15)
    for k in range(6):  # quadrature of degree 5
        np.testing.assert_allclose(WEIGHTS @ NODES**k, 1 / (k + 1), atol=1e-15)

    @jax.jit
    def error(v):
        ends = [geodesic(LINE, [0.0], v, 1.0, method="symplectic", steps=k).points[-1, 0] for k in (4, 8)]
        return jnp.stack(ends) - end_of_line(1.0, v[0])

    v = jnp.array([0.4])
    coarse, fine = np.abs(error(v))
    assert 5.5 < np.log2(coarse / fine) < 6.5
    np.testing.assert_allclose(jax.jit(jax.jacrev(error))(v)[1], 0, atol=1e-6)


def test_light():
    """In anti-de Sitter space light goes along t = gd(rho) from the centre, and keeps g(v, v) = 0."""
    g = rl.Metric.from_function(
        lambda x: jnp.diag(jnp.array([-(jnp.cosh(x[1]) ** 2), 1.0])), dim=2, signature="lorentzian"
    )
    curve = geodesic(g, [0.0, 0.0], [1.0, 1.0], [0.5, 1.5])
    rho, t = curve.points[:, 1], curve.points[:, 0]
    np.testing.assert_allclose(t, 2 * jnp.arctan(jnp.tanh(rho / 2)), atol=1e-10)
    np.testing.assert_allclose(g.inner(curve.points, curve.velocities, curve.velocities), 0, atol=1e-10)
    assert curve.energy_drift < 1e-10


# -- curves that end ------------------------------------------------------------------------------------------------


def test_leaving_the_chart():
    message = (
        r"geodesic at x = \(1, 0\) \(point 1; 1 of 2 points failed\): the curve leaves the domain of the chart: at "
        r"t = 2.14159 it is at \(3.14159, 0\), and then theta = 3.14159 is not in .*poles at its ends. Remedy: stop"
    )
    x, v = jnp.array([[1.0, 0.0], [1.0, 0.0]]), jnp.array([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ChartError, match=message):
        geodesic(G, x, v, [2.0, 4.0])
    traced = jax.jit(lambda x, v: geodesic(G, x, v, [2.0, 4.0]))(x, v)
    assert traced.status.tolist() == [Status.OK, Status.LEFT_CHART]
    np.testing.assert_allclose(traced.reached, [4, np.pi - 1], rtol=1e-9)
    assert np.isnan(traced.points).any(-1).tolist() == [[False, False], [False, True]]
    assert "1 not continued: LEFT_CHART" in repr(traced)
    periodic = geodesic(G, [np.pi / 2, 0.0], [0.0, 1.0], 20.0)  # more than three times around
    np.testing.assert_allclose(periodic.points[-1, 1], 20, rtol=1e-12)
    with pytest.raises(ChartError, match=r"at t = 2\.1\d* it is at .*theta = 3\.\d* is not in"):
        geodesic(G, [1.0, 0.0], [1.0, 0.0], 4.0, method="symplectic", steps=100)


def test_blowing_up():
    """The half-line comes to its end after the time 1."""
    np.testing.assert_allclose(exp(LINE, [0.0], [0.99]), [-np.log(0.01)], rtol=1e-10)
    with pytest.raises(NumericError, match=r"cannot be continued to the time that was asked for: at t = 0\.5 it is at"):
        exp(LINE, [0.0], [2.0])
    curve = jax.jit(lambda v: geodesic(LINE, [0.0], v, jnp.array([0.5, 2.0])))(jnp.array([1.0]))
    assert curve.status == Status.BLOW_UP and np.isnan(curve.points[:, 0]).tolist() == [False, True]
    with pytest.raises(NumericError, match="allow more steps"):
        geodesic(LINE, [0.0], [-1.0], 100.0, steps=4)
    quiet = replace(LINE, on_degenerate="nan")
    assert np.isnan(exp(quiet, [0.0], [2.0])).all()


def test_bad_starts():
    with pytest.raises(ChartError, match=r"geodesic at x = \(4, 0\): the point lies outside the domain of the chart"):
        geodesic(G, [4.0, 0.0], [1.0, 0.0], [0.3, 1.0])
    with pytest.raises(ChartError, match="NaN or infinite"):
        geodesic(G, [1.0, 0.0], [jnp.nan, 0.0], [0.3, 1.0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"t": 0.0}, ChartError, "t = 0 must be a positive time"),
        ({"t": [1.0, 0.5]}, ChartError, "t = 0.5 must be later than the one before"),
        ({"t": [-1.0, 0.5]}, ChartError, "t = -1 must be a time that is not negative"),
        ({"t": [0.0]}, ChartError, "t = 0 must be positive"),
        ({"t": [[1.0]]}, ShapeError, r"t must be a time or an array of times, got shape \(1, 1\)"),
        ({"v": [1.0]}, ShapeError, r"v has shape \(1,\); expected \(..., 2\)"),
        ({"method": "euler"}, ShapeError, r"method must be one of \('adaptive', 'symplectic'\), got 'euler'"),
        ({"method": "symplectic"}, ShapeError, "the symplectic method needs steps="),
        ({"steps": 0}, ShapeError, "steps must be an integer >= 1, got 0"),
        ({"tol": 1e-18}, ShapeError, "tol must be a number from 8.9e-16, what float64 can meet, to 1; got 1e-18"),
    ],
)
def test_bad_arguments(change, error, message):
    arguments = {"x": [1.0, 0.0], "v": [1.0, 0.0], "t": 1.0} | change
    with pytest.raises(error, match=message):
        geodesic(G, **arguments)


def test_bad_times_between(turn):
    with pytest.raises(ChartError, match=r"s = 1\.5 must be between 0 and 1"):
        turn(1.5)
    with pytest.raises(ShapeError, match=r"s must be a time or an array of times, got shape \(1, 1\)"):
        turn([[0.5]])


def test_the_solver_is_loaded_when_a_curve_is_asked_for():
    code = "import sys, riemlearn; riemlearn.Metric, riemlearn.Connection; print('diffrax' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
