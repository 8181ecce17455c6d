"""Which heat kernels are functions of distance that mpmath knows, and at which distances they are tried."""

from dataclasses import dataclass
from typing import Any

import mpmath

from riemlearn.manifolds import (
    Euclidean,
    HyperbolicSpace,
    NormalFisher,
    RealProjectiveSpace,
    SpecialOrthogonal3,
    SpecialUnitary2,
    Sphere,
)
from riemlearn.verify.heat_oracle import Number, Space, log_heat

_DISTANCES: dict[Space, tuple[float, ...]] = {
    "euclidean": (0.1, 1.0, 4.0, 10.0),
    "sphere": (0.1, 1.0, 2.0, 3.0),
    "hyperbolic": (0.1, 1.0, 4.0, 10.0),
}


@dataclass(frozen=True)
class ModelSpace:
    """A space of constant curvature, or its quotient by the antipodal map.

    Attributes
    ----------
    space, dim, radius
        The simply connected space, as the heat oracle knows it, and its scale.
    antipodal : bool
        Whether antipodes of the sphere are one point.
    """

    space: Space
    dim: int
    radius: float = 1.0
    antipodal: bool = False

    @property
    def distances(self) -> tuple[float, ...]:
        """Distances in units of the radius, as large as there are."""
        return (0.1, 0.5, 1.0, 1.5) if self.antipodal else _DISTANCES[self.space]

    def log_kernel(self, t: Number, r: Number) -> float:
        r"""Logarithm of the kernel at 50 digits: :math:`K_R(t, r) = R^{-n} K_1(t / R^2, r / R)`.

        On the quotient both lifts of a point count: :math:`K(t, r) = K_S(t, r) + K_S(t, \pi - r)`.
        """
        with mpmath.workdps(50):
            scale = mpmath.mpf(self.radius)
            tau, rho = mpmath.mpf(t) / scale**2, mpmath.mpf(r) / scale
            value = log_heat(self.space, self.dim, tau, rho)
            if self.antipodal:
                value = mpmath.log(mpmath.exp(value) + mpmath.exp(log_heat(self.space, self.dim, tau, mpmath.pi - rho)))
            return float(value - self.dim * mpmath.log(scale))


def space_of(manifold: Any) -> ModelSpace | None:
    """The model space of a manifold of the catalogue, if its kernel is a function of distance that is known."""
    if isinstance(manifold, Euclidean):
        return ModelSpace("euclidean", manifold.dim)
    if isinstance(manifold, Sphere):
        return ModelSpace("sphere", manifold.dim, float(manifold.radius))
    if isinstance(manifold, HyperbolicSpace):
        return ModelSpace("hyperbolic", manifold.dim)
    if isinstance(manifold, NormalFisher):
        return ModelSpace("hyperbolic", manifold.dim, (2 * manifold.variables) ** 0.5)
    if isinstance(manifold, SpecialUnitary2):
        return ModelSpace("sphere", 3)
    if isinstance(manifold, RealProjectiveSpace):
        return ModelSpace("sphere", manifold.dim, float(manifold.radius), antipodal=True)
    if isinstance(manifold, SpecialOrthogonal3):
        return ModelSpace("sphere", 3, antipodal=True)
    return None
