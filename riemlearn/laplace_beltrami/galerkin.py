r"""Galerkin's method on periodic charts: the generalised eigenproblem, block by block, at a resolution that suffices.

By the min-max principle every Galerkin eigenvalue lies above the true one of the same number. That it lies near one is
told by the continuous residual: :math:`-\Delta` is self-adjoint, so that within :math:`\|{-\Delta}\varphi -
\lambda\varphi\| / \|\varphi\|` of :math:`\lambda` there is a point of the spectrum (Parlett, The Symmetric Eigenvalue
Problem, theorem 4.5.1). That none is passed over is seen to by the symbol: eigenfunctions with eigenvalues up to
:math:`\lambda` live at frequencies :math:`k_i^2 \le \lambda \max g_{ii}`, which are all in the basis. Along an axis on
which the metric does not depend this is a proof, since there :math:`g^{jk} \xi_j \xi_k \ge \xi_i^2 / g_{ii}` bounds the
Rayleigh quotient of each wave from below; along others it is the usual asymptotic count.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, eigh, solve_triangular
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from riemlearn.errors import NumericError
from riemlearn.laplace_beltrami.fourier import FourierModes, grid_shape, matrices, residuals, unknowns
from riemlearn.laplace_beltrami.periodic import Box, Survey, check_concrete, sample
from riemlearn.laplace_beltrami.spectrum import Spectrum
from riemlearn.metric import Metric


def eigenpairs(
    stiffness: Float[np.ndarray, "m m"], mass: Float[np.ndarray, "m m"], count: int
) -> tuple[Float[np.ndarray, " count"], Float[np.ndarray, "count m"]]:
    """The lowest eigenpairs of a symmetric pencil, the vectors orthonormal in the mass, one a row.

    Unknowns that do not couple are solved apart: symmetries of the metric cut the problem into small ones.

    Raises
    ------
    NumericError
        If the mass is not positive definite.

    Examples
    --------
    >>> values, vectors = eigenpairs(np.diag([3.0, 1.0, 2.0]), np.eye(3), 2)
    >>> values.tolist(), vectors.tolist()
    ([1.0, 2.0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    """
    label = connected_components(csr_matrix((stiffness != 0) | (mass != 0)), directed=False)[1]
    members = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
    found = []
    for rows in members:
        window = None if len(rows) <= count else (0, count - 1)
        try:
            factor = cholesky(mass[np.ix_(rows, rows)], lower=True)
        except np.linalg.LinAlgError:
            raise NumericError(
                "spectrum: the mass matrix is not positive definite to rounding: the volume density varies over too "
                "many orders of magnitude"
            ) from None
        half = solve_triangular(factor, stiffness[np.ix_(rows, rows)], lower=True)
        # eigh's own driver for a window of a pencil takes eight times as long as this one after the reduction
        values, columns = eigh(solve_triangular(factor, half.T, lower=True), subset_by_index=window, driver="evr")
        columns = solve_triangular(factor, columns, lower=True, trans=1)
        found += [(value, rows, column) for value, column in zip(values, columns.T, strict=True)]
    found = sorted(found, key=lambda pair: pair[0])[:count]
    vectors = np.zeros((len(found), len(mass)))
    for row, (_, rows, column) in zip(vectors, found, strict=True):
        row[rows] = column * np.sign(column[np.argmax(np.abs(column))])
    return np.array([value for value, _, _ in found]), vectors


class Attempt(NamedTuple):
    """Eigenpairs at one resolution, with their residuals over the size of the eigenvalues."""

    values: Float[np.ndarray, " count"]
    modes: FourierModes
    residuals: Float[np.ndarray, " count"]
    volume: float
    relative: float
    beyond: Float[np.ndarray, " n"]

    @classmethod
    def at(cls, metric: Metric, box: Box, bands: tuple[int, ...], resolution: tuple[int, ...], count: int) -> "Attempt":
        """Assemble, solve, and look at what is left on a grid twice as fine as that of the assembly."""
        shape = grid_shape(resolution, bands)
        fine = tuple(2 * q for q in shape)
        coefficients = sample(metric, box.grid(fine)).reshaped(fine)
        coarse = tuple(slice(None, None, 2) for _ in shape)
        on_coarse = type(coefficients)(*(part[coarse] for part in coefficients))
        dtype = jnp.result_type(float)
        values, vectors = eigenpairs(*matrices(on_coarse, box, resolution, float(jnp.finfo(dtype).eps)), count)
        values = np.maximum(values, 0)  # the forms are positive by construction: a negative value is rounding
        norms, beyond = residuals(coefficients, vectors, values, box, resolution)
        volume = box.volume * float(np.mean(coefficients.density))
        scale = np.maximum(values, volume ** (-2 / len(shape)))
        return cls(
            values,
            FourierModes(jnp.asarray(vectors, dtype), resolution, box),
            norms,
            volume,
            float(np.max(norms / scale)),
            np.max(beyond / scale[:, None], axis=0),
        )


def fourier_spectrum(
    metric: Metric, count: int, tol: float | None, resolution: tuple[int, ...] | None, max_unknowns: int
) -> Spectrum:
    """The spectrum of a metric on a periodic chart; :meth:`LaplaceBeltrami.spectrum` says what the arguments mean."""
    box = Box.of(metric.chart)
    check_concrete(metric)
    eps = float(jnp.finfo(jnp.result_type(float)).eps)
    goal = math.sqrt(eps) if tol is None else tol
    survey = Survey.of(metric, box, max(goal / 100, 64 * eps))
    if resolution is None:
        attempt = _refined(metric, box, survey, count, goal, max_unknowns)
    else:
        attempt = Attempt.at(metric, box, survey.bands, resolution, count)
        if tol is not None and not attempt.relative <= tol:
            raise NumericError(
                f"spectrum: at resolution {resolution} the residuals of the first {count} pairs reach "
                f"{attempt.relative:.1e} of their eigenvalues, not tol = {tol:.1e}; leave resolution out to have it "
                "chosen, or tol to take what there is"
            )
    dtype = attempt.modes.coefficients.dtype
    return Spectrum(
        jnp.asarray(attempt.values, dtype),
        attempt.modes,
        metric.dim,
        volume=attempt.volume,
        residuals=jnp.asarray(attempt.residuals, dtype),
        method=f"Fourier Galerkin, frequencies up to {attempt.modes.resolution}, "
        f"{unknowns(attempt.modes.resolution)} unknowns",
    )


def _refined(metric: Metric, box: Box, survey: Survey, count: int, goal: float, max_unknowns: int) -> Attempt:
    """Raise the resolution of each axis until the residuals are below the goal and no eigenvalue can be missed."""
    n, resolution, attempt = metric.dim, _first_guess(box, survey, count, max_unknowns), None
    while unknowns(resolution) <= max_unknowns:
        attempt = Attempt.at(metric, box, survey.bands, resolution, count)
        least = _least(box, survey, attempt.values[-1])
        complete = all(a >= b for a, b in zip(resolution, least, strict=True))
        if attempt.relative <= goal and complete:
            return attempt
        if complete and np.linalg.norm(attempt.beyond) < attempt.relative / 2:
            break  # what is left lies within the basis, where Galerkin's solution leaves rounding only
        # the eigenfunctions' coefficients fall about as fast as those of the metric, which reach the goal at the band
        excess = np.log(np.maximum(attempt.beyond * 2 * math.sqrt(n) / goal, 1)) / math.log(1 / goal)
        steps = [
            0 if e == 0 else min(max(1, math.ceil(band * e)), max(2, now // 2))
            for e, band, now in zip(excess, survey.bands, resolution, strict=True)
        ]
        resolution = tuple(max(now + step, low) for now, step, low in zip(resolution, steps, least, strict=True))
    if attempt is None:
        raise NumericError(
            f"spectrum: {count} eigenvalues need a resolution of at least {resolution}, which has "
            f"{unknowns(resolution)} unknowns, more than max_unknowns = {max_unknowns}; raise it (time goes with its "
            "cube, memory with its square), or ask for fewer eigenvalues"
        )
    reached = f"spectrum: the residuals reached {attempt.relative:.1e} of the eigenvalues at resolution "
    reached += f"{attempt.modes.resolution}, not tol = {goal:.1e}"
    if unknowns(resolution) > max_unknowns:
        raise NumericError(
            f"{reached}; the next, {resolution}, has {unknowns(resolution)} unknowns, more than max_unknowns = "
            f"{max_unknowns}; raise it (time goes with its cube, memory with its square), ask for fewer eigenvalues, "
            "or take a coarser tol: the errors of the eigenvalues go with its square"
        )
    raise NumericError(
        f"{reached}, and what is left is rounding, which a finer basis does not cure; take a coarser tol"
    )


def _least(box: Box, survey: Survey, eigenvalue: float) -> tuple[int, ...]:
    """The highest frequency of each axis at which an eigenfunction of at most this eigenvalue can live."""
    return tuple(
        int(math.sqrt(eigenvalue * length) * period / (2 * math.pi) + 1e-9)
        for length, period in zip(survey.lengths, box.periods, strict=True)
    )


def _first_guess(box: Box, survey: Survey, count: int, max_unknowns: int) -> tuple[int, ...]:
    """Frequencies up to the eigenvalue of this number by Weyl's law, and a third of the metric's own."""
    n = len(box.periods)
    ball = math.pi ** (n / 2) / math.gamma(n / 2 + 1)
    least = _least(box, survey, 4 * math.pi**2 * (count / (ball * survey.volume)) ** (2 / n))
    while unknowns(least) < count:
        least = tuple(k + 1 for k in least)
    for share in (3, 6, 12):
        guess = tuple(k + math.ceil(band / share) for k, band in zip(least, survey.bands, strict=True))
        if unknowns(guess) <= max_unknowns:
            return guess
    return least
