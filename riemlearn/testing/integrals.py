"""Identities of integrals over a chart: Gauss-Bonnet, and that the Laplace-Beltrami operator is symmetric."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from riemlearn.connection import Connection
from riemlearn.errors import ShapeError
from riemlearn.laplace_beltrami import LaplaceBeltrami
from riemlearn.manifolds.quadrature import chart_quadrature
from riemlearn.testing.local import Fields, batched

_BATCH = 2048


class GaussBonnet(NamedTuple):
    r"""What :func:`gauss_bonnet` found.

    Attributes
    ----------
    value : float
        :math:`\frac{1}{2\pi} \int K\,dA`.
    miss : float
        How far it is from the Euler characteristic.
    estimate : float
        Estimate of the error of the quadrature: the difference from the value with two thirds of the points an axis.
    """

    value: float
    miss: float
    estimate: float


def gauss_bonnet(metric: Any, euler_characteristic: int, points_per_axis: int = 48) -> GaussBonnet:
    r"""How far :math:`\frac{1}{2\pi} \int K\,dA = \chi` is missed on a closed surface.

    Parameters
    ----------
    metric : Metric
        Of dimension 2, on a bounded chart that covers the surface but for a set of measure zero.
    euler_characteristic : int
        :math:`\chi`: 2 for a sphere, 0 for a torus, 1 for the projective plane.
    points_per_axis : int
        Nodes along each axis; at least 3.

    Raises
    ------
    ShapeError
        If the dimension is not 2.
    ChartError
        If the chart is not a bounded box.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> found = gauss_bonnet(Sphere(2, radius=3).metric, euler_characteristic=2)
    >>> round(found.value, 10), found.miss < 1e-12
    (2.0, True)
    """
    if metric.dim != 2:
        raise ShapeError(f"gauss_bonnet: the metric must have dimension 2, got {metric.dim}")
    scalar = Connection(metric).scalar
    density = batched(lambda x: {"2 K dA": scalar(x) * metric.volume_density(x)}, _BATCH)
    rules = (chart_quadrature(metric.chart, m) for m in (points_per_axis, 2 * points_per_axis // 3))
    fine, coarse = (float(weights @ density(nodes)["2 K dA"]) / (4 * np.pi) for nodes, weights in rules)
    return GaussBonnet(fine, abs(fine - euler_characteristic), abs(fine - coarse))


def self_adjointness(
    metric: Any,
    f: Callable[[Any], Any],
    h: Callable[[Any], Any],
    nodes: Float[np.ndarray, "count n"],
    volume: Float[np.ndarray, " count"],
    laplacian: Any = None,
) -> float:
    r"""Error of :math:`\int f \Delta h = \int h \Delta f = -\int \langle df, dh \rangle` in Riemannian volume.

    Parameters
    ----------
    metric : Metric
        The metric.
    f, h : callable
        JAX functions ``(n,) -> ()``, smooth on the manifold (not only on the chart), or zero with their first
        derivatives at the ends of the box.
    nodes, volume : arrays of shape (count, n) and (count,)
        A quadrature, from :func:`chart_quadrature`, with the volume density in its weights.
    laplacian : callable, optional
        From a function to its Laplacian; by default that of the metric.

    Returns
    -------
    float
        The larger of the two differences, relative to :math:`\int |\langle df, dh \rangle| + |f \Delta h|`.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from riemlearn.manifolds import Sphere
    >>> def height(x):
    ...     return jnp.cos(x[0])
    >>> def depth(x):
    ...     return jnp.cos(x[0]) + jnp.sin(x[0]) * jnp.cos(x[1])
    >>> g = Sphere(2).metric
    >>> nodes, weights = chart_quadrature(g.chart, 16)
    >>> self_adjointness(g, height, depth, nodes, weights * np.asarray(g.volume_density(nodes))) < 1e-12
    True
    """
    return adjointness_miss(adjointness_fields(metric, f, h, laplacian)(nodes), volume)


def adjointness_fields(metric: Any, f: Callable[[Any], Any], h: Callable[[Any], Any], laplacian: Any = None) -> Fields:
    """What :func:`self_adjointness` integrates, compiled once."""
    delta = LaplaceBeltrami(metric) if laplacian is None else laplacian
    delta_f, delta_h = delta(f), delta(h)

    def densities(x: Any) -> dict[str, Any]:
        pairing = jax.grad(f)(x) @ metric.inverse(x) @ jax.grad(h)(x)
        return {"pairing": pairing, "f delta h": f(x) * delta_h(x), "h delta f": h(x) * delta_f(x)}

    return batched(densities, _BATCH)


def adjointness_miss(at: dict[str, Float[np.ndarray, " count"]], volume: Float[np.ndarray, " count"]) -> float:
    """The two differences of :func:`self_adjointness`, the larger of them, relative to the size of the terms."""
    size = float(volume @ (np.abs(at["pairing"]) + np.abs(at["f delta h"])))
    misses = volume @ np.stack([at["f delta h"] - at["h delta f"], at["f delta h"] + at["pairing"]], -1)
    return float(np.max(np.abs(misses))) / (size or 1.0)
