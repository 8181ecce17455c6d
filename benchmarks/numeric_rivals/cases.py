"""The maps, points and charts of the comparison, as NumPy arrays, so that every library gets the same numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

Map = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """A perceptron from R^n to R^d, how many points it is asked at, and how badly its chart is conditioned."""

    widths: tuple[int, ...]
    activation: str
    batch: int
    kappa: float | None = None
    curved: bool = False

    @property
    def dim(self) -> int:
        """Dimension of the domain."""
        return self.widths[0]

    @property
    def title(self) -> str:
        """What a table says of it."""
        if self.kappa is not None:
            return f"{'curved' if self.curved else 'linear'}, κ = 1e{round(np.log10(self.kappa))}"
        return f"{' → '.join(map(str, self.widths))}, {self.activation}, {self.batch} points"


CASES = {
    "2": Case((2, 64, 64, 64), "tanh", 256),
    "8": Case((8, 128, 128, 64), "gelu", 64),
    "16": Case((16, 256, 256, 256), "tanh", 8),
    **{f"linear{d}": Case((4, 64, 64, 32), "tanh", 16, 10.0**d) for d in (0, 2, 4, 6)},
    **{f"curved{d}": Case((4, 64, 64, 32), "tanh", 16, 10.0**d, curved=True) for d in (0, 2, 4, 6)},
}
QUANTITIES = ("scalar", "riemann", "christoffel")


def quantities(name: str) -> tuple[str, ...]:
    """What is asked of a case; of an ill-conditioned chart the scalar curvature, which does not depend on the chart."""
    return QUANTITIES if CASES[name].kappa is None else QUANTITIES[:1]


def weights(case: Case) -> list[tuple[np.ndarray, np.ndarray]]:
    """Matrices of shape (inputs, outputs), and biases."""
    generator = np.random.default_rng(0)
    return [
        (generator.normal(size=(i, o)) * (1.3 / np.sqrt(i)), 0.1 * generator.normal(size=(o,)))
        for i, o in pairwise(case.widths)
    ]


def points(case: Case) -> np.ndarray:
    """Points of shape (batch, n)."""
    return np.random.default_rng(1 if case.kappa is None else 3).normal(size=(case.batch, case.dim))


def chart(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """A and Q of the chart z -> y + A z + Q(z, z) / 2 at z = 0, where its condition number is that of A, kappa.

    A is rotated, since scaled axes harm nobody; Q is zero, or of order one.
    """
    rotation = np.linalg.qr(np.random.default_rng(7).normal(size=(case.dim, case.dim)))[0]
    scale = np.ones(case.dim)
    scale[-1] = 1 / (case.kappa or 1.0)
    q = np.random.default_rng(4).normal(size=(case.dim,) * 3) / 4
    return scale[:, None] * rotation.T, case.curved * (q + np.swapaxes(q, 1, 2))


def network(case: Case, array: Callable[[np.ndarray], Any], activations: dict[str, Map]) -> Map:
    """The perceptron in a library: ``array`` makes its arrays, which need ``@`` and ``+``."""
    layers = [(array(w), array(b)) for w, b in weights(case)]
    activation = activations[case.activation]

    def f(x: Any) -> Any:
        for w, b in layers[:-1]:
            x = activation(x @ w + b)
        w, b = layers[-1]
        return x @ w + b

    return f
