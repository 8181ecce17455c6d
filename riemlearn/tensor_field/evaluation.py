"""How every numeric call is made: points are checked, batches are mapped, failures are raised outside compiled code."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int, Shaped

from riemlearn.chart import Chart
from riemlearn.curvature import first_failure
from riemlearn.errors import ChartError, PrecisionWarning, ShapeError, Status

PointsLike = ArrayLike | Sequence[Any]
"""What users may pass as points or vectors: arrays, numbers, nested lists of them."""

Values = Any
"""What is computed at points: a floating-point array, or several by their names."""

CURE_32 = "call jax.config.update('jax_enable_x64', True) before the first computation"


def as_floats(value: Any, name: str) -> Float[Array, "..."]:
    """An array of floating-point numbers: integers become the default type, float64 keeps its digits or warns.

    Raises
    ------
    ShapeError
        If the value is not an array of numbers.
    """
    if isinstance(value, jax.Array):
        array = value
    else:
        if isinstance(value, list | tuple) and any(isinstance(v, jax.Array) for v in value):
            array = jnp.stack([jnp.asarray(v) for v in value])
        else:
            try:
                array = np.asarray(value)
            except ValueError as error:
                raise ShapeError(f"{name} is not an array of numbers: {error}") from None
        if array.dtype == np.float64 and isinstance(value, np.ndarray | np.floating) and not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
            warnings.warn(
                f"{name} has 64-bit precision, but JAX computes in 32 bits and rounds it; to keep its digits, "
                + CURE_32,
                PrecisionWarning,
                stacklevel=5,
            )
    if not (jnp.issubdtype(array.dtype, jnp.floating) or array.dtype.kind in "iub"):
        raise ShapeError(f"{name} must be an array of real numbers, got dtype {array.dtype}")
    array = jnp.asarray(array)
    if jnp.issubdtype(array.dtype, jnp.floating) and jnp.finfo(array.dtype).bits < 32:
        raise ShapeError(f"{name} has dtype {array.dtype}, too coarse for a factorisation; use float32 or float64")
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.result_type(float))


def as_points(x: Any, dim: int, name: str = "x") -> Float[Array, "*batch n"]:
    """Points as an array of shape ``(..., dim)``.

    Raises
    ------
    ShapeError
        If the last axis is not of length ``dim``.
    """
    array = as_floats(x, name)
    if array.ndim == 0 or array.shape[-1] != dim:
        raise ShapeError(f"{name} has shape {array.shape}; expected (..., {dim}), one row of {dim} numbers a point")
    return array


def as_vectors(v: Any, x: Float[Array, "*batch n"], name: str) -> Float[Array, "..."]:
    """Vectors at points, in the dtype of the points, broadcast against them.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    """
    vectors = as_points(v, x.shape[-1], name).astype(x.dtype)
    try:
        return jnp.broadcast_to(vectors, jnp.broadcast_shapes(vectors.shape, x.shape))
    except ValueError:
        raise ShapeError(f"{name} has shape {vectors.shape}, which does not fit points of shape {x.shape}") from None


def input_status(chart: Chart, x: Float[Array, " n"]) -> Int[Array, ""]:
    """Whether one point is finite and inside its chart."""
    outside = jnp.where(chart.contains(x), Status.OK, Status.OUTSIDE_CHART)
    return jnp.where(jnp.all(jnp.isfinite(x)), outside, Status.NAN_INPUT).astype(jnp.int32)


def with_input_checked(
    chart: Chart, x: Float[Array, " n"], value: Values, status: Int[Array, ""]
) -> tuple[Values, Int[Array, ""]]:
    """The value at one point with the first of: a bad input, the computation's own status, a result not finite."""
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(v)) for v in jax.tree.leaves(value)]))
    return value, first_failure(input_status(chart, x), status, jnp.where(finite, Status.OK, Status.NOT_FINITE))


class OnHost:
    """Marks what computes its values from Python, so that it cannot be traced: its points are taken one by one."""


def _on_host(source: Any) -> bool:
    leaves = jax.tree.leaves(source, is_leaf=lambda part: isinstance(part, OnHost))
    return any(isinstance(leaf, OnHost) for leaf in leaves)


@eqx.filter_jit
def _mapped(compute: Callable[..., Any], source: Any, arrays: tuple[Float[Array, "..."], ...]) -> Any:
    batch = jnp.broadcast_shapes(*(a.shape[:-1] for a in arrays))
    flat = [jnp.broadcast_to(a, batch + a.shape[-1:]).reshape(-1, a.shape[-1]) for a in arrays]
    value, status = jax.vmap(lambda *a: compute(source, *a))(*flat)
    return jax.tree.map(lambda v: v.reshape(batch + v.shape[1:]), (value, status))


