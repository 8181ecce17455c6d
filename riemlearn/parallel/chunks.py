"""Batches too large for memory: in chunks of a size that fits, over all devices, and not lost when a run is killed."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from riemlearn.errors import RiemlearnError, ShapeError
from riemlearn.parallel.program import as_bytes, check_mesh, compiled, fitting, within
from riemlearn.parallel.progress import reporting
from riemlearn.parallel.results import Results, in_folder, in_memory
from riemlearn.tensor_field.evaluation import as_floats


def chunked(
    compute: Any,
    points: Any,
    *,
    budget: Any = None,
    mesh: Any = None,
    progress: Any = None,
    checkpoint: Any = None,
    name: Any = None,
) -> Any:
    """Values at many points, computed in chunks of bounded memory.

    The chunk is chosen before anything runs: the computation is compiled for a few points, the compiler says how much
    memory it needs, and what follows from the budget is compiled for all chunks.  The last is filled up with
    copies of its last point.

    Parameters
    ----------
    compute : callable
        From points of shape ``(b, n)`` to an array, or a pytree of arrays, whose first axis is b; it must be traceable
        by JAX.  ``nabla.scalar`` is one, ``lambda x: nabla.evaluate(x, "ricci", "scalar")`` another.
    points : array-like of shape (points, n)
        They stay where they are, a memory-mapped file too; each chunk alone goes to the devices.
    budget : int or str, optional
        Memory on each device, in bytes or as a text such as ``"500 MB"``; by default 32 MB on processors, whose caches
        make small chunks the fastest, and 1 GB elsewhere.  The results are in addition to it.
    mesh : jax.sharding.Mesh, optional
        Devices of this process over which each chunk is spread, along all axes of the mesh; by default the default
        device alone.  The number of points need not be a multiple of theirs.
    progress : bool or callable, optional
        True shows a bar on a terminal or in a notebook; a callable is given ``(done, total)`` after each chunk.
    checkpoint : path, optional
        Folder in which finished chunks are kept.  The same call goes on from there after it was killed, with the same
        bytes as a result; the arrays are then memory-mapped files.  One run at a time may use a folder.
    name : str
        With ``checkpoint``: what is computed, in your words.  A folder with another name, other points or other shapes
        of the result is refused; that ``compute`` is another function with the same name cannot be seen.

    Returns
    -------
    pytree of NumPy arrays
        The values at all points.

    Raises
    ------
    ShapeError
        If the points are no ``(points, n)`` numbers, a value does not have the points as its first axis, or an
        option is not what it must be.
    BudgetError
        If one point on each device takes more memory than the budget.
    StoreError, OutputError
        If the checkpoint is damaged or belongs to another run, or cannot be written.
    ChartError, MetricError, NumericError
        What ``compute`` itself raises in an eager call at the first point where it raises, at the end, when
        all other points are computed.  With a checkpoint their values are kept.

    Examples
    --------
    >>> import numpy as np
    >>> import riemlearn as rl
    >>> sphere = rl.manifolds.Sphere(2)
    >>> points = np.random.default_rng(0).uniform(0.1, 3.0, (1000, 2))
    >>> scal = chunked(sphere.connection.scalar, points, budget="20 kB")
    >>> scal.shape, bool(np.allclose(scal, 2.0))
    ((1000,), True)
    """
    array = as_batch(points)
    values, failure = run(compute, array, budget, mesh, progress, checkpoint, name)
    if failure is not None:
        raise failure.named(0, len(array)) from None
    return values


class Failure(NamedTuple):
    """The first point at which a computation raises, what it raises, and how many points have a NaN."""

    index: int
    error: RiemlearnError
    count: int

    def named(self, first: int, total: int) -> RiemlearnError:
        """The error, with the number of its point in a batch of which these points begin at ``first``."""
        return type(self.error)(f"point {first + self.index} of {total} (points with NaN: {self.count}): {self.error}")


def as_batch(points: Any) -> np.ndarray:
    """Points as a NumPy array of shape ``(points, n)``, not copied if they are one.

    Raises
    ------
    ShapeError
        If they are not that.
    """
    array = np.asarray(points if isinstance(points, np.ndarray | jax.Array) else as_floats(points, "points"))
    if array.ndim != 2 or array.shape[1] == 0:
        raise ShapeError(f"points has shape {array.shape}; expected (points, n), one row of n numbers a point")
    return array


def run(
    compute: Any,
    points: np.ndarray,
    budget: Any,
    mesh: Any,
    progress: Any,
    checkpoint: Any,
    name: Any,
) -> tuple[Any, Failure | None]:
    """The values at all points, and the first point that fails, if there is one."""
    mesh, dtype = check_mesh(mesh), as_floats(points[:1], "points").dtype
    total, n, devices = *points.shape, mesh.devices.size
    limit = as_bytes(budget, mesh)
    leaves, tree = _structure(compute, n, dtype)
    with_nan = {**leaves, " has NaN": jax.ShapeDtypeStruct((), np.dtype(bool))}
    if checkpoint is None:
        results = in_memory(total, list(with_nan.values()))
    else:
        results = in_folder(checkpoint, name, points, with_nan)
    with reporting(progress, total, results.done) as step:
        if results.done < total:
            _fill(results, compute, points, dtype, mesh, limit, step)
    *arrays, failed = results.arrays
    failure = _first_failure(compute, points, np.flatnonzero(failed), dtype, results.size or devices)
    return jax.tree.unflatten(tree, arrays), failure


def _structure(compute: Any, n: int, dtype: Any) -> tuple[dict[str, jax.ShapeDtypeStruct], Any]:
    """Shape and type of the values at one point, by their places in the result; and its structure."""
    if not callable(compute):
        raise ShapeError(f"compute must be callable, got {type(compute).__name__}")
    count = n + 1  # not n, which a value that forgets its points may have as its first axis
    value = jax.eval_shape(compute, jax.ShapeDtypeStruct((count, n), dtype))
    found, tree = jax.tree.flatten_with_path(value)
    if not found:
        raise ShapeError("compute returns no array")
    leaves = {}
    for path, leaf in found:
        if leaf.shape[:1] != (count,):
            place = f"compute(points){jax.tree_util.keystr(path)}"
            raise ShapeError(
                f"{place} has shape {leaf.shape} for {count} points; expected ({count}, ...), one value a point"
            )
        leaves[jax.tree_util.keystr(path)] = jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype)
    return leaves, tree


def _fill(
    results: Results,
    compute: Any,
    points: np.ndarray,
    dtype: Any,
    mesh: Any,
    limit: int,
    step: Callable[[int], None],
) -> None:
    """Compute what is missing; while the values of a chunk are fetched the next is at work."""
    (total, n), devices = points.shape, mesh.devices.size

    def compile_for(size: int) -> Any:
        return compiled(compute, size, n, dtype, mesh)

    if results.size is None:
        program = fitting(compile_for, total, devices, limit)
        results.size = program.size
    else:  # the chunks of the run that began it: in others the last digit might differ
        program = within(compile_for(-(-results.size // devices) * devices), devices, limit)

    def fetch(count: int, started: Any) -> None:
        leaves, failed = started
        results.append([np.asarray(leaf)[:count] for leaf in (*leaves, failed)])
        step(results.done)

    waiting = None
    for start in range(results.done, total, results.size):
        chunk = np.asarray(points[start : min(start + results.size, total)], dtype)
        started = len(chunk), program.start(_filled(chunk, program.size))
        if waiting is not None:
            fetch(*waiting)
        waiting = started
    if waiting is not None:
        fetch(*waiting)


def _filled(chunk: np.ndarray, size: int) -> np.ndarray:
    """A chunk with copies of its last point up to the size that was compiled."""
    missing = size - len(chunk)
    return np.concatenate([chunk, np.repeat(chunk[-1:], missing, axis=0)]) if missing else chunk


def _first_failure(compute: Any, points: np.ndarray, suspects: np.ndarray, dtype: Any, size: int) -> Failure | None:
    """The first point at which an eager call raises: compiled code cannot, and gives NaN there."""
    for some in np.split(suspects, range(1, len(suspects), size)):
        if not _raises(compute, points[some].astype(dtype)):
            continue
        for index in some.tolist():
            if error := _raises(compute, points[index : index + 1].astype(dtype)):
                return Failure(index, error, len(suspects))
    return None


def _raises(compute: Any, points: np.ndarray) -> RiemlearnError | None:
    try:
        if len(points):
            compute(points)
    except RiemlearnError as error:
        return error
    return None
