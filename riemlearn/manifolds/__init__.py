"""The catalogue of analytic truth: manifolds of which everything is known in closed form."""

from riemlearn.manifolds.base import Manifold as Manifold
from riemlearn.manifolds.base import Patch as Patch
from riemlearn.manifolds.catalogue import catalogue as catalogue
from riemlearn.manifolds.curvature import Curvature as Curvature
from riemlearn.manifolds.euclidean import Euclidean as Euclidean
from riemlearn.manifolds.families import Graph as Graph
from riemlearn.manifolds.families import Interval as Interval
from riemlearn.manifolds.families import SurfaceOfRevolution as SurfaceOfRevolution
from riemlearn.manifolds.hyperbolic import HyperbolicSpace as HyperbolicSpace
from riemlearn.manifolds.product import Product as Product
from riemlearn.manifolds.sphere import Sphere as Sphere
from riemlearn.manifolds.surface import Surface as Surface
from riemlearn.manifolds.surfaces import Catenoid as Catenoid
from riemlearn.manifolds.surfaces import Cone as Cone
from riemlearn.manifolds.surfaces import Cylinder as Cylinder
from riemlearn.manifolds.surfaces import Ellipsoid as Ellipsoid
from riemlearn.manifolds.surfaces import Enneper as Enneper
from riemlearn.manifolds.surfaces import Helicoid as Helicoid
from riemlearn.manifolds.surfaces import HyperbolicParaboloid as HyperbolicParaboloid
from riemlearn.manifolds.surfaces import MonkeySaddle as MonkeySaddle
from riemlearn.manifolds.surfaces import Paraboloid as Paraboloid
from riemlearn.manifolds.surfaces import Pseudosphere as Pseudosphere
from riemlearn.manifolds.surfaces import Torus as Torus
from riemlearn.manifolds.warped import WarpedProduct as WarpedProduct
