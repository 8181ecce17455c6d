"""Every test computes in 64 bits unless it says otherwise; random examples are the same in every run."""

import jax
from hypothesis import settings

jax.config.update("jax_enable_x64", True)
# Tests compile much and compute little.
jax.config.update("jax_disable_most_optimizations", True)

# The first example compiles, so that no deadline fits all of them.
settings.register_profile("riemlearn", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("riemlearn")
