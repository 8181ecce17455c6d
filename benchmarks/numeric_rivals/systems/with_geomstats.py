"""geomstats: an immersed set whose immersion is the map, by the backend that the environment names."""

import math
from collections.abc import Callable
from typing import Any

import geomstats.backend as gs  # pyright: ignore[reportMissingImports]
import numpy as np
from geomstats.geometry.base import ImmersedSet  # pyright: ignore[reportMissingImports]
from geomstats.geometry.euclidean import Euclidean  # pyright: ignore[reportMissingImports]

from benchmarks.numeric_rivals.cases import Case, chart, network, points

LIMIT = 1 if gs.__name__.endswith("autograd") else 2  # points: a batch gains nothing, and one takes up to a minute
METHODS = {"christoffel": "christoffels", "riemann": "riemann_tensor", "scalar": "scalar_curvature"}


def gelu(x: Any) -> Any:
    """As ``jax.nn.gelu`` is by default."""
    return x * (1 + gs.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


class Image(ImmersedSet):
    """The image of a map."""

    def __init__(self, f: Callable[[Any], Any], dim: int, ambient: int):
        self.f, self.ambient = f, ambient
        super().__init__(dim)

    def _define_embedding_space(self) -> Euclidean:
        return Euclidean(self.ambient)

    def immersion(self, point: Any) -> Any:
        """The map."""
        return self.f(point)


def prepare(case: Case, quantity: str) -> tuple[Callable[[], np.ndarray], dict[str, float]]:
    """A call to time; there is nothing to compile."""
    f = network(case, gs.array, {"tanh": gs.tanh, "gelu": gelu})
    x = gs.array(points(case)[:LIMIT])
    first = quantity == "riemann"  # geomstats has the upper index last

    def values(space: Image, where: Any) -> np.ndarray:
        found = np.asarray(getattr(space.metric, METHODS[quantity])(where))
        return np.moveaxis(found, -1, -4) if first else found

    if case.kappa is None:
        space = Image(f, case.dim, case.widths[-1])
        return lambda: values(space, x), {}
    (a, q), origin = map(gs.array, chart(case)), gs.array(np.zeros(case.dim))

    def at(y: Any) -> np.ndarray:
        def in_chart(z: Any) -> Any:
            return f(y + gs.einsum("ij,...j->...i", a, z) + gs.einsum("kij,...i,...j->...k", q, z, z) / 2)

        return values(Image(in_chart, case.dim, case.widths[-1]), origin)

    def in_charts() -> np.ndarray:
        return np.stack([at(y) for y in x])

    return in_charts, {}
