"""A first chain between two points through samples of the chart, where the straight line does not do."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from riemlearn.chart import Chart
from riemlearn.metric import Metric

SAMPLES = 256
"""Points of the lattice that is taken where no samples are given."""

_HOPS = 64
_ALONG = 8  # Gauss points on an edge, so that a long one does not jump over what is in its way


def lattice(metric: Metric, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, "m n"]:
    """Points spread evenly over a box around two points, as wide to each side as they are apart."""
    n = x.shape[0]
    g = metric.raw_value("metric", (x + y) / 2)[0]
    g = jnp.where(jnp.all(jnp.isfinite(g)), g, jnp.eye(n, dtype=x.dtype))
    apart = jnp.sqrt(jnp.abs((y - x) @ g @ (y - x)))
    width = jnp.maximum(apart / jnp.sqrt(jnp.maximum(jnp.diagonal(g), jnp.finfo(x.dtype).tiny)), jnp.abs(y - x))
    ends = jnp.array([(a.low, a.high) if a.kind == "interval" else (-jnp.inf, jnp.inf) for a in metric.chart.axes])
    low = jnp.maximum(jnp.minimum(x, y) - width, ends[:, 0].astype(x.dtype))
    high = jnp.minimum(jnp.maximum(x, y) + width, ends[:, 1].astype(x.dtype))
    # the additive recurrence of the root of z^(n + 1) = z + 1, which fills a cube evenly in every dimension
    base = 2.0
    for _ in range(50):
        base = (1 + base) ** (1 / (n + 1))
    steps = jnp.asarray([base ** -(i + 1) for i in range(n)], x.dtype)
    unit = (0.5 + jnp.arange(1, SAMPLES + 1, dtype=x.dtype)[:, None] * steps) % 1
    return low + unit * (high - low)


def nearest_images(chart: Chart, points: Float[Array, "m n"], x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """Points moved by whole periods to where they are nearest to x."""
    period = jnp.asarray([a.high - a.low if a.kind == "periodic" else jnp.inf for a in chart.axes], points.dtype)
    turns = jnp.where(jnp.isfinite(period), jnp.round((x - points) / period), 0)
    return points + jnp.where(turns == 0, 0, turns * jnp.where(jnp.isfinite(period), period, 0))


def through(
    metric: Metric, x: Float[Array, " n"], y: Float[Array, " n"], samples: Float[Array, "m n"], links: int
) -> Float[Array, "links n"]:
    """The shortest way from x to y along edges between near samples, as a chain with links of one length.

    An edge is as long as the metric at Gauss points says, infinite if it leaves the chart; lengths to y are found
    by relaxation of all edges at once (Bellman and Ford).  Where y cannot be reached, the chain is not finite.
    """
    points = jnp.concatenate([x[None], y[None], nearest_images(metric.chart, samples, (x + y) / 2)])
    count, n = points.shape
    spread = jnp.maximum(jnp.std(points, axis=0), jnp.finfo(x.dtype).tiny)
    apart = jnp.sum(((points[:, None] - points) / spread) ** 2, axis=-1)
    apart = jnp.where(jnp.eye(count, dtype=bool), jnp.inf, apart)
    _, near = jax.lax.top_k(-apart, min(count - 1, 6 * n + 8))

    nodes, weights = np.polynomial.legendre.leggauss(_ALONG)

    def length(p: Float[Array, " n"], q: Float[Array, " n"]) -> Float[Array, ""]:
        places = p + jnp.asarray((nodes + 1) / 2, p.dtype)[:, None] * (q - p)
        squares = jax.vmap(lambda m: metric.raw_inner(m, q - p, q - p))(places)
        total = jnp.asarray(weights / 2, p.dtype) @ jnp.sqrt(jnp.maximum(squares, 0))
        return jnp.where(jnp.all(metric.chart.contains(places)) & jnp.isfinite(total), total, jnp.inf)

    edges = jax.vmap(lambda p, others: jax.vmap(lambda q: length(p, q))(others))(points, points[near])

    def improve(carry: Any) -> Any:
        before = carry[0]
        after = jnp.minimum(before, jnp.min(edges + before[near], axis=1))
        return after, jnp.any(after < before)

    def changed(carry: Any) -> Bool[Array, ""]:
        return carry[1]

    to_y = jnp.full(count, jnp.inf, x.dtype).at[1].set(0)
    to_y, _ = jax.lax.while_loop(changed, improve, (to_y, jnp.ones((), bool)))
    following = near[jnp.arange(count), jnp.argmin(edges + to_y[near], axis=1)].at[1].set(1)

    def hop(at: Any, _: None) -> Any:
        return following[at], (points[at], to_y[at])

    _, (places, left) = jax.lax.scan(hop, jnp.zeros((), following.dtype), length=_HOPS)
    gone = left[0] - left  # does not fall, and is all of it from y on
    wanted = jnp.linspace(0, 1, links + 1, dtype=x.dtype) * left[0]
    chain = jax.vmap(lambda column: jnp.interp(wanted, gone, column), in_axes=1, out_axes=1)(places)
    reached = jnp.isfinite(left[0]) & (left[-1] == 0)
    return jnp.where(reached, chain.at[0].set(x).at[-1].set(y), jnp.inf)
