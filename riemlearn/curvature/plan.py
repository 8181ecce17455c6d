"""Which way to a curvature is taken, decided from the dimensions alone before anything is computed."""

from dataclasses import dataclass
from typing import Literal

Route = Literal["closed form", "all pairs", "normal vectors", "row by row", "matrix-free"]

# Second derivatives that are carried at once; above, the scalar curvature is summed up over parts of this size.
COLUMNS_AT_ONCE = 4096
PART = 1024

# What forward over reverse differentiation costs, in columns of forward differentiation.
_REVERSE = 4

_CONNECTION = ("christoffel", "christoffel_first", "cotton", "second_fundamental_form")


@dataclass(frozen=True)
class Plan:
    """How a quantity will be computed.

    Attributes
    ----------
    quantity : str
        What is asked for.
    route : str
        ``"closed form"``, ``"all pairs"`` (all second derivatives), ``"normal vectors"`` (a Hessian for each normal),
        ``"row by row"`` (all pairs, a part at a time) or ``"matrix-free"`` (along given directions only).
    columns : dict
        What each route that gives this quantity would cost: derivatives of the map, first and second together, that are
        carried through it. The cheapest is taken, if it fits.
    """

    quantity: str
    route: Route
    columns: dict[str, int]

    def __str__(self) -> str:
        costs = ", ".join(f"{route}: {count} columns" for route, count in sorted(self.columns.items(), key=_cost))
        return f"{self.quantity} by the route {self.route!r}" + (f" ({costs})" if costs else "")


def _cost(item: tuple[str, int]) -> int:
    return item[1]


def plan_embedding(quantity: str, n: int, normals: int | None, planes: int = 1) -> Plan:
    """Plan for an embedding of an n-dimensional manifold; ``normals`` is the codimension where that route is open.

    Examples
    --------
    >>> print(plan_embedding("scalar", 16, normals=1))
    scalar by the route 'normal vectors' (normal vectors: 96 columns, all pairs: 184 columns)
    >>> print(plan_embedding("sectional", 16, normals=None))
    sectional by the route 'matrix-free' (matrix-free: 51 columns, all pairs: 184 columns)
    """
    pairs, frame = n * (n + 1) // 2, 2 * n
    columns = {"all pairs": frame + n + pairs}
    along = {"sectional": 3 * planes, "ricci_quadratic": n + 2, "mean_curvature": 1, "laplacian": 1, "acceleration": 1}
    if quantity in along:
        columns["matrix-free"] = frame + n + along[quantity]
    if normals is not None and quantity not in (*_CONNECTION, *along):
        columns["normal vectors"] = frame + _REVERSE * normals * n
    if quantity == "scalar" and n + pairs > COLUMNS_AT_ONCE:
        columns["row by row"] = frame + -(-pairs // PART) * (n + PART)
        del columns["all pairs"]
    return _cheapest(quantity, columns)


def plan_function(quantity: str, n: int, planes: int = 1) -> Plan:
    """Plan for a metric function in dimension n.

    Examples
    --------
    >>> print(plan_function("ricci_quadratic", 4))
    ricci_quadratic by the route 'matrix-free' (matrix-free: 10 columns, all pairs: 14 columns)
    """
    columns = {"all pairs": n + n * (n + 1) // 2}
    along = {"sectional": 3 * planes, "ricci_quadratic": n + 2, "laplacian": 0, "acceleration": 0}
    if quantity in along:
        columns["matrix-free"] = n + along[quantity]
    return _cheapest(quantity, columns)


def _cheapest(quantity: str, columns: dict[str, int]) -> Plan:
    return Plan(quantity, min(columns, key=lambda route: columns[route]), columns)  # pyright: ignore[reportArgumentType]
