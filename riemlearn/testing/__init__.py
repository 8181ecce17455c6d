"""What a test of geometry needs: identities, oracles, random geometry, and checks of a manifold of your own.

The functions return by how much something misses, and leave it to the test to say how far is too far;
:func:`check_metric` and :func:`check_manifold` go through all of them and say what failed, by how much and where.

Examples
--------
>>> import numpy as np
>>> from riemlearn import testing
>>> testing.torsion(np.zeros((2, 2, 2)))
0.0
"""

from riemlearn.manifolds.quadrature import chart_quadrature as chart_quadrature
from riemlearn.testing.differential import contracted_bianchi as contracted_bianchi
from riemlearn.testing.differential import curvature_definition as curvature_definition
from riemlearn.testing.differential import second_bianchi as second_bianchi
from riemlearn.testing.diffusion import heat_equation as heat_equation
from riemlearn.testing.diffusion import kernel_symmetry as kernel_symmetry
from riemlearn.testing.diffusion import mass as mass
from riemlearn.testing.diffusion import positivity as positivity
from riemlearn.testing.diffusion import semigroup as semigroup
from riemlearn.testing.distances import distance_axioms as distance_axioms
from riemlearn.testing.distances import eikonal as eikonal
from riemlearn.testing.distances import exp_of_log as exp_of_log
from riemlearn.testing.distances import geodesic_equation as geodesic_equation
from riemlearn.testing.distances import log_of_exp as log_of_exp
from riemlearn.testing.embedded import codazzi_equation as codazzi_equation
from riemlearn.testing.embedded import gauss_equation as gauss_equation
from riemlearn.testing.embedded import isometry as isometry
from riemlearn.testing.integrals import GaussBonnet as GaussBonnet
from riemlearn.testing.integrals import gauss_bonnet as gauss_bonnet
from riemlearn.testing.integrals import self_adjointness as self_adjointness
from riemlearn.testing.invariants import metric_compatibility as metric_compatibility
from riemlearn.testing.invariants import riemann_symmetries as riemann_symmetries
from riemlearn.testing.invariants import torsion as torsion
from riemlearn.testing.manifold_checks import check_manifold as check_manifold
from riemlearn.testing.metric_checks import check_metric as check_metric
from riemlearn.testing.report import CheckReport as CheckReport
from riemlearn.testing.report import CheckRow as CheckRow
from riemlearn.verify.heat_oracle import log_heat as log_heat
from riemlearn.verify.norms import relative_error as relative_error
from riemlearn.verify.oracle import PointGeometry as PointGeometry
from riemlearn.verify.oracle import geometry as geometry
