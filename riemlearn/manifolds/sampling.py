"""Random points that are uniform in Riemannian volume."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.errors import MetricError, check_integer

_GRID = 2048  # points at which the largest density is looked for
_ROUNDS = 200


def uniform_in_volume(
    key: PRNGKeyArray, count: int, low: Float[np.ndarray, " n"], high: Float[np.ndarray, " n"], metric: Any
) -> Float[Array, "count n"]:
    r"""Points of a box of the chart with density :math:`\sqrt{|g|}`, by rejection.

    A proposal that is uniform in the box is kept with probability :math:`\sqrt{|g|} / c`.  The bound c is found on
    random points and enlarged by half; a proposal above it is a reason to enlarge it and begin again, so that none is
    ever accepted under too small a bound.

    Raises
    ------
    ShapeError
        If the count is not an integer, or negative.
    MetricError
        If not enough points are found, because the density has no bound or varies too much.
    """
    count = check_integer("sample: count", count, 0)
    density = jax.jit(lambda points: metric.volume_density.checked(points)[0])
    key, first = jax.random.split(key)
    corner, width = jnp.asarray(low), jnp.asarray(high - low)

    def proposals(k: PRNGKeyArray, m: int) -> Float[Array, "m n"]:
        return corner + width * jax.random.uniform(k, (m, len(low)), corner.dtype)

    bound = 1.5 * float(jnp.nanmax(density(proposals(first, _GRID))))
    kept: list[Float[Array, "m n"]] = []
    for i in range(_ROUNDS):
        for_points, for_choice = jax.random.split(jax.random.fold_in(key, i))
        points = proposals(for_points, max(_GRID, count))
        weight = density(points)
        worst = float(jnp.nanmax(weight))
        if worst > bound:
            bound, kept = 1.5 * worst, []
            continue
        kept.append(points[jax.random.uniform(for_choice, weight.shape) * bound < weight])
        if sum(len(k) for k in kept) >= count:
            return jnp.concatenate(kept)[:count]
    raise MetricError(
        f"sample: {sum(len(k) for k in kept)} of {count} points after {_ROUNDS} rounds: on the box from {low.tolist()} "
        f"to {high.tolist()} the volume density has no bound, or a peak that is too narrow"
    )
