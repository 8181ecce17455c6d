"""Every test computes in 64 bits unless it says otherwise; random examples are the same in every run."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest
from hypothesis import settings

if jax.__version_info__[:2] == (0, 10):  # an unknown flag would end the process; read when the first array is made
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_use_fusion_emitters=false"
jax.config.update("jax_enable_x64", True)
# Tests compile much and compute little.
jax.config.update("jax_disable_most_optimizations", True)

# The first example compiles, so that no deadline fits all of them.
settings.register_profile("riemlearn", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("riemlearn")


# Each compiled program keeps some hundred mappings of memory, and Linux gives a process 65530 of them: beyond that the
# compiler ends it with a segmentation fault.
_MAPPINGS = Path("/proc/self/maps")
_MANY = 16_000


@pytest.fixture(autouse=True, scope="module")
def compiled_programs_are_let_go() -> Iterator[None]:
    """After a file that leaves many behind; what other files share is compiled again."""
    yield
    if _MAPPINGS.exists() and _MAPPINGS.read_bytes().count(b"\n") > _MANY:
        jax.clear_caches()
        gc.collect()
