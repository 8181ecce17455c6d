"""ConnectionFields: the tensor fields of a Levi-Civita connection."""

import equinox as eqx

from riemlearn.connection.quantities import field
from riemlearn.metric import Metric
from riemlearn.tensor_field import TensorField


class ConnectionFields(eqx.Module):
    """Christoffel symbols and curvature as fields, each with two readings; abstract."""

    metric: eqx.AbstractVar[Metric]

    @property
    def christoffel(self) -> TensorField:
        r""":math:`\Gamma^k{}_{ij} = \tfrac12 g^{kl} (\partial_i g_{lj} + \partial_j g_{li} - \partial_l g_{ij})`."""
        return field(self.metric, "christoffel")

    @property
    def christoffel_first(self) -> TensorField:
        r"""Christoffel symbols of the first kind, :math:`\Gamma_{kij} = g_{kl} \Gamma^l{}_{ij}`."""
        return field(self.metric, "christoffel_first")

    @property
    def riemann(self) -> TensorField:
        r"""The Riemann tensor, upper index first.

        .. math:: R^i{}_{jkl} = \partial_k \Gamma^i_{lj} - \partial_l \Gamma^i_{kj}
            + \Gamma^i_{km} \Gamma^m_{lj} - \Gamma^i_{lm} \Gamma^m_{kj}
        """
        return field(self.metric, "riemann")

    @property
    def riemann_lowered(self) -> TensorField:
        r""":math:`R_{ijkl} = g_{im} R^m{}_{jkl} = \langle R(e_k, e_l) e_j, e_i \rangle`."""
        return field(self.metric, "riemann_lowered")

    @property
    def riemann_mixed(self) -> TensorField:
        r""":math:`R^{ij}{}_{kl} = g^{jm} R^i{}_{mkl}`, the curvature operator on two-vectors."""
        return field(self.metric, "riemann_mixed")

    @property
    def ricci(self) -> TensorField:
        r""":math:`\mathrm{Ric}_{jl} = R^i{}_{jil}`."""
        return field(self.metric, "ricci")

    @property
    def scalar(self) -> TensorField:
        r"""Scalar curvature :math:`g^{jl}\,\mathrm{Ric}_{jl}`."""
        return field(self.metric, "scalar")

    @property
    def einstein(self) -> TensorField:
        r""":math:`G_{ij} = \mathrm{Ric}_{ij} - \tfrac12 \mathrm{scal}\,g_{ij}`, which has no divergence."""
        return field(self.metric, "einstein")

    @property
    def schouten(self) -> TensorField:
        r""":math:`P_{ij} = \frac{1}{n - 2} \left( \mathrm{Ric}_{ij} - \frac{\mathrm{scal}}{2 (n - 1)} g_{ij} \right)`.

        Raises
        ------
        ShapeError
            If the dimension n is less than 3.
        """
        return field(self.metric, "schouten")

    @property
    def cotton(self) -> TensorField:
        r""":math:`C_{ijk} = \nabla_k P_{ij} - \nabla_j P_{ik}`; for n = 3 zero where g is conformally flat alone.

        Raises
        ------
        ShapeError
            If the dimension is less than 3.
        """
        return field(self.metric, "cotton")

    @property
    def weyl(self) -> TensorField:
        r"""The Weyl tensor :math:`C^i{}_{jkl}`, which does not change with a conformal factor; 0 below dimension 4.

        .. math:: R_{ijkl} = C_{ijkl} + P_{ik} g_{jl} - P_{il} g_{jk} + g_{ik} P_{jl} - g_{il} P_{jk}
        """
        return field(self.metric, "weyl")

    @property
    def kretschmann(self) -> TensorField:
        r"""The Kretschmann scalar :math:`R_{ijkl} R^{ijkl}`.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> g = Metric.from_function(lambda x: jnp.eye(3) / x[2] ** 2, dim=3)  # all curvature is -1
        >>> from riemlearn import Connection
        >>> round(float(Connection(g).kretschmann([0.0, 0.0, 2.0])), 10)
        12.0
        """
        return field(self.metric, "kretschmann")

    @property
    def ricci_squared(self) -> TensorField:
        r""":math:`\mathrm{Ric}_{ij} \mathrm{Ric}^{ij}`."""
        return field(self.metric, "ricci_squared")

    @property
    def weyl_squared(self) -> TensorField:
        r""":math:`C_{ijkl} C^{ijkl}`."""
        return field(self.metric, "weyl_squared")

    @property
    def euler_density(self) -> TensorField:
        r"""The integrand of Chern, Gauss and Bonnet, whose integral over a closed manifold is its Euler characteristic.

        With :math:`n = 2m` and the generalised Kronecker delta,

        .. math:: \frac{1}{(8\pi)^m m!}\, \delta^{i_1 \dots i_{2m}}_{j_1 \dots j_{2m}}
            R^{j_1 j_2}{}_{i_1 i_2} \cdots R^{j_{2m-1} j_{2m}}{}_{i_{2m-1} i_{2m}},

        which is :math:`\mathrm{scal} / 4\pi` for n = 2 and :math:`(|\mathrm{Rm}|^2 - 4 |\mathrm{Ric}|^2 +
        \mathrm{scal}^2) / 32\pi^2` for n = 4; 0 in odd dimensions.
        """
        return field(self.metric, "euler_density")
