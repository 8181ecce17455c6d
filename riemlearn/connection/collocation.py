r"""Newton's method for the geodesic equation with both ends fixed, by collocation.

The unknown is the acceleration a at the Gauss points of a :class:`~riemlearn.connection.mesh.Mesh`, the equation

.. math:: a_i = F(\gamma(s_i), \dot\gamma(s_i)), \qquad F^k(x, v) = -\Gamma^k{}_{ij}(x)\, v^i v^j,

which is one of the second kind: the identity plus something compact, as well-conditioned as the geodesic is far from
conjugate ends (Ascher, Mattheij and Russell, Numerical Solution of Boundary Value Problems, SIAM 1995, ch. 5; their
collocation at Gauss points converges twice as fast at the ends of elements as between them).
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import lu_factor, lu_solve
from jaxtyping import Array, Bool, Float, Int

from riemlearn.connection.mesh import ORDER, Mesh, element, mesh
from riemlearn.metric import Metric

NEWTON_STEPS = 30
_SMALLEST_STEP = 1 / 64


def force(metric: Metric, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
    r""":math:`-\Gamma^k{}_{ij} v^i v^j` at one point."""
    return -jnp.einsum("kij,i,j->k", metric.raw_value("christoffel", x)[0], v, v)


def defect(
    metric: Metric, grid: Mesh, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]
) -> Float[Array, "N n"]:
    """What is left of the equation at the Gauss points."""
    points, velocities = grid.nodes.points(x, y, a), grid.nodes.velocities(x, y, a)
    return a - jax.vmap(lambda p, v: force(metric, p, v))(points, velocities)


def linearised(
    metric: Metric, points: Float[Array, "m n"], velocities: Float[Array, "m n"]
) -> tuple[Float[Array, "m n"], Float[Array, "m n n"], Float[Array, "m n n"]]:
    """The force, and its derivatives by position and by velocity."""

    def twice(p: Float[Array, " n"], v: Float[Array, " n"]) -> Any:
        value = force(metric, p, v)
        return value, value

    (A, B), value = jax.vmap(jax.jacfwd(twice, argnums=(0, 1), has_aux=True))(points, velocities)
    return value, A, B


def correction(
    grid: Mesh, by_point: Float[Array, "N n n"], by_velocity: Float[Array, "N n n"], rest: Float[Array, "N n"]
) -> Float[Array, "N n"]:
    r"""Solve :math:`w_i - A_i (G w)_i - B_i (\partial G\, w)_i = r_i`, where w is the acceleration of a variation.

    Each element is solved for its own accelerations in terms of position and velocity at its left end, all at once;
    what is left is one small system that joins the elements and holds the ends fixed.
    """
    K, n, h = grid.elements, rest.shape[-1], 1 / grid.elements
    local = element()
    once, twice, nodes, weights = (jnp.asarray(v, rest.dtype) for v in (local.once, local.twice, *local[:2]))
    A, B = (v.reshape(K, ORDER, n, n) for v in (by_point, by_velocity))
    one = jnp.eye(ORDER * n, dtype=rest.dtype)
    inner = jnp.einsum("eikl,ij->eikjl", h * h * A, twice) + jnp.einsum("eikl,ij->eikjl", h * B, once)
    factors = lu_factor(one - inner.reshape(K, ORDER * n, ORDER * n))

    def local_answer(right: Float[Array, "K p n c"]) -> Float[Array, "K p n c"]:
        return jax.vmap(lu_solve)(factors, right.reshape(K, ORDER * n, -1)).reshape(K, ORDER, n, -1)

    # two solves and not one: reverse mode turns round what is linear in ``rest`` alone
    by_start = local_answer(jnp.concatenate([A, h * nodes[:, None, None] * A + B], axis=-1))
    by_rest = local_answer(rest.reshape(K, ORDER, n, 1))

    def added(answer: Float[Array, "K p n c"]) -> Float[Array, "K m c"]:
        """What the accelerations add to (x, v) over each element."""
        across = jnp.einsum("j,ejkc->ekc", weights * (1 - nodes) * h * h, answer)
        return jnp.concatenate([across, jnp.einsum("j,ejkc->ekc", weights * h, answer)], axis=1)

    eye = jnp.eye(n, dtype=rest.dtype)
    free = jnp.block([[eye, h * eye], [jnp.zeros_like(eye), eye]])
    # unknowns are (x, v) at the K + 1 ends of elements; the rows are K steps, then x = 0 at both ends
    joint = jnp.zeros((K + 1, 2 * n, K + 1, 2 * n), rest.dtype)
    e = np.arange(K)
    joint = joint.at[e, :, e, :].set(-(free + added(by_start)))
    joint = joint.at[e, :, e + 1, :].set(jnp.eye(2 * n, dtype=rest.dtype))
    joint = joint.at[K, :n, 0, :n].set(eye).at[K, n:, K, :n].set(eye)
    size = 2 * n * (K + 1)
    known = jnp.concatenate([added(by_rest)[..., 0], jnp.zeros((1, 2 * n), rest.dtype)]).reshape(size)
    starts = jnp.linalg.solve(joint.reshape(size, size), known).reshape(K + 1, 2 * n)[:-1]
    return (jnp.einsum("ejkc,ec->ejk", by_start, starts) + by_rest[..., 0]).reshape(K * ORDER, n)


class Solved(NamedTuple):
    """Where Newton's method ended: accelerations, the defect as a part of the speed, and the steps taken."""

    a: Float[Array, "N n"]
    defect: Float[Array, ""]
    steps: Int[Array, ""]


