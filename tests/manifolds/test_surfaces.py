"""Surfaces: every record against its embedding, and what the books say of each."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, NoClosedForm, ShapeError, SymbolError, UnboundParameter
from riemlearn.manifolds import (
    Catenoid,
    Cone,
    Cylinder,
    Ellipsoid,
    Enneper,
    Graph,
    Helicoid,
    HyperbolicParaboloid,
    Interval,
    MonkeySaddle,
    Paraboloid,
    Patch,
    Pseudosphere,
    Sphere,
    SurfaceOfRevolution,
    Torus,
    surface_data,
)
from riemlearn.manifolds.quadrature import volume_by_quadrature
from riemlearn.manifolds.surface import Record
from riemlearn.symbolic import normal
from riemlearn.to_jax import Program

pi = sp.pi  # reprs of surfaces are evaluated here
u, x, y, z = sp.symbols("u x y z", real=True)
NAMED = [
    Torus(3, 0.5),
    Ellipsoid(1.5, 1.25, 0.75),
    Catenoid(1.5),
    Helicoid(0.5),
    Enneper(),
    Pseudosphere(2),
    Cylinder(Fraction(1, 3)),
    Cylinder(2, height=3),
    Cone(pi / 5),
    Paraboloid(0.75),
    HyperbolicParaboloid(1, 2),
    MonkeySaddle(),
]
VASE = SurfaceOfRevolution(2 + sp.sin(u) / 2, u + u**3 / 50, u, rl.interval(0, 6, ends="boundary"))
GENERAL = [VASE, Graph(sp.exp(x) * sp.sin(y), [x, y]), Graph((x**2 + x * y - z**3) / 2, [x, y, z]), Graph(x**2, [x])]
ALL = NAMED + GENERAL
MINIMAL = ("Catenoid", "Helicoid", "Enneper")


def points(M, count=6):
    low, high = (np.array(corner) for corner in M.patch)
    return jnp.asarray(low + (high - low) * np.random.default_rng(0).uniform(size=(count, M.dim)))


@pytest.mark.parametrize("M", ALL, ids=repr)
def test_what_is_published_is_what_the_embedding_has(M):
    """First form, scalar curvature by differentiating it and by the Gauss equation, mean curvature of minimal ones."""
    pulled_back = rl.Metric.from_embedding(M.embedding, dim=M.dim, chart=M.chart)
    published = jax.vmap(Program(M.metric.symbols, [M.curvature.scalar], ()))

    @jax.jit
    def compute(p):
        scalars = [rl.Connection(g).scalar(p) for g in (M.metric.numeric(), pulled_back)]
        mean = pulled_back.immersion.mean_curvature(p) if M.record.name in MINIMAL else 0
        return M.metric(p), pulled_back(p), published(p), *scalars, mean

    p = points(M)
    assert all(point in M for point in p)
    g, from_embedding, known, intrinsic, gauss, mean = compute(p)
    np.testing.assert_allclose(from_embedding, g, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(intrinsic, known, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(gauss, known, rtol=1e-11, atol=1e-12)
    if M.dim == 2:
        assert M.curvature.sectional == M.curvature.einstein and M.curvature.scalar == 2 * M.curvature.sectional
    np.testing.assert_allclose(mean, 0, atol=1e-13)


def test_every_record_is_tested():
    records = {value.name for value in vars(surface_data).values() if isinstance(value, Record)}
    assert records == {M.record.name for M in NAMED}


@pytest.mark.parametrize("M", NAMED, ids=repr)
def test_representations_evaluate_to_an_equal_surface(M):
    again = eval(repr(M))
    assert again == M and hash(again) == hash(M) and again.metric is M.metric and again.embedding is M.embedding
    assert M != Torus(7, 1) and M.source


def test_numbers_are_kept_exactly():
    assert repr(Torus(2, 1)) == "Torus(R=2, r=1)" and Torus(2.0, np.float32(0.1)) == Torus(2, Fraction(1, 10))
    assert Cone(0.1).metric[1, 1] == surface_data.s**2 * sp.sin(sp.Rational(1, 10)) ** 2
    assert repr(Cylinder(Fraction(1, 3))) == "Cylinder(radius=Fraction(1, 3))"
    assert Torus().embedding(jnp.ones(2, jnp.float32)).dtype == jnp.float32


# -- areas and total curvatures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("M", [Torus(3, 0.5), Ellipsoid(1.5, 1.25, 0.75), Cylinder(2, height=3)], ids=repr)
def test_area_of_bounded_charts(M):
    np.testing.assert_allclose(volume_by_quadrature(M.metric), M.volume, rtol=1e-13)


def test_area_of_spheroids():
    """Archimedes' successors: the prolate and oblate spheroids have elementary areas."""
    e = np.sqrt(3) / 2  # of half-axes 1 and 2
    np.testing.assert_allclose(Ellipsoid(1, 1, 2).volume, 2 * np.pi * (1 + 2 * np.arcsin(e) / e), rtol=1e-14)
    np.testing.assert_allclose(Ellipsoid(2, 1, 2).volume, 2 * np.pi * (4 + np.arctanh(e) / e), rtol=1e-14)
    np.testing.assert_allclose(Ellipsoid(2, 2, 2).volume, Sphere(2, radius=2).volume, rtol=1e-14)


