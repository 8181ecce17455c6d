"""The catalogue of analytic truth: manifolds of which everything is known in closed form."""

from riemlearn.manifolds.base import Manifold as Manifold
from riemlearn.manifolds.base import Patch as Patch
from riemlearn.manifolds.catalogue import catalogue as catalogue
from riemlearn.manifolds.curvature import Curvature as Curvature
from riemlearn.manifolds.euclidean import Euclidean as Euclidean
from riemlearn.manifolds.hyperbolic import HyperbolicSpace as HyperbolicSpace
from riemlearn.manifolds.sphere import Sphere as Sphere
