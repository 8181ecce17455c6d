"""Heat kernels by mpmath, from formulas other than those of :mod:`riemlearn.heat_kernel`: slow, and right to any digit.

Spheres by the eigenfunction series with as many digits as its cancellation costs; H^2 by the classical
integral, H^1 by the Gauss kernel, and H^{n+2} from H^n by Millson's recursion with numerical
differentiation at raised precision.
"""

from collections.abc import Callable
from typing import Any, Literal

import mpmath as mp

Space = Literal["euclidean", "sphere", "hyperbolic"]
Number = Any  # what mp.mpf takes: float, int, str or mpf; mpmath has no types


def log_heat(space: Space, dim: int, t: Number, r: Number, dps: int = 50) -> Any:
    r"""Logarithm of the heat kernel (d_t K = Delta K) at distance r, to about ``dps`` digits.

    Parameters
    ----------
    space : {"euclidean", "sphere", "hyperbolic"}
        R^n, the unit sphere S^n, or H^n of curvature -1.
    dim : int
        The dimension n; any n >= 1 (hyperbolic: n >= 2).
    t, r : number
        Time and distance; floats are taken exactly as they are.
    dps : int
        Decimal digits.

    Examples
    --------
    >>> print(mp.nstr(log_heat("sphere", 2, "0.01", 3), 20))
    -221.38871275084687607
    """
    log_kernel = {"euclidean": _euclidean, "sphere": _sphere, "hyperbolic": _hyperbolic}[space]
    with mp.workdps(dps + 10):
        value = log_kernel(dim, mp.mpf(t), mp.mpf(r), dps + 10)
    with mp.workdps(dps):
        return +value


def _euclidean(n: int, t: Any, r: Any, dps: int) -> Any:
    return -mp.mpf(n) / 2 * mp.log(4 * mp.pi * t) - r**2 / (4 * t)


def _sphere(n: int, t: Any, r: Any, dps: int) -> Any:
    """Sum over degrees of multiplicity, e^{-l(l+n-1)t} and Gegenbauer polynomial (1 at r = 0)."""
    lost = int(r**2 / (4 * t) / mp.log(10)) + 1
    with mp.workdps(dps + lost + 10):
        tiny = mp.mpf(10) ** -(dps + lost + 5)
        c, volume = mp.cos(r), 2 * mp.pi ** mp.mpf((n + 1) / 2) / mp.gamma(mp.mpf(n + 1) / 2)
        total, before, p, count, l = mp.mpf(1), mp.mpf(1), c, mp.mpf(n + 1), 1
        decay, ratio, per_step = mp.exp(-n * t), mp.exp(-(n + 2) * t), mp.exp(-2 * t)
        while count * decay > tiny:
            total += count * decay * p
            before, p = p, ((2 * l + n - 1) * c * p - l * before) / (l + n - 1)
            count = count * (2 * l + n + 1) * (l + n - 1) / ((2 * l + n - 1) * (l + 1))
            decay, ratio, l = decay * ratio, ratio * per_step, l + 1
        return mp.log(total / volume)


def _hyperbolic(n: int, t: Any, r: Any, dps: int) -> Any:
    """Millson: with D = -(1 / sinh r) d/dr, K_{n+2} = e^{-nt} / (2 pi) D K_n (Davies, Heat kernels, sec. 5.7).

    K is even in r, so that moving off r = 0 by 10^-dps/2 costs 10^-dps, and keeps D regular.
    """
    steps, first = (n - 1) // 2, 2 - n % 2
    r = max(r, mp.mpf(10) ** (-dps // 2 - 1))
    log_factor = -sum(first + 2 * k for k in range(steps)) * t - steps * mp.log(2 * mp.pi)
    if n % 2:
        value = _millson(lambda x: mp.exp(-(x**2) / (4 * t)), r, steps, dps) / mp.sqrt(4 * mp.pi * t)
    else:
        value = _plane(t, r, steps, dps)
    return log_factor + mp.log(value)


def _millson(g: Callable[[Any], Any], r: Any, steps: int, dps: int) -> Any:
    """D^steps g at r > 0, by Taylor series; each division by sinh r may lose dps digits."""
    with mp.workdps(dps * (1 + steps)):
        series = [d / mp.factorial(i) for i, d in enumerate(mp.diffs(g, r, steps))]
        sinh = [(mp.sinh(r) if i % 2 == 0 else mp.cosh(r)) / mp.factorial(i) for i in range(steps + 1)]
        for _ in range(steps):
            slope, series = [i * a for i, a in enumerate(series)][1:], []
            for i, a in enumerate(slope):
                series.append((-a - mp.fsum(series[j] * sinh[i - j] for j in range(i))) / sinh[0])
        return series[0]


def _plane(t: Any, r: Any, steps: int, dps: int) -> Any:
    r"""D^steps of the integral for H^2.

    sqrt(2) e^{-t/4} (4 pi t)^{-3/2} int_r^oo s e^{-s^2/4t} / sqrt(cosh s - cosh r) ds.

    With cosh(s/2) = cosh(r/2) cosh(w) it is an integral of g(s) = 2 s e^{-s^2/4t} / sinh(s/2) over w > 0;
    at fixed w, D in r is cosh^2(w) times D in s. The trapezoidal rule converges exponentially.
    """
    digits = dps * mp.log(10)
    peak = t * mp.tanh(r / 2) / (r / 2)  # the integrand falls like exp(-w^2 / peak) near w = 0
    step = mp.mpf("0.8") * min(mp.pi * mp.sqrt(peak / digits), mp.pi**2 / digits)
    total, term, k = mp.mpf(0), mp.mpf(1), 0
    while k == 0 or term > total * mp.mpf(10) ** -dps:
        w = k * step
        s = 2 * mp.asinh(mp.sqrt((mp.sinh(r / 2) * mp.cosh(w)) ** 2 + mp.sinh(w) ** 2))
        inner = _millson(lambda x: x / mp.sinh(x / 2) * mp.exp(-(x**2) / (4 * t)), s, steps, dps)
        term = inner * mp.cosh(w) ** (2 * steps)
        total += term if k else term / 2
        k += 1
    return 2 * mp.exp(-t / 4) * (4 * mp.pi * t) ** mp.mpf("-1.5") * total * step