def integral(integrand, coordinate, low, high):
    """2 pi times the integral of an expression in one coordinate."""
    return float(2 * mpmath.pi * mpmath.quad(lambda t: mpmath.mpf(integrand.subs(coordinate, t).evalf()), [low, high]))


@pytest.mark.parametrize(
    ("M", "low", "high", "total"),
    [
        (Torus(3, 0.5), 0, 2 * np.pi, 0),
        (Catenoid(1.5), -np.inf, np.inf, -4 * np.pi),
        (Pseudosphere(2), 0, np.inf, -2 * np.pi),
        (Paraboloid(0.75), 0, np.inf, 2 * np.pi),
    ],
    ids=repr,
)
def test_total_curvature_of_surfaces_of_revolution(M, low, high, total):
    """Gauss-Bonnet for the torus, the image of the Gauss map for the others."""
    coordinate, density = M.metric.symbols[0], sp.sqrt(M.metric[0, 0] * M.metric[1, 1])
    np.testing.assert_allclose(
        integral(M.curvature.sectional * density, coordinate, low, high), total, rtol=1e-9, atol=1e-9
    )
    if np.isfinite(M.volume):
        np.testing.assert_allclose(integral(density, coordinate, low, high), M.volume, rtol=1e-9)


def test_gauss_bonnet_on_the_ellipsoid():
    M = Ellipsoid(1.5, 1.25, 0.75)
    nodes, weights = np.polynomial.legendre.leggauss(80)
    theta, phi = np.meshgrid(np.pi * (nodes + 1) / 2, 2 * np.pi * np.arange(80) / 80, indexing="ij")
    grid = jnp.asarray(np.stack([theta, phi], -1))
    curvature = jnp.vectorize(Program(M.metric.symbols, [M.curvature.sectional], ()), signature="(n)->()")(grid)
    total = weights @ (curvature * M.metric.volume_density(grid)).sum(1) * np.pi / 2 * 2 * np.pi / 80
    np.testing.assert_allclose(total, 4 * np.pi, rtol=1e-12)


@pytest.mark.parametrize("infinite", [np.inf, sp.oo])
def test_an_infinite_area_may_be_stated(infinite):
    u = sp.Symbol("u", real=True)
    assert SurfaceOfRevolution(1, u, u, area=infinite).volume == np.inf


def test_unbounded_surfaces_have_infinite_area_or_say_that_it_is_not_known():
    for M in (Catenoid(), Helicoid(), Enneper(), Cylinder(), Cone(), Paraboloid(), MonkeySaddle(), GENERAL[1]):
        assert M.volume == np.inf
    horn = SurfaceOfRevolution(1 / u, u, u, rl.interval(1))
    with pytest.raises(NoClosedForm, match=r"area of SurfaceOfRevolution.* not bounded; give area="):
        _ = horn.volume
    known = SurfaceOfRevolution(sp.sech(u), u - sp.tanh(u), u, rl.interval(0), area=2 * sp.pi)
    assert known.volume == Pseudosphere().volume


# -- what the books tell of them --------------------------------------------------------------------------------------


