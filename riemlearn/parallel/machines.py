"""Batches over several processes, on one machine or many: each takes its part, and all have the whole in the end."""

import os
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental.multihost_utils import process_allgather

from riemlearn.errors import NumericError, ShapeError
from riemlearn.parallel.chunks import Failure, as_batch, run
from riemlearn.parallel.results import digest

_AT_ONCE = 2**24


def distributed(
    compute: Any,
    points: Any,
    *,
    budget: Any = None,
    mesh: Any = None,
    progress: Any = None,
    checkpoint: Any = None,
    name: Any = None,
) -> Any:
    """Values at many points, computed by all processes of ``jax.distributed`` together.

    Each process calls it with the same arguments, computes a part of the points with its own devices as
    :func:`chunked` does, and returns the values at all of them.  With one process it is :func:`chunked`.

    Parameters
    ----------
    compute, points, budget, name
        As for :func:`chunked`; ``points`` are all points in each process.
    mesh : jax.sharding.Mesh, optional
        Devices of this process, such as ``Mesh(jax.local_devices(), ("points",))``.
    progress : bool or callable, optional
        As for :func:`chunked`; the first process shows it, of its own part.
    checkpoint : path, optional
        Each process has its own folder in this one, by its number and the number of all.  A run goes on with as many
        processes as it began with; with another number it starts anew.

    Returns
    -------
    pytree of NumPy arrays
        The values at all points, in each process.

    Raises
    ------
    ShapeError
        If the processes are given different points.
    NumericError
        In the other processes, if one of them fails.
    RiemlearnError
        As :func:`chunked`.
    """
    array, count, mine = as_batch(points), jax.process_count(), jax.process_index()
    sums = process_allgather(np.frombuffer(bytes.fromhex(digest(array)), np.uint32)).reshape(count, -1)
    if np.any(sums != sums[0]):
        raise ShapeError("the processes of distributed were given different points; each needs all of them")
    total = len(array)
    share = max(-(-total // count), 1)
    first = min(mine * share, total)
    folder, values, problem = checkpoint, None, None
    try:
        if isinstance(folder, str | os.PathLike) and count > 1:
            folder = Path(folder, f"process-{mine}-of-{count}")
        values, failure = run(
            compute, array[first : first + share], budget, mesh, progress if mine == 0 else None, folder, name
        )
        problem = failure.named(first, total) if isinstance(failure, Failure) else None
    except Exception as error:  # whatever it is, the others would wait for this process
        problem = error
    failed = np.flatnonzero(process_allgather(np.array([problem is not None])))
    if problem is not None:
        raise problem
    if failed.size:
        raise NumericError(f"process {failed[0]} of {count} failed; its own message says why")
    return jax.tree.map(lambda v: _gathered(v, share, total, count), values)


def _gathered(values: np.ndarray, share: int, total: int, count: int) -> np.ndarray:
    """The rows of all processes one after the other, a bounded number at a time."""
    if count == 1:
        return values
    whole = np.empty((total, *values.shape[1:]), values.dtype)
    rows = max(_AT_ONCE // (count * max(values[:1].nbytes, values.dtype.itemsize)), 1)
    for start in range(0, share, rows):
        stop = min(start + rows, share)
        mine = np.zeros((stop - start, *values.shape[1:]), values.dtype)
        mine[: len(values[start:stop])] = values[start:stop]
        for process, block in enumerate(process_allgather(mine)):
            target = whole[process * share :][start:stop]
            target[:] = block[: len(target)]
    return whole
