r"""Periodic: the heat kernel of Euclidean space modulo a lattice, a function of the difference of two points.

The sum over the lattice and the sum over its dual, which Poisson's formula makes of it, are each cut off where a
proved bound on what is left out is below rounding: at small times the first, whose terms are all positive; at
large times the second, which is at least half its first term there, so that nothing cancels.
"""

import math
from dataclasses import dataclass
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Bool, Float, Int

from riemlearn.errors import NoClosedForm, Status
from riemlearn.heat_kernel.arguments import full_product
from riemlearn.heat_kernel.method import HeatKernelReport, Method, input_status, then
from riemlearn.laplace_beltrami.lattice import Lattice, orthogonal_blocks

_ERROR = 2.0**-56  # what each sum may leave out, relative to its value
_MOST = 3e6  # images in the box that is searched; far fewer are kept
_ULPS = 16.0

Rows = tuple[tuple[float, ...], ...]


class Periodic(Method):
    r"""The heat kernel of the flat torus, in units of the generators of its lattice.

    .. math::
        K_t(x, y) = (4\pi t)^{-n/2} \sum_{w \in \Lambda} e^{-|x - y - w|^2 / 4t}
            = \frac{1}{\mathrm{vol}} \sum_{m \in \Lambda^*} e^{-4\pi^2 |m|^2 t} \cos 2\pi \langle m, x - y\rangle .

    A lattice that is an orthogonal sum is treated as the product it is.

    Parameters
    ----------
    generators : tuple of tuples of float
        Generators of the lattice in the rows, linearly independent.
    """

    generators: Rows = eqx.field(static=True)
    dim: int = eqx.field(static=True)

    def __init__(self, generators: Rows):
        self.generators, self.dim = generators, len(generators)

    def log_checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Logarithm of the kernel, and status."""
        status = input_status(t, x, y)
        good = status == Status.OK
        difference = jnp.where(good[..., None], y - x, 0)
        value = _log_kernel(jnp.where(good, t, 1), difference, self.generators)
        status = then(status, ~jnp.isfinite(value), Status.NOT_FINITE)
        return jnp.where(status == Status.OK, value, jnp.nan), status

    def checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Value, which may underflow where its logarithm does not; the bound is rounding in the logarithm."""
        log, status = self.log_checked(t, x, y)
        value = jnp.exp(log)
        return value, _ULPS * float(jnp.finfo(log.dtype).eps) * (1 + jnp.abs(log)) * value, status

    def log_radial(self, t: Float[Array, "*#batch"], r: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """Not defined: this kernel is no function of distance alone.

        Raises
        ------
        NoClosedForm
            Always.
        """
        raise NoClosedForm(
            "the heat kernel of a flat torus is no function of distance alone; use K(t, x, y) with two points"
        )

    def matrix(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch a n"], y: Float[Array, "*#batch b n"]
    ) -> tuple[Float[Array, "*batch a b"], Int[Array, "*batch a b"]]:
        """Values at all pairs, and status."""
        value, _, status = self.checked(t[..., None, None], x[..., :, None, :], y[..., None, :, :])
        return value, status

    def refuses(self, x: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
        """Whether points are not finite."""
        return ~jnp.all(jnp.isfinite(x), axis=-1)

    def trace(self, t: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
        """Volume times K_t(x, x)."""
        volume = abs(float(np.linalg.det(np.array(self.generators))))
        return volume * jnp.exp(_log_kernel(t, jnp.zeros((*t.shape, self.dim), t.dtype), self.generators))

    def report(self) -> HeatKernelReport:
        """What is computed here, and how far it can be trusted."""
        series = _series(self.generators)
        images, modes = sum(len(s.images) for s in series), sum(len(s.modes) for s in series)
        return HeatKernelReport(
            f"closed form on a flat torus of dimension {self.dim}",
            f"{images} images before t = {max(s.switch for s in series):.3g}, {modes} waves after",
            "proved",
            f"what is left out is below rounding; rounding was seen within {_ULPS:.0f} units in log K",
        )


@dataclass(frozen=True)
class _Series:
    """The two sums of an orthogonal summand of a lattice."""

    switch: float  # the time before which images are summed, and after which waves are
    change: Float[np.ndarray, "n m"]  # from units of the generators to reduced coordinates of the summand
    basis: Float[np.ndarray, "m m"]  # the reduced basis in orthonormal coordinates
    images: Float[np.ndarray, "p m"]  # in reduced coordinates
    modes: Float[np.ndarray, "q m"]  # of each pair +-m one, m != 0
    eigenvalues: Float[np.ndarray, " q"]


@cache
def _series(generators: Rows) -> tuple[_Series, ...]:
    """The sums of each orthogonal summand.

    Raises
    ------
    NoClosedForm
        If they have too many terms.
    """
    lattice = Lattice(np.array(generators))
    found = []
    for block in orthogonal_blocks(lattice.gram):
        basis = np.linalg.cholesky(lattice.gram[np.ix_(block, block)])
        found.append(_block_series(Lattice(basis), lattice.change[:, block]))
    return tuple(found)


def _block_series(lattice: Lattice, change: Int[np.ndarray, "n m"]) -> _Series:
    """Choose the switch, and the terms of both sums that are not negligible on their side of it.

    The switch is where the waves other than the constant sum to a half at most: theirs is the least dual length q,
    and doubling t squares each term. Of the images w in the ball in which they are searched each that is left out
    is below the error divided by their number, and those outside sum to less than it.
    """
    dual = lattice.dual
    switch = 0.5 / (4 * math.pi**2 * float(np.sum(dual.basis**2, axis=1).min()))
    while True:
        rate = 4 * math.pi**2 * switch
        waves = dual.vectors(dual.gaussian_radius(rate, _ERROR / 4))[1:]
        squares = np.sum((waves @ dual.basis) ** 2, axis=1)
        if np.exp(-rate * squares).sum() <= 0.5:
            break
        switch *= 1.1
    heavy = squares <= math.log(4 * len(squares) / _ERROR) / rate
    waves, squares = waves[heavy], squares[heavy]
    half = _one_of_each_pair(waves)
    # |f - k|^2 - |f|^2 > excess leaves a term below exp(-excess / 4t) of the largest one
    reach, rate = lattice.half_diameter, 1 / (4 * switch)
    radius = lattice.gaussian_radius(rate, _ERROR / 4 * math.exp(-rate * reach**2), shift=reach)
    count = float(np.prod(1 + 2 * radius * np.linalg.norm(lattice.dual_basis, axis=1)))
    if count > _MOST:
        raise NoClosedForm(
            f"the heat kernel of the torus would be a sum over up to {count:.0e} images, as its lattice is very long "
            "in one direction and not an orthogonal sum; its levels are known all the same"
        )
    images = lattice.near_cell(math.log(4 * count / _ERROR) / rate)
    # a wave m of the dual of the reduced basis has integer products with that basis
    products = np.rint(waves[half] @ dual.basis @ lattice.basis.T)
    return _Series(
        switch,
        (change @ lattice.change).astype(float),
        lattice.basis,
        images.astype(float),
        products,
        4 * math.pi**2 * squares[half],
    )


def _one_of_each_pair(points: Int[np.ndarray, "k n"]) -> Bool[np.ndarray, " k"]:
    """Those whose first coordinate other than zero is positive."""
    first = np.argmax(points != 0, axis=1)
    return points[np.arange(len(points)), first] > 0


@eqx.filter_jit
def _log_kernel(t: Float[Array, "*#batch"], difference: Float[Array, "*#batch n"], generators: Rows) -> Array:
    """Logarithm of the kernel at a difference of points in units of the generators."""
    wrapped = difference - jax.lax.stop_gradient(jnp.round(difference))
    total = jnp.zeros_like(t)
    for s in _series(generators):
        f = full_product(wrapped, s.change)
        f = f - jax.lax.stop_gradient(jnp.round(f))
        # each sum sees only the times for which it is meant, so that no infinity enters a derivative
        early = _log_images(jnp.minimum(t, s.switch), f, s)
        total = total + jnp.where(t < s.switch, early, _log_waves(jnp.maximum(t, s.switch), f, s))
    return total


def _log_images(t: Array, f: Array, s: _Series) -> Array:
    """Relative to |f|^2, so that what is lost in the difference of two squares is small in units of the logarithm."""
    vectors = s.images @ s.basis
    at = full_product(f, s.basis)
    gain = 2 * full_product(at, vectors.T) - jnp.asarray(np.sum(vectors**2, axis=1), f.dtype)
    n = s.images.shape[1]
    exponents = gain / (4 * t[..., None])
    return logsumexp(exponents, axis=-1) - jnp.sum(at**2, axis=-1) / (4 * t) - n / 2 * jnp.log(4 * math.pi * t)


def _log_waves(t: Array, f: Array, s: _Series) -> Array:
    waves = jnp.exp(-t[..., None] * jnp.asarray(s.eigenvalues, t.dtype)) * jnp.cos(
        2 * math.pi * full_product(f, s.modes.T)
    )
    volume = abs(float(np.linalg.det(s.basis)))
    return jnp.log1p(2 * jnp.sum(waves, axis=-1)) - math.log(volume)