def test_catenoid_and_helicoid_are_locally_isometric():
    """u = c sinh w takes the catenoid to the helicoid (do Carmo, 4-2)."""
    catenoid, helicoid = Catenoid(1.5), Helicoid(1.5)
    bend = rl.Metric.from_embedding(lambda p: helicoid.embedding(jnp.stack([1.5 * jnp.sinh(p[0]), p[1]])), dim=2)
    p = points(catenoid)
    np.testing.assert_allclose(bend(p), catenoid.metric(p), rtol=1e-13, atol=1e-13)


def test_closed_forms_of_the_curvature():
    assert Pseudosphere(2).connection.scalar.expr == -sp.Rational(1, 2)
    for flat in (Cone(0.5), Cylinder(2)):
        assert flat.connection.riemann[0, 1, 0, 1] == 0
    K = Torus(3, 0.5).curvature.sectional
    theta = surface_data.theta
    assert K.subs(theta, 0) > 0 > K.subs(theta, sp.pi) and K.subs(theta, sp.pi / 2) == 0


@pytest.mark.parametrize("M", [Torus(3, 1), Catenoid(2), Pseudosphere(2), Cone(pi / 6), Paraboloid(2)], ids=repr)
def test_surfaces_of_revolution_agree_with_the_records(M):
    coordinate, angle = M.metric.symbols
    rho, _, height = (e.subs(angle, 0) for e in M.record.embedding)
    again = SurfaceOfRevolution(rho, height, coordinate, M.chart.axes[0])
    for i in range(2):
        assert sp.simplify(again.metric[i, i] - M.metric[i, i]) == 0
    assert sp.simplify(again.curvature.sectional - M.curvature.sectional) == 0


@pytest.mark.parametrize("M", [HyperbolicParaboloid(1, 2), MonkeySaddle()], ids=repr)
def test_graphs_agree_with_the_records(M):
    again = Graph(M.record.embedding[2], M.metric.symbols)
    assert normal(again.curvature.scalar - M.curvature.scalar) == 0
    assert all(normal(again.metric[0, i] - M.metric[0, i]) == 0 for i in range(2))


def test_the_scalar_curvature_of_a_hypersurface():
    """The upper half of S^3 as a graph over the ball."""
    cap = Graph(sp.sqrt(4 - x**2 - y**2 - z**2), [x, y, z], Patch((-0.5,) * 3, (0.5,) * 3))
    assert normal(cap.curvature.scalar) == sp.Rational(6, 4) and cap.curvature.einstein is None


# -- distance, exp and log of what can be unrolled --------------------------------------------------------------------


@pytest.mark.parametrize("M", [Cylinder(2), Cone(0.4)], ids=repr)
def test_straight_lines_are_geodesics_and_invert(M):
    start, v = jnp.array([1.5, 0.7]), jnp.array([-0.8, 1.9])

    @jax.jit
    def compute(start, v):
        def path(t):
            return M.geodesic_end(start, t * v)

        velocity = jax.jacfwd(path)
        spray = jnp.einsum("kij,i,j->k", M.connection.christoffel(path(0.7)), velocity(0.7), velocity(0.7))
        end, slope = M.exp(start, v), jax.grad(M.distance)(start, M.exp(start, v))
        second = jax.hessian(lambda q: M.squared_distance(q, start))(start)
        return [
            (jax.jacfwd(velocity)(0.7), -spray),
            (velocity(0.0), v),
            (M.log(start, end), v),
            (M.distance(start, end), M.metric.norm(start, v)),
            (slope @ M.metric.inverse(start) @ slope, jnp.ones(())),
            (second, 2 * M.metric(start)),
        ]

    for found, expected in compute(start, v):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_shortest_lines_take_the_shorter_way_round():
    np.testing.assert_allclose(Cylinder(2).distance([0.1, 0.0], [2 * np.pi - 0.1, 1.0]), np.hypot(0.4, 1), rtol=1e-14)
    np.testing.assert_allclose(Cylinder(2).log([0.1, 0.0], [6 * np.pi - 0.1, 1.0]), [-0.2, 1], atol=1e-14)
    # a cone that unrolls to a half-disc: half a turn is a right angle
    np.testing.assert_allclose(Cone(pi / 6).distance([3.0, 0.0], [4.0, np.pi]), 5, rtol=1e-14)
    assert Interval(0, 3).distance([1.0], [2.5]) == 1.5 and Interval(0, 3).exp([1.0], [1.5]) == 2.5
    assert Interval(0, 3).log([1.0], [2.5]) == 1.5


