"""Curvature of networks: routes agree, charts and motions change nothing, closed surfaces obey Gauss and Bonnet."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.chart import Chart, periodic, pole_interval
from riemlearn.testing import gauss_bonnet

from ..jets.networks import NETWORKS

MAPS = {name: lambda x, f=f: jnp.ravel(f(x)) for name, f in NETWORKS.items()}
SIX = ("tanh", "gelu", "residual", "attention", "convolutional", "recurrent")
POINTS = 0.4 * jax.random.normal(jax.random.key(3), (3, 3))
SCALARS = ("scalar", "kretschmann", "ricci_squared")


@pytest.mark.parametrize("name", SIX)
def test_the_gauss_equation_agrees_with_the_metric_as_a_function(name):
    g = rl.Metric.from_embedding(MAPS[name], dim=3)
    quantities = ("scalar", "ricci", "riemann_mixed", "christoffel")
    gauss, function = (rl.Connection(metric).evaluate(POINTS, *quantities) for metric in (g, g.numeric()))
    for quantity in quantities:
        size = jnp.max(jnp.abs(gauss[quantity]))
        np.testing.assert_allclose(function[quantity], gauss[quantity], atol=1e-12 * size, err_msg=quantity)


@pytest.mark.parametrize("name", ["gelu", "attention"])
def test_scalars_do_not_depend_on_the_chart(name):
    """A diffeomorphism near the identity of R^3, with derivatives of all orders."""
    a, b = jax.random.normal(jax.random.key(4), (2, 3, 3)) / 6

    def diffeomorphism(y):
        return y + b @ jnp.sin(a @ y + 1) + 0.1

    def newton(x):
        y = x
        for _ in range(30):
            y = y - jnp.linalg.solve(jax.jacfwd(diffeomorphism)(y), diffeomorphism(y) - x)
        return y

    there = jax.jit(jax.vmap(newton))(POINTS)
    direct = rl.Connection(rl.Metric.from_embedding(MAPS[name], dim=3))
    pulled = rl.Connection(rl.Metric.from_embedding(lambda y: MAPS[name](diffeomorphism(y)), dim=3))
    expected, found = (n.evaluate(p, *SCALARS) for n, p in ((direct, POINTS), (pulled, there)))
    for quantity in SCALARS:
        np.testing.assert_allclose(found[quantity], expected[quantity], rtol=1e-10, err_msg=quantity)


@pytest.mark.parametrize("name", ["silu", "convolutional"])
def test_rigid_motions_change_nothing(name):
    d = MAPS[name](POINTS[0]).shape[0]
    q, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(5), (d, d)))
    moved = rl.Metric.from_embedding(lambda x: q @ MAPS[name](x) + 3.0, dim=3)
    still = rl.Metric.from_embedding(MAPS[name], dim=3)
    quantities = (*SCALARS, "riemann", "christoffel")
    expected, found = (rl.Connection(g).evaluate(POINTS, *quantities) for g in (still, moved))
    for quantity in quantities:
        np.testing.assert_allclose(found[quantity], expected[quantity], rtol=1e-9, atol=1e-10, err_msg=quantity)
    np.testing.assert_allclose(
        moved.immersion.mean_curvature(POINTS), still.immersion.mean_curvature(POINTS) @ q.T, rtol=1e-9, atol=1e-10
    )


def learned(key, x):
    """A network that is close enough to a similarity of R^3 to be one-to-one."""
    w, v = jax.random.normal(key, (2, 8, 3)) / 4
    return jnp.concatenate([x, jnp.tanh(w @ x), jnp.sin(v @ x)])


def test_learned_spheres():
    chart = Chart(("theta", "phi"), (pole_interval(0, np.pi), periodic(2 * np.pi)))

    def sphere(p):
        x = jnp.array([jnp.sin(p[0]) * jnp.cos(p[1]), jnp.sin(p[0]) * jnp.sin(p[1]), jnp.cos(p[0])])
        return learned(jax.random.key(6), x)

    metric = rl.Metric.from_embedding(sphere, chart=chart)
    curvature = rl.Connection(metric).scalar(jnp.array([[0.5, 1.0], [1.5, 2.0], [2.0, 3.0]]))
    assert float(jnp.ptp(curvature)) > 0.1  # it is not round
    assert gauss_bonnet(metric, 2).miss < 1e-9


def test_learned_tori():
    chart = Chart(("u", "v"), (periodic(2 * np.pi), periodic(2 * np.pi)))

    def torus(p):
        ring = 2 + jnp.cos(p[1])
        return learned(jax.random.key(7), jnp.array([ring * jnp.cos(p[0]), ring * jnp.sin(p[0]), jnp.sin(p[1])]))

    metric = rl.Metric.from_embedding(torus, chart=chart)
    density = rl.Connection(metric).euler_density(jnp.array([[0.5, 1.0], [2.0, 3.0]]))
    assert float(jnp.max(jnp.abs(density))) > 0.01
    assert gauss_bonnet(metric, 0).miss < 1e-9
