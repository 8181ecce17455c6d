"""Every metric is that of a graph, and its curvature comes from the space around it and from its bending."""

import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.connection import Connection
from riemlearn.manifolds import HyperbolicSpace, spacetime
from riemlearn.metric import Metric
from riemlearn.verify.graph import as_graph


@pytest.mark.parametrize(
    ("manifold", "scalar"), [(HyperbolicSpace(2, model="half_space"), -2), (spacetime("nariai").on_patch(), None)]
)
def test_it_is_isometric_and_both_parts_of_its_curvature_count(manifold, scalar):
    x = jnp.asarray([manifold.patch.low, manifold.patch.high]).mean(0)
    graph = as_graph(manifold.metric)
    assert graph.signature == manifold.metric.signature and graph.ambient.signature == "lorentzian"
    np.testing.assert_allclose(graph(x), manifold.metric(x), rtol=1e-14, atol=1e-15)
    found, around = Connection(graph).scalar(x), Connection(graph.ambient).scalar(graph.immersion(x))
    expected = Connection(manifold.metric).scalar(x) if scalar is None else scalar
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert abs(around - found) > 1e-4
    assert jnp.max(jnp.abs(graph.immersion.second_fundamental_form(x))) > 1e-3


def test_a_null_coordinate_is_no_obstacle():
    """The graph gives the square of its length as a difference, which is zero only by rounding."""
    metric = Metric.from_function(lambda x: jnp.array([[x[1] ** 2, 1.0], [1.0, 0.0]]), dim=2, signature="lorentzian")
    x = jnp.array([0.3, 0.8])
    np.testing.assert_allclose(Connection(as_graph(metric)).scalar(x), Connection(metric).scalar(x), rtol=1e-11)
    np.testing.assert_allclose(Connection(metric).scalar(x), 2, rtol=1e-13)
