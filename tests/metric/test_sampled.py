"""Geometry from samples of known manifolds, with noise and without: values, errors, convergence, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn import Connection, Metric
from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.metric import intrinsic_dimension, sample_geometry
from riemlearn.metric.local_fit import coefficient_count, local_fit
from riemlearn.metric.samples import Samples

QUANTITIES = ("metric", "christoffel", "riemann", "ricci", "scalar", "second_fundamental_form", "mean_curvature")


def turned(points, d, rng):
    """Points in a random position in R^d."""
    return points @ np.linalg.qr(rng.normal(size=(d, d)))[0][:, : points.shape[1]].T + rng.normal(size=d)


def sphere(count, k, d, rng, radius=1.0):
    points = rng.normal(size=(count, k + 1))
    points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    return turned(points, d, rng), np.full(count, k * (k - 1) / radius**2)


def torus(count, k, d, rng):
    u, v = rng.uniform(0, 2 * np.pi, (2, 3 * count))
    u, v = (angle[rng.uniform(0, 3, 3 * count) < 2 + np.cos(u)][:count] for angle in (u, v))
    points = np.stack([(2 + np.cos(u)) * np.cos(v), (2 + np.cos(u)) * np.sin(v), np.sin(u)], axis=-1)
    return turned(points, d, rng), 2 * np.cos(u) / (2 + np.cos(u))


def saddle(count, k, d, rng):
    x, y = rng.uniform(-1, 1, (2, count))
    points = np.stack([x, y, (x**2 - y**2) / 2], axis=-1)
    return turned(points, d, rng), -2 / (1 + x**2 + y**2) ** 2


def plane(count, k, d, rng):
    return turned(rng.uniform(-1, 1, (count, k)), d, rng), np.zeros(count)


MANIFOLDS = {"S2": (sphere, 2, 3), "torus": (torus, 2, 5), "S3": (sphere, 3, 20), "saddle": (saddle, 2, 3)}


@pytest.mark.parametrize("noise", [0.0, 3e-3])
@pytest.mark.parametrize("name", MANIFOLDS)
def test_errors_cover_the_truth(name, noise):
    make, k, d = MANIFOLDS[name]
    rng = np.random.default_rng(3)
    points, truth = make(2000, k, d, rng)
    found = sample_geometry(points + noise * rng.normal(size=points.shape), k, 36, order=2, at=np.arange(96))
    miss = np.abs(found.scalar.value - truth[:96])
    assert np.mean(miss < 3 * found.scalar.error) >= 0.9
    assert np.mean(miss < found.scalar.error) >= 0.4
    assert np.median(found.scalar.error) < 12 * np.median(miss)  # and are no larger than they need be
    if noise == 0:
        assert np.sqrt(np.mean(miss**2)) < 0.12 * k * (k - 1)


def test_plane_is_flat():
    points, _ = plane(400, 2, 6, np.random.default_rng(0))
    found = sample_geometry(points, 2, 20, order=2)
    for name in ("scalar", "riemann", "christoffel", "second_fundamental_form"):
        assert np.max(np.abs(getattr(found, name).value)) < 1e-9
        assert np.max(getattr(found, name).error) < 1e-9
    np.testing.assert_allclose(found.metric.value, np.broadcast_to(np.eye(2), (400, 2, 2)), atol=1e-12)
    assert sample_geometry(points[:, :2], 2, 20, order=2, at=[0]).scalar.value[0] == 0  # no normal direction at all


def test_noise_on_a_plane_is_covered():
    rng = np.random.default_rng(1)
    points, _ = plane(1500, 2, 4, rng)
    found = sample_geometry(points + 5e-3 * rng.normal(size=points.shape), 2, 48, order=2, at=np.arange(96))
    assert np.mean(np.abs(found.scalar.value) < 3 * found.scalar.standard_error) >= 0.9
    assert np.median(np.abs(found.scalar.value)) > 1e-3


@pytest.mark.parametrize(("name", "least"), [("S2", 1.6), ("torus", 1.5)])
def test_order_of_convergence(name, least):
    make, k, d = MANIFOLDS[name]
    counts, errors, biases = (500, 2000, 8000), [], []
    for count in counts:
        points, truth = make(count, k, d, np.random.default_rng(2))
        found = sample_geometry(points, k, 24, order=3, at=np.arange(64))
        errors.append(np.sqrt(np.mean((found.scalar.value - truth[:64]) ** 2)))
        biases.append(np.sqrt(np.mean(found.scalar.bias**2)))
    # the distance of neighbours is proportional to count**(-1/2)
    slope = -2 * np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert least < slope < 3
    assert all(0.3 < bias / error < 3 for bias, error in zip(biases, errors, strict=True))


def test_tensors_of_a_sphere():
    points, _ = sphere(4000, 2, 3, np.random.default_rng(4), radius=2.0)
    found = sample_geometry(points, 2, 24, order=3, at=np.arange(32))
    eye = np.eye(2)
    riemann = (np.einsum("ac,bd->abcd", eye, eye) - np.einsum("ad,bc->abcd", eye, eye)) / 4
    np.testing.assert_allclose(found.riemann.value, np.broadcast_to(riemann, (32, 2, 2, 2, 2)), atol=5e-3)
    np.testing.assert_allclose(found.ricci.value, np.broadcast_to(eye / 4, (32, 2, 2)), atol=5e-3)
    np.testing.assert_allclose(found.metric.value, np.broadcast_to(eye, (32, 2, 2)), atol=1e-6)
    assert np.max(np.abs(found.christoffel.value)) < 1e-3
    # |H| = 2 / r, towards the centre, normal to the tangent frame
    mean = found.mean_curvature.value
    np.testing.assert_allclose(np.linalg.norm(mean, axis=1), 1.0, atol=1e-2)
    np.testing.assert_allclose(np.einsum("bkd,bd->bk", found.tangent, mean), 0, atol=1e-3)
    form = found.second_fundamental_form.value
    np.testing.assert_allclose(np.einsum("baad->bd", form), mean, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.tangent, axis=2), 1, atol=1e-12)
    for name in QUANTITIES:
        estimate = getattr(found, name)
        assert estimate.value.shape == estimate.standard_error.shape == estimate.bias.shape
        assert np.all(estimate.error >= 0)


def test_leave_one_out_is_what_leaving_one_out_gives():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(16, 3)) * [1, 1, 0.1]
    points = points[np.argsort(np.linalg.norm(points - points[0], axis=1))]
    fit = local_fit(points, 2, 2)
    coordinates = (points - fit.centre) / fit.radius
    t, height = coordinates @ fit.tangent.T, coordinates @ fit.normal.T
    design = np.stack([np.ones(16), t[:, 0], t[:, 1], t[:, 0] ** 2, t[:, 0] * t[:, 1], t[:, 1] ** 2], axis=-1)
    root = 1 - (np.linalg.norm(points - points[0], axis=1) / (1.05 * fit.radius)) ** 2
    for i in (0, 7, 15):
        kept = np.arange(16) != i
        expected = np.linalg.lstsq((design * root[:, None])[kept], (height * root[:, None])[kept], rcond=None)[0]
        np.testing.assert_allclose(fit.coefficients[1 + i], expected, rtol=1e-8, atol=1e-10)
        if i == 0:
            predicted = fit.radius * np.linalg.norm(height[0] - design[0] @ expected)
            assert abs(fit.prediction_error - predicted) < 1e-10
    np.testing.assert_allclose(fit.tangent @ fit.normal.T, 0, atol=1e-14)
    assert 1 < fit.condition < 1e4


def test_a_metric_around_one_sample():
    points, _ = sphere(3000, 2, 4, np.random.default_rng(6))
    metric = Metric.from_samples(points, at=17, dim=2, neighbours=40, order=3)
    batch = sample_geometry(points, 2, 40, order=3, at=[17])
    assert metric.index == 17
    nabla = Connection(metric)
    for part, other in zip(metric.estimate("scalar"), batch.scalar, strict=True):
        np.testing.assert_allclose(part, other[0], rtol=1e-9)
    np.testing.assert_allclose(nabla.scalar([0.0, 0.0]), batch.scalar.value[0], rtol=1e-9)
    np.testing.assert_allclose(metric([0.0, 0.0]), batch.metric.value[0], atol=1e-12)
    np.testing.assert_allclose(nabla.christoffel([0.0, 0.0]), batch.christoffel.value[0], atol=1e-12)
    # near the sample the graph is the sphere: g = 1 + t t^T / (1 - |t|^2), and the map finds the neighbours
    t = np.array([[0.02, -0.01], [-0.01, 0.03]])
    expected = np.eye(2) + t[:, :, None] * t[:, None, :] / (1 - np.sum(t**2, axis=1))[:, None, None]
    np.testing.assert_allclose(metric(t), expected, atol=1e-4)
    near = points[np.argsort(np.linalg.norm(points - points[17], axis=1))[:20]]
    np.testing.assert_allclose(metric.immersion(metric.coordinates(near)), near, atol=1e-3)
    found = metric.estimate("christoffel", t)
    assert found.value.shape == (2, 2, 2, 2)
    assert np.all(np.abs(found.value - np.asarray(nabla.christoffel(t))) < 1e-12)
    # it is a map like any other: traceable, with directions, a function of its own
    assert np.isfinite(jax.jit(jax.grad(lambda x: nabla.scalar(x)))(jnp.asarray(t[0]))).all()
    np.testing.assert_allclose(nabla.ricci_quadratic(t, [1.0, 0.0]), nabla.ricci(t)[:, 0, 0], rtol=1e-8)
    np.testing.assert_allclose(metric.inner(t, [1.0, 0.0], [0.0, 1.0]), metric(t)[:, 0, 1], atol=1e-14)
    np.testing.assert_allclose(metric.numeric()(t), metric(t), atol=1e-12)
    np.testing.assert_allclose(metric.regularised(0.5)(t), metric(t) + 0.5 * jnp.eye(2), atol=1e-12)
    assert metric.diagnose(t).rank.tolist() == [2, 2]
    with pytest.raises(ChartError, match=r"the ball of radius .* of its neighbours"):
        metric([5.0, 0.0])
    with pytest.raises(ChartError):
        metric.estimate("scalar", [5.0, 0.0])
    assert Metric.from_samples(points, at=points[17] + 1e-6, dim=2, neighbours=40, order=3).index == 17


def test_neighbours_and_order_are_chosen():
    rng = np.random.default_rng(7)
    points, truth = torus(1500, 2, 3, rng)
    noisy = points + 0.02 * rng.normal(size=points.shape)
    clean, rough = (sample_geometry(p, 2, at=np.arange(32)) for p in (points, noisy))
    assert clean.neighbourhood.neighbours < rough.neighbourhood.neighbours
    scores = clean.neighbourhood.scores
    assert {order for order, _, _ in scores} == {2, 3}
    lowest = min(score for _, _, score in scores)
    (taken,) = (score for *pair, score in scores if pair == [clean.neighbourhood.order, clean.neighbourhood.neighbours])
    assert taken < 1.3 * lowest < max(score for _, _, score in scores)
    miss = np.abs(rough.scalar.value - truth[:32])
    assert np.mean(miss < 3 * rough.scalar.error) >= 0.9
    one = Metric.from_samples(points, at=3, dim=2, order=2)
    assert {order for order, _, _ in one.neighbourhood.scores} == {2}


def test_dimension_is_estimated_when_it_is_not_given():
    points, _ = sphere(1000, 3, 8, np.random.default_rng(8))
    found = sample_geometry(points, neighbours=20, order=2, at=[0])
    assert found.neighbourhood.dim == 3
    assert abs(found.neighbourhood.dimension.value - 3) < 3 * found.neighbourhood.dimension.standard_error


def test_duplicates_count_once_and_dtype_follows():
    points, _ = sphere(600, 2, 3, np.random.default_rng(9))
    twice = np.concatenate([points, points[:50]])
    found = sample_geometry(twice, 2, 20, order=2, at=[3, 603])
    assert found.neighbourhood.duplicates == 50
    assert (
        found.scalar.value[0]
        == found.scalar.value[1]
        == sample_geometry(points, 2, 20, order=2, at=[3]).scalar.value[0]
    )
    single = sample_geometry(points.astype(np.float32), 2, 20, order=2, at=[3])
    assert single.scalar.value.dtype == single.tangent.dtype == np.float32
    np.testing.assert_allclose(single.scalar.value, found.scalar.value[:1], rtol=1e-3)
    assert Samples.of(twice).first.tolist() == list(range(600))


def test_neighbours_that_determine_no_fit():
    rng = np.random.default_rng(10)
    points, _ = plane(300, 2, 3, rng)
    line = np.stack([np.arange(12.0), np.zeros(12), np.zeros(12)], axis=-1) + 100
    both = np.concatenate([points, line])
    with pytest.raises(MetricError, match=r"the 9 neighbours of sample 305 determine no polynomial of order 2"):
        sample_geometry(both, 2, 9, order=2, at=[0, 305])
    with pytest.raises(MetricError, match="neighbours of sample 305 determine no polynomial"):
        Metric.from_samples(both, at=305, dim=2, neighbours=9, order=2)
    found = sample_geometry(both, 2, 9, order=2, at=[0, 305], on_degenerate="nan")
    assert np.isfinite(found.scalar.value).tolist() == [True, False]
    assert np.isinf(found.condition).tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"dim": 3, "neighbours": 8, "order": 2},
            r"order 2 in 3 coordinates has 10 coefficients and needs at least 12 ne",
        ),
        ({"dim": 2, "neighbours": 200}, r"takes 200 neighbours, but there are only 100 different samples"),
        ({"dim": 4}, "dim = 4, but the samples lie in a space of dimension 3"),
        ({"dim": 0}, "dim must be an integer >= 1"),
        ({"dim": 2, "order": 4}, "order must be one of"),
        ({"dim": 2, "at": [100]}, "at = 100 is no index of 100 samples"),
        ({"dim": 2, "at": [0.5]}, "at must be indices of samples"),
        ({"dim": 2, "at": np.zeros(0, int)}, "at must name at least one sample"),
        ({"dim": 2, "on_degenerate": "skip"}, "on_degenerate must be one of"),
    ],
)
def test_static_mistakes(arguments, message):
    points = np.random.default_rng(0).normal(size=(100, 3))
    with pytest.raises(ShapeError, match=message):
        sample_geometry(points, **arguments)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(3), r"values must have shape \(N, d\)"),
        ([[1.0], [1.0, 2.0]], "values is not an array of numbers"),
        (np.full((5, 2), 1.0), "at least two different samples, got 1 in 5 rows"),
        (np.array([[0.0], [np.nan]]), "sample 1 is not finite"),
    ],
)
def test_what_are_no_samples(values, message):
    with pytest.raises(ShapeError, match=message):
        Samples.of(values)


def test_a_place_must_be_named():
    points = np.random.default_rng(0).normal(size=(100, 3))
    with pytest.raises(ShapeError, match=r"samples have no chart in common; say at=\.\.\. .*sample_geometry"):
        Metric.from_samples(points, dim=2)
    with pytest.raises(ShapeError, match=r"at must be the index of a sample, or a point of shape \(3,\)"):
        Metric.from_samples(points, at=[0.0], dim=2)
    with pytest.raises(ShapeError, match="estimate: quantity must be one of"):
        Metric.from_samples(points, at=0, dim=2, neighbours=20, order=2).estimate("weyl")


def test_counts_of_coefficients():
    assert [coefficient_count(k, 2) for k in (1, 2, 3)] == [3, 6, 10]
    assert coefficient_count(2, 3) == 10


@pytest.mark.parametrize(("k", "d"), [(1, 3), (2, 3), (5, 12)])
def test_two_nearest_neighbours(k, d):
    estimates = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        found = intrinsic_dimension(sphere(600, k, d, rng)[0] if k > 1 else turned(circle(600, rng), d, rng))
        estimates.append((found.value, found.standard_error))
    values, errors = np.array(estimates).T
    # the error is that of the scatter, and neighbours are so near that the curvature does not matter
    assert 0.5 < np.std(values) / np.mean(errors) < 1.7
    assert abs(np.mean(values) - k) < 0.04 * k + 3 * np.mean(errors) / np.sqrt(12)


def circle(count, rng):
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def test_local_principal_components():
    rng = np.random.default_rng(0)
    points, _ = sphere(1500, 2, 10, rng)
    found = intrinsic_dimension(points + 0.005 * rng.normal(size=points.shape), "local_pca")
    assert found.nearest == 2
    assert found.local.shape == (1500,)
    assert str(found).endswith("(local_pca)")
    ball = rng.normal(size=(1500, 6))
    assert intrinsic_dimension(ball, "local_pca", neighbours=60, explained=0.99).nearest == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: intrinsic_dimension(v, "mle"), "method must be one of"),
        (lambda v: intrinsic_dimension(v[:3]), "two_nn needs at least 4 different samples, got 3"),
        (lambda v: intrinsic_dimension(v, "local_pca", neighbours=99), "neighbours = 99, but there are only 40"),
        (lambda v: intrinsic_dimension(v, "local_pca", explained=1.0), "explained must lie between 0 and 1"),
        (lambda v: intrinsic_dimension(np.indices((5, 5)).reshape(2, -1).T), "lie on a regular grid; use local_pca"),
    ],
)
def test_dimension_refuses(call, message):
    with pytest.raises(ShapeError, match=message):
        call(np.random.default_rng(0).normal(size=(40, 3)))
