r"""Identities between curvature and derivatives: Riemann's definition, the second and the contracted Bianchi identity.

Derivatives are arguments, with the new index last: by differences, by automatic differentiation or from a closed form.
"""

from typing import SupportsFloat

import numpy as np

from riemlearn.tensor_field import PointsLike
from riemlearn.testing.measure import same_dimension, sizes, tensor, worst


def curvature_definition(
    riemann: PointsLike, christoffel: PointsLike, derivative: PointsLike, scale: SupportsFloat | None = None
) -> float:
    r"""By how much the Riemann tensor is not that of its Christoffel symbols.

    .. math:: R^i{}_{jkl} = \partial_k \Gamma^i_{lj} - \partial_l \Gamma^i_{kj} + \Gamma^i_{km} \Gamma^m_{lj}
        - \Gamma^i_{lm} \Gamma^m_{kj}

    Parameters
    ----------
    riemann : array_like, shape (..., n, n, n, n)
        :math:`R^i{}_{jkl}`, upper index first.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`.
    derivative : array_like, shape (..., n, n, n, n)
        ``derivative[k, i, j, l]`` :math:`= \partial_l \Gamma^k_{ij}`.
    scale : float, optional
        The size that counts as an error of 1; by default :math:`|\partial\Gamma| + |\Gamma\Gamma|` at each point.

    Examples
    --------
    The plane in polar coordinates at r = 2 is flat:

    >>> gamma, slope = np.zeros((2, 2, 2)), np.zeros((2, 2, 2, 2))
    >>> gamma[0, 1, 1], gamma[1, 0, 1], gamma[1, 1, 0] = -2.0, 0.5, 0.5
    >>> slope[0, 1, 1, 0], slope[1, 0, 1, 0], slope[1, 1, 0, 0] = -1.0, -0.25, -0.25
    >>> curvature_definition(np.zeros((2, 2, 2, 2)), gamma, slope)
    0.0
    """
    r, gamma = tensor(riemann, 4, "riemann"), tensor(christoffel, 3, "christoffel")
    slope = tensor(derivative, 4, "derivative")
    same_dimension("curvature_definition", r, gamma, slope)
    half = np.einsum("...iljk->...ijkl", slope)
    product = np.einsum("...ikm,...mlj->...ijkl", gamma, gamma)
    fault = r - half + np.swapaxes(half, -1, -2) - product + np.swapaxes(product, -1, -2)
    return worst(fault, sizes(scale, (half, 4), (product, 4)), 4)


def second_bianchi(
    riemann: PointsLike, derivative: PointsLike, christoffel: PointsLike, scale: SupportsFloat | None = None
) -> float:
    r"""Error of the second Bianchi identity :math:`\nabla_m R_{ijkl} + \nabla_k R_{ijlm} + \nabla_l R_{ijmk} = 0`.

    Parameters
    ----------
    riemann : array_like, shape (..., n, n, n, n)
        :math:`R_{ijkl}`, all indices down.
    derivative : array_like, shape (..., n, n, n, n, n)
        ``derivative[i, j, k, l, m]`` :math:`= \partial_m R_{ijkl}`.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`.
    scale : float, optional
        The size that counts as an error of 1; by default :math:`|\partial R| + |\Gamma R|` at each point.

    Raises
    ------
    ShapeError
        If the axes of a tensor are not of one length, or differ between the three.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> r, gamma = rng.normal(size=(3,) * 4), np.zeros((3, 3, 3))
    >>> second_bianchi(r, np.zeros((3,) * 5), gamma), second_bianchi(r, rng.normal(size=(3,) * 5), gamma) > 1
    (0.0, True)
    """
    r, slope = tensor(riemann, 4, "riemann"), tensor(derivative, 5, "derivative")
    gamma = tensor(christoffel, 3, "christoffel")
    same_dimension("second_bianchi", r, slope, gamma)
    nabla, product = covariant_derivative(r, slope, gamma, 4)
    fault = nabla + np.einsum("...ijlmk->...ijklm", nabla) + np.einsum("...ijmkl->...ijklm", nabla)
    return worst(fault, sizes(scale, (slope, 5), (product, 5)), 5)


def contracted_bianchi(
    metric: PointsLike,
    ricci: PointsLike,
    ricci_derivative: PointsLike,
    scalar_derivative: PointsLike,
    christoffel: PointsLike,
    scale: SupportsFloat | None = None,
) -> float:
    r"""Error of the contracted identity :math:`\nabla^j \mathrm{Ric}_{ij} = \tfrac12 \partial_i\,\mathrm{scal}`.

    Parameters
    ----------
    metric, ricci : array_like, shape (..., n, n)
        :math:`g_{ij}` and :math:`\mathrm{Ric}_{ij}`.
    ricci_derivative : array_like, shape (..., n, n, n)
        ``ricci_derivative[i, j, k]`` :math:`= \partial_k \mathrm{Ric}_{ij}`.
    scalar_derivative : array_like, shape (..., n)
        :math:`\partial_i\,\mathrm{scal}`.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`.
    scale : float, optional
        The size that counts as an error of 1; by default that of the terms: :math:`|\nabla\mathrm{Ric}|` with its
        index raised, and :math:`|\partial\,\mathrm{scal}|`.

    Raises
    ------
    ShapeError
        If the axes of a tensor are not of one length, or differ between them.

    Examples
    --------
    Where Ric = g, constant:

    >>> zero = np.zeros((2, 2, 2))
    >>> contracted_bianchi(np.eye(2), np.eye(2), zero, np.zeros(2), zero)
    0.0
    """
    g, ric = tensor(metric, 2, "metric"), tensor(ricci, 2, "ricci")
    slope, ds = tensor(ricci_derivative, 3, "ricci_derivative"), tensor(scalar_derivative, 1, "scalar_derivative")
    gamma = tensor(christoffel, 3, "christoffel")
    same_dimension("contracted_bianchi", g, ric, slope, ds, gamma)
    nabla, product = covariant_derivative(ric, slope, gamma, 2)
    divergence, of_slope, of_product = (_contracted(g, t) for t in (nabla, slope, product))
    return worst(divergence - ds / 2, sizes(scale, (of_slope, 1), (of_product, 1), (ds, 1)), 1)


def covariant_derivative(
    components: np.ndarray, derivative: np.ndarray, gamma: np.ndarray, rank: int
) -> tuple[np.ndarray, np.ndarray]:
    r""":math:`\nabla_m T_{i \dots}`, new index last, of a tensor with all indices down; and :math:`-\Gamma T` alone."""
    product = np.zeros_like(derivative)
    for axis in range(rank):
        # Gamma^a_{mi} T_{.. a ..}: contract the axis, put i back in its place and m at the end
        moved = np.moveaxis(components, axis - rank, -1)
        term = np.einsum(
            "...ami,...wa->...wim", gamma, moved.reshape(*moved.shape[: moved.ndim - rank], -1, moved.shape[-1])
        )
        term = term.reshape(*moved.shape, moved.shape[-1])
        product -= np.moveaxis(term, -2, axis - rank - 1)
    return derivative + product, product


def _contracted(g: np.ndarray, t: np.ndarray) -> np.ndarray:
    """:math:`g^{jk} t_{ijk}`, without an inverse."""
    return np.trace(np.linalg.solve(g[..., None, :, :], t), axis1=-2, axis2=-1)
