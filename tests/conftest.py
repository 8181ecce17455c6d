"""Every test computes in 64 bits unless it says otherwise; random examples are the same in every run."""

import os
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


@pytest.fixture(scope="module", autouse=True)
def _compiled_programs_are_dropped():
    """Compiled programs hold memory maps, of which Linux allows a process 65,530; beyond that the compiler crashes."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and len(maps.read_bytes().splitlines()) > 20_000:
        jax.clear_caches()
