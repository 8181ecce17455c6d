"""Families of surfaces from expressions of one's own: surfaces of revolution, graphs, and intervals."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import inf, isfinite
from typing import Any

import sympy as sp

from riemlearn.chart import Axis, End, interval, periodic
from riemlearn.errors import ShapeError, SymbolError
from riemlearn.manifolds.base import Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.flat import StraightLine
from riemlearn.manifolds.parameters import exact, positive
from riemlearn.manifolds.surface import Record, Surface
from riemlearn.metric.inputs import chart_of, check_coordinates, check_expressions


def SurfaceOfRevolution(
    rho: Any,
    z: Any,
    coord: Any,
    domain: Axis | Any = None,
    *,
    angle: sp.Symbol | Any = None,
    area: Any = None,
    patch: tuple[Any, Any] | Any = None,
) -> Surface:
    r"""Surface of revolution about the z-axis of the profile curve :math:`(\rho(u), z(u))`, :math:`\rho > 0`.

    .. math::
        g = (\rho'^2 + z'^2)\,du^2 + \rho^2\,d\varphi^2, \qquad
        K = \frac{z' (\rho' z'' - \rho'' z')}{\rho\,(\rho'^2 + z'^2)^2}

    Parameters
    ----------
    rho, z : Expr
        Distance from the axis, and height; symbols other than the coordinate are parameters.
    coord : Symbol
        The coordinate u along the profile.
    domain : Axis, optional
        Where it lives; by default the whole line.
    angle : Symbol, optional
        The name of the angle; by default ``phi``.
    area : number or Expr, optional
        The area, ``oo`` if it is infinite; by default it is integrated numerically if the domain is bounded.
    patch : pair of numbers, optional
        The part of the profile where the geometry is checked; by default four fifths of a bounded domain, and of
        another a piece of length at most 2.

    Raises
    ------
    SymbolError
        If the profile is not an expression, or the coordinate not a symbol.

    References
    ----------
    do Carmo, *Differential Geometry of Curves and Surfaces*, section 3-3, Example 4; Gray, *Modern Differential
    Geometry of Curves and Surfaces* (3rd ed.), ch. 15.

    Examples
    --------
    >>> from riemlearn import pole_interval
    >>> u = sp.Symbol("u", real=True)
    >>> sphere = SurfaceOfRevolution(sp.sin(u), sp.cos(u), u, pole_interval(0, sp.pi))
    >>> sphere.connection.scalar.expr
    2
    >>> round(sphere.volume, 6)
    12.566371
    """
    phi = sp.Symbol("phi", real=True) if angle is None else angle
    (u, phi), (rho, z) = check_coordinates([coord, phi]), _expressions("SurfaceOfRevolution", rho, z)
    axes = chart_of((u, phi), {u: Axis() if domain is None else domain, phi: periodic(2 * sp.pi)}).axes
    if rho.has(phi) or z.has(phi):
        raise SymbolError(f"SurfaceOfRevolution: the profile ({rho}, {z}) must not depend on the angle {phi}")
    rho1, z1, rho2, z2 = rho.diff(u), z.diff(u), rho.diff(u, 2), z.diff(u, 2)
    speed = rho1**2 + z1**2
    area = sp.oo if area == inf else area
    low, high = _patch_of(axes[0]) if patch is None else _pair("SurfaceOfRevolution", patch)
    low, high = (exact("SurfaceOfRevolution: patch", end) for end in (low, high))
    record = Record(
        name="SurfaceOfRevolution",
        arguments=(("rho", rho), ("z", z), ("coord", u)),
        coordinates=(u, phi),
        axes=axes,
        embedding=(rho * sp.cos(phi), rho * sp.sin(phi), z),
        first_form=sp.ImmutableDenseMatrix([[speed, 0], [0, rho**2]]),
        curvature=Curvature.isotropic(z1 * (rho1 * z2 - rho2 * z1) / (rho * speed**2), dim=2),
        volume=area if area is None or area is sp.oo else positive("SurfaceOfRevolution: area", area),
        patch=((low, sp.S(0)), (high, 2 * sp.pi)),
        source="do Carmo, Differential Geometry of Curves and Surfaces, 3-3, Example 4",
    )
    return Surface(record)


def Graph(
    h: Any,
    coords: Sequence[sp.Symbol] | Any,
    patch: Patch | Any = None,
    domain: Mapping[sp.Symbol, Axis] | Any = None,
) -> Surface:
    r"""Graph of a function of n variables in :math:`\mathbb{R}^{n+1}`.

    :math:`g_{ij} = \delta_{ij} + h_i h_j`.  With :math:`W^2 = 1 + |\nabla h|^2` the second fundamental form is
    :math:`h_{ij} / W` and the inverse metric :math:`\delta_{ij} - h_i h_j / W^2`; for two variables
    :math:`K = (h_{xx} h_{yy} - h_{xy}^2) / W^4`, and in any dimension the Gauss equation gives

    .. math::
        \mathrm{scal} = \frac{1}{W^2} \left( (g^{ij} h_{ij})^2 - g^{ik} g^{jl} h_{ij} h_{kl} \right).

    Parameters
    ----------
    h : Expr
        The height; symbols other than the coordinates are parameters.
    coords : sequence of Symbol
        The coordinates.
    patch : Patch, optional
        The box in which the geometry is checked; by default four fifths of bounded domains, and of others a piece of
        length at most 2.
    domain : mapping from coordinates to Axis, optional
        Where each coordinate lives; by default the whole line.

    Raises
    ------
    SymbolError, ShapeError
        If the height is not an expression, the coordinates are not symbols, or the patch does not fit them.

    References
    ----------
    do Carmo, *Differential Geometry of Curves and Surfaces*, section 3-3, Example 5; Lee, *Introduction to Riemannian
    Manifolds* (2nd ed.), ch. 8, on the Gauss equation.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> Graph(x * y, [x, y]).curvature.sectional
    -1/(x**2 + y**2 + 1)**2
    """
    x = check_coordinates(coords)
    (h,) = _expressions("Graph", h)
    n = len(x)
    axes = chart_of(x, domain).axes
    low, high = zip(*map(_patch_of, axes), strict=True) if patch is None else _pair("Graph", patch)
    if any(not isinstance(corner, list | tuple) or len(corner) != n for corner in (low, high)):
        raise ShapeError(f"Graph: patch must have corners of {n} numbers, as many as coords, got {patch!r}")
    low, high = (tuple(exact("Graph: patch", value) for value in corner) for corner in (low, high))
    slope = sp.Matrix([h.diff(c) for c in x])
    square = 1 + slope.dot(slope)
    bounded = all(isfinite(axis.high - axis.low) for axis in axes)
    record = Record(
        name="Graph",
        arguments=(("h", h), ("coords", x)),
        coordinates=x,
        axes=axes,
        embedding=(*x, h),
        first_form=sp.ImmutableDenseMatrix(sp.eye(n) + slope * slope.T),
        curvature=_curvature_of_graph(sp.hessian(h, x), slope, square),
        volume=None if bounded else sp.oo,  # at least that of what lies below
        patch=(low, high),
        source="do Carmo, Differential Geometry of Curves and Surfaces, 3-3, Example 5; "
        "Lee, Introduction to Riemannian Manifolds, ch. 8 (Gauss equation)",
    )
    return Surface(record)


def Interval(low: Any, high: Any, ends: End | tuple[End, End] = "open") -> Surface:
    r"""The interval from low to high, as base of a warped product or factor of a product.

    Parameters
    ----------
    low, high : number
        Where it ends.
    ends : {"open", "pole", "boundary"} or a pair of these
        What is there, as in :func:`riemlearn.interval`.

    Raises
    ------
    ShapeError, SymbolError
        If an end is not a number, or low is not less than high.

    Examples
    --------
    >>> Interval(0, 2).volume
    2.0
    """
    start, stop = exact("Interval: low", low), exact("Interval: high", high)
    if start.free_symbols or stop.free_symbols:
        raise ShapeError(f"Interval: low and high must be numbers, got {low!r} and {high!r}")
    axis, s, width = interval(start, stop, ends), sp.Symbol("s", real=True), stop - start
    record = Record(
        name="Interval",
        arguments=(("low", start), ("high", stop), ("ends", ends)),
        coordinates=(s,),
        axes=(axis,),
        embedding=(s,),
        first_form=sp.ImmutableDenseMatrix([[1]]),
        curvature=Curvature.isotropic(0, dim=1),
        volume=width,
        patch=((start + width / 10,), (stop - width / 10,)),
        source="by definition",
    )
    return Surface(record, StraightLine())


def _curvature_of_graph(hessian: sp.Matrix, slope: sp.Matrix, square: sp.Expr) -> Curvature:
    """From the second derivatives of the height, its first ones, and W^2."""
    n = len(slope)
    if n == 1:
        return Curvature.isotropic(0, dim=1)
    if n == 2:
        return Curvature.isotropic(hessian.det() / square**2, dim=2)
    inverse = sp.eye(n) - slope * slope.T / square
    trace = sum(inverse[i, j] * hessian[i, j] for i, j in product(range(n), repeat=2))
    mixed = inverse * hessian
    return Curvature((trace**2 - (mixed * mixed).trace()) / square)


def _expressions(name: str, *values: Any) -> tuple[sp.Expr, ...]:
    check_expressions(values, name)
    return tuple(sp.S(0) + value for value in values)


def _pair(name: str, patch: Any) -> tuple[Any, Any]:
    if not isinstance(patch, list | tuple) or len(patch) != 2:
        raise ShapeError(f"{name}: patch must be a pair of a low and a high end, got {patch!r}")
    return patch[0], patch[1]


def _patch_of(axis: Axis) -> tuple[Any, Any]:
    """A bounded piece of an axis that keeps away from its ends."""
    if axis.kind == "periodic":
        return axis.low, axis.high
    low = axis.low if isfinite(axis.low) else min(axis.high - 2.5, -1.0)
    high = axis.high if isfinite(axis.high) else max(axis.low + 2.5, 1.0)
    margin = (high - low) / 10
    return (low + margin if isfinite(axis.low) else low, high - margin if isfinite(axis.high) else high)
