r"""The second fundamental form one unit normal at a time, for embeddings of small codimension.

With an orthonormal basis :math:`N_\nu` of the normal space, :math:`\mathrm{II} = \sum_\nu h^\nu N_\nu`, where
:math:`h^\nu` is the Hessian of the one function :math:`\langle N_\nu, f \rangle` (do Carmo, Riemannian Geometry, ch. 6,
prop. 2.3): forward over reverse differentiation takes n columns for a normal, where all pairs take n (n + 1) / 2.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from riemlearn.curvature.frame import Signature
from riemlearn.curvature.gauss import EmbeddedPoint, embedding_frame, turned_gamma
from riemlearn.jets import jet2


def unit_normals(tangent: Float[Array, "n d"]) -> Float[Array, "c d"]:
    """An orthonormal basis of the normal space, one vector a row; orthonormal rows span the tangent space.

    Which basis it is, is constant for differentiation; that it stays normal is not.
    """
    n = tangent.shape[0]
    seed = jnp.linalg.qr(jax.lax.stop_gradient(tangent).T, mode="complete")[0][:, n:].T
    normal = seed - (seed @ tangent.T) @ tangent
    return solve_triangular(jnp.linalg.cholesky(normal @ normal.T), normal, lower=True)


def normal_hessians(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]],
    x: Float[Array, " n"],
    basis: Float[Array, "n r"],
    normals: Float[Array, "c d"],
) -> Float[Array, "r r c"]:
    r""":math:`h^\nu_{ab} = \langle N_\nu, D^2 f(E_a, E_b) \rangle` as ``h[a, b, nu]``."""

    def pulled(y: Float[Array, " n"]) -> Float[Array, "c n"]:
        back = jax.vjp(f, y)[1]
        return jax.vmap(lambda normal: back(normal)[0])(normals)

    derivative = jax.vmap(lambda e: jax.jvp(pulled, (x,), (e,))[1])(basis.T)
    return jnp.einsum("acn,nb->abc", derivative, basis)


def point_by_normals(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]],
    x: Float[Array, " n"],
    signature: Signature = "riemannian",
) -> EmbeddedPoint:
    """Geometry of an embedding into Euclidean space whose curvature comes from Hessians of normal components.

    The Christoffel symbols still need all second derivatives; compiled code leaves them out where nobody asks for them.
    """
    framed = embedding_frame(f, x, signature)
    along = jax.vmap(jax.linearize(f, x)[1])(framed.seed.T)
    tangent = framed.change.T @ along
    form = normal_hessians(f, x, framed.seed, unit_normals(tangent))
    tangential = jet2(f, x, framed.seed.T).second @ tangent.T
    packed = form[np.triu_indices(len(tangent))]
    return EmbeddedPoint(framed.frame, turned_gamma(tangential, framed.change), tangent, framed.change, packed)
