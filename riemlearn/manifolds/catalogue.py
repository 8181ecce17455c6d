"""The catalogue: a name for each manifold that `riemlearn verify`, the tests and the site go through."""

from riemlearn.manifolds.base import Manifold
from riemlearn.manifolds.euclidean import Euclidean
from riemlearn.manifolds.hyperbolic import HyperbolicSpace
from riemlearn.manifolds.sphere import Sphere


def catalogue() -> dict[str, Manifold]:
    """Every manifold of the catalogue by its name.

    Examples
    --------
    >>> catalogue()["S2"]
    Sphere(2)
    """
    return {**_space_forms()}


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
