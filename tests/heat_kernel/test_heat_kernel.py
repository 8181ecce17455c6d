"""HeatKernel: closed forms on manifolds, sums over spectra, their bounds, and every refusal."""

import math
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import ChartError, MetricError, NoClosedForm, NumericError, ShapeError, Status
from riemlearn.heat_kernel import Closed, HeatKernel, HeatKernelReport, Spectral, sphere
from riemlearn.laplace_beltrami import Spectrum
from riemlearn.manifolds import Euclidean, HyperbolicSpace, Sphere

KEY = jax.random.key(0)
MANIFOLDS = [Euclidean(2), Sphere(1), Sphere(2), Sphere(3, radius=2.0), HyperbolicSpace(2), HyperbolicSpace(3)]


def harmonics(degree):
    """The orthonormal eigenfunctions of S^2 at (theta, phi), up to a degree."""

    def at(x):
        c, s = jnp.cos(x[0]), jnp.sin(x[0])
        columns = []
        for m in range(degree + 1):
            start = (-s) ** m * math.prod(range(1, 2 * m, 2))
            p = {m: start, m + 1: (2 * m + 1) * c * start}
            for l in range(m + 2, degree + 1):
                p[l] = ((2 * l - 1) * c * p[l - 1] - (l + m - 1) * p[l - 2]) / (l - m)
            for l in range(m, degree + 1):
                norm = math.sqrt((2 * l + 1) / (4 * math.pi) * math.factorial(l - m) / math.factorial(l + m))
                if m == 0:
                    columns.append((l, norm * p[l]))
                else:
                    columns += [(l, math.sqrt(2) * norm * p[l] * f(m * x[1])) for f in (jnp.cos, jnp.sin)]
        return jnp.stack([value for _, value in sorted(columns, key=lambda column: column[0])])

    return at


def sphere_spectrum(degree):
    values = [float(l * (l + 1)) for l in range(degree + 1) for _ in range(2 * l + 1)]
    return Spectrum(values, harmonics(degree), dim=2, volume=4 * math.pi, method="spherical harmonics")


S2 = sphere_spectrum(12)


@pytest.mark.parametrize("manifold", MANIFOLDS, ids=repr)
def test_symmetric_positive_and_a_function_of_distance(manifold):
    K = HeatKernel(manifold)
    x, y = manifold.sample(KEY, 4), manifold.sample(jax.random.key(1), 4)
    value = K(0.3, x, y)
    assert value.shape == (4,)
    assert bool(jnp.all(value > 0))
    np.testing.assert_allclose(value, K(0.3, y, x), rtol=1e-12)
    np.testing.assert_allclose(K.log(0.3, x, y), K.log_radial(0.3, manifold.distance(x, y)), rtol=1e-13)
    np.testing.assert_allclose(K.radial(0.3, 0.7), math.exp(float(K.log_radial(0.3, 0.7))), rtol=1e-14)
    table = K.matrix(0.3, x, y)
    np.testing.assert_allclose(jnp.diagonal(table), value, rtol=1e-13)
    np.testing.assert_allclose(K.matrix(0.3, x), K.matrix(0.3, x, x), rtol=1e-14)
    assert float(jnp.linalg.eigvalsh(K.matrix(0.3, x))[0]) > 0
    assert K(jnp.array([[0.3], [0.5]]), x, y[0]).shape == (2, 4)
    assert isinstance(K.method, Closed) and K.dim == manifold.dim


@pytest.mark.parametrize("manifold", [Euclidean(2), Sphere(2), HyperbolicSpace(3)], ids=repr)
def test_under_transformations(manifold):
    K, (x, y) = HeatKernel(manifold), manifold.sample(KEY, 2)
    direct = K.log(0.2, x, y)
    assert float(jax.jit(lambda k, t, a, b: k.log(t, a, b))(K, 0.2, x, y)) == pytest.approx(float(direct), rel=1e-13)
    gradient = jax.grad(lambda t: K.log(t, x, y))(0.2)
    assert float(gradient) == pytest.approx(float((K.log(0.2001, x, y) - K.log(0.1999, x, y)) / 2e-4), rel=1e-5)
    assert bool(jnp.all(jnp.isfinite(jax.grad(lambda a: K.log(0.2, a, x))(x))))
    single = K.log(0.2, x.astype(jnp.float32), y.astype(jnp.float32))
    assert single.dtype == jnp.float32
    assert float(single) == pytest.approx(float(direct), rel=2e-5)
    assert bool(jnp.isnan(eqx.filter_jit(K.log)(-1.0, x, y)))
    value, status = eqx.filter_jit(K.log_checked)(0.2, jnp.full_like(x, jnp.nan), y)
    assert bool(jnp.isnan(value)) and int(status) == Status.NAN_INPUT
    assert int(K.log_checked(0.0, x, y)[1]) == Status.OUTSIDE_CHART


