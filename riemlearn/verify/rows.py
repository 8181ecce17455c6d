"""One line of the report: how far one route misses, at worst, on one manifold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, isnan, nan
from typing import Any, Literal

import jax
import numpy as np
from jaxtyping import Float

TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
EXACT = "exact"  # in the place of a floating-point type: a difference that is zero or is not


@dataclass(frozen=True)
class Row:
    """The worst error of one quantity by one route.

    Attributes
    ----------
    manifold, quantity, route, dtype : str
        What was computed, on what, how, and in which floating-point type, or ``"exact"``.
    worst_error : float
        Largest norm-wise relative error over the points; NaN if there was a NaN.  If exact, 0 where two sides are
        equal, infinity where they are not, and NaN where it is not decided.
    tolerance : float
        The largest error that passes.
    points : int
        How many points were tried.
    passed : bool
        Whether the worst error is within the tolerance; NaN is not.
    worst_point : tuple of float
        Where the error is worst: coordinates in the chart; for heat kernels (t, r) or (t, x, y); t for a trace;
        nothing if exact, which holds everywhere.
    """

    manifold: str
    quantity: str
    route: str
    dtype: str
    worst_error: float
    tolerance: float
    points: int
    passed: bool
    worst_point: tuple[float, ...]

    def __str__(self) -> str:
        if self.dtype == EXACT:
            found = "is" if self.passed else "is not known to be" if isnan(self.worst_error) else "is not"
            return f"{self.manifold} {self.quantity} {found} exactly what is published"
        where = ", ".join(f"{c:.6g}" for c in self.worst_point)
        error = f"{self.worst_error:.1e} > {self.tolerance:.0e} at ({where})"
        return f"{self.manifold} {self.quantity} by {self.route} in {self.dtype}: {error}"


def compiled(f: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without optimisations: the time of a verification is the time of its compilations."""
    return jax.jit(f, compiler_options=_quick())


@cache
def _quick() -> dict[str, Any]:
    """Options that make compilation quick, as far as this version of XLA has them."""
    options = {"xla_backend_optimization_level": 0}
    more = options | {"xla_cpu_use_fusion_emitters": False}  # a third of the time
    try:
        jax.jit(lambda: 0.0, compiler_options=more)()
    except Exception:  # whatever XLA makes of an option that it does not know
        return options
    return more


def answer(values: Any, dtype: str) -> Float[np.ndarray, "..."]:
    """Values as float64; all NaN if they have not the type of their input, which the library promises.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> answer(jnp.ones(2, "float32"), "float32"), answer(jnp.ones(2, "float64"), "float32")
    (array([1., 1.]), array([nan, nan]))
    """
    array = np.asarray(values, np.float64)
    return array if values.dtype.name == dtype else np.full_like(array, np.nan)


def row(
    manifold: str,
    quantity: str,
    route: str,
    dtype: str,
    errors: Sequence[float] | Float[np.ndarray, " points"],
    points: Float[np.ndarray, "points n"],
) -> Row:
    """Make the row of the errors at some points.

    Examples
    --------
    >>> found = row("S2", "scalar", "autodiff", "float64", [1e-16, 2e-9], np.array([[0.5, 1.0], [0.6, 2.0]]))
    >>> found.worst_error, found.worst_point, found.passed
    (2e-09, (0.6, 2.0), False)
    """
    worst = int(np.argmax(errors))  # NaN counts as the largest
    error, tolerance = float(errors[worst]), TOLERANCE[dtype]
    point = tuple(float(c) for c in points[worst])
    return Row(manifold, quantity, route, dtype, error, tolerance, len(errors), error <= tolerance, point)


def exact_row(manifold: str, quantity: str, answer: Literal["yes", "no", "undecided"]) -> Row:
    """Make the row of an exact comparison, from whether both sides are equal.

    Examples
    --------
    >>> print(exact_row("kerr", "ricci", "no"))
    kerr ricci is not exactly what is published
    """
    error = {"yes": 0.0, "no": inf, "undecided": nan}[answer]
    return Row(manifold, quantity, "ring", EXACT, error, 0.0, 0, error == 0, ())
