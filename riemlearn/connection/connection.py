"""Connection: the Levi-Civita connection of a metric and its curvature."""

from typing import Any

import sympy as sp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from riemlearn.connection.derivative import covariant_derivative, divergence, gradient, hessian
from riemlearn.connection.estimate import Estimate, scalar_estimate
from riemlearn.connection.packed import PackedRiemann, riemann_packed
from riemlearn.connection.planes import sectional
from riemlearn.connection.quantities import check_plannable, check_quantity, rank_of
from riemlearn.connection.two_points import TwoPoints
from riemlearn.curvature import Plan
from riemlearn.errors import MetricError, NoClosedForm, SymbolError, check_integer
from riemlearn.metric import Metric
from riemlearn.symbolic import geodesic
from riemlearn.tensor_field import PointsLike, TensorField, as_points
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class Connection(TwoPoints):
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
        names = tuple(check_quantity(name, rank_of(self.metric)) for name in quantities or _USUAL)
        points = as_points(x, self.metric.dim)
        found = evaluate_or_raise(_several, (self.metric, names), self.metric, " and ".join(names), points)
        return {name: found[name] for name in names}  # JAX sorts dictionaries

    def sectional(self, x: PointsLike, u: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r"""Sectional curvature :math:`K(u,v) = \langle R(u,v)v, u \rangle / (|u|^2 |v|^2 - \langle u,v \rangle^2)`.

        Parameters
        ----------
        x, u, v : array-like of shape (..., n)
            Points, and two vectors at each; the leading axes are broadcast.  Many planes at one point share its
            derivatives: give x the shape ``(..., 1, n)``, or ``(n,)``, and the vectors ``(..., m, n)``.

        Raises
        ------
        MetricError
            If two vectors span no plane.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> paraboloid = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[2], x @ x]), dim=3)
        >>> x, y, z = jnp.eye(3)
        >>> Connection(paraboloid).sectional(0 * x, x, jnp.stack([y, x + 2 * z])).tolist()
        [4.0, 4.0]
        """
        return sectional(self.metric, x, u, v)

    def ricci_quadratic(self, x: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r""":math:`\mathrm{Ric}(v, v)` at points and vectors of shape ``(..., n)``, without the Ricci tensor."""
        return self.metric.evaluate_vectors(_ricci_quadratic, "Ricci curvature", x, v=v)

    def riemann_packed(self, x: PointsLike) -> PackedRiemann:
        r"""The Riemann tensor at points of shape ``(..., n)``, without forming its :math:`n^4` components.

        ``R[i, j, k, l]`` computes those that are asked for, ``R(u, v, w, z)`` a contraction, and
        ``R.curvature_operator()`` the symmetric operator on two-vectors.
        """
        return riemann_packed(self.metric, x)

    def scalar_estimate(self, x: PointsLike, key: PRNGKeyArray, probes: int = 16) -> Estimate:
        r"""Scalar curvature of a learned map from random directions, for dimensions where exact columns do not fit.

        Of :math:`\mathrm{scal} = |H|^2 - |\mathrm{II}|^2` the first term is exact and the second a mean over random
        directions, from n second derivatives each; :attr:`scalar` is exact and takes n (n + 1) / 2.

        Parameters
        ----------
        x : array-like of shape (..., n)
            Points.
        key : PRNG key
            Where the directions come from, the same for all points.
        probes : int
            How many directions, at least 2.

        Returns
        -------
        Estimate
            With ``value`` and ``standard_error``, arrays of shape ``(...)``.

        Raises
        ------
        MetricError
            If the metric is not the Riemannian one of an embedding.
        """
        return scalar_estimate(self.metric, x, key, probes)

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed, and what the others would cost.

        Parameters
        ----------
        quantity : str
            Name of a field, or sectional, ricci_quadratic, mean_curvature, laplacian, acceleration.
        planes : int
            How many planes at each point, for sectional.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> sphere = Metric.from_embedding(lambda x: jnp.append(x, jnp.sqrt(1 - x @ x)), dim=9)
        >>> print(Connection(sphere).plan("scalar"))
        scalar by the route 'normal vectors' (normal vectors: 54 columns, all pairs: 72 columns)
        """
        return self.metric.plan(check_plannable(quantity), check_integer("plan: planes", planes, 1))


_USUAL = ("christoffel", "riemann", "ricci", "scalar")


def _several(
    source: tuple[Metric, tuple[str, ...]], x: Float[Array, " n"]
) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
    metric, names = source
    return with_input_checked(metric.chart, x, *metric.raw_values(names, x))


def _ricci_quadratic(metric: Metric, x: Any, v: Any) -> tuple[Float[Array, ""], Int[Array, ""]]:
    return with_input_checked(metric.chart, x, *metric.raw_ricci_quadratic(x, v))
