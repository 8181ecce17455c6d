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
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Bool, Float, Int
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
    return _total(metric, chain, jax.vmap(lambda p, q: _link_energy(metric, p, q))(chain[:-1], chain[1:]))


def _link_energy(metric: Metric, p: Float[Array, " n"], q: Float[Array, " n"]) -> Float[Array, ""]:
    squares = jax.vmap(lambda m: metric.raw_inner(m, q - p, q - p))(jnp.stack([p, (p + q) / 2, q]))
    return (squares[0] + 4 * squares[1] + squares[2]) / 12


def _total(metric: Metric, chain: Float[Array, "m n"], links: Float[Array, " links"]) -> Float[Array, ""]:
    total = jnp.sum(links) * links.shape[0]
    middle = (chain[:-1] + chain[1:]) / 2
    inside = jnp.all(metric.chart.contains(middle)) & jnp.all(metric.chart.contains(chain[1:-1]))
    return jnp.where(inside & jnp.isfinite(total), total, jnp.inf)


class Relaxed(NamedTuple):
    """A chain that was shortened, and its energy."""

    chain: Float[Array, "m n"]
    energy: Float[Array, ""]


def relax(metric: Metric, chain: Float[Array, "m n"]) -> Relaxed:
    """Shorten a chain with fixed ends until a step saves next to nothing."""
    count = chain.shape[0] - 1

    def look(chain: Float[Array, "m n"]) -> tuple[Float[Array, ""], Float[Array, "m n"], Float[Array, ""]]:
        """Energy, the step from there, and how much it should save twice over."""
        middle, link = (chain[1:] + chain[:-1]) / 2, jnp.diff(chain, axis=0)
        of_link = jax.value_and_grad(lambda p, q: _link_energy(metric, p, q), argnums=(0, 1))
        energies, (at_start, at_end) = jax.vmap(of_link)(chain[:-1], chain[1:])
        at = jax.vmap(lambda m: metric.raw_value("metric", m)[0])(jnp.concatenate([chain, middle]))
        mean = (at[:count] + at[1 : count + 1] + 4 * at[count + 1 :]) / 6
        momentum = count * jnp.einsum("mij,mj->mi", mean, link)
        forces = (count * at_end - momentum)[:-1] + (count * at_start + momentum)[1:]
        summed = jnp.concatenate([jnp.zeros_like(link[:1]), jnp.cumsum(forces, axis=0)])
        # new links are the inverse mean metric on (first momentum + summed forces)
        unit = jnp.broadcast_to(jnp.eye(link.shape[1], dtype=link.dtype), mean.shape)
        answer = _solve(mean, jnp.concatenate([unit, summed[..., None]], axis=-1))
        inverse, beside = answer[..., :-1], answer[..., -1]
        left = count * (chain[-1] - chain[0]) - jnp.sum(beside, axis=0)
        first = _solve(jnp.sum(inverse, axis=0), left[:, None])[:, 0]
        change = (jnp.einsum("mij,j->mi", inverse, first) + beside) / count - link
        saved = jnp.einsum("mi,mij,mj->", change, mean, change) * count
        moves = jnp.concatenate([jnp.zeros_like(change[:1]), jnp.cumsum(change, axis=0)]).at[-1].set(0)
        return _total(metric, chain, energies), moves, saved

    def step(carry: _Shortening) -> _Shortening:
        trial = carry.chain + carry.part * carry.moves
        after, moves, saved = look(trial)
        first = carry.steps == 0
        better = jnp.isfinite(after) & (first | (after <= carry.energy - 1e-4 * carry.part * carry.saved))
        # where the step cannot be taken there is none to come
        none = ~jnp.all(jnp.isfinite(moves)) | (after == 0)
        done = jnp.where(
            better,
            none | (~first & (carry.saved <= _ENOUGH * carry.energy)),
            first | (carry.part <= _SMALLEST_STEP),
        )
        kept = _Shortening(trial, jnp.where(none, 0, moves), saved, jnp.ones_like(after), after, carry.steps + 1, done)
        halved = carry._replace(part=carry.part / 2, steps=carry.steps + 1, done=done)
        return jax.tree.map(lambda a, b: jnp.where(better, a, b), kept, halved)

    def going(carry: _Shortening) -> Bool[Array, ""]:
        return ~carry.done & (carry.steps < _STEPS)

    # the first pass moves nothing, so that all is compiled once
    one = jnp.ones((), chain.dtype)
    start = _Shortening(
        chain, jnp.zeros_like(chain), 0 * one, one, jnp.inf * one, jnp.zeros((), jnp.int32), jnp.zeros((), bool)
    )
    ended = jax.lax.while_loop(going, step, start)
    return Relaxed(ended.chain, ended.energy)


class _Shortening(NamedTuple):
    chain: Float[Array, "m n"]
    moves: Float[Array, "m n"]
    saved: Float[Array, ""]
    part: Float[Array, ""]
    energy: Float[Array, ""]
    steps: Int[Array, ""]
    done: Bool[Array, ""]


def _solve(matrix: Float[Array, "*batch n n"], right: Float[Array, "*batch n k"]) -> Float[Array, "*batch n k"]:
    """By Cholesky's factor: half the program of a pivoted one, and NaN where the metric is not positive."""
    return cho_solve((jnp.linalg.cholesky(matrix), True), right)


def accelerations(grid: Mesh, chain: Float[Array, "m n"]) -> Float[Array, "N n"]:
    """Second derivative of the cubic spline through a chain, at the nodes of a mesh."""
    links = chain.shape[0] - 1
    inner = chain - straight(chain[0], chain[-1], links)  # so that a short chain keeps its digits
    return jnp.asarray(_spline(links, grid), chain.dtype) @ inner


@lru_cache
def _spline(links: int, grid: Mesh) -> np.ndarray:
    return CubicSpline(np.linspace(0, 1, links + 1), np.eye(links + 1))(grid.nodes.times, 2)
