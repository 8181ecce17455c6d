"""True manifolds as plain namespaces, in which a test replaces one thing by a wrong one."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np

from riemlearn.chart import Chart, periodic
from riemlearn.manifolds import Sphere
from riemlearn.metric import Metric


def _embed(x):
    s = jnp.sin(x[..., 0])
    return jnp.stack([s * jnp.cos(x[..., 1]), s * jnp.sin(x[..., 1]), jnp.cos(x[..., 0])], -1)


def _frame(x):
    """Unit vectors along theta and phi in space, the latter to be multiplied by sin(theta)."""
    c, s, cp, sp = jnp.cos(x[..., 0]), jnp.sin(x[..., 0]), jnp.cos(x[..., 1]), jnp.sin(x[..., 1])
    return jnp.stack([c * cp, c * sp, -s], -1), jnp.stack([-sp, cp, jnp.zeros_like(cp)], -1)


def sphere_exp(x, v):
    a, b = _frame(x)
    u = a * v[..., :1] + b * (jnp.sin(x[..., :1]) * v[..., 1:])
    square = jnp.sum(u * u, -1, keepdims=True)
    length = jnp.sqrt(jnp.where(square == 0, 1, square))
    y = jnp.where(square == 0, _embed(x), jnp.cos(length) * _embed(x) + jnp.sin(length) * u / length)
    return jnp.stack(
        [jnp.arctan2(jnp.hypot(y[..., 0], y[..., 1]), y[..., 2]), jnp.arctan2(y[..., 1], y[..., 0]) % (2 * jnp.pi)], -1
    )


def sphere_log(x, y):
    p, q = _embed(x), _embed(y)
    across = q - jnp.sum(p * q, -1, keepdims=True) * p
    length = jnp.linalg.norm(across, axis=-1, keepdims=True)
    u = across / length * jnp.arctan2(length, jnp.sum(p * q, -1, keepdims=True))
    a, b = _frame(x)
    return jnp.stack([jnp.sum(u * a, -1), jnp.sum(u * b, -1) / jnp.sin(x[..., 0])], -1)


_NAMES = ("dim", "metric", "embedding", "volume", "curvature", "patch", "sample", "distance", "levels", "heat_kernel")


def sphere(**wrong):
    """The unit sphere with exp and log, some of it replaced."""
    s = Sphere(2)
    true = {name: getattr(s, name) for name in _NAMES} | {
        "exp": sphere_exp,
        "log": sphere_log,
        "laplacian": s.laplacian,
    }
    return SimpleNamespace(**(true | {"euler_characteristic": 2} | wrong))


def torus(**wrong):
    """A flat torus whose methods are NumPy's, so that JAX cannot trace them."""
    chart = Chart(("u", "v"), (periodic(1.0), periodic(2.0)))
    periods = np.array([1.0, 2.0])

    def log(x, y):
        difference = np.array(y, float) - np.array(x, float)
        return difference - periods * np.round(difference / periods)

    true = {
        "metric": Metric.from_function(lambda x: jnp.eye(2), 2, chart=chart),
        "volume": 2.0,
        "distance": lambda x, y: np.linalg.norm(log(x, y), axis=-1),
        "exp": lambda x, v: (np.array(x, float) + np.array(v, float)) % periods,
        "log": log,
    }
    return SimpleNamespace(**(true | wrong))
