"""MetricSource: what a metric has to know, and what follows for its vectors and fields."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import Frame, LocalGeometry, Plan, Signature, conditioned
from riemlearn.errors import MetricError, Status
from riemlearn.jets import Trace, jet2
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate
from riemlearn.symbolic import ClosedForm, Components, Symmetry
from riemlearn.tensor_field import PointsLike, TensorField, as_points, as_vectors
from riemlearn.tensor_field.evaluation import evaluate_or_raise, with_input_checked


class MetricSource(eqx.Module):
    """The part of a metric that does not depend on how it was made or is shown; abstract."""

    chart: eqx.AbstractVar[Chart]
    signature: eqx.AbstractVar[Signature]
    on_degenerate: eqx.AbstractVar[OnDegenerate]

    @abstractmethod
    def raw_value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point and a status, before the point itself is checked."""

    @abstractmethod
    def raw_values(
        self, quantities: tuple[str, ...], x: Float[Array, " n"]
    ) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
        """Components of several quantities at one point and a status."""

    @abstractmethod
    def local(self, x: Float[Array, " n"]) -> LocalGeometry:
        """Connection and curvature at one point, by automatic differentiation."""

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed."""
        return Plan(quantity, "closed form", {})

    @abstractmethod
    def raw_sectional(
        self, x: Float[Array, " n"], u: Float[Array, "m n"], v: Float[Array, "m n"]
    ) -> tuple[Float[Array, " m"], Int[Array, " m"]]:
        """Sectional curvatures of the planes of u and v at one point, and a status for each."""

    @abstractmethod
    def raw_ricci_quadratic(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, ""], Int[Array, ""]]:
        r""":math:`\mathrm{Ric}(v, v)` at one point, and a status."""

    @abstractmethod
    def raw_acceleration(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, " n"], Int[Array, ""]]:
        r""":math:`-\Gamma^k{}_{ij} v^i v^j` at one point, the acceleration of a geodesic; and a status."""

    @abstractmethod
    def trace_of_connection(self, x: Float[Array, " n"]) -> tuple[Frame, Float[Array, " r"]]:
        r"""An orthonormal frame at one point and :math:`\eta^{ab} \Gamma_{cab}` in it."""

    def raw_laplacian(
        self, function: Callable[..., Any], x: Float[Array, " n"]
    ) -> tuple[Float[Array, ""], Int[Array, ""]]:
        """The Laplace-Beltrami operator of a JAX function at one point, and a status."""
        frame, trace = self.trace_of_connection(x)
        jet = jet2(function, x, frame.basis.T, Trace(frame.signs))
        return jet.second[0] - jnp.sum(frame.signs * trace * jet.first), conditioned(frame)

    @abstractmethod
    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`g(u, v)` at one point."""

    @abstractmethod
    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Rank, condition number, singular values and null directions at points of shape ``(..., n)``."""

    @property
    @abstractmethod
    def closed_form(self) -> ClosedForm | None:
        """The closed form, if there is one."""

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Any]:
        """Values of the free symbols and functions by name; None for those that have none yet."""

    @property
    def dim(self) -> int:
        """Dimension of the manifold."""
        return self.chart.dim

    # -- vectors and fields -----------------------------------------------------------------------------------------

    def field(self, quantity: str, up: tuple[bool, ...], symbol: str, symmetry: Symmetry = ()) -> TensorField:
        """A quantity of this metric as a tensor field."""
        return TensorField(self, quantity, self.chart, up, symbol, symmetry)

    def evaluate_vectors(
        self, compute: Callable[..., Any], what: str, x: PointsLike, **vectors: PointsLike
    ) -> Float[Array, "..."]:
        """Call ``compute(metric, x, *vectors)`` over batches, with the checks of every numeric call."""
        points = as_points(x, self.dim)
        given = [as_vectors(v, points, name) for name, v in vectors.items()]
        return evaluate_or_raise(compute, self, self, what, points, *given)

    def inner(self, x: PointsLike, u: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r"""Inner product :math:`g(u, v)` of vectors at x; all of shape ``(..., n)``.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> from riemlearn import Metric
        >>> g = Metric.from_function(lambda x: jnp.eye(2) * 4, dim=2)
        >>> float(g.inner([0.0, 0.0], [1.0, 1.0], [1.0, 0.0]))
        4.0
        """
        from riemlearn.metric.musical import inner

        return self.evaluate_vectors(inner, "inner", x, u=u, v=v)

    def norm(self, x: PointsLike, v: PointsLike) -> Float[Array, "*batch"]:
        r"""Length :math:`\sqrt{g(v, v)}` of a vector.

        Raises
        ------
        MetricError
            If the metric is Lorentzian, or not positive definite at the point.
        """
        from riemlearn.metric.musical import norm

        if self.signature != "riemannian":
            raise MetricError("norm needs a positive-definite metric, and this one is Lorentzian; use g.inner(x, v, v)")
        return self.evaluate_vectors(norm, "norm", x, v=v)

    # -- the protocol of field sources ------------------------------------------------------------------------------

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point, and a status."""
        return with_input_checked(self.chart, x, *self.raw_value(quantity, x))

    def closed(self, quantity: str) -> Components | None:
        """Components of a quantity in closed form, if there is one."""
        return None if self.closed_form is None else self.closed_form.components(quantity)

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point."""
        if status == Status.OUTSIDE_CHART:
            return self.chart.describe_outside(np.asarray(x).tolist())
        if status in (Status.RANK_DEFICIENT, Status.SINGULAR, Status.INDEFINITE):
            return str(self.diagnose(x))
        return ""

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The coordinates as SymPy symbols."""
        return self.closed_form.coordinates if self.closed_form else tuple(map(sp.Symbol, self.chart.names))

    @property
    def raises(self) -> bool:
        """Whether failed points raise in eager calls."""
        return self.on_degenerate == "raise"
