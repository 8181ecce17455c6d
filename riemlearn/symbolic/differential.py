r"""Differentials of coordinates, and the line elements :math:`ds^2 = g_{ij}\, dx^i dx^j` that are written with them."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from riemlearn.errors import MetricError, SymbolError
from riemlearn.symbolic.normal import normal


class CoordinateDifferential(sp.Symbol):
    """The differential of a coordinate; made by :func:`differential`.

    It is a symbol of its own class: equal to the differential of the same coordinate, and never to a symbol that
    somebody called ``dt``.
    """

    __slots__ = ("coordinate",)
    coordinate: sp.Symbol

    def __new__(cls, coordinate: sp.Symbol) -> "CoordinateDifferential":
        """The differential of this coordinate; as real as the coordinate is."""
        made = sp.Symbol.__xnew__(cls, f"d({coordinate.name})", real=coordinate.is_real)
        made.coordinate = coordinate
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[sp.Symbol], dict[str, Any]]:
        return (self.coordinate,), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.coordinate)

    @classmethod
    def class_key(cls) -> tuple[int, int, str]:
        """Place in the order of factors: the last, so that r^2 d(t)^2 is written as it is spoken."""
        return 100, 0, cls.__name__

    def _latex(self, printer: Any) -> str:
        return rf"\mathrm{{d}}{printer.doprint(self.coordinate)}"


def differential(coordinate: Any) -> CoordinateDifferential:
    r"""The differential :math:`dx` of a coordinate, to write line elements with.

    Parameters
    ----------
    coordinate : Symbol
        The coordinate.

    Raises
    ------
    SymbolError
        If it is no symbol.  The differential of an expression is refused, since its free symbols may be coordinates or
        parameters: write :math:`\partial_i f\, dx^i` out.

    Examples
    --------
    >>> t = sp.Symbol("t")
    >>> differential(t) ** 2
    d(t)**2
    >>> differential(t) == sp.Symbol("dt")
    False
    """
    if isinstance(coordinate, sp.Symbol) and not isinstance(coordinate, CoordinateDifferential):
        return CoordinateDifferential(coordinate)
    why = ""
    if isinstance(coordinate, sp.Expr) and not isinstance(coordinate, CoordinateDifferential):
        why = "; of an expression it is not known which symbols are coordinates: write diff(f, x)*d(x) + ... out"
    raise SymbolError(f"differential: expected a coordinate, a SymPy symbol, got {coordinate!r}{why}")


def line_element_matrix(coordinates: Sequence[sp.Symbol], ds2: Any) -> sp.ImmutableDenseMatrix:
    r"""The symmetric matrix :math:`g_{ij}` of a quadratic form :math:`g_{ij}\, dx^i dx^j` in the differentials.

    A coordinate whose differential does not occur has a row of zeros.

    Parameters
    ----------
    coordinates : sequence of Symbol
        The coordinates :math:`x^i`.
    ds2 : Expr
        The line element, in differentials made by :func:`differential`.

    Raises
    ------
    SymbolError
        If it is no expression, or has the differential of something that is not among the coordinates.
    MetricError
        If it is not a homogeneous quadratic polynomial in the differentials.

    Examples
    --------
    >>> r, phi = sp.symbols("r phi")
    >>> line_element_matrix([r, phi], differential(r) ** 2 + r**2 * differential(phi) ** 2)
    Matrix([
    [1,    0],
    [0, r**2]])
    """
    if not isinstance(ds2, sp.Expr):
        raise SymbolError(
            f"line element: expected a SymPy expression in differentials, got {ds2!r} of type {type(ds2).__name__}"
            + ("; riemlearn.symbolic.parse reads text" if isinstance(ds2, str) else "")
        )
    dx = [CoordinateDifferential(x) for x in coordinates]
    foreign = sorted((a for a in ds2.atoms(CoordinateDifferential) if a not in dx), key=str)
    if foreign:
        same = [a.coordinate.name for a in foreign if a.coordinate.name in [x.name for x in coordinates]]
        hint = f"; {same[0]} stands there with other assumptions than the coordinate {same[0]}" if same else ""
        raise SymbolError(
            f"line element: {', '.join(map(str, foreign))} is the differential of no coordinate of "
            f"({', '.join(x.name for x in coordinates)}){hint}"
        )
    matrix = sp.zeros(len(dx))
    for i, j in combinations_with_replacement(range(len(dx)), 2):
        matrix[i, j] = matrix[j, i] = _coefficient(sp.diff(ds2, dx[i], dx[j]) / 2, dx[i] * dx[j])
    _check_homogeneous(ds2, dx)
    return sp.ImmutableDenseMatrix(matrix)


def _coefficient(value: sp.Expr, of: sp.Expr) -> sp.Expr:
    """Half a second derivative, if it has no differentials left."""
    if value.has(CoordinateDifferential):
        value = sp.expand(value)
    if value.has(CoordinateDifferential):
        value = normal(value)
    if value.has(CoordinateDifferential):
        raise MetricError(f"line element: not quadratic in the differentials: the coefficient of {of} would be {value}")
    return value


def _check_homogeneous(ds2: sp.Expr, dx: list[CoordinateDifferential]) -> None:
    """Refuse parts of order zero and one, of what is a polynomial of order two."""
    linear = sp.Add(*(_at_zero(sp.diff(ds2, a), dx) * a for a in dx))
    for order, part in enumerate([_at_zero(ds2, dx), linear]):
        if part != 0:
            raise MetricError(
                f"line element: every term must be quadratic in the differentials, but {part} is of order {order}"
            )


def _at_zero(expr: sp.Expr, dx: list[CoordinateDifferential]) -> sp.Expr:
    """A polynomial in the differentials where they vanish, also if it is written as a quotient."""
    zero = dict.fromkeys(dx, sp.S.Zero)
    value = expr.xreplace(zero)
    return normal(normal(expr).xreplace(zero) if value.has(sp.nan, sp.zoo) else value)
