r"""Meshes of [0, 1] on which a curve with fixed ends is told by its acceleration.

A mesh has K equal elements with p Gauss points each, and the acceleration is a polynomial of degree p - 1 on each
element.  With :math:`a = \ddot\gamma`, :math:`\gamma(0) = x` and :math:`\gamma(1) = y`,

.. math::
   \gamma(s) = x + s (y - x) + \int_0^1 G(s, t)\, a(t)\, dt, \qquad
   \dot\gamma(s) = y - x + \int_0^1 \partial_s G(s, t)\, a(t)\, dt,

where G is Green's function of :math:`d^2 / ds^2` with zeros at both ends.  The integrals are matrices, exact for such
accelerations.  So the ends are met exactly, nothing is differentiated, and equal ends give the constant curve exactly.
Meshes are nested: what is known on K elements is known on any multiple of K without error.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import legendre

ORDER = 16
"""Gauss points in an element."""


class Rows(NamedTuple):
    """Matrices from the accelerations at the nodes to a curve at some times: acceleration, velocity, position."""

    times: np.ndarray
    second: np.ndarray
    first: np.ndarray
    zeroth: np.ndarray

    def points(self, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]) -> Float[Array, "m n"]:
        """Where the curve is."""
        times, green = jnp.asarray(self.times, a.dtype), jnp.asarray(self.zeroth, a.dtype)
        return x + times[:, None] * (y - x) + green @ a

    def velocities(self, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]) -> Float[Array, "m n"]:
        """Its velocity."""
        return y - x + jnp.asarray(self.first, a.dtype) @ a

    def accelerations(self, a: Float[Array, "N n"]) -> Float[Array, "m n"]:
        """Its second derivative."""
        return jnp.asarray(self.second, a.dtype) @ a


class Local(NamedTuple):
    """One element of length 1: Gauss points, weights, integrals from 0 (once, twice) and derivatives at the points."""

    nodes: np.ndarray
    weights: np.ndarray
    once: np.ndarray
    twice: np.ndarray
    slope: np.ndarray


@dataclass(frozen=True, eq=False)
class Mesh:
    """A mesh, and the matrices of the curves on it.

    Attributes
    ----------
    elements : int
        K.
    nodes : Rows
        At the Gauss points.
    between : Rows
        At points between them and at the ends of elements, where the equation is not imposed and can be judged.
    ends : Rows
        At 0 and 1.
    weights : array
        Of the Gauss rule.
    """

    elements: int
    nodes: Rows
    between: Rows
    ends: Rows
    weights: np.ndarray

    def at(self, times: Any) -> Rows:
        """Matrices at other times in [0, 1]."""
        return _rows(self.elements, np.asarray(times, float))


@lru_cache
def element() -> Local:
    """The reference element."""
    z, w = legendre.leggauss(ORDER)
    once, twice, slope = (_basis((z + 1) / 2, times) for times in (1, 2, -1))
    return Local((z + 1) / 2, w / 2, once, twice, slope)


@lru_cache
def mesh(elements: int) -> Mesh:
    """The mesh of so many elements.

    Examples
    --------
    >>> rule = mesh(2)
    >>> round(float(np.sum(rule.weights * rule.nodes.times**3)), 12)
    0.25
    """
    local = element()
    starts = np.arange(elements)[:, None]
    nodes = ((starts + local.nodes) / elements).ravel()
    inner = (1 - np.cos(np.pi * np.arange(ORDER + 1) / ORDER)) / 2
    # just inside each element, where the polynomial of that element holds
    between = ((starts + np.clip(inner, 1e-12, 1 - 1e-12)) / elements).ravel()
    rows = (_rows(elements, s) for s in (nodes, between, np.array([0.0, 1.0])))
    return Mesh(elements, *rows, weights=np.tile(local.weights / elements, elements))


def _basis(times: np.ndarray, integrals: int) -> np.ndarray:
    """The Lagrange polynomials of the Gauss points, integrals of them from 0, or derivatives; a row for each time."""
    z, w = legendre.leggauss(ORDER)
    # discrete orthogonality: the Legendre coefficients of each Lagrange polynomial
    series = (np.arange(ORDER) + 0.5)[:, None] * legendre.legvander(z, ORDER - 1).T * w
    for _ in range(integrals):
        series = legendre.legint(series, lbnd=-1, scl=0.5)
    if integrals < 0:
        series = legendre.legder(series, -integrals, scl=2)
    return legendre.legval(2 * times - 1, series).T


def _rows(elements: int, times: np.ndarray) -> Rows:
    local, h = element(), 1 / elements
    nodes = ((np.arange(elements)[:, None] + local.nodes) * h).ravel()
    weights = np.tile(local.weights * h, elements)
    home = np.minimum((times * elements).astype(int), elements - 1)
    inside = times * elements - home
    owner = np.repeat(np.arange(elements), ORDER)
    mine, earlier = owner == home[:, None], owner < home[:, None]
    second, once, twice = (mine * np.tile(_basis(inside, k), elements) * h**k for k in range(3))
    # what an earlier element adds to velocity and position; the Gauss rule is exact for both
    once = once + earlier * weights
    twice = twice + earlier * weights * (times[:, None] - nodes)
    to_the_end = weights * (1 - nodes)
    return Rows(times, second, once - to_the_end, twice - times[:, None] * to_the_end)