def _one_by_one(compute: Callable[..., Any], source: Any, arrays: tuple[Float[Array, "..."], ...]) -> Any:
    batch = jnp.broadcast_shapes(*(a.shape[:-1] for a in arrays))
    flat = [jnp.broadcast_to(a, batch + a.shape[-1:]).reshape(-1, a.shape[-1]) for a in arrays]
    if len(flat[0]) == 0:
        raise ShapeError("what is computed from Python needs at least one point, because values tell their shape")
    found = [compute(source, *point) for point in zip(*flat, strict=True)]
    value, status = jax.tree.map(lambda *parts: jnp.stack(parts), *found)
    return jax.tree.map(lambda v: v.reshape(batch + v.shape[1:]), (value, status))


def evaluate(
    compute: Callable[..., tuple[Values, Int[Array, ""]]],
    source: Any,
    *arrays: Float[Array, "..."],
) -> tuple[Values, Int[Array, "..."]]:
    """Value and status of ``compute(source, point, ...)`` over the leading axes of the arrays.

    Compiled, unless there is an :class:`OnHost` in the source.
    The value is an array, or several in a dictionary or module; the status may have axes of its own, the first of
    the value's.
    Where a point failed the value is NaN; a warning (a negative status) leaves it as it is.
    """
    value, status = (_one_by_one if _on_host(source) else _mapped)(compute, source, arrays)

    def good(v: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        if not jnp.issubdtype(v.dtype, jnp.inexact):
            return v
        return jnp.where((status > Status.OK).reshape(status.shape + (1,) * (v.ndim - status.ndim)), jnp.nan, v)

    return jax.tree.map(good, value), status


def evaluate_or_raise(
    compute: Callable[..., tuple[Values, Int[Array, ""]]],
    source: Any,
    owner: Any,
    what: str,
    points: Float[Array, "*batch n"],
    *vectors: Float[Array, "..."],
) -> Values:
    """What :func:`evaluate` gives; failed points raise with the explanation of their owner, if it wants that.

    Parameters
    ----------
    compute, source, points, vectors
        As for :func:`evaluate`.
    owner : object
        Has ``raises`` and ``explain(point, status)``, as a metric does.
    what : str
        What is computed, for the message.
    """
    value, status = evaluate(compute, source, points, *vectors)
    if owner.raises:
        raise_failures(status, points, what, owner.explain)
    return value


def refuse(values: Float[Array, "..."], name: str, wrong: Callable[[Any], Any], expected: str) -> None:
    """Refuse the first value for which ``wrong`` holds; do nothing under a trace.

    Raises
    ------
    ChartError
        If there is one; the message names it and what was expected.
    """
    if isinstance(values, Tracer):
        return
    array = np.asarray(values)
    bad = np.asarray(wrong(array))
    if bad.any():
        raise ChartError(f"{name} = {array[bad].flat[0]:g} must be {expected}")


def raise_failures(
    status: Int[Array, "..."],
    x: Float[Array, "*batch n"],
    what: str,
    explain: Callable[[Float[Array, " n"], Status], str],
) -> None:
    """Raise the exception of the first failed point, with its diagnosis; do nothing under a trace.

    Parameters
    ----------
    status : integer array
        One :class:`Status` a point.
    x : array
        The points.
    what : str
        What was computed, for the message.
    explain : callable
        From a failed point and its status to the details that only the source knows.
    """
    if isinstance(status, Tracer) or isinstance(x, Tracer):
        return
    codes = np.asarray(status).reshape(-1)
    failed = np.flatnonzero(codes > Status.OK)
    if failed.size == 0:
        _warn(codes, what)
        return
    points = np.broadcast_to(np.asarray(x), (*status.shape, x.shape[-1])).reshape(-1, x.shape[-1])
    first = Status(int(codes[failed[0]]))
    point = points[failed[0]]
    place = "" if points.shape[0] == 1 else f" (point {failed[0]}; {failed.size} of {points.shape[0]} points failed)"
    details = explain(jnp.asarray(point), first)
    where = "(" + ", ".join(f"{v:.6g}" for v in point) + ")"
    raise first.error(
        f"{what} at x = {where}{place}: {first.sentence}{': ' + details if details else ''}. Remedy: {first.remedy}."
    )


def _warn(codes: Any, what: str) -> None:
    """Warn of the points whose status says so."""
    doubtful = codes[codes < Status.OK]
    if doubtful.size:
        first = Status(int(doubtful[0]))
        place = "" if codes.size == 1 else f" at {doubtful.size} of {codes.size} points"
        warnings.warn(f"{what}{place}: {first.sentence}. Remedy: {first.remedy}.", PrecisionWarning, stacklevel=5)
