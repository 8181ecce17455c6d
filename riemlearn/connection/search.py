"""The shortest geodesic between two points: which curves are tried, what is kept of each, and when to try others.

1. The end is replaced by its images under the periods of the chart; of the straight lines to them, the best few are
   relaxed as chains, and the best two solved by Newton's method on a coarse mesh.
2. What failed is solved from finer chains on a fine mesh, and also from a shortest path through points of the chart.
   Where samples are given this is done for every pair, and the path goes through them.
3. The second variation of the best curve is looked at.  Where it is not positive, the curve is no minimum or its ends
   are conjugate: it is pushed along the direction of least second variation to both sides, and solved again.
"""

from itertools import product
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.connection.chain import LINKS, Relaxed, accelerations, energy, relax, straight
from riemlearn.connection.collocation import defect, newton, relative_size
from riemlearn.connection.mesh import Mesh, mesh
from riemlearn.connection.roadmap import lattice, nearest_images, through
from riemlearn.connection.variation import margin
from riemlearn.curvature import first_failure
from riemlearn.errors import Status
from riemlearn.metric import Metric

COARSE, FINE = 2, 16
"""Elements of the two meshes."""

_LINES = 4  # straight lines that are relaxed, at most
_SOLVED = 2  # relaxed chains that are solved, at most
_FINER = 4  # times as many links in chains of the second stage


class Attempt(NamedTuple):
    """One curve: its end (an image of y), accelerations on the last mesh, and what is known of it."""

    end: Float[Array, " n"]
    a: Float[Array, "N n"]
    velocity: Float[Array, " n"]
    length: Float[Array, ""]
    residual: Float[Array, ""]
    steps: Int[Array, ""]
    status: Int[Array, ""]


class Found(NamedTuple):
    """The best curve of a search, velocity and length of the next best in another direction, margin and variation."""

    best: Attempt
    other: Float[Array, " n"]
    other_length: Float[Array, ""]
    margin: Float[Array, ""]
    least: Float[Array, "q n"]


class Plan(NamedTuple):
    """What does not change during a search; the meshes are those of the attempts, the last one is the finest."""

    meshes: tuple[int, ...]
    tol: float


def images(chart: Chart, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, "count n"]:
    """The images of y under the periods of the chart that may be nearest to x."""
    axes = [i for i, axis in enumerate(chart.axes) if axis.kind == "periodic"]
    if not axes:
        return y[None]
    nearest = nearest_images(chart, y[None], x)[0]
    count = len(axes)
    turns = product((-1, 0, 1), repeat=count) if count <= 4 else [np.zeros(count), *np.eye(count), *-np.eye(count)]
    shifts = np.zeros((len(turns := list(turns)), chart.dim))
    shifts[:, axes] = np.array(turns) * [chart.axes[i].high - chart.axes[i].low for i in axes]
    return nearest + jnp.asarray(shifts, y.dtype)


def attempt(metric: Metric, plan: Plan, elements: int, relaxed: Relaxed) -> Attempt:
    """Solve on a mesh, from a relaxed chain."""
    grid, x, y = mesh(elements), relaxed.chain[0], relaxed.chain[-1]
    solved = newton(metric, grid, x, y, accelerations(grid, relaxed.chain), 0.01 * plan.tol)
    points, velocities = grid.nodes.points(x, y, solved.a), grid.nodes.velocities(x, y, solved.a)
    squares = jax.vmap(lambda p, v: metric.raw_inner(p, v, v))(points, velocities)
    length = jnp.sqrt(jnp.maximum(jnp.asarray(grid.weights, x.dtype) @ squares, 0))
    residual = jnp.maximum(solved.defect, unseen(metric, grid, x, y, solved.a))
    # a curve that is longer than the chain it comes from is another geodesic than the one that was asked for
    kept = length <= 1.1 * jnp.sqrt(2 * relaxed.energy)
    converged = (residual <= plan.tol) & kept
    inside = jnp.all(metric.chart.contains(points))
    statuses = jax.vmap(lambda p: metric.raw_value("metric", p)[1])(points)
    status = first_failure(
        # of a curve that was not solved nothing is known, not even where it goes
        jnp.where(inside | ~converged, Status.OK, Status.LEFT_CHART),
        jnp.where(converged, Status.OK, Status.NOT_CONVERGED),
        statuses[jnp.argmax(statuses != Status.OK)],
    )
    fine = jnp.asarray(grid.at(mesh(plan.meshes[-1]).nodes.times).second, x.dtype)
    velocity = grid.ends.velocities(x, y, solved.a)[0]
    residual = jnp.where(jnp.isnan(residual), jnp.inf, residual)
    return Attempt(y, fine @ solved.a, velocity, length, residual, solved.steps, status)


