"""Identities of a manifold in Euclidean space: the metric is induced, and the equations of Gauss and Codazzi hold."""

from typing import SupportsFloat

import numpy as np

from riemlearn.errors import ShapeError
from riemlearn.tensor_field import PointsLike
from riemlearn.testing.measure import same_dimension, sizes, tensor, worst


def isometry(metric: PointsLike, jacobian: PointsLike) -> float:
    r"""Error of :math:`J^T J = g`, relative to :math:`|g|_F`.

    Parameters
    ----------
    metric : array_like, shape (..., n, n)
        :math:`g_{ij}`.
    jacobian : array_like, shape (..., d, n)
        Jacobian matrix of the embedding.

    Examples
    --------
    >>> isometry(np.eye(2), [[1.0, 0.0], [0.0, 0.6], [0.0, 0.8]])
    0.0
    """
    g, j = tensor(metric, 2, "metric"), np.asarray(jacobian, np.float64)
    same_dimension("isometry", g, j)
    return worst(np.swapaxes(j, -1, -2) @ j - g, sizes(None, (g, 2)), 2)


def gauss_equation(riemann: PointsLike, second: PointsLike, scale: SupportsFloat | None = None) -> float:
    r"""Error of the Gauss equation.

    .. math:: R_{ijkl} = \langle \mathrm{II}_{ik}, \mathrm{II}_{jl} \rangle
        - \langle \mathrm{II}_{il}, \mathrm{II}_{jk} \rangle

    Parameters
    ----------
    riemann : array_like, shape (..., n, n, n, n)
        :math:`R_{ijkl}`, all indices down, from the metric itself.
    second : array_like, shape (..., n, n, d)
        Second fundamental form :math:`\mathrm{II}_{ij}` in :math:`\mathbb{R}^d`.
    scale : float, optional
        The size that counts as an error of 1; by default :math:`|R| + |\langle \mathrm{II}, \mathrm{II} \rangle|` at
        each point.  Give one where the space is flat and both are but rounding.

    Raises
    ------
    ShapeError
        If the axes do not fit.

    Examples
    --------
    A sphere of radius 2 in its tangent frame:

    >>> delta = np.eye(2)
    >>> gg = np.einsum("ik,jl->ijkl", delta, delta) - np.einsum("il,jk->ijkl", delta, delta)
    >>> gauss_equation(gg / 4, np.array([0.0, 0.0, -0.5]) * delta[:, :, None])
    0.0
    """
    r, form = tensor(riemann, 4, "riemann"), _form(second)
    _fit("gauss_equation", r, form)
    product = np.einsum("...ika,...jla->...ijkl", form, form)
    fault = r - product + np.swapaxes(product, -1, -2)
    return worst(fault, sizes(scale, (r, 4), (product, 4)), 4)


def codazzi_equation(
    second: PointsLike,
    derivative: PointsLike,
    christoffel: PointsLike,
    jacobian: PointsLike,
    scale: SupportsFloat | None = None,
) -> float:
    r"""Error of the Codazzi equation :math:`(\nabla^\perp_m \mathrm{II})_{ij} = (\nabla^\perp_i \mathrm{II})_{mj}`.

    .. math::

        (\nabla^\perp_m \mathrm{II})_{ij} = (\partial_m \mathrm{II}_{ij})^\perp - \Gamma^a_{mi} \mathrm{II}_{aj}
        - \Gamma^a_{mj} \mathrm{II}_{ia}

    Parameters
    ----------
    second : array_like, shape (..., n, n, d)
        Second fundamental form :math:`\mathrm{II}_{ij}`.
    derivative : array_like, shape (..., n, n, d, n)
        ``derivative[i, j, :, m]`` :math:`= \partial_m \mathrm{II}_{ij}` in :math:`\mathbb{R}^d`.
    christoffel : array_like, shape (..., n, n, n)
        ``christoffel[k, i, j]`` :math:`= \Gamma^k_{ij}`.
    jacobian : array_like, shape (..., d, n)
        Jacobian matrix of the embedding, whose columns span the tangent space.
    scale : float, optional
        The size that counts as an error of 1; by default :math:`|\partial\mathrm{II}| + |\Gamma\,\mathrm{II}|`.

    Raises
    ------
    ShapeError
        If the axes do not fit.

    Examples
    --------
    The unit circle has only one index to exchange:

    >>> codazzi_equation([[[-1.0, 0.0]]], [[[[0.0], [-1.0]]]], np.zeros((1, 1, 1)), [[0.0], [1.0]])
    0.0
    """
    form, slope = _form(second), np.asarray(derivative, np.float64)
    gamma, j = tensor(christoffel, 3, "christoffel"), np.asarray(jacobian, np.float64)
    _fit("codazzi_equation", gamma, form)
    if slope.shape[-4:] != form.shape[-3:] + gamma.shape[-1:]:
        raise ShapeError(f"derivative has shape {slope.shape}, expected (..., n, n, d, n) with II of {form.shape}")
    if j.shape[-2:] != (form.shape[-1], gamma.shape[-1]):
        raise ShapeError(f"jacobian has shape {j.shape}, expected (..., d, n) with II of shape {form.shape}")
    frame = np.linalg.qr(j)[0]
    along = np.swapaxes(frame, -1, -2)
    inside = np.einsum("...dp,...pe,...ijem->...ijdm", frame, along, slope)
    first = np.einsum("...ami,...ajd->...ijdm", gamma, form)
    last = np.einsum("...amj,...iad->...ijdm", gamma, form)
    nabla = slope - inside - first - last
    return worst(nabla - np.swapaxes(nabla, -4, -1), sizes(scale, (slope, 4), (first, 4), (last, 4)), 4)


def _form(second: PointsLike) -> np.ndarray:
    """Second fundamental form as float64."""
    form = np.asarray(second, np.float64)
    if form.ndim < 3 or form.shape[-3] != form.shape[-2]:
        raise ShapeError(f"second must have shape (..., n, n, d), got {form.shape}")
    return form


def _fit(what: str, tensor: np.ndarray, form: np.ndarray) -> None:
    """Refuse a form of another dimension."""
    if form.shape[-2] != tensor.shape[-1]:
        raise ShapeError(f"{what}: dimensions differ: {tensor.shape}, {form.shape}")