def test_a_geodesic_of_a_narrow_cone_goes_round():
    """It turns by nearly pi / sin(angle) as it passes the apex: more than two full turns here."""
    M = Cone(0.2)
    end = M.exp([1.0, 0.0], [-100.0, 0.5])
    turn = (np.pi - np.arctan(0.5 * np.sin(0.2) / 99)) / np.sin(0.2)
    np.testing.assert_allclose(end, [np.hypot(99, 0.5 * np.sin(0.2)), turn], rtol=1e-13)
    assert turn > 4 * np.pi


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Cylinder().log([0.0, 0.0], [np.pi, 1.0]), ChartError, "more than one shortest geodesic"),
        (lambda: Cone().log([1.0, 0.0], [1.0, np.pi]), ChartError, "more than one shortest geodesic"),
        (lambda: Cone().exp([1.0, 0.0], [-2.0, 0.0]), ChartError, r"exp at x = \(1, 0\): the curve leaves the domain"),
        (lambda: Cylinder(1, height=2).exp([0.0, 1.0], [0.0, 1.5]), ChartError, "the curve leaves the domain"),
        (lambda: Cylinder(1, 2).distance([0.0, 1.0], [0.0, 3.0]), ChartError, r"z = 3 is not in \(0, 2\) with a bound"),
        (lambda: Cone().distance([-1.0, 1.0], [0.5, 3.0]), ChartError, r"s = -1 is not in \(0, inf\)"),
        (lambda: Cylinder(1, height=2).heat_kernel, NoClosedForm, r"Cylinder\(radius=1, height=2\) has no heat kernel"),
        (lambda: Torus().distance([0.0, 0.0], [1.0, 0.0]), NoClosedForm, "no geodesic distance"),
        (lambda: Torus().exp([0.0, 0.0], [1.0, 0.0]), NoClosedForm, "no exponential map"),
        (lambda: Torus().log([0.0, 0.0], [1.0, 0.0]), NoClosedForm, "no logarithm"),
        (lambda: Torus().levels(3), NoClosedForm, "no spectrum"),
    ],
)
def test_what_is_not_there_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_heat_kernel_of_the_cylinder_has_mass_one():
    K = jax.jit(Cylinder(2).heat_kernel)
    phi, height = np.meshgrid(2 * np.pi * np.arange(40) / 40, np.linspace(-12, 12, 121), indexing="ij")
    values = K(0.7, jnp.stack([phi, height], -1), jnp.array([1.0, 0.3]))
    np.testing.assert_allclose(values.sum() * 2 * (2 * np.pi / 40) * 0.2, 1, rtol=1e-12)


# -- symbols as parameters --------------------------------------------------------------------------------------------


def test_symbols_stay_in_the_closed_forms():
    R, r = sp.symbols("R r", positive=True)
    M = Torus(R=R, r=r)
    assert repr(M) == "Torus(R=R, r=r)" and M.metric.parameters == {"R": None, "r": None}
    assert normal(M.connection.scalar.expr - M.curvature.scalar) == 0
    p = points(Torus(2, 1))
    np.testing.assert_allclose(M.metric.bind(R=2.0, r=1.0)(p), Torus(2, 1).metric(p), rtol=1e-15)
    for numbers in (lambda: M.embedding, lambda: M.volume, lambda: Cone(r).embedding, lambda: Helicoid(r).patch):
        with pytest.raises(UnboundParameter, match=r"(Torus|Cone|Helicoid)\(.*: (R, r|r) has no value"):
            numbers()
    with pytest.raises(UnboundParameter, match=r"R, r in the metric has no value"):
        M.metric(p)
    with pytest.raises(NoClosedForm, match="no geodesic distance"):
        Cylinder(radius=r).distance([0.0, 0.0], [0.0, 1.0])
    with pytest.raises(UnboundParameter, match=r"SurfaceOfRevolution.*: r has no value"):
        _ = SurfaceOfRevolution(r + u, u, u, rl.interval(0, 1)).volume


