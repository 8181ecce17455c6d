"""The strategies give what they promise, and refuse what makes no sense."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riemlearn import errors
from riemlearn.chart import Chart, Region, interval, periodic, pole_interval
from riemlearn.manifolds import HyperbolicSpace, Sphere
from riemlearn.testing import strategies

CHART = Chart(("a", "b", "c", "d"), (interval(0), interval(-3, -1), periodic(2.0), pole_interval(0, 1)))
DISC = Chart(("x", "y"), (), Region(lambda p: (p * p).sum(-1) < 1, "the disc"))


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), strategies.spd_matrices(n, max_condition=50.0))))
def test_spd_matrices(drawn):
    n, a = drawn
    assert a.shape == (n, n) and np.array_equal(a, a.T)
    values = np.linalg.eigvalsh(a)
    assert values[0] > 0 and values[-1] <= 50 * values[0] * (1 + 1e-12)


@given(strategies.spd_matrices(2, max_condition=1e8))
def test_the_bound_on_the_condition_number_holds_up_to_rounding(a):
    values = np.linalg.eigvalsh(a)
    assert values[-1] <= 1e8 * values[0] * (1 + 1e-6)


@pytest.mark.parametrize(
    "where", [CHART, DISC, Sphere(2), HyperbolicSpace(2, "half_space")], ids=["chart", "disc", "sphere", "half-space"]
)
def test_chart_points(where):
    chart = where if isinstance(where, Chart) else where.chart

    @given(strategies.chart_points(where))
    def inside(x):
        assert x.shape == (chart.dim,) and bool(chart.contains(x))
        if chart is CHART:
            assert -2.8 <= x[1] <= -1.2 and 0.1 <= x[3] <= 0.9

    inside()


@given(strategies.tangent_vectors(3, largest=2.0))
def test_tangent_vectors(v):
    assert v.shape == (3,) and np.all(np.abs(v) <= 2)


@settings(max_examples=8)
@given(st.data(), st.integers(1, 3))
def test_closed_form_metrics_are_positive_definite_on_their_box(data, dim):
    g = data.draw(strategies.closed_form_metrics(dim))
    x = np.random.default_rng(0).uniform(-1, 1, (32, dim))
    matrices = np.array([np.array(g.expr.subs(dict(zip(g.symbols, p, strict=True))).tolist(), float) for p in x[:6]])
    assert np.min(np.linalg.eigvalsh(matrices)) >= 0.5
    assert all(axis.low == -1 and axis.high == 1 for axis in g.chart.axes)


SINGULAR = jax.jit(jax.vmap(lambda f, x: jnp.linalg.svd(jax.jacfwd(f)(x), compute_uv=False), in_axes=(None, 0)))


@pytest.mark.parametrize(("dim", "codim"), [(2, 1), (3, 0)])
def test_immersions_have_singular_values_bounded_below(dim, codim):
    x = np.random.default_rng(0).normal(size=(16, dim)) * 5

    @given(strategies.immersions(dim, codim))
    def bounded(f):
        assert f(jnp.asarray(x[0])).shape == (dim + codim,)
        assert float(jnp.min(SINGULAR(f, x))) >= 0.5 - 1e-12

    bounded()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: strategies.spd_matrices(0), "n must be an integer >= 1, got 0"),
        (lambda: strategies.spd_matrices(2, max_condition=0.5), "at least 1 and finite"),
        (lambda: strategies.chart_points("theta"), "got str"),
        (lambda: strategies.tangent_vectors(2, largest=-1.0), "positive"),
        (lambda: strategies.closed_form_metrics(0), "dim must be an integer"),
        (lambda: strategies.immersions(2, -1), "codim must be an integer >= 0"),
    ],
)
def test_nonsense_is_refused(call, match):
    with pytest.raises(errors.ShapeError, match=match):
        call()
