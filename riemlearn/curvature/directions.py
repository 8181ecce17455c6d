"""Directions: the geometry at a point along given directions, without its tensors; abstract."""

from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature.frame import Frame, first_failure
from riemlearn.curvature.local import LocalGeometry, conditioned, plane


class Directions(eqx.Module):
    """What O(n) second derivatives at one point say; all vectors in the methods below are in the frame."""

    frame: eqx.AbstractVar[Frame]

    @abstractmethod
    def biquadratic(self, u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Float[Array, " m"]:
        r""":math:`R(u, v, u, v)` for pairs of vectors."""

    @abstractmethod
    def ricci_quadratic(self, v: Float[Array, " r"]) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}(v, v)`."""

    @abstractmethod
    def connection_along(self, v: Float[Array, " r"]) -> Float[Array, " r"]:
        r""":math:`\Gamma_{cab} v^a v^b`."""

    @abstractmethod
    def trace_of_connection(self) -> Float[Array, " r"]:
        r""":math:`\eta^{ab} \Gamma_{cab}`."""

    def sectional(self, u: Float[Array, "m n"], v: Float[Array, "m n"]) -> tuple[Float[Array, " m"], Int[Array, " m"]]:
        """Sectional curvatures of planes of vectors in coordinates, and their statuses."""
        u, v, area, status = jax.vmap(plane, in_axes=(None, 0, 0))(self.frame, u, v)
        return self.biquadratic(u, v) / area, first_failure(conditioned(self.frame), status)

    def acceleration(self, v: Float[Array, " n"]) -> Float[Array, " n"]:
        r""":math:`-\Gamma^k{}_{ij} v^i v^j`, the acceleration of a geodesic; velocity and result in coordinates."""
        along = self.connection_along(self.frame.coframe @ v)
        return -self.frame.basis @ (self.frame.signs * along)


class TensorDirections(Directions):
    """Directions at a point whose tensors are known already."""

    frame: Frame
    point: LocalGeometry

    def biquadratic(self, u: Float[Array, "m r"], v: Float[Array, "m r"]) -> Float[Array, " m"]:
        r""":math:`R(u, v, u, v)` for pairs of vectors."""
        return jax.vmap(self.point.biquadratic)(u, v)

    def ricci_quadratic(self, v: Float[Array, " r"]) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}(v, v)`."""
        return v @ self.point.ricci_frame() @ v

    def connection_along(self, v: Float[Array, " r"]) -> Float[Array, " r"]:
        r""":math:`\Gamma_{cab} v^a v^b`."""
        return (self.point.gamma @ v) @ v

    def trace_of_connection(self) -> Float[Array, " r"]:
        r""":math:`\eta^{ab} \Gamma_{cab}`."""
        return jnp.einsum("caa,a->c", self.point.gamma, self.frame.signs)
