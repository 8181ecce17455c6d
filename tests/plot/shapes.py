"""Small surfaces for the tests of pictures, as anybody could hand them in."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from riemlearn.chart import Chart, interval, periodic, pole_interval

TURN = periodic(2 * math.pi)


@dataclass(frozen=True)
class Field:
    """A scalar field by its values at one point."""

    value: Any
    rank: int = 0
    quantity: str = "field"

    def checked(self, x):
        return jnp.vectorize(self.value, signature="(n)->()")(x), jnp.zeros(x.shape[:-1], int)


@dataclass(frozen=True)
class Shape:
    """A manifold that knows its chart, its embedding and its curvature."""

    name: str
    chart: Chart
    embedding: Any
    curvature: Any
    patch: Any = None

    @property
    def connection(self):
        return SimpleNamespace(scalar=Field(lambda x: 2 * self.curvature(x)))

    def __repr__(self):
        return self.name


def _sphere(x):
    return jnp.stack([jnp.sin(x[0]) * jnp.cos(x[1]), jnp.sin(x[0]) * jnp.sin(x[1]), jnp.cos(x[0])])


def _torus(x):
    r = 2 + jnp.cos(x[0])
    return jnp.stack([r * jnp.cos(x[1]), r * jnp.sin(x[1]), jnp.sin(x[0])])


def _pseudosphere(x):
    r = 1 / jnp.cosh(x[0])
    return jnp.stack([r * jnp.cos(x[1]), r * jnp.sin(x[1]), x[0] - jnp.tanh(x[0])])


def _one(x):
    return jnp.ones_like(x[0])


SPHERE = Shape("the sphere", Chart(("theta", "phi"), (pole_interval(0, math.pi), TURN)), _sphere, _one)
TORUS = Shape("the torus", Chart(("u", "v"), (TURN, TURN)), _torus, lambda x: jnp.cos(x[0]) / (2 + jnp.cos(x[0])))
PSEUDOSPHERE = Shape(
    "the pseudosphere",
    Chart(("u", "v"), (interval(0), TURN)),
    _pseudosphere,
    lambda x: -_one(x),
    ((0.2, 0.0), (2.0, 6.0)),
)
FLAT = Shape("the flat torus", Chart(("x", "y"), (periodic(1.0), periodic(2.0))), None, lambda x: 0 * x[0])


def pixels(data: bytes) -> np.ndarray:
    """The red, green and blue of a PNG, from 0 to 1."""
    from io import BytesIO

    from matplotlib.image import imread

    return imread(BytesIO(data), format="png")[..., :3]
