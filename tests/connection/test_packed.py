"""The packed Riemann tensor has the components of the full one, whichever are asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, ShapeError

X = 0.3 * jax.random.normal(jax.random.key(0), (2, 3))


def bumpy(x):
    return jnp.array([x[0], x[1] + 0.2 * x[0] * x[2], x[2], jnp.sin(x[0] * x[1]), jnp.exp(0.3 * x @ x)])


def spacetime(x):
    return jnp.diag(jnp.array([-1.0 - 0.1 * x[1] ** 2, 1.0, jnp.exp(0.4 * x[0])])) + 0.1 * x[2] * jnp.ones((3, 3))


def in_space_time(x):
    return jnp.array([jnp.cosh(x[0]) * x[1], 2 * x[0] + x[2] ** 2, x[1] + 0.1 * x[0] * x[2], x[2]])


METRICS = {
    "map": rl.Metric.from_embedding(bumpy, dim=3),
    "function": rl.Metric.from_function(spacetime, dim=3, signature="lorentzian"),
    "map into a sphere": rl.Metric.from_embedding(
        lambda x: 0.3 * bumpy(x),
        dim=3,
        ambient=rl.Metric.from_function(lambda y: 4 * jnp.eye(5) / (1 + y @ y) ** 2, dim=5),
    ),
}


@pytest.fixture(scope="module", params=METRICS)
def both(request):
    nabla = rl.Connection(METRICS[request.param])
    return nabla, nabla.riemann_packed(X), nabla.riemann_lowered(X)


def test_components(both):
    _, packed, full = both
    np.testing.assert_allclose(packed[:, :, :, :], full, atol=1e-12)
    np.testing.assert_allclose(packed[0, 1, 2, 1], full[:, 0, 1, 2, 1], atol=1e-12)
    np.testing.assert_allclose(packed[-1, 1:, [2, 0], 1], full[:, -1, 1:][:, :, [2, 0], 1], atol=1e-12)


def test_contraction(both):
    nabla, packed, full = both
    u, v, w, z = jax.random.normal(jax.random.key(1), (4, 2, 3))
    expected = jnp.einsum("xijkl,xi,xj,xk,xl->x", full, u, v, w, z)
    np.testing.assert_allclose(packed(u, v, w, z), expected, atol=1e-12)
    areas = nabla.metric.inner(X, u, u) * nabla.metric.inner(X, v, v) - nabla.metric.inner(X, u, v) ** 2
    np.testing.assert_allclose(packed(u, v, u, v) / areas, nabla.sectional(X, u, v), rtol=1e-9)


def test_the_operator_on_two_vectors(both):
    """Its trace with the signs of the planes is half the scalar curvature, its square a quarter of Kretschmann's."""
    nabla, packed, _ = both
    operator = packed.curvature_operator()
    np.testing.assert_allclose(operator, operator.swapaxes(1, 2), atol=1e-12)
    signs = packed.geometry.frame.signs[0]
    planes = jnp.array([signs[0] * signs[1], signs[0] * signs[2], signs[1] * signs[2]])
    np.testing.assert_allclose(2 * jnp.einsum("xpp,p->x", operator, planes), nabla.scalar(X), rtol=1e-10)
    squares = 4 * jnp.einsum("xpq,p,q->x", operator**2, planes, planes)
    np.testing.assert_allclose(squares, nabla.kretschmann(X), rtol=1e-10)


def test_the_sphere_of_dimension_twelve():
    """All eigenvalues of the operator are 1, and components are those of a constant curvature."""
    sphere = rl.Metric.from_embedding(lambda x: jnp.append(x, jnp.sqrt(1 - x @ x)), dim=12)
    x = 0.1 * jnp.arange(12.0) / 12
    riemann = rl.Connection(sphere).riemann_packed(x)
    np.testing.assert_allclose(riemann.curvature_operator(), np.eye(66), atol=1e-12)
    g = sphere(x)
    np.testing.assert_allclose(riemann[:, 3, :, 7], g * g[3, 7] - jnp.outer(g[:, 7], g[3]), atol=1e-12)
    assert repr(riemann).startswith("Riemann tensor in dimension 12 at points of shape (), packed in 0.0")


def test_it_works_in_compiled_code_and_has_derivatives():
    nabla = rl.Connection(METRICS["map"])

    @jax.jit
    def component(x):
        return nabla.riemann_packed(x)[0, 1, 0, 1]

    check_grads(component, (X[0],), 1, modes=["fwd", "rev"], rtol=1e-6)


def test_errors():
    nabla = rl.Connection(METRICS["map"])
    packed = nabla.riemann_packed(X)
    with pytest.raises(ShapeError, match="four indices, got 3"):
        packed[0, 1, 0]
    with pytest.raises(ShapeError, match="integers below 3, slices or lists of integers, got"):
        packed[0, 1, 0, 3]
    with pytest.raises(ShapeError, match="integers below 3"):
        packed[0, 1, 0, "theta"]
    with pytest.raises(ShapeError, match="w has shape"):
        packed(X, X, jnp.ones(2), X)
    with pytest.raises(ShapeError, match=r"expected \(..., 3\)"):
        nabla.riemann_packed([0.0, 1.0])
    with pytest.raises(ChartError, match="Riemann tensor at x"):
        nabla.riemann_packed([jnp.nan, 0.0, 0.0])
    flat = rl.Metric.from_embedding(lambda x: jnp.array([x[0] + x[1], x[0] + x[1], 0.0]), dim=2)
    with pytest.raises(MetricError, match="rank"):
        rl.Connection(flat).riemann_packed([0.0, 0.0])
