"""The geometry of a metric at many points, with its derivatives by differences: compiled once, and in batches."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from riemlearn.metric import Metric
from riemlearn.testing.differences import FIRST_STEP, around, axes, first, step_lengths
from riemlearn.testing.measure import norm
from riemlearn.verify.rows import compiled

_BATCH = 256

Fields = Callable[[Float[np.ndarray, "count n"]], dict[str, Float[np.ndarray, "count ..."]]]


def batched(at: Callable[[Any], dict[str, Any]], size: int = _BATCH) -> Fields:
    """Values of a function of one point at any number of points; compiled once, for batches of one size."""
    mapped = compiled(jax.vmap(at))

    def run(points: Float[np.ndarray, "count n"]) -> dict[str, Float[np.ndarray, "count ..."]]:
        parts = []
        for begin in range(0, len(points), size):
            part = points[begin : begin + size]
            filled = np.concatenate([part, np.broadcast_to(part[-1:], (size - len(part), part.shape[1]))])
            parts.append({name: np.asarray(value)[: len(part)] for name, value in mapped(filled).items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return run


def own_fields(metric: Metric, connection: Any) -> Fields:
    """What a metric and its connection say of themselves: closed forms where there are some."""

    def at(x: Any) -> dict[str, Any]:
        return {
            "density": metric.volume_density(x),
            "christoffel": connection.christoffel(x),
            "riemann": connection.riemann(x),
            "ricci": connection.ricci(x),
            "scalar": connection.scalar(x),
            "metric": metric.raw_value("metric", x)[0],
        }

    return batched(at)


def autodiff_fields(metric: Metric) -> Fields:
    """The same metric as a function that JAX differentiates."""

    def at(x: Any) -> dict[str, Any]:
        local = metric.numeric().local(x)
        return {"christoffel": local.christoffel(), "riemann": local.riemann()}

    return batched(at)


def embedding_fields(pullback: Any) -> Fields:
    """Jacobian and second fundamental form of an immersion."""

    def at(x: Any) -> dict[str, Any]:
        point = pullback.local(x)
        jacobian = point.tangent.T @ point.frame.coframe
        return {"jacobian": jacobian, "second": point.second_fundamental_form()}

    return batched(at)


class Geometry(NamedTuple):
    r"""Fields at some points; ``d_...`` are derivatives by differences, the new index last.

    ``lower`` is :math:`R_{ijkl}`, ``riemann`` is :math:`R^i{}_{jkl}`, and ``terms`` the size of what curvature sums,
    :math:`|\partial\Gamma| + |\Gamma|^2`: the scale of its error where it vanishes.
    """

    x: Float[np.ndarray, "points n"]
    metric: Float[np.ndarray, "points n n"]
    density: Float[np.ndarray, " points"]
    christoffel: Float[np.ndarray, "points n n n"]
    riemann: Float[np.ndarray, "points n n n n"]
    lower: Float[np.ndarray, "points n n n n"]
    ricci: Float[np.ndarray, "points n n"]
    scalar: Float[np.ndarray, " points"]
    d_metric: Float[np.ndarray, "points n n n"]
    d_christoffel: Float[np.ndarray, "points n n n n"]
    d_lower: Float[np.ndarray, "points n n n n n"]
    d_ricci: Float[np.ndarray, "points n n n"]
    d_scalar: Float[np.ndarray, "points n"]
    terms: Float[np.ndarray, " points"]


def geometry_at(fields: Fields, chart: Any, x: Float[np.ndarray, "points n"]) -> Geometry:
    """Fields of a metric and their derivatives."""
    at, slope = differentiated(fields, chart, x, lambda values: values | {"lower": lowered(values)})
    terms = norm(slope["christoffel"], 4) + norm(at["christoffel"], 3) ** 2
    return Geometry(
        x=x,
        **at,
        **{f"d_{name}": slope[name] for name in ("metric", "christoffel", "lower", "ricci", "scalar")},
        terms=terms,
    )


def differentiated(
    fields: Fields, chart: Any, x: Float[np.ndarray, "points n"], extend: Callable[[Any], Any] = lambda values: values
) -> tuple[dict[str, Float[np.ndarray, "points ..."]], dict[str, Float[np.ndarray, "points ..."]]]:
    """Values and first derivatives of fields."""
    points, n = x.shape
    steps = step_lengths(chart, x, FIRST_STEP)
    stencil = around(x, steps, axes(n))
    values = extend(fields(np.concatenate([x, stencil.reshape(-1, n)])))
    at = {name: value[:points] for name, value in values.items()}
    slopes = {
        name: first(value[points:].reshape(points, n, 6, *value.shape[1:]), steps) for name, value in values.items()
    }
    return at, slopes


def lowered(values: dict[str, Float[np.ndarray, "count ..."]]) -> Float[np.ndarray, "count n n n n"]:
    r""":math:`R_{ijkl} = g_{im} R^m{}_{jkl}`."""
    return np.einsum("xim,xmjkl->xijkl", values["metric"], values["riemann"])
