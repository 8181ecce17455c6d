"""geomstats on PyTorch."""

import os

os.environ["GEOMSTATS_BACKEND"] = "pytorch"

from benchmarks.numeric_rivals.systems.with_geomstats import LIMIT, prepare

PACKAGES = ("geomstats", "torch", "numpy")
__all__ = ["LIMIT", "PACKAGES", "prepare"]
