"""riemlearn on the first GPU that JAX finds; fails where there is none."""

import jax

from benchmarks.numeric_rivals.systems.riemlearn import LIMIT, PACKAGES, prepare

__all__ = ["LIMIT", "PACKAGES", "prepare"]

jax.config.update("jax_default_device", jax.devices("gpu")[0])
