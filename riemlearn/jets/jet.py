"""The 2-jet of a map at a point, by nested forward differentiation."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Second derivatives that are carried at once: enough to fill a matrix product, few enough to fit in memory.
_COLUMNS = 1024


class Jet1(NamedTuple):
    """Value and first derivatives of a map, as in :class:`Jet2`."""

    value: Float[Array, "*out"]
    first: Float[Array, "k *out"]


class Jet2(NamedTuple):
    r"""Derivatives of a map up to second order along the directions :math:`e_1, \dots, e_k`.

    Attributes
    ----------
    value : array of shape ``(*out)``
        :math:`f(x)`.
    first : array of shape ``(k, *out)``
        :math:`Df(x)\,e_a`.
    second : array of shape ``(k (k + 1) / 2, *out)``
        :math:`D^2 f(x)(e_a, e_b)` for :math:`a \le b`, in the order of ``jnp.triu_indices(k)``.
    """

    value: Float[Array, "*out"]
    first: Float[Array, "k *out"]
    second: Float[Array, "pairs *out"]


def jet1(
    f: Callable[[Float[Array, " n"]], Float[Array, "*out"]],
    x: Float[Array, " n"],
    basis: Float[Array, "k n"] | None = None,
) -> Jet1:
    """Value and first derivatives of ``f`` at ``x`` along the rows of ``basis``, by default the coordinates.

    Examples
    --------
    >>> jet1(lambda x: x[0] ** 2 * x[1], jnp.array([3.0, 2.0])).first.tolist()
    [12.0, 9.0]
    """
    directions = jnp.eye(x.shape[0], dtype=x.dtype) if basis is None else basis
    value, first = jax.vmap(lambda v: jax.jvp(f, (x,), (v,)), out_axes=(None, 0))(directions)
    return Jet1(value, first)


def jet2(
    f: Callable[[Float[Array, " n"]], Float[Array, "*out"]],
    x: Float[Array, " n"],
    basis: Float[Array, "k n"] | None = None,
) -> Jet2:
    r"""Value, first and second derivatives of ``f`` at ``x`` along the rows of ``basis``.

    Parameters
    ----------
    f : callable
        A map from ``(n,)`` to an array of any shape.
    x : array of shape (n,)
        The point.
    basis : array of shape (k, n), optional
        Directions; by default the coordinate directions.

    Examples
    --------
    >>> jet = jet2(lambda x: x[0] ** 2 * x[1], jnp.array([3.0, 2.0]))
    >>> jet.first.tolist(), jet.second.tolist()
    ([12.0, 9.0], [4.0, 6.0, 0.0])
    """
    directions = jnp.eye(x.shape[0], dtype=x.dtype) if basis is None else basis
    k = directions.shape[0]

    def push(y: Float[Array, " n"]) -> Jet1:
        return jet1(f, y, directions)

    def differentiate(u: Float[Array, " n"]) -> tuple[Jet1, Jet1]:
        return jax.jvp(push, (x,), (u,))

    if k * k <= _COLUMNS:
        (value, first), (_, second) = jax.vmap(differentiate, out_axes=(None, 0))(directions)
    else:
        value, first = push(x)
        second = jax.lax.map(lambda u: differentiate(u)[1].first, directions, batch_size=max(1, _COLUMNS // k))
    return Jet2(value, first, second[np.triu_indices(k)])


def unpack(second: Float[Array, "pairs *out"], k: int) -> Float[Array, "k k *out"]:
    """The symmetric array of second derivatives from its packed upper triangle.

    Examples
    --------
    >>> unpack(jnp.array([4.0, 6.0, 0.0]), 2).tolist()
    [[4.0, 6.0], [6.0, 0.0]]
    """
    where = np.zeros((k, k), dtype=int)
    rows, columns = np.triu_indices(k)
    where[rows, columns] = where[columns, rows] = np.arange(len(rows))
    return second[where]
