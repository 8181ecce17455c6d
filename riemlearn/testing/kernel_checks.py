"""What check_manifold checks of the spectrum and the heat kernel."""

import math
from typing import Any

import numpy as np

from riemlearn.testing.diffusion import heat_equation, kernel_symmetry, mass, positivity, semigroup
from riemlearn.testing.metric_checks import DIFFERENCE_TOLERANCE
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.subject import Subject, called, known, resolved

_LEVELS = 64
_PAIRS = 6
_WEYL = 0.1  # plausibility only: the next terms of the expansion are left out
_LOCAL = ("heat symmetry", "heat positivity", "heat equation")
_GLOBAL = ("heat mass", "semigroup")


def kernel_rows(recorder: Recorder, subject: Subject) -> None:
    """All of them."""
    levels: Any = None
    kernel: Any = None
    with recorder.attempt("levels", "Weyl's law"):
        make = known(recorder, subject.manifold, "levels", "levels", "Weyl's law", "heat trace")
        if make is not None:
            levels = make(_LEVELS)
            _levels(recorder, subject, levels)
    with recorder.attempt(*_LOCAL, *_GLOBAL):
        found = known(recorder, subject.manifold, "heat_kernel", *_LOCAL, *_GLOBAL)
        if found is not None:
            kernel = called(found, "heat kernel")
            _local(recorder, subject, found, kernel)
            _global(recorder, subject, kernel)
    if levels is not None and kernel is not None:
        with recorder.attempt("heat trace"):
            _trace(recorder, subject, levels, kernel)


def _time(subject: Subject) -> float:
    """A time in which heat spreads over much of the manifold."""
    total = subject.total
    if total is None or not 0 < total < math.inf:
        return 0.3
    return total ** (2 / subject.metric.dim) / (4 * math.pi**2)


def _levels(recorder: Recorder, subject: Subject, levels: Any) -> None:
    lowest, count = float(levels.values[0]), int(levels.multiplicities[0])
    if subject.total is None or not math.isfinite(subject.total) or subject.bordered:
        recorder.skip("the manifold is not closed", "levels", "Weyl's law")
        return
    found = f"the lowest eigenvalue is {lowest:.6g}, {count} times"
    recorder.add("levels", abs(lowest) + abs(count - 1), found=found)
    n, t = subject.metric.dim, 25 / float(levels.values[-1])
    correction = t * float(np.mean(subject.geometry.scalar)) / 6  # the mean over the points stands for that in volume
    if abs(correction) > 0.3:
        recorder.skip(f"{_LEVELS} levels do not reach far enough", "Weyl's law")
        return
    ratio = (4 * math.pi * t) ** (n / 2) * float(levels.heat_trace(t)) / subject.total
    found = f"at t = {t:.3g} the sum is {ratio:.4g} volumes, expected about {1 + correction:.4g}"
    recorder.add("Weyl's law", abs(ratio - 1 - correction), tolerance=_WEYL, found=found)


def _local(recorder: Recorder, subject: Subject, source: Any, kernel: Any) -> None:
    x, y, t = subject.x, subject.partners, _time(subject)
    count = range(len(x))
    pair = [(x[i : i + 1], y[i : i + 1]) for i in count]
    recorder.add("heat symmetry", [kernel_symmetry(kernel, t, *p) for p in pair], x, y)
    recorder.add("heat positivity", [positivity(kernel, t, *p) for p in pair], x, y, tolerance=0)
    log = called(source.log, "logarithm of the heat kernel") if hasattr(source, "log") else _Log(kernel)
    errors = [heat_equation(log, subject.metric, t, *p) for p in pair]
    recorder.add("heat equation", errors, x, y, tolerance=max(recorder.tolerance, DIFFERENCE_TOLERANCE))


class _Log:
    """Logarithm of a kernel that has none of its own."""

    def __init__(self, kernel: Any):
        self.kernel = kernel

    def __call__(self, t: Any, x: Any, y: Any) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(self.kernel(t, x, y))


def _global(recorder: Recorder, subject: Subject, kernel: Any) -> None:
    if isinstance(subject.whole, str) or subject.bordered:
        recorder.skip(subject.whole if isinstance(subject.whole, str) else "the manifold has a boundary", *_GLOBAL)
        return
    t = _time(subject)
    x, y = subject.x[:_PAIRS], subject.partners[:_PAIRS]
    masses = [[mass(kernel, t, p, q.nodes, q.volume) for p in x] for q in subject.whole]
    resolved(recorder, "heat mass", masses[0], masses[1], x)
    composed = [
        [semigroup(kernel, t, 0.7 * t, a, b, q.nodes, q.volume) for a, b in zip(x, y, strict=True)]
        for q in subject.whole
    ]
    resolved(recorder, "semigroup", composed[0], composed[1], x, y)


def _trace(recorder: Recorder, subject: Subject, levels: Any, kernel: Any) -> None:
    if isinstance(subject.whole, str):
        recorder.skip(subject.whole, "heat trace")
        return
    t = max(_time(subject), 35 / float(levels.values[-1]))  # what lies above the last level is below rounding
    total = float(levels.heat_trace(t))
    traces = [float(q.volume @ kernel(t, q.nodes, q.nodes)) for q in subject.whole]
    found = f"at t = {t:.3g} the levels sum to {total:.8g}, the trace of the kernel is {traces[0]:.8g}"
    fine, coarse = (abs(trace / total - 1) for trace in traces)
    resolved(recorder, "heat trace", fine, coarse, found=found)
