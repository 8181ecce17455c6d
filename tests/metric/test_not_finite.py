"""Where a map or a metric function stopped being finite: the message names the equation, and success costs nothing."""

import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import NumericError, Status
from riemlearn.metric.learned_map import LearnedMap

SPACE = rl.Metric.from_function(lambda y: jnp.eye(3) / y[0], dim=3)
METRICS = {
    "value": rl.Metric.from_embedding(lambda x: jnp.append(x, jnp.log(x[0] - 1)), dim=2),
    "first": rl.Metric.from_embedding(lambda x: jnp.append(x, jnp.sqrt(x @ x)), dim=2),
    "second": rl.Metric.from_embedding(lambda x: jnp.append(x, jnp.abs(x[0]) ** 1.5), dim=2),
    "function": rl.Metric.from_function(lambda x: jnp.diag(jnp.stack([1.0, 1 / x[0]])), dim=2),
    "function_second": rl.Metric.from_function(lambda x: jnp.eye(2) * (1 + jnp.abs(x[0]) ** 1.5), dim=2),
    "ambient": rl.Metric.from_embedding(lambda x: jnp.append(x, x[1]), dim=2, ambient=SPACE),
}
WHERE = {
    "value": "the value of the primitive 'log'",
    "first": "the first derivatives of the primitive 'sqrt'",
    "second": "the second derivatives of the primitive 'pow'",
    "function": "the value of the primitive 'div'",
    "function_second": "the second derivatives of the primitive 'pow'",
    "ambient": "the value of the primitive 'div'",
}


@pytest.mark.parametrize("name", METRICS)
def test_the_equation_is_named(name):
    where = rf"in {WHERE[name]} \(.*test_not_finite.py:"
    with pytest.raises(NumericError, match=rf"at x = \(0, 0\) \(point 1; .* the result is not finite: .*{where}"):
        rl.Connection(METRICS[name]).scalar([[2.0, 0.5], [0.0, 0.0]])


def test_a_metric_of_first_derivatives_does_not_mind_the_second():
    np.testing.assert_array_equal(METRICS["second"]([0.0, 2.0]), np.eye(2))
    with pytest.raises(NumericError, match="first derivatives of the primitive 'sqrt'"):
        METRICS["first"]([0.0, 0.0])


def test_nothing_is_said_of_what_cannot_be_found():
    assert LearnedMap(jnp.sin).not_finite(jnp.ones(2)) == ""

    def once(x):
        if calls:
            raise RuntimeError("only once")
        calls.append(x)
        return x / 0

    calls = []
    assert LearnedMap(once).not_finite(jnp.ones(2)) != ""
    assert LearnedMap(once).not_finite(jnp.ones(2)) == ""


def test_the_map_is_run_again_only_when_it_failed(monkeypatch):
    monkeypatch.setattr(LearnedMap, "not_finite", lambda self, x: pytest.fail("the map is run again"))
    g = METRICS["first"]
    g([1.0, 2.0])
    values, status = g.tensor.checked([[1.0, 2.0], [0.0, 0.0]])
    assert status.tolist() == [Status.OK, Status.NOT_FINITE]
    assert np.isnan(values[1]).all()
