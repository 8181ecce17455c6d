"""Where the values of finished chunks are kept: in memory, or in a folder from which a killed run goes on."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from riemlearn.errors import ShapeError, StoreError
from riemlearn.io import replacing, writing

_MANIFEST = "manifest.json"


@dataclass
class Results:
    """Values at all points, of which the first ``done`` are there.

    Attributes
    ----------
    arrays : list of array of shape (points, ...)
        One for each leaf of the result.
    done : int
        How many points are finished.
    size : int or None
        Points in a chunk, None while that is open.
    save : callable
        Called with these two when they have changed.
    """

    arrays: list[np.ndarray]
    done: int = 0
    size: int | None = None
    save: Callable[[int, int | None], None] = lambda done, size: None

    def append(self, leaves: list[np.ndarray]) -> None:
        """Keep the values at the points that come next."""
        stop = self.done + len(leaves[0])
        for array, leaf in zip(self.arrays, leaves, strict=True):
            array[self.done : stop] = leaf
        self.save(stop, self.size)  # the manifest comes after what it speaks of
        self.done = stop


def in_memory(total: int, leaves: list[jax.ShapeDtypeStruct]) -> Results:
    """Results that nobody has begun."""
    return Results([np.empty((total, *leaf.shape), leaf.dtype) for leaf in leaves])


def digest(points: np.ndarray) -> str:
    """A sum over points, by which they are known again."""
    total = hashlib.sha256(f"{points.shape} {points.dtype}".encode())
    for start in range(0, len(points), 65536):
        total.update(points[start : start + 65536].tobytes())
    return total.hexdigest()


def in_folder(path: Any, name: Any, points: np.ndarray, leaves: dict[str, jax.ShapeDtypeStruct]) -> Results:
    """Results in a folder, which goes on where it was left.

    Parameters
    ----------
    path : path
        The folder; it is made if it is not there.
    name : str
        What is computed.
    points : array of shape (points, n)
        Where.
    leaves : mapping
        Shape and type of each leaf of the result at one point.

    Raises
    ------
    StoreError
        If the folder is damaged, or holds something else.
    OutputError
        If it cannot be written.
    """
    if not isinstance(path, str | os.PathLike):
        raise ShapeError(f"checkpoint must be a string or a path, got {path!r}")
    if not isinstance(name, str) or not name:
        raise ShapeError(f"checkpoint needs name=, a text that says what is computed, got {name!r}")
    folder, total = Path(path), len(points)
    for key, leaf in leaves.items():
        if np.dtype(leaf.dtype).kind not in "biufc":
            raise StoreError(f"values{key} has dtype {leaf.dtype}, which a file of NumPy does not keep")
    about = {
        "riemlearn": "chunks",
        "version": 1,
        "name": name,
        "points": digest(points),
        "leaves": [[key, [total, *leaf.shape], np.dtype(leaf.dtype).str] for key, leaf in leaves.items()],
    }
    done, size = _found(folder, about, total)

    def save(done: int, size: int | None) -> None:
        with writing(f"the checkpoint {folder}"), replacing(folder / _MANIFEST) as stream:
            stream.write(json.dumps({**about, "chunk": size, "done": done}, indent=1).encode())

    if done == 0:
        with writing(f"the checkpoint {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
        save(0, size)
    files = [(folder / f"values-{i}.npy", shape, dtype) for i, (_, shape, dtype) in enumerate(about["leaves"])]
    return Results([_array(*file, new=done == 0) for file in files], done, size, save)


def _found(folder: Path, about: dict[str, Any], total: int) -> tuple[int, int | None]:
    """How many points are finished in a folder, and the size of its chunks."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        done, size = manifest.pop("done"), manifest.pop("chunk")
        known = {key: manifest[key] for key in about}
        if not (type(done) is int and 0 <= done <= total and ((type(size) is int and size > 0) or size is None)):
            raise ValueError(f"done = {done!r} of {total} points, chunks of {size!r}")
    except FileNotFoundError:
        if folder.is_dir() and any(not path.name.startswith(f".{_MANIFEST}-") for path in folder.iterdir()):
            raise StoreError(f"{folder} has other files in it and no checkpoint; name a new folder") from None
        return 0, None
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StoreError(f"the checkpoint {folder} is damaged: {type(error).__name__}: {error!s:.100}") from None
    for key, title in (("name", "name"), ("points", "sum over the points"), ("leaves", "shapes of the values")):
        if known[key] != about[key]:
            raise StoreError(
                f"the checkpoint {folder} belongs to another run: its {title} is {known[key]!r:.200}, not "
                f"{about[key]!r:.200}; name a new folder, or remove this one"
            )
    if known != about:
        raise StoreError(f"the checkpoint {folder} is of version {known['version']!r}, not 1")
    return done, size


def _array(path: Path, shape: list[int], dtype: str, new: bool) -> np.ndarray:
    """A file of NumPy in place of memory; its space is there before it is written to."""
    if new:
        with writing(f"the checkpoint file {path}"):
            array = np.lib.format.open_memmap(path, "w+", np.dtype(dtype), tuple(shape))
            if hasattr(os, "posix_fallocate"):  # a full disk would be a bus error later
                with path.open("r+b") as stream:
                    os.posix_fallocate(stream.fileno(), 0, max(path.stat().st_size, 1))
        return array
    try:
        np.load(path, mmap_mode="r", allow_pickle=False)  # a file that is too short fails here; "r+" would lengthen it
        array = np.load(path, mmap_mode="r+", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(f"the checkpoint file {path} is damaged: {error!s:.100}") from None
    if list(array.shape) != shape or array.dtype.str != dtype:
        raise StoreError(f"the checkpoint file {path} is damaged: it holds {array.dtype} of shape {array.shape}")
    return array
