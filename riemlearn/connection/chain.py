r"""Chains of points, shortened until Newton's method can take over: robust where it is not, and of few digits.

A chain :math:`x = x_0, \dots, x_M = y` has the energy

.. math:: E = \frac M2 \sum_i \bar g_i(\Delta_i, \Delta_i), \qquad \Delta_i = x_{i+1} - x_i,

with the mean :math:`\bar g_i` of the metric over a link by Simpson's rule; it is at least half the square of the
length.  One step solves the equations of a stationary chain with metric and forces held where they are: the momenta
:math:`p_i = M \bar g_i \Delta_i` are summed up from the forces, and the first of them is such that the chain ends at y.
That is a gradient step in the metric of the second variation without curvature; it needs no more steps for a finer
chain.  A line search keeps the energy falling and the chain in the chart.
"""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float
from scipy.interpolate import CubicSpline

from riemlearn.connection.mesh import Mesh
from riemlearn.metric import Metric

LINKS = 32
"""Links of a chain at first."""

_STEPS = 200
_ENOUGH = 1e-7  # of the energy that a step may still save; Newton's method converges from there
_SMALLEST_STEP = 1e-4


def straight(x: Float[Array, " n"], y: Float[Array, " n"], links: int = LINKS) -> Float[Array, "m n"]:
    """The straight line in the chart."""
    return x + jnp.linspace(0, 1, links + 1, dtype=x.dtype)[:, None] * (y - x)


def energy(metric: Metric, chain: Float[Array, "m n"]) -> Float[Array, ""]:
    """Energy of a chain; infinite where it leaves the chart."""
    start, end = chain[:-1], chain[1:]
    total = jnp.sum(jax.vmap(lambda p, q: _link_energy(metric, p, q))(start, end)) * (chain.shape[0] - 1)
    inside = jnp.all(metric.chart.contains((start + end) / 2)) & jnp.all(metric.chart.contains(chain[1:-1]))
    return jnp.where(inside & jnp.isfinite(total), total, jnp.inf)


def _link_energy(metric: Metric, p: Float[Array, " n"], q: Float[Array, " n"]) -> Float[Array, ""]:
    squares = jax.vmap(lambda m: metric.raw_inner(m, q - p, q - p))(jnp.stack([p, (p + q) / 2, q]))
    return (squares[0] + 4 * squares[1] + squares[2]) / 12


def relax(metric: Metric, chain: Float[Array, "m n"]) -> Float[Array, "m n"]:
    """Shorten a chain with fixed ends until a step saves next to nothing."""
    count = chain.shape[0] - 1

    def direction(chain: Float[Array, "m n"]) -> tuple[Float[Array, "m n"], Float[Array, ""]]:
        middle, link = (chain[1:] + chain[:-1]) / 2, jnp.diff(chain, axis=0)
        gradient = jax.grad(lambda p, q: count * _link_energy(metric, p, q), argnums=(0, 1))
        at_start, at_end = jax.vmap(gradient)(chain[:-1], chain[1:])
        at = jax.vmap(lambda m: metric.raw_value("metric", m)[0])(jnp.concatenate([chain, middle]))
        mean = (at[:count] + at[1 : count + 1] + 4 * at[count + 1 :]) / 6
        momentum = count * jnp.einsum("mij,mj->mi", mean, link)
        forces = (at_end - momentum)[:-1] + (at_start + momentum)[1:]
        summed = jnp.concatenate([jnp.zeros_like(link[:1]), jnp.cumsum(forces, axis=0)])
        # new links are the inverse mean metric on (first momentum + summed forces)
        right = jnp.concatenate(
            [jnp.broadcast_to(jnp.eye(link.shape[1], dtype=link.dtype), mean.shape), summed[..., None]], -1
        )
        answer = jnp.linalg.solve(mean, right)
        inverse, beside = answer[..., :-1], answer[..., -1]
        first = jnp.linalg.solve(jnp.sum(inverse, axis=0), count * (chain[-1] - chain[0]) - jnp.sum(beside, axis=0))
        change = (jnp.einsum("mij,j->mi", inverse, first) + beside) / count - link
        saved = jnp.einsum("mi,mij,mj->", change, mean, change) * count
        moves = jnp.concatenate([jnp.zeros_like(change[:1]), jnp.cumsum(change, axis=0)]).at[-1].set(0)
        return moves, saved

    def step(carry: Any) -> Any:
        chain, before, steps, _ = carry
        moves, saved = direction(chain)
        usable = jnp.all(jnp.isfinite(moves))
        moves = jnp.where(usable, moves, 0)

        def too_long(trial: Any) -> Bool[Array, ""]:
            return ~(trial[1] <= before - 1e-4 * trial[0] * saved) & (trial[0] > _SMALLEST_STEP)

        def shorter(trial: Any) -> Any:
            part = trial[0] / 2
            return part, energy(metric, chain + part * moves)

        # the first pass of the loop takes the whole step, so that the energy is compiled once
        first = (jnp.full((), 2, chain.dtype), jnp.full((), jnp.inf, chain.dtype))
        part, after = jax.lax.while_loop(too_long, shorter, first)
        better = (after < before) & usable
        done = ~better | (saved <= _ENOUGH * before)
        return jnp.where(better, chain + part * moves, chain), jnp.where(better, after, before), steps + 1, done

    def going(carry: Any) -> Bool[Array, ""]:
        return ~carry[3] & (carry[2] < _STEPS)

    start = energy(metric, chain)
    first = (chain, start, jnp.zeros((), jnp.int32), ~jnp.isfinite(start) | (start == 0))
    return jax.lax.while_loop(going, step, first)[0]


def accelerations(grid: Mesh, chain: Float[Array, "m n"]) -> Float[Array, "N n"]:
    """Second derivative of the cubic spline through a chain, at the nodes of a mesh."""
    links = chain.shape[0] - 1
    inner = chain - straight(chain[0], chain[-1], links)  # so that a short chain keeps its digits
    return jnp.asarray(_spline(links, grid), chain.dtype) @ inner


@lru_cache
def _spline(links: int, grid: Mesh) -> np.ndarray:
    return CubicSpline(np.linspace(0, 1, links + 1), np.eye(links + 1))(grid.nodes.times, 2)
