"""SymbolicMetric: a closed form, evaluated as it is where it says all, differentiated automatically elsewhere."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, Int
from sympy.core.function import AppliedUndef

from riemlearn.chart import Axis, Chart, Region
from riemlearn.curvature import IntrinsicPoint, Signature, check_signature, first_failure
from riemlearn.errors import MetricError, NoClosedForm, ShapeError, Status, SymbolError, UnboundParameter
from riemlearn.metric.base import Metric
from riemlearn.metric.coordinates import Coordinates
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_on_degenerate
from riemlearn.metric.function import FunctionMetric
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.pullback import Immersion, PullbackMetric
from riemlearn.symbolic import ClosedForm, normal
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

    @classmethod
    def build(
        cls,
        coords: Sequence[Any],
        matrix: Any,
        domain: Any,
        region: Region | None,
        signature: Signature,
        on_degenerate: OnDegenerate,
    ) -> "SymbolicMetric":
        """Check the arguments of :meth:`Metric.from_sympy` and make the metric."""
        coordinates = check_coordinates(coords)
        domain = coords.domain if domain is None and isinstance(coords, Coordinates) else domain
        form = ClosedForm(coordinates, check_matrix(matrix, coordinates))
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
        h = ambient_at(ambient, expressions, coordinates)
        matrix = (jacobian.T * h * jacobian).applyfunc(normal)
        metric = cls.build(coords, matrix, domain, None, signature or ambient.signature, on_degenerate)
        return replace(metric, values=tuple(ambient.parameters.get(name) for name in metric.names))

    @property
    def immersion(self) -> Immersion | None:
        """The map whose metric this is, with its second fundamental form.

        None if the metric was made without a map, or by a map into another space than the Euclidean one.

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
        metric = PullbackMetric(
            function=function,
            chart=self.chart,
            signature=self.signature,
            on_degenerate=self.on_degenerate,
            rank_tol=None,
        )
        return metric.immersion

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

    def local(self, x: Float[Array, " n"]) -> IntrinsicPoint:
        """Connection and curvature at one point by automatic differentiation of the compiled metric."""
        return self.numeric().local(x)

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


@cache
def compiled(form: ClosedForm, quantity: str) -> Program:
    """The closed form of a quantity as a program; made once."""
    components = form.components(quantity)
    expressions = [components[index] for index in components.indices()]
    return Program(form.coordinates, expressions, (form.dim,) * components.rank)


@cache
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


def check_coordinates(coords: Any) -> tuple[sp.Symbol, ...]:
    """Coordinates as a tuple of different symbols.

    Raises
    ------
    SymbolError
        If one is not a SymPy symbol, or stands twice.
    """
    coordinates: tuple[Any, ...] = tuple(coords) if isinstance(coords, list | tuple | sp.Tuple) else (coords,)
    for c in coordinates:
        if not isinstance(c, sp.Symbol):
            raise SymbolError(
                f"coords must be SymPy symbols, got {c!r} of type {type(c).__name__}; "
                "make them with sympy.symbols('x y', real=True)"
            )
    Chart(tuple(c.name for c in coordinates))  # refuses duplicates, also of one name under different assumptions
    return coordinates


def check_expressions(expressions: Any, what: str) -> None:
    """Refuse strings and anything else that is not a SymPy expression or a number.

    Raises
    ------
    SymbolError
        If an entry is not one.
    """
    for e in expressions:
        if not isinstance(e, sp.Expr | int | float):
            raise SymbolError(f"{what} has the entry {e!r} of type {type(e).__name__}; expected SymPy expressions")


def check_matrix(matrix: Any, coordinates: tuple[sp.Symbol, ...]) -> sp.ImmutableDenseMatrix:
    """A symmetric matrix of expressions that fits the coordinates.

    Raises
    ------
    SymbolError, ShapeError, MetricError
        If it has other entries, another shape, or is not symmetric.
    """
    rows = matrix.tolist() if hasattr(matrix, "tolist") else matrix
    if not isinstance(rows, list | tuple) or not all(isinstance(row, list | tuple) for row in rows):
        raise ShapeError(f"matrix must be a SymPy matrix or nested lists, got {type(matrix).__name__}")
    n = len(coordinates)
    if len(rows) != n or any(len(row) != n for row in rows):
        shape = f"{len(rows)} rows of lengths {sorted({len(row) for row in rows})}"
        raise ShapeError(f"matrix must be {n} x {n} for the coordinates {coordinates}, got {shape}")
    for row in rows:
        check_expressions(row, "matrix")
    g: Any = sp.ImmutableDenseMatrix(rows)
    for i in range(n):
        for j in range(i):
            if normal(g[i, j] - g[j, i]) != 0:
                raise MetricError(f"matrix is not symmetric: g[{i}, {j}] = {g[i, j]} but g[{j}, {i}] = {g[j, i]}")
    functions = {f.func.__name__ for f in g.atoms(AppliedUndef)}
    names = [s.name for s in g.free_symbols] + [c.name for c in coordinates if c not in g.free_symbols]
    clash = sorted({n for n in names if names.count(n) > 1} | (functions & set(names)))
    if clash:
        raise SymbolError(f"the name {', '.join(clash)} means two things (different assumptions, or a function too)")
    return g


def ambient_at(
    ambient: Any, expressions: Sequence[sp.Expr], coordinates: Sequence[sp.Symbol]
) -> sp.ImmutableDenseMatrix:
    """The matrix of an ambient metric at the image of a map, its coordinates replaced all at once.

    Raises
    ------
    MetricError, NoClosedForm, ShapeError, SymbolError
        If it is no metric, or has no closed form; if there are not as many expressions as it has coordinates; if a
        coordinate of the map has the name of one of its parameters.
    """
    if not isinstance(ambient, Metric):
        raise MetricError(f"from_embedding: ambient must be a Metric, got {type(ambient).__name__}")
    form = ambient.closed_form
    if form is None:
        raise NoClosedForm("from_embedding: expressions need an ambient metric in closed form, and this one is numeric")
    if len(expressions) != ambient.dim:
        raise ShapeError(
            f"from_embedding: got {len(expressions)} expressions for the {ambient.dim} coordinates "
            f"({', '.join(ambient.chart.names)}) of the ambient metric"
        )
    if len(coordinates) > ambient.dim:
        raise ShapeError(f"from_embedding: {len(coordinates)} coordinates do not fit into dimension {ambient.dim}")
    clash = [c.name for c in coordinates if c.name in ambient.parameters]
    if clash:
        raise SymbolError(
            f"from_embedding: {', '.join(clash)} is a coordinate here and a parameter of the ambient metric; rename one"
        )
    return form.matrix.subs(list(zip(form.coordinates, expressions, strict=True)), simultaneous=True)


def chart_of(coordinates: tuple[sp.Symbol, ...], domain: Any, region: Region | None = None) -> Chart:
    """Chart of symbols with the domain of each.

    Raises
    ------
    SymbolError
        If the domain names something that is no coordinate, or holds no axis.
    """
    domain = {} if domain is None else domain
    if not isinstance(domain, Mapping):
        raise SymbolError(f"domain must map coordinates to axes, as in {{x: interval(0)}}, got {domain!r}")
    for key, axis in domain.items():
        if key not in coordinates:
            raise SymbolError(f"domain names {key!r}, which is not among the coordinates {coordinates}")
        if not isinstance(axis, Axis):
            raise SymbolError(f"domain of {key} must be made by interval, periodic or pole_interval, got {axis!r}")
    axes = tuple(domain.get(c, Axis()) for c in coordinates)
    return Chart(tuple(c.name for c in coordinates), axes, region)
