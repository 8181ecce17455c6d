"""Subject: the manifold under check, and how its methods are called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from riemlearn.chart import Chart
from riemlearn.errors import NoClosedForm, ShapeError
from riemlearn.manifolds.quadrature import chart_quadrature
from riemlearn.metric import Metric
from riemlearn.testing.interior import Box
from riemlearn.testing.local import Geometry, batched
from riemlearn.testing.recorder import Recorder
from riemlearn.verify.rows import compiled

_BATCH = 256
_NODES = {1: (64, 48), 2: (44, 32), 3: (22, 16), 4: (12, 8)}  # an axis, fine and coarse, by dimension
NOT_BOUNDED = "the chart is not a bounded box"
TOO_MANY = "there is no quadrature in more than four dimensions"


@dataclass(frozen=True)
class Quadrature:
    """Nodes and weights in volume."""

    nodes: Float[np.ndarray, "count n"]
    volume: Float[np.ndarray, " count"]


@dataclass(frozen=True)
class Subject:
    """A manifold under check.

    Attributes
    ----------
    manifold : object
        Anything with a ``metric``; what else it has is checked.
    metric : Metric
        Its metric.
    connection : object
        Its connection.
    geometry : Geometry
        Of the metric at the points to check.
    box : pair of arrays
        The box of the chart from which these points come.
    key : PRNG key
        For what else is random.
    whole : pair of Quadrature, or str
        Over the whole chart, fine and coarse, or why there is none.
    """

    manifold: Any
    metric: Metric
    connection: Any
    geometry: Geometry
    box: Box
    key: PRNGKeyArray
    whole: tuple[Quadrature, Quadrature] | str

    @property
    def chart(self) -> Chart:
        """The coordinates."""
        return self.metric.chart

    @property
    def x(self) -> Float[np.ndarray, "points n"]:
        """The points to check."""
        return self.geometry.x

    @property
    def partners(self) -> Float[np.ndarray, "points n"]:
        """Another point for each."""
        return np.roll(self.x, 1, axis=0) if len(self.x) > 1 else self.x + 0.1 * self.width

    @property
    def near(self) -> Float[np.ndarray, "points n"]:
        """Another point for each, closer in coordinates, so that no cut locus lies between."""
        return self.x + 0.3 * (self.partners - self.x)

    @property
    def width(self) -> Float[np.ndarray, " n"]:
        """Of the box."""
        return self.box[1] - self.box[0]

    @property
    def total(self) -> float | None:
        """The volume that the manifold states, if it does and it is a number."""
        try:
            return float(self.manifold.volume)
        except Exception:  # a row says so elsewhere
            return None

    @property
    def bordered(self) -> bool:
        """Whether the manifold has a boundary."""
        return any("boundary" in axis.ends for axis in self.chart.axes)


def quadratures(metric: Metric, box: Box | None = None) -> tuple[Quadrature, Quadrature] | str:
    """Fine and coarse quadrature in volume over the chart or a box of it, or why there is none."""
    chart = metric.chart
    if metric.dim not in _NODES:
        return TOO_MANY
    if box is None and not (chart.region is None and all(np.isfinite([a.low, a.high]).all() for a in chart.axes)):
        return NOT_BOUNDED
    density = batched(lambda x: {"density": metric.volume_density(x)}, 2048)
    corners = None if box is None else (box[0].tolist(), box[1].tolist())
    found = []
    for count in _NODES[metric.dim]:
        nodes, weights = chart_quadrature(chart, count, corners)
        found.append(Quadrature(nodes, weights * density(nodes)["density"]))
    return found[0], found[1]


def known(recorder: Recorder, manifold: Any, attribute: str, *names: str) -> Any:
    """An attribute of a manifold, or None where it has none or does not know it, which is noted."""
    try:
        return getattr(manifold, attribute)
    except NoClosedForm as error:
        recorder.skip(f"not known: {error}", *names)
    except AttributeError:
        if hasattr(type(manifold), attribute):  # it is there, and failed inside
            raise
        recorder.skip(f"not known: it has no {attribute}", *names)
    return None


def called(method: Callable[..., Any], what: str, value_shape: tuple[int, ...] = ()) -> Callable[..., np.ndarray]:
    """A method as a function of NumPy arrays, compiled if JAX can trace it; its result must have the shape promised.

    All arguments have one leading axis, or are one number for all; so has the result, followed by ``value_shape``.
    """
    fast = compiled(method)
    traceable = [True]

    def call(*arguments: Any) -> np.ndarray:
        count = len(arguments[-1])
        rows = [np.asarray(a, np.float64) for a in arguments]
        rows = [np.full(count, a) if a.ndim == 0 else a for a in rows]
        parts = [checked(*(_filled(a[i : i + _BATCH]) for a in rows)) for i in range(0, count, _BATCH)]
        return np.concatenate(parts)[:count]

    def checked(*rows: Any) -> np.ndarray:
        value: Any = None
        if traceable[0]:
            try:
                value = fast(*rows)
            except NoClosedForm:
                raise
            except Exception:  # an eager call gives the message that its author knows, or works
                traceable[0] = False
        if not traceable[0]:
            value = method(*rows)
        value = np.asarray(value, np.float64)
        if value.shape != (_BATCH, *value_shape):
            shapes = " and ".join(str(a.shape) for a in rows)
            expected = (_BATCH, *value_shape)
            raise ShapeError(f"{what} of arguments of shapes {shapes} has shape {value.shape}, expected {expected}")
        return value

    return call


def _filled(rows: Float[np.ndarray, "count ..."]) -> Float[np.ndarray, "size ..."]:
    """A batch of the one size for which a method is compiled: the last row is repeated."""
    return np.concatenate([rows, np.repeat(rows[-1:], _BATCH - len(rows), axis=0)])


def resolved(recorder: Recorder, name: str, fine: Any, coarse: Any, *points: Any, found: Any = "") -> None:
    """Add a row of errors that come from integrals, unless fine and coarse quadrature differ too much to tell."""
    estimate = float(np.max(np.abs(np.asarray(fine) - np.asarray(coarse))))
    if 1e-3 < estimate < 0.1 * float(np.max(np.abs(fine))) or not (estimate > 1e-3):
        tolerance = max(recorder.tolerance, 10 * estimate) if np.isfinite(estimate) else recorder.tolerance
        recorder.add(name, fine, *points, tolerance=tolerance, found=found)
    else:
        recorder.skip(f"the quadrature is off by {estimate:.0e}, too much to tell", name)