def test_a_radius_scales_time_distance_and_density():
    small, large = HeatKernel(Sphere(3)), HeatKernel(Sphere(3, radius=2.5))
    assert float(large.log_radial(0.4 * 2.5**2, 1.1 * 2.5)) == pytest.approx(
        float(small.log_radial(0.4, 1.1)) - 3 * math.log(2.5), rel=1e-13
    )
    assert float(large.trace(0.4 * 2.5**2)) == pytest.approx(float(small.trace(0.4)), rel=1e-13)
    assert bool(jnp.isfinite(large.log_radial(1.0, 2.5 * math.pi)))
    method = Closed.hyperbolic(3, HyperbolicSpace(3).squared_distance, scale=2.0)
    derivative = jax.grad(lambda t: method.log_radial(t, jnp.asarray(1.0)))(jnp.asarray(0.5))
    assert bool(jnp.isfinite(derivative))


def test_heat_traces():
    for t in (0.05, 0.7):
        degrees = np.arange(60)
        one = 1 + 2 * np.sum(np.exp(-(degrees[1:] ** 2) * t))
        two = np.sum((2 * degrees + 1) * np.exp(-degrees * (degrees + 1) * t))
        three = np.sum((degrees + 1) ** 2 * np.exp(-degrees * (degrees + 2) * t))
        for n, trace in ((1, one), (2, two), (3, three)):
            assert float(HeatKernel(Sphere(n)).trace(t)) == pytest.approx(trace, rel=1e-12)
    t = 0.01
    small = 1 / t + 1 / 3 + t / 15 + 4 * t**2 / 315 + t**3 / 315
    assert float(HeatKernel(Sphere(2)).trace(t)) == pytest.approx(small, rel=1e-10)
    np.testing.assert_allclose(HeatKernel(Sphere(1)).trace(np.array([0.05, 0.7])).shape, (2,))


