r"""Logarithm of the heat kernel of hyperbolic space H^n, any n, as a function of time and distance.

With c = cosh r and y(c) = r^2, the kernel is a derivative (n odd) or an integral of derivatives (n even) of
exp(-y / 4t) with respect to c. The derivatives of y alternate in sign, so that (-d/dc)^m exp(-y / 4t) is a
sum of positive terms: nothing cancels, at any time and distance. All variables are scaled by cosh^2(r/2),
so that nothing overflows.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from riemlearn.heat_kernel.arguments import broadcast_floats, horner, negligible_exponent

_STEP = 0.27  # of the trapezoidal rule; its nearest singularity lies at i pi/2, an error of exp(-pi^2 / step)


@partial(jax.jit, static_argnames="dim")
def log_radial(t: ArrayLike, r: ArrayLike, dim: int) -> Float[Array, "*batch"]:
    r"""Logarithm of the heat kernel of H^n (curvature -1) at time t and distance r.

    For n = 2m + 1, with c = cosh r,

    .. math:: K_t(r) = \frac{e^{-m^2 t}}{(2\pi)^m \sqrt{4\pi t}} \Bigl(-\frac{d}{dc}\Bigr)^m e^{-r^2/4t},

    and for n = 2m + 2, with c = cosh r + v^2 and s = arccosh c,

    .. math:: K_t(r) = \frac{\sqrt 2\, e^{-(m+1/2)^2 t}}{\pi (2\pi)^m \sqrt{4\pi t}}
        \int_0^\infty \Bigl(-\frac{d}{dc}\Bigr)^{m+1} e^{-s^2/4t}\, dv.

    Parameters
    ----------
    t, r : array_like
        Times t > 0 and distances r >= 0, broadcast against each other.
    dim : int
        The dimension n >= 2.

    References
    ----------
    Grigor'yan, Noguchi, *The heat kernel on hyperbolic space*, Bull. London Math. Soc. 30 (1998), eqs.
    (1.1) to (1.3).

    Examples
    --------
    >>> print(f"{log_radial(1.0, 8.0, 4):.10f}")
    -31.0769379697
    """
    t, r = broadcast_floats(t, r)
    return _log_odd(t, r, (dim - 1) // 2) if dim % 2 else _log_even(t, r, (dim - 2) // 2)


def _log_odd(t: Array, r: Array, m: int) -> Array:
    """Dimension 2m + 1."""
    log_scale = _two_log_cosh_half(r)
    _, derivatives = _arccosh_squared(jnp.tanh(r / 2) ** 2, log_scale, m)
    log_sum, log_unit = _log_bell(t, derivatives)
    return (
        -(m**2) * t
        - 0.5 * jnp.log(4 * math.pi * t)
        - m * math.log(2 * math.pi)
        - r**2 / (4 * t)
        - m * log_scale
        + jnp.log(log_sum)
        + log_unit
    )


def _log_even(t: Array, r: Array, m: int) -> Array:
    """Dimension 2m + 2: the trapezoidal rule in x, where v = sqrt(2) cosh(r/2) nu and nu = width sinh x."""
    x, width, step = _nodes(t, r, m)
    t1, r1 = t[..., None], r[..., None]
    nu2 = (width[..., None] * jnp.sinh(x)) ** 2
    u = (jnp.tanh(r1 / 2) ** 2 + nu2) / (1 + nu2)
    log_scale = _two_log_cosh_half(r)
    y, derivatives = _arccosh_squared(u, log_scale[..., None] + jnp.log1p(nu2), m + 1)
    positive, log_unit = _log_bell(t1, derivatives)
    f = positive * (1 + nu2) ** -(m + 1) * jnp.exp((r1**2 - y) / (4 * t1)) * jnp.cosh(x)
    integral = (jnp.sum(f, axis=-1) - 0.5 * f[..., 0]) * step * width
    return (
        -((m + 0.5) ** 2) * t
        - 0.5 * jnp.log(4 * math.pi * t)
        - m * math.log(2 * math.pi)
        + math.log(2 / math.pi)
        - r**2 / (4 * t)
        - (m + 0.5) * log_scale
        + jnp.log(integral)
        + log_unit[..., 0]
    )


def _nodes(t: Array, r: Array, m: int) -> tuple[Array, Array, Array]:
    """Nodes x from 0 to where the integrand is below rounding, the width of its peak in nu, and the step in x.

    The rule is exact to rounding wherever the nodes lie, so no derivative flows through them.
    """
    t, r = lax.stop_gradient(t), lax.stop_gradient(r)
    end = negligible_exponent(t.dtype)
    count = max(40, math.ceil((end / (2 * m + 1) + 2) / _STEP))
    half = jnp.maximum(r, 1e-6) / 2
    width = lax.rsqrt(half / jnp.tanh(half) / t + 1)
    # s - r at the end solves (s^2 - r^2) / 4t + (m + 1/2) (s - r) = end
    slope = r / (2 * t) + m + 0.5
    excess = 2 * end / (slope + jnp.sqrt(slope**2 + end / t))
    nu_end = jnp.sqrt(-jnp.expm1(-excess) * -jnp.expm1(-(2 * r + excess))) / (1 + jnp.exp(-r))
    x_end = excess / 2 + jnp.log(nu_end / width + jnp.sqrt((nu_end / width) ** 2 + jnp.exp(-excess)))
    step = x_end / count
    return step[..., None] * jnp.arange(count + 1, dtype=t.dtype), width, step


def _two_log_cosh_half(r: Array) -> Array:
    """2 log cosh(r/2), r >= 0, without overflow and with derivatives that keep their digits at zero."""
    near = r < 1
    at_zero = -jnp.log1p(-(jnp.tanh(jnp.where(near, r, 0.0) / 2) ** 2))
    return jnp.where(near, at_zero, r + 2 * jnp.log1p(jnp.exp(-r)) - 2 * math.log(2))


def _arccosh_squared(u: Array, log_scale: Array, order: int) -> tuple[Array, list[Array]]:
    r"""Return y = s^2 and the scaled derivatives C^k |d^k y / dc^k|, k = 1 ... order, where c = cosh s.

    Here u = tanh^2(s/2), C = cosh^2(s/2) and log_scale = log C. Below u = 1/2 by hypergeometric series with
    positive terms,

    .. math:: C^{k+1} |y^{(k+1)}| = k!\, 2^{-k}\, B(1/2, k+1)\; {}_2F_1(k+1, 1/2; k+3/2; u),

    which comes from |y^(k+1)| = k! int (cosh x + c)^-(k+1) dx; above it by the recurrence that
    differentiating (c^2 - 1) y'' + c y' = 2 gives.
    """
    near = u < 0.5
    u_near, u_far = jnp.where(near, u, 0.0), jnp.where(near, 0.5, u)
    series: list[Array] = []
    factor = 2.0
    for k in range(max(order, 1)):
        series.append(factor * horner(_hypergeometric(k, u.dtype), u_near))
        factor *= (k + 1) ** 2 / (2 * k + 3)
    root = jnp.sqrt(u_far)
    s = 2 * jnp.log1p(root) + jnp.where(near, math.log(2.0), log_scale)
    far: list[Array] = [s / root]
    if order > 1:
        far.append(((1 + u_far) * far[0] - 2) / (4 * u_far))
    for k in range(1, order - 1):
        far.append(((2 * k + 1) * (1 + u_far) * far[k] - k**2 * far[k - 1]) / (4 * u_far))
    y = jnp.where(near, u_near * series[0] ** 2, s**2)
    return y, [jnp.where(near, a, b) for a, b in zip(series[:order], far, strict=False)]


def _hypergeometric(k: int, dtype: np.dtype) -> np.ndarray:
    """Taylor coefficients of 2F1(k+1, 1/2; k+3/2; u), as many as rounding can see at u = 1/2."""
    n = np.arange(math.ceil(1.5 * negligible_exponent(dtype)))
    ratios = (k + 1 + n) * (n + 0.5) / ((k + 1.5 + n) * (n + 1))
    return np.concatenate([[1.0], np.cumprod(ratios)])


def _log_bell(t: Array, derivatives: list[Array]) -> tuple[Array, Array]:
    r"""exp(y/4t) (-d/dc)^m exp(-y/4t), m = len(derivatives), as a positive number and the log of a unit.

    The complete Bell polynomial in |y^(k)| / 4t by its recurrence B_{j+1} = sum_i binom(j, i) B_{j-i}
    |y^(i+1)| / 4t.
    """
    a = 1 / (4 * t)
    unit = lax.stop_gradient(jnp.maximum(a, 1.0))
    bell = [jnp.ones_like(t)]
    for j in range(len(derivatives)):
        terms = [math.comb(j, i) * bell[j - i] * (a / unit) * derivatives[i] / unit**i for i in range(j + 1)]
        bell.append(sum(terms[1:], terms[0]))
    return bell[-1], len(derivatives) * jnp.log(unit)
