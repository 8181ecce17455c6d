"""Geometry of maps without derivatives: against the same maps in JAX, with errors that hold."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn import Chart, Connection, Metric, interval
from riemlearn.errors import ChartError, DegenerateError, MetricError, NumericError, ShapeError, Status

POINTS = np.array([[0.3, 0.4], [1.0, 2.0], [2.0, -1.0]])


def torus(x):
    """In pure Python."""
    ring = 2 + math.cos(x[0])
    return [ring * math.cos(x[1]), ring * math.sin(x[1]), math.sin(x[0])]


def torus_in_jax(x):
    ring = 2 + jnp.cos(x[0])
    return jnp.stack([ring * jnp.cos(x[1]), ring * jnp.sin(x[1]), jnp.sin(x[0])])


def network(x):
    """With loops, as it would be written without any library."""
    hidden = [math.tanh(sum((0.3 + 0.7 * math.sin(3 * i + 5 * j + i * j)) * x[j] for j in range(3))) for i in range(8)]
    return [sum(math.cos(7 * k + 2 * i + i * k) * hidden[i] for i in range(8)) for k in range(6)]


def network_in_jax(x):
    i, j, k = jnp.arange(8.0), jnp.arange(3.0), jnp.arange(6.0)
    hidden = jnp.tanh((0.3 + 0.7 * jnp.sin(3 * i[:, None] + 5 * j + i[:, None] * j)) @ x)
    return jnp.cos(7 * k[:, None] + 2 * i + i * k[:, None]) @ hidden


@pytest.fixture(scope="module")
def pair():
    finite = Metric.from_embedding(torus, dim=2, derivatives="finite")
    return finite, Metric.from_embedding(torus_in_jax, dim=2)


def test_fields_are_those_of_the_map_in_jax(pair):
    finite, exact = pair
    names = ["christoffel", "riemann_mixed", "ricci", "scalar", "euler_density", "volume_density"]
    found, truth = (Connection(g).evaluate(POINTS, *names) for g in pair)
    for name in names:
        np.testing.assert_allclose(found[name], truth[name], atol=1e-10, err_msg=name)
    np.testing.assert_allclose(finite(POINTS), exact(POINTS), atol=1e-13)
    np.testing.assert_allclose(finite.inverse(POINTS), exact.inverse(POINTS), atol=1e-13)
    np.testing.assert_allclose(finite.immersion(POINTS), exact.immersion(POINTS), atol=1e-15)
    np.testing.assert_allclose(finite.immersion.jacobian(POINTS), exact.immersion.jacobian(POINTS), atol=1e-13)
    np.testing.assert_allclose(
        finite.immersion.second_fundamental_form(POINTS), exact.immersion.second_fundamental_form(POINTS), atol=1e-10
    )
    np.testing.assert_allclose(
        finite.immersion.mean_curvature(POINTS), exact.immersion.mean_curvature(POINTS), atol=1e-10
    )


def test_vectors(pair):
    finite, exact = pair
    u, v = [1.0, 0.5], [0.2, 1.0]
    np.testing.assert_allclose(finite.inner(POINTS, u, v), exact.inner(POINTS, u, v), atol=1e-12)
    np.testing.assert_allclose(
        Connection(finite).sectional(POINTS, u, v), Connection(exact).sectional(POINTS, u, v), atol=1e-11
    )
    np.testing.assert_allclose(
        Connection(finite).ricci_quadratic(POINTS, v), Connection(exact).ricci_quadratic(POINTS, v), atol=1e-11
    )
    assert finite.numeric() is finite
    assert "Immersion" in repr(finite.immersion)


@pytest.mark.parametrize("quantity", ["christoffel", "scalar"])
def test_estimates_of_errors(quantity):
    points = np.random.default_rng(0).uniform(-1, 1, (6, 3))
    finite = Metric.from_embedding(network, dim=3, derivatives="finite")
    exact = Metric.from_embedding(network_in_jax, dim=3)
    values, truth = (Connection(g).evaluate(points, quantity)[quantity] for g in (finite, exact))
    true = np.abs(values - truth).reshape(6, -1).max(axis=1)
    estimate = np.asarray(finite.error(quantity, points)).reshape(6, -1).max(axis=1)
    assert np.all(true < 10 * estimate + 1e-14)
    assert np.median(true / estimate) > 5e-3
    assert np.all(true < 1e-7)


def test_batches_dtype_and_the_empty_one(pair):
    finite, exact = pair
    nabla = Connection(finite)
    batch = nabla.scalar(np.stack([POINTS, POINTS + 0.1]))
    assert batch.shape == (2, 3)
    assert float(batch[1, 2]) == float(nabla.scalar(POINTS[2] + 0.1))
    single = nabla.scalar(jnp.asarray(POINTS, jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, Connection(exact).scalar(POINTS), atol=1e-5)
    with pytest.raises(ShapeError, match="needs at least one point"):
        nabla.scalar(np.zeros((0, 2)))


def test_it_cannot_be_traced(pair):
    nabla = Connection(pair[0])
    for call in (
        lambda: jax.jit(nabla.scalar)(POINTS),
        lambda: jax.vmap(nabla.scalar)(POINTS),
        lambda: jax.grad(nabla.scalar)(POINTS[0]),
        lambda: jax.jit(pair[0])(POINTS),
        lambda: nabla(pair[0])(POINTS),
    ):
        with pytest.raises(MetricError, match="calls the map from Python and cannot be traced"):
            call()


def test_condition_and_lost_rank():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])

    def stretched(kappa):
        matrix = turn @ np.diag([1, 1 / kappa]) @ turn
        return Metric.from_embedding(lambda x: torus(matrix @ x + 1), dim=2, derivatives="finite")

    truth = 2 * math.cos(1) / (2 + math.cos(1))
    for kappa, tolerance in ((1e2, 1e-9), (1e4, 1e-6)):
        metric = stretched(kappa)
        error = abs(float(Connection(metric).scalar([0.0, 0.0])) - truth)
        assert error < tolerance
        assert error < 10 * float(metric.error("scalar", [0.0, 0.0]))
        assert metric.diagnose([0.0, 0.0]).rank == 2
    flat = Metric.from_embedding(lambda x: [x[0] + x[1], math.sin(x[0] + x[1]), 1.0], dim=2, derivatives="finite")
    with pytest.raises(DegenerateError, match=r"lost rank: rank 1 of 2 .* null direction \(-?0.7071, -?0.7071\)"):
        Connection(flat).scalar([0.3, 0.4])
    with pytest.raises(DegenerateError, match="lost rank"):
        flat.volume_density([0.3, 0.4])


def test_noise_of_32_bits_sets_the_rank_cutoff():
    def single(x):
        return np.asarray(torus(x), dtype=np.float32)

    metric = Metric.from_embedding(single, dim=2, derivatives="finite")
    assert 1e-9 < metric.diagnose(POINTS).cutoff < 1e-4
    error = np.abs(Connection(metric).scalar(POINTS) - 2 * np.cos(POINTS[:, 0]) / (2 + np.cos(POINTS[:, 0])))
    assert np.all(error < 1e-3)
    assert np.all(error < 10 * np.asarray(metric.error("scalar", POINTS)))


def test_failures_name_their_point():
    metric = Metric.from_embedding(
        lambda x: [x[0], x[1], math.nan if x[0] > 1 else x[0] * x[1]], dim=2, derivatives="finite"
    )
    with pytest.raises(NumericError, match=r"not finite at the sample point \(1\.0000000"):
        Connection(metric).scalar([1.0, 0.5])
    value, status = Connection(metric).scalar.checked([[0.0, 0.5], [1.0, 0.5], [math.nan, 0.0]])
    assert status.tolist() == [Status.OK, Status.NOT_FINITE, Status.NAN_INPUT]
    assert np.isfinite(value).tolist() == [True, False, False]

    def broken(x):
        raise KeyError("no such token")

    with pytest.raises(KeyError, match="no such token") as caught:
        Metric.from_embedding(broken, dim=2, derivatives="finite")([0.25, 0.5])
    assert caught.value.__notes__ == ["raised by the map at the sample point x = (0.25, 0.5)"]


def test_steps_stay_in_the_chart():
    seen = []

    def f(x):
        seen.append(float(x[0]))
        return [math.cos(x[0]), math.sin(x[0]), x[1]]

    chart = Chart(("a", "b"), (interval(0, 1), interval(0, 1)))
    metric = Metric.from_embedding(f, chart=chart, derivatives="finite")
    assert abs(float(Connection(metric).scalar([0.05, 0.5]))) < 1e-8
    assert 0 < min(seen) and max(seen) < 1
    with pytest.raises(ChartError, match=r"a = 1.5 is not in"):
        metric([1.5, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Metric.from_embedding(torus, dim=2, derivatives="numeric"), "derivatives must be one of"),
        (lambda: Metric.from_embedding(torus, derivatives="finite"), "needs a callable and dim=n"),
        (lambda: Metric.from_embedding([1.0], dim=2, derivatives="finite"), "needs a callable and dim=n, got list"),
        (lambda: Metric.from_embedding([1.0], coords=[], derivatives="finite"), "expressions are exact"),
        (
            lambda: Metric.from_embedding(lambda x: [x[0]], dim=2, derivatives="finite")([0.0, 0.0]),
            r"shape \(d,\) with d >= dim = 2, got \(1,\) at x = \(0, 0\)",
        ),
        (
            lambda: Metric.from_embedding(torus, dim=2, derivatives="finite").error("cotton", [0.0, 0.0]),
            "error: quantity must be one of",
        ),
        (
            lambda: Metric.from_embedding(torus, dim=2, derivatives="finite").immersion.jet(POINTS),
            r"jet takes one point of shape \(2,\), got shape \(3, 2\)",
        ),
    ],
)
def test_static_mistakes(call, message):
    with pytest.raises(ShapeError, match=message):
        call()
