"""What a closed form is made of, checked: coordinates, expressions, matrices, algebraic functions, domains."""

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from riemlearn.chart import Axis, Chart, Region
from riemlearn.errors import MetricError, NoClosedForm, ShapeError, SymbolError
from riemlearn.metric.base import Metric
from riemlearn.symbolic.closed_form import Algebraic
from riemlearn.symbolic.embed import Embedding


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


def check_algebraic(algebraic: Any, coordinates: tuple[sp.Symbol, ...]) -> Algebraic:
    """Algebraic functions as a mapping from symbols to the polynomial and the value, None where it is not given.

    Raises
    ------
    SymbolError
        If it is no such mapping, or a value is not a root of its polynomial.
    """
    if algebraic is None:
        return {}
    if not isinstance(algebraic, Mapping):
        raise SymbolError(
            f"algebraic must map symbols to polynomials, as in {{r: r**2 - x**2 - y**2}}, got {algebraic!r}"
        )
    rules: Algebraic = {}
    for symbol, rule in algebraic.items():
        polynomial, value = rule if isinstance(rule, tuple) and len(rule) == 2 else (rule, None)
        check_expressions([polynomial] if value is None else [polynomial, value], f"algebraic[{symbol}]")
        rules[symbol] = (polynomial, value)
    Embedding(coordinates, (), rules)  # refuses what is no polynomial, or has no such symbol
    for symbol, (polynomial, value) in rules.items():
        if value is not None:
            values = {other: root for other, (_, root) in rules.items() if root is not None}
            left = sp.S(polynomial).xreplace(values)
            explicit = Embedding(coordinates, [left])
            if explicit.is_zero(explicit(left)).answer == "no":
                raise SymbolError(f"algebraic: {value} is no root of the polynomial of {symbol}, {polynomial}")
    return rules


def check_matrix(
    matrix: Any, coordinates: tuple[sp.Symbol, ...], algebraic: Algebraic | None = None
) -> sp.ImmutableDenseMatrix:
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
            if g[i, j] != g[j, i] and Embedding(coordinates, [g[i, j] - g[j, i]], algebraic)(g[i, j] - g[j, i]):
                raise MetricError(f"matrix is not symmetric: g[{i}, {j}] = {g[i, j]} but g[{j}, {i}] = {g[j, i]}")
    functions = {f.func.__name__ for f in g.atoms(AppliedUndef)}
    names = [s.name for s in g.free_symbols] + [c.name for c in coordinates if c not in g.free_symbols]
    clash = sorted({n for n in names if names.count(n) > 1} | (functions & set(names)))
    if clash:
        raise SymbolError(f"the name {', '.join(clash)} means two things (different assumptions, or a function too)")
    return g


def check_rows(matrix: sp.ImmutableDenseMatrix, coordinates: tuple[sp.Symbol, ...]) -> sp.ImmutableDenseMatrix:
    """Refuse the matrix of a line element that has forgotten a coordinate.

    Raises
    ------
    MetricError
        If a row is zero; the message names the differential.
    """
    missing = [
        f"d({c.name})" for i, c in enumerate(coordinates) if not any(matrix[i, j] for j in range(len(coordinates)))
    ]
    if missing:
        raise MetricError(f"line element: {', '.join(missing)} does not occur, so that the metric is degenerate")
    return matrix


def ambient_at(
    ambient: Any, expressions: Sequence[sp.Expr], coordinates: Sequence[sp.Symbol]
) -> tuple[sp.ImmutableDenseMatrix, Algebraic]:
    """Matrix and algebraic functions of an ambient metric at the image of a map, its coordinates replaced all at once.

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

    def at(e: Any) -> Any:
        return (
            None
            if e is None
            else sp.S(e).subs(list(zip(form.coordinates, expressions, strict=True)), simultaneous=True)
        )

    return form.matrix.applyfunc(at), {symbol: (at(p), at(value)) for symbol, (p, value) in form.algebraic.items()}


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
