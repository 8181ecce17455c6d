"""What check_manifold checks by integrals over the chart: volume, samples, Gauss-Bonnet, the Laplacian."""

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from riemlearn.testing.integrals import adjointness_fields, adjointness_miss, gauss_bonnet
from riemlearn.testing.metric_checks import contained
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.subject import Subject, known, quadratures, resolved

_SAMPLES = 1024
_STANDARD_ERRORS = 5.0  # one chance in a million


def integral_rows(recorder: Recorder, subject: Subject) -> None:
    """All of them."""
    _volume(recorder, subject)
    _samples(recorder, subject)
    _gauss_bonnet(recorder, subject)
    _self_adjoint(recorder, subject)


def _volume(recorder: Recorder, subject: Subject) -> None:
    with recorder.attempt("volume"):
        volume = known(recorder, subject.manifold, "volume", "volume")
        if volume is None:
            return
        total = float(volume)
        if isinstance(subject.whole, str) or math.isinf(total):
            recorder.skip(subject.whole if isinstance(subject.whole, str) else "the volume is infinite", "volume")
            return
        fine, coarse = (float(np.sum(q.volume)) for q in subject.whole)
        found = f"it states {total:.8g}, the integral is {fine:.8g}"
        resolved(recorder, "volume", abs(fine / total - 1), abs(coarse / total - 1), found=found)


def _samples(recorder: Recorder, subject: Subject) -> None:
    with recorder.attempt("samples"):
        sample = known(recorder, subject.manifold, "sample", "samples", "uniform samples")
        if sample is None:
            return
        x = np.asarray(sample(subject.key, _SAMPLES), np.float64)
        if x.shape != (_SAMPLES, subject.metric.dim):
            found = f"sample(key, {_SAMPLES}) has shape {x.shape}, expected {(_SAMPLES, subject.metric.dim)}"
            recorder.add("samples", 1.0, tolerance=0, found=found)
            return
        contained(recorder, "samples", subject.chart, x)
        if isinstance(subject.whole, str):
            recorder.skip(subject.whole, "uniform samples")
        elif recorder.ok("samples", "volume"):
            _uniform(recorder, subject, x)
        else:
            recorder.skip("samples or volume are wrong", "uniform samples")


def _uniform(recorder: Recorder, subject: Subject, x: Float[np.ndarray, "samples n"]) -> None:
    """Means of two functions of each coordinate, in standard errors from the integral."""
    fine = subject.whole[0]
    assert not isinstance(fine, str)
    scores = []
    for i, axis in enumerate(subject.chart.axes):
        unit = 2 * np.pi / (axis.high - axis.low)
        for wave in (np.sin, np.cos):
            seen, true = wave(unit * (x[:, i] - axis.low)), wave(unit * (fine.nodes[:, i] - axis.low))
            mean = fine.volume @ true / np.sum(fine.volume)
            scores.append(abs(np.mean(seen) - mean) / (np.std(seen) / math.sqrt(_SAMPLES)))
    found = f"in {subject.chart.names[int(np.argmax(scores)) // 2]} the samples are not uniform in volume"
    recorder.add("uniform samples", max(scores), tolerance=_STANDARD_ERRORS, found=found)


def _gauss_bonnet(recorder: Recorder, subject: Subject) -> None:
    if subject.metric.dim != 2:
        return
    ends = {end for axis in subject.chart.axes if axis.kind != "periodic" for end in axis.ends}
    if isinstance(subject.whole, str) or ends - {"pole"}:
        recorder.skip("the chart does not say that the surface is closed", "Gauss-Bonnet")
        return
    with recorder.attempt("Gauss-Bonnet"):
        stated = getattr(subject.manifold, "euler_characteristic", None)
        first = gauss_bonnet(subject.metric, 0 if stated is None else stated)
        miss = first.miss if stated is not None else abs(first.value - round(first.value))
        found = f"the integral of K dA over 2 pi is {first.value:.6g}"
        resolved(recorder, "Gauss-Bonnet", miss, miss + first.estimate, found=found)


def _self_adjoint(recorder: Recorder, subject: Subject) -> None:
    with recorder.attempt("self-adjoint"):
        pair = quadratures(subject.metric, subject.box)
        if isinstance(pair, str):
            recorder.skip(pair, "self-adjoint")
            return
        laplacian = getattr(subject.manifold, "laplacian", None)
        f, h = _bump(subject, 1.0), _bump(subject, 2.0)
        fields = adjointness_fields(subject.metric, f, h, laplacian)
        fine, coarse = (adjointness_miss(fields(q.nodes), q.volume) for q in pair)
        resolved(recorder, "self-adjoint", fine, coarse)


def _bump(subject: Subject, phase: float) -> Callable[[Any], Any]:
    """A smooth function: waves on periodic axes, zero to fourth order at the ends of the box on the others."""
    low, width, kinds = subject.box[0], subject.width, [axis.kind for axis in subject.chart.axes]

    def value(x: Any) -> Any:
        total, window = jnp.ones_like(x[0]), jnp.ones_like(x[0])
        for i, kind in enumerate(kinds):
            s = (x[i] - low[i]) / width[i]
            if kind == "periodic":
                total = total + 0.5 * jnp.sin(2 * np.pi * s + phase + i)
            else:
                window, total = window * (4 * s * (1 - s)) ** 4, total + 0.5 * phase * s
        return window * total

    return value
