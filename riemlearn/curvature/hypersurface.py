r"""Hypersurfaces of Euclidean space: the unit normal and the principal curvatures."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from riemlearn.curvature.frame import Frame
from riemlearn.curvature.gauss import EmbeddedPoint
from riemlearn.curvature.normal import unit_normals


def gauss_map(tangent: Float[Array, "n d"], frame: Frame) -> Float[Array, " d"]:
    r"""The unit normal N with :math:`\det(\partial_1 f, \dots, \partial_n f, N) > 0`, from the frame vectors."""
    normal = unit_normals(tangent)[0]
    # the frame may turn the other way round than the coordinates
    side = jnp.linalg.slogdet(jnp.vstack([tangent, normal]))[0] * jnp.linalg.slogdet(frame.coframe)[0]
    return jax.lax.stop_gradient(side) * normal


def principal_curvatures(point: EmbeddedPoint) -> Float[Array, " n"]:
    """Eigenvalues of the shape operator with respect to the Gauss map, ascending."""
    return jnp.linalg.eigvalsh(point.normals() @ gauss_map(point.tangent, point.frame))
