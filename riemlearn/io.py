"""Files that appear complete or not at all, and the question whether one can be written, asked before the work."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from riemlearn.errors import OutputError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of ``path`` when the block ends without an error.

    Until then, and after an error, whatever stood there before is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "data")) as stream:
    ...         _ = stream.write(b"complete")
    ...     [p.read_bytes() for p in Path(folder).iterdir()]
    [b'complete']
    """
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with scratch.open("xb") as stream:
            yield stream
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Say what could not be written, and why.

    Raises
    ------
    OutputError
        For every error of the operating system inside the block.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{what} cannot be written: {error.strerror or error}") from None


def check_writable(path: Path) -> None:
    """Raise what writing the file would raise, and leave everything as it was.

    Raises
    ------
    OSError
        If the file cannot be made, or not be written to.
    """
    if not path.exists():
        path.open("xb").close()
        path.unlink()
    elif not path.is_fifo():  # opening a pipe would wait for its reader
        path.open("ab").close()
