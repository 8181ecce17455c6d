"""geomstats on autograd."""

import os

os.environ["GEOMSTATS_BACKEND"] = "autograd"

from benchmarks.numeric_rivals.systems.with_geomstats import LIMIT, prepare

PACKAGES = ("geomstats", "autograd", "numpy")
__all__ = ["LIMIT", "PACKAGES", "prepare"]
