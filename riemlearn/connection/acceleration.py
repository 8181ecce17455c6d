r"""What curves are integrated from: :math:`\Gamma^k{}_{ij} u^i v^j`, and the acceleration of a geodesic."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.errors import Status
from riemlearn.metric import Metric

Valued = tuple[Float[Array, "..."], Int[Array, ""]]


def connection_term(
    metric: Metric, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, "*vectors n"]
) -> Valued:
    r""":math:`\Gamma^k{}_{ij} u^i v^j` at one point, for one or more vectors v, and the status of the metric there."""
    gamma, status = metric.raw_value("christoffel", x)
    return jnp.einsum("kij,i,...j->...k", gamma, u, v), status


def acceleration(metric: Metric, x: Float[Array, " n"], v: Float[Array, " n"]) -> Valued:
    r""":math:`\ddot x^k = -\Gamma^k{}_{ij} \dot x^i \dot x^j` of the geodesic through x with velocity v, and a status.

    Examples
    --------
    On the half-plane a geodesic that starts to the right bends down:

    >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
    >>> value, status = acceleration(g, jnp.array([0.0, 1.0]), jnp.array([1.0, 0.0]))
    >>> bool(jnp.allclose(value, jnp.array([0.0, -1.0]))), int(status)
    (True, 0)
    """
    return metric.raw_acceleration(x, v)


def inside(
    metric: Metric, x: Float[Array, " n"], refuge: Float[Array, " n"], compute: Callable[[Float[Array, " n"]], Valued]
) -> Float[Array, "..."]:
    """The value of ``compute`` at x, and NaN outside the chart or where the metric fails.

    A solver tries points outside and rejects the step for the NaN.  There ``compute`` is called at ``refuge``, a point
    of the chart, because a NaN that is only masked would come back in derivatives.
    """
    there = metric.chart.contains(x)
    value, status = compute(jnp.where(there, x, refuge))
    return jnp.where(there & (status <= Status.OK), value, jnp.nan)
