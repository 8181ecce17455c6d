"""The classical surfaces in R^3, by name.

Parameters are positive numbers, kept exactly (a float by its shortest decimal), or SymPy symbols: then metric,
connection and curvature are closed forms in them.
"""

from dataclasses import replace
from typing import Any

import sympy as sp

from riemlearn.chart import interval
from riemlearn.heat_kernel import ProductKernel
from riemlearn.manifolds import surface_data as data
from riemlearn.manifolds.euclidean import Euclidean
from riemlearn.manifolds.flat import OfCone, OfCylinder
from riemlearn.manifolds.parameters import positive_number
from riemlearn.manifolds.sphere import Sphere
from riemlearn.manifolds.surface import Surface


def Torus(R: Any = 2, r: Any = 1) -> Surface:
    r"""Torus of revolution: a circle of radius r whose centre goes round the z-axis at distance R > r.

    :math:`((R + r \cos\theta) \cos\varphi, (R + r \cos\theta) \sin\varphi, r \sin\theta)`,
    :math:`g = r^2 d\theta^2 + (R + r \cos\theta)^2 d\varphi^2`,
    :math:`K = \cos\theta / (r (R + r \cos\theta))`, area :math:`4 \pi^2 R r`.  do Carmo, sections 2-5 and 3-3.

    Raises
    ------
    ShapeError
        If a parameter is not positive, or not r < R.

    Examples
    --------
    >>> Torus(3, 0.5)
    Torus(R=3, r=0.5)
    >>> R, r = sp.symbols("R r", positive=True)
    >>> Torus(R, r).connection.christoffel[0, 1, 1]
    (R + r*cos(theta))*sin(theta)/r
    """
    return Surface(data.TORUS.at(R=R, r=r))


def Ellipsoid(a: Any = 3, b: Any = 2, c: Any = 1) -> Surface:
    r"""Ellipsoid with half-axes a, b, c.

    :math:`(a \sin\theta \cos\varphi, b \sin\theta \sin\varphi, c \cos\theta)`,
    :math:`K = a^2 b^2 c^2 / (a^2 b^2 \cos^2\theta + c^2 (b^2 \cos^2\varphi + a^2 \sin^2\varphi) \sin^2\theta)^2`,
    area :math:`4 \pi R_G(a^2 b^2, a^2 c^2, b^2 c^2)` with Carlson's elliptic integral.  Gray, ch. 13; DLMF 19.33(i).

    Raises
    ------
    ShapeError
        If a parameter is not positive.

    Examples
    --------
    >>> round(Ellipsoid(1, 1, 1).volume, 6)
    12.566371
    """
    return Surface(data.ELLIPSOID.at(a=a, b=b, c=c))


def Catenoid(c: Any = 1) -> Surface:
    r"""Catenoid, the minimal surface of revolution, with a waist of radius c.

    :math:`(c \cosh u \cos\varphi, c \cosh u \sin\varphi, c u)`,
    :math:`g = c^2 \cosh^2 u\,(du^2 + d\varphi^2)`, :math:`K = -1 / (c^2 \cosh^4 u)`.  do Carmo, section 3-5.

    Raises
    ------
    ShapeError
        If c is not positive.

    Examples
    --------
    >>> Catenoid().curvature.sectional
    -1/cosh(u)**4
    """
    return Surface(data.CATENOID.at(c=c))


def Helicoid(c: Any = 1) -> Surface:
    r"""Helicoid, the ruled minimal surface, that rises by :math:`2 \pi c` in a turn.

    :math:`(u \cos v, u \sin v, c v)`, :math:`g = du^2 + (u^2 + c^2) dv^2`,
    :math:`K = -c^2 / (u^2 + c^2)^2`; with :math:`u = c \sinh w` locally isometric to the catenoid.
    do Carmo, sections 2-5 and 4-2.

    Raises
    ------
    ShapeError
        If c is not positive.

    Examples
    --------
    >>> Helicoid().metric[1, 1]
    u**2 + 1
    """
    return Surface(data.HELICOID.at(c=c))


def Enneper() -> Surface:
    r"""Enneper's minimal surface, an immersed plane that meets itself.

    :math:`(u - u^3/3 + u v^2, v - v^3/3 + v u^2, u^2 - v^2)`, :math:`g = (1 + u^2 + v^2)^2 (du^2 + dv^2)`,
    :math:`K = -4 / (1 + u^2 + v^2)^4`.  do Carmo, section 3-5.

    Examples
    --------
    >>> Enneper().curvature.sectional
    -4/(u**2 + v**2 + 1)**4
    """
    return Surface(data.ENNEPER.at())


