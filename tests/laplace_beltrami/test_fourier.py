"""Spectra on periodic charts against closed forms, a Chebyshev solver, and each other."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import sympy as sp

import riemlearn as rl
from riemlearn.chart import Axis, Chart, Region, interval, periodic
from riemlearn.errors import ChartError, MetricError, NumericError, ShapeError, UnboundParameter
from riemlearn.laplace_beltrami import LaplaceBeltrami
from riemlearn.laplace_beltrami.galerkin import eigenpairs
from riemlearn.laplace_beltrami.periodic import Box, Survey

THETA, PHI, A = sp.symbols("theta phi a", real=True)
CIRCLE = periodic(2 * sp.pi)
CIRCLES = {THETA: CIRCLE, PHI: CIRCLE}
CHECK = [0.249368056942, 0.249368056942, 0.794567801633, 0.794567801633, 0.976731313474]


def box(*periods):
    """A chart of circles of given periods."""
    return Chart(tuple(f"x{i}" for i in range(len(periods))), tuple(map(periodic, periods)))


def closed(matrix, **options):
    return LaplaceBeltrami(rl.Metric.from_sympy([THETA, PHI], matrix, domain=CIRCLES, **options))


def numeric(f, *periods):
    return LaplaceBeltrami(rl.Metric.from_function(f, dim=len(periods), chart=box(*periods)))


def torus(x):
    """The torus of revolution with radii 2 and 1 in R^3."""
    r = 2 + jnp.cos(x[0])
    return jnp.array([r * jnp.cos(x[1]), r * jnp.sin(x[1]), jnp.sin(x[0])])


def bumpy(x):
    """A metric on the torus without symmetries."""
    return jnp.array(
        [
            [1 + 0.2 * jnp.cos(x[0] + x[1]), 0.1 * jnp.sin(x[1])],
            [0.1 * jnp.sin(x[1]), 0.8 + 0.1 * jnp.sin(x[0] - 2 * x[1])],
        ]
    )


TORUS = closed(sp.diag(1, (2 + sp.cos(THETA)) ** 2))
TORUS_50 = TORUS.spectrum(50)
BUMPY = numeric(bumpy, 2 * math.pi, 2 * math.pi)
BUMPY_12 = BUMPY.spectrum(12)


def quadrature(operator, *shape):
    """Points and weights of the volume on a uniform grid of the square of side 2 pi."""
    axes = np.meshgrid(*[np.arange(q) * 2 * np.pi / q for q in shape], indexing="ij")
    x = np.stack([a.ravel() for a in axes], -1) + 0.1
    return x, operator.metric.volume_density(x) * (2 * math.pi) ** len(shape) / math.prod(shape)


def sturm_liouville(count, points=40):
    """The torus's eigenvalues by separation, u'' + (r'/r) u' - m^2/r^2 u = -lambda u, and Chebyshev collocation.

    Functions even about theta = 0 have Neumann's condition at 0 and pi, odd ones Dirichlet's (Trefethen, Spectral
    Methods in MATLAB, chapter 6 for the matrix).
    """
    j = np.arange(points + 1)
    x = np.cos(np.pi * j / points)
    c = np.where((j == 0) | (j == points), 2.0, 1.0) * (-1.0) ** j
    difference = x[:, None] - x[None] + np.eye(points + 1)
    d = np.outer(c, 1 / c) / difference
    d -= np.diag(d.sum(axis=1))
    d *= -2 / np.pi  # theta = pi (1 - x) / 2
    theta = np.pi * (1 - x) / 2
    r = 2 + np.cos(theta)
    ends, inside = [0, points], slice(1, points)
    found = []
    for m in range(12):
        operator = -(d @ d) + (np.sin(theta) / r)[:, None] * d + np.diag(m**2 / r**2)
        odd = operator[inside, inside]
        extend = -np.linalg.solve(d[np.ix_(ends, ends)], d[ends, inside])
        even = odd + operator[inside, ends] @ extend
        for matrix in (even, odd):
            values = np.linalg.eigvals(matrix)
            found += np.repeat(np.sort(values.real)[: points // 2], 1 if m == 0 else 2).tolist()
    return np.sort(found)[:count]


def test_check_values_of_the_torus():
    np.testing.assert_allclose(TORUS_50.eigenvalues[1:6], CHECK, rtol=3e-12)
    assert 0 <= float(TORUS_50.eigenvalues[0]) < 1e-12
    assert TORUS_50.volume == pytest.approx(8 * math.pi**2, rel=1e-14)


def test_all_of_fifty_by_separation_of_variables():
    np.testing.assert_allclose(TORUS_50.eigenvalues, sturm_liouville(50), rtol=2e-10, atol=2e-10)


@pytest.mark.parametrize(
    "rows",
    [[[3.0]], [[1.0, 0.0], [0.37, 1.9]], [[1.0, 0.0], [0.0, 20.0]], [[1.0, 0, 0], [0.5, 0.9, 0], [0.2, 0.3, 0.8]]],
)
def test_flat_tori_of_any_lattice(rows):
    """R^n modulo the lattice with these rows: 4 pi^2 |k|^2, k in the dual lattice, with multiplicities."""
    basis = np.array(rows)
    n, count = len(basis), 40
    spectrum = numeric(lambda x: jnp.asarray(basis @ basis.T), *[1.0] * n).spectrum(count)
    k = np.stack(np.meshgrid(*[np.arange(-25, 26)] * n, indexing="ij"), -1).reshape(-1, n) @ np.linalg.inv(basis).T
    exact = np.sort(4 * np.pi**2 * np.sum(k**2, axis=-1))[:count]
    np.testing.assert_allclose(spectrum.eigenvalues, exact, rtol=1e-13, atol=1e-12)
    assert spectrum.volume == pytest.approx(abs(np.linalg.det(basis)), rel=1e-14)
    assert float(jnp.max(spectrum.residuals)) < 1e-11 * exact[-1]


def test_four_dimensions_and_other_periods():
    """Circles of four lengths: sums of the (2 pi k / P)^2."""
    periods = (1.0, 1.5, 2.0, 2.5)
    spectrum = numeric(lambda x: jnp.eye(4), *periods).spectrum(12)
    k = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 4, indexing="ij"), -1).reshape(-1, 4) * 2 * np.pi / np.array(periods)
    np.testing.assert_allclose(spectrum.eigenvalues, np.sort(np.sum(k**2, -1))[:12], rtol=1e-13, atol=1e-12)


def test_curved_three_torus():
    """A surface of revolution times a circle, sheared by an integer matrix: eigenvalues are sums."""
    radius = lambda x: 1 + 0.15 * jnp.cos(x)  # noqa: E731
    two_pi = 2 * math.pi
    surface = numeric(lambda x: jnp.diag(jnp.array([1.0, radius(x[0]) ** 2])), two_pi, two_pi).spectrum(30)
    sums = np.add.outer(np.asarray(surface.eigenvalues), np.arange(-4, 5) ** 2).ravel()
    shear = jnp.array([[1.0, 0, 1], [0, 1, 0], [0, 1, 1]])

    def product(x):
        return shear.T @ jnp.diag(jnp.array([1.0, radius(x[0] + x[2]) ** 2, 1.0])) @ shear

    spectrum = numeric(product, *[two_pi] * 3).spectrum(15, tol=1e-4)
    np.testing.assert_allclose(spectrum.eigenvalues, np.sort(sums)[:15], rtol=1e-8, atol=1e-12)


def test_one_spectrum_for_every_source():
    embedded = LaplaceBeltrami(rl.Metric.from_embedding(torus, dim=2, chart=box(2 * math.pi, 2 * math.pi)))
    parameter = LaplaceBeltrami(
        rl.Metric.from_sympy([THETA, PHI], sp.diag(1, (A + sp.cos(THETA)) ** 2), domain=CIRCLES).bind(a=2.0)
    )
    for operator in (embedded, parameter, LaplaceBeltrami(TORUS.metric.numeric())):
        np.testing.assert_allclose(operator.spectrum(6).eigenvalues[1:], CHECK, rtol=3e-12)


def test_scaling_of_the_metric():
    scaled = numeric(lambda x: 9e4 * bumpy(x), 2 * math.pi, 2 * math.pi).spectrum(12)
    np.testing.assert_allclose(scaled.eigenvalues * 9e4, BUMPY_12.eigenvalues, rtol=1e-12, atol=1e-13)
    assert scaled.volume == pytest.approx(9e4 * BUMPY_12.volume, rel=1e-12)
    assert scaled.method == BUMPY_12.method


def test_isospectral_under_a_change_of_coordinates():
    """A shift, an integer shear and a diffeomorphism of the circle: the same surface, so the same spectrum."""

    def change(y):
        x = jnp.array([y[0] + y[1] + 0.3, y[1] - 0.7])
        return x + 0.1 * jnp.array([jnp.sin(x[0]), jnp.sin(x[0] + x[1])])

    def pulled_back(y):
        j = jax.jacfwd(change)(y)
        return j.T @ bumpy(change(y)) @ j

    other = numeric(pulled_back, 2 * math.pi, 2 * math.pi).spectrum(12, tol=1e-6)
    np.testing.assert_allclose(other.eigenvalues, BUMPY_12.eigenvalues, rtol=1e-10, atol=1e-11)
    assert other.volume == pytest.approx(BUMPY_12.volume, rel=1e-10)


@pytest.mark.parametrize(("spectrum", "operator"), [(TORUS_50, TORUS), (BUMPY_12, BUMPY)], ids=["torus", "bumpy"])
def test_orthonormal_in_volume_by_another_quadrature(spectrum, operator):
    x, weights = quadrature(operator, 61, 67)
    values = np.asarray(spectrum.eigenfunctions(x))
    np.testing.assert_allclose(values.T @ (np.asarray(weights)[:, None] * values), np.eye(len(spectrum)), atol=1e-12)
    np.testing.assert_allclose(values[:, 0], spectrum.volume**-0.5, rtol=1e-12)


def test_residuals_are_those_of_the_operator_by_autodiff():
    """On another grid, with derivatives of the metric instead of transforms, at a resolution with visible residuals."""
    spectrum = BUMPY.spectrum(4, resolution=(4, 5))
    x, weights = quadrature(BUMPY, 33, 35)
    for k in (1, 3):
        laplacian = BUMPY(lambda y, k=k: spectrum.functions(y)[k])(x)
        left = laplacian + spectrum.eigenvalues[k] * spectrum.eigenfunctions(x)[:, k]
        norm = math.sqrt(float(jnp.sum(weights * left**2)))
        assert norm == pytest.approx(float(spectrum.residuals[k]), rel=1e-3, abs=1e-10)
    assert float(jnp.max(spectrum.residuals)) > 1e-4


def test_residuals_bound_the_distance_to_the_spectrum():
    exact = np.asarray(TORUS_50.eigenvalues)
    for resolution in ((3, 6), (5, 7), (7, 8)):
        coarse = TORUS.spectrum(20, resolution=resolution)
        distance = np.min(np.abs(np.asarray(coarse.eigenvalues)[:, None] - exact), axis=1)
        assert np.all(distance <= np.asarray(coarse.residuals) + 1e-12)
        assert np.all(np.asarray(coarse.eigenvalues) >= exact[:20] - 1e-12)  # min-max
    assert np.max(distance) > 1e-10  # there is something to bound


def test_convergence_is_exponential():
    """1/(2 + cos) has its pole at distance log(2 + sqrt 3) from the real axis; eigenvalues gain that twice."""
    exact, sizes = np.asarray(TORUS_50.eigenvalues[1:20]), np.array([4, 6, 8])
    runs = [TORUS.spectrum(20, resolution=(int(n), 8)) for n in sizes]
    errors = [np.max(np.abs(np.asarray(run.eigenvalues[1:]) - exact)) for run in runs]
    residuals = [float(jnp.max(run.residuals)) for run in runs]
    rate = math.log(2 + math.sqrt(3))
    assert np.polyfit(sizes, np.log(errors), 1)[0] == pytest.approx(-2 * rate, rel=0.1)
    assert np.polyfit(sizes, np.log(residuals), 1)[0] == pytest.approx(-rate, rel=0.2)


def test_resolution_goes_where_the_metric_needs_it():
    frequencies = [int(k) for k in re.findall(r"\d+", TORUS_50.method)]
    turned = closed(sp.diag((2 + sp.cos(PHI)) ** 2, 1)).spectrum(50)
    assert frequencies[0] > 10 > frequencies[1] == 8  # 8 <= 3 sqrt(lambda_49) < 9: no higher wave can be missed
    assert turned.method == TORUS_50.method.replace(str(tuple(frequencies[:2])), str((frequencies[1], frequencies[0])))
    np.testing.assert_allclose(turned.eigenvalues, TORUS_50.eigenvalues, rtol=1e-11, atol=1e-12)


def test_tolerance_is_met():
    for tol in (1e-3, 1e-9):
        spectrum = TORUS.spectrum(6, tol=tol)
        scale = np.maximum(np.asarray(spectrum.eigenvalues), spectrum.volume**-1.0)
        assert np.all(np.asarray(spectrum.residuals) <= tol * scale)


def test_frequencies_of_a_metric_are_found_even_where_a_grid_sees_a_constant():
    """243 points a line see nothing of cos(243 x): a second look between the points finds it."""
    wavy = numeric(lambda x: (1 + 0.01 * jnp.cos(243 * x[:1, None])) ** 2, 2 * math.pi).metric
    survey = Survey.of(wavy, Box.of(wavy.chart), 1e-3)
    assert survey.bands == (243,)
    assert survey.volume == pytest.approx(2 * math.pi, rel=1e-12)
    assert float(survey.lengths[0]) == pytest.approx(1.01**2, rel=1e-4)
    survey = Survey.of(TORUS.metric, Box.of(TORUS.metric.chart), 1e-6)
    assert survey.bands[1] == 0  # nothing depends on phi
    assert survey.bands[0] == pytest.approx(math.log(1e6) / math.log(2 + math.sqrt(3)), abs=1)


def test_weyls_law_and_the_heat_coefficients():
    r"""N(lambda) ~ vol lambda / 4 pi; 4 pi t trace / vol = 1 + 0 t + (int K^2 / 15 vol) t^2 + O(t^3).

    The middle term is the Euler characteristic; int K^2 = 4 pi^2 (4 / sqrt 3 - 2), from K = cos / (2 + cos).
    """
    spectrum = TORUS.spectrum(300, tol=1e-2)
    lam = 0.5 * (spectrum.eigenvalues[100:-1] + spectrum.eigenvalues[101:])
    np.testing.assert_allclose(spectrum.counting(lam), spectrum.volume * lam / (4 * math.pi), rtol=0.06)
    t = np.array([0.3, 0.4, 0.5, 0.6])
    excess = np.asarray(spectrum.heat_trace(t)) * 4 * math.pi * t / spectrum.volume - 1
    second = np.polyfit(t, excess / t**2, 2)[-1]
    assert second == pytest.approx((4 / math.sqrt(3) - 2) / 30, rel=0.02)


def test_eigenfunctions_anywhere_and_under_transformations():
    x = jnp.array([[0.3, 1.2], [2.0, -4.0]])
    values = BUMPY_12.eigenfunctions(x)
    np.testing.assert_allclose(BUMPY_12.eigenfunctions(x + 2 * math.pi * jnp.array([3, -5])), values, atol=1e-12)
    np.testing.assert_allclose(jax.jit(lambda s, y: s.eigenfunctions(y))(BUMPY_12, x), values, rtol=1e-12, atol=1e-13)
    gradient = jax.jacfwd(BUMPY_12.functions)(x[0])
    step = 1e-5 * jnp.eye(2)
    ends = [BUMPY_12.eigenfunctions(x[0] + sign * step) for sign in (1, -1)]
    np.testing.assert_allclose(gradient, (ends[0] - ends[1]).T / 2e-5, atol=1e-8)
    assert BUMPY_12.eigenfunctions(x.astype(jnp.float32)).dtype == jnp.float32


def test_a_box_that_does_not_begin_at_zero():
    turn = 2 * math.pi
    chart = Chart(("x", "y"), (Axis(-1.0, turn - 1, "periodic"), Axis(2.0, 2 + turn, "periodic")))
    other = LaplaceBeltrami(rl.Metric.from_function(bumpy, dim=2, chart=chart)).spectrum(6)
    np.testing.assert_allclose(other.eigenvalues, BUMPY_12.eigenvalues[:6], rtol=1e-11, atol=1e-12)
    x = jnp.array([[0.3, 1.2], [2.0, -4.0]])
    np.testing.assert_allclose(abs(other.eigenfunctions(x)), abs(BUMPY_12.eigenfunctions(x)[:, :6]), atol=1e-7)


def test_only_the_constant():
    spectrum = BUMPY.spectrum(1)
    assert float(spectrum.eigenvalues[0]) < 1e-12
    assert float(spectrum.eigenfunctions([1.0, 2.0])[0]) == pytest.approx(spectrum.volume**-0.5, rel=1e-12)


def test_heat_kernel_of_a_flat_torus_is_a_theta_function():
    rows = np.array([[1.0, 0.0], [0.37, 1.9]])
    spectrum = numeric(lambda x: jnp.asarray(rows @ rows.T), 1.0, 1.0).spectrum(200)
    kernel, t = rl.HeatKernel(spectrum), 0.05
    shifts = np.stack(np.meshgrid(*[np.arange(-9, 10)] * 2, indexing="ij"), -1).reshape(-1, 2)
    x, y = np.array([0.1, 0.2]), np.array([[0.6, 0.9], [0.1, 0.2]])

    def theta(v):
        return np.sum(np.exp(-np.sum(((v + shifts) @ rows) ** 2, -1) / (4 * t))) / (4 * math.pi * t)

    value, bound = kernel.with_bound(t, x, y)
    np.testing.assert_allclose(value, [theta(x - z) for z in y], rtol=1e-12)
    assert float(jnp.max(bound)) < 1e-12
    assert float(kernel.trace(t)) == pytest.approx(1.9 * theta(np.zeros(2)), rel=1e-12)


def test_single_precision():
    with jax.enable_x64(False):
        metric = rl.Metric.from_sympy([THETA, PHI], sp.diag(1, (2 + sp.cos(THETA)) ** 2), domain=CIRCLES)
        spectrum = LaplaceBeltrami(metric).spectrum(6)
        values = spectrum.eigenfunctions(jnp.array([0.1, 0.2]))
    assert spectrum.eigenvalues.dtype == spectrum.residuals.dtype == values.dtype == jnp.float32
    np.testing.assert_allclose(spectrum.eigenvalues[1:], CHECK, rtol=3e-6)
    np.testing.assert_allclose(np.abs(values[0]), (8 * math.pi**2) ** -0.5, rtol=1e-5)
    with jax.enable_x64(False), pytest.raises(NumericError, match="what is left is rounding"):
        LaplaceBeltrami(metric).spectrum(6, tol=1e-7)


def test_pencils_fall_into_blocks():
    rng = np.random.default_rng(0)
    blocks = [rng.standard_normal((2, n, n)) for n in (5, 1, 7)]
    order = rng.permutation(13)
    stiffness, mass = (
        scipy.linalg.block_diag(*[b[i] @ b[i].T + i * np.eye(len(b[i])) for b in blocks])[np.ix_(order, order)]
        for i in (0, 1)
    )
    values, vectors = eigenpairs(stiffness, mass, 6)
    np.testing.assert_allclose(values, scipy.linalg.eigh(stiffness, mass)[0][:6], rtol=1e-10)
    np.testing.assert_allclose(vectors @ mass @ vectors.T, np.eye(6), atol=1e-12)
    assert max(np.count_nonzero(v) for v in vectors) <= 7
    with pytest.raises(NumericError, match="mass matrix is not positive definite"):
        eigenpairs(np.eye(2), np.diag([1.0, 0.0]), 1)


@pytest.mark.parametrize(
    ("operator", "error", "message"),
    [
        (
            LaplaceBeltrami(rl.manifolds.Sphere(2).metric),
            ChartError,
            r"theta lives in \(0, 3.14159\) with poles .*levels",
        ),
        (
            LaplaceBeltrami(rl.Metric.from_sympy([A], [[1]], domain={A: interval(0, 1)})),
            ChartError,
            r"a lives in \(0, 1\), and today every axis must be periodic",
        ),
        (
            LaplaceBeltrami(
                rl.Metric.from_sympy([A], [[1]], domain={A: CIRCLE}, region=Region(lambda x: x[..., 0] > 0, "x > 0"))
            ),
            ChartError,
            "cut out by x > 0",
        ),
        (closed(sp.diag(1, (2 + sp.cos(THETA / 2)) ** 2)), ChartError, "not periodic in theta: .* differs by 0.67"),
        (closed(sp.diag(1, (2 + sp.cos(PHI + THETA / 3)) ** 2)), ChartError, "not periodic in theta"),
        (closed(sp.diag(1, 1 + PHI**2)), ChartError, "not periodic in phi"),
        (closed(sp.diag(-1, 1), signature="lorentzian"), MetricError, "needs a positive-definite metric"),
        (closed(sp.diag(1, sp.sin(THETA) ** 2)), MetricError, r"the metric at x = \(0, .*singular"),
        (closed(sp.diag(1, sp.cos(THETA)), on_degenerate="nan"), MetricError, "does not have the signature"),
        (closed(sp.diag(1, A)), UnboundParameter, "a in the metric has no value"),
        (
            numeric(lambda x: 1 + jnp.abs(jnp.sin(x[:1, None] / 2)), 2 * math.pi),
            NumericError,
            "along x0 the metric's Fourier coefficients are not below",
        ),
    ],
)
def test_metrics_that_are_refused(operator, error, message):
    with pytest.raises(error, match=message):
        operator.spectrum(5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"count": 0}, ShapeError, "count must be an integer >= 1, got 0"),
        ({"count": True}, ShapeError, "count must be an integer >= 1, got True"),
        ({"count": 2.0}, ShapeError, "count must be an integer >= 1, got 2.0"),
        ({"tol": 0.0}, ShapeError, "tol must be a number between 0 and 1, got 0.0"),
        ({"tol": math.nan}, ShapeError, "tol must be a number between 0 and 1, got nan"),
        ({"tol": "fine"}, ShapeError, "tol must be a number between 0 and 1, got 'fine'"),
        ({"resolution": 8}, ShapeError, "resolution must be a tuple of 2 integers, one for each axis, got 8"),
        ({"resolution": (8,)}, ShapeError, "resolution must be a tuple of 2 integers"),
        ({"resolution": (8, -1)}, ShapeError, "each frequency in resolution must be an integer >= 0, got -1"),
        ({"resolution": (0, 1)}, ShapeError, "has 3 unknowns; it must have at least count = 5"),
        ({"resolution": (99, 9)}, ShapeError, "has 3781 unknowns; .* at most max_unknowns = 1000"),
        ({"max_unknowns": 4}, ShapeError, "max_unknowns must be an integer >= 5, got 4"),
        ({"count": 900, "max_unknowns": 900}, NumericError, "900 eigenvalues need a resolution of at least"),
        (
            {"tol": 1e-12, "max_unknowns": 100},
            NumericError,
            r"the residuals reached .* at resolution .*; the next, .*100",
        ),
        ({"tol": 1e-15}, NumericError, "what is left is rounding"),
        (
            {"tol": 1e-9, "resolution": (6, 6)},
            NumericError,
            r"at resolution \(6, 6\) the residuals .* not tol = 1.0e-09",
        ),
    ],
)
def test_arguments_that_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        TORUS.spectrum(**{"count": 5, "max_unknowns": 1000, **options})


def test_grids_have_a_limit():
    waves = lambda x: 1 + 0.5 * jnp.prod(jnp.cos(80 * x))  # noqa: E731
    with pytest.raises(NumericError, match=r"a grid of .* x .* x .* points is beyond the limit of 4194304"):
        numeric(lambda x: waves(x) * jnp.eye(3), *[2 * math.pi] * 3).spectrum(5, tol=0.1)


def test_a_traced_metric_is_refused():
    metric = rl.Metric.from_sympy([THETA, PHI], sp.diag(1, A), domain=CIRCLES)
    with pytest.raises(MetricError, match="the metric is traced by jit, vmap or grad"):
        jax.grad(lambda a: LaplaceBeltrami(metric.bind(a=a)).spectrum(5).eigenvalues[1])(1.0)
