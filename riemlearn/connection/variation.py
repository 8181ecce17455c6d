r"""The second variation of a geodesic: whether it is a minimum, and along which variation it is not.

In a parallel orthonormal frame :math:`E_i` along the geodesic the index form of fields with zeros at both ends is

.. math:: I(w, w) = \int_0^1 \left( |\dot w|^2 - R_{ij} w^i w^j \right) ds, \qquad
   R_{ij} = \langle R(E_i, \dot\gamma) \dot\gamma, E_j \rangle

(do Carmo, Riemannian Geometry, ch. 9, prop. 2.8 and ch. 11, sec. 2).  It is positive up to the first conjugate point,
degenerate there, and has a negative direction beyond.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.connection.collocation import linearised
from riemlearn.connection.mesh import ORDER, Mesh, element
from riemlearn.metric import Metric

_MODES = 8  # sines along each frame vector, fewer in high dimensions
_UNKNOWNS = 128


def parallel_frame(
    grid: Mesh, by_velocity: Float[Array, "N n n"], start: Float[Array, "n n"]
) -> tuple[Float[Array, "N n n"], Float[Array, "N n n"], Float[Array, "N n n"]]:
    r"""Frame, first and second derivative at the nodes, from the frame at the start; the columns are the vectors.

    Parallel transport is :math:`\dot E = \tfrac12 B E` with :math:`B = -2 \Gamma(\dot\gamma, \cdot)`, the derivative
    of the force by velocity; each element is solved by collocation.
    """
    K, n, h = grid.elements, start.shape[0], 1 / grid.elements
    local = element()
    once, weights, slope = (jnp.asarray(v, start.dtype) for v in (local.once, local.weights, local.slope))
    half = by_velocity.reshape(K, ORDER, n, n) / 2
    inner = jnp.eye(ORDER * n, dtype=start.dtype) - h * jnp.einsum("eikl,ij->eikjl", half, once).reshape(
        K, ORDER * n, ORDER * n
    )
    rates = jnp.linalg.solve(inner, half.reshape(K, ORDER * n, n)).reshape(K, ORDER, n, n)

    def step(start: Float[Array, "n n"], rate: Float[Array, "m n n"]) -> tuple[Array, tuple[Array, Array]]:
        first = rate @ start
        frame = start + h * jnp.einsum("ij,jkl->ikl", once, first)
        return start + h * jnp.einsum("j,jkl->kl", weights, first), (frame, first)

    _, (frame, first) = jax.lax.scan(step, start, rates)
    second = jnp.einsum("ij,ejkl->eikl", slope, first) / h
    shape = (K * ORDER, n, n)
    return frame.reshape(shape), first.reshape(shape), second.reshape(shape)


def margin(
    metric: Metric, grid: Mesh, points: Float[Array, "N n"], velocities: Float[Array, "N n"]
) -> tuple[Float[Array, ""], Float[Array, "N n"]]:
    r"""Least second variation of a geodesic given at the nodes of a mesh, and the variation that has it.

    The least value of :math:`I(w, w) / \pi^2 \int |w|^2` over sums of sines along the frame: 1 in flat space,
    :math:`1 - K L^2 / \pi^2` at constant curvature K.  It is not below that of all variations.
    """
    _, A, B = linearised(metric, points, velocities)
    g = jax.vmap(lambda p: metric.raw_value("metric", p)[0])(points)
    n = points.shape[-1]
    # parallel transport keeps what the frame is not: orthonormal at the first node, it is so everywhere
    identity = jnp.eye(n, dtype=points.dtype)
    frame, first, second = parallel_frame(grid, B, identity)
    gram = frame[0].T @ g[0] @ frame[0]
    change = jax.scipy.linalg.solve_triangular(jnp.linalg.cholesky(gram), identity, lower=True).T
    frame, first, second = (v @ change for v in (frame, first, second))
    # the linearised equation of a parallel field is its curvature term
    curvature = jnp.einsum("qki,qkl,qlj->qij", frame, g, second - A @ frame - B @ first)
    modes = max(2, min(_MODES, _UNKNOWNS // n))
    k = np.pi * np.arange(1, modes + 1)
    sines = jnp.asarray(np.sqrt(2) * np.sin(k * grid.nodes.times[:, None]), points.dtype)
    weights = jnp.asarray(grid.weights, points.dtype)
    form = -jnp.einsum("q,qk,ql,qij->kilj", weights, sines, sines, curvature).reshape(modes * n, modes * n)
    flat = jnp.diag(jnp.repeat(jnp.asarray(k**2, points.dtype), n))
    values, vectors = jnp.linalg.eigh(flat + (form + form.T) / 2)
    least = jnp.einsum("qk,qij,kj->qi", sines, frame, vectors[:, 0].reshape(modes, n))
    return values[0] / np.pi**2, least
