r"""Geodesics for long times: Gauss collocation of order 6 with a fixed step.

A geodesic is the motion of :math:`H(x, p) = \tfrac12 g^{ij}(x) p_i p_j`, with :math:`v^i = g^{ij} p_j`,

.. math:: \dot x^i = v^i, \qquad \dot p_k = \tfrac12\, \partial_k g_{ij}\, v^i v^j .

The three stages of a step are

.. math:: Z_a = h \sum_b A_{ab} F(y + Z_b), \qquad y \leftarrow y + h \sum_b b_b F(y + Z_b),

solved to rounding by iteration.  The map of a step is symplectic and symmetric, so that H oscillates by :math:`O(h^6)`
and does not drift over times that are exponentially long in 1 / h (Hairer, Lubich, Wanner, Geometric Numerical
Integration, 2nd ed., II.1.3, VIII.6 and Theorem IX.8.1).
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from riemlearn.connection.acceleration import inside
from riemlearn.connection.flow import Flow, stop_status
from riemlearn.metric import Metric

_ROOT = np.sqrt(15.0)
NODES = np.array([0.5 - _ROOT / 10, 0.5, 0.5 + _ROOT / 10])
WEIGHTS = np.array([5 / 18, 4 / 9, 5 / 18])
MATRIX = np.array(
    [
        [5 / 36, 2 / 9 - _ROOT / 15, 5 / 36 - _ROOT / 30],
        [5 / 36 + _ROOT / 24, 2 / 9, 5 / 36 - _ROOT / 24],
        [5 / 36 + _ROOT / 30, 2 / 9 + _ROOT / 15, 5 / 36],
    ]
)

# A step whose iteration has not settled after this many rounds is too long.
_ROUNDS = 60


def symplectic_flow(
    metric: Metric, x: Float[Array, " n"], v: Float[Array, " n"], times: Float[Array, " m"], steps: int
) -> Flow:
    """The geodesic from x with velocity v, in equal steps between one time and the next, ``steps`` in all or more."""
    each = -(-steps // max(times.shape[0] - 1, 1))

    def field(y: Float[Array, "2 n"]) -> Float[Array, "2 n"]:
        return inside(metric, y[0], x, lambda z: _motion(metric, z, y[1]))

    def advance(carry: tuple[Array, Array, Array], h: Float[Array, ""]) -> tuple[tuple[Array, Array, Array], None]:
        y, reached, alive = carry
        new, settled = gauss_step(field, y, h)
        alive = alive & settled
        return (jnp.where(alive, new, y), jnp.where(alive, reached + h, reached), alive), None

    def interval(carry: tuple[Array, Array, Array], length: Float[Array, ""]) -> Any:
        def through(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            return jax.lax.scan(advance, carry, jnp.full(each, length / each))[0]

        carry = jax.lax.cond(length > 0, through, lambda carry: carry, carry)
        y, _, alive = carry
        return carry, jnp.where(alive, y, jnp.nan)

    matrix, _ = metric.raw_value("metric", x)
    start = jnp.stack([x, matrix @ v])
    lengths = jnp.diff(times, prepend=jnp.zeros(1, times.dtype))
    (last, reached, alive), found = jax.lax.scan(
        interval, (start, jnp.zeros_like(times[0]), jnp.asarray(True)), lengths
    )

    def velocity(y: Float[Array, "2 n"]) -> Float[Array, " n"]:
        return inside(metric, y[0], x, lambda z: _motion(metric, z, y[1]))[0]

    ahead = last[0] + jnp.max(lengths) / each * velocity(last)
    status = stop_status(metric, x, v, alive, jnp.where(jnp.isfinite(ahead), ahead, last[0]))
    taken = each * jnp.sum(lengths > 0)
    return Flow(found[:, 0], jax.vmap(velocity)(found), status, reached, last[0], ahead, taken)


def _motion(metric: Metric, x: Float[Array, " n"], p: Float[Array, " n"]) -> tuple[Array, Array]:
    """Velocity and force at a point of phase space, and the status of the metric."""
    inverse, status = metric.raw_value("inverse", x)
    v = inverse @ p
    force = jax.grad(lambda z: metric.raw_inner(z, v, v))(x) / 2
    return jnp.stack([v, force]), status


def gauss_step(field: Any, y: Float[Array, "2 n"], h: Float[Array, ""]) -> tuple[Float[Array, "2 n"], Bool[Array, ""]]:
    """One step of length h, and whether its equation was solved."""
    nodes, weights, matrix = (jnp.asarray(a, y.dtype) for a in (NODES, WEIGHTS, MATRIX))

    def stages(z: Float[Array, "3 2 n"]) -> Float[Array, "3 2 n"]:
        return h * jnp.tensordot(matrix, jax.vmap(field)(y + z), 1)

    def residual(z: Float[Array, "3 2 n"]) -> Float[Array, "3 2 n"]:
        return z - stages(z)

    def iterate(residual: Any, z: Float[Array, "3 2 n"]) -> tuple[Float[Array, "3 2 n"], Float[Array, ""]]:
        def unsettled(state: tuple[Array, Array, Array, Array]) -> Array:
            _, change, before, count = state
            return (change > 0) & (change < before) & (count < _ROUNDS)

        def improve(state: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            z, before, _, count = state
            miss = residual(z)
            return z - miss, jnp.max(jnp.abs(miss)), before, count + 1

        top = jnp.asarray(jnp.inf, y.dtype)
        z, change, _, _ = jax.lax.while_loop(unsettled, improve, improve((z, top, top, jnp.asarray(0))))
        return z, change

    def linear_solve(linear: Any, b: Float[Array, "3 2 n"]) -> Float[Array, "3 2 n"]:
        matrix = jax.jacfwd(linear)(jnp.zeros_like(b)).reshape(b.size, b.size)
        return jnp.linalg.solve(matrix, b.reshape(-1)).reshape(b.shape)

    guess = h * nodes[:, None, None] * field(y)
    z, change = jax.lax.custom_root(residual, guess, iterate, linear_solve, has_aux=True)
    size = jnp.max(jnp.abs(z)) + jnp.finfo(y.dtype).eps * jnp.max(jnp.abs(y))
    settled = change <= jnp.sqrt(jnp.finfo(y.dtype).eps) * size
    return y + h * jnp.tensordot(weights, jax.vmap(field)(y + z), 1), settled
