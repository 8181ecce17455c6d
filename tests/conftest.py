"""Every test computes in 64 bits unless it says otherwise; random examples are the same in every run."""

import os

import jax
from hypothesis import settings

if jax.__version_info__[:2] == (0, 9):  # an unknown flag would end the process; read when the first array is made
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_use_fusion_emitters=false"
jax.config.update("jax_enable_x64", True)
# Tests compile much and compute little.
jax.config.update("jax_disable_most_optimizations", True)

# The first example compiles, so that no deadline fits all of them.
settings.register_profile("riemlearn", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("riemlearn")
