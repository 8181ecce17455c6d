"""The records of the classical surfaces in R^3, as they stand in the books."""

from typing import Any

import mpmath
import sympy as sp

from riemlearn.chart import Axis, interval, periodic, pole_interval
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.surface import Record

u, v, x, y, z, s, rho, theta, phi = sp.symbols("u v x y z s rho theta phi", real=True)
R, r, a, b, c, radius, half_angle = sp.symbols("R r a b c radius half_angle", positive=True)
sin, cos, sinh, cosh, tanh, pi = sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.pi

LINE, TURN = interval(), periodic(2 * pi)
CARMO = "do Carmo, Differential Geometry of Curves and Surfaces, "
GRAY = "Gray, Modern Differential Geometry of Curves and Surfaces (3rd ed.), "


class CarlsonRG(sp.Function):
    """Carlson's completely symmetric elliptic integral of the second kind, R_G."""

    nargs = 3

    def _eval_evalf(self, prec: int) -> Any:
        arguments: tuple[Any, ...] = self.args
        with mpmath.workprec(prec):
            value = mpmath.elliprg(*(e._to_mpmath(prec) for e in arguments))
        return sp.Float._new(value._mpf_, prec)


def _record(
    name: str,
    coordinates: dict[sp.Symbol, tuple[Axis, Any, Any]],
    *,
    embedding: tuple[Any, Any, Any],
    E: Any,
    G: Any,
    F: Any = 0,
    gauss: Any,
    area: Any = sp.oo,
    parameters: tuple[sp.Symbol, ...] = (),
    conditions: tuple[tuple[sp.Expr, str], ...] = (),
    source: str,
) -> Record:
    """A surface; its coordinates are given with the axis and the ends of the patch of each."""
    axes, low, high = zip(*coordinates.values(), strict=True)
    return Record(
        name=name,
        arguments=tuple((p.name, p) for p in parameters),
        coordinates=tuple(coordinates),
        axes=axes,
        embedding=tuple(sp.S(0) + e for e in embedding),
        first_form=sp.ImmutableDenseMatrix([[E, F], [F, G]]),
        curvature=Curvature.isotropic(gauss, dim=2),
        volume=sp.S(0) + area,
        patch=(tuple(sp.S(0) + e for e in low), tuple(sp.S(0) + e for e in high)),
        source=source,
        conditions=conditions,
    )


TORUS = _record(
    "Torus",
    {theta: (TURN, 0, 2 * pi), phi: (TURN, 0, 2 * pi)},
    parameters=(R, r),
    conditions=((R - r, "r must be less than R"),),
    embedding=((R + r * cos(theta)) * cos(phi), (R + r * cos(theta)) * sin(phi), r * sin(theta)),
    E=r**2,
    G=(R + r * cos(theta)) ** 2,
    gauss=cos(theta) / (r * (R + r * cos(theta))),
    area=4 * pi**2 * R * r,
    source=CARMO + "2-5 (first form and area) and 3-3 (Gauss curvature)",
)

ELLIPSOID = _record(
    "Ellipsoid",
    {theta: (pole_interval(0, pi), sp.Rational(2, 5), pi - sp.Rational(2, 5)), phi: (TURN, 0, 2 * pi)},
    parameters=(a, b, c),
    embedding=(a * sin(theta) * cos(phi), b * sin(theta) * sin(phi), c * cos(theta)),
    E=(a**2 * cos(phi) ** 2 + b**2 * sin(phi) ** 2) * cos(theta) ** 2 + c**2 * sin(theta) ** 2,
    F=(b**2 - a**2) * sin(phi) * cos(phi) * sin(theta) * cos(theta),
    G=(a**2 * sin(phi) ** 2 + b**2 * cos(phi) ** 2) * sin(theta) ** 2,
    gauss=(a * b * c) ** 2
    / ((a * b * cos(theta)) ** 2 + c**2 * (b**2 * cos(phi) ** 2 + a**2 * sin(phi) ** 2) * sin(theta) ** 2) ** 2,
    area=4 * pi * CarlsonRG(a**2 * b**2, a**2 * c**2, b**2 * c**2),
    source=GRAY + "ch. 13 (Gauss curvature); NIST Digital Library of Mathematical Functions, 19.33(i) (area)",
)

CATENOID = _record(
    "Catenoid",
    {u: (LINE, sp.Rational(-3, 2), sp.Rational(3, 2)), phi: (TURN, 0, 2 * pi)},
    parameters=(c,),
    embedding=(c * cosh(u) * cos(phi), c * cosh(u) * sin(phi), c * u),
    E=c**2 * cosh(u) ** 2,
    G=c**2 * cosh(u) ** 2,
    gauss=-1 / (c**2 * cosh(u) ** 4),
    source=CARMO + "3-5 (first form, minimality); " + GRAY + "ch. 15 (Gauss curvature)",
)

