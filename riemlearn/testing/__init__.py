"""What a test of geometry needs: identities that tensors obey, norm-wise errors, a high-precision oracle.

The functions return how far something misses, and leave it to the test to say how far is too far.

Examples
--------
>>> import numpy as np
>>> from riemlearn import testing
>>> testing.torsion(np.zeros((2, 2, 2)))
0.0
"""

from riemlearn.testing.invariants import metric_compatibility, riemann_symmetries, torsion
from riemlearn.verify.norms import relative_error
from riemlearn.verify.oracle import PointGeometry, geometry

__all__ = [
    "PointGeometry",
    "geometry",
    "metric_compatibility",
    "relative_error",
    "riemann_symmetries",
    "torsion",
]
