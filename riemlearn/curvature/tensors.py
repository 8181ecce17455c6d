r"""What is made of the Riemann tensor by algebra alone, in an orthonormal frame with signs :math:`\eta`, and Cotton.

The frame makes every index a matter of a sign: no metric and no inverse enters.  The decomposition is

.. math:: R_{abcd} = C_{abcd} + P_{ac}\eta_{bd} - P_{ad}\eta_{bc} + \eta_{ac}P_{bd} - \eta_{ad}P_{bc}

(Besse, Einstein Manifolds, 1.116-1.118).
"""

import math
from itertools import combinations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def einstein(ricci: Float[Array, "n n"], scalar: Float[Array, ""], signs: Float[Array, " n"]) -> Float[Array, "n n"]:
    r""":math:`\mathrm{Ric}_{ab} - \tfrac12 \mathrm{scal}\,\eta_{ab}`."""
    return ricci - jnp.diag(signs) * scalar / 2


def schouten(ricci: Float[Array, "n n"], scalar: Float[Array, ""], signs: Float[Array, " n"]) -> Float[Array, "n n"]:
    r""":math:`P_{ab} = (\mathrm{Ric}_{ab} - \mathrm{scal}\,\eta_{ab} / (2 (n - 1))) / (n - 2)` for n >= 3."""
    n = signs.shape[0]
    return (ricci - jnp.diag(signs) * scalar / (2 * (n - 1))) / (n - 2)


def weyl(
    riemann: Float[Array, "n n n n"], ricci: Float[Array, "n n"], scalar: Float[Array, ""], signs: Float[Array, " n"]
) -> Float[Array, "n n n n"]:
    r""":math:`C_{abcd}`, the part of the Riemann tensor without traces; below dimension 4 there is none.

    Examples
    --------
    The sphere is conformally flat:

    >>> delta = jnp.eye(4)
    >>> riemann = jnp.einsum("ac,bd->abcd", delta, delta) - jnp.einsum("ad,bc->abcd", delta, delta)
    >>> float(jnp.max(jnp.abs(weyl(riemann, 3 * delta, jnp.asarray(12.0), jnp.ones(4)))))
    0.0
    """
    if signs.shape[0] <= 3:
        return jnp.zeros_like(riemann)
    product = jnp.einsum("ac,bd->abcd", schouten(ricci, scalar, signs), jnp.diag(signs))
    product = product + jnp.einsum("abcd->badc", product)
    return riemann - product + jnp.einsum("abcd->abdc", product)


def squared(tensor: Float[Array, "..."], signs: Float[Array, " n"]) -> Float[Array, ""]:
    r""":math:`T_{ab\dots} T^{ab\dots}`, which an indefinite metric can make negative."""
    raised = tensor
    for axis in range(tensor.ndim):
        raised = jnp.moveaxis(jnp.moveaxis(raised, axis, -1) * signs, -1, axis)
    return jnp.sum(tensor * raised)


def euler_density(riemann: Float[Array, "n n n n"], signs: Float[Array, " n"]) -> Float[Array, ""]:
    r"""Integrand of the Chern-Gauss-Bonnet theorem, whose integral over a closed manifold is its Euler characteristic.

    .. math:: \frac{1}{(8\pi)^m m!}\, \delta^{i_1 \dots i_{2m}}_{j_1 \dots j_{2m}}
        R^{j_1 j_2}{}_{i_1 i_2} \cdots R^{j_{2m-1} j_{2m}}{}_{i_{2m-1} i_{2m}}, \qquad n = 2m,

    and 0 in odd dimensions (Chern, Annals of Mathematics 45, 1944).  The contraction is the m-th power of the
    curvature in the algebra of double forms, :math:`\Lambda^{2k} \otimes \Lambda^{2k}`, which has few components.

    Examples
    --------
    >>> delta = jnp.eye(2)
    >>> riemann = jnp.einsum("ac,bd->abcd", delta, delta) - jnp.einsum("ad,bc->abcd", delta, delta)
    >>> round(float(euler_density(riemann, jnp.ones(2)) * 4 * jnp.pi), 6)
    2.0
    """
    n = signs.shape[0]
    if n % 2:
        return jnp.zeros((), riemann.dtype)
    rows, columns = np.array(list(combinations(range(n), 2))).T
    raised = riemann * signs[:, None, None, None] * signs[:, None, None]
    form = raised[rows[:, None], columns[:, None], rows, columns]
    power = form
    for degree in range(4, n + 1, 2):
        rest, pair, sign = (jnp.asarray(part) for part in _splittings(n, degree))
        # sum over the ways to split the upper and the lower indices into those of the power and those of the form
        terms = power[rest[:, :, None, None], rest] * form[pair[:, :, None, None], pair]
        power = jnp.einsum("ksjt,ks,jt->kj", terms, sign.astype(form.dtype), sign.astype(form.dtype))
    return power[0, 0] / ((2 * math.pi) ** (n // 2) * math.factorial(n // 2))


def _splittings(n: int, degree: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each index set of a degree, all ways to take two from it: numbers of the rest and the pair, and the sign."""
    number = {indices: i for size in (2, degree - 2) for i, indices in enumerate(combinations(range(n), size))}
    pairs = list(combinations(range(degree), 2))
    rest, pair = [], []
    for indices in combinations(range(n), degree):
        pair.append([number[indices[a], indices[b]] for a, b in pairs])
        rest.append([number[tuple(i for k, i in enumerate(indices) if k not in ab)] for ab in pairs])
    # a and b move to the end past degree - 2 - a + ... places, together (a + b + 1) up to even numbers
    sign = np.array([[1 - 2 * ((a + b + 1) % 2) for a, b in pairs]] * len(pair))
    return np.array(rest), np.array(pair), sign


def cotton(
    derivative: Float[Array, "n n n"], schouten: Float[Array, "n n"], christoffel: Float[Array, "n n n"]
) -> Float[Array, "n n n"]:
    r""":math:`C_{ijk} = \nabla_k P_{ij} - \nabla_j P_{ik}` in coordinates.

    Parameters
    ----------
    derivative : array of shape (n, n, n)
        :math:`\partial_k P_{ij}` as ``derivative[i, j, k]``.
    schouten, christoffel : arrays
        :math:`P_{ij}` and :math:`\Gamma^k{}_{ij}`.
    """
    covariant = derivative - jnp.einsum("mki,mj->ijk", christoffel, schouten)
    return covariant - jnp.swapaxes(covariant, 1, 2)
