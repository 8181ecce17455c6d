"""Metrics of the three sources: the same numbers, the same names, the same failures."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, DegenerateError, MetricError, NumericError, ShapeError, Status

u, v = sp.symbols("u v", real=True)
a = sp.Symbol("a", positive=True)
CLOSED = rl.Metric.from_embedding([(3 + sp.cos(u)) * sp.cos(v), (3 + sp.cos(u)) * sp.sin(v), sp.sin(u)], coords=[u, v])


def torus(x):
    return jnp.stack([(3 + jnp.cos(x[0])) * jnp.cos(x[1]), (3 + jnp.cos(x[0])) * jnp.sin(x[1]), jnp.sin(x[0])])


EMBEDDED = rl.Metric.from_embedding(torus, dim=2)
SOURCES = {"closed": CLOSED, "numeric": CLOSED.numeric(), "embedded": EMBEDDED, "gram": EMBEDDED.numeric()}
X = jnp.array([[0.3, 0.1], [2.0, -1.0], [-0.5, 7.0]])
U, V = jnp.array([1.0, -0.5]), jnp.array([[0.2, 0.3], [1.0, 1.0], [0.0, 2.0]])


@pytest.fixture(params=SOURCES)
def g(request):
    return SOURCES[request.param]


def test_the_same_numbers_from_every_source(g):
    rho = 3 + jnp.cos(X[:, 0])
    one = jnp.ones(3)
    np.testing.assert_allclose(g(X), jax.vmap(jnp.diag)(jnp.stack([one, rho**2], -1)), atol=1e-13)
    np.testing.assert_allclose(g.inverse(X), jax.vmap(jnp.diag)(jnp.stack([one, rho**-2], -1)), atol=1e-14)
    np.testing.assert_allclose(g.volume_density(X), rho, rtol=1e-14)
    np.testing.assert_allclose(g.inner(X, U, V), V[:, 0] - 0.5 * rho**2 * V[:, 1], rtol=1e-13)
    np.testing.assert_allclose(g.norm(X, V), jnp.hypot(V[:, 0], rho * V[:, 1]), rtol=1e-13)


def test_norm_has_a_gradient_at_the_zero_vector(g):
    assert bool(jnp.isfinite(jax.grad(lambda w: g.norm(X[0], w))(jnp.zeros(2))).all())


def test_under_transformations(g):
    total = lambda g, x: g.volume_density(x).sum()  # noqa: E731
    expected = (3 + jnp.cos(X[:, 0])).sum()
    np.testing.assert_allclose(jax.jit(total)(g, X), expected, rtol=1e-14)
    np.testing.assert_allclose(jax.grad(total, argnums=1)(g, X)[:, 0], -jnp.sin(X[:, 0]), atol=1e-13)


def test_weights_and_parameters_are_leaves():
    model = eqx.nn.MLP(2, 3, 8, 1, activation=jnp.tanh, key=jax.random.key(0))
    learned = rl.Metric.from_embedding(model, dim=2)
    gradient = jax.grad(lambda g: g.volume_density(X).sum())(learned)
    step = 1e-6
    bumped = eqx.tree_at(lambda m: m.layers[0].weight, model, model.layers[0].weight.at[0, 0].add(step))
    difference = (rl.Metric.from_embedding(bumped, dim=2).volume_density(X) - learned.volume_density(X)).sum() / step
    weights = [leaf for leaf in jax.tree.leaves(gradient) if leaf.shape == model.layers[0].weight.shape]
    np.testing.assert_allclose(weights[0][0, 0], difference, rtol=1e-4)

    closed = rl.Metric.from_sympy([u, v], sp.diag(a**2, sp.sin(u) ** 2)).bind(a=2.0)
    assert float(jax.grad(lambda g: g(jnp.array([1.0, 0.0]))[0, 0])(closed).parameters["a"]) == 4.0


def test_the_dtype_of_the_point_wins_over_that_of_the_weights():
    weights = jax.random.normal(jax.random.key(0), (2, 3), jnp.float64)
    embedded = rl.Metric.from_embedding(lambda x: jnp.tanh(x @ weights), dim=2)
    function = rl.Metric.from_function(lambda x: jnp.eye(2) * jnp.exp(x @ weights[:, 0]), dim=2)
    for g in (embedded, function):
        x = jnp.array([0.1, 0.2], jnp.float32)
        single = rl.Connection(g).scalar(x)
        assert single.dtype == g(x).dtype == jnp.float32
        np.testing.assert_allclose(single, rl.Connection(g).scalar(x.astype(jnp.float64)), rtol=1e-4, atol=1e-5)


def test_diagnosis(g):
    diagnosis = g.diagnose(X[0])
    np.testing.assert_allclose(diagnosis.singular_values, [3 + np.cos(0.3), 1.0], rtol=1e-12)
    assert diagnosis.rank == 2 and diagnosis.null_directions.shape == (0, 2)
    np.testing.assert_allclose(diagnosis.condition_number, 3 + np.cos(0.3), rtol=1e-12)
    assert g.diagnose(X).rank.tolist() == [2, 2, 2]
    assert "rank 2 of 2" in diagnosis._repr_html_() and "3 points: rank 2 to 2 of 2" in str(g.diagnose(X))


def test_the_rank_cut_off():
    nearly = rl.Metric.from_embedding(lambda x: jnp.stack([x[0], 1e-9 * x[1]]), dim=2)
    assert nearly.diagnose([1.0, 1.0]).rank == 2
    assert nearly.diagnose(jnp.ones(2, jnp.float32)).rank == 1  # below what float32 can tell
    by_hand = rl.Metric.from_embedding(lambda x: jnp.stack([x[0], 1e-9 * x[1]]), dim=2, rank_tol=1e-6)
    assert by_hand.diagnose([1.0, 1.0]).rank == 1


def test_rank_loss_is_diagnosed():
    g = rl.Metric.from_embedding(lambda x: jnp.stack([x[0] + x[1], x[0] + x[1], x[2]]), dim=3)
    for call in (g, g.inverse, g.volume_density, rl.Connection(g).scalar, g.immersion.mean_curvature):
        with pytest.raises(
            DegenerateError, match=r"rank 2 of 3 .* condition number .*null direction \(-?0.7071, -?0.7071, "
        ):
            call([0.1, 0.2, 0.3])
    assert g.inverse.checked([0.1, 0.2, 0.3])[1] == Status.RANK_DEFICIENT
    quiet = rl.Metric.from_embedding(lambda x: jnp.stack([x[0], x[0], x[0] * x[1]]), dim=2, on_degenerate="nan")
    values = quiet.inverse(jnp.array([[0.0, 1.0], [1.0, 1.0]]))
    assert bool(jnp.isnan(values[0]).all()) and bool(jnp.isfinite(values[1]).all())
    assert quiet.diagnose([0.0, 1.0]).rank == 1


def test_metrics_that_fail_at_a_point():
    polar = rl.Metric.from_sympy([u, v], sp.diag(1, u**2))
    for g in (polar.inverse, polar.numeric().inverse, rl.Connection(polar).christoffel):
        with pytest.raises(MetricError, match=r"the metric is singular: rank 1 of 2.*null direction"):
            g([0.0, 1.0])
    indefinite = rl.Metric.from_sympy([u, v], sp.diag(-1, 1))
    with pytest.raises(MetricError, match=r"norm at x = .* does not have the signature that was declared"):
        indefinite.norm([0.0, 0.0], [1.0, 0.0])
    with pytest.raises(MetricError, match=r"not have the signature that was declared.*signature='lorentzian'"):
        indefinite.numeric()([0.0, 0.0])
    with pytest.raises(MetricError, match="not symmetric"):
        rl.Metric.from_function(lambda x: jnp.array([[1.0, 0.5], [0.0, 1.0]]), dim=2)([0.0, 0.0])
    with pytest.raises(ChartError, match="NaN or infinite"):
        polar([jnp.nan, 0.0])
    with pytest.raises(NumericError, match=r"norm at x = .* the result is not finite"):
        EMBEDDED.norm([0.0, 0.0], [jnp.nan, 1.0])
    schwarzschild = rl.Metric.from_sympy([u, v], sp.diag(-(1 - 2 / v), 1 / (1 - 2 / v)), signature="lorentzian")
    with pytest.raises(MetricError, match=r"metric at x = \(0, 2\): the metric is singular"):
        schwarzschild([0.0, 2.0])
    half = rl.manifolds.HyperbolicSpace(2, "half_space").metric
    with pytest.raises(ChartError, match=r"x2 = -1 is not in \(0, inf\)"):
        half([0.0, -1.0])
    with pytest.raises(ChartError, match="not in the open unit ball"):
        rl.manifolds.HyperbolicSpace(2).metric([0.8, 0.8])


def test_lorentzian_metrics():
    g = rl.Metric.from_sympy([u, v], sp.diag(-1, sp.exp(2 * u)), signature="lorentzian")
    for source in (g, g.numeric()):
        assert float(source.inner([0.0, 0.0], [1.0, 0.0], [1.0, 0.0])) == -1.0
        np.testing.assert_allclose(source.volume_density([0.5, 0.0]), np.exp(0.5), rtol=1e-14)
        np.testing.assert_allclose(rl.Connection(source).scalar([0.5, 0.0]), 2.0, rtol=1e-13)  # de Sitter
        with pytest.raises(MetricError, match="norm needs a positive-definite metric"):
            source.norm([0.0, 0.0], [1.0, 0.0])


def test_representations():
    free = rl.Metric.from_sympy([u, v], sp.diag(a**2, 1))
    assert repr(free) == "closed-form riemannian metric on (u, v) with free a\ng[u, u] = a**2\ng[v, v] = 1"
    assert repr(free.bind(a=1.0)).startswith("closed-form riemannian metric on (u, v)\n")
    assert repr(EMBEDDED) == "numeric riemannian metric on (x1, x2)"
    assert repr(rl.Connection(EMBEDDED)) == "Levi-Civita connection of the numeric riemannian metric on (x1, x2)"
    assert repr(rl.LaplaceBeltrami(EMBEDDED)).startswith("Laplace-Beltrami operator of the numeric")
    assert repr(EMBEDDED.immersion).startswith("Immersion that induces the numeric")


def test_vectors_of_the_wrong_shape(g):
    with pytest.raises(ShapeError, match=r"v has shape \(3,\); expected"):
        g.norm(X[0], [1.0, 2.0, 3.0])


def test_immersion():
    np.testing.assert_allclose(EMBEDDED.immersion(X), jax.vmap(torus)(X))
    np.testing.assert_allclose(EMBEDDED.immersion.jacobian(X), jax.vmap(jax.jacfwd(torus))(X), atol=1e-15)
    # |H| is the sum of the principal curvatures 1 and cos u / (3 + cos u)
    expected = 1 + jnp.cos(X[:, 0]) / (3 + jnp.cos(X[:, 0]))
    np.testing.assert_allclose(jnp.linalg.norm(EMBEDDED.immersion.mean_curvature(X), axis=-1), expected, rtol=1e-13)
    assert EMBEDDED.immersion.second_fundamental_form(X).shape == (3, 2, 2, 3)
    for quantity in (EMBEDDED.immersion, EMBEDDED.immersion.jacobian):
        with pytest.raises(ChartError, match="NaN or infinite"):
            quantity([jnp.nan, 0.0])


def test_raising_and_lowering():
    for g in (CLOSED, EMBEDDED):
        riemann = rl.Connection(g).riemann
        lowered = g.lower(riemann, 0)
        np.testing.assert_allclose(lowered(X), jnp.einsum("...im,...mjkl->...ijkl", g(X), riemann(X)), atol=1e-13)
        np.testing.assert_allclose(g.raise_(lowered, 0)(X), riemann(X), atol=1e-13)
        assert lowered.up == (False,) * 4
    assert CLOSED.lower(rl.Connection(CLOSED).riemann, 0)[0, 1, 0, 1] == sp.cos(u) * (sp.cos(u) + 3)
    assert CLOSED.raise_(CLOSED.tensor, 1).expr.tolist() == CLOSED.raise_(CLOSED, 1).expr.tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ShapeError, match="index 0 is already up"):
        CLOSED.raise_(CLOSED.inverse, 0)
    with pytest.raises(ShapeError, match="the tensor has 2 indices, got i = 2"):
        CLOSED.lower(CLOSED.inverse, 2)
    with pytest.raises(ShapeError, match="the tensor lives on"):
        rl.manifolds.Sphere(2).metric.lower(CLOSED.inverse, 0)
