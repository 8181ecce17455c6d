r"""Identities of metric, connection and curvature, each as a function that returns by how much they are missed.

They need no closed form, so that they test the geometry of a learned map as well as that of a sphere.
Arrays may have leading batch axes; the answer is the worst error over the batch, relative to the norm of the
tensor (of the terms, for metric compatibility), and NaN if there is a NaN anywhere.
"""

from typing import SupportsFloat

import numpy as np
from jax.typing import ArrayLike

from riemlearn.testing.measure import norm, same_dimension, sizes, tensor, worst


def riemann_symmetries(riemann: ArrayLike, scale: SupportsFloat | None = None) -> dict[str, float]:
    r"""Errors of the algebraic symmetries of the curvature tensor with all indices down.

    Parameters
    ----------
    riemann : array_like, shape (..., n, n, n, n)
        :math:`R_{ijkl} = g_{im} R^m{}_{jkl}`; with an index up only two of them hold.
    scale : float, optional
        The size that counts as an error of 1; by default :math:`|R|_F` of each point.  Give one where the
        space is flat and R but rounding.

    Returns
    -------
    dict
        ``first_pair``: :math:`R_{ijkl} + R_{jikl}`; ``second_pair``: :math:`R_{ijkl} + R_{ijlk}`;
        ``exchange``: :math:`R_{ijkl} - R_{klij}`; ``bianchi``: :math:`R_{ijkl} + R_{iklj} + R_{iljk}`; the
        norm of each divided by ``scale``.

    Raises
    ------
    ShapeError
        If the last four axes are not of one length.

    Examples
    --------
    >>> delta = np.eye(3)
    >>> sphere = np.einsum("ik,jl->ijkl", delta, delta) - np.einsum("il,jk->ijkl", delta, delta)
    >>> max(riemann_symmetries(sphere).values())
    0.0
    """
    r = tensor(riemann, 4, "riemann")
    faults = {
        "first_pair": r + np.einsum("...ijkl->...jikl", r),
        "second_pair": r + np.einsum("...ijkl->...ijlk", r),
        "exchange": r - np.einsum("...ijkl->...klij", r),
        "bianchi": r + np.einsum("...iklj->...ijkl", r) + np.einsum("...iljk->...ijkl", r),
    }
    size = sizes(scale, (r, 4))
    return {name: worst(fault, size, 4) for name, fault in faults.items()}


def metric_compatibility(
    metric: ArrayLike, derivative: ArrayLike, christoffel: ArrayLike, scale: SupportsFloat | None = None
) -> float:
    r"""Error of metric compatibility, :math:`\nabla g = 0`.

    .. math::

        \nabla_k g_{ij} = \partial_k g_{ij} - \Gamma^m_{ki} g_{mj} - \Gamma^m_{kj} g_{im}

    Parameters
    ----------
    metric : array_like, shape (..., n, n)
        :math:`g_{ij}`.
    derivative : array_like, shape (..., n, n, n)
        ``derivative[i, j, k]`` :math:`= \partial_k g_{ij}`, as ``jax.jacfwd`` returns it.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`, the derivative's index second.
    scale : float, optional
        The size that counts as an error of 1; by default that of the terms, at each point.

    Returns
    -------
    float
        The norm of :math:`\nabla g` divided by ``scale``.

    Raises
    ------
    ShapeError
        If the axes of a tensor are not of one length, or differ between the three.

    Examples
    --------
    The plane in polar coordinates at r = 2:

    >>> g, dg, gamma = np.diag([1.0, 4.0]), np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    >>> dg[1, 1, 0], gamma[0, 1, 1], gamma[1, 0, 1], gamma[1, 1, 0] = 4.0, -2.0, 0.5, 0.5
    >>> metric_compatibility(g, dg, gamma)
    0.0
    """
    g, dg = tensor(metric, 2, "metric"), tensor(derivative, 3, "derivative")
    gamma = tensor(christoffel, 3, "christoffel")
    same_dimension("metric_compatibility", g, dg, gamma)
    left = np.einsum("...mki,...mj->...ijk", gamma, g)
    right = np.einsum("...mkj,...im->...ijk", gamma, g)
    return worst(dg - left - right, sizes(scale, (dg, 3), (left, 3), (right, 3)), 3)


def torsion(christoffel: ArrayLike) -> float:
    r"""Error of :math:`T^k_{ij} = \Gamma^k_{ij} - \Gamma^k_{ji} = 0`, relative to :math:`|\Gamma|_F`.

    Parameters
    ----------
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`.

    Raises
    ------
    ShapeError
        If the last three axes are not of one length.

    Examples
    --------
    >>> gamma = np.zeros((2, 2, 2))
    >>> gamma[0, 0, 1] = 1.0
    >>> round(torsion(gamma), 4)
    1.4142
    """
    gamma = tensor(christoffel, 3, "christoffel")
    return worst(gamma - np.swapaxes(gamma, -1, -2), norm(gamma, 3), 3)
