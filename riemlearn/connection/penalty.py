"""curvature_penalty: how curved a learned map is, as a number to be made small in training."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.connection.connection import Connection
from riemlearn.errors import MetricError, check_choice
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike

PENALTIES = ("scalar", "riemann", "second_fundamental_form")


def curvature_penalty(metric: Metric | Any, x: PointsLike, quantity: str = "scalar") -> Float[Array, ""]:
    r"""Mean over points of the square of a curvature, differentiable in the points and in the parameters of the map.

    .. math:: \frac1N \sum_{p} \mathrm{scal}(x_p)^2, \qquad
        \frac1N \sum_p |\mathrm{Rm}(x_p)|^2 \qquad \text{or} \qquad \frac1N \sum_p |\mathrm{II}(x_p)|^2

    The first vanishes where the scalar curvature does, the second on flat maps alone, the third on maps whose image is
    flat in its ambient space too.  None of them changes with the coordinates; all have the dimension of an inverse
    length (to the power 4, 4 and 2), so that a map can make them small by growing: bound its scale otherwise.

    Parameters
    ----------
    metric : Metric
        The metric of a learned map; gradients flow to the arrays inside it.
    x : array-like of shape (..., n)
        Points.
    quantity : {"scalar", "riemann", "second_fundamental_form"}
        Which curvature.

    Returns
    -------
    scalar array
        The mean.

    Raises
    ------
    MetricError
        If it is no metric, is Lorentzian, or has no immersion where one is needed.
    ShapeError
        If there is no such quantity.

    Examples
    --------
    >>> import jax
    >>> def height(a):
    ...     paraboloid = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], a * (x @ x)]), dim=2)
    ...     return curvature_penalty(paraboloid, [[0.0, 0.0]])
    >>> float(height(1.0)), float(jax.grad(height)(1.0))
    (64.0, 256.0)
    """
    check_choice("curvature_penalty: quantity", quantity, PENALTIES)
    if not isinstance(metric, Metric) or metric.signature != "riemannian":
        kind = metric.title if isinstance(metric, Metric) else type(metric).__name__
        raise MetricError(f"curvature_penalty needs a Riemannian metric, got {kind}")
    if quantity == "scalar":
        return jnp.mean(Connection(metric).scalar(x) ** 2)
    if quantity == "riemann":
        return jnp.mean(Connection(metric).kretschmann(x))
    immersion = getattr(metric, "immersion", None)
    if immersion is None or not hasattr(immersion, "squared_second_fundamental_form"):
        raise MetricError(f"second_fundamental_form needs an embedding that JAX differentiates, got a {metric.title}")
    ambient = getattr(metric, "ambient", None)
    if ambient is not None and ambient.signature != "riemannian":
        raise MetricError(
            "second_fundamental_form needs a Riemannian ambient metric; of this one its square has no sign"
        )
    return jnp.mean(immersion.squared_second_fundamental_form(x))
