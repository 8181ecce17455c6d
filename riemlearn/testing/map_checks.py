"""What check_manifold checks of distance, exponential map and logarithm."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from riemlearn.testing.differences import OFFSETS, SECOND_STEP, first, second
from riemlearn.testing.distances import coordinate_difference, distance_axioms, eikonal, geodesic_equation, log_of_exp
from riemlearn.testing.metric_checks import DIFFERENCE_TOLERANCE
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.subject import Subject, called, known

_DISTANCE = ("distance symmetric", "distance zero", "distance periodic", "triangle inequality", "eikonal")


def map_rows(recorder: Recorder, subject: Subject) -> None:
    """All of them."""
    n = subject.metric.dim
    works: dict[str, Any] = {"distance": None, "exp": None, "log": None}  # what raised is used for nothing else
    with recorder.attempt(*_DISTANCE):
        distance = known(recorder, subject.manifold, "distance", *_DISTANCE)
        if distance is not None:
            distance = called(distance, "distance")
            _distance(recorder, subject, distance)
            works["distance"] = distance
    with recorder.attempt("geodesic equation"):
        exp = known(recorder, subject.manifold, "exp", "geodesic equation")
        if exp is not None:
            exp = called(exp, "exp", (n,))
            _geodesic(recorder, subject, exp)
            works["exp"] = exp
    with recorder.attempt("length of log"):
        log = known(recorder, subject.manifold, "log", "length of log")
        if log is not None:
            log = called(log, "log", (n,))
            _length(recorder, subject, log, works["distance"])
            works["log"] = log
    if works["exp"] is None or works["log"] is None:
        recorder.skip("exp and log are not both there, or one of them raised", "log of exp", "exp of log")
        return
    with recorder.attempt("log of exp", "exp of log"):
        _inverse(recorder, subject, **works)


def _distance(recorder: Recorder, subject: Subject, distance: Any) -> None:
    x, y, z = subject.x, subject.partners, np.roll(subject.x, 2, axis=0)
    axioms = [distance_axioms(distance, x[i : i + 1], y[i : i + 1], z[i : i + 1]) for i in range(len(x))]
    recorder.add("distance symmetric", [a["symmetry"] for a in axioms], x, y)
    recorder.add("distance zero", [a["identity"] for a in axioms], x)
    recorder.add("triangle inequality", [a["triangle"] for a in axioms], x, y, z)
    shifts = np.diag([a.high - a.low if a.kind == "periodic" else 0.0 for a in subject.chart.axes])
    shifts = shifts[np.any(shifts != 0, axis=1)]
    if len(shifts):
        errors = np.max([distance(x, x + shift) for shift in shifts], axis=0)
        recorder.add("distance periodic", errors / np.maximum(distance(x, y), 1e-300), x)
    near = subject.near
    errors = [eikonal(distance, subject.metric, x[i : i + 1], near[i : i + 1]) for i in range(len(x))]
    recorder.add("eikonal", errors, x, near, tolerance=max(recorder.tolerance, DIFFERENCE_TOLERANCE))


def _geodesic(recorder: Recorder, subject: Subject, exp: Any) -> None:
    """Curves t -> exp(x, t v) at t = 0, where the velocity is v, and their acceleration there and further on."""
    x, v = subject.x, _vectors(subject)
    found = []
    for t in (0.0, 0.5):
        times = t + SECOND_STEP * OFFSETS
        centre = exp(x, t * v)
        curve = exp(np.repeat(x, 6, axis=0), (times[:, None] * v[:, None, :]).reshape(-1, v.shape[1]))
        curve = coordinate_difference(subject.chart, curve.reshape(len(x), 6, -1), centre[:, None, :])
        step = np.full((len(x), 1), SECOND_STEP)
        velocity = first(curve[:, None], step)[..., 0]
        along = [second(np.zeros(len(x)), curve[:, None, :, i], step)[:, 0, 0] for i in range(v.shape[1])]
        gamma = np.asarray(subject.connection.christoffel(centre))
        found.append([geodesic_equation(*at) for at in zip(velocity, np.stack(along, -1), gamma, strict=True)])
        if t == 0:
            found.append(list(np.linalg.norm(velocity - v, axis=1) / np.linalg.norm(v, axis=1)))
            found.append(list(np.linalg.norm(coordinate_difference(subject.chart, centre, x), axis=1)))
    tolerance = max(recorder.tolerance, DIFFERENCE_TOLERANCE)
    recorder.add("geodesic equation", np.max(found, axis=0), x, tolerance=tolerance)


def _length(recorder: Recorder, subject: Subject, log: Any, distance: Any) -> None:
    v = log(subject.x, subject.near)
    if distance is None:
        recorder.skip("there is no distance to compare with", "length of log")
        return
    length = np.sqrt(np.einsum("xij,xi,xj->x", subject.geometry.metric, v, v))
    d = distance(subject.x, subject.near)
    found = [f"|log| = {a:.6g}, d = {b:.6g}" for a, b in zip(length, d, strict=True)]
    recorder.add("length of log", np.abs(length - d) / np.where(d == 0, 1, d), subject.x, subject.near, found=found)


def _inverse(recorder: Recorder, subject: Subject, distance: Any, exp: Any, log: Any) -> None:
    x, y, v = subject.x, subject.near, _vectors(subject)
    count = range(len(x))
    recorder.add("log of exp", [log_of_exp(exp, log, x[i : i + 1], v[i : i + 1]) for i in count], x)
    end = exp(x, log(x, y))
    miss = np.linalg.norm(coordinate_difference(subject.chart, end, y), axis=1)
    errors = miss / np.linalg.norm(y - x, axis=1)
    if distance is not None:  # the same point may have other coordinates
        apart = distance(x, y)
        errors = np.where(apart > 0, np.fmin(errors, distance(end, y) / np.where(apart > 0, apart, 1)), errors)
    found = [f"exp(x, log(x, y)) = {np.round(p, 5).tolist()}" for p in end]
    recorder.add("exp of log", errors, x, y, found=found)


def _vectors(subject: Subject) -> Float[np.ndarray, "points n"]:
    """Tangent vectors that are short against the box."""
    shape = subject.x.shape
    return np.asarray(jax.random.uniform(subject.key, shape, np.float64, -0.15, 0.15)) * subject.width
