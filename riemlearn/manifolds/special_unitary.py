"""SU(2): the unit quaternions, a sphere S^3 and a group."""

from functools import cache
from math import pi

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Complex, Float

from riemlearn.chart import periodic, pole_interval
from riemlearn.heat_kernel import Closed
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch, safe_norm
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.geodesics import end_through, squared_arc_length, start_through
from riemlearn.manifolds.sphere import Sphere
from riemlearn.metric import Metric


class SpecialUnitary2(Manifold):
    r"""The group SU(2) as the unit sphere S^3, in Hopf coordinates :math:`(\eta, \xi_1, \xi_2)`.

    With :math:`z_1 = \sin\eta\, e^{i\xi_1}` and :math:`z_2 = \cos\eta\, e^{i\xi_2}`,

    .. math:: g = d\eta^2 + \sin^2\eta\, d\xi_1^2 + \cos^2\eta\, d\xi_2^2 , \qquad
        \begin{pmatrix} \bar z_2 & -\bar z_1 \\ z_1 & z_2 \end{pmatrix} \in SU(2) .

    The metric is invariant under multiplication from the left and from the right; every sectional curvature is 1.

    Examples
    --------
    >>> G = SpecialUnitary2()
    >>> x = jnp.array([0.3, 1.0, 2.0])
    >>> bool(jnp.allclose(G.matrix(x) @ G.matrix(x).conj().T, jnp.eye(2)))
    True
    >>> G.levels(3).multiplicities.tolist()
    [1, 4, 9]
    """

    dim: int = eqx.field(static=True, init=False, default=3)

    @property
    def metric(self) -> Metric:
        """The round metric."""
        return _metric()

    @property
    def embedding(self) -> "_Quaternion":
        r"""Into R^4: :math:`(\Re z_1, \Im z_1, \Re z_2, \Im z_2)`."""
        return _Quaternion()

    @property
    def volume(self) -> float:
        r""":math:`2 \pi^2`."""
        return 2 * pi**2

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is 1."""
        return Curvature.isotropic(1, 3)

    @property
    def patch(self) -> Patch:
        """Keeps 0.2 from the two circles where an angle has no meaning."""
        return Patch((0.2, 0.0, 0.0), (pi / 2 - 0.2, 2 * pi, 2 * pi))

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Camporesi, Harmonic analysis and propagators on homogeneous spaces, Phys. Rep. 196 (1990)"

    def matrix(self, x: Float[Array, "*batch 3"]) -> Complex[Array, "*batch 2 2"]:
        """The element of the group."""
        z1 = jnp.sin(x[..., 0]) * jnp.exp(1j * x[..., 1])
        z2 = jnp.cos(x[..., 0]) * jnp.exp(1j * x[..., 2])
        return jnp.stack([jnp.stack([z2.conj(), -z1.conj()], -1), jnp.stack([z1, z2], -1)], -2)

    def from_matrix(self, matrix: Complex[Array, "*batch 2 2"]) -> Float[Array, "*batch 3"]:
        """Coordinates of an element of the group."""
        z1, z2 = matrix[..., 1, 0], matrix[..., 1, 1]
        return hopf_angles(jnp.stack([z1.real, z1.imag, z2.real, z2.imag], axis=-1))

    def levels(self, count: int) -> Levels:
        r""":math:`l (l + 2)`, :math:`(l + 1)^2` times: the matrix elements of the representation of dimension l + 1."""
        return Sphere(3).levels(count)

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the angle of two quaternions."""
        return squared_arc_length(quaternion(x), quaternion(y))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle, a coset of a one-parameter group."""
        return end_through(quaternion, hopf_angles, x, v)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle; NaN from U to -U."""
        return start_through(quaternion, hopf_angles, x, y)

    def closed_heat_kernel(self) -> Closed:
        """That of S^3."""
        return Closed.sphere(3, 1.0, self.squared_distance)

    def __repr__(self) -> str:
        return "SpecialUnitary2()"


def quaternion(x: Float[Array, "*batch 3"]) -> Float[Array, "*batch 4"]:
    """Unit vector of Hopf coordinates."""
    eta, xi1, xi2 = x[..., 0], x[..., 1], x[..., 2]
    sine, cosine = jnp.sin(eta), jnp.cos(eta)
    return jnp.stack([sine * jnp.cos(xi1), sine * jnp.sin(xi1), cosine * jnp.cos(xi2), cosine * jnp.sin(xi2)], axis=-1)


def hopf_angles(q: Float[Array, "*batch 4"]) -> Float[Array, "*batch 3"]:
    """Hopf coordinates of a vector."""
    xi1 = jnp.arctan2(q[..., 1], q[..., 0]) % (2 * np.pi)
    xi2 = jnp.arctan2(q[..., 3], q[..., 2]) % (2 * np.pi)
    return jnp.stack([jnp.arctan2(safe_norm(q[..., :2]), safe_norm(q[..., 2:])), xi1, xi2], axis=-1)


class _Quaternion(eqx.Module):
    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        return quaternion(x)


@cache
def _metric() -> Metric:
    eta, xi1, xi2 = sp.symbols("eta xi1 xi2", real=True)
    domain = {eta: pole_interval(0, sp.pi / 2), xi1: periodic(2 * sp.pi), xi2: periodic(2 * sp.pi)}
    return Metric.from_sympy((eta, xi1, xi2), sp.diag(1, sp.sin(eta) ** 2, sp.cos(eta) ** 2), domain=domain)