def newton(
    metric: Metric, grid: Mesh, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"], goal: float
) -> Solved:
    """Solve the collocation equations by damped Newton steps, until the defect is below ``goal`` or does not fall."""

    def step(carry: _Iterate) -> _Iterate:
        trial = carry.a + carry.part * carry.change
        points, velocities = grid.nodes.points(x, y, trial), grid.nodes.velocities(x, y, trial)
        value, A, B = linearised(metric, points, velocities)
        rest = trial - value
        after = relative_size(metric, points, rest, velocities)
        last = carry.part <= _SMALLEST_STEP
        # of the smallest step any gain is taken; nothing compares with NaN
        better = (after <= jnp.where(last, 1, 1 - carry.part / 4) * carry.defect) & jnp.isfinite(after)
        stuck = ~better & (last | (carry.steps < 0))
        kept = _Iterate(trial, -correction(grid, A, B, rest), jnp.ones_like(after), after, carry.steps + 1, stuck)
        shorter = carry._replace(part=carry.part / 4, stuck=stuck)
        return jax.tree.map(lambda a, b: jnp.where(better, a, b), kept, shorter)

    def going(carry: _Iterate) -> Bool[Array, ""]:
        return (carry.defect > goal) & (carry.steps < NEWTON_STEPS) & ~carry.stuck

    # the first pass moves nothing, so that the equations are compiled once
    one = jnp.ones((), a.dtype)
    start = _Iterate(a, jnp.zeros_like(a), one, jnp.inf * one, jnp.full((), -1, jnp.int32), jnp.zeros((), bool))
    ended = jax.lax.while_loop(going, step, start)
    return Solved(ended.a, ended.defect, jnp.maximum(ended.steps, 0))


class _Iterate(NamedTuple):
    a: Float[Array, "N n"]
    change: Float[Array, "N n"]
    part: Float[Array, ""]
    defect: Float[Array, ""]
    steps: Int[Array, ""]
    stuck: Bool[Array, ""]


def relative_size(
    metric: Metric, points: Float[Array, "m n"], vectors: Float[Array, "m n"], velocities: Float[Array, "m n"]
) -> Float[Array, ""]:
    r"""The largest :math:`|r|_g` as a part of the mean speed; 0 if both vanish.

    For the defect of the geodesic equation it is the angle by which a curve of unit time turns: it depends on no
    coordinates and no unit of length.
    """
    square = jax.vmap(lambda p, u: metric.raw_inner(p, u, u))
    largest, speed = jnp.max(square(points, vectors)), jnp.mean(square(points, velocities))
    return jnp.where(largest == 0, 0, jnp.sqrt(largest / jnp.where(speed == 0, 1, speed)))


@eqx.filter_custom_jvp
def root(metric: Metric, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]) -> Float[Array, "N n"]:
    """Accelerations that solve the equations, as a function of metric and ends: derivatives by the implicit theorem."""
    return a


@root.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Float[Array, "N n"], Float[Array, "N n"]]:
    metric, x, y, a = primals
    grid = mesh(a.shape[0] // ORDER)
    a = root(metric, x, y, a)
    moving = eqx.filter_jvp(lambda m, p, q: defect(m, grid, p, q, a), primals[:3], tangents[:3])[1]
    _, A, B = linearised(metric, grid.nodes.points(x, y, a), grid.nodes.velocities(x, y, a))
    return a, -correction(grid, A, B, moving)


def _energy(metric: Metric, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]) -> Float[Array, ""]:
    grid = mesh(a.shape[0] // ORDER)
    squares = jax.vmap(lambda p, v: metric.raw_inner(p, v, v))(
        grid.nodes.points(x, y, a), grid.nodes.velocities(x, y, a)
    )
    return jnp.asarray(grid.weights, a.dtype) @ squares


@eqx.filter_custom_jvp
def energy(metric: Metric, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]) -> Float[Array, ""]:
    r""":math:`\int_0^1 g(\dot\gamma, \dot\gamma)\, ds` of a geodesic, the square of its length.

    It is stationary in the accelerations, so that its derivative is taken with these held: the first variation.
    """
    return _energy(metric, x, y, a)


@energy.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
    metric, x, y, a = primals
    a = root(metric, x, y, a)
    return eqx.filter_jvp(lambda m, p, q: _energy(m, p, q, a), primals[:3], tangents[:3])
