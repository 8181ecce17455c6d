"""Spectral: the heat kernel as a sum over eigenpairs, with a bound on what the sum leaves out."""

import math

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from riemlearn.errors import NoClosedForm, Status
from riemlearn.heat_kernel.method import HeatKernelReport, Method, input_status, then
from riemlearn.laplace_beltrami.spectrum import Spectrum


class Spectral(Method):
    r"""The heat kernel :math:`K_t(x, y) = \sum_k e^{-\lambda_k t} \varphi_k(x) \varphi_k(y)` of a :class:`Spectrum`.

    What a spectrum of N pairs leaves out on the diagonal is at most, for every 0 < s < t,

    .. math:: \sum_{k \ge N} e^{-\lambda_k t} \varphi_k(x)^2 \le e^{-\lambda_{N-1} (t - s)} K_s(x, x),

    and off it, by Cauchy and Schwarz, at most the geometric mean of that at x and at y. The bound is least at
    s = n / 2 lambda, or at t if that is less. K_s(x, x) is not known; it is taken to be c(x) times the short-time law
    :math:`(4 \pi s)^{-n/2}`, where c(x), at least 1, is twice the share of that law which the known pairs make up at
    s = n / 2 lambda. On a flat space they make up a little over half; at a boundary with Neumann's condition they
    make up twice as much, as they should. So the bound is an **estimate**: curvature on a scale below lambda^(-1/2)
    may break it. To it comes the rounding of the sum. Errors of the eigenpairs themselves are not in it. For a
    complete spectrum the rounding is all.

    The logarithm is NaN, with :attr:`Status.BELOW_BOUND`, where the value is not above its bound.
    """

    spectrum: Spectrum
    dim: int = eqx.field(static=True)

    def __init__(self, spectrum: Spectrum):
        self.spectrum, self.dim = spectrum, spectrum.dim

    def checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Value, bound and status of the input; values below their bound are given all the same."""
        status = input_status(t, x, y)
        at_x, at_y = self.spectrum.eigenfunctions(x), self.spectrum.eigenfunctions(y)
        exponent = self.spectrum.eigenvalues * t[..., None]
        terms = jnp.exp(-exponent) * at_x * at_y
        eps = float(jnp.finfo(terms.dtype).eps)
        rounding = eps * jnp.sum((len(self.spectrum) + jnp.abs(exponent)) * jnp.abs(terms), axis=-1)
        value, bound = jnp.sum(terms, axis=-1), rounding
        if not self.spectrum.complete:
            bound = rounding + jnp.sqrt(self._tail(t, at_x) * self._tail(t, at_y))
        status = then(status, ~jnp.isfinite(value), Status.NOT_FINITE)
        good = status == Status.OK
        return jnp.where(good, value, jnp.nan), jnp.where(good, bound, jnp.nan), status

    def _tail(self, t: Float[Array, "*#batch"], values: Float[Array, "*#batch k"]) -> Float[Array, "*batch"]:
        """Estimate of the sum over the unknown pairs at t on the diagonal."""
        n, last = self.dim, self.spectrum.eigenvalues[-1]
        best = jnp.where(last > 0, n / (2 * jnp.where(last > 0, last, 1.0)), t)
        known = jnp.sum(jnp.exp(-self.spectrum.eigenvalues * best[..., None]) * values**2, axis=-1)
        factor = jnp.maximum(1.0, 2 * known * (4 * math.pi * best) ** (n / 2))
        s = jnp.minimum(t, best)
        return factor * (4 * math.pi * s) ** (-n / 2) * jnp.exp(-last * (t - s))

    def log_checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Logarithm of the value, NaN where the value is not above its bound."""
        value, bound, status = self.checked(t, x, y)
        above = value > bound
        status = then(status, ~above, Status.BELOW_BOUND)
        return jnp.where(above, jnp.log(jnp.where(above, value, 1.0)), jnp.nan), status

    def log_radial(self, t: Float[Array, "*#batch"], r: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """Not defined: a kernel given by eigenpairs is no function of distance alone.

        Raises
        ------
        NoClosedForm
            Always.
        """
        raise NoClosedForm(
            "a heat kernel given by a Spectrum is no function of distance alone; use K(t, x, y) with two points"
        )

    def matrix(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch a n"], y: Float[Array, "*#batch b n"]
    ) -> tuple[Float[Array, "*batch a b"], Int[Array, "*batch a b"]]:
        """Values at all pairs by one matrix product, and status."""
        status = input_status(t[..., None, None], x[..., :, None, :], y[..., None, :, :])
        decay = jnp.exp(-self.spectrum.eigenvalues * t[..., None])[..., None, :]
        at_x, at_y = self.spectrum.eigenfunctions(x), self.spectrum.eigenfunctions(y)
        value = (decay * at_x) @ jnp.swapaxes(at_y, -1, -2)
        status = then(status, ~jnp.isfinite(value), Status.NOT_FINITE)
        return jnp.where(status == Status.OK, value, jnp.nan), status

    def refuses(self, x: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
        """Whether points are not finite."""
        return ~jnp.all(jnp.isfinite(x), axis=-1)

    def trace(self, t: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
        """Sum of e^(-lambda t) over the known eigenvalues, a lower bound unless the spectrum is complete."""
        return self.spectrum.heat_trace(jnp.where(t > 0, t, jnp.nan))

    def report(self) -> HeatKernelReport:
        """What is computed here, and how far it can be trusted."""
        count, last = len(self.spectrum), self.spectrum.eigenvalues[-1]
        method = f"sum over {count} eigenpairs ({self.spectrum.method})"
        if self.spectrum.complete:
            return HeatKernelReport(method, "none, the spectrum is complete", "proved", "rounding of the sum")
        return HeatKernelReport(
            method,
            f"eigenvalues above {float(last):g}",
            "estimate",
            "e^(-lambda (t - s)) K_s(x, x) at s = n / 2 lambda, K_s by the short-time law",
        )