def unseen(
    metric: Metric, grid: Mesh, x: Float[Array, " n"], y: Float[Array, " n"], a: Float[Array, "N n"]
) -> Float[Array, ""]:
    """What the defect between the nodes would change in place and in the velocity at the ends, as a part of the length.

    The defect is taken on a mesh twice as fine, and integrated.
    """
    finer = mesh(2 * grid.elements)
    full = jnp.asarray(grid.at(finer.nodes.times).second, a.dtype) @ a
    rest = defect(metric, finer, x, y, full)
    velocities = finer.nodes.velocities(x, y, full)
    zero = jnp.zeros_like(x)
    moved = finer.nodes.points(zero, zero, rest)
    turned = finer.ends.velocities(zero, zero, rest)
    in_place = relative_size(metric, finer.nodes.points(x, y, full), moved, velocities)
    at_ends = relative_size(metric, jnp.stack([x, y]), turned, grid.ends.velocities(x, y, a))
    return jnp.maximum(in_place, at_ends)


def pushed(
    metric: Metric, plan: Plan, x: Float[Array, " n"], curve: Attempt, least: Float[Array, "q n"]
) -> Float[Array, "2 m n"]:
    """Chains to both sides of a curve, along a variation and a fifth of its length away."""
    times = np.linspace(0, 1, LINKS + 1)
    chain = mesh(plan.meshes[-1]).at(times).points(x, curve.end, curve.a).at[0].set(x).at[-1].set(curve.end)
    aside = (jnp.asarray(mesh(COARSE).at(times).second, x.dtype) @ least).at[0].set(0).at[-1].set(0)
    width = jnp.sqrt(jnp.max(jax.vmap(lambda p, w: metric.raw_inner(p, w, w))(chain, aside)))
    aside = aside * (0.2 * curve.length / width)
    return jnp.stack([chain + aside, chain - aside])


def choose(metric: Metric, x: Float[Array, " n"], tried: Attempt, plan: Plan) -> Found:
    """Of attempts along the first axis, the shortest that converged, and the next in another direction."""
    good = tried.status == Status.OK
    length = jnp.where(good, tried.length, jnp.inf)
    by_residual = jnp.where(jnp.any(good), 0, jnp.argmin(tried.residual))
    first = jnp.where(jnp.any(good), jnp.argmin(length), by_residual)
    best = jax.tree.map(lambda v: v[first], tried)
    apart = jax.vmap(lambda v: metric.raw_inner(x, v - best.velocity, v - best.velocity))(tried.velocity)
    # two solutions of one geodesic differ by their errors
    rival = good & (apart > max(1e-6, plan.tol) * best.length**2)
    second = jnp.argmin(jnp.where(rival, length, jnp.inf))
    other = jnp.where(jnp.any(rival), tried.velocity[second], jnp.nan)
    none = jnp.ones((), x.dtype), jnp.zeros((mesh(COARSE).nodes.times.size, x.size), x.dtype)
    return Found(best, other, jnp.where(jnp.any(rival), length[second], jnp.inf), *none)


# -- the steps of a search, for one pair of points -----------------------------------------------------------------


