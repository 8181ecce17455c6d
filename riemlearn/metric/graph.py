r"""Fitted graphs as maps, and what their variants (one neighbour left out, the nearer ones alone) say of the errors."""

from itertools import product
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.curvature import EmbeddedPoint
from riemlearn.metric.local_fit import LocalFit, exponents

QUANTITIES = (
    *("metric", "christoffel", "riemann_lowered", "ricci", "scalar"),
    *("second_fundamental_form", "mean_curvature"),
)


class Estimate(NamedTuple):
    r"""A quantity with its errors.

    Attributes
    ----------
    value : array
        The quantity.
    standard_error : array
        From the scatter of the samples about the fit: the jackknife.
    bias : array
        From the order at which the polynomial ends: what the fit to the nearer two thirds of the neighbours changes,
        extrapolated; its sign is that of (value - truth).  Where the samples are noisy it overestimates.
    """

    value: np.ndarray
    standard_error: np.ndarray
    bias: np.ndarray

    @property
    def error(self) -> Any:
        r""":math:`\sqrt{\mathrm{standard\ error}^2 + \mathrm{bias}^2}`."""
        return np.asarray(np.hypot(self.standard_error, self.bias))


class Graph(eqx.Module):
    r"""The map :math:`t \mapsto c + T t + N (p_0 + p_1 t + p_2(t, t) + \dots)` of a fit."""

    centre: Float[Array, " d"]
    tangent: Float[Array, "k d"]
    normal: Float[Array, "q d"]
    tensors: tuple[Float[Array, "..."], ...]

    def __call__(self, t: Float[Array, " k"]) -> Float[Array, " d"]:
        """The point of the ambient space."""
        height = self.tensors[0]
        for tensor in self.tensors[1:]:
            power = tensor
            while power.ndim > 1:
                power = jnp.tensordot(t, power, 1)
            height = height + power
        return self.centre + t @ self.tangent + height @ self.normal


def tensors_of(fit: LocalFit, dim: int, order: int) -> list[np.ndarray]:
    """Coefficients as symmetric tensors of degree 0, 1, ... in coordinates of the samples' unit of length."""
    powers = exponents(dim, order)
    number = {tuple(power): i for i, power in enumerate(powers.tolist())}
    tensors = []
    for degree in range(order + 1):
        indices = product(range(dim), repeat=degree)
        which = [number[tuple(map(index.count, range(dim)))] for index in indices]
        repeated = np.bincount(which, minlength=len(powers))[which]
        parts = fit.coefficients[:, which] / repeated[:, None] * fit.radius ** (1 - degree)
        tensors.append(parts.reshape(len(parts), *(dim,) * degree, parts.shape[-1]))
    return tensors


def _all_variants(
    names: tuple[str, ...], graph: tuple[Array, ...], tensors: tuple[Array, ...], x: Float[Array, " k"]
) -> dict[str, Array]:
    centre, tangent, normal = graph

    def one(variant: tuple[Array, ...]) -> dict[str, Array]:
        point = EmbeddedPoint.at(Graph(centre, tangent, normal, variant), x)
        return {name: getattr(point, name)() for name in names}

    return jax.vmap(one)(tensors)


@eqx.filter_jit
def at_centres(names: tuple[str, ...], graph: tuple[Array, ...], tensors: tuple[Array, ...]) -> dict[str, Array]:
    """Quantities of all variants of many graphs, each at its own centre."""
    zero = jnp.zeros(graph[1].shape[1], graph[1].dtype)
    return jax.vmap(lambda g, t: _all_variants(names, g, t, zero))(graph, tensors)


@eqx.filter_jit
def at_points(
    names: tuple[str, ...], graph: tuple[Array, ...], tensors: tuple[Array, ...], x: Float[Array, "b k"]
) -> dict[str, Array]:
    """Quantities of all variants of one graph at many points."""
    return jax.vmap(lambda y: _all_variants(names, graph, tensors, y))(x)


def estimated(found: Float[np.ndarray, "b variants *shape"], half: float, dim: int) -> Estimate:
    r"""Value, jackknife error and bias from the variants of a fit: whole, one left out, nearer ones.

    The bias of a fit is :math:`O(h^2)` in its radius, and that is :math:`O(m^{1/k})` in the number of neighbours.
    """
    whole, without_one, nearer = found[:, 0], found[:, 1:-1], found[:, -1]
    m = without_one.shape[1]
    scatter = np.sum((without_one - without_one.mean(axis=1, keepdims=True)) ** 2, axis=1)
    return Estimate(whole, np.sqrt((m - 1) / m * scatter), (whole - nearer) / (1 - half ** (2 / dim)))
