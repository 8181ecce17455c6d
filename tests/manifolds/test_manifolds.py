"""The catalogue: curvature, distance, volume, samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, ShapeError
from riemlearn.manifolds import Euclidean, HyperbolicSpace, Sphere

MODELS = ("ball", "half_space", "hyperboloid")
ALL = [Euclidean(1), Euclidean(3), Sphere(1), Sphere(2), Sphere(2, radius=2.5), Sphere(3), Sphere(4, radius=0.5)]
ALL += [HyperbolicSpace(n, model) for n in (2, 3) for model in MODELS]
CURVATURE = {Euclidean: lambda M: 0, Sphere: lambda M: 1 / M.radius**2, HyperbolicSpace: lambda M: -1}


@pytest.fixture(params=ALL, ids=repr)
def M(request):
    return request.param


def test_constant_curvature(M):
    K, n = CURVATURE[type(M)](M), M.dim
    np.testing.assert_allclose(float(M.connection.scalar.expr), n * (n - 1) * K, rtol=1e-15)
    x = M.sample(jax.random.key(0), 3)
    if n > 1:
        u, v = jnp.eye(n)[0], jnp.ones(n)
        np.testing.assert_allclose(M.connection.sectional(x, u, v), K, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("M", [Sphere(2), Sphere(3), Sphere(2, radius=2)], ids=repr)
def test_a_distance_ends_where_the_chart_does(M):
    pole, inside = np.zeros(M.dim), np.ones(M.dim)
    np.testing.assert_allclose(M.distance(pole, inside), M.radius, rtol=1e-15)
    beyond = inside + np.pi * np.eye(M.dim)[0]
    for x, y in ((beyond, inside), (inside, beyond)):
        with pytest.raises(ChartError, match=r"= 4.14159 is not in \(0, 3.14159\) with poles at its ends"):
            M.distance(x, y)
    assert np.isnan(jax.jit(M.distance)(inside, beyond))


def test_the_embedding_is_isometric(M):
    if M.embedding is None:
        assert isinstance(M, HyperbolicSpace)
        return
    x = M.sample(jax.random.key(0), 4)
    pulled_back = rl.Metric.from_embedding(M.embedding, dim=M.dim)
    np.testing.assert_allclose(pulled_back(x), M.metric(x), atol=1e-13)
    if isinstance(M, Sphere):
        np.testing.assert_allclose(jnp.linalg.norm(pulled_back.immersion(x), axis=-1), M.radius, rtol=1e-14)


def test_the_sphere_stands_upright():
    np.testing.assert_allclose(
        Sphere(2).embedding(jnp.array([0.3, 0.5])), [np.sin(0.3) * np.cos(0.5), np.sin(0.3) * np.sin(0.5), np.cos(0.3)]
    )


def test_distance_is_a_metric(M):
    x, y, z = M.sample(jax.random.key(3), 30).reshape(3, 10, M.dim)
    np.testing.assert_allclose(M.distance(x, y), M.distance(y, x), rtol=1e-14)
    np.testing.assert_array_equal(M.distance(x, x), 0)
    assert bool((M.distance(x, z) <= M.distance(x, y) + M.distance(y, z) + 1e-12).all())


def test_distance_is_the_length_of_short_steps(M):
    x = M.sample(jax.random.key(4), 3)
    v = jax.random.normal(jax.random.key(5), x.shape)
    step = 1e-5
    ends = M.distance(x - step / 2 * v, x + step / 2 * v) / step
    np.testing.assert_allclose(ends, M.metric.norm(x, v), rtol=1e-8)


def test_distance_has_unit_gradient(M):
    """|grad d(., y)| = 1, the eikonal equation."""
    x, y = M.sample(jax.random.key(6), 2)
    slope = jax.grad(lambda p: M.distance(p, y))(x)
    np.testing.assert_allclose(slope @ M.metric.inverse(x) @ slope, 1.0, rtol=1e-9)
    assert bool(jnp.isfinite(jax.grad(lambda p: M.distance(p, x))(x)).all())


def test_antipodes_and_tiny_distances_keep_their_digits():
    M = Sphere(2, radius=3)
    np.testing.assert_allclose(M.distance([0.5, 0.0], [np.pi - 0.5, np.pi]), 3 * np.pi, rtol=1e-15)
    np.testing.assert_allclose(M.distance([1.0, 0.0], [1.0 + 1e-9, 0.0]), 3e-9, rtol=1e-6)


def test_squared_distance_is_smooth_where_the_points_meet(M):
    """Its second derivative there is twice the metric."""
    x = M.sample(jax.random.key(6), 1)[0]
    second = jax.hessian(lambda p: M.squared_distance(p, x))(x)
    np.testing.assert_allclose(second, 2 * M.metric(x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("M", "inside", "outside", "message"),
    [
        (HyperbolicSpace(2), [0.1, 0.2], [1.5, 0.0], r"x = \(1.5, 0\): .* not in the open unit ball"),
        (HyperbolicSpace(2, "half_space"), [0.1, 0.2], [0.0, -1.0], r"x = \(0, -1\): .* x2 = -1 is not in \(0, inf\)"),
        (Sphere(2), [0.1, 0.2], [0.1, np.nan], "NaN or infinite"),
        (Euclidean(2), [0.1, 0.2], [np.inf, 0.2], "NaN or infinite"),
    ],
    ids=repr,
)
def test_points_outside_the_chart_have_no_distance(M, inside, outside, message):
    for x, y in ((inside, outside), (outside, inside), (outside, outside)):
        with pytest.raises(ChartError, match=message):
            M.distance(x, y)
        assert bool(jnp.isnan(jax.jit(M.distance)(jnp.array(x), jnp.array(y))))
    with pytest.raises(ShapeError, match=r"x of shape \(2, 2\) and y of shape \(3, 2\) do not broadcast"):
        M.distance(np.full((2, 2), 0.1), np.full((3, 2), 0.1))


def test_the_three_models_are_one_space():
    """The same draw is the same point in every model."""
    distances = []
    for model in MODELS:
        M = HyperbolicSpace(3, model)
        x = M.sample(jax.random.key(7), 12)
        distances.append(M.distance(x[:6], x[6:]))
    np.testing.assert_allclose(distances[0], distances[1], rtol=1e-12)
    np.testing.assert_allclose(distances[0], distances[2], rtol=1e-12)


def test_samples_are_inside_and_the_same_for_the_same_key(M):
    x = M.sample(jax.random.key(8), 50)
    assert x.shape == (50, M.dim) and bool(M.chart.contains(x).all())
    np.testing.assert_array_equal(x, M.sample(jax.random.key(8), 50))
    assert not bool((x == M.sample(jax.random.key(9), 50)).any())


@pytest.mark.parametrize("n", [2, 3])
def test_samples_of_the_sphere_are_uniform(n):
    """Second moments of uniform points on S^n are 1 / (n + 1); 4000 points give them to about 3 %."""
    points = jax.vmap(Sphere(n).embedding)(Sphere(n).sample(jax.random.key(10), 4000))
    np.testing.assert_allclose(points.T @ points / 4000, jnp.eye(n + 1) / (n + 1), atol=0.03)


@pytest.mark.parametrize("M", [Euclidean(2), HyperbolicSpace(2), HyperbolicSpace(2, "half_space")], ids=repr)
def test_samples_of_a_ball_are_uniform(M):
    """Half the radius holds 1/4 of a Euclidean disc, (cosh 1 - 1) / (cosh 2 - 1) of a hyperbolic one."""
    origin = jnp.array([0.0, 1.0 if getattr(M, "model", "") == "half_space" else 0.0])
    inner = (M.distance(M.sample(jax.random.key(11), 4000), origin) < 1).mean()
    share = 0.25 if isinstance(M, Euclidean) else (np.cosh(1) - 1) / (np.cosh(2) - 1)
    np.testing.assert_allclose(inner, share, atol=0.025)


def test_volume():
    np.testing.assert_allclose(Sphere(2, radius=2).volume, 16 * np.pi, rtol=1e-15)
    np.testing.assert_allclose(Sphere(3).volume, 2 * np.pi**2, rtol=1e-15)
    assert Euclidean(2).volume == HyperbolicSpace(2).volume == np.inf


def test_heat_kernel_is_that_of_the_distance(M):
    if isinstance(M, Sphere) and M.dim > 3:
        return
    x, y = M.sample(jax.random.key(12), 2)
    kernel = M.heat_kernel
    np.testing.assert_allclose(kernel.log(0.3, x, y), kernel.log_radial(0.3, M.distance(x, y)), rtol=1e-13)


def test_representations_evaluate():
    for M in [*ALL, Sphere(2, radius=np.float32(0.5))]:
        assert repr(eval(repr(M))) == repr(M)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Euclidean(0), "Euclidean: the dimension must be an integer >= 1, got 0"),
        (lambda: Sphere(-1), "Sphere: the dimension must be an integer >= 1"),
        (lambda: HyperbolicSpace(1), "HyperbolicSpace: the dimension must be an integer >= 2"),
        (lambda: Sphere(2, radius=0), "Sphere: the radius must be a positive number, got 0"),
        (lambda: Sphere(2, radius=float("nan")), "the radius must be a positive number"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ShapeError, match=message):
        make()


def test_surfaces_draw_themselves():
    html = Sphere(2)._repr_html_()
    assert "Sphere(2)" in html and "data:image/png" in html
    assert Sphere(3)._repr_html_() is None and HyperbolicSpace(2)._repr_html_() is None