HELICOID = _record(
    "Helicoid",
    {u: (LINE, -2 * c, 2 * c), v: (LINE, -pi, pi)},
    parameters=(c,),
    embedding=(u * cos(v), u * sin(v), c * v),
    E=1,
    G=u**2 + c**2,
    gauss=-(c**2) / (u**2 + c**2) ** 2,
    source=CARMO + "2-5 (first form) and 4-2 (isometry with the catenoid); " + GRAY + "ch. 13 (Gauss curvature)",
)

ENNEPER = _record(
    "Enneper",
    {u: (LINE, sp.Rational(-3, 2), sp.Rational(3, 2)), v: (LINE, sp.Rational(-3, 2), sp.Rational(3, 2))},
    embedding=(u - u**3 / 3 + u * v**2, v - v**3 / 3 + v * u**2, u**2 - v**2),
    E=(1 + u**2 + v**2) ** 2,
    G=(1 + u**2 + v**2) ** 2,
    gauss=-4 / (1 + u**2 + v**2) ** 4,
    source=CARMO + "3-5 (first form and principal curvatures)",
)

PSEUDOSPHERE = _record(
    "Pseudosphere",
    {u: (interval(0), sp.Rational(2, 5), 2), phi: (TURN, 0, 2 * pi)},
    parameters=(a,),
    embedding=(a * cos(phi) / cosh(u), a * sin(phi) / cosh(u), a * (u - tanh(u))),
    E=a**2 * tanh(u) ** 2,
    G=a**2 / cosh(u) ** 2,
    gauss=-1 / a**2,
    area=2 * pi * a**2,
    source=CARMO + "3-3, exercise on the tractrix (K = -1); " + GRAY + "ch. 15",
)

CYLINDER = _record(
    "Cylinder",
    {phi: (TURN, 0, 2 * pi), z: (LINE, -2, 2)},
    parameters=(radius,),
    embedding=(radius * cos(phi), radius * sin(phi), z),
    E=radius**2,
    G=1,
    gauss=0,
    source=CARMO + "2-5 (first form) and 4-2 (isometry with the plane)",
)

CONE = _record(
    "Cone",
    {s: (interval(0), sp.Rational(1, 2), 3), phi: (TURN, 0, 2 * pi)},
    parameters=(half_angle,),
    conditions=((pi / 2 - half_angle, "half_angle must be less than pi/2"),),
    embedding=(s * sin(half_angle) * cos(phi), s * sin(half_angle) * sin(phi), s * cos(half_angle)),
    E=1,
    G=s**2 * sin(half_angle) ** 2,
    gauss=0,
    source=CARMO + "4-2 (isometry with a sector of the plane)",
)

PARABOLOID = _record(
    "Paraboloid",
    {rho: (interval(0, ends="pole"), sp.Rational(2, 5), 2), phi: (TURN, 0, 2 * pi)},
    parameters=(a,),
    embedding=(rho * cos(phi), rho * sin(phi), a * rho**2),
    E=1 + 4 * a**2 * rho**2,
    G=rho**2,
    gauss=4 * a**2 / (1 + 4 * a**2 * rho**2) ** 2,
    source=GRAY + "ch. 13; Weisstein, MathWorld, Paraboloid",
)

HYPERBOLIC_PARABOLOID = _record(
    "HyperbolicParaboloid",
    {x: (LINE, -1, 1), y: (LINE, -1, 1)},
    parameters=(a, b),
    embedding=(x, y, x**2 / a**2 - y**2 / b**2),
    E=1 + 4 * x**2 / a**4,
    F=-4 * x * y / (a**2 * b**2),
    G=1 + 4 * y**2 / b**4,
    gauss=-4 * a**6 * b**6 / (a**4 * b**4 + 4 * b**4 * x**2 + 4 * a**4 * y**2) ** 2,
    source=GRAY + "ch. 13; Weisstein, MathWorld, Hyperbolic Paraboloid",
)

MONKEY_SADDLE = _record(
    "MonkeySaddle",
    {x: (LINE, sp.Rational(-3, 4), sp.Rational(3, 4)), y: (LINE, sp.Rational(-3, 4), sp.Rational(3, 4))},
    embedding=(x, y, x**3 - 3 * x * y**2),
    E=1 + 9 * (x**2 - y**2) ** 2,
    F=-18 * x * y * (x**2 - y**2),
    G=1 + 36 * x**2 * y**2,
    gauss=-36 * (x**2 + y**2) / (1 + 9 * (x**2 + y**2) ** 2) ** 2,
    source=GRAY + "ch. 13; Weisstein, MathWorld, Monkey Saddle",
)
