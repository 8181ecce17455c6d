r"""Every metric is that of a graph.

Over any metric g on a chart and for any function u the graph :math:`x \mapsto (x, u(x))` in

.. math:: h = g - \sigma\, du \otimes du + \sigma\, ds^2, \qquad \sigma = \pm 1,

is isometric to g: what u adds to the length of a curve, h takes away.  Neither the curvature of h nor the second
fundamental form of the graph vanishes, so that the Gauss equation has to find that of g from both.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.metric import Metric


def as_graph(metric: Any) -> Metric:
    r"""The same metric as that of a graph in a space with one coordinate more, known by its numbers.

    That space is Lorentzian.  Over a Riemannian metric :math:`\sigma = -1`, which makes h regular whatever u is; over a
    Lorentzian one it is +1, and h is regular where :math:`g^{ij} u_i u_j < 1`.

    Examples
    --------
    >>> flat = Metric.from_function(lambda x: jnp.eye(2), dim=2)
    >>> bool(jnp.allclose(as_graph(flat)([0.3, -0.4]), jnp.eye(2)))
    True
    """
    sign = -1 if metric.signature == "riemannian" else 1
    matrix = _Ambient(metric.numeric().function, sign)
    ambient = Metric.from_function(matrix, dim=metric.dim + 1, signature="lorentzian")
    return Metric.from_embedding(_graph, dim=metric.dim, ambient=ambient, signature=metric.signature)


class _Ambient(eqx.Module):
    """The metric h, which does not depend on the last coordinate."""

    matrix: Callable[[Float[Array, " n"]], Float[Array, "n n"]]
    sign: int = eqx.field(static=True)

    def __call__(self, p: Float[Array, " m"]) -> Float[Array, "m m"]:
        x = p[:-1]
        slope = jax.grad(_height)(x)
        over = self.matrix(x) - self.sign * jnp.outer(slope, slope)
        return jnp.pad(over, (0, 1)).at[-1, -1].set(self.sign)


def _graph(x: Float[Array, " n"]) -> Float[Array, " m"]:
    return jnp.append(x, _height(x))


def _height(x: Float[Array, " n"]) -> Float[Array, ""]:
    """The function u: curved in all directions, and nowhere steep."""
    return jnp.sqrt(1 + x @ x) / 32
