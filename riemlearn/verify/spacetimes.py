"""Spacetimes: what is published against the exact ring, and every route of curvature against the oracle."""

from collections.abc import Iterator, Sequence

from jaxtyping import Array, Float

from riemlearn.manifolds import Spacetime
from riemlearn.verify.cases import Case
from riemlearn.verify.exact import SUBJECT, decisions
from riemlearn.verify.rows import Row, exact_row
from riemlearn.verify.squares import squares

CURVATURE = ("riemann", "ricci", "scalar", "kretschmann")
QUANTITIES = (*CURVATURE, "ricci_squared", "weyl_squared", "weyl")
_SHARE = 4


def spacetime_rows(case: Case, quantities: Sequence[str], points: Float[Array, "points n"]) -> Iterator[Row]:
    """Rows of one spacetime: exact ones for all values of its parameters, others for those of its patch.

    The others are of float64, at a quarter of the points, one at least: exact rows hold everywhere, and what float32
    loses is seen on the manifolds.
    """
    spacetime: Spacetime = case.manifold
    for name, decision in decisions(spacetime):
        quantity = SUBJECT.get(name, name)
        if quantity in quantities:
            yield exact_row(case.name, quantity, decision.answer)
    local = [name for name in CURVATURE if name in quantities]
    if local:
        yield from squares(
            Case(case.name, spacetime.on_patch()), local, points[: -(-len(points) // _SHARE)], ("float64",)
        )
