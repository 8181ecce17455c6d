"""The tasks of a verification: what is wanted, on which manifolds, in how many processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax

from riemlearn.errors import NumericError, SymbolError, check_integer
from riemlearn.manifolds import Spacetime
from riemlearn.parallel import finished
from riemlearn.verify.cases import Case, cases, chosen, named, names
from riemlearn.verify.geodesics import QUANTITIES as GEODESICS
from riemlearn.verify.geodesics import geodesic_rows
from riemlearn.verify.heat import heat_rows, spectrum_rows
from riemlearn.verify.report import Verification
from riemlearn.verify.rows import Row
from riemlearn.verify.spacetimes import QUANTITIES as SPACETIMES
from riemlearn.verify.spacetimes import spacetime_rows
from riemlearn.verify.squares import QUANTITIES as SQUARES
from riemlearn.verify.squares import squares
from riemlearn.verify.volume import volume_rows

QUANTITIES = tuple(dict.fromkeys((*SQUARES, *SPACETIMES, *GEODESICS, "volume", "spectrum", "heat_kernel")))

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Task:
    """What one process does at a time: everything that is wanted of one manifold.

    Attributes
    ----------
    case : Case or str
        The manifold, or its name where another process has to find it.
    quantities : tuple of str
        What is compared.
    points, seed : int
        How many random points, and their seed.
    """

    case: Case | str
    quantities: tuple[str, ...]
    points: int
    seed: int


def rows_of(task: Task) -> tuple[Row, ...]:
    """Compare everything that is wanted of one manifold."""
    case = cases(task.case)[0] if isinstance(task.case, str) else task.case
    return tuple(_rows(case, task))


def _rows(case: Case, task: Task) -> Iterator[Row]:
    points = case.points(task.seed, task.points)
    if isinstance(case.manifold, Spacetime):
        yield from spacetime_rows(case, task.quantities, points)
        return
    local = [name for name in task.quantities if name in SQUARES]
    if local:
        yield from squares(case, local, points)
    yield from geodesic_rows(case, task.quantities, points)
    if "volume" in task.quantities:
        yield from volume_rows(case)
    if "spectrum" in task.quantities:
        yield from spectrum_rows(case)
    if "heat_kernel" in task.quantities:
        yield from heat_rows(case, points)


def run(
    manifolds: Sequence[Any] | str | None = None,
    quantities: Sequence[str] | None = None,
    points: int | Any = 16,
    seed: int = 0,
    progress: Progress | None = None,
    processes: int | Any = 1,
) -> Verification:
    """Verify the library on manifolds whose geometry is known.

    Parameters
    ----------
    manifolds : sequence of str, Manifold, Spacetime or Case, optional
        Names from the catalogue (``"S2"``, ``"torus"``, ...) or of spacetimes (``"kerr"``, ...), or manifolds of your
        own; by default the whole catalogue and all spacetimes.
    quantities : sequence of str, optional
        Some of metric, christoffel, riemann, ricci, scalar, laplace_beltrami, distance, exp, log, volume,
        spectrum, heat_kernel, and of spacetimes kretschmann, ricci_squared, weyl_squared, weyl; by default all.
    points : int
        Number of random points on each manifold; on a spacetime a quarter of it.
    seed : int
        Seed of the points.  Those of a manifold do not depend on what else is verified.
    progress : callable, optional
        Called as ``progress(done, total, name)`` at the start, with 0 and no name, and whenever a manifold is done.
    processes : int
        How many manifolds are verified at a time.  Those of your own are verified in this process.

    Returns
    -------
    Verification
        All rows; ``.passed`` says whether all is well.

    Raises
    ------
    SymbolError
        If a name is not known, or if nothing was asked for that could fail.
    ShapeError
        If there is not at least one point or process.
    NumericError
        If JAX computes in 32 bits, where float64 cannot be verified.

    Examples
    --------
    >>> found = run(["R2"], ["metric"], points=2)
    >>> found.passed, len(found.rows)
    (True, 6)
    """
    if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        raise NumericError(
            "verify: JAX computes in 32 bits; call jax.config.update('jax_enable_x64', True) "
            "before the first computation"
        )
    points, processes = check_integer("verify: points", points, 1), check_integer("verify: processes", processes, 1)
    wanted = cases(manifolds)
    asked = chosen("quantity", quantities, QUANTITIES)
    found = _verified(wanted, partial(Task, quantities=asked, points=points, seed=seed), progress, processes)
    rows = tuple(row for i in range(len(wanted)) for row in found[i])
    if not rows:
        where = ", ".join(case.name for case in wanted) or "no manifold"
        raise SymbolError(f"verify: nothing to verify: {', '.join(asked) or 'no quantity'} on {where}")
    return Verification(rows, seed)


def _verified(
    wanted: Sequence[Case], task: Callable[..., Task], progress: Progress | None, processes: int
) -> dict[int, tuple[Row, ...]]:
    """Rows of each case by its place: first those of the caller's own, then those that other processes can find."""
    known = names() if processes > 1 else ()
    shared = [i for i, case in enumerate(wanted) if case.name in known and named(case.name) == case]
    shared.sort(key=lambda i: -wanted[i].dim)  # the long ones first, so that no process is left with one at the end
    own = [i for i in range(len(wanted)) if i not in shared]
    found: dict[int, tuple[Row, ...]] = {}

    def take(places: Sequence[int], results: Iterator[tuple[int, tuple[Row, ...]]]) -> None:
        for i, rows in results:
            found[places[i]] = rows
            step(wanted[places[i]].name)

    def step(name: str) -> None:
        if progress is not None:
            progress(len(found), len(wanted), name)

    step("")
    take(own, finished(rows_of, [task(wanted[i]) for i in own]))
    take(shared, finished(rows_of, [task(wanted[i].name) for i in shared], processes, _use_float64))
    return found


def _use_float64() -> None:
    """What the caller has switched on holds in a new process too."""
    jax.config.update("jax_enable_x64", True)
