"""check_metric: a metric of your own against everything that must hold for any metric."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.connection import Connection
from riemlearn.errors import MetricError, NumericError, ShapeError
from riemlearn.metric import Metric
from riemlearn.testing.differential import contracted_bianchi, curvature_definition, second_bianchi
from riemlearn.testing.embedded import codazzi_equation, gauss_equation, isometry
from riemlearn.testing.interior import Box, inside, interior_box, random_points
from riemlearn.testing.invariants import metric_compatibility, riemann_symmetries, torsion
from riemlearn.testing.local import (
    Geometry,
    autodiff_fields,
    batched,
    differentiated,
    embedding_fields,
    geometry_at,
    own_fields,
)
from riemlearn.testing.measure import norm
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.report import CheckReport
from riemlearn.verify.norms import relative_error

DIFFERENCE_TOLERANCE = 1e-6  # what is judged by differences cannot be judged more sharply
TOLERANCE, POINTS = 1e-8, 16

_BASICS = ("shape", "finite", "symmetric", "signature")
_CURVATURE = (
    "volume density",
    "metric compatibility",
    "torsion",
    "definition of curvature",
    "Riemann symmetries",
    "first Bianchi",
    "second Bianchi",
    "contracted Bianchi",
    "traces of curvature",
)
_EMBEDDING = ("isometry", "Gauss equation", "Codazzi equation")


def check_metric(
    metric: Any,
    key: PRNGKeyArray,
    *,
    dim: int | None = None,
    embedding: Any = None,
    points: Any = POINTS,
    tolerance: float = TOLERANCE,
) -> CheckReport:
    r"""Check a metric against what must hold for every metric, and say what fails, by how much and where.

    Shape, symmetry, signature and volume density; the connection (compatible, without torsion); curvature (its
    definition, its symmetries, both Bianchi identities and the contracted one); a closed form against automatic
    differentiation; an embedding (isometry, Gauss and Codazzi equations).

    Parameters
    ----------
    metric : Metric or callable
        The metric, or a JAX function ``(n,) -> (n, n)`` with ``dim=n``.  A closed form whose
        curvature has very many terms takes minutes to compile; ``g.numeric()`` is checked without it.
    key : PRNG key
        For the random points.
    dim : int, optional
        Dimension of a callable.
    embedding : callable, optional
        A map ``(n,) -> (d,)`` that should induce the metric; that of a metric from an embedding is known.
    points : int or array of shape (count, n)
        How many random points of the interior of the chart, or the points.
    tolerance : float
        The largest relative error that passes; 1e-6 at least where derivatives are taken by differences.

    Raises
    ------
    MetricError
        If it is neither a metric nor a callable.
    ShapeError
        If a callable comes without ``dim``, or the points have the wrong shape.
    NumericError
        If JAX computes in 32 bits.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> report = check_metric(lambda x: jnp.array([[1.0, 0.5], [-0.5, 1.0]]), jax.random.key(0), dim=2)
    >>> report.passed, [row.name for row in report.failures]
    (False, ['symmetric'])
    """
    require_double("check_metric")
    recorder = Recorder(tolerance)
    g = as_metric(recorder, metric, dim)
    if g is None:
        skip_rest(recorder, False)
        return recorder.report("a metric")
    x = chosen_points(recorder, g.chart, key, points)
    metric_rows(recorder, g, x, Connection(g), embedding)
    return recorder.report(g.title)


def require_double(what: str) -> None:
    """Refuse to judge in 32 bits.

    Raises
    ------
    NumericError
        If JAX computes in 32 bits.
    """
    if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise NumericError(
            f"{what}: JAX computes in 32 bits; call jax.config.update('jax_enable_x64', True) "
            "before the first computation"
        )


def as_metric(recorder: Recorder, metric: Any, dim: int | None, chart: Chart | None = None) -> Metric | None:
    """A metric, or None where a function does not return a matrix of the right shape, which is a row.

    Raises
    ------
    MetricError, ShapeError
        If it can be no metric.
    """
    if isinstance(metric, Metric):
        metric.numeric()  # parameters without a value are named at once
        n = metric.dim if dim is None else dim
        found = f"the metric has dimension {metric.dim}, but dim = {n}"
        return metric if recorder.add("shape", float(metric.dim != n), tolerance=0, found=found) else None
    if not callable(metric):
        raise MetricError(
            f"a metric must be a riemlearn.Metric or a JAX function (n,) -> (n, n), got {type(metric).__name__}"
        )
    if dim is None:
        raise ShapeError("check_metric: a function needs dim=n")
    shape: Any = None
    with recorder.attempt("shape"):
        shape = getattr(jax.eval_shape(metric, jax.ShapeDtypeStruct((dim,), np.float64)), "shape", None)
        found = f"g(x) has shape {shape}, expected {(dim, dim)}"
        recorder.add("shape", float(shape != (dim, dim)), tolerance=0, found=found)
    function: Any = metric
    return Metric.from_function(function, dim, chart=chart) if shape == (dim, dim) else None


def chosen_points(
    recorder: Recorder, chart: Chart, key: PRNGKeyArray, points: Any, box: Box | None = None
) -> Float[np.ndarray, "count n"]:
    """Random points of the chart, or those of the caller that lie in it; others are a failed row."""
    if isinstance(points, int):
        if points < 1:
            raise ShapeError(f"points must be at least 1, got {points}")
        with recorder.attempt("points"):
            return random_points(key, chart, points, interior_box(chart) if box is None else box)
        return np.empty((0, chart.dim))
    x = np.asarray(points, np.float64)
    if x.ndim != 2 or x.shape[1] != chart.dim or len(x) == 0:
        raise ShapeError(f"points has shape {x.shape}; expected (count, {chart.dim}), or a number of points")
    return contained(recorder, "points", chart, x)


def contained(
    recorder: Recorder, name: str, chart: Chart, x: Float[np.ndarray, "count n"]
) -> Float[np.ndarray, "kept n"]:
    """The points that are in the chart; a row says which is not, and why."""
    good = inside(chart, x)
    why = ["" if ok else chart.describe_outside(p.tolist()) for ok, p in zip(good, x, strict=True)]
    lost = f"; {np.sum(~good)} of {len(x)} points are not in the chart"
    recorder.add(name, ~good, x, tolerance=0, found=[w + lost for w in why])
    return x[good]


def metric_rows(
    recorder: Recorder, metric: Metric, x: Float[np.ndarray, "points n"], connection: Any, embedding: Any
) -> Geometry | None:
    """The rows of a metric; returns its geometry if it is a metric at all."""
    if embedding is None:
        embedding = getattr(metric, "immersion", None) and getattr(metric, "function", None)
    if len(x) == 0:
        skip_rest(recorder, embedding is not None, "no point lies in the chart", _BASICS[1:])
        return None
    g = batched(lambda p: {"metric": metric.raw_value("metric", p)[0]})(x)["metric"]
    recorder.add("finite", ~np.all(np.isfinite(g), axis=(1, 2)), x, tolerance=0, found=[f"g = {matrix(m)}" for m in g])
    if recorder.ok("finite"):
        _symmetry_and_signature(recorder, metric, g, x)
    if not recorder.ok(*_BASICS):
        skip_rest(recorder, embedding is not None)
        return None
    at: Geometry | None = None
    with recorder.attempt(*_CURVATURE):
        at = geometry_at(own_fields(metric, connection), metric.chart, x)
        _connection_rows(recorder, at)
        _curvature_rows(recorder, at)
    if at is None:
        skip_rest(recorder, embedding is not None, "the connection failed", ())
        return None
    intrinsic = at.lower
    if metric.numeric() is not metric:
        with recorder.attempt("closed form"):
            other = autodiff_fields(metric)(x)
            intrinsic = np.einsum("xim,xmjkl->xijkl", g, other["riemann"])
            if metric.closed_form is not None:
                scales = {"christoffel": norm(at.christoffel, 3), "riemann": at.terms}
                pairs = [(getattr(at, name), other[name], scale) for name, scale in scales.items()]
                errors = [max(relative_error(a[i], b[i], s[i]) for a, b, s in pairs) for i in range(len(x))]
                recorder.add("closed form", errors, x)
    if embedding is not None:
        _embedding_rows(recorder, at, metric, intrinsic, embedding)
    return at


def skip_rest(
    recorder: Recorder, embedded: bool, why: str = "it is no metric, see above", basics: tuple[str, ...] = ()
) -> None:
    """Note what is not checked, so that one fault is not told ten times."""
    recorder.skip(why, *basics, *_CURVATURE, *(_EMBEDDING if embedded else ()))


def _symmetry_and_signature(
    recorder: Recorder, metric: Metric, g: Float[np.ndarray, "points n n"], x: Float[np.ndarray, "points n"]
) -> None:
    recorder.add("symmetric", norm(g - np.swapaxes(g, 1, 2), 2) / norm(g, 2), x, found=[f"g = {matrix(m)}" for m in g])
    values = np.linalg.eigvalsh((g + np.swapaxes(g, 1, 2)) / 2)
    zero = g.shape[-1] * np.finfo(float).eps * np.max(np.abs(values), axis=1, keepdims=True)
    expected = np.ones(g.shape[-1])
    expected[0] = -1 if metric.signature == "lorentzian" else 1
    wrong = np.sum(values * expected <= zero, axis=1)
    found = [f"the eigenvalues are {', '.join(f'{v:.4g}' for v in row)}" for row in values]
    recorder.add("signature", wrong, x, tolerance=0, found=found)


def _each(at: Geometry, identity: Any, *fields: str, **scales: Float[np.ndarray, " points"]) -> list[Any]:
    """An identity at each point."""
    arrays = [getattr(at, name) for name in fields]
    return [identity(*(a[i] for a in arrays), **{name: s[i] for name, s in scales.items()}) for i in range(len(at.x))]


def _connection_rows(recorder: Recorder, at: Geometry) -> None:
    by_differences = max(recorder.tolerance, DIFFERENCE_TOLERANCE)
    determinant = np.sqrt(np.abs(np.linalg.det(at.metric)))
    recorder.add("volume density", np.abs(at.density - determinant) / determinant, at.x)
    size = norm(at.metric, 2) * (1 + norm(at.christoffel, 3))
    compatible = _each(at, metric_compatibility, "metric", "d_metric", "christoffel", scale=size)
    recorder.add("metric compatibility", compatible, at.x, tolerance=by_differences)
    recorder.add("torsion", _each(at, torsion, "christoffel"), at.x)


def _curvature_rows(recorder: Recorder, at: Geometry) -> None:
    by_differences = max(recorder.tolerance, DIFFERENCE_TOLERANCE)
    size = norm(at.metric, 2) * at.terms
    definition = _each(at, curvature_definition, "riemann", "christoffel", "d_christoffel", scale=at.terms)
    recorder.add("definition of curvature", definition, at.x, tolerance=by_differences)
    symmetries = _each(at, riemann_symmetries, "lower", scale=size)
    cyclic = [s.pop("bianchi") for s in symmetries]
    recorder.add("Riemann symmetries", [max(s.values()) for s in symmetries], at.x)
    recorder.add("first Bianchi", cyclic, at.x)
    # the unit of length is that in which Christoffel symbols are of size one, where that is less than the coordinate's
    steep = 1 + norm(at.christoffel, 3)
    bianchi = _each(at, second_bianchi, "lower", "d_lower", "christoffel", scale=size * steep)
    recorder.add("second Bianchi", bianchi, at.x, tolerance=by_differences)
    traced = norm(np.linalg.inv(at.metric), 2) * size * steep
    fields = ("metric", "ricci", "d_ricci", "d_scalar", "christoffel")
    contracted = _each(at, contracted_bianchi, *fields, scale=traced)
    recorder.add("contracted Bianchi", contracted, at.x, tolerance=by_differences)
    ricci = np.einsum("xijil->xjl", at.riemann)
    scalar = np.trace(np.linalg.solve(at.metric, at.ricci), axis1=1, axis2=2)
    of_ricci = norm(ricci - at.ricci, 2) / np.where(at.terms == 0, 1, at.terms)
    of_scalar = np.abs(scalar - at.scalar) / np.where(traced == 0, 1, traced)
    recorder.add("traces of curvature", np.maximum(of_ricci, of_scalar), at.x)


def _embedding_rows(
    recorder: Recorder, at: Geometry, metric: Metric, intrinsic: Float[np.ndarray, "points n n n n"], embedding: Any
) -> None:
    with recorder.attempt(*_EMBEDDING):
        n = metric.dim
        pullback = Metric.from_embedding(embedding, dim=n, chart=metric.chart)
        own, slope = differentiated(embedding_fields(pullback), metric.chart, at.x)
        jacobian, second = own["jacobian"], own["second"]
        count = range(len(at.x))
        found = [f"J^T J = {matrix(j.T @ j)}, g = {matrix(g)}" for j, g in zip(jacobian, at.metric, strict=True)]
        recorder.add("isometry", [isometry(at.metric[i], jacobian[i]) for i in count], at.x, found=found)
        size = norm(intrinsic, 4) + norm(second, 3) ** 2
        size = np.maximum(size, norm(at.metric, 2) * at.terms)
        recorder.add("Gauss equation", [gauss_equation(intrinsic[i], second[i], size[i]) for i in count], at.x)
        codazzi = [
            codazzi_equation(second[i], slope["second"][i], at.christoffel[i], jacobian[i], 1 + norm(second[i], 3))
            for i in count
        ]
        recorder.add("Codazzi equation", codazzi, at.x, tolerance=max(recorder.tolerance, DIFFERENCE_TOLERANCE))


def matrix(a: Float[np.ndarray, "n m"]) -> str:
    """A small matrix in one line, without what is but rounding.

    Examples
    --------
    >>> matrix(np.array([[1.0, 0.0], [0.0, 1 / 3]]))
    '[[1, 0], [0, 0.3333]]'
    """
    shown = np.where(np.abs(a) < 1e-12 * np.max(np.abs(a)), 0.0, a)
    return "[" + ", ".join("[" + ", ".join(f"{v:.4g}" for v in row) + "]" for row in shown) + "]"
