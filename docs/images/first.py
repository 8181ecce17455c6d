"""Draw docs/images/first.png, the picture of the README: ``python docs/images/first.py``."""

from pathlib import Path

import jax

from riemlearn.plot import surfaces
from riemlearn.plot.style import png
from riemlearn.tour import example_surfaces

jax.config.update("jax_enable_x64", True)
Path(__file__).with_suffix(".png").write_bytes(
    png(surfaces(example_surfaces(), "Gauss curvature", height=3.0), smooth=2)
)
