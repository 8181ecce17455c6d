r"""Logarithm of the heat kernel of the unit spheres S^1, S^2 and S^3, as a function of time and distance.

At small times a sum over the geodesics that wind around the sphere (S^2: an integral of such sums), written
relative to the shortest one, so that exp(-r^2 / 4t) is never formed and never lost; above ``_SWITCH`` the
eigenfunction series, whose terms no longer cancel there. All expressions are smooth at r = 0 and at the
antipode r = pi.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from riemlearn.errors import NoClosedForm
from riemlearn.heat_kernel.arguments import ARCSINE, broadcast_floats, horner, negligible_exponent

_SWITCH = 0.3
_NODES = 40


def unit_volume(dim: int) -> float:
    r"""Volume :math:`2 \pi^{(n+1)/2} / \Gamma((n+1)/2)` of the unit sphere S^n.

    Examples
    --------
    >>> unit_volume(1) == 2 * math.pi
    True
    """
    half = (dim + 1) / 2
    return 2 * math.pi**half / math.gamma(half)


def check_dim(dim: int) -> None:
    """Refuse a dimension for which there is no closed form here.

    Raises
    ------
    NoClosedForm
        If dim is not 1, 2 or 3.
    """
    if dim not in (1, 2, 3):
        raise NoClosedForm(
            f"heat kernels of spheres are known here in closed form for S^1, S^2 and S^3, got dim = {dim!r}; "
            "give HeatKernel a Spectrum instead"
        )


@partial(jax.jit, static_argnames="dim")
def log_radial(t: ArrayLike, r: ArrayLike, dim: int) -> Float[Array, "*batch"]:
    r"""Logarithm of the heat kernel of the unit sphere S^n, n = 1, 2, 3, at time t and distance r.

    With theta = r, for the circle, for S^3, and for S^2 with cos(phi/2) = cos(theta/2) cos(psi),

    .. math::
        K^{(1)}_t &= (4\pi t)^{-1/2} \sum_k e^{-(\theta + 2\pi k)^2/4t}, \\ K^{(3)}_t &= e^{t} (4\pi
        t)^{-3/2} \sum_k \frac{\theta + 2\pi k}{\sin\theta} e^{-(\theta + 2\pi k)^2/4t}, \\ K^{(2)}_t &= 2
        e^{t/4} (4\pi t)^{-3/2} \int_0^{\pi/2} \sum_k (-1)^k
            \frac{\phi + 2\pi k}{\sin(\phi/2)} e^{-(\phi + 2\pi k)^2/4t}\, d\psi .

    Parameters
    ----------
    t, r : array_like
        Times t > 0 and distances 0 <= r <= pi, broadcast against each other.
    dim : int
        The dimension n: 1, 2 or 3.

    Raises
    ------
    NoClosedForm
        If dim is not 1, 2 or 3.

    References
    ----------
    Camporesi, *Harmonic analysis and propagators on homogeneous spaces*, Phys. Rep. 196 (1990), section 5.

    Examples
    --------
    >>> print(f"{log_radial(0.01, 3.0, 2):.10f}")
    -221.3887127508
    """
    check_dim(dim)
    t, r = broadcast_floats(t, r)
    early, late = {1: (_images_1, _series_1), 2: (_images_2, _series_2), 3: (_images_3, _series_3)}[dim]
    # each formula sees only the times for which it is meant, so that no infinity enters a derivative
    at_early = early(jnp.minimum(t, _SWITCH), r)
    at_late = late(jnp.maximum(t, _SWITCH), r)
    return jnp.where(t < _SWITCH, at_early, at_late)


def _images_1(t: Array, r: Array) -> Array:
    windings = (jnp.exp(-math.pi * k * (r + math.pi * k) / t) for k in (-2, -1, 1))
    return -(r**2) / (4 * t) - 0.5 * jnp.log(4 * math.pi * t) + jnp.log1p(sum(windings))


def _images_3(t: Array, r: Array) -> Array:
    near = r < math.pi / 2
    a = jnp.where(near, r, 0.0)
    from_zero = (1 - jnp.exp(-math.pi * (math.pi - a) / t) * _pair(2 * math.pi, a, t)) * _over_sine(a)
    b = jnp.where(near, 0.0, math.pi - r)
    from_antipode = _pair(math.pi, b, t) * _over_sine(b)
    value = jnp.where(near, from_zero, from_antipode)
    return -(r**2) / (4 * t) + t - 1.5 * jnp.log(4 * math.pi * t) + jnp.log(value)


def _images_2(t: Array, r: Array) -> Array:
    """Trapezoidal rule in psi: the integrand is even and periodic in psi, and cut off where it has died."""
    psi_end = _end_of_psi(t, r)
    step = psi_end / _NODES
    psi = step[..., None] * jnp.arange(_NODES + 1, dtype=t.dtype)
    t1, r1 = t[..., None], r[..., None]
    cos_half, sin_half = jnp.cos(r1 / 2), jnp.sin(r1 / 2)
    half_squared, ratio = _angle(sin_half**2 + (cos_half * jnp.sin(psi)) ** 2, cos_half * jnp.cos(psi))
    # The second winding is nothing near phi = 0; kept away from there it needs no square root of zero.
    phi = 2 * jnp.sqrt(jnp.maximum(half_squared, 1e-6))
    second = jnp.exp((r1 - (2 * math.pi - phi)) * (r1 + (2 * math.pi - phi)) / (4 * t1))
    f = 2 * ratio * (jnp.exp((r1**2 / 4 - half_squared) / t1) + second * _pair(2 * math.pi, phi, t1))
    integral = (jnp.sum(f, axis=-1) - 0.5 * (f[..., 0] + f[..., -1])) * step
    return -(r**2) / (4 * t) + t / 4 + math.log(2) - 1.5 * jnp.log(4 * math.pi * t) + jnp.log(integral)


def _end_of_psi(t: Array, r: Array) -> Array:
    """Where the integrand of S^2 has died, or pi/2. No derivative flows through the nodes."""
    t, r = lax.stop_gradient(t), lax.stop_gradient(r)
    drop = 4 * t * negligible_exponent(t.dtype)
    phi = jnp.sqrt(r**2 + drop)
    sin_squared = jnp.sin(drop / (phi + r) / 2) * jnp.sin((phi + r) / 2) / jnp.cos(r / 2) ** 2
    dies = (phi < math.pi) & (sin_squared < 1)
    return jnp.where(dies, jnp.arcsin(jnp.sqrt(jnp.where(dies, sin_squared, 0.25))), math.pi / 2)


def _angle(sin_squared: Array, cosine: Array) -> tuple[Array, Array]:
    """h^2 and h / sin h from sin^2 h and cos h >= 0, smooth at h = 0 and at h = pi/2."""
    small = sin_squared < 1 / 16
    x = jnp.where(small, sin_squared, 0.0)
    ratio = horner(ARCSINE, x)
    sine = jnp.sqrt(jnp.where(small, 0.5, sin_squared))
    h = jnp.arctan2(sine, jnp.where(small, 0.5, cosine))
    return jnp.where(small, x * ratio**2, h**2), jnp.where(small, ratio, h / sine)


def _over_sine(angle: Array) -> Array:
    """The quotient x / sin x, 0 <= x <= pi/2, with derivatives right at zero (those of jnp.sinc are not)."""
    return _angle(jnp.sin(angle) ** 2, jnp.cos(angle))[1]


def _pair(winding: float, angle: Array, t: Array) -> Array:
    """Two geodesics, A - x and A + x long, relative to exp(-(A - x)^2 / 4t).

    [A (1 - e^-z) / x] - (1 + e^-z) with z = A x / t, times x the difference of the two terms of the sum.
    """
    z = winding * angle / t
    return winding**2 / t * _one_minus_exp_over(z) - 1 - jnp.exp(-z)


def _one_minus_exp_over(z: Array) -> Array:
    """(1 - e^-z) / z, smooth at zero."""
    small = jnp.abs(z) < 0.5
    series = horner(_EXPONENTIAL, jnp.where(small, z, 0.0))
    safe = jnp.where(small, 1.0, z)
    return jnp.where(small, series, -jnp.expm1(-safe) / safe)


_EXPONENTIAL = np.array([(-1.0) ** k / math.factorial(k + 1) for k in range(15)])


def _degree(dtype: np.dtype) -> int:
    """How many degrees the eigenfunction series needs at the least time for which it is used."""
    return math.ceil(math.sqrt(1.1 * negligible_exponent(dtype) / _SWITCH))


def _series_1(t: Array, r: Array) -> Array:
    terms = (2 * jnp.exp(-(k**2) * t) * jnp.cos(k * r) for k in range(1, _degree(t.dtype) + 1))
    return jnp.log1p(sum(terms)) - math.log(2 * math.pi)


def _series_2(t: Array, r: Array) -> Array:
    """Sum of (2l + 1) / 4 pi e^{-l(l+1)t} P_l(cos r)."""
    c = jnp.cos(r)
    before, p, total = jnp.ones_like(c), c, jnp.zeros_like(c)
    for l in range(1, _degree(t.dtype) + 1):
        total = total + (2 * l + 1) * jnp.exp(-l * (l + 1) * t) * p
        before, p = p, ((2 * l + 1) * c * p - l * before) / (l + 1)
    return jnp.log1p(total) - math.log(4 * math.pi)


def _series_3(t: Array, r: Array) -> Array:
    """Sum of (l + 1) / 2 pi^2 e^{-l(l+2)t} U_l(cos r), U_l the Chebyshev polynomials of the second kind."""
    c = jnp.cos(r)
    before, u, total = jnp.ones_like(c), 2 * c, jnp.zeros_like(c)
    for l in range(1, _degree(t.dtype) + 1):
        total = total + (l + 1) * jnp.exp(-l * (l + 2) * t) * u
        before, u = u, 2 * c * u - before
    return jnp.log1p(total) - math.log(2 * math.pi**2)