def begin(metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"]) -> Found:
    """Straight lines to the images of the end, relaxed, and the best two solved on the first mesh."""
    return choose(metric, x, _solve(metric, plan, plan.meshes[0], _lines(metric, LINKS, x, y)), plan)


def anew(
    metric: Metric,
    plan: Plan,
    samples: Float[Array, "m n"] | None,
    x: Float[Array, " n"],
    y: Float[Array, " n"],
    found: Found,
) -> Found:
    """With finer chains and on the finest mesh, also from a shortest path through samples or a lattice."""
    end = nearest_images(metric.chart, y[None], x)[0]
    road = through(metric, x, end, lattice(metric, x, end) if samples is None else samples, _FINER * LINKS)
    road = jnp.where(jnp.all(jnp.isfinite(road)), road, straight(x, end, _FINER * LINKS))
    chains = jnp.concatenate([_lines(metric, _FINER * LINKS, x, y), road[None]])
    tried = _solve(metric, plan, plan.meshes[-1], chains, always=1)
    if samples is None:
        # a saddle on a straight line will be pushed to both sides: that finds more than a road along one of them
        solved = jnp.any(tried.status[:-1] == Status.OK)
        tried = tried._replace(
            status=tried.status.at[-1].set(jnp.where(solved, Status.NOT_CONVERGED, tried.status[-1]))
        )
    return merge(metric, plan, x, found, choose(metric, x, tried, plan))


def judged(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """With the margin of a curve that the coarse mesh resolves."""
    return _judged(metric, plan, COARSE, x, found)


def judged_finely(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """With the margin of a curve whose speed in the chart, or whose curvature, changes quickly."""
    return _judged(metric, plan, FINE, x, found)


def _judged(metric: Metric, plan: Plan, elements: int, x: Float[Array, " n"], found: Found) -> Found:
    rule, best = mesh(elements), found.best
    rows = mesh(plan.meshes[-1]).at(rule.nodes.times)
    value, least = margin(metric, rule, rows.points(x, best.end, best.a), rows.velocities(x, best.end, best.a))
    least = jnp.asarray(rule.at(mesh(COARSE).nodes.times).second, x.dtype) @ least
    return found._replace(margin=value, least=least)


def aside(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """From both sides of a curve that is no strict minimum."""
    tried = _solve(metric, plan, plan.meshes[-1], pushed(metric, plan, x, found.best, found.least))
    return judged_finely(metric, plan, samples, x, y, merge(metric, plan, x, found, choose(metric, x, tried, plan)))


def merge(metric: Metric, plan: Plan, x: Float[Array, " n"], old: Found, new: Found) -> Found:
    """The better of two searches, and the next best of both."""
    pair = jax.tree.map(lambda a, b: jnp.stack([a, b]), old.best, new.best)
    found = choose(metric, x, pair, plan)
    others = jnp.stack([found.other, old.other, new.other])
    lengths = jnp.stack([found.other_length, old.other_length, new.other_length])
    apart = jax.vmap(lambda v: metric.raw_inner(x, v - found.best.velocity, v - found.best.velocity))(others)
    lengths = jnp.where(apart > max(1e-6, plan.tol) * found.best.length**2, lengths, jnp.inf)
    second = jnp.argmin(lengths)
    other = jnp.where(jnp.isfinite(lengths[second]), others[second], jnp.nan)
    return Found(found.best, other, lengths[second], old.margin, old.least)


def _lines(metric: Metric, links: int, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, "c m n"]:
    """Straight lines to the images of the end, the shortest few of them."""
    chains = jax.vmap(lambda end: straight(x, end, links))(images(metric.chart, x, y))
    if chains.shape[0] <= _LINES:
        return chains
    return chains[jnp.argsort(jax.vmap(lambda chain: energy(metric, chain))(chains))[:_LINES]]


def _solve(metric: Metric, plan: Plan, elements: int, chains: Float[Array, "c m n"], always: int = 0) -> Attempt:
    """From chains that are relaxed here: the shortest two of them, and so many of the last whatever their length."""
    relaxed = jax.vmap(lambda chain: relax(metric, chain))(chains)
    lines = chains.shape[0] - always
    if lines > _SOLVED:
        chosen = jnp.append(jnp.argsort(relaxed.energy[:lines])[:_SOLVED], lines + np.arange(always))
        relaxed = jax.tree.map(itemgetter(chosen), relaxed)
    return jax.vmap(lambda one: attempt(metric, plan, elements, one))(relaxed)