def test_spectrum_agrees_with_the_closed_form_within_its_bound():
    closed, spectral = HeatKernel(Sphere(2)), HeatKernel(S2)
    assert isinstance(spectral.method, Spectral)
    x, y = Sphere(2).sample(KEY, 6), Sphere(2).sample(jax.random.key(1), 6)
    for t in (0.02, 0.1, 0.3, 1.0):
        value, bound = spectral.with_bound(t, x, y)
        truth = closed(t, x, y)
        assert bool(jnp.all(jnp.abs(value - truth) <= bound)), t
        on_diagonal, bound = spectral.with_bound(t, x, x)
        assert bool(jnp.all(jnp.abs(on_diagonal - closed.radial(t, 0.0)) <= bound)), t
    np.testing.assert_allclose(spectral(0.3, x, y), closed(0.3, x, y), rtol=1e-11)
    np.testing.assert_allclose(spectral.log(0.3, x, y), closed.log(0.3, x, y), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(spectral.matrix(0.3, x, y), closed.matrix(0.3, x, y), rtol=1e-11)
    np.testing.assert_allclose(spectral.trace(0.3), closed.trace(0.3), rtol=1e-12)


def test_a_sum_that_means_nothing_has_no_logarithm():
    """169 exact modes at t = 0.01, theta = 2.5 sum to +0.0156 where the truth is e^-153."""
    K, x, y = HeatKernel(S2), jnp.array([0.0, 0.0]), jnp.array([2.5, 0.0])
    assert len(S2) == 169
    value, bound = K.with_bound(0.01, x, y)
    assert float(value) == pytest.approx(0.0156, abs=5e-5)
    truth = float(HeatKernel(Sphere(2)).log(0.01, x, y))
    assert truth == pytest.approx(-153.457, abs=1e-3)
    assert float(bound) > float(value)
    log, status = K.log_checked(0.01, x, y)
    assert bool(jnp.isnan(log)) and int(status) == Status.BELOW_BOUND
    assert bool(jnp.isnan(eqx.filter_jit(K.log)(0.01, x, y)))
    with pytest.raises(NumericError, match="smaller than the bound on its own error"):
        K.log(0.01, x, y)


def test_a_truncated_circle_and_an_interval_keep_their_bounds():
    """Neumann on (0, pi): the kernel at the boundary is twice that of the line, which the known pairs show."""

    def cosines(x):
        k = jnp.arange(1, 8)
        return jnp.concatenate([jnp.array([math.pi**-0.5]), math.sqrt(2 / math.pi) * jnp.cos(k * x[0])])

    K = HeatKernel(Spectrum([float(k * k) for k in range(8)], cosines, dim=1, volume=math.pi))
    for t in (0.001, 0.01, 0.05, 0.2):
        for x in (0.0, 0.4, math.pi / 2):
            images = [math.exp(-((2 * math.pi * k) ** 2) / (4 * t)) for k in range(-9, 10)]
            mirror = [math.exp(-((2 * x + 2 * math.pi * k) ** 2) / (4 * t)) for k in range(-9, 10)]
            truth = (math.fsum(images) + math.fsum(mirror)) / math.sqrt(4 * math.pi * t)
            value, bound = K.with_bound(t, [x], [x])
            assert abs(float(value) - truth) <= float(bound)


def test_a_complete_spectrum_is_exact():
    """A cycle of five vertices: the kernel is the exponential of the matrix."""
    a = 2 * np.eye(5) - np.roll(np.eye(5), 1, 0) - np.roll(np.eye(5), -1, 0)
    values, vectors = np.linalg.eigh(a)
    modes = Spectrum(values, lambda x: jnp.asarray(vectors)[x[0].astype(int)], dim=1, complete=True)
    K, vertices = HeatKernel(modes), np.arange(5.0)[:, None]
    np.testing.assert_allclose(K.matrix(0.3, vertices), jax.scipy.linalg.expm(-0.3 * a), atol=1e-14)
    value, bound = K.with_bound(0.3, vertices[0], vertices[2])
    assert 0 < float(bound) < 1e-13 < float(value)
    assert K.report().bound == "proved"


def test_reports():
    for source in (Sphere(2), S2):
        K = HeatKernel(source)
        report = K.report()
        assert isinstance(report, HeatKernelReport)
        assert report.bound == "estimate"
        assert "bound: estimate" in repr(report) and report._repr_html_().startswith("<table>")
    assert repr(HeatKernel(Sphere(2))) == "HeatKernel(closed form on S^2)"
    assert repr(HeatKernel(S2)) == "HeatKernel(sum over 169 eigenpairs (spherical harmonics))"
    assert HeatKernel(S2).report().truncation == "eigenvalues above 156"


def test_closed_bounds_are_small():
    value, bound = HeatKernel(Sphere(2)).with_bound(0.1, [1.0, 0.0], [2.0, 0.5])
    assert 0 < float(bound) < 1e-12 * float(value)


@pytest.mark.parametrize("t", [0.0, -1.0, math.nan, math.inf])
def test_times_must_be_positive(t):
    K = HeatKernel(Sphere(2))
    calls = (
        lambda: K(t, [1.0, 0.0], [1.0, 1.0]),
        lambda: K.log(t, [1.0, 0.0], [1.0, 1.0]),
        lambda: K.radial(t, 1.0),
        lambda: K.trace(t),
        lambda: K.matrix(t, np.ones((2, 2))),
    )
    for call in calls:
        with pytest.raises(ChartError, match=f"t = {t:g} must be a positive, finite time"):
            call()


def test_refusals():
    K = HeatKernel(Sphere(2))
    x, y = [1.0, 0.0], [1.0, 1.0]
    with pytest.raises(ShapeError, match=r"x has shape \(3,\); expected \(..., 2\)"):
        K(0.1, [1.0, 2.0, 3.0], y)
    with pytest.raises(ShapeError, match="do not broadcast over leading axes"):
        K(0.1, np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ShapeError, match="do not broadcast over leading axes"):
        K(np.ones(3), np.ones((2, 2)), y)
    with pytest.raises(ShapeError, match=r"expected \(..., points, 2\)"):
        K.matrix(0.1, x)
    with pytest.raises(ShapeError, match=r"t of shape .* and r of shape"):
        K.radial(np.ones(3), np.ones(2))
    with pytest.raises(ChartError, match="NaN or infinite"):
        K(0.1, x, [1.0, math.nan])
    for r in (-0.1, 3.2, math.nan):
        with pytest.raises(ChartError, match=f"r = {r:g} is not a distance"):
            K.log_radial(0.1, r)
    with pytest.raises(ChartError, match="r = 7 is not a distance"):
        HeatKernel(Sphere(2, radius=2.0)).radial(0.1, 7.0)
    assert bool(jnp.isnan(eqx.filter_jit(K.log_radial)(0.1, 3.2)))
    with pytest.raises(MetricError, match=r"heat trace of H\^2 is infinite"):
        HeatKernel(HyperbolicSpace(2)).trace(0.1)
    with pytest.raises(NoClosedForm, match="no function of distance alone"):
        HeatKernel(S2).radial(0.1, 1.0)
    with pytest.raises(NoClosedForm, match=r"int has no heat kernel; give a manifold .* or a riemlearn.Spectrum"):
        HeatKernel(3)
    with pytest.raises(NoClosedForm, match="has no heat kernel"):
        HeatKernel(Sphere(2).metric)
    with pytest.raises(NoClosedForm, match=r"S\^1, S\^2 and S\^3, got dim = 5"):
        HeatKernel(Sphere(5))
    with pytest.raises(ShapeError, match="array of real numbers"):
        K.trace("soon")


def test_the_gradient_with_respect_to_the_scale_flows():
    method = lambda a: Closed.sphere(2, a, Sphere(2).squared_distance)  # noqa: E731
    f = lambda a: method(a).log_radial(jnp.asarray(0.3), jnp.asarray(1.0))  # noqa: E731
    numeric = (f(1.5001) - f(1.4999)) / 2e-4
    assert float(jax.grad(f)(1.5)) == pytest.approx(float(numeric), rel=1e-5)
    assert float(f(1.0)) == pytest.approx(float(sphere.log_radial(0.3, 1.0, 2)), rel=1e-14)


def test_eigenfunctions_that_are_not_finite_are_seen():
    K = HeatKernel(Spectrum([0.0, 1.0], lambda x: jnp.stack([jnp.log(x[0]), x[0]]), dim=1))
    assert bool(jnp.isfinite(K(0.5, [1.0], [2.0])))
    with pytest.raises(NumericError, match="not finite"):
        K(0.5, [0.0], [1.0])
    with pytest.raises(NumericError, match="not finite"):
        K.matrix(0.5, [[0.0], [1.0]])


def test_no_warning_on_the_way():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        HeatKernel(Sphere(2))(0.1, np.ones(2), np.zeros(2))


@pytest.mark.parametrize(
    "manifold",
    [Euclidean(2), Sphere(3, radius=2.0), *(HyperbolicSpace(3, m) for m in ("ball", "half_space", "hyperboloid"))],
    ids=repr,
)
def test_heat_equation_where_the_points_meet(manifold):
    """The distance has no second derivative at x = y, but the kernel does: Delta K = dK/dt there as elsewhere."""
    K, y = HeatKernel(manifold), manifold.sample(KEY, 1)[0]
    laplacian = manifold.laplacian(lambda x: K(0.1, x, y))(y)
    assert float(laplacian) == pytest.approx(float(jax.grad(lambda t: K(t, y, y))(0.1)), rel=1e-10)


@pytest.mark.parametrize(
    ("manifold", "inside", "outside"),
    [
        (HyperbolicSpace(2), [0.1, 0.2], [[1.5, 0.0], [0.0, -1.0]]),
        (HyperbolicSpace(2, "half_space"), [0.1, 0.2], [[0.0, -1.0], [1.0, 0.0]]),
    ],
    ids=repr,
)
def test_points_outside_the_chart_have_no_kernel(manifold, inside, outside):
    """Two points outside would give a number, that of no distance."""
    K = HeatKernel(manifold)
    for far in outside:
        where = f"x = \\({far[0]:g}, {far[1]:g}\\).*: the point lies outside the domain"
        for x, y in ((far, inside), (inside, far), (far, outside[0])):
            with pytest.raises(ChartError, match=r"heat kernel at x = .* lies outside the domain"):
                K(0.1, x, y)
            assert int(K.log_checked(0.1, x, y)[1]) == Status.OUTSIDE_CHART
        with pytest.raises(ChartError, match=where):
            K.log(0.1, inside, far)
        with pytest.raises(ChartError, match=where):
            K.matrix(0.1, [inside], [inside, far])
        assert bool(jnp.isnan(eqx.filter_jit(K)(0.1, jnp.array(far), jnp.array(far))))
