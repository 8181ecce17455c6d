"""SO(3): rotations of space, the projective space RP^3 and a group."""

from functools import cache
from math import pi, sqrt

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float

from riemlearn.chart import periodic, pole_interval
from riemlearn.heat_kernel import Closed
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.geodesics import end_through, squared_arc_length, start_through
from riemlearn.manifolds.projective import RealProjectiveSpace, nearer_of_two, only_nearer_of_two, two_lifts
from riemlearn.manifolds.special_unitary import hopf_angles, quaternion
from riemlearn.metric import Metric


class SpecialOrthogonal3(Manifold):
    r"""The group SO(3) as the unit sphere S^3 modulo :math:`\pm 1`, in Euler angles :math:`(\varphi, \theta, \psi)`.

    The rotation is :math:`R_z(\varphi) R_y(\theta) R_z(\psi)`, and with :math:`\omega` its angular velocity

    .. math:: g = \tfrac14 |\omega|^2
        = \tfrac14 (d\varphi^2 + d\theta^2 + d\psi^2 + 2 \cos\theta\, d\varphi\, d\psi) ,

    so that the distance of two rotations is half the angle of the one that takes the first to the second.  The metric
    is invariant under multiplication from the left and from the right; every sectional curvature is 1.

    Examples
    --------
    >>> G = SpecialOrthogonal3()
    >>> print(f"{G.distance([0.0, 0.1, 0.0], [0.0, 0.5, 0.0]):.10f}")
    0.2000000000
    >>> G.levels(3).multiplicities.tolist()
    [1, 9, 25]
    """

    dim: int = eqx.field(static=True, init=False, default=3)

    @property
    def metric(self) -> Metric:
        """A quarter of the squared angular velocity."""
        return _metric()

    @property
    def embedding(self) -> "_Matrix":
        r"""Into R^9: the entries of the rotation divided by :math:`\sqrt 8`."""
        return _Matrix()

    @property
    def volume(self) -> float:
        r""":math:`\pi^2`."""
        return pi**2

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is 1."""
        return Curvature.isotropic(1, 3)

    @property
    def patch(self) -> Patch:
        """Keeps 0.4 from the poles."""
        return Patch((0.0, 0.4, 0.0), (2 * pi, pi - 0.4, 2 * pi))

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "Berger, Gauduchon, Mazet, Le spectre d'une variété riemannienne, ch. III (RP^3)"

    def matrix(self, x: Float[Array, "*batch 3"]) -> Float[Array, "*batch 3 3"]:
        r""":math:`R_z(\varphi) R_y(\theta) R_z(\psi)`."""
        (c1, c2, c3), (s1, s2, s3) = (jnp.moveaxis(f(x), -1, 0) for f in (jnp.cos, jnp.sin))
        rows = [
            [c1 * c2 * c3 - s1 * s3, -c1 * c2 * s3 - s1 * c3, c1 * s2],
            [s1 * c2 * c3 + c1 * s3, -s1 * c2 * s3 + c1 * c3, s1 * s2],
            [-s2 * c3, s2 * s3, c2],
        ]
        return jnp.stack([jnp.stack(row, axis=-1) for row in rows], axis=-2)

    def levels(self, count: int) -> Levels:
        r"""Those of S^3 of even degree l: :math:`l (l + 2)`, :math:`(l + 1)^2` times."""
        return RealProjectiveSpace(3).levels(count)

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of half the angle between two rotations."""
        a, b = _lift(x), _lift(y)
        return squared_arc_length(a, nearer_of_two(a, b))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Rotation at constant angular velocity."""
        return end_through(_lift, _euler_angles, x, v)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Rotation at constant angular velocity; NaN where the angle is pi."""
        return start_through(_lift, _euler_angles, x, y, only_nearer_of_two)

    def closed_heat_kernel(self) -> Closed:
        """The sum of those of S^3 at the two quaternions of a rotation."""
        return two_lifts(3, 1.0, self.squared_distance, "SO(3)")

    def __repr__(self) -> str:
        return "SpecialOrthogonal3()"


def _lift(x: Float[Array, "*batch 3"]) -> Float[Array, "*batch 4"]:
    """One of the two quaternions of a rotation."""
    phi, theta, psi = x[..., 0], x[..., 1], x[..., 2]
    return quaternion(jnp.stack([theta, phi - psi, phi + psi], axis=-1) / 2)


def _euler_angles(q: Float[Array, "*batch 4"]) -> Float[Array, "*batch 3"]:
    eta, xi1, xi2 = jnp.moveaxis(hopf_angles(q), -1, 0)
    return jnp.stack([(xi2 + xi1) % (2 * pi), 2 * eta, (xi2 - xi1) % (2 * pi)], axis=-1)


class _Matrix(eqx.Module):
    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        return SpecialOrthogonal3().matrix(x).reshape(9) / sqrt(8)


@cache
def _metric() -> Metric:
    phi, theta, psi = sp.symbols("phi theta psi", real=True)
    domain = {phi: periodic(2 * sp.pi), theta: pole_interval(0, sp.pi), psi: periodic(2 * sp.pi)}
    matrix = sp.Matrix([[1, 0, sp.cos(theta)], [0, 1, 0], [sp.cos(theta), 0, 1]]) / 4
    return Metric.from_sympy((phi, theta, psi), matrix, domain=domain)
