"""SymbolicMetric: a closed form, evaluated as it is where it says all, differentiated automatically elsewhere."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, Int
from sympy.core.function import AppliedUndef

from riemlearn.chart import Chart, Region
from riemlearn.curvature import Frame, IntrinsicPoint, Signature, check_signature, first_failure
from riemlearn.errors import BudgetError, ShapeError, Status, SymbolError, UnboundParameter
from riemlearn.metric.base import Metric
from riemlearn.metric.coordinates import Coordinates
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_eps, check_on_degenerate
from riemlearn.metric.function import FunctionMetric
from riemlearn.metric.inputs import (
    ambient_at,
    chart_of,
    check_algebraic,
    check_coordinates,
    check_expressions,
    check_matrix,
)
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.pullback import Immersion, PullbackMetric
from riemlearn.symbolic import Budget, ClosedForm, normal
from riemlearn.symbolic.embed import not_too_deep
from riemlearn.tensor_field import PointsLike
from riemlearn.tensor_field.evaluation import as_floats
from riemlearn.to_jax import Program


class SymbolicMetric(Metric):
    """A closed form; made by :meth:`Metric.from_sympy`, or of expressions by :meth:`Metric.from_embedding`."""

    form: ClosedForm = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Any, ...]
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    embedded: tuple[Any, ...] | None = eqx.field(static=True, default=None)
    ambient: Metric | None = None

    @classmethod
    @not_too_deep()
    def build(
        cls,
        coords: Sequence[Any],
        matrix: Any,
        domain: Any,
        region: Region | None,
        signature: Signature,
        on_degenerate: OnDegenerate,
        algebraic: Any = None,
        budget: Any = None,
    ) -> "SymbolicMetric":
        """Check the arguments of :meth:`Metric.from_sympy` and make the metric."""
        coordinates = check_coordinates(coords)
        if budget is not None and not isinstance(budget, Budget):
            raise BudgetError(f"budget must be a riemlearn.symbolic.Budget, got {budget!r}")
        domain = coords.domain if domain is None and isinstance(coords, Coordinates) else domain
        rules = check_algebraic(algebraic, coordinates)
        form = ClosedForm(coordinates, check_matrix(matrix, coordinates, rules), rules, budget)
        chart = chart_of(coordinates, domain, region)
        names = tuple(sorted(form.parameters))
        return cls(
            form=form,
            names=names,
            values=(None,) * len(names),
            chart=chart,
            signature=check_signature(signature),
            on_degenerate=check_on_degenerate(on_degenerate),
        )

    @classmethod
    @not_too_deep()
    def build_from_embedding(
        cls,
        f: Any,
        coords: Sequence[Any],
        domain: Any,
        on_degenerate: OnDegenerate,
        ambient: Any,
        signature: Signature | None,
    ) -> "SymbolicMetric":
        """The pullback of the Euclidean or the ambient metric by expressions, in closed form."""
        coordinates = check_coordinates(coords)
        if not isinstance(f, list | tuple | sp.MatrixBase | sp.NDimArray):
            raise SymbolError(f"from_embedding: coords=[...] goes with a list of expressions, got {type(f).__name__}")
        check_expressions(f, "the embedding")
        expressions = tuple(sp.S(0) + e for e in f)
        jacobian = sp.Matrix([[sp.diff(e, c) for c in coordinates] for e in expressions])
        if ambient is None:
            if signature is not None:
                raise ShapeError("from_embedding: signature goes with ambient; the Euclidean metric induces its own")
            matrix = (jacobian.T * jacobian).applyfunc(normal)
            metric = cls.build(coords, matrix, domain, None, "riemannian", on_degenerate)
            return replace(metric, embedded=expressions)
        h, rules = ambient_at(ambient, expressions, coordinates)
        matrix = (jacobian.T * h * jacobian).applyfunc(normal)
        metric = cls.build(coords, matrix, domain, None, signature or ambient.signature, on_degenerate, rules)
        values = tuple(ambient.parameters.get(name) for name in metric.names)
        return replace(metric, values=values, embedded=expressions, ambient=ambient)

    @property
    def immersion(self) -> Immersion | None:
        """The map whose metric this is, with its second fundamental form; None if the metric was made without a map.

        Raises
        ------
        UnboundParameter
            If a parameter has no value.

        Examples
        --------
        >>> u, v = sp.symbols("u v", real=True)
        >>> g = Metric.from_embedding([u, v, u * v], coords=[u, v])
        >>> g.immersion.mean_curvature([0.0, 0.0]).tolist()
        [0.0, 0.0, 0.0]
        """
        if self.embedded is None:
            return None
        self._check_bound()
        function = LearnedMap(_Bound(_map(self.form.coordinates, self.embedded), self.names, self.values))
        ambient = self.ambient
        if ambient is not None:
            ambient = ambient.bind(**{name: self.parameters[name] for name in ambient.parameters})
        metric = PullbackMetric.build(
            function, self.dim, self.chart, self.on_degenerate, None, ambient=ambient, signature=self.signature
        )
        return metric.immersion

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done with the expressions that one should know: floats read as decimals, branches of roots taken."""
        return tuple(self.form.embedding.notes)

    @property
    def closed_form(self) -> ClosedForm:
        """The closed form."""
        return self.form

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Values of the free symbols and functions by name; None for those that have none yet."""
        return dict(zip(self.names, self.values, strict=True))

    def bind(self, **values: Any) -> "SymbolicMetric":
        """The same metric with values for some of its parameters.

        Raises
        ------
        SymbolError
            If a name is not a parameter of the metric.
        ShapeError
            If a value is neither a number nor a callable.

        Examples
        --------
        >>> x, a = sp.symbols("x a")
        >>> g = Metric.from_sympy([x], [[a**2]]).bind(a=3.0)
        >>> g([0.0]).tolist()
        [[9.0]]
        """
        for name in values:
            if name not in self.names:
                near = difflib.get_close_matches(name, self.names) or self.names
                raise SymbolError(f"the metric has no parameter {name!r}; it has {', '.join(near) or 'none'}")
        functions = {f.func.__name__ for f in self.form.matrix.atoms(AppliedUndef)}
        bound = {name: _as_parameter(name, value, name in functions) for name, value in values.items()}
        return replace(self, values=tuple({**self.parameters, **bound}.values()))

    def numeric(self) -> FunctionMetric:
        """The same metric as a compiled function of the point.

        Raises
        ------
        UnboundParameter
            If a parameter has no value.
        """
        self._check_bound()
        function = LearnedMap(_Bound(compiled(self.form, "metric"), self.names, self.values))
        return FunctionMetric(
            function=function, chart=self.chart, signature=self.signature, on_degenerate=self.on_degenerate
        )

    def regularised(self, eps: Any) -> "SymbolicMetric":
        r"""The metric :math:`g + \epsilon I` in closed form."""
        shift = sp.nsimplify(check_eps(eps), rational=True) * sp.eye(self.dim)
        form = self.form.with_matrix(sp.ImmutableMatrix(self.form.matrix + shift))
        return replace(self, form=form, embedded=None, ambient=None)

    def local(self, x: Float[Array, " n"]) -> IntrinsicPoint:
        """Connection and curvature at one point by automatic differentiation of the compiled metric."""
        return self.numeric().local(x)

    def raw_sectional(
        self, x: Float[Array, " n"], u: Float[Array, "m n"], v: Float[Array, "m n"]
    ) -> tuple[Float[Array, " m"], Int[Array, " m"]]:
        """Sectional curvatures by automatic differentiation of the compiled metric."""
        return self.numeric().raw_sectional(x, u, v)

    def raw_ricci_quadratic(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, ""], Int[Array, ""]]:
        r""":math:`\mathrm{Ric}(v, v)` by automatic differentiation of the compiled metric."""
        return self.numeric().raw_ricci_quadratic(x, v)

    def raw_acceleration(
        self, x: Float[Array, " n"], v: Float[Array, " n"]
    ) -> tuple[Float[Array, " n"], Int[Array, ""]]:
        r""":math:`-\Gamma^k{}_{ij} v^i v^j` from the closed form."""
        gamma, status = self.raw_value("christoffel", x)
        return -(gamma @ v) @ v, status

    def trace_of_connection(self, x: Float[Array, " n"]) -> tuple[Frame, Float[Array, " r"]]:
        r"""An orthonormal frame at one point and :math:`\eta^{ab} \Gamma_{cab}` in it."""
        return self.numeric().trace_of_connection(x)

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`u^i g_{ij} v^j`."""
        return u @ self.raw_value("metric", x)[0] @ v

    def raw_value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """The closed form at one point; where it is not finite, the metric is singular in these coordinates."""
        self._check_bound()
        value = compiled(self.form, quantity)(x, self.parameters)
        return value, jnp.where(jnp.all(jnp.isfinite(value)), Status.OK, Status.SINGULAR)

    def raw_values(
        self, quantities: tuple[str, ...], x: Float[Array, " n"]
    ) -> tuple[dict[str, Float[Array, "..."]], Int[Array, ""]]:
        """The closed forms at one point, and a status."""
        found = {name: self.raw_value(name, x) for name in quantities}
        status = first_failure(*(status for _, status in found.values()))
        return {name: value for name, (value, _) in found.items()}, status

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Square roots of the eigenvalues' magnitudes, and the eigenvectors."""
        return self.numeric().diagnose(x)

    def _check_bound(self) -> None:
        free = [name for name, value in self.parameters.items() if value is None]
        if free:
            example = ", ".join(f"{name}=..." for name in free)
            raise UnboundParameter(f"{', '.join(free)} in the metric has no value; give one with g.bind({example})")