def test_the_radius_of_a_sphere_may_be_a_symbol():
    r = sp.Symbol("r", positive=True)
    M = Sphere(2, radius=r)
    assert M.connection.scalar.expr == M.curvature.scalar == 2 / r**2 and M.metric[0, 0] == r**2
    assert repr(M) == "Sphere(2, radius=r)" and eval(repr(M)) == M
    for numbers in (
        lambda: M.volume,
        lambda: M.embedding,
        lambda: M.levels(2),
        lambda: M.heat_kernel,
        lambda: M.distance([1.0, 0.0], [1.0, 1.0]),
    ):
        with pytest.raises(UnboundParameter, match=r"Sphere\(2, radius=r\): r has no value"):
            numbers()


# -- bad arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Torus(1, 2), ShapeError, "Torus: r must be less than R, got R = 1, r = 2"),
        (lambda: Torus(1, 1.0), ShapeError, "Torus: r must be less than R, got R = 1, r = 1"),
        (lambda: Torus(2, -1), ShapeError, "Torus: r must be a positive number, got -1"),
        (lambda: Torus("2", 1), ShapeError, "Torus: R must be a positive number, got '2'"),
        (lambda: Torus(True, 1), ShapeError, "Torus: R must be a positive number, got True"),
        (lambda: Ellipsoid(1, float("nan"), 1), ShapeError, "Ellipsoid: b must be a positive number, got nan"),
        (lambda: Catenoid(float("inf")), ShapeError, "Catenoid: c must be a positive number, got inf"),
        (lambda: Paraboloid(sp.oo), ShapeError, "Paraboloid: a must be a positive number, got oo"),
        (lambda: Helicoid(sp.I), ShapeError, "Helicoid: c must be a positive number, got I"),
        (lambda: Cone(2), ShapeError, r"Cone: half_angle must be less than pi/2, got half_angle = 2"),
        (lambda: Cylinder(1, height=0), ShapeError, "Cylinder: height must be a positive number, got 0"),
        (
            lambda: Cylinder(1, height=z),
            ShapeError,
            "Cylinder: height must be a positive number without symbols, got z",
        ),
        (lambda: Torus(sp.Symbol("phi"), 1), SymbolError, "Torus: phi is a coordinate; give the parameter another"),
        (lambda: SurfaceOfRevolution("u", u, u), SymbolError, "SurfaceOfRevolution has the entry 'u' of type str"),
        (lambda: SurfaceOfRevolution(u, u, "u"), SymbolError, "coords must be SymPy symbols, got 'u'"),
        (lambda: SurfaceOfRevolution(u + x, u, u, angle=x), SymbolError, "must not depend on the angle x"),
        (lambda: SurfaceOfRevolution(u, u, u, (0, 1)), SymbolError, "domain of u must be made by interval"),
        (lambda: SurfaceOfRevolution(u, u, u, area=-1), ShapeError, "area must be a positive number, got -1"),
        (lambda: SurfaceOfRevolution(u, u, u, patch=("a", 1)), ShapeError, "SurfaceOfRevolution: patch must be a real"),
        (lambda: Graph("x", [x]), SymbolError, "Graph has the entry 'x' of type str"),
        (lambda: Graph(x, [x, x]), SymbolError, "more than once"),
        (lambda: Graph(x, [x], {"a": 1}), ShapeError, "Graph: patch must be a pair of a low and a high end"),
        (
            lambda: Graph(x, [x], Patch((0.0, 0.0), (1.0, 1.0))),
            ShapeError,
            "corners of 1 numbers, as many as coords, got",
        ),
        (lambda: Graph(x, [x], domain={y: rl.interval(0)}), SymbolError, "domain names y"),
        (lambda: Interval("0", 1), ShapeError, "Interval: low must be a real number.*, got '0'"),
        (lambda: Interval(0, x), ShapeError, "Interval: low and high must be numbers, got 0 and x"),
        (lambda: Interval(1, 0), SymbolError, "low = 1 must be less than high = 0"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
