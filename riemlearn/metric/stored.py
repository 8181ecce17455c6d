"""Metrics in closed form as files of JSON, with what has been computed of them."""

import hashlib
import math
import os
from pathlib import Path
from typing import Any

import sympy as sp
from jax.core import Tracer

from riemlearn.chart import Axis, Chart, interval, periodic
from riemlearn.curvature import check_signature
from riemlearn.errors import NoClosedForm, RiemlearnError, ShapeError, StoreError
from riemlearn.io import replacing, writing
from riemlearn.metric.base import Metric
from riemlearn.metric.diagnosis import check_on_degenerate
from riemlearn.metric.inputs import check_algebraic, check_coordinates, check_matrix
from riemlearn.metric.learned_map import LearnedMap
from riemlearn.metric.symbolic import SymbolicMetric
from riemlearn.symbolic import ClosedForm, store
from riemlearn.symbolic.closed_form import QUANTITIES


def save(metric: Metric, path: Any) -> None:
    """Write a metric to a file, as :meth:`Metric.save` says."""
    if not isinstance(metric, SymbolicMetric):
        raise NoClosedForm("only metrics in closed form can be saved, and this one is numeric")
    text = _text(metric)
    with writing(f"the metric to {path}"), replacing(_path(path)) as stream:
        stream.write(text.encode())


def load(path: Any) -> SymbolicMetric:
    """Read a metric from a file, as :meth:`Metric.load` says."""
    try:
        with _path(path).open(encoding="utf-8") as stream:
            text = stream.read(store.MAX_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from None
    try:
        content = store.read_document("metric", text)
        digest = content.pop("digest", None)
        if digest != _digest(content):
            raise StoreError("it is damaged, or was changed after it was saved")
        return _metric(content)
    except RiemlearnError as error:
        raise StoreError(f"{path} holds no metric that can be loaded: {error}") from None
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise StoreError(f"{path} holds a malformed metric: {type(error).__name__}: {error!s:.100}") from None


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise ShapeError(f"path must be a string or a path, got {path!r}")
    return Path(path)


def _text(metric: SymbolicMetric) -> str:
    """The metric as JSON text."""
    if metric.chart.region is not None:
        raise StoreError(f"the region of the chart ({metric.chart.region.description}) is code, which is not stored")
    form, table = metric.form, store.Table()
    content = {
        "coordinates": [table.add(c) for c in form.coordinates],
        "axes": [_axis(axis) for axis in metric.chart.axes],
        "matrix": [[table.add(form.matrix[i, j]) for j in range(form.dim)] for i in range(form.dim)],
        "algebraic": [
            [table.add(symbol), [table.add(part) for part in rule if part is not None]]
            for symbol, rule in form.algebraic.items()
        ],
        "signature": metric.signature,
        "on_degenerate": metric.on_degenerate,
        "values": {name: _number(name, value) for name, value in metric.parameters.items()},
        "embedded": None if metric.embedded is None else [table.add(e) for e in metric.embedded],
        "known": {
            name: [[*index, table.add(e)] for index, e in found.items()]
            for name in QUANTITIES
            if (found := form.components(name).translated)
        },
    }
    content = {"riemlearn": "metric", "version": 1, **content, "nodes": table.nodes}
    return store.document("metric", {**content, "digest": _digest(content)})


def _digest(content: dict[str, Any]) -> str:
    """A sum over all that is stored: components cannot end up with another metric unnoticed."""
    return hashlib.sha256(store.document("metric", content).encode()).hexdigest()


def _axis(axis: Axis) -> list[Any]:
    """An axis as JSON, in which infinity is no number."""
    ends = [x if math.isfinite(x) else str(x) for x in (axis.low, axis.high)]
    return [axis.kind, *ends, list(axis.ends)]


def _number(name: str, value: Any) -> float | None:
    """The value of a parameter, if it is a number."""
    if isinstance(value, LearnedMap):
        raise StoreError(f"{name} is bound to a function, which is code and is not stored; save before binding it")
    if isinstance(value, Tracer):
        raise StoreError(f"{name} is traced by a transformation and has no value to store")
    if value is not None and not math.isfinite(value):
        raise StoreError(f"{name} = {value} is not finite")
    return None if value is None else float(value)


def _metric(content: dict[str, Any]) -> SymbolicMetric:
    """The metric of a document, checked as one that is typed in."""
    nodes = store.expressions(content["nodes"])

    def at(numbers: list[Any]) -> list[sp.Expr]:
        return [store.chosen(nodes, i) for i in numbers]

    coordinates = check_coordinates(at(content["coordinates"]))
    rules = {store.chosen(nodes, symbol): at(parts) for symbol, parts in content["algebraic"]}
    given = {symbol: parts[0] if len(parts) == 1 else tuple(parts) for symbol, parts in rules.items()}
    algebraic = check_algebraic(given, coordinates)
    matrix = check_matrix([at(row) for row in content["matrix"]], coordinates, algebraic)
    form = ClosedForm(coordinates, matrix, algebraic)
    for name, found in content["known"].items():
        _restore(form, name, [(tuple(index), store.chosen(nodes, e)) for *index, e in found])
    names = tuple(sorted(form.parameters))
    metric = SymbolicMetric(
        form=form,
        names=names,
        values=(None,) * len(names),
        chart=Chart(tuple(c.name for c in coordinates), tuple(_read_axis(*axis) for axis in content["axes"])),
        signature=check_signature(content["signature"]),
        on_degenerate=check_on_degenerate(content["on_degenerate"]),
        embedded=None if content["embedded"] is None else tuple(at(content["embedded"])),
    )
    return metric.bind(**{name: value for name, value in content["values"].items() if value is not None})


def _read_axis(kind: str, low: Any, high: Any, ends: list[Any]) -> Axis:
    if kind == "periodic":
        return periodic(float(high))
    return interval(float(low), float(high), ends=(ends[0], ends[1]))


def _restore(form: ClosedForm, name: str, found: list[tuple[tuple[Any, ...], sp.Expr]]) -> None:
    """Give a closed form components that were computed before.

    Raises
    ------
    StoreError
        If they cannot be components of this metric.
    """
    if name not in QUANTITIES:
        raise StoreError(f"unknown quantity {name!r:.100}")
    components, own = form.components(name), form.symbols
    for index, e in found:
        if len(index) != components.rank or not all(type(i) is int and 0 <= i < form.dim for i in index):
            raise StoreError(f"{name} has no component {index!r:.100}")
        if not isinstance(e, sp.Expr) or not e.free_symbols <= own:
            raise StoreError(f"{name}{list(index)} is not an expression in the symbols of the metric")
        components.restore(index, e)
