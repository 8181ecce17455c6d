"""The search for shortest geodesics over a batch of pairs: further stages for the pairs that need them only."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float

from riemlearn.connection import search
from riemlearn.connection.collocation import energy, root
from riemlearn.connection.mesh import ORDER, mesh
from riemlearn.connection.search import Found, Plan
from riemlearn.curvature import first_failure
from riemlearn.errors import MetricError, ShapeError, Status, check_integer
from riemlearn.metric import Metric
from riemlearn.tensor_field.evaluation import input_status

_GROUP = 8  # pairs that are tried again at a time
_FLOATS = 2**24  # in the matrices of the pairs that are solved at a time


def default_tol(dtype: Any) -> float:
    """Largest residual of the two-point problem in a type."""
    return 1e-10 if jnp.finfo(dtype).bits >= 64 else 1e-4


def plan_of(metric: Metric, dtype: Any, tol: float | None, nodes: int | None) -> Plan:
    """Meshes and tolerance of a search.

    Raises
    ------
    MetricError
        If the metric is Lorentzian.
    ShapeError
        If the tolerance is not positive, or the number of nodes no positive integer.
    """
    if metric.signature != "riemannian":
        raise MetricError("shortest geodesics need a positive-definite metric, and this one is Lorentzian")
    if tol is not None and not 0 < tol < 1:
        raise ShapeError(f"tol must be a number between 0 and 1, got {tol!r}")
    meshes = (search.COARSE, search.FINE) if nodes is None else (-(-check_integer("nodes", nodes, 1) // ORDER),)
    return Plan(meshes, default_tol(dtype) if tol is None else float(tol))


def shortest(
    metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], samples: Any = None
) -> dict[str, Any]:
    """The fields of a :class:`Logarithm`, for a batch with one axis."""
    return _finish(metric, plan, x, y, _search(metric, plan, x, y, samples))


@eqx.filter_custom_jvp
def _search(metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], samples: Any) -> Found:
    """What was found for each pair, on the mesh that the hardest of them needs; a constant for differentiation."""
    found = _run(search.begin, metric, plan, None, x, y)
    coarse = found
    needed = _failed(found) if samples is None else jnp.ones(x.shape[:1], bool)
    found = _where(needed, search.anew, metric, plan, samples, x, y, found)
    found = _where(~_failed(coarse), search.judged, metric, plan, None, x, y, found)
    hard = _failed(coarse) | ~(found.margin > _least_margin(plan))
    found = _where(hard & ~_failed(found), search.judged_finely, metric, plan, None, x, y, found)
    doubtful = ~_failed(found) & ~(found.margin > _least_margin(plan))
    found = _where(doubtful, search.aside, metric, plan, None, x, y, found)
    if isinstance(found.best.a, Tracer) or np.any(np.asarray(found.best.a != coarse.best.a)):
        return found
    rows = mesh(max(plan.meshes)).at(mesh(min(plan.meshes)).nodes.times)
    return found._replace(best=found.best._replace(a=jnp.asarray(rows.second, x.dtype) @ found.best.a))


@_search.def_jvp
def _(primals: Any, tangents: Any) -> tuple[Found, Any]:
    found = _search(*primals)
    return found, jax.tree.map(lambda v: jnp.zeros_like(v) if eqx.is_inexact_array(v) else None, found)


def _failed(found: Found) -> Bool[Array, " b"]:
    return found.best.status != Status.OK


def _least_margin(plan: Plan) -> float:
    return plan.tol**0.5


def _where(
    need: Bool[Array, " b"],
    stage: Callable[..., Found],
    metric: Metric,
    plan: Plan,
    samples: Any,
    x: Float[Array, "b n"],
    y: Float[Array, "b n"],
    found: Found,
) -> Found:
    """A further stage for the pairs that need it; under a trace for all, if one of them does."""
    if isinstance(need, Tracer):

        def select(new: Array, old: Array) -> Array:
            return jnp.where(need.reshape(need.shape + (1,) * (new.ndim - 1)), new, old)

        def all_of_them() -> Found:
            return jax.tree.map(select, _run(stage, metric, plan, samples, x, y, found), found)

        return jax.lax.cond(jnp.any(need), all_of_them, lambda: found)
    index = np.flatnonzero(np.asarray(need))
    if len(index) == len(x) > 0:
        return _run(stage, metric, plan, samples, x, y, found)
    # groups of one size, so that each stage is compiled once; all at once where that is most of them
    size = len(x) if len(index) > len(x) // 2 else min(_GROUP, len(x))
    for start in range(0, len(index), size):
        some = np.resize(index[start : start + size], size)
        new = _run(stage, metric, plan, samples, *jax.tree.map(itemgetter(some), (x, y, found)))
        found = jax.tree.map(partial(_put, some), found, new)
    return found


def _put(where: np.ndarray, old: Array, new: Array) -> Array:
    return old.at[where].set(new)


@eqx.filter_jit
def _run(stage: Callable[..., Found], metric: Metric, plan: Plan, samples: Any, *arrays: Any) -> Found:
    """A stage over a batch, in parts of bounded memory."""

    def one(arrays: Any) -> Found:
        return stage(metric, plan, samples, *arrays)

    count, n = arrays[0].shape
    room = max(1, _FLOATS // (max(plan.meshes) * (ORDER * n) ** 2))
    return jax.vmap(one)(arrays) if count <= room else jax.lax.map(one, arrays, batch_size=room)


@eqx.filter_jit
def _finish(metric: Metric, plan: Plan, x: Float[Array, "b n"], y: Float[Array, "b n"], found: Found) -> dict[str, Any]:
    """The result of each pair, differentiable in ends and metric."""

    def one(x: Float[Array, " n"], y: Float[Array, " n"], found: Found) -> dict[str, Any]:
        best, grid = found.best, mesh(found.best.a.shape[0] // ORDER)
        end = y + jax.lax.stop_gradient(best.end - y)
        a = root(metric, x, end, best.a)
        velocities = grid.nodes.velocities(x, end, a)
        points = grid.nodes.points(x, end, a)
        squares = jax.vmap(lambda p, v: metric.raw_inner(p, v, v))(points, velocities)
        mean = jnp.mean(squares)
        drift = jnp.where(mean == 0, 0, jnp.max(jnp.abs(squares - mean)) / jnp.where(mean == 0, 1, mean))
        tied = found.other_length <= best.length * (1 + 10 * plan.tol)
        unique = ~tied & (found.margin > _least_margin(plan))
        # a saddle from which both sides led nowhere is no shortest curve
        saddle = ~tied & (found.margin < -_least_margin(plan))
        status = first_failure(
            input_status(metric.chart, x),
            input_status(metric.chart, y),
            best.status,
            jnp.where(saddle, Status.NOT_CONVERGED, Status.OK),
            jnp.where(unique, Status.OK, Status.CUT_LOCUS),
        )
        return {
            "velocity": grid.ends.velocities(x, end, a)[0],
            "distance": _root_of(energy(metric, x, end, a)),
            "residual": best.residual,
            "energy_drift": drift,
            "iterations": best.steps,
            "unique": unique & (best.status == Status.OK),
            "other": found.other,
            "margin": found.margin,
            "status": status,
            "path": jnp.concatenate([x[None], points, end[None]]),
            "accelerations": a,
        }

    return jax.vmap(one)(x, y, found)


def _root_of(square: Float[Array, ""]) -> Float[Array, ""]:
    """Square root, with gradient one instead of infinity at zero."""
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), square)


def constant(tree: Any) -> Any:
    """The same without derivatives: the search is not differentiated, its result is."""
    return jax.tree.map(lambda v: jax.lax.stop_gradient(v) if eqx.is_inexact_array(v) else v, tree)
