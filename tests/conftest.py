"""Every test computes in 64 bits unless it says otherwise."""

import jax

jax.config.update("jax_enable_x64", True)
