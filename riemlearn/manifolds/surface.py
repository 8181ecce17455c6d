"""Surface: one class for every surface, graph or interval that is written down as expressions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float

from riemlearn.chart import Axis
from riemlearn.errors import NoClosedForm, ShapeError, SymbolError
from riemlearn.heat_kernel import Method
from riemlearn.manifolds.base import Manifold, Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.flat import FlatGeodesics
from riemlearn.manifolds.parameters import as_number, check_bound, positive, shown, unbound
from riemlearn.manifolds.quadrature import is_bounded, volume_by_quadrature
from riemlearn.metric import Metric
from riemlearn.to_jax import Program


@dataclass(frozen=True)
class Record:
    """What is published about a submanifold of Euclidean space, as expressions in its coordinates and parameters.

    Attributes
    ----------
    name : str
        The constructor that makes it.
    arguments : tuple of pairs
        What the constructor was given, by name.  In a record of :mod:`~riemlearn.manifolds.surface_data` these are the
        symbols that stand in the other fields, until :meth:`at` puts numbers in their place.
    coordinates : tuple of Symbol
        The coordinates.
    axes : tuple of Axis
        The domain of each.
    embedding : tuple of Expr
        The point of Euclidean space.
    first_form : ImmutableDenseMatrix
        The metric as it is published, not computed from the embedding.
    curvature : Curvature
        The curvature as it is published.
    volume : Expr, optional
        Area or volume; None if nobody has written it down.
    patch : pair of tuples of Expr
        Low and high corner of the box in which the geometry is checked.
    source : str
        Book and section.
    conditions : tuple of pairs
        Expressions that must be positive, each with the sentence that says so.
    """

    name: str
    arguments: tuple[tuple[str, Any], ...]
    coordinates: tuple[sp.Symbol, ...]
    axes: tuple[Axis, ...]
    embedding: tuple[sp.Expr, ...]
    first_form: sp.ImmutableDenseMatrix
    curvature: Curvature
    volume: sp.Expr | None
    patch: tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]
    source: str
    conditions: tuple[tuple[sp.Expr, str], ...] = ()

    def at(self, **values: Any) -> "Record":
        """The record with its parameters replaced by positive numbers, or by symbols.

        Raises
        ------
        ShapeError
            If a value is not a positive number or an expression of symbols, or a condition does not hold.
        SymbolError
            If a symbol has the name of a coordinate.
        """
        exact = {name: positive(f"{self.name}: {name}", value) for name, value in values.items()}
        taken = {c.name for c in self.coordinates} & {str(s) for value in exact.values() for s in value.free_symbols}
        if taken:
            raise SymbolError(
                f"{self.name}: {', '.join(sorted(taken))} is a coordinate; give the parameter another name"
            )
        put = {symbol: exact[name] for name, symbol in self.arguments}
        for expression, sentence in self.conditions:
            if expression.xreplace(put).is_positive is False:
                came = ", ".join(f"{name} = {shown(value)}" for name, value in exact.items())
                raise ShapeError(f"{self.name}: {sentence}, got {came}")
        low, high = (tuple(e.xreplace(put) for e in corner) for corner in self.patch)
        return replace(
            self,
            arguments=tuple(exact.items()),
            embedding=tuple(e.xreplace(put) for e in self.embedding),
            first_form=self.first_form.xreplace(put),
            curvature=self.curvature.replaced(put),
            volume=None if self.volume is None else self.volume.xreplace(put),
            patch=(low, high),
        )

    @property
    def unbound(self) -> tuple[sp.Basic, ...]:
        """Symbols and functions in the formulas that are not coordinates."""
        return unbound(self.coordinates, *self.embedding, self.first_form)


class Surface(Manifold):
    r"""A surface in R^3, or a graph or curve of another dimension, that is known by a record of expressions.

    It is made by a constructor such as :func:`~riemlearn.manifolds.Torus` or :func:`~riemlearn.manifolds.Graph`.  While
    a parameter is a symbol, the closed forms of its metric, connection and curvature are there, and numbers raise
    :class:`UnboundParameter`.

    Parameters
    ----------
    record : Record
        What is known.
    geodesics : FlatGeodesics, optional
        Distance, exp and log, of those that can be unrolled.
    kernel : Method, optional
        The heat kernel, where it is known.
    """

    record: Record = eqx.field(static=True)
    dim: int = eqx.field(static=True)
    geodesics: FlatGeodesics | None
    kernel: Method | None

    def __init__(self, record: Record, geodesics: FlatGeodesics | None = None, kernel: Method | None = None):
        self.record, self.dim, self.geodesics, self.kernel = record, len(record.coordinates), geodesics, kernel

    @property
    def metric(self) -> Metric:
        """The first fundamental form as it is published."""
        return _metric(self.record)

    @property
    def embedding(self) -> Callable[[Float[Array, " n"]], Float[Array, " d"]]:
        """The point of Euclidean space."""
        check_bound(self, *self.record.unbound)
        return _embedding(self.record)

    @property
    def curvature(self) -> Curvature:
        """Of a surface the Gauss curvature, as it is published."""
        return self.record.curvature

    @property
    def volume(self) -> float:
        """Total area.

        Raises
        ------
        NoClosedForm
            If it is not known, and the chart is not a bounded box over which it can be integrated.
        """
        if self.record.volume is not None:
            return as_number(self, self.record.volume)
        if not is_bounded(self.chart):
            raise NoClosedForm(f"the area of {self!r} is not known, as its chart is not bounded; give area=...")
        check_bound(self, *self.record.unbound)
        return volume_by_quadrature(self.metric)

    @property
    def patch(self) -> Patch:
        """Where the geometry is checked."""
        low, high = (tuple(as_number(self, e) for e in corner) for corner in self.record.patch)
        return Patch(low, high)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return self.record.source

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """Square of the geodesic distance, of those that can be unrolled."""
        if self.geodesics is None:
            return super().squared_distance(x, y)
        inside = self.chart.contains(x) & self.chart.contains(y)
        return jnp.where(inside, self.geodesics.squared_distance(x, y), jnp.nan)

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """End of a geodesic, on those that can be unrolled."""
        return super().geodesic_end(x, v) if self.geodesics is None else self.geodesics.end(x, v)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Initial velocity of the shortest geodesic, on those that can be unrolled."""
        return super().geodesic_start(x, y) if self.geodesics is None else self.geodesics.start(x, y)

    def closed_heat_kernel(self) -> Method:
        """The heat kernel, where it is known."""
        return super().closed_heat_kernel() if self.kernel is None else self.kernel

    def __repr__(self) -> str:
        return f"{self.record.name}({', '.join(f'{name}={shown(value)}' for name, value in self.record.arguments)})"


class _Map(eqx.Module):
    """Expressions as a function of the point; two of the same share their program."""

    program: Program = eqx.field(static=True)

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        return self.program(x)


@cache
def _embedding(record: Record) -> _Map:
    return _Map(Program(record.coordinates, record.embedding))


@cache
def _metric(record: Record) -> Metric:
    domain = dict(zip(record.coordinates, record.axes, strict=True))
    return Metric.from_sympy(record.coordinates, record.first_form, domain=domain)
