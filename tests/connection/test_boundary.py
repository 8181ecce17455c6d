"""The two-point problem: against closed forms, an independent integrator, and the identities of a distance."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from riemlearn import Metric, manifolds
from riemlearn.chart import Axis, Chart
from riemlearn.connection.boundary import connect, distance, log
from riemlearn.connection.chain import energy, relax, straight
from riemlearn.connection.mesh import mesh
from riemlearn.errors import ChartError, ConvergenceError, MetricError, ShapeError, Status

SPHERE = manifolds.Sphere(2)
HILL = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], 1.5 * jnp.exp(-2 * (x @ x))]), dim=2)
PAIRS = jnp.array([[[1.0, 0.2], [2.0, 1.9]], [[1.2, 0.2], [2.0, 6.1]], [[0.7, 3.0], [1.4, 4.5]], [[1, 2], [1, 2]]])


def halfway(x, y):
    """Two charts have no common pairs: these lie in the patch of a manifold."""
    return [x + t * (y - x) for t in (0.1, 0.45, 0.8)]


@pytest.mark.parametrize(
    "manifold",
    [
        manifolds.HyperbolicSpace(2, model="ball"),
        manifolds.HyperbolicSpace(3, model="half_space"),
        manifolds.NormalFisher(),
        manifolds.Product(manifolds.Sphere(2), manifolds.HyperbolicSpace(2, model="half_space")),
    ],
    ids=repr,
)
def test_distance_and_log_are_those_of_the_closed_form(manifold):
    low, high = (jnp.asarray(corner) for corner in manifold.patch)
    a, b, c = halfway(low, high)
    x, y = jnp.stack([a, b, a.at[0].set(c[0])]), jnp.stack([c, c.at[0].set(a[0]), b])
    found = connect(manifold.metric, x, y)
    assert np.all(np.asarray(found.status) == Status.OK) and bool(jnp.all(found.unique))
    np.testing.assert_allclose(found.distance, manifold.distance(x, y), rtol=1e-9)
    np.testing.assert_allclose(found.velocity, manifold.log(x, y), rtol=1e-9, atol=1e-9)
    assert float(jnp.max(found.residual)) < 1e-10 and float(jnp.max(found.energy_drift)) < 1e-6


def test_on_the_sphere_the_shorter_way_round_is_taken():
    x, y = PAIRS[:, 0], PAIRS[:, 1]
    found = connect(SPHERE.metric, x, y)
    np.testing.assert_allclose(found.distance, SPHERE.distance(x, y), rtol=1e-12)
    # at curvature one the least second variation is 1 - L^2 / pi^2
    np.testing.assert_allclose(found.margin, 1 - (found.distance / math.pi) ** 2, atol=2e-2)
    assert float(found.distance[3]) == 0 and not np.any(np.asarray(found.velocity[3]))
    # symmetric, and the same along the way
    np.testing.assert_allclose(distance(SPHERE.metric, y, x), found.distance, rtol=1e-12)
    middle = found(0.5)
    np.testing.assert_allclose(SPHERE.distance(x, middle), found.distance / 2, rtol=1e-9)


def test_distances_in_a_skew_torus_take_the_nearest_image():
    torus = manifolds.FlatTorus([[1.0, 0.0], [0.45, 0.6]])
    x, y = jnp.array([[0.1, 0.1], [0.0, 0.0]]), jnp.array([[0.8, 0.75], [0.6, 0.4]])
    np.testing.assert_allclose(distance(torus.metric, x, y), torus.distance(x, y), rtol=1e-12)


def test_a_learned_geodesic_is_hit_by_an_independent_integrator():
    keys = jax.random.split(jax.random.key(0), 2)
    first, second = jax.random.normal(keys[0], (16, 2)), jax.random.normal(keys[1], (5, 16)) / 4

    def f(x):
        return second @ jnp.tanh(first @ x)

    def acceleration(x, v):  # by derivatives of g and a dense solve
        g, dg = jax.jacfwd(f)(x).T @ jax.jacfwd(f)(x), jax.jacfwd(lambda p: jax.jacfwd(f)(p).T @ jax.jacfwd(f)(p))(x)
        return -jnp.linalg.solve(g, jnp.einsum("lij,j,i->l", dg, v, v) - jnp.einsum("ijl,i,j->l", dg, v, v) / 2)

    right = jax.jit(lambda z: jnp.concatenate([z[2:], acceleration(z[:2], z[2:])]))
    x, y = np.array([-0.6, 0.2]), np.array([0.5, -0.4])
    found = connect(Metric.from_embedding(f, dim=2), x, y)
    assert found.status == Status.OK
    start = np.concatenate([x, found.velocity])
    path = solve_ivp(lambda _, z: np.asarray(right(z)), (0, 1), start, method="DOP853", rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(path.y[:2, -1], y, atol=1e-9)
    line = jnp.linspace(0, 1, 2001)[:, None] * (y - x) + x
    assert float(found.distance) < float(jnp.sum(jnp.linalg.norm(jnp.diff(jax.vmap(f)(line), axis=0), axis=1)))


# -- derivatives ----------------------------------------------------------------------------------------------------


def test_derivatives_of_log_and_distance_are_those_of_the_closed_form():
    x, y = PAIRS[0]
    g = SPHERE.metric
    turned = jax.jit(jax.jacfwd(lambda y: SPHERE.geodesic_start(x, y)))(y)
    np.testing.assert_allclose(jax.jacrev(lambda y: log(g, x, y))(y), turned, atol=1e-9)
    bent = jax.jit(jax.hessian(lambda x: SPHERE.squared_distance(x, y)))(x)
    np.testing.assert_allclose(jax.hessian(lambda x: distance(g, x, y) ** 2)(x), bent, atol=1e-9)
    slope = jax.grad(lambda x: distance(g, x, y))(x)
    v = log(g, x, y)
    np.testing.assert_allclose(slope, -g(x) @ v / g.norm(x, v), rtol=1e-9)  # the first variation
    assert not np.any(np.asarray(jax.grad(lambda x: distance(g, x, y))(y)))  # finite where the points meet


class Scaled(eqx.Module):
    radius: jax.Array

    def __call__(self, x):
        return self.radius**2 * jnp.diag(jnp.array([1.0, jnp.sin(x[0]) ** 2]))


def test_a_distance_can_be_differentiated_by_the_parameters_of_its_metric():
    def length(radius):
        return distance(Metric.from_function(Scaled(radius), dim=2), *PAIRS[0], nodes=32)

    value, slope = jax.value_and_grad(length)(jnp.array(3.0))
    np.testing.assert_allclose([value, slope], [3 * SPHERE.distance(*PAIRS[0]), SPHERE.distance(*PAIRS[0])], rtol=1e-9)


def test_compiled_and_mapped_are_the_same():
    x, y = PAIRS[:2, 0], PAIRS[:2, 1]
    compiled = jax.jit(jax.vmap(lambda x, y: log(SPHERE.metric, x, y, nodes=32)))(x, y)
    np.testing.assert_allclose(compiled, log(SPHERE.metric, x, y, nodes=32), rtol=1e-9)


def test_the_type_is_that_of_the_points():
    found = connect(SPHERE.metric, *PAIRS[:3].astype(jnp.float32).swapaxes(0, 1))
    assert found.distance.dtype == found.path.dtype == jnp.float32
    np.testing.assert_allclose(found.distance, SPHERE.distance(PAIRS[:3, 0], PAIRS[:3, 1]), rtol=1e-4)


# -- more than one geodesic, and none -------------------------------------------------------------------------------


def test_a_straight_line_over_a_hill_gives_way_to_the_two_ways_around():
    found = connect(HILL, [-1.0, 0.0], [1.0, 0.0])
    assert found.status == Status.CUT_LOCUS and not found.unique
    # mirror images, shorter than the way over the top
    np.testing.assert_allclose(found.other, found.velocity * jnp.array([1, -1]), rtol=1e-6)
    top = connect(HILL, [0.0, 0.0], [1.0, 0.0])
    assert float(found.distance) < 2 * float(top.distance) - 0.1
    with pytest.raises(ChartError, match=r"lead the velocities .* and "):
        log(HILL, [-1.0, 0.0], [1.0, 0.0])
    assert np.isfinite(distance(HILL, [-1.0, 0.0], [1.0, 0.0]))


def test_antipodes_are_conjugate_and_have_a_distance():
    antipodes = [1.0, 0.2], [math.pi - 1, 0.2 + math.pi]
    found = connect(SPHERE.metric, *antipodes)
    assert found.status == Status.CUT_LOCUS and abs(found.margin) < 1e-5
    np.testing.assert_allclose(found.distance, math.pi, rtol=1e-9)
    apart = SPHERE.metric.norm(antipodes[0], found.velocity - found.other)
    assert float(apart) > 0.1
    np.testing.assert_allclose(SPHERE.exp(antipodes[0], found.other)[0], antipodes[1][0], atol=1e-6)


def test_a_geodesic_through_a_pole_is_not_solved_and_its_path_is_kept():
    ends = [0.3, 0.2], [0.4, 0.2 + math.pi]
    found = connect(SPHERE.metric, *ends)
    assert found.status == Status.NOT_CONVERGED and np.all(np.isfinite(found.path)) and float(found.residual) > 1e-3
    with pytest.raises(ConvergenceError, match="residual"):
        distance(SPHERE.metric, *ends)


def test_a_geodesic_that_leaves_the_chart_is_solved_and_refused():
    low = Chart(("x", "y"), (Axis(-2.0, 2.0), Axis(0.1, 1.2)))
    strip = Metric.from_function(lambda p: jnp.eye(2) / p[1] ** 2, dim=2, chart=low)
    found = connect(strip, [-1.0, 1.0], [1.0, 1.0])  # a half circle of radius sqrt(2)
    assert found.status == Status.LEFT_CHART and float(found.residual) < 1e-10
    np.testing.assert_allclose(found(0.5), [0, math.sqrt(2)], atol=1e-9)
    with pytest.raises(ChartError, match="leaves the domain"):
        log(strip, [-1.0, 1.0], [1.0, 1.0])


def test_what_does_not_converge_says_so_and_keeps_what_it_has():
    plane = manifolds.HyperbolicSpace(2, model="half_space").metric
    ends = [0.0, 1.0], [200.0, 0.2]
    found = connect(plane, *ends, nodes=16)
    assert found.status == Status.NOT_CONVERGED and np.all(np.isfinite(found.path)) and float(found.residual) > 1e-10
    assert "NOT_CONVERGED" in repr(found)
    with pytest.raises(ConvergenceError, match="residual"):
        log(plane, *ends, nodes=16)


def test_samples_lead_to_geodesics_that_the_straight_line_does_not():
    ends = [-1.0, 0.1], [1.0, 0.1]  # the straight line slides off the hill to the near side
    below = jnp.stack(jnp.meshgrid(jnp.linspace(-1, 1, 5), jnp.linspace(-1, 0, 3)), axis=-1).reshape(-1, 2)
    alone, led = connect(HILL, *ends), connect(HILL, *ends, samples=below)
    np.testing.assert_allclose(led.velocity, alone.velocity, rtol=1e-9)
    assert np.all(np.isnan(alone.other)) and float(led.other[1]) < 0 < float(led.velocity[1])


# -- bad input ------------------------------------------------------------------------------------------------------


def test_bad_input():
    g = SPHERE.metric
    with pytest.raises(ChartError, match="y = "):
        log(g, [1.0, 0.0], [4.0, 0.0])
    with pytest.raises(ChartError, match="theta = -1"):
        distance(g, [-1.0, 0.0], [1.0, 0.0])
    with pytest.raises(ChartError, match="NaN"):
        log(g, [1.0, 0.0], [jnp.nan, 0.0])
    with pytest.raises(ShapeError, match="do not broadcast"):
        distance(g, np.ones((2, 2)), np.ones((3, 2)))
    with pytest.raises(ShapeError, match="tol"):
        distance(g, [1.0, 0.0], [1.0, 1.0], tol=-1.0)
    with pytest.raises(ShapeError, match="nodes"):
        distance(g, [1.0, 0.0], [1.0, 1.0], nodes=0)
    with pytest.raises(MetricError, match="Lorentzian"):
        lorentzian = Metric.from_function(lambda x: jnp.diag(jnp.array([-1.0, 1.0])), dim=2, signature="lorentzian")
        distance(lorentzian, [0.0, 0.0], [1.0, 0.0])
    with pytest.raises(ShapeError, match=r"\[0, 1\]"):
        connect(g, [1.0, 0.0], [1.0, 1.0])(2.0)


# -- identities -------------------------------------------------------------------------------------------------------


def test_the_triangle_inequality():
    # to both sides of where the longitude starts again, and with geodesics that keep away from the poles
    low, high = jnp.array([0.6, -1.0]), jnp.array([2.4, 1.0])
    three = jax.random.uniform(jax.random.key(1), (16, 3, 2), minval=low, maxval=high) % (2 * math.pi)
    d = distance(SPHERE.metric, three, jnp.roll(three, -1, axis=1))
    assert np.all(np.max(d, axis=1) <= np.sum(d, axis=1) / 2 + 1e-9)
    np.testing.assert_allclose(d, SPHERE.distance(three, jnp.roll(three, -1, axis=1)), rtol=1e-9)


def test_a_mesh_integrates_polynomials_and_holds_the_ends():
    coarse, fine = mesh(1), mesh(3)
    for grid in (coarse, fine):
        a = jnp.asarray(grid.nodes.times**5)[:, None]
        x, y = jnp.array([1.0]), jnp.array([-1.0])
        s = np.array([0.0, 0.3, 1.0])
        np.testing.assert_allclose(grid.at(s).points(x, y, a)[:, 0], 1 - 2 * s + (s**7 - s) / 42, atol=1e-14)
        np.testing.assert_allclose(grid.at(s).velocities(x, y, a)[:, 0], -2 + (7 * s**6 - 1) / 42, atol=1e-14)


def test_relaxing_a_chain_lowers_its_energy_to_that_of_the_geodesic():
    x, y = PAIRS[0]
    line = straight(x, y)
    relaxed = jax.jit(lambda chain: relax(SPHERE.metric, chain))(line).chain
    geodesic = float(SPHERE.distance(x, y)) ** 2 / 2
    assert geodesic < float(energy(SPHERE.metric, relaxed)) < min(float(energy(SPHERE.metric, line)), 1.01 * geodesic)


def test_a_saddle_is_no_shortest_geodesic():
    """Through infinity the antipodal circle is short, and the chart ends there: the straight line is a maximum."""
    stereographic = Metric.from_function(lambda x: 4 * jnp.eye(2) / (1 + x @ x) ** 2, dim=2)
    found = connect(stereographic, [10.0, 0.0], [-10.0, 0.0])
    assert found.margin < -1 and found.status == Status.NOT_CONVERGED
    with pytest.raises(ConvergenceError, match="distance at x"):
        distance(stereographic, [10.0, 0.0], [-10.0, 0.0])
