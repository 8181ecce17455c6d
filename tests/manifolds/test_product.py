"""Products and warped products, and the heat kernel of a product."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, NoClosedForm, ShapeError, Status, SymbolError, UnboundParameter
from riemlearn.manifolds import (
    Cylinder,
    Euclidean,
    HyperbolicSpace,
    Interval,
    Product,
    Sphere,
    SurfaceOfRevolution,
    Torus,
    WarpedProduct,
    catalogue,
)
from riemlearn.symbolic import normal
from riemlearn.to_jax import Program

pi, exp, sin, s, x1 = sp.pi, sp.exp, sp.sin, sp.Symbol("s", real=True), sp.Symbol("x1", real=True)
MIXED = Product(Sphere(2), HyperbolicSpace(2), Euclidean(1))
FLAT = Product(Sphere(1, radius=0.1), Sphere(1, radius=0.1))
LINE, HALF_PLANE = Euclidean(1), HyperbolicSpace(2, model="half_space")
POLAR = Interval(0, pi, ends="pole")
WARPED = [
    WarpedProduct(LINE, Euclidean(2), exp(x1)),
    WarpedProduct(POLAR, Sphere(2), sin(s)),
    WarpedProduct(HALF_PLANE, Sphere(2), 2 + sp.sin(HALF_PLANE.metric.symbols[0]) * HALF_PLANE.metric.symbols[1] / 3),
    WarpedProduct(Torus(3, 1), HALF_PLANE, 2 + sp.cos(Torus().metric.symbols[1])),
]


def points(M, count=5, seed=0):
    low, high = (np.array(corner) for corner in M.patch)
    return jnp.asarray(low + (high - low) * np.random.default_rng(seed).uniform(size=(count, M.dim)))


@pytest.mark.parametrize("M", [MIXED, *WARPED], ids=repr)
def test_the_scalar_curvature_is_that_of_the_metric(M):
    published = jax.vmap(Program(M.metric.symbols, [M.curvature.scalar], ()))
    known, found = jax.jit(lambda p: (published(p), rl.Connection(M.metric.numeric()).scalar(p)))(points(M))
    np.testing.assert_allclose(found, known, rtol=1e-10, atol=1e-11)


def test_space_forms_as_warped_products():
    """The horospherical form of H^3, and S^3 over its polar angle."""
    hyperbolic, sphere = WARPED[:2]
    for M, K in ((hyperbolic, -1), (sphere, 1)):
        assert normal(M.curvature.scalar) == normal(M.connection.scalar.expr) == 6 * K
        ricci, g = M.connection.ricci, M.metric
        assert all(normal(ricci[i, i] - 2 * K * g[i, i]) == 0 for i in range(3))
    np.testing.assert_allclose(sphere.volume, 2 * np.pi**2, rtol=1e-13)
    assert hyperbolic.volume == np.inf and sphere.chart.axes[0].ends == ("pole", "pole")
    u = sp.Symbol("u", real=True)
    vase = SurfaceOfRevolution(2 + sp.cos(u), u, u)
    warped = WarpedProduct(Interval(0, 1), Sphere(1), 2 + sp.cos(s))
    assert warped.metric[1, 1] == vase.metric[1, 1].subs(u, s)


def test_the_metric_is_block_diagonal_and_the_embedding_isometric():
    M = Product(Sphere(2, radius=2), Torus(3, 1))
    p = points(M)
    g, a, b = M.metric(p), M.factors[0].metric(p[:, :2]), M.factors[1].metric(p[:, 2:])
    np.testing.assert_array_equal(g[:, :2, :2], a)
    np.testing.assert_array_equal(g[:, 2:, 2:], b)
    assert not g[:, :2, 2:].any() and M.dim == 4
    np.testing.assert_allclose(rl.Metric.from_embedding(M.embedding, dim=4)(p), g, atol=1e-13)
    np.testing.assert_allclose(M.volume, 16 * np.pi * 12 * np.pi**2, rtol=1e-14)
    assert MIXED.embedding is None and MIXED.volume == np.inf


def test_names_that_clash_get_the_number_of_their_factor():
    assert Product(Sphere(2), Euclidean(1)).chart.names == ("theta", "phi", "x1")
    assert Product(Euclidean(2), Euclidean(1)).chart.names == ("x1_1", "x2", "x1_2")
    twice = Product(Product(LINE, LINE), Product(LINE, LINE))
    assert len(set(twice.chart.names)) == 4
    x = sp.Symbol("x1_1", real=True)
    assert WarpedProduct(LINE, LINE, exp(x1)).metric[1, 1] == sp.exp(2 * x)


def test_curvature_of_products():
    assert MIXED.curvature.scalar == 0 and MIXED.curvature.einstein is None and MIXED.curvature.sectional is None
    same = Product(Sphere(2), Sphere(3, radius=sp.sqrt(2))).curvature
    assert (same.scalar, same.einstein, same.sectional) == (5, 1, None)
    assert Product(Sphere(1), LINE).curvature.sectional == 0
    bent = Product(Torus(2, 1), Torus(2, 1)).curvature
    assert bent.einstein is None and len(bent.scalar.free_symbols) == 2


def test_distance_exp_and_log_go_by_factor():
    M = Product(Cylinder(2), Interval(-1, 5))
    start, v = jnp.array([0.3, 1.0, 0.5]), jnp.array([1.1, -2.0, 0.8])
    end = M.exp(start, v)
    np.testing.assert_allclose(end, start + v, rtol=1e-15)
    np.testing.assert_allclose(M.log(start, end), v, rtol=1e-14)
    np.testing.assert_allclose(M.distance(start, end), M.metric.norm(start, v), rtol=1e-14)
    x, y = points(MIXED), points(MIXED, seed=1)
    square = sum(
        f.distance(x[:, a], y[:, a]) ** 2
        for f, a in zip(MIXED.factors, (slice(2), slice(2, 4), slice(4, 5)), strict=True)
    )
    np.testing.assert_allclose(MIXED.distance(x, y), jnp.sqrt(square), rtol=1e-14)


def test_the_region_of_a_factor_holds_in_the_product():
    outside = [1.0, 0.0, 0.9, 0.9, 0.0]
    assert [1.0, 0.0, 0.1, 0.9, 0.0] in MIXED and outside not in MIXED
    for call in (MIXED.metric, lambda p: MIXED.distance(p, p), lambda p: MIXED.heat_kernel(1.0, p, p)):
        with pytest.raises(ChartError, match="outside the domain of the chart"):
            call(outside)
    with pytest.raises(ChartError, match=r"not in the open unit ball in \(x1_2, x2\)"):
        MIXED.metric(outside)


def test_samples_are_those_of_the_factors():
    key = jax.random.key(0)
    p = MIXED.sample(key, 7)
    assert p.shape == (7, 5) and bool(MIXED.chart.contains(p).all())
    np.testing.assert_array_equal(p[:, :2], Sphere(2).sample(jax.random.split(key, 3)[0], 7))
    twins = Product(LINE, LINE).sample(key, 7)
    assert not bool((twins[:, 0] == twins[:, 1]).any())


# -- spectra and heat kernels -----------------------------------------------------------------------------------------


def test_levels_are_sums():
    """On the flat torus k^2 + l^2 occurs as often as it is a sum of two squares, though 1/0.01 has no exact float."""
    found = FLAT.levels(9)
    np.testing.assert_allclose(found.values, 100 * np.array([0, 1, 2, 4, 5, 8, 9, 10, 13]), rtol=1e-12)
    assert found.multiplicities.tolist() == [1, 4, 4, 4, 8, 4, 4, 8, 8]
    sphere = Product(Sphere(2), Sphere(2)).levels(6)
    assert sphere.values.tolist() == [0, 2, 4, 6, 8, 12] and sphere.multiplicities.tolist() == [1, 6, 9, 10, 30, 39]
    three = Product(Sphere(1), Sphere(1), Sphere(1)).levels(4)
    assert three.values.tolist() == [0, 1, 2, 3] and three.multiplicities.tolist() == [1, 6, 12, 8]
    with pytest.raises(NoClosedForm, match=r"HyperbolicSpace\(2, .*\) has no spectrum"):
        MIXED.levels(3)


def test_the_heat_kernel_of_a_product_of_lines_is_that_of_the_plane():
    K, plane = Product(LINE, LINE).heat_kernel, Euclidean(2).heat_kernel
    x, y = points(Euclidean(2)), points(Euclidean(2), seed=1)
    np.testing.assert_allclose(K.log(0.3, x, y), plane.log(0.3, x, y), rtol=1e-13)
    np.testing.assert_allclose(K(0.3, x, y), plane(0.3, x, y), rtol=1e-13)
    np.testing.assert_allclose(K.matrix(0.3, x, y[:3]), plane.matrix(0.3, x, y[:3]), rtol=1e-13)
    value, bound = K.with_bound(0.3, x, y)
    assert bool((bound > 0).all()) and bool((bound < 1e-12 * value).all())
    np.testing.assert_allclose(bound, plane.with_bound(0.3, x, y)[1], rtol=0.7)


def test_the_heat_kernel_of_a_product_of_curved_spaces():
    M = Product(Sphere(2), HyperbolicSpace(2, model="half_space"))
    K, (x, y) = M.heat_kernel, points(M, 2)
    parts = [f.heat_kernel.log(0.2, x[a], y[a]) for f, a in zip(M.factors, (slice(2), slice(2, 4)), strict=True)]
    np.testing.assert_allclose(K.log(0.2, x, y), sum(parts), rtol=1e-13)
    with pytest.raises(MetricError, match="infinite"):
        K.trace(0.1)
    status = K.log_checked(0.2, jnp.stack([x, x.at[3].set(-1), x.at[0].set(jnp.nan)]), y)[1]
    assert status.tolist() == [Status.OK, Status.OUTSIDE_CHART, Status.NAN_INPUT]
    with pytest.raises(NoClosedForm, match="not a function of the distance"):
        K.log_radial(0.1, 1.0)
    assert repr(K) == "HeatKernel(closed form on S^2 times closed form on H^2)"
    assert K.report().bound == "estimate"


def test_the_heat_trace_of_the_flat_torus():
    K = Product(Sphere(1), Sphere(1, radius=2)).heat_kernel
    levels = Product(Sphere(1), Sphere(1, radius=2)).levels(60)
    np.testing.assert_allclose(K.trace(1.5), levels.heat_trace(1.5), rtol=1e-9)


# -- volumes, symbols, representations, errors ------------------------------------------------------------------------


def test_volume_of_warped_products():
    tube = WarpedProduct(Torus(3, 1), Sphere(1, radius=2), 2 + sp.cos(Torus().metric.symbols[1]))
    np.testing.assert_allclose(tube.volume, 12 * np.pi**2 * 2 * 4 * np.pi, rtol=1e-12)
    cusp = WarpedProduct(LINE, Sphere(1), sp.sech(x1), volume=2 * np.pi**2)
    assert cusp.volume == 2 * np.pi**2
    assert WarpedProduct(LINE, Sphere(1), sp.cosh(x1), volume=np.inf).volume == np.inf
    with pytest.raises(NoClosedForm, match=r"volume of WarpedProduct.* base is not bounded; give volume="):
        _ = WarpedProduct(LINE, Sphere(1), sp.sech(x1)).volume


def test_symbols_in_the_warping_are_parameters():
    a = sp.Symbol("a", positive=True)
    M = WarpedProduct(POLAR, Sphere(1), a * sp.sin(s))
    assert M.metric.parameters == {"a": None} and normal(M.curvature.scalar) == 2
    with pytest.raises(UnboundParameter, match=r"WarpedProduct.*: a has no value"):
        _ = M.volume


@pytest.mark.parametrize("infinite", [np.inf, sp.oo])
def test_an_infinite_volume_is_a_float(infinite):
    volume = WarpedProduct(LINE, Sphere(1), sp.cosh(x1), volume=infinite).volume
    assert type(volume) is float
    assert volume == np.inf


@pytest.mark.parametrize("M", [MIXED, FLAT, *WARPED[:2], WarpedProduct(LINE, Sphere(1), exp(x1), volume=1.0)], ids=repr)
def test_representations_evaluate(M):
    again = eval(repr(M))
    assert again == M and hash(again) == hash(M) and again.metric is M.metric and M.source
    assert M != Product(LINE, LINE)


def test_the_catalogue_has_them():
    found = catalogue()
    assert {"torus", "catenoid", "cylinder-finite", "graph-3", "product-S2xR1", "warped-H3"} <= set(found)
    for name, M in found.items():
        low, high = M.patch
        middle = (np.array(low) + np.array(high)) / 2 + 1e-3
        assert middle in M and M.source and M.dim == len(low) == M.metric.dim, name


class Numeric(Euclidean):
    """A plane whose metric is only known as a function."""

    @property
    def metric(self):
        return rl.Metric.from_function(lambda p: jnp.eye(2), dim=2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Product(LINE), ShapeError, "Product: there must be two or more factors, got 1"),
        (lambda: Product(LINE, 3), ShapeError, "Product: a factor must be a manifold of riemlearn.manifolds, got 3"),
        (lambda: WarpedProduct(3, LINE, 1), ShapeError, "WarpedProduct: the base must be a manifold"),
        (lambda: WarpedProduct(LINE, "R", 1), ShapeError, "WarpedProduct: the fibre must be a manifold"),
        (lambda: WarpedProduct(LINE, LINE, 0), SymbolError, "must be a SymPy expression that is not zero, got 0"),
        (lambda: WarpedProduct(LINE, LINE, "x1"), SymbolError, "must be a SymPy expression .* got 'x1'"),
        (lambda: WarpedProduct(LINE, LINE, sp.Symbol("x1")), SymbolError, "take it from base.metric.symbols"),
        (lambda: WarpedProduct(LINE, LINE, x1, volume=-1), ShapeError, "volume must be a positive number, got -1"),
        (lambda: Product(LINE, Numeric(2)).metric, NoClosedForm, r"Euclidean\(2\) has no metric in closed form"),
        (lambda: WarpedProduct(LINE, LINE, x1).distance([1.0, 0.0], [1.0, 1.0]), NoClosedForm, "no geodesic distance"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
