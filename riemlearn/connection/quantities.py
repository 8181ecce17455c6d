"""The fields of a Levi-Civita connection: index positions, symbols, symmetries, and the dimensions where they exist."""

from typing import NamedTuple

from riemlearn.errors import ShapeError, check_choice
from riemlearn.metric import Metric
from riemlearn.symbolic import Symmetry
from riemlearn.tensor_field import TensorField


class Quantity(NamedTuple):
    """What is known of a field before it is computed."""

    up: tuple[bool, ...]
    symbol: str
    symmetry: Symmetry = ()
    least_dimension: int = 1


_DOWN2, _DOWN3, _DOWN4 = (False,) * 2, (False,) * 3, (False,) * 4

QUANTITIES = {
    "christoffel": Quantity((True, False, False), r"\Gamma", ((1, 2),)),
    "christoffel_first": Quantity(_DOWN3, r"\Gamma", ((1, 2),)),
    "riemann": Quantity((True, False, False, False), "R", ((2, 3),)),
    "riemann_lowered": Quantity(_DOWN4, "R", ((0, 1), (2, 3), ((0, 1), (2, 3)))),
    "riemann_mixed": Quantity((True, True, False, False), "R", ((0, 1), (2, 3))),
    "ricci": Quantity(_DOWN2, r"\mathrm{Ric}", ((0, 1),)),
    "scalar": Quantity((), r"\mathrm{scal}"),
    "einstein": Quantity(_DOWN2, "G", ((0, 1),)),
    "schouten": Quantity(_DOWN2, "P", ((0, 1),), least_dimension=3),
    "cotton": Quantity(_DOWN3, "C", ((1, 2),), least_dimension=3),
    "weyl": Quantity((True, False, False, False), "C", ((2, 3),)),
    "kretschmann": Quantity((), r"|\mathrm{Rm}|^2"),
    "ricci_squared": Quantity((), r"|\mathrm{Ric}|^2"),
    "weyl_squared": Quantity((), "|C|^2"),
    "euler_density": Quantity((), "e"),
}


ALONG = ("sectional", "ricci_quadratic", "mean_curvature", "laplacian", "acceleration")
OF_THE_METRIC = ("metric", "inverse", "volume_density")


def check_quantity(name: str, dim: int) -> str:
    """Return the name of a quantity if it is known, and exists in this dimension.

    Raises
    ------
    ShapeError
        If it is not, or does not.

    Examples
    --------
    >>> check_quantity("weyl", 2)
    'weyl'
    """
    check_choice("evaluate: quantity", name, (*OF_THE_METRIC, *QUANTITIES))
    least = 1 if name in OF_THE_METRIC else QUANTITIES[name].least_dimension
    if dim < least:
        raise ShapeError(f"{name} needs a manifold of dimension {least} or more, and this one has {dim}")
    return name


def rank_of(metric: Metric) -> int:
    """The dimension of what a metric measures: its declared rank, if that is lower than the dimension of the chart."""
    return getattr(metric, "rank", None) or metric.dim


def check_plannable(name: str) -> str:
    """Return the name of a quantity if it is one that can be planned.

    Raises
    ------
    ShapeError
        If it is not.
    """
    return check_choice("plan: quantity", name, (*OF_THE_METRIC, *QUANTITIES, *ALONG))


def field(metric: Metric, name: str) -> TensorField:
    """A quantity of a connection as a tensor field.

    Raises
    ------
    ShapeError
        If it does not exist in the dimension of the metric.
    """
    quantity = QUANTITIES[check_quantity(name, rank_of(metric))]
    return metric.field(name, quantity.up, quantity.symbol, quantity.symmetry)
