"""Geodesics of what can be unrolled into the plane: straight lines, seen in the coordinates of the surface."""

from abc import abstractmethod
from math import pi
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.manifolds.base import safe_root


class FlatGeodesics(eqx.Module):
    """Distance, exp and log of a flat manifold in the coordinates of its chart; abstract."""

    @abstractmethod
    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the geodesic distance."""

    @abstractmethod
    def end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """End of the geodesic from x with initial velocity v after unit time."""

    @abstractmethod
    def start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Initial velocity at x of the shortest geodesic that reaches y in unit time; NaN on the cut locus."""


class StraightLine(FlatGeodesics):
    """An interval in its length."""

    def squared_distance(self, x: Float[Array, "*#batch 1"], y: Float[Array, "*#batch 1"]) -> Float[Array, "*batch"]:
        """Square of the difference."""
        return jnp.sum((x - y) ** 2, axis=-1)

    def end(self, x: Float[Array, " 1"], v: Float[Array, " 1"]) -> Float[Array, " 1"]:
        """The sum."""
        return x + v

    def start(self, x: Float[Array, " 1"], y: Float[Array, " 1"]) -> Float[Array, " 1"]:
        """The difference."""
        return y - x


class OfCylinder(FlatGeodesics):
    """A cylinder of a radius in its angle and height: helices."""

    radius: float = eqx.field(static=True)

    def squared_distance(self, x: Float[Array, "*#batch 2"], y: Float[Array, "*#batch 2"]) -> Float[Array, "*batch"]:
        """Pythagoras in the plane, round the shorter way."""
        step = y - x
        return (self.radius * _turn(step[..., 0])) ** 2 + step[..., 1] ** 2

    def end(self, x: Float[Array, " 2"], v: Float[Array, " 2"]) -> Float[Array, " 2"]:
        """The sum: the coordinates are those of the plane."""
        return x + v

    def start(self, x: Float[Array, " 2"], y: Float[Array, " 2"]) -> Float[Array, " 2"]:
        """The difference, round the shorter way."""
        step = y - x
        return jnp.stack([_unique_turn(step[0]), step[1]])


class OfCone(FlatGeodesics):
    r"""A cone in the distance s from its apex and its angle: unrolled, :math:`(s, k \varphi)` are polar coordinates.

    As the angle of the sector is :math:`2 \pi k < 2 \pi`, a shortest line never meets the apex; a geodesic can go round
    it by any angle below :math:`\pi / k`.

    Parameters
    ----------
    ratio : float
        :math:`k`, the sine of half the opening angle.
    """

    ratio: float = eqx.field(static=True)

    def squared_distance(self, x: Float[Array, "*#batch 2"], y: Float[Array, "*#batch 2"]) -> Float[Array, "*batch"]:
        """The law of cosines, without cancellation."""
        half = self.ratio * _turn(y[..., 1] - x[..., 1]) / 2
        return (x[..., 0] - y[..., 0]) ** 2 + 4 * x[..., 0] * y[..., 0] * jnp.sin(half) ** 2

    def end(self, x: Float[Array, " 2"], v: Float[Array, " 2"]) -> Float[Array, " 2"]:
        """A straight step in the sector with x on its axis; NaN if it runs through the apex."""
        along, across = x[0] + v[0], self.ratio * x[0] * v[1]
        through_apex = (across == 0) & (along <= 0)
        along = jnp.where(through_apex, jnp.nan, along)
        return jnp.stack([safe_root(along**2 + across**2), x[1] + jnp.arctan2(across, along) / self.ratio])

    def start(self, x: Float[Array, " 2"], y: Float[Array, " 2"]) -> Float[Array, " 2"]:
        """The chord in the sector with x on its axis."""
        turn = self.ratio * _unique_turn(y[1] - x[1])
        return jnp.stack([y[0] * jnp.cos(turn) - x[0], y[0] * jnp.sin(turn) / (self.ratio * x[0])])


def _turn(angle: Any) -> Any:
    """The angle from -pi to pi that differs from this one by full turns."""
    return angle - 2 * pi * jnp.round(angle / (2 * pi))


def _unique_turn(angle: Any) -> Any:
    """The same, and NaN for half a turn, which can be made both ways."""
    turn = _turn(angle)
    return jnp.where(jnp.abs(turn) < pi * (1 - 4 * float(jnp.finfo(turn.dtype).eps)), turn, jnp.nan)
