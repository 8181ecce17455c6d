"""Connection: the Levi-Civita connection of a metric and its curvature."""

from typing import Any

import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.connection.curves import Curves
from riemlearn.connection.derivative import covariant_derivative, divergence, gradient, hessian
from riemlearn.connection.quantities import check_quantity, field
from riemlearn.errors import MetricError, NoClosedForm, SymbolError
from riemlearn.metric import Metric
from riemlearn.symbolic import geodesic
from riemlearn.tensor_field import PointsLike, TensorField, as_points
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class Connection(Curves):
    r"""The Levi-Civita connection of a metric.

    Curvature follows :math:`R(X,Y)Z = \nabla_X \nabla_Y Z - \nabla_Y \nabla_X Z - \nabla_{[X,Y]} Z`; round spheres
    have positive curvature.  Every field has two readings: ``F.expr`` and ``F(x)``.

    Parameters
    ----------
    metric : Metric
        Any metric, a closed form or a learned one.

    Raises
    ------
    MetricError
        If the argument is not a metric.

    Examples
    --------
    >>> import sympy as sp
    >>> theta, phi = sp.symbols("theta phi", real=True)
    >>> nabla = Connection(Metric.from_sympy([theta, phi], sp.diag(1, sp.sin(theta) ** 2)))
    >>> nabla.christoffel[0, 1, 1]
    -sin(theta)*cos(theta)
    >>> nabla.scalar.expr
    2
    """

    metric: Metric

    def __init__(self, metric: Any):
        if not isinstance(metric, Metric):
            raise MetricError(
                f"Connection needs a Metric, got {type(metric).__name__}; make one with Metric.from_sympy, "
                "Metric.from_embedding or Metric.from_function"
            )
        self.metric = metric

    def __repr__(self) -> str:
        return f"Levi-Civita connection of the {self.metric.title}"

    def __call__(self, tensor: TensorField | Metric | Any) -> TensorField:
        r"""Covariant derivative :math:`\nabla T` of a tensor field; the new index comes last.

        Raises
        ------
        ShapeError
            If it is not a tensor field, or lives on another chart than the metric.

        Examples
        --------
        The connection is that of its metric:

        >>> import sympy as sp
        >>> theta, phi = sp.symbols("theta phi", real=True)
        >>> g = Metric.from_sympy([theta, phi], sp.diag(1, sp.sin(theta) ** 2))
        >>> Connection(g)(g)
        nabla metric of valence (0, 3)
        nabla metric = 0
        """
        return covariant_derivative(self.metric, tensor)

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

    def gradient(self, f: Any) -> TensorField:
        r"""Gradient :math:`\nabla^i f = g^{ij} \partial_j f` of a function.

        Parameters
        ----------
        f : Expr, callable or TensorField
            A SymPy expression, a JAX function from ``(n,)`` to ``()``, or a field without indices.

        Raises
        ------
        ShapeError, SymbolError
            If it is none of these, or lives on another chart.

        Examples
        --------
        >>> import sympy as sp
        >>> r, phi = sp.symbols("r phi", positive=True)
        >>> Connection(Metric.from_sympy([r, phi], sp.diag(1, r**2))).gradient(r**2 * sp.cos(phi)).expr
        [2*r*cos(phi), -sin(phi)]
        """
        return gradient(self.metric, f)

    def hessian(self, f: Any) -> TensorField:
        r"""Hessian :math:`\nabla_i \nabla_j f = \partial_i \partial_j f - \Gamma^k{}_{ij} \partial_k f` of a function.

        Parameters and errors are those of :meth:`gradient`.

        Examples
        --------
        >>> import sympy as sp
        >>> r, phi = sp.symbols("r phi", positive=True)
        >>> Connection(Metric.from_sympy([r, phi], sp.diag(1, r**2))).hessian(r**2 / 2).expr
        [[1, 0], [0, r**2]]
        """
        return hessian(self.metric, f)

    def divergence(self, tensor: Any, i: Any = 0) -> TensorField:
        r"""Divergence :math:`\nabla_k T^{\dots k \dots}` over the i-th index, which is raised if it is a lower one.

        Parameters
        ----------
        tensor : TensorField, or the components of a vector field
            Components are a list of expressions, or a JAX function from ``(n,)`` to ``(n,)``.
        i : int
            The index.

        Raises
        ------
        ShapeError, SymbolError
            If there is no such index, the field lives on another chart, or the components are not those of a vector.

        Examples
        --------
        >>> import sympy as sp
        >>> r, phi = sp.symbols("r phi", positive=True)
        >>> nabla = Connection(Metric.from_sympy([r, phi], sp.diag(1, r**2)))
        >>> nabla.divergence([r, 0]).expr
        2
        """
        return divergence(self.metric, tensor, i)

    def geodesic_equations(self, parameter: sp.Symbol | Any = None) -> tuple[sp.Eq, ...]:
        r"""The equations :math:`\ddot x^k = -\Gamma^k{}_{ij} \dot x^i \dot x^j` of affinely parametrised geodesics.

        Parameters
        ----------
        parameter : Symbol, optional
            The affine parameter; by default the real symbol s.

        Returns
        -------
        tuple of Eq
            One equation for each coordinate, which is now a function of the parameter.

        Raises
        ------
        NoClosedForm
            If the metric is numeric.
        SymbolError
            If the parameter is no symbol, or the metric has its name already.

        Examples
        --------
        >>> import sympy as sp
        >>> r, phi = sp.symbols("r phi", positive=True)
        >>> Connection(Metric.from_sympy([r, phi], sp.diag(1, r**2))).geodesic_equations()[0]
        Eq(Derivative(r(s), (s, 2)), r(s)*Derivative(phi(s), s)**2)
        """
        form = self.metric.closed_form
        if form is None:
            raise NoClosedForm("geodesic equations need a metric in closed form, and this one is numeric")
        if isinstance(parameter, sp.Symbol) and parameter.name in form.parameters:
            raise SymbolError(f"geodesic_equations: the metric has a parameter {parameter.name}; choose another symbol")
        return geodesic.equations(form, parameter)

    def evaluate(self, x: PointsLike, *quantities: str) -> dict[str, Float[Array, "..."]]:
        r"""Values of several fields at once: for a numeric metric they share one differentiation.

        Parameters
        ----------
        x : array-like of shape (..., n)
            Points.
        *quantities : str
            Names of fields of the connection, or metric, inverse, volume_density; by default christoffel, riemann,
            ricci and scalar.

        Raises
        ------
        ShapeError
            If a quantity is not known, or does not exist in this dimension.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
        >>> found = Connection(g).evaluate([[0.0, 1.0], [0.0, 2.0]], "ricci", "scalar")
        >>> {name: values.shape for name, values in found.items()}
        {'ricci': (2, 2, 2), 'scalar': (2,)}
        """
        names = tuple(check_quantity(name, self.metric.dim) for name in quantities or _USUAL)
        points = as_points(x, self.metric.dim)
        found = evaluate_or_raise(_several, (self.metric, names), self.metric, " and ".join(names), points)
        return {name: found[name] for name in names}  # JAX sorts dictionaries

    def sectional(self, x: PointsLike, u: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r"""Sectional curvature :math:`K(u,v) = \langle R(u,v)v, u \rangle / (|u|^2 |v|^2 - \langle u,v \rangle^2)`.

        Parameters
        ----------
        x, u, v : array-like of shape (..., n)
            Points, and two vectors at each; the leading axes are broadcast.

        Raises
        ------
        MetricError
            If two vectors span no plane.
        """
        return self.metric.evaluate_vectors(_sectional, "sectional curvature", x, u=u, v=v)

    def ricci_quadratic(self, x: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r""":math:`\mathrm{Ric}(v, v)` at points and vectors of shape ``(..., n)``."""
        return self.metric.evaluate_vectors(_ricci_quadratic, "Ricci curvature", x, v=v)


_USUAL = ("christoffel", "riemann", "ricci", "scalar")


def _several(
    source: tuple[Metric, tuple[str, ...]], x: Float[Array, " n"]
) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
    metric, names = source
    return with_input_checked(metric.chart, x, *metric.raw_values(names, x))


def _sectional(metric: Metric, x: Any, u: Any, v: Any) -> tuple[Float[Array, ""], Int[Array, ""]]:
    value, status = metric.local(x).sectional(u, v)
    return with_input_checked(metric.chart, x, value, status)


def _ricci_quadratic(metric: Metric, x: Any, v: Any) -> tuple[Float[Array, ""], Int[Array, ""]]:
    local = metric.local(x)
    return with_input_checked(metric.chart, x, local.ricci_quadratic(v), local.status)
