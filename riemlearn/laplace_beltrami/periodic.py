r"""Metrics on charts whose axes are all periodic: what a Galerkin method asks of them, at points and on grids.

The weak form of :math:`-\Delta` needs :math:`\sqrt{g}` and :math:`\sqrt{g}\, g^{ij}` only. They come from the metric's
orthonormal frame, so that no metric is inverted, and a degenerate one is refused with the point.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.errors import ChartError, MetricError, NumericError
from riemlearn.metric import Metric
from riemlearn.metric.numeric import NumericMetric
from riemlearn.tensor_field.evaluation import evaluate, raise_failures, with_input_checked

_PORTION = 4096  # points a call: one compilation serves every grid
_LINES = 8  # lines along each axis on which the metric is surveyed
_SAMPLES = (243, 729, 2187)  # points of a line; odd, so that no power of two can hide between them
_GRID_LIMIT = 2**22


class Box(NamedTuple):
    """The fundamental box of a periodic chart.

    Attributes
    ----------
    low, periods : tuple of float
        Where it begins, and its lengths.
    """

    low: tuple[float, ...]
    periods: tuple[float, ...]

    @classmethod
    def of(cls, chart: Chart) -> "Box":
        """The box of a chart.

        Raises
        ------
        ChartError
            If an axis is not periodic, or a condition cuts a region out of the box.
        """
        for name, axis in zip(chart.names, chart.axes, strict=True):
            if axis.kind != "periodic":
                raise ChartError(
                    f"spectrum: {name} lives in {axis}, and today every axis must be periodic (rl.periodic(period)); "
                    "for a space with a closed form, manifold.levels(count) gives the eigenvalues of any chart"
                )
        if chart.region is not None:
            raise ChartError(f"spectrum: the chart is cut out by {chart.region.description}, so that it is not closed")
        return cls(tuple(axis.low for axis in chart.axes), tuple(axis.high - axis.low for axis in chart.axes))

    @property
    def volume(self) -> float:
        """The coordinate volume."""
        return math.prod(self.periods)

    def points(self, fractions: Float[np.ndarray, "*batch n"]) -> Float[np.ndarray, "*batch n"]:
        """Points at given fractions of the periods."""
        return np.asarray(self.low) + np.asarray(self.periods) * fractions

    def grid(self, shape: tuple[int, ...]) -> Float[np.ndarray, "points n"]:
        """A uniform grid, one row a point.

        Raises
        ------
        NumericError
            If it has too many points.
        """
        if math.prod(shape) > _GRID_LIMIT:
            raise NumericError(
                f"spectrum: a grid of {' x '.join(map(str, shape))} points is beyond the limit of {_GRID_LIMIT}; "
                "ask for fewer eigenvalues or a coarser tol"
            )
        axes = np.meshgrid(*[np.arange(q) / q for q in shape], indexing="ij")
        return self.points(np.stack([a.ravel() for a in axes], axis=-1))


class Coefficients(NamedTuple):
    r"""What the weak form needs of a metric.

    Attributes
    ----------
    density : array of shape (...)
        :math:`\sqrt{g}`.
    stiffness : array of shape (..., n, n)
        :math:`\sqrt{g}\, g^{ij}`.
    lengths : array of shape (..., n)
        :math:`g_{ii}`, the squared lengths of the coordinate vectors.
    """

    density: Float[np.ndarray, "*batch"]
    stiffness: Float[np.ndarray, "*batch n n"]
    lengths: Float[np.ndarray, "*batch n"]

    def reshaped(self, shape: tuple[int, ...]) -> "Coefficients":
        """The same with other leading axes."""
        n = self.lengths.shape[-1]
        return Coefficients(
            self.density.reshape(shape), self.stiffness.reshape((*shape, n, n)), self.lengths.reshape((*shape, n))
        )

    def flat(self) -> Float[np.ndarray, "*batch c"]:
        """The density and the stiffness as columns, each over its size; an off-diagonal entry has that of its axes."""
        batch, n = self.density.shape, self.lengths.shape[-1]
        axes = tuple(range(len(batch)))
        diagonal = np.sqrt(np.max(np.diagonal(self.stiffness, axis1=-2, axis2=-1), axis=axes))
        scaled = self.stiffness / (diagonal[:, None] * diagonal)
        density = self.density[..., None] / np.max(self.density)
        return np.concatenate([density, scaled.reshape((*batch, n * n))], axis=-1)


def sample(metric: Metric, points: Float[np.ndarray, "points n"]) -> Coefficients:
    """The coefficients at points, computed in the default floating type and returned in 64 bits.

    Raises
    ------
    MetricError, NumericError
        If the metric fails at a point, whatever its ``on_degenerate``: an integral needs all of them.
    UnboundParameter
        If a parameter has no value.
    """
    source = metric if isinstance(metric, NumericMetric) else metric.numeric()
    count, n = points.shape
    padded = np.concatenate([points, np.repeat(points[-1:], -count % _PORTION, axis=0)])
    values = []
    for start in range(0, count, _PORTION):
        x = jnp.asarray(padded[start : start + _PORTION], dtype=jnp.result_type(float))
        value, status = evaluate(_coefficients, source, x)
        raise_failures(status[: count - start], x[: count - start], "spectrum: the metric", source.explain)
        values.append(np.asarray(value, dtype=np.float64))
    table = np.concatenate(values)[:count]
    stiffness = table[:, 1 + n :].reshape(count, n, n)
    return Coefficients(table[:, 0], stiffness, table[:, 1 : 1 + n])


def _coefficients(metric: NumericMetric, x: Float[Array, " n"]) -> tuple[Float[Array, " c"], Int[Array, ""]]:
    matrix, frame = metric.matrix_and_frame(x)
    density = frame.volume_density
    value = jnp.concatenate([density[None], jnp.diagonal(matrix), (density * frame.inverse()).ravel()])
    return with_input_checked(metric.chart, x, value, frame.status)


class Survey(NamedTuple):
    """What is known of a metric before the first eigenproblem.

    Attributes
    ----------
    bands : tuple of int
        For each axis the highest frequency at which the coefficients are not negligible; zero if they do not depend
        on it.
    lengths : array of shape (n,)
        The greatest squared length of each coordinate vector.
    volume : float
        Rough total volume.
    """

    bands: tuple[int, ...]
    lengths: Float[np.ndarray, " n"]
    volume: float

    @classmethod
    def of(cls, metric: Metric, box: Box, negligible: float) -> "Survey":
        """Sample a metric along lines parallel to each axis.

        Raises
        ------
        ChartError
            If the metric is not periodic.
        NumericError
            If its Fourier coefficients do not fall below ``negligible``.
        """
        n = len(box.periods)
        bands, lengths, means = [], [], []
        for axis in range(n):
            for samples in _SAMPLES:
                found = sample(metric, box.points(_lines(n, axis, samples)).reshape(-1, n))
                if samples == _SAMPLES[0]:
                    _check_periodic(metric, box, axis, found)
                waves = np.fft.rfft(found.flat().reshape(_LINES, samples, -1), axis=1) / samples
                heights = np.max(np.abs(waves), axis=(0, 2))
                band = int(np.flatnonzero(heights > negligible)[-1])
                if band <= samples // 3 and _between(metric, box, axis, found) <= 10 * negligible:
                    break
            else:
                raise NumericError(
                    f"spectrum: along {metric.chart.names[axis]} the metric's Fourier coefficients are not below "
                    f"{negligible:.1e} of the largest by frequency {_SAMPLES[-1] // 3}: it has a kink or a jump there, "
                    "or features too fine; a coarser tol needs fewer frequencies"
                )
            bands.append(band)
            lengths.append(np.max(found.lengths, axis=0))
            means.append(np.mean(found.density))
        return cls(tuple(bands), np.max(lengths, axis=0), float(np.mean(means)) * box.volume)


def _lines(n: int, axis: int, samples: int) -> Float[np.ndarray, "lines samples n"]:
    """Fractions along lines parallel to an axis, through points that fill the box evenly (Kronecker's sequence)."""
    root = 1.5
    for _ in range(60):  # the positive root of r^(n + 1) = r + 1
        root = (1 + root) ** (1 / (n + 1))
    base = (0.5 + np.arange(1, _LINES + 1)[:, None] * root ** -np.arange(1.0, n + 1)) % 1
    lines = np.repeat(base[:, None], samples, axis=1)
    lines[:, :, axis] = np.arange(samples) / samples
    return lines


def _between(metric: Metric, box: Box, axis: int, found: Coefficients) -> float:
    """How much the trigonometric interpolant along an axis misses the metric between its samples.

    A frequency that the samples mistake for a lower one is found out here.
    """
    n, samples = len(box.periods), len(found.density) // _LINES
    offset = 0.382  # of a step
    points = box.points(_lines(n, axis, samples) + offset / samples * np.eye(n)[axis]).reshape(-1, n)
    both = _stacked(found, sample(metric, points))
    lines = both.reshape(2, _LINES, samples, -1)
    shift = np.exp(2j * math.pi * offset * np.fft.rfftfreq(samples))
    interpolant = np.fft.irfft(np.fft.rfft(lines[0], axis=1) * shift[:, None], samples, axis=1)
    return float(np.max(np.abs(interpolant - lines[1])))


def _stacked(one: Coefficients, other: Coefficients) -> Float[np.ndarray, "2 points c"]:
    """Two sets of coefficients over the same sizes."""
    return Coefficients(*(np.stack(pair) for pair in zip(one, other, strict=True))).flat()


def _check_periodic(metric: Metric, box: Box, axis: int, found: Coefficients) -> None:
    """Refuse a metric whose values one period further along an axis differ by more than rounding may explain."""
    n, period = len(box.periods), box.periods[axis]
    points = box.points(_lines(n, axis, _SAMPLES[0])).reshape(-1, n)
    further = sample(metric, points + period * np.eye(n)[axis])
    both = _stacked(found, further)
    gaps = np.max(np.abs(both[0] - both[1]), axis=-1)
    worst = int(np.argmax(gaps))
    if gaps[worst] > math.sqrt(jnp.finfo(jnp.result_type(float)).eps):
        name = metric.chart.names[axis]
        where = ", ".join(f"{v:.6g}" for v in points[worst])
        raise ChartError(
            f"spectrum: the metric is not periodic in {name}: at x = ({where}) and one period, {period:.6g}, further "
            f"along {name} it differs by {gaps[worst]:.2g} of its largest value; correct the period of the chart, or "
            "make the map periodic, as a function of the cosine and sine of the coordinate is"
        )


def check_concrete(metric: Metric) -> None:
    """Refuse a metric that is being traced, whose eigenproblem cannot be solved.

    Raises
    ------
    MetricError
        If one of its leaves is a tracer.
    """
    if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(metric)):
        raise MetricError(
            "spectrum: the metric is traced by jit, vmap or grad, but the resolution depends on its values and the "
            "eigenproblem is solved outside JAX; call spectrum eagerly, its eigenfunctions can be traced"
        )
