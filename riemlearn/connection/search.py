"""The shortest geodesic between two points: which curves are tried, what is kept of each, and when to try others.

1. The end is replaced by its images under the periods of the chart; of the straight lines to them, the best few are
   relaxed as chains, and the best two solved by Newton's method on a coarse mesh.
2. What failed is solved on a fine mesh.
3. What failed still, or is asked for by samples, starts from a shortest path through samples of the chart.
4. The second variation of the best curve is looked at.  Where it is not positive, the curve is no minimum or its ends
   are conjugate: it is pushed along the direction of least second variation to both sides, and solved again.
"""

from itertools import product
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from riemlearn.chart import Chart
from riemlearn.connection.chain import LINKS, accelerations, energy, relax, straight
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
    """The best curve of a search, the velocity and length of the next best in another direction, and the margin."""

    best: Attempt
    other: Float[Array, " n"]
    other_length: Float[Array, ""]
    margin: Float[Array, ""]


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


def attempt(metric: Metric, plan: Plan, elements: int, chain: Float[Array, "m n"]) -> Attempt:
    """Relax a chain, and solve from there on a mesh."""
    grid, x, y = mesh(elements), chain[0], chain[-1]
    relaxed = relax(metric, chain)
    solved = newton(metric, grid, x, y, accelerations(grid, relaxed), 0.01 * plan.tol)
    points, velocities = grid.nodes.points(x, y, solved.a), grid.nodes.velocities(x, y, solved.a)
    squares = jax.vmap(lambda p, v: metric.raw_inner(p, v, v))(points, velocities)
    length = jnp.sqrt(jnp.maximum(jnp.asarray(grid.weights, x.dtype) @ squares, 0))
    residual = jnp.maximum(solved.defect, unseen(metric, grid, x, y, solved.a))
    # a curve that is longer than the chain it comes from is another geodesic than the one that was asked for
    kept = length <= 1.1 * jnp.sqrt(2 * energy(metric, relaxed))
    converged = (residual <= plan.tol) & kept
    inside = jnp.all(metric.chart.contains(points))
    statuses = jax.vmap(lambda p: metric.raw_value("metric", p)[1])(points)
    status = first_failure(
        jnp.where(~converged & _blocked(metric, relaxed), Status.LEFT_CHART, Status.OK),
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
    return Found(best, other, jnp.where(jnp.any(rival), length[second], jnp.inf), jnp.ones((), x.dtype))


def _blocked(metric: Metric, chain: Float[Array, "m n"]) -> Bool[Array, ""]:
    """Whether a chain leans on a pole or boundary of the chart: is it nearer to one than two of its links are long."""
    inner, link = chain[1:-1], jnp.diff(chain, axis=0)
    two_links = 4 * jax.vmap(lambda p, d: metric.raw_inner(p, d, d))(inner, link[1:])
    scales = jax.vmap(lambda p: jnp.diagonal(metric.raw_value("metric", p)[0]))(inner)
    near = jnp.zeros((), bool)
    for i, axis in enumerate(metric.chart.axes):
        for place, end in zip((axis.low, axis.high), axis.ends, strict=True):
            if axis.kind == "interval" and end != "open":
                near |= jnp.any(scales[:, i] * (inner[:, i] - place) ** 2 < two_links)
    return near


# -- the steps of a search, for one pair of points -----------------------------------------------------------------


def begin(metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"]) -> Found:
    """Straight lines to the images of the end, relaxed, and the best two solved on the first mesh."""
    return _from_lines(metric, plan, LINKS, plan.meshes[0], x, y)


def again(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """As :func:`begin`, with finer chains and on the finest mesh."""
    return merge(metric, plan, x, found, _from_lines(metric, plan, 4 * LINKS, plan.meshes[-1], x, y))


def by_road(
    metric: Metric,
    plan: Plan,
    samples: Float[Array, "m n"] | None,
    x: Float[Array, " n"],
    y: Float[Array, " n"],
    found: Found,
) -> Found:
    """From a shortest path through samples, or through a lattice around the points."""
    end = nearest_images(metric.chart, y[None], x)[0]
    chain = through(metric, x, end, lattice(metric, x, end) if samples is None else samples)
    usable = jnp.all(jnp.isfinite(chain))
    new = _solve(metric, plan, plan.meshes[-1], x, jnp.where(usable, chain, straight(x, end))[None])
    return merge(metric, plan, x, found, new)


def judged(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """With the margin of the best curve."""
    return found._replace(margin=margin(metric, *_sampled(plan, x, found.best))[0])


def aside(
    metric: Metric, plan: Plan, samples: None, x: Float[Array, " n"], y: Float[Array, " n"], found: Found
) -> Found:
    """From both sides of a curve that is no strict minimum."""
    least = margin(metric, *_sampled(plan, x, found.best))[1]
    new = _solve(metric, plan, plan.meshes[-1], x, pushed(metric, plan, x, found.best, least))
    return judged(metric, plan, samples, x, y, merge(metric, plan, x, found, new))


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
    return Found(found.best, other, lengths[second], old.margin)


def _from_lines(
    metric: Metric, plan: Plan, links: int, elements: int, x: Float[Array, " n"], y: Float[Array, " n"]
) -> Found:
    chains = jax.vmap(lambda end: straight(x, end, links))(images(metric.chart, x, y))
    chains = _shortest(metric, chains, _LINES)
    if chains.shape[0] > 2:
        chains = _shortest(metric, jax.vmap(lambda chain: relax(metric, chain))(chains), 2)
    return _solve(metric, plan, elements, x, chains)


def _sampled(
    plan: Plan, x: Float[Array, " n"], curve: Attempt
) -> tuple[Mesh, Float[Array, "q n"], Float[Array, "q n"]]:
    """A curve at the nodes of the coarse mesh, which is enough for its second variation."""
    rule = mesh(COARSE)
    rows = mesh(plan.meshes[-1]).at(rule.nodes.times)
    return rule, rows.points(x, curve.end, curve.a), rows.velocities(x, curve.end, curve.a)


def _shortest(metric: Metric, chains: Float[Array, "c m n"], count: int) -> Float[Array, "k m n"]:
    if chains.shape[0] <= count:
        return chains
    return chains[jnp.argsort(jax.vmap(lambda chain: energy(metric, chain))(chains))[:count]]


def _solve(metric: Metric, plan: Plan, elements: int, x: Float[Array, " n"], chains: Float[Array, "c m n"]) -> Found:
    tried = jax.vmap(lambda chain: attempt(metric, plan, elements, chain))(chains)
    return choose(metric, x, tried, plan)