class _Bound(eqx.Module):
    """A program with its parameters, as a function of the point."""

    program: Program = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Any, ...]

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, "..."]:
        return self.program(x, dict(zip(self.names, self.values, strict=True)))


@lru_cache(maxsize=256)
def compiled(form: ClosedForm, quantity: str) -> Program:
    """The closed form of a quantity as a program; made once."""
    components = form.components(quantity)
    expressions = [form.explicit(components[index]) for index in components.indices()]
    return Program(form.coordinates, expressions, (form.dim,) * components.rank)


@lru_cache(maxsize=256)
def _map(coordinates: tuple[sp.Symbol, ...], expressions: tuple[sp.Expr, ...]) -> Program:
    """The map of an embedding as a program; made once."""
    return Program(coordinates, expressions)


def _as_parameter(name: str, value: Any, is_function: bool) -> Any:
    """A number as an array, or a callable as a learned map, whichever the parameter is."""
    if is_function:
        if not callable(value):
            raise ShapeError(f"{name} is a function: its value must be a callable, got {value!r}")
        return LearnedMap(value)
    if isinstance(value, sp.Expr) and value.is_real and value.is_number:
        value = float(value)
    if value is None or isinstance(value, str | sp.Basic) or callable(value):
        raise ShapeError(f"the value of {name} must be a real number, got {value!r}")
    array = as_floats(value, f"the value of {name}")
    if array.ndim != 0:
        raise ShapeError(f"the value of {name} must be a number, got an array of shape {array.shape}")
    return array
