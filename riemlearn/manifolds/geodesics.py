r"""Geodesics of the unit sphere and of the half-space in closed form, with all derivatives where points meet.

Everything is written in functions of squared lengths, which are smooth at zero where the length is not.  A manifold
that is a sphere, or a quotient of one, is given by two maps: ``lift`` from its coordinates to unit vectors, and
``coordinates`` back.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.heat_kernel.arguments import ARCSINE, horner
from riemlearn.manifolds.base import safe_norm, squared_arc

Map = Callable[[Array], Array]

_SMALL = 0.5
_COSINE = np.array([(-1.0) ** k / math.factorial(2 * k) for k in range(10)])
_SINE = np.array([(-1.0) ** k / math.factorial(2 * k + 1) for k in range(10)])


def cosine_and_sine(square: Float[Array, "*batch"]) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    r"""The entire functions :math:`\cos\sqrt s` and :math:`\sin\sqrt s / \sqrt s`; hyperbolic for s < 0.

    Examples
    --------
    >>> c, s = cosine_and_sine(jnp.array([0.0, math.pi**2]))
    >>> [round(float(v), 12) for v in c]
    [1.0, -1.0]
    """
    near = jnp.abs(square) < _SMALL
    inner, round_, steep = jnp.where(near, square, 0), square >= _SMALL, square <= -_SMALL
    angle, rapidity = jnp.sqrt(jnp.where(round_, square, 1)), jnp.sqrt(jnp.where(steep, -square, 1))
    cosine = jnp.where(round_, jnp.cos(angle), jnp.cosh(rapidity))
    sine = jnp.where(round_, jnp.sin(angle) / angle, jnp.sinh(rapidity) / rapidity)
    return jnp.where(near, horner(_COSINE, inner), cosine), jnp.where(near, horner(_SINE, inner), sine)


# -- the unit sphere --------------------------------------------------------------------------------------------------


def arc_end(x: Float[Array, " d"], v: Float[Array, " d"]) -> Float[Array, " d"]:
    r"""End of the great arc from the unit vector x with velocity v: :math:`\cos|v|\, x + (\sin|v| / |v|)\, v`."""
    cosine, sine = cosine_and_sine(jnp.sum(v * v))
    return cosine * x + sine * v


def arc_start(x: Float[Array, " d"], y: Float[Array, " d"]) -> Float[Array, " d"]:
    r"""Velocity at x of the great arc to y; NaN where rounding cannot tell y from the antipode of x.

    :math:`(\theta / \sin\theta)\,(y - \cos\theta\, x)`, in the chord c for which :math:`\cos\theta = 1 - c^2 / 2`.
    """
    squared_chord = jnp.sum((y - x) ** 2)
    near = squared_chord < _SMALL / 2
    half_width = safe_norm(x + y) / 2  # the cosine of half the angle
    chord = jnp.sqrt(jnp.where(near, 1, squared_chord))
    far = jnp.arctan2(chord / 2, half_width) / (chord / 2)
    ratio = jnp.where(near, horner(ARCSINE, jnp.where(near, squared_chord / 4, 0)), far)
    apart = half_width > 4 * float(jnp.finfo(x.dtype).eps)
    return ratio / jnp.where(apart, half_width, jnp.nan) * (y - x + squared_chord / 2 * x)


def squared_arc_length(x: Float[Array, "*#batch d"], y: Float[Array, "*#batch d"]) -> Float[Array, "*batch"]:
    """Square of the angle of two unit vectors, accurate for those that are close and for antipodes."""
    width = safe_norm(x + y)
    return squared_arc(lambda chord: 2 * jnp.arctan2(chord, width), jnp.sum((x - y) ** 2, axis=-1))


def end_through(
    lift: Map, coordinates: Map, x: Float[Array, " n"], v: Float[Array, " n"], horizontal: Callable | None = None
) -> Float[Array, " n"]:
    """Exponential map of a manifold whose geodesics are those of a sphere.

    Parameters
    ----------
    lift, coordinates : callable
        From coordinates to unit vectors, and back.
    x, v : array (n,)
        Point and velocity in coordinates.
    horizontal : callable, optional
        Of a unit vector and a tangent vector there, what is left of it without its part along the fibre.
    """
    start, velocity = jax.jvp(lift, (x,), (v,))
    return coordinates(arc_end(start, velocity if horizontal is None else horizontal(start, velocity)))


def start_through(
    lift: Map, coordinates: Map, x: Float[Array, " n"], y: Float[Array, " n"], align: Callable | None = None
) -> Float[Array, " n"]:
    """Logarithm of a manifold whose geodesics are those of a sphere.

    Parameters
    ----------
    lift, coordinates : callable
        From coordinates to unit vectors, and back.
    x, y : array (n,)
        Points in coordinates.
    align : callable, optional
        Of two unit vectors, the one nearest to the first that stands for the same point as the second; NaN if there is
        more than one.
    """
    start, end = lift(x), lift(y)
    velocity = arc_start(start, end if align is None else align(start, end))
    return jax.jvp(coordinates, (start,), (velocity,))[1]


# -- the half-space ---------------------------------------------------------------------------------------------------


def half_space_end(x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
    r"""Exponential map of :math:`|dx|^2 / x_n^2`.

    A translation and a dilation bring x to (0, ..., 0, 1).  From there the geodesic of velocity w, of length s, ends
    at height 1/q and at :math:`(\sinh s / s)\, w' / q` beside it, :math:`q = \cosh s - (\sinh s / s)\, w_n`.
    """
    w = v / x[-1]
    square = jnp.sum(w * w)
    cosine, sine = cosine_and_sine(-square)
    far = square > 1
    s = jnp.sqrt(jnp.where(far, square, 1))
    # q as a sum of positive terms: far up it is as small as exp(-s)
    beside = jnp.sum(w[:-1] ** 2)
    up, rest = s + jnp.abs(w[-1]), jnp.where(far, beside, 0)
    rest = rest / up
    rising, falling = jnp.where(w[-1] > 0, rest, up), jnp.where(w[-1] > 0, up, rest)
    positive = (rising * jnp.exp(s) + falling * jnp.exp(-s)) / (2 * s)
    q = jnp.where(far, positive, cosine - sine * w[-1])
    return jnp.concatenate([x[:-1] + x[-1] * sine * w[:-1] / q, (x[-1] / q)[None]])


def half_space_start(x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
    r"""Logarithm of :math:`|dx|^2 / x_n^2`, by the point of the hyperboloid that belongs to y as seen from x."""
    height = y[-1] / x[-1]
    beside, rise = (y[:-1] - x[:-1]) / x[-1], (y[-1] - x[-1]) / x[-1]
    square = jnp.sum(beside**2)
    upward = (rise * (height + 1) + square) / (2 * height)
    quarter = (square + rise**2) / (4 * height)  # sinh^2 of half the distance
    near = quarter < _SMALL / 8
    root = jnp.sqrt(jnp.where(near, 1, quarter))
    ratio = jnp.where(near, horner(ARCSINE, jnp.where(near, -quarter, 0)), jnp.arcsinh(root) / root)
    scale = ratio / jnp.sqrt(1 + quarter) * x[-1]  # distance / sinh(distance)
    return scale * jnp.concatenate([beside / height, upward[None]])


def squared_half_space_distance(x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
    r"""Square of :math:`2 \operatorname{arsinh}(|x - y| / 2 \sqrt{x_n y_n})`; NaN outside."""
    heights = [jnp.where(p[..., -1] > 0, p[..., -1], jnp.nan) for p in (x, y)]
    square = jnp.sum((x - y) ** 2, axis=-1) / (heights[0] * heights[1])
    return squared_arc(lambda chord: 2 * jnp.arcsinh(chord / 2), square)
