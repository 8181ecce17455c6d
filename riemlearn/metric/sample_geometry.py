"""The geometry at many samples of a manifold, each in the frame of its own tangent space."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from riemlearn.errors import ShapeError
from riemlearn.metric.diagnosis import OnDegenerate, check_on_degenerate
from riemlearn.metric.graph import QUANTITIES, Estimate, at_centres, estimated, tensors_of
from riemlearn.metric.local_fit import local_fit
from riemlearn.metric.neighbourhood import Neighbourhood, centre_of, checked_fit, choose
from riemlearn.metric.samples import Samples

# How many samples are computed together.
_CHUNK = 32


@dataclass(frozen=True, eq=False)
class SampleGeometry:
    """Tensors at many samples, each in the frame of its own tangent space.

    Attributes
    ----------
    index : integer array of shape (b,)
        Which samples.
    tangent : array of shape (b, k, d)
        The frames: coordinates t of a chart are along its rows.
    metric, christoffel, second_fundamental_form, mean_curvature, riemann, ricci, scalar : Estimate
        At t = 0.  The metric differs from the identity by what the fit slopes there.  Riemann has all indices down; the
        second fundamental form and the mean curvature vector have their last index in the ambient space.
    radius, condition, prediction_error : arrays of shape (b,)
        Distance of the farthest neighbour; condition number of the fit (infinite where there is none); distance of the
        sample from the fit that leaves it out.
    neighbourhood : Neighbourhood
        Dimension, neighbours and order, and how they were chosen.
    """

    index: Int[np.ndarray, " b"]
    tangent: Float[np.ndarray, "b k d"]
    metric: Estimate
    christoffel: Estimate
    second_fundamental_form: Estimate
    mean_curvature: Estimate
    riemann: Estimate
    ricci: Estimate
    scalar: Estimate
    radius: Float[np.ndarray, " b"]
    condition: Float[np.ndarray, " b"]
    prediction_error: Float[np.ndarray, " b"]
    neighbourhood: Neighbourhood


def sample_geometry(
    values: Any,
    dim: int | Any = None,
    neighbours: int | Any = None,
    *,
    order: int | Any = None,
    at: Any = None,
    on_degenerate: OnDegenerate | Any = "raise",
) -> SampleGeometry:
    r"""Metric, connection and curvature at samples of a manifold, without any map.

    Parameters
    ----------
    values : array-like of shape (N, d)
        The samples, such as activations.
    dim : int, optional
        Dimension k of the manifold; by default that of :func:`intrinsic_dimension`.
    neighbours : int, optional
        How many samples each fit takes, the sample itself included; by default chosen by leave-one-out errors.
    order : {2, 3}, optional
        Order of the polynomial; by default chosen by leave-one-out errors.
    at : integer array, optional
        Which samples; by default all.
    on_degenerate : {"raise", "nan"}
        What is done at samples whose neighbours determine no fit.

    Raises
    ------
    ShapeError
        If there are fewer neighbours than coefficients, or an argument is not what it must be.
    MetricError
        If the neighbours of a sample determine no fit, and ``on_degenerate`` is "raise".

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(1500, 3))
    >>> sphere = points / np.linalg.norm(points, axis=1, keepdims=True)
    >>> found = sample_geometry(sphere, dim=2, neighbours=24, order=3, at=[0, 1, 2])
    >>> bool(np.all(np.abs(found.scalar.value - 2) < 0.1))
    True
    >>> bool(np.all(np.abs(found.scalar.value - 2) < 3 * found.scalar.error))
    True
    """
    samples, on_degenerate = Samples.of(values), check_on_degenerate(on_degenerate)
    rows = np.arange(len(samples.inverse)) if at is None else np.atleast_1d(np.asarray(at))
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ShapeError(f"at must be indices of samples, got an array of shape {rows.shape}, dtype {rows.dtype}")
    for row in rows:
        centre_of(samples, int(row))
    rows = rows % len(samples.inverse)
    places, back = np.unique(samples.inverse[rows], return_inverse=True)
    if not len(places):
        raise ShapeError("at must name at least one sample")
    chosen = choose(samples, dim, neighbours, order, None)
    if on_degenerate == "raise":
        fits = [checked_fit(samples, int(place), int(samples.first[place]), chosen) for place in places]
    else:
        fits = [local_fit(samples.near(int(place), chosen.neighbours), chosen.dim, chosen.order) for place in places]
    values_of: dict[str, list[np.ndarray]] = {name: [] for name in QUANTITIES}
    for start in range(0, len(fits), _CHUNK):
        part = fits[start : start + _CHUNK]
        padded = part + [part[-1]] * (min(_CHUNK, len(fits)) - len(part))  # one shape, compiled once
        variants = zip(*(tensors_of(fit, chosen.dim, chosen.order) for fit in padded), strict=True)
        tensors = tuple(jnp.asarray(np.stack(parts), samples.dtype) for parts in variants)
        graph = tuple(
            jnp.asarray(np.stack(parts), samples.dtype)
            for parts in zip(*((f.centre, f.tangent, f.normal) for f in padded), strict=True)
        )
        found = at_centres(QUANTITIES, graph, tensors)
        for name in QUANTITIES:
            values_of[name].append(np.asarray(found[name])[: len(part)])
    estimates = {
        name: Estimate(*(v[back] for v in estimated(np.concatenate(parts), fits[0].half, chosen.dim)))
        for name, parts in values_of.items()
    }
    estimates["riemann"] = estimates.pop("riemann_lowered")
    return SampleGeometry(
        index=rows,
        tangent=np.stack([fit.tangent for fit in fits])[back].astype(samples.dtype),
        radius=np.array([fit.radius for fit in fits])[back],
        condition=np.array([fit.condition for fit in fits])[back],
        prediction_error=np.array([fit.prediction_error for fit in fits])[back],
        neighbourhood=chosen,
        **estimates,
    )
