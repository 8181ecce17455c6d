r"""The Fourier basis on a periodic box: matrices of the weak form, eigenfunctions, and their continuous residuals.

The basis of resolution :math:`(N_1, \dots, N_n)` is real and orthonormal in the coordinates: with
:math:`\theta_i = 2\pi (x^i - \mathrm{low}_i) / P_i` the constant 1, then :math:`\sqrt2 \cos(k \cdot \theta)`, then
:math:`\sqrt2 \sin(k \cdot \theta)`, for one of each pair :math:`\pm k` of integer wave vectors with :math:`|k_i| \le
N_i`, all divided by the root of the box's coordinate volume. An integral of a coefficient times two of them is a sum of
its Fourier coefficients at :math:`k - l` and :math:`k + l`, so that every matrix is gathered from one FFT (Boyd,
Chebyshev and Fourier Spectral Methods, 2nd ed. 2001, chapters 3 and 4).
"""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int
from numpy import fft

from riemlearn.laplace_beltrami.periodic import Box, Coefficients

_ROUNDING = 32.0  # in units of the last place: what a sampled coefficient and its transform may leave instead of zero
_PORTION = 2**21  # values of eigenfunctions held at once


def half_lattice(resolution: tuple[int, ...]) -> Int[np.ndarray, "half n"]:
    """Zero, then one of each pair of opposite wave vectors with components up to the resolution."""
    box = np.indices([2 * n + 1 for n in resolution]).reshape(len(resolution), -1).T - np.array(resolution)
    return box[len(box) // 2 :]


def unknowns(resolution: tuple[int, ...]) -> int:
    """How many basis functions there are."""
    return math.prod(2 * n + 1 for n in resolution)


def grid_shape(resolution: tuple[int, ...], bands: tuple[int, ...]) -> tuple[int, ...]:
    """A grid on which the integrals of two basis functions times coefficients of given bands are exact."""
    return tuple(2 * n + band + 1 for n, band in zip(resolution, bands, strict=True))


class FourierModes(eqx.Module):
    """Functions in the Fourier basis, from one point of shape (n,) to their values; a pytree."""

    coefficients: Float[Array, "count unknowns"]
    resolution: tuple[int, ...] = eqx.field(static=True)
    box: Box = eqx.field(static=True)

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " count"]:
        """Values at one point, which may be anywhere on the line."""
        turns = (x - jnp.asarray(self.box.low, x.dtype)) / jnp.asarray(self.box.periods, x.dtype)
        turns = turns - jnp.floor(turns)
        waves = jnp.asarray(half_lattice(self.resolution)[1:], x.dtype)
        phases = 2 * math.pi * jnp.sum(waves * turns, axis=-1)
        basis = math.sqrt(2) * jnp.concatenate([jnp.cos(phases), jnp.sin(phases)])
        basis = jnp.concatenate([jnp.ones(1, x.dtype), basis]) / math.sqrt(self.box.volume)
        return jnp.matmul(self.coefficients.astype(x.dtype), basis, precision="highest")


def matrices(
    coefficients: Coefficients, box: Box, resolution: tuple[int, ...], eps: float
) -> tuple[Float[np.ndarray, "unknowns unknowns"], Float[np.ndarray, "unknowns unknowns"]]:
    r"""Stiffness and mass, with zeros where the coefficients vanish up to rounding.

    They are :math:`\int \sqrt{g} g^{ij} \partial_i \varphi_a \partial_j \varphi_b` and :math:`\int \sqrt{g} \varphi_a
    \varphi_b`.

    Parameters
    ----------
    coefficients : Coefficients
        On a grid of the box.
    box, resolution
        The basis.
    eps : float
        Unit of the last place of the type in which the coefficients were computed.
    """
    shape, n = coefficients.density.shape, len(resolution)
    lattice = half_lattice(resolution)
    strides = np.array([math.prod(shape[i + 1 :]) for i in range(n)])
    difference, total = (((lattice[:, None] + sign * lattice[None]) % np.array(shape)) @ strides for sign in (-1, 1))
    scale = np.sqrt(np.mean(np.diagonal(coefficients.stiffness, axis1=-2, axis2=-1), axis=tuple(range(n))))
    waves = 2 * math.pi * lattice / np.array(box.periods)

    density = _transform(coefficients.density, _ROUNDING * eps * float(np.mean(coefficients.density)))
    mass = _real_form(density[difference], density[total])
    minus, plus = np.zeros((2, len(lattice), len(lattice)), dtype=complex)
    for i in range(n):
        for j in range(i, n):
            wave = _transform(coefficients.stiffness[..., i, j], _ROUNDING * eps * scale[i] * scale[j])
            factor = np.outer(waves[:, i], waves[:, j])
            factor = factor if i == j else factor + factor.T
            minus, plus = minus + factor * wave[difference], plus - factor * wave[total]
    return _real_form(minus, plus), mass