def Pseudosphere(a: Any = 1) -> Surface:
    r"""Pseudosphere, the surface of revolution of a tractrix, of constant curvature :math:`-1/a^2`; its upper half.

    :math:`(a \operatorname{sech} u \cos\varphi, a \operatorname{sech} u \sin\varphi, a (u - \tanh u))`, u > 0;
    :math:`g = a^2 (\tanh^2 u\,du^2 + \operatorname{sech}^2 u\,d\varphi^2)`, area :math:`2 \pi a^2`.
    The surface ends in a cuspidal edge at u = 0.  do Carmo, section 3-3; Gray, ch. 15.

    Raises
    ------
    ShapeError
        If a is not positive.

    Examples
    --------
    >>> Pseudosphere(2).connection.scalar.expr
    -1/2
    """
    return Surface(data.PSEUDOSPHERE.at(a=a))


def Cylinder(radius: Any = 1, height: Any = None) -> Surface:
    r"""Circular cylinder, infinite, or of a height with a boundary at each end.

    :math:`(r \cos\varphi, r \sin\varphi, z)`, :math:`g = r^2 d\varphi^2 + dz^2`, flat: geodesics are helices.
    do Carmo, sections 2-5 and 4-2.

    Parameters
    ----------
    radius : number or Symbol
        The radius.
    height : number, optional
        The height, from z = 0; by default infinite.

    Raises
    ------
    ShapeError
        If a parameter is not positive, or the height is a symbol.

    Examples
    --------
    >>> round(Cylinder(radius=2, height=3).volume, 6)
    37.699112
    >>> print(f"{Cylinder().distance([0.1, 0.0], [6.2, 0.0]):.6f}")
    0.183185
    """
    record = data.CYLINDER.at(radius=radius)
    size = record.arguments[0][1]
    geodesics = None if size.free_symbols else OfCylinder(float(size))
    if height is None:
        if geodesics is None:
            return Surface(record)
        factors = (Sphere(1, radius=geodesics.radius), Euclidean(1))
        return Surface(record, geodesics, ProductKernel(tuple(M.closed_heat_kernel() for M in factors)))
    h = positive_number("Cylinder: height", height)  # it bounds the chart, which has no symbols
    finite = replace(
        record,
        arguments=(*record.arguments, ("height", h)),
        axes=(record.axes[0], interval(0, h, ends="boundary")),
        volume=2 * sp.pi * size * h,
        patch=((sp.S(0), h / 10), (2 * sp.pi, 9 * h / 10)),
    )
    return Surface(finite, geodesics)


def Cone(half_angle: Any = sp.pi / 6) -> Surface:
    r"""Cone without its apex, with an angle between 0 and pi/2 from the axis to the side.

    With the distance s from the apex: :math:`(s \sin\alpha \cos\varphi, s \sin\alpha \sin\varphi, s \cos\alpha)`,
    :math:`g = ds^2 + s^2 \sin^2\alpha\,d\varphi^2`, flat.  do Carmo, section 4-2.

    Raises
    ------
    ShapeError
        If the angle is not between 0 and pi/2.

    Examples
    --------
    >>> Cone(sp.pi / 6).metric[1, 1]
    s**2/4
    >>> print(f"{Cone(sp.pi / 6).distance([1.0, 0.0], [1.0, 3.14159265]):.6f}")
    1.414214
    """
    record = data.CONE.at(half_angle=half_angle)
    angle = record.arguments[0][1]
    return Surface(record, None if angle.free_symbols else OfCone(float(sp.sin(angle))))


def Paraboloid(a: Any = 1) -> Surface:
    r"""Paraboloid of revolution :math:`z = a (x^2 + y^2)` in polar coordinates.

    :math:`g = (1 + 4 a^2 \rho^2) d\rho^2 + \rho^2 d\varphi^2`, :math:`K = 4 a^2 / (1 + 4 a^2 \rho^2)^2`.  Gray, ch. 13.

    Raises
    ------
    ShapeError
        If a is not positive.

    Examples
    --------
    >>> Paraboloid().curvature.sectional
    4/(4*rho**2 + 1)**2
    """
    return Surface(data.PARABOLOID.at(a=a))


def HyperbolicParaboloid(a: Any = 1, b: Any = 1) -> Surface:
    r"""Hyperbolic paraboloid, the saddle :math:`z = x^2/a^2 - y^2/b^2`.

    :math:`K = -4 a^6 b^6 / (a^4 b^4 + 4 b^4 x^2 + 4 a^4 y^2)^2`.  Gray, ch. 13.

    Raises
    ------
    ShapeError
        If a parameter is not positive.

    Examples
    --------
    >>> HyperbolicParaboloid().curvature.sectional
    -4/(4*x**2 + 4*y**2 + 1)**2
    """
    return Surface(data.HYPERBOLIC_PARABOLOID.at(a=a, b=b))


def MonkeySaddle() -> Surface:
    r"""The monkey saddle :math:`z = x^3 - 3 x y^2`, flat at the origin and negatively curved elsewhere.

    :math:`K = -36 (x^2 + y^2) / (1 + 9 (x^2 + y^2)^2)^2`.  Gray, ch. 13.

    Examples
    --------
    >>> MonkeySaddle().metric[0, 1]
    -18*x*y*(x**2 - y**2)
    """
    return Surface(data.MONKEY_SADDLE.at())
