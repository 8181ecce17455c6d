"""The geometry of a metric at one point: connection and curvature in an orthonormal frame and in coordinates."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature import tensors
from riemlearn.curvature.frame import Frame, first_failure
from riemlearn.errors import Status

# A warning is given where the square of the condition number times the unit of rounding exceeds this.
_ERROR_LIMIT = 1e-3


class LocalGeometry(eqx.Module):
    r"""What the 2-jet of a metric says at one point; abstract.

    In the frame :math:`E_a` all components are of order one however badly the coordinates are scaled; the
    methods that return tensors in coordinates transform at the end.  Curvature follows
    :math:`R(X,Y)Z = \nabla_X \nabla_Y Z - \nabla_Y \nabla_X Z - \nabla_{[X,Y]} Z` and
    :math:`R_{abcd} = \langle R(E_c, E_d) E_b, E_a \rangle`.
    """

    frame: eqx.AbstractVar[Frame]
    gamma: eqx.AbstractVar[Float[Array, "n n n"]]

    @abstractmethod
    def riemann_along(self) -> tuple[Float[Array, "r r r r"], Float[Array, "r n"], Float[Array, "n r"]]:
        r"""The Riemann tensor along vectors that need not be orthonormal, and the way from there to coordinates.

        Returns
        -------
        tensor : array of shape (r, r, r, r)
            :math:`R(V_a, V_b, V_c, V_d)`.
        lower, raised : arrays of shape (r, n) and (n, r)
            :math:`V^a{}_i`, which gives a lower index, and :math:`g^{ij} V^a{}_j`, which gives an upper one.
        """

    @abstractmethod
    def riemann_frame(self) -> Float[Array, "n n n n"]:
        r""":math:`R_{abcd}` in the frame."""

    @abstractmethod
    def ricci_frame(self) -> Float[Array, "n n"]:
        r""":math:`\mathrm{Ric}_{ab} = \eta^{cd} R_{cadb}` in the frame."""

    @abstractmethod
    def scalar(self) -> Float[Array, ""]:
        r"""Scalar curvature :math:`\eta^{ab}\,\mathrm{Ric}_{ab}`."""

    @abstractmethod
    def contracted(
        self, a: Float[Array, "p n"], b: Float[Array, "q n"], c: Float[Array, "s n"], d: Float[Array, "t n"]
    ) -> Float[Array, "p q s t"]:
        r""":math:`R(a_p, b_q, c_s, d_t)` for four sets of vectors, given in the frame."""

    @abstractmethod
    def curvature_operator(self) -> Float[Array, "planes planes"]:
        r""":math:`R_{(ab)(cd)}` in the frame, for the planes :math:`a < b` in lexical order."""

    @property
    def status(self) -> Int[Array, ""]:
        """A :class:`~riemlearn.errors.Status`."""
        return conditioned(self.frame)

    def volume_density(self) -> Float[Array, ""]:
        r""":math:`\sqrt{|\det g|}`."""
        return self.frame.volume_density

    def metric(self) -> Float[Array, "n n"]:
        r""":math:`g_{ij} = \eta_{ab} E^a{}_i E^b{}_j`."""
        return self.frame.coframe.T @ (self.frame.signs[:, None] * self.frame.coframe)

    def inverse(self) -> Float[Array, "n n"]:
        r""":math:`g^{ij} = \eta^{ab} E^i{}_a E^j{}_b`."""
        return self.frame.inverse()

    def christoffel(self) -> Float[Array, "n n n"]:
        r""":math:`\Gamma^k{}_{ij}` in coordinates, upper index first."""
        return self._in_coordinates(self.gamma, 1)

    def christoffel_first(self) -> Float[Array, "n n n"]:
        r""":math:`\Gamma_{kij} = g_{kl} \Gamma^l{}_{ij}` in coordinates."""
        return self._in_coordinates(self.gamma, 0)

    def riemann(self) -> Float[Array, "n n n n"]:
        r""":math:`R^i{}_{jkl}` in coordinates, upper index first."""
        return self._riemann(1)

    def riemann_lowered(self) -> Float[Array, "n n n n"]:
        r""":math:`R_{ijkl}` in coordinates."""
        return self._riemann(0)

    def riemann_mixed(self) -> Float[Array, "n n n n"]:
        r""":math:`R^{ij}{}_{kl}` in coordinates."""
        return self._riemann(2)

    def ricci(self) -> Float[Array, "n n"]:
        r""":math:`\mathrm{Ric}_{ij}` in coordinates."""
        return self._in_coordinates(self.ricci_frame(), 0)

    def einstein(self) -> Float[Array, "n n"]:
        r""":math:`\mathrm{Ric}_{ij} - \tfrac12 \mathrm{scal}\,g_{ij}` in coordinates."""
        return self._in_coordinates(tensors.einstein(self.ricci_frame(), self.scalar(), self.frame.signs), 0)

    def schouten(self) -> Float[Array, "n n"]:
        r""":math:`P_{ij}` in coordinates, for n >= 3."""
        return self._in_coordinates(tensors.schouten(self.ricci_frame(), self.scalar(), self.frame.signs), 0)

    def weyl(self) -> Float[Array, "n n n n"]:
        r""":math:`C^i{}_{jkl}` in coordinates, upper index first."""
        return self._in_coordinates(self._weyl_frame(), 1)

    def kretschmann(self) -> Float[Array, ""]:
        r""":math:`R_{ijkl} R^{ijkl}`."""
        return tensors.squared(self.riemann_frame(), self.frame.signs)

    def ricci_squared(self) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}_{ij} \mathrm{Ric}^{ij}`."""
        return tensors.squared(self.ricci_frame(), self.frame.signs)

    def weyl_squared(self) -> Float[Array, ""]:
        r""":math:`C_{ijkl} C^{ijkl}`."""
        return tensors.squared(self._weyl_frame(), self.frame.signs)

    def euler_density(self) -> Float[Array, ""]:
        """The Chern-Gauss-Bonnet integrand."""
        return tensors.euler_density(self.riemann_frame(), self.frame.signs)

    def biquadratic(self, u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`R(u, v, u, v) = \langle R(u, v) v, u \rangle` for vectors given in the frame."""
        return self.contracted(u[None], v[None], u[None], v[None])[0, 0, 0, 0]

    def _weyl_frame(self) -> Float[Array, "n n n n"]:
        return tensors.weyl(self.riemann_frame(), self.ricci_frame(), self.scalar(), self.frame.signs)

    def _riemann(self, upper: int) -> Float[Array, "n n n n"]:
        tensor, lower, raised = self.riemann_along()
        return _transformed(tensor, lower, raised, upper)

    def _in_coordinates(self, tensor: Float[Array, "..."], upper: int) -> Float[Array, "..."]:
        """Components in coordinates of a tensor in the frame, all indices down, the first few raised on the way."""
        return _transformed(tensor, self.frame.coframe, self.frame.basis * self.frame.signs, upper)

    def sectional(self, u: Float[Array, " n"], v: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
        r"""Sectional curvature :math:`K(u,v) = R(u,v,u,v) / (|u|^2 |v|^2 - \langle u,v\rangle^2)`, and its status."""
        u, v, area, status = plane(self.frame, u, v)
        return self.biquadratic(u, v) / area, first_failure(self.status, status)

    def ricci_quadratic(self, v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`\mathrm{Ric}(v, v)`."""
        v = self.frame.coframe @ v
        return v @ self.ricci_frame() @ v

    def laplacian(self, gradient: Float[Array, " n"], hessian: Float[Array, "n n"]) -> Float[Array, ""]:
        r"""Laplace-Beltrami operator of a function from its derivatives along the frame.

        :math:`\Delta f = \eta^{ab} \left( D^2 f(E_a, E_b) - \Gamma^c{}_{ab}\, E_c f \right)`, where the second
        derivatives are those of the coordinates in which the frame vectors are constant.
        """
        signs = self.frame.signs
        trace = jnp.einsum("a,caa->c", signs, self.gamma)
        return jnp.sum(signs * jnp.diagonal(hessian)) - jnp.sum(signs * trace * gradient)


def _transformed(
    tensor: Float[Array, "..."], lower: Float[Array, "r n"], raised: Float[Array, "n r"], upper: int
) -> Float[Array, "..."]:
    for position in range(tensor.ndim):
        matrix = raised.T if position < upper else lower
        tensor = jnp.tensordot(tensor, matrix, ((0,), (0,)))  # the new index goes last, so that all turn round
    return tensor


def conditioned(frame: Frame) -> Int[Array, ""]:
    r"""Status of curvature computed in a frame: a warning where :math:`\kappa^2 \epsilon` is large.

    In a nonlinear chart the tangential second derivatives grow as :math:`\kappa^2`, and with them the rounding of the
    curvature.
    """
    error = frame.condition() ** 2 * jnp.finfo(frame.basis.dtype).eps
    return first_failure(frame.status, jnp.where(error > _ERROR_LIMIT, Status.ILL_CONDITIONED, Status.OK))


def plane(
    frame: Frame, u: Float[Array, " n"], v: Float[Array, " n"]
) -> tuple[Float[Array, " r"], Float[Array, " r"], Float[Array, ""], Int[Array, ""]]:
    r"""Two vectors that span the plane of u and v, in the frame; the square of their area, and a status.

    The part of v along u changes neither :math:`R(u,v,u,v)` nor the area, but would cancel in both.  It is split off in
    the Euclidean sense of the frame, which a Lorentzian plane that contains a null vector allows too.
    """
    signs = frame.signs
    u, v = frame.coframe @ u, frame.coframe @ v
    along = u * (jnp.sum(u * v) / jnp.sum(u * u))
    across = v - along
    squares = jnp.sum(signs * u * u) * jnp.sum(signs * across * across) - jnp.sum(signs * u * across) ** 2
    area = jnp.sum(u * u) * jnp.sum(across * across)
    size = jnp.sum(u * u) * (jnp.sum(v * v) + jnp.sum(along * along))
    rounding = 64 * jnp.finfo(u.dtype).eps
    spans = (area > rounding**2 * size) & (jnp.abs(squares) > rounding * area)
    return u, across, squares, jnp.where(spans, Status.OK, Status.NO_PLANE).astype(jnp.int32)
