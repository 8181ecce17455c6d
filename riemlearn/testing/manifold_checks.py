"""check_manifold: all that a manifold of your own says of itself, against what must hold."""

from itertools import product
from typing import Any

import jax
import numpy as np
import sympy as sp
from jaxtyping import Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.connection import Connection
from riemlearn.errors import MetricError, UnboundParameter
from riemlearn.testing.integral_checks import integral_rows
from riemlearn.testing.interior import Box, inside, interior_box
from riemlearn.testing.kernel_checks import kernel_rows
from riemlearn.testing.local import Geometry
from riemlearn.testing.map_checks import map_rows
from riemlearn.testing.measure import norm
from riemlearn.testing.metric_checks import (
    POINTS,
    TOLERANCE,
    as_metric,
    chosen_points,
    metric_rows,
    require_double,
    skip_rest,
)
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.report import CheckReport
from riemlearn.testing.subject import Subject, known, quadratures

_TITLE = 60  # letters; what needs more to represent itself is called by its type


def check_manifold(
    manifold: Any, key: PRNGKeyArray, *, points: Any = POINTS, tolerance: float = TOLERANCE
) -> CheckReport:
    r"""Check all that a manifold says of itself, and say what fails, by how much and where.

    What :func:`check_metric` checks of its metric and embedding, and: patch and samples (inside the chart, uniform in
    volume); the published curvature; volume; Gauss-Bonnet; Laplacian; distance, exp and log; levels and heat kernel.

    Parameters
    ----------
    manifold : object
        Anything with a ``metric``, such as a :class:`~riemlearn.manifolds.Manifold`.  What is checked if it is there:
        ``dim``, ``embedding``, ``curvature``, ``volume``, ``patch``, ``sample``, ``connection``,
        ``laplacian``, ``euler_characteristic``, ``distance``, ``exp``, ``log``, ``levels``, ``heat_kernel``.  What it
        does not have, or what raises :class:`~riemlearn.errors.NoClosedForm`, is listed as not checked.
    key : PRNG key
        For the random points.
    points : int or array of shape (count, n)
        How many random points of the patch, or the points.
    tolerance : float
        The largest relative error that passes; 1e-6 at least where derivatives are taken by differences, ten times
        the estimated error of an integral where one is taken.

    Raises
    ------
    MetricError
        If it has no metric.
    ShapeError
        If the points have the wrong shape.
    NumericError
        If JAX computes in 32 bits.

    Examples
    --------
    >>> import jax
    >>> from riemlearn.manifolds import Euclidean
    >>> report = check_manifold(Euclidean(2), jax.random.key(0))
    >>> report.passed, report["eikonal"].error < 1e-9
    (True, True)
    """
    require_double("check_manifold")
    if not hasattr(type(manifold), "metric") and not hasattr(manifold, "metric"):
        raise MetricError(f"check_manifold: {type(manifold).__name__} has no metric")
    recorder = Recorder(tolerance)
    title = repr(manifold)
    title = title if len(title) < _TITLE and "\n" not in title else type(manifold).__name__
    dim = getattr(manifold, "dim", None)
    g = as_metric(recorder, manifold.metric, dim, getattr(manifold, "chart", None))
    if g is None:
        skip_rest(recorder, False)
        return recorder.report(title)
    for_points, for_rest = jax.random.split(key)
    box = _patch(recorder, manifold, g.chart)
    x = chosen_points(recorder, g.chart, for_points, points, box)
    connection = getattr(manifold, "connection", None)
    embedding: Any = None
    with recorder.attempt("isometry"):
        embedding = known(recorder, manifold, "embedding", "isometry")
    connection = Connection(g) if connection is None else connection
    at = metric_rows(recorder, g, x, connection, embedding)
    if at is not None:
        _published(recorder, manifold, g.chart, at)
        subject = Subject(manifold, g, connection, at, box, for_rest, quadratures(g))
        integral_rows(recorder, subject)
        map_rows(recorder, subject)
        kernel_rows(recorder, subject)
    return recorder.report(title)


def _patch(recorder: Recorder, manifold: Any, chart: Chart) -> Box:
    """The patch of a manifold, if it is a box in the chart; else a box that is."""
    with recorder.attempt("patch"):
        patch = known(recorder, manifold, "patch", "patch")
        if patch is not None:
            low, high = (np.asarray(corner, np.float64) for corner in patch)
            if low.shape != (chart.dim,) or high.shape != (chart.dim,) or not np.all(low < high):
                found = f"the corners are {low.tolist()} and {high.tolist()}, the chart has {chart.dim} coordinates"
                recorder.add("patch", 1.0, tolerance=0, found=found)
            else:
                steps = np.array(list(product((0.0, 0.5, 1.0), repeat=min(chart.dim, 6))))
                steps = np.concatenate([steps, np.full((len(steps), chart.dim - steps.shape[1]), 0.5)], axis=1)
                corners = low + steps * (high - low)
                out = ~np.asarray(inside(chart, corners))
                found = [chart.describe_outside(c.tolist()) for c in corners]
                if recorder.add("patch", out, corners, tolerance=0, found=found):
                    return low, high
    return interior_box(chart)


def _published(recorder: Recorder, manifold: Any, chart: Chart, at: Geometry) -> None:
    """The curvature that is stated against the one that is computed."""
    name = "published curvature"
    with recorder.attempt(name):
        stated = known(recorder, manifold, "curvature", name)
        if stated is None:
            return
        g, size = at.metric, np.where(at.terms == 0, 1, at.terms)
        traced = norm(np.linalg.inv(g), 2) * size
        errors, found = [], []
        scalar = _evaluated(stated.scalar, chart, at.x)
        errors.append(np.abs(at.scalar - scalar) / np.maximum(np.maximum(np.abs(scalar), traced), 1e-300))
        found = [
            f"it states the scalar curvature {a:.6g}, computed {b:.6g}" for a, b in zip(scalar, at.scalar, strict=True)
        ]
        if stated.einstein is not None:
            factor = _evaluated(stated.einstein, chart, at.x)[:, None, None]
            errors.append(norm(at.ricci - factor * g, 2) / (size + norm(at.ricci, 2)))
        if stated.sectional is not None:
            k = _evaluated(stated.sectional, chart, at.x)[:, None, None, None, None]
            square = np.einsum("xik,xjl->xijkl", g, g) - np.einsum("xil,xjk->xijkl", g, g)
            errors.append(norm(at.lower - k * square, 4) / (norm(g, 2) * size + norm(at.lower, 4)))
        recorder.add(name, np.max(errors, axis=0), at.x, found=found)


def _evaluated(expression: Any, chart: Chart, x: Float[np.ndarray, "points n"]) -> Float[np.ndarray, " points"]:
    """Values of an expression in the coordinates."""
    e = sp.S.Zero + expression
    strangers = sorted(s.name for s in e.free_symbols if s.name not in chart.names)
    if strangers:
        raise UnboundParameter(f"{', '.join(strangers)} in the stated curvature is no coordinate")
    places = {s: chart.names.index(s.name) for s in e.free_symbols}
    return np.array([float(e.evalf(30, subs={s: sp.Float(float(p[i]), 30) for s, i in places.items()})) for p in x])
