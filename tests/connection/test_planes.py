"""Many planes at one point: one value each, those of one plane at a time and of the Riemann tensor."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, ShapeError
from riemlearn.manifolds import Sphere

N, PLANES = 3, 4
KEYS = jax.random.split(jax.random.key(3), 3)
X = jax.random.normal(KEYS[0], (2, N)) / 2
U, V = (jax.random.normal(key, (2, PLANES, N)) for key in KEYS[1:])
INNER, OUTER = (np.random.default_rng(k).normal(size=s) for k, s in enumerate([(6, N), (5, 6)]))


def learned(x):
    return jnp.concatenate([x, OUTER @ jnp.tanh(INNER @ x)])


METRICS = {
    "embedding": rl.Metric.from_embedding(learned, dim=N),
    "function": rl.Metric.from_function(
        lambda x: jnp.diag(1 + jnp.array([x[1] ** 2, x[2] ** 2, x[0] ** 2 / 2])) + 0.1 * jnp.ones((N, N)), dim=N
    ),
}


@pytest.fixture(scope="module", params=METRICS)
def case(request):
    """A connection, and the curvatures of all planes by the Riemann tensor."""
    nabla = rl.Connection(METRICS[request.param])
    found = nabla.evaluate(X, "riemann_lowered", "metric")
    R, g = found["riemann_lowered"], found["metric"]
    above = jnp.einsum("bijkl,bpi,bpj,bpk,bpl->bp", R, U, V, U, V)
    uu, vv, uv = (jnp.einsum("bij,bpi,bpj->bp", g, a, b) for a, b in ((U, U), (V, V), (U, V)))
    return nabla, above / (uu * vv - uv**2)


def test_planes_share_a_point(case):
    nabla, expected = case
    np.testing.assert_allclose(nabla.sectional(X[:, None], U, V), expected, rtol=1e-10)
    np.testing.assert_allclose(nabla.sectional(X[0], U[0], V[0]), expected[0], rtol=1e-10)  # (n,) and (m, n)
    square = U[0].reshape(2, 2, N), V[0].reshape(2, 2, N)  # any number of axes of planes
    np.testing.assert_allclose(nabla.sectional(X[0], *square), expected[0].reshape(2, 2), rtol=1e-10)


def test_one_plane_at_a_time_is_the_same(case):
    nabla, expected = case
    each = nabla.sectional(jnp.repeat(X, PLANES, axis=0), U.reshape(-1, N), V.reshape(-1, N))
    np.testing.assert_allclose(each, expected.ravel(), rtol=1e-10)
    turned = nabla.sectional(X[:, None], U + 2 * V, V - U)  # the same planes
    np.testing.assert_allclose(turned, expected, rtol=1e-9)


def test_vectors_are_broadcast_against_each_other_and_against_points(case):
    nabla, expected = case
    one_first = nabla.sectional(X[0], U[0, 0], V[0])
    assert one_first.shape == (PLANES,)
    np.testing.assert_allclose(one_first[0], expected[0, 0], rtol=1e-10)
    every_pair = nabla.sectional(X[0], U[0, :, None], V[0])
    assert every_pair.shape == (PLANES, PLANES)
    np.testing.assert_allclose(jnp.diagonal(every_pair), expected[0], rtol=1e-10)
    np.testing.assert_allclose(every_pair[0], one_first, rtol=1e-10)
    # a plane in the same coordinates at several points
    np.testing.assert_allclose(nabla.sectional(X, U[0, 0], V[0, 0])[0], expected[0, 0], rtol=1e-10)
    assert nabla.sectional(X[:, None], U[0], V[0]).shape == (2, PLANES)


def test_no_planes_and_compiled(case):
    nabla, expected = case
    assert nabla.sectional(X[0], U[0, :0], V[0, :0]).shape == (0,)
    np.testing.assert_allclose(jax.jit(nabla.sectional)(X[:, None], U, V), expected, rtol=1e-10)


def test_one_collinear_pair_is_refused_and_spoils_no_other():
    """Vectors that are collinear to rounding span no plane, however long they are."""
    g = METRICS["embedding"]
    v = V[0].at[2].set(-1e3 * U[0, 2])
    with pytest.raises(MetricError, match=r"point 2; 1 of 4 points failed.*span"):
        rl.Connection(g).sectional(X[0], U[0], v)
    lenient = rl.Metric.from_embedding(learned, dim=N, on_degenerate="nan")
    found = rl.Connection(lenient).sectional(X[0], U[0], v)
    np.testing.assert_array_equal(np.isnan(found), [False, False, True, False])
    fine = jnp.array([0, 1, 3])
    np.testing.assert_allclose(found[fine], rl.Connection(g).sectional(X[0], U[0, fine], v[fine]), rtol=1e-12)


def test_bad_input():
    nabla = Sphere(2).connection
    with pytest.raises(ShapeError, match=r"\(3, 2\) and \(4, 2\), which do not fit points of shape \(2,\)"):
        nabla.sectional([1.0, 0.0], np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ShapeError, match="do not fit points of shape"):
        nabla.sectional(np.ones((3, 2)), np.ones((4, 2)), np.ones((4, 2)))
    with pytest.raises(ShapeError, match="u has shape"):
        nabla.sectional([1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0])
    with pytest.raises(ChartError, match=r"\(4, 0\)"):
        nabla.sectional([4.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0])
