r"""Distance, exp and log of a manifold against the equations that they must solve.

=========  ===========  =====================================================================================
quantity   route        what must vanish
=========  ===========  =====================================================================================
distance   identity     :math:`|\nabla d(x, \cdot)|_g - 1`: the eikonal equation, the gradient by JAX
exp        identity     :math:`\ddot\gamma^k + \Gamma^k_{ij} \dot\gamma^i \dot\gamma^j` along
                        :math:`\gamma(s) = \exp_x(s v)`, over the size of its terms
exp        closed form  :math:`d(x, \exp_x v) - |v|`, for a v that is shortest
log        closed form  :math:`d(\exp_x(\log_x y), y)`, over :math:`d(x, y)`
log        identity     :math:`|\log_x y| - d(x, y)`, over :math:`d(x, y)`
=========  ===========  =====================================================================================

(Lee, Introduction to Riemannian Manifolds, 2nd ed., Theorem 6.31 and ch. 5.)  Christoffel symbols and metric are the
closed forms, which the squares judge.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.errors import NoClosedForm
from riemlearn.manifolds.base import safe_root
from riemlearn.verify.cases import Case
from riemlearn.verify.rows import TOLERANCE, Row, answer, compiled, row

QUANTITIES = ("distance", "exp", "log")

Errors = Callable[[Any, Float[Array, " n"], Float[Array, " n"]], dict[tuple[str, str], Float[Array, ""]]]


def geodesic_rows(case: Case, quantities: Sequence[str], points: Float[Array, "points n"]) -> Iterator[Row]:
    """Rows of one manifold: what it knows of distance, exp and log, in both types, at pairs of points."""
    wanted = [errors for name, errors in _ERRORS.items() if name in quantities and _knows(case.manifold, name)]
    if not wanted:
        return

    def at(x: Float[Array, " n"], y: Float[Array, " n"]) -> dict[tuple[str, str], Float[Array, ""]]:
        return {name: value for errors in wanted for name, value in errors(case.manifold, x, y).items()}

    judge = compiled(jax.vmap(at))
    for dtype in TOLERANCE:
        x, y = points.astype(dtype), case.partners(points).astype(dtype)
        for (quantity, route), errors in judge(x, y).items():
            yield row(case.name, quantity, route, dtype, np.abs(answer(errors, dtype)), np.asarray(x))


def _knows(manifold: Any, quantity: str) -> bool:
    """Whether a manifold has one of the three, and what it is judged by."""
    x = jnp.asarray(manifold.patch.low)
    needs = {
        "distance": [lambda: manifold.squared_distance(x, x)],
        "exp": [lambda: manifold.geodesic_end(x, x), lambda: manifold.geodesic_start(x, x)],
        "log": [lambda: manifold.geodesic_start(x, x), lambda: manifold.geodesic_end(x, x)],
    }[quantity]
    try:
        for call in needs:
            jax.eval_shape(call)
    except (NoClosedForm, AttributeError):
        return False
    return True


def _distance(m: Any, x: Float[Array, " n"], y: Float[Array, " n"]) -> dict[tuple[str, str], Float[Array, ""]]:
    gradient = jax.grad(lambda y: safe_root(m.squared_distance(x, y)))(y)
    return {("distance", "identity"): safe_root(gradient @ m.metric.inverse(y) @ gradient) - 1}


def _exp(m: Any, x: Float[Array, " n"], y: Float[Array, " n"]) -> dict[tuple[str, str], Float[Array, ""]]:
    v = m.geodesic_start(x, y) / 2  # half of a shortest geodesic is one

    def velocity(s: Float[Array, ""]) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        return jax.jvp(lambda s: m.geodesic_end(x, s * v), (s,), (jnp.ones_like(s),))

    one = jnp.ones_like(v[0])
    (end, speed), (_, acceleration) = jax.jvp(velocity, (one,), (one,))
    pull = jnp.einsum("kij,i,j->k", m.connection.christoffel(end), speed, speed)
    size = jnp.linalg.norm(acceleration) + jnp.linalg.norm(pull) + jnp.linalg.norm(speed)
    length = safe_root(v @ m.metric(x) @ v)
    return {
        ("exp", "identity"): jnp.linalg.norm(acceleration + pull) / size,
        ("exp", "closed form"): safe_root(m.squared_distance(x, end)) / length - 1,
    }


def _log(m: Any, x: Float[Array, " n"], y: Float[Array, " n"]) -> dict[tuple[str, str], Float[Array, ""]]:
    v = m.geodesic_start(x, y)
    apart = safe_root(m.squared_distance(x, y))
    missed = safe_root(m.squared_distance(m.geodesic_end(x, v), y))
    return {
        ("log", "closed form"): missed / apart,
        ("log", "identity"): safe_root(v @ m.metric(x) @ v) / apart - 1,
    }


_ERRORS: dict[str, Errors] = {"distance": _distance, "exp": _exp, "log": _log}
