"""Connection: the Levi-Civita connection of a metric and its curvature."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, Int

from riemlearn.connection.derivative import covariant_derivative
from riemlearn.errors import MetricError, check_choice
from riemlearn.metric import Metric
from riemlearn.tensor_field import PointsLike, TensorField, as_points
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class Connection(eqx.Module):
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
        return self.metric.field("christoffel", (True, False, False), r"\Gamma", ((1, 2),))

    @property
    def riemann(self) -> TensorField:
        r"""The Riemann tensor, upper index first.

        .. math:: R^i{}_{jkl} = \partial_k \Gamma^i_{lj} - \partial_l \Gamma^i_{kj}
            + \Gamma^i_{km} \Gamma^m_{lj} - \Gamma^i_{lm} \Gamma^m_{kj}
        """
        return self.metric.field("riemann", (True, False, False, False), "R", ((2, 3),))

    @property
    def ricci(self) -> TensorField:
        r""":math:`\mathrm{Ric}_{jl} = R^i{}_{jil}`."""
        return self.metric.field("ricci", (False, False), r"\mathrm{Ric}", ((0, 1),))

    @property
    def scalar(self) -> TensorField:
        r"""Scalar curvature :math:`g^{jl}\,\mathrm{Ric}_{jl}`."""
        return self.metric.field("scalar", (), r"\mathrm{scal}")

    def evaluate(self, x: PointsLike, *quantities: str) -> dict[str, Float[Array, "..."]]:
        r"""Values of several fields at once: for a numeric metric they share one differentiation.

        Parameters
        ----------
        x : array-like of shape (..., n)
            Points.
        *quantities : str
            Some of metric, inverse, volume_density, christoffel, riemann, ricci, scalar; by default the last four.

        Raises
        ------
        ShapeError
            If a quantity is not known.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
        >>> found = Connection(g).evaluate([[0.0, 1.0], [0.0, 2.0]], "ricci", "scalar")
        >>> {name: values.shape for name, values in found.items()}
        {'ricci': (2, 2, 2), 'scalar': (2,)}
        """
        names = tuple(check_choice("evaluate: quantity", name, _QUANTITIES) for name in quantities) or _QUANTITIES[3:]
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


_QUANTITIES = ("metric", "inverse", "volume_density", "christoffel", "riemann", "ricci", "scalar")


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