def _transform(values: Float[np.ndarray, "..."], negligible: float) -> Complex[np.ndarray, " points"]:
    """Fourier coefficients, flat; those of rounding are exactly zero, so that what decouples is seen to."""
    waves = fft.fftn(values).ravel() / values.size
    return np.where(np.abs(waves) > negligible, waves, 0)


def _real_form(
    minus: Complex[np.ndarray, "half half"], plus: Complex[np.ndarray, "half half"]
) -> Float[np.ndarray, "unknowns unknowns"]:
    """A Hermitian form on exponentials, given at (k, l) and (k, -l), in the basis of cosines and sines."""
    cosines, sines = np.real(minus + plus), np.real(minus - plus)
    mixed = np.imag(minus - plus)[:, 1:]
    form = np.block([[cosines, mixed], [mixed.T, sines[1:, 1:]]])
    form[0] /= math.sqrt(2)  # the constant stands for cos(0) without its factor
    form[:, 0] /= math.sqrt(2)
    return form


def residuals(
    coefficients: Coefficients,
    vectors: Float[np.ndarray, "count unknowns"],
    eigenvalues: Float[np.ndarray, " count"],
    box: Box,
    resolution: tuple[int, ...],
) -> tuple[Float[np.ndarray, " count"], Float[np.ndarray, "count n"]]:
    r"""Norms of :math:`-\Delta\varphi - \lambda\varphi` in :math:`L^2(d\mathrm{vol})`, and where they come from.

    The operator is the strong one: the flux :math:`\sqrt{g} g^{ij} \partial_j \varphi` on the grid is differentiated
    by FFT. Of what a Galerkin solution leaves, next to nothing lies within its basis; the part beyond it along an axis
    tells which resolution is too low.

    Parameters
    ----------
    coefficients : Coefficients
        On a grid of the box, finer than that of the assembly.
    vectors, eigenvalues : array
        The functions in the basis, one a row, and their eigenvalues.
    box, resolution
        The basis.

    Returns
    -------
    norms : array of shape (count,)
        The residuals.
    beyond : array of shape (count, n)
        Their parts at frequencies above the resolution of each axis.
    """
    shape, n = coefficients.density.shape, len(resolution)
    axes = tuple(range(1, n + 1))
    lattice = half_lattice(resolution)
    places = tuple((lattice % np.array(shape)).T)
    numbers = [fft.fftfreq(q, 1 / q) for q in shape[:-1]] + [fft.rfftfreq(shape[-1], 1 / shape[-1])]
    outside = [np.abs(k) > limit for k, limit in zip(numbers, resolution, strict=True)]
    derivative = [1j * 2 * math.pi / p * k for k, p in zip(numbers, box.periods, strict=True)]
    waves = 2j * math.pi * lattice / np.array(box.periods)

    half = len(lattice)
    amplitudes = np.concatenate([vectors[:, :1] / math.sqrt(2), vectors[:, 1:half] - 1j * vectors[:, half:]], axis=1)
    amplitudes = amplitudes * math.sqrt(2 / box.volume)
    cell = box.volume / math.prod(shape)
    norms, beyond = [], []
    step = max(1, _PORTION // math.prod(shape))
    for start in range(0, len(vectors), step):
        block, values = amplitudes[start : start + step], eigenvalues[start : start + step]

        def on_grid(heights: Complex[np.ndarray, "count half"]) -> Float[np.ndarray, "count ..."]:
            spectrum = np.zeros((len(heights), *shape), dtype=complex)
            spectrum[(slice(None), *places)] = heights
            return np.real(fft.ifftn(spectrum, axes=axes, norm="forward"))

        gradients = [on_grid(block * waves[:, j]) for j in range(n)]
        left = fft.rfftn(on_grid(block) * coefficients.density, axes=axes)
        left = left * -values.reshape((-1,) + (1,) * n)
        for i in range(n):
            flux = sum(coefficients.stiffness[..., i, j] * gradients[j] for j in range(n))
            left = left - fft.rfftn(flux, axes=axes) * _along(derivative[i], i, n)
        energy = np.abs(left) ** 2
        parts = [np.sum(energy * _along(outside[i], i, n), axis=axes) for i in range(n)]
        remainder = fft.irfftn(left, s=shape, axes=axes)
        norm = np.sqrt(cell * np.sum(remainder**2 / coefficients.density, axis=axes))
        total = np.sum(energy, axis=axes)
        norms.append(norm)
        beyond.append(norm[:, None] * np.sqrt(np.stack(parts, axis=-1) / np.where(total > 0, total, 1)[:, None]))
    return np.concatenate(norms), np.concatenate(beyond)


def _along(values: np.ndarray, axis: int, n: int) -> np.ndarray:
    """A vector as an array that varies along one of n axes after a leading one."""
    return values.reshape((1,) * (axis + 1) + (-1,) + (1,) * (n - axis - 1))
