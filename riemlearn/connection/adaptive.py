r"""Ordinary differential equations by the Runge-Kutta pair of Dormand and Prince of order 8, with its step chosen.

(Prince, Dormand, High order embedded Runge-Kutta formulae, J. Comput. Appl. Math. 7 (1981); the controller is that of
Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, sec. II.4; both as diffrax implements them.)
Steps are constants for differentiation, forward and backward.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

STEPS = 4096
"""How many steps are allowed, if nobody says otherwise."""


class Solved(NamedTuple):
    """States at the times asked for, NaN where they were not reached; and where the solver stopped."""

    states: Any
    complete: Bool[Array, ""]
    reached: Float[Array, ""]
    last: Any
    steps: Int[Array, ""]


def solve(
    field: Callable[[Float[Array, ""], Any], Any],
    start: Any,
    scale: Any,
    times: Float[Array, " m"],
    tol: Float[Array, ""],
    steps: int = STEPS,
) -> Solved:
    r"""Solve :math:`\dot y = f(s, y)` from s = 0 to 1.

    Parameters
    ----------
    field : callable
        From s and the state, a pytree, to its derivative; a NaN makes the solver try a shorter step.
    start : pytree
        The state at 0.
    scale : pytree
        Like ``start``: the size of each part, which is its unit for errors.
    times : array of shape (m,)
        Increasing numbers in [0, 1].
    tol : scalar
        The error of one step may be this times the unit, plus this times the number itself.
    steps : int
        How many steps are allowed.
    """
    import diffrax  # takes a second to load

    dtype = times.dtype

    def power(a: Float[Array, ""]) -> Float[Array, ""]:  # of two, so that a change of units does not round
        return jnp.ldexp(jnp.ones((), dtype), jnp.frexp(jax.lax.stop_gradient(jnp.where(a > 0, a, 1)))[1])

    unit = jax.tree.map(power, scale)

    def scaled(s: Any, y: Any, args: Any) -> Any:
        return jax.tree.map(jnp.divide, field(s, jax.tree.map(jnp.multiply, y, unit)), unit)

    at_times, at_end = diffrax.SubSaveAt(ts=times), diffrax.SubSaveAt(t1=True)
    found = diffrax.diffeqsolve(
        diffrax.ODETerm(scaled),
        diffrax.Dopri8(),
        jnp.zeros((), dtype),
        jnp.ones((), dtype),
        None,
        jax.tree.map(jnp.divide, start, unit),
        saveat=diffrax.SaveAt(subs=(at_times, at_end)),
        stepsize_controller=diffrax.PIDController(
            rtol=tol,
            atol=tol,
            dtmin=16 * float(jnp.finfo(dtype).eps),
            force_dtmin=False,
        ),
        max_steps=steps,
        adjoint=diffrax.DirectAdjoint(),
        throw=False,
    )
    (times_found, time_found), ys = cast(Any, found.ts), cast(Any, found.ys)
    states, last = (jax.tree.map(jnp.multiply, y, unit) for y in ys)
    good = jnp.isfinite(times_found)
    states = jax.tree.map(lambda y: jnp.where(good.reshape((-1,) + (1,) * (y.ndim - 1)), y, jnp.nan), states)
    last = jax.tree.map(lambda y: y[0], last)
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(y)) for y in jax.tree.leaves(last)]))
    complete = (found.result == diffrax.RESULTS.successful) & finite
    return Solved(states, complete, time_found[0], last, found.stats["num_steps"])
