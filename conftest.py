"""What holds for tests and for the examples in docstrings: a process runs out of no memory mappings."""

import gc
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

# Each compiled program keeps some hundred mappings of memory, and Linux gives a process 65530 of them: beyond that the
# compiler ends it with a segmentation fault.
_MAPPINGS = Path("/proc/self/maps")
_MANY = 32_000


@pytest.fixture(autouse=True, scope="module")
def compiled_programs_are_let_go() -> Iterator[None]:
    """After a file that leaves many behind; what other files share is compiled again."""
    yield
    if _MAPPINGS.exists() and _MAPPINGS.read_bytes().count(b"\n") > _MANY:
        jax.clear_caches()
        gc.collect()
