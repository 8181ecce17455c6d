"""Chunks give the numbers of the whole batch, within their memory; what fails is named."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import BudgetError, ChartError, DegenerateError, PrecisionWarning, ShapeError
from riemlearn.parallel import chunked
from riemlearn.parallel.program import compiled

POINTS = np.random.default_rng(3).uniform(-2.0, 2.0, (1001, 3))


def powers(x):
    return {"outer": x[:, :, None] * x[:, None, :], "signs": (jnp.sum(x, axis=1) > 0, jnp.sin(x[:, 0]))}


def chunk_sizes(*arguments, **options):
    """Sizes of the chunks of a run, and its result."""
    done = []
    found = chunked(*arguments, **options, progress=lambda count, total: done.append(count))
    return np.diff(done).tolist(), found


def test_a_pytree_over_several_chunks():
    sizes, found = chunk_sizes(powers, POINTS, budget="20 kB")
    assert len(sizes) > 3
    np.testing.assert_array_equal(found["outer"], POINTS[:, :, None] * POINTS[:, None, :])
    np.testing.assert_array_equal(found["signs"][0], POINTS.sum(axis=1) > 0)
    np.testing.assert_allclose(found["signs"][1], np.sin(POINTS[:, 0]), rtol=1e-15)
    assert found["signs"][0].dtype == bool
    assert all(type(leaf) is np.ndarray for leaf in jax.tree.leaves(found))


def test_a_quantity_of_a_connection():
    # Flamm's paraboloid with r_s = 1, r = 1 + v^2: K = -1 / (2 r^3)
    def flamm(x):
        r = 1 + x[1] ** 2
        return jnp.stack([r * jnp.cos(x[0]), r * jnp.sin(x[0]), 2 * x[1]])

    nabla = rl.Connection(rl.Metric.from_embedding(flamm, dim=2))
    points = np.random.default_rng(0).uniform(0.2, 1.5, (700, 2))
    np.testing.assert_allclose(
        chunked(nabla.scalar, points, budget="50 kB"), -1 / (1 + points[:, 1] ** 2) ** 3, rtol=1e-11
    )


@pytest.mark.parametrize("points", [POINTS[:2].tolist(), jnp.asarray(POINTS[:1]), np.ones((5, 3), int), POINTS[:0]])
def test_points_of_any_kind(points):
    found = chunked(powers, points)
    np.testing.assert_array_equal(found["outer"], np.asarray(powers(jnp.asarray(points, float))["outer"]))
    assert found["outer"].dtype == np.float64


def test_the_type_of_the_points_stays():
    assert chunked(jnp.sin, POINTS.astype(np.float32)).dtype == np.float32


def test_digits_are_not_lost_silently():
    with jax.enable_x64(False), pytest.warns(PrecisionWarning, match="points has 64-bit precision"):
        assert chunked(jnp.sin, POINTS[:3]).dtype == np.float32


def test_points_in_a_file(tmp_path):
    np.save(tmp_path / "points.npy", POINTS)
    points = np.load(tmp_path / "points.npy", mmap_mode="r", allow_pickle=False)
    np.testing.assert_array_equal(chunked(lambda x: x + 1, points, budget="10 kB"), POINTS + 1)


# -- the size of a chunk ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", ["20 kB", 20_000, 2e4, "0.02 MB", " 20kB"])
def test_a_budget_in_several_writings(budget):
    sizes, _ = chunk_sizes(powers, POINTS, budget=budget)
    assert sizes == chunk_sizes(powers, POINTS, budget=20_000)[0]


@pytest.mark.parametrize("budget", [3_000, 20_000, 100_000, None])
def test_chunks_are_as_large_as_the_budget_allows(budget):
    sizes, _ = chunk_sizes(powers, POINTS, budget=budget)
    mesh = jax.sharding.Mesh(jax.devices()[:1], ("points",))
    limit = 32_000_000 if budget is None else budget
    size = sizes[0]
    assert sum(sizes) == len(POINTS)
    assert set(sizes[:-1]) <= {size}
    assert size - sizes[-1] <= len(sizes)  # all of a size: next to nothing is computed to be dropped
    assert compiled(powers, size, 3, np.float64, mesh).memory <= limit
    if len(sizes) > 1:
        fewer = -(-len(POINTS) // (len(sizes) // 2))
        assert compiled(powers, fewer, 3, np.float64, mesh).memory > limit


class Layer(eqx.Module):
    weight: jax.Array

    def __call__(self, x):
        return jnp.sin(x @ self.weight)


def test_weights_count_once_and_not_for_each_point():
    layer = Layer(jnp.ones((3, 40_000)))  # 960 kB, and 1.0 MB for the result at a point, twice
    sizes, found = chunk_sizes(layer, POINTS[:20], budget="12 MB")
    assert 5 <= sizes[0] < 20
    np.testing.assert_allclose(found[:, 17], np.sin(POINTS[:20].sum(axis=1)), atol=1e-15)
    summed = Layer(jnp.ones((3, 40_000)))
    sizes, _ = chunk_sizes(lambda x: jnp.sum(x, axis=1) * summed.weight[0, 0], POINTS, budget="2 MB")
    assert sizes == [len(POINTS)]


def test_a_large_share_that_does_not_grow_with_the_points():
    class Model(eqx.Module):
        table: jax.Array

        def __call__(self, x):
            return x * self.table[0]

    # 100 kB of weights; a point is 3 * 8 bytes in, 2 * (3 * 8 + 1) out
    sizes, _ = chunk_sizes(Model(jnp.ones(12_500)), np.tile(POINTS, (4, 1)), budget="200 kB")
    assert len(sizes) <= 4


@pytest.mark.parametrize("budget", ["20", "20 KB", "-1 MB", "MB", 0, -5, True, math.nan, math.inf, [], "0 MB"])
def test_a_budget_that_is_none(budget):
    with pytest.raises(ShapeError, match=r"budget must be a number of bytes >= 1 or a text such as '500 MB'"):
        chunked(powers, POINTS, budget=budget)


def test_a_budget_too_small_for_one_point():
    # a point takes 24 bytes; its results 72, 1, 8 and whether one is NaN, twice
    with pytest.raises(BudgetError, match=r"^one point on one device take \d+ bytes, and the budget is 100; give more"):
        chunked(powers, POINTS, budget=100)


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [1.0, [1.0, 2.0], np.ones((2, 2, 2)), np.ones((3, 0))])
def test_points_of_another_shape(points):
    with pytest.raises(ShapeError, match=r"points has shape .*; expected \(points, n\)"):
        chunked(powers, points)


@pytest.mark.parametrize("points", [np.array([["a"]]), np.ones((2, 2), complex), [[1.0], [1.0, 2.0]]])
def test_points_that_are_no_numbers(points):
    with pytest.raises(ShapeError, match=r"points (must be an array of real numbers|is not an array of numbers)"):
        chunked(powers, points)


@pytest.mark.parametrize(
    "compute, message",
    [
        (
            lambda x: x.sum(axis=0),
            r"compute\(points\) has shape \(3,\) for 4 points; expected \(4, \.\.\.\), one value",
        ),
        (lambda x: {"a": x, "b": [x.T]}, r"compute\(points\)\['b'\]\[0\] has shape \(3, 4\) for 4 points"),
        (lambda x: x.sum(), r"compute\(points\) has shape \(\) for 4 points"),
        (lambda x: {}, "compute returns no array"),
        (3, "compute must be callable, got int"),
    ],
)
def test_a_computation_that_loses_the_points(compute, message):
    with pytest.raises(ShapeError, match=message):
        chunked(compute, POINTS[:3])


def test_a_static_mistake_in_the_computation_comes_out():
    with pytest.raises(ShapeError, match=r"x has shape \(4, 3\); expected \(\.\.\., 2\)"):
        chunked(rl.manifolds.Sphere(2).connection.scalar, POINTS)


def test_a_mesh_that_is_none():
    with pytest.raises(ShapeError, match=r"mesh must be a jax\.sharding\.Mesh, got list"):
        chunked(powers, POINTS, mesh=jax.devices())


# -- points that fail -------------------------------------------------------------------------------------------------


def fold(x):
    """Loses rank where x[0] = 0."""
    return jnp.stack([x[0] ** 2, x[0] ** 3, x[1]])


BAD = POINTS[:, :2].copy()
BAD[[400, 777], 0] = 0.0


def test_the_first_failed_point_of_the_batch_is_named():
    nabla = rl.Connection(rl.Metric.from_embedding(fold, dim=2))
    with pytest.raises(DegenerateError) as caught:
        chunked(nabla.scalar, BAD, budget="10 kB")
    text = str(caught.value)
    assert text.startswith("point 400 of 1001 (points with NaN: 2): scalar at x = (0, ")
    assert "the Jacobian of the embedding has lost rank: rank 1 of 2" in text


def test_a_metric_that_does_not_raise_gives_nan():
    nabla = rl.Connection(rl.Metric.from_embedding(fold, dim=2, on_degenerate="nan"))
    found = chunked(lambda x: nabla.evaluate(x, "ricci", "scalar"), BAD, budget="10 kB")
    for values in found.values():
        bad = np.isnan(values.reshape(len(BAD), -1)).any(axis=1)
        assert np.flatnonzero(bad).tolist() == [400, 777]


def test_nan_that_nobody_refuses_does_not_hide_what_is_refused():
    sphere = rl.manifolds.Sphere(2).connection

    def compute(x):
        return sphere.scalar(x) + jnp.where(x[:, 1] > 3, jnp.nan, 0.0)

    points = np.random.default_rng(5).uniform(0.5, 2.5, (300, 2))
    points[[20, 21, 200], 1] = 4.0
    assert np.flatnonzero(np.isnan(chunked(compute, points, budget="5 kB"))).tolist() == [20, 21, 200]
    points[[150, 151], 0] = 9.0
    with pytest.raises(ChartError, match=r"^point 150 of 300 \(points with NaN: 5\): scalar at x = \(9, "):
        chunked(compute, points, budget="5 kB")


def test_values_at_good_points_are_kept_with_a_checkpoint(tmp_path):
    metrics = {policy: rl.Metric.from_embedding(fold, dim=2, on_degenerate=policy) for policy in ("raise", "nan")}
    options = {"budget": "10 kB", "checkpoint": tmp_path / "run", "name": "scal"}
    with pytest.raises(DegenerateError, match="point 400 of 1001"):
        chunked(rl.Connection(metrics["raise"]).scalar, BAD, **options)
    calls = []
    kept = chunked(rl.Connection(metrics["nan"]).scalar, BAD, **options, progress=lambda *done: calls.append(done))
    assert calls == [(1001, 1001)]
    assert np.flatnonzero(np.isnan(kept)).tolist() == [400, 777]
