"""The catalogue: a name for each manifold that `riemlearn verify`, the tests and the site go through."""

import sympy as sp

from riemlearn.chart import interval
from riemlearn.manifolds.base import Manifold
from riemlearn.manifolds.complex_projective import ComplexProjectivePlane
from riemlearn.manifolds.euclidean import Euclidean
from riemlearn.manifolds.families import Graph, Interval, SurfaceOfRevolution
from riemlearn.manifolds.fisher import CategoricalFisher, NormalFisher
from riemlearn.manifolds.flat_torus import FlatTorus
from riemlearn.manifolds.hyperbolic import HyperbolicSpace
from riemlearn.manifolds.product import Product
from riemlearn.manifolds.projective import RealProjectiveSpace
from riemlearn.manifolds.special_orthogonal import SpecialOrthogonal3
from riemlearn.manifolds.special_unitary import SpecialUnitary2
from riemlearn.manifolds.sphere import Sphere
from riemlearn.manifolds.surfaces import (
    Catenoid,
    Cone,
    Cylinder,
    Ellipsoid,
    Enneper,
    Helicoid,
    HyperbolicParaboloid,
    MonkeySaddle,
    Paraboloid,
    Pseudosphere,
    Torus,
)
from riemlearn.manifolds.warped import WarpedProduct


def catalogue() -> dict[str, Manifold]:
    """Every manifold of the catalogue by its name.

    Examples
    --------
    >>> catalogue()["S2"]
    Sphere(2)
    """
    return {**_space_forms(), **_homogeneous(), **_surfaces(), **_products()}


def _space_forms() -> dict[str, Manifold]:
    """Constant curvature, simply connected."""
    found: dict[str, Manifold] = {}
    for n in (2, 3):
        found[f"R{n}"] = Euclidean(n)
        found[f"S{n}"] = Sphere(n)
        found[f"H{n}-ball"] = HyperbolicSpace(n, model="ball")
        found[f"H{n}-half_space"] = HyperbolicSpace(n, model="half_space")
        found[f"H{n}-hyperboloid"] = HyperbolicSpace(n, model="hyperboloid")
    found["S2-radius2"] = Sphere(2, radius=2)
    return found


def _homogeneous() -> dict[str, Manifold]:
    """Quotients of space forms by groups, groups themselves, and families of distributions."""
    return {
        "torus2-square": FlatTorus(2),
        "torus2-hexagonal": FlatTorus([[1.0, 0.0], [0.5, 3**0.5 / 2]]),
        "torus2-skew": FlatTorus([[2.0, 0.0], [0.7, 1.5]]),
        "torus3-fcc": FlatTorus([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
        "RP2": RealProjectiveSpace(2),
        "RP3": RealProjectiveSpace(3),
        "SU2": SpecialUnitary2(),
        "SO3": SpecialOrthogonal3(),
        "CP2": ComplexProjectivePlane(),
        "categorical3": CategoricalFisher(3),
        "normal1": NormalFisher(1),
        "normal2": NormalFisher(2),
    }


def _surfaces() -> dict[str, Manifold]:
    """Surfaces in space, graphs, surfaces of revolution."""
    u, x, y, z = sp.symbols("u x y z", real=True)
    return {
        "torus": Torus(2, 1),
        "ellipsoid": Ellipsoid(1.5, 1.25, 1),
        "catenoid": Catenoid(),
        "helicoid": Helicoid(),
        "enneper": Enneper(),
        "pseudosphere": Pseudosphere(),
        "cylinder": Cylinder(),
        "cylinder-finite": Cylinder(1, height=2),
        "cone": Cone(),
        "paraboloid": Paraboloid(),
        "hyperbolic-paraboloid": HyperbolicParaboloid(),
        "monkey-saddle": MonkeySaddle(),
        "vase": SurfaceOfRevolution(2 + sp.sin(u) / 2, u, u, interval(0, 6, ends="boundary")),
        "graph-3": Graph((x**2 + x * y - z**2) / 2, [x, y, z]),
    }


def _products() -> dict[str, Manifold]:
    """Products and warped products."""
    line, polar = Euclidean(1), Interval(0, sp.pi, ends="pole")
    return {
        "product-S2xR1": Product(Sphere(2), Euclidean(1)),
        "product-S2xS2": Product(Sphere(2), Sphere(2)),
        "product-S1xH2": Product(Sphere(1, radius=2), HyperbolicSpace(2)),
        "warped-H3": WarpedProduct(line, Euclidean(2), sp.exp(line.metric.symbols[0])),
        "warped-S3": WarpedProduct(polar, Sphere(2), sp.sin(polar.metric.symbols[0])),
    }
