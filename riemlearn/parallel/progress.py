"""How far a batch is: a bar on a terminal or in a notebook, or what the caller makes of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from riemlearn.errors import ShapeError


@contextmanager
def reporting(progress: Any, total: int, done: int) -> Iterator[Callable[[int], Any]]:
    """Give a function to be called with the number of points that are done.

    Parameters
    ----------
    progress : bool, callable or None
        True for a bar, shown where there is a terminal or a notebook; a callable is given ``(done, total)``.
    total, done : int
        How many points there are, and how many are done at the start.

    Raises
    ------
    ShapeError
        If ``progress`` is none of these.
    """
    if progress is None or progress is False:
        yield lambda done: None
    elif callable(progress):
        report: Callable[[int, int], Any] = progress
        report(done, total)
        yield lambda done: report(done, total)
    elif progress is True:
        with _bar(total, done) as step:
            yield step
    else:
        raise ShapeError(f"progress must be True, False or a callable of (done, total), got {progress!r}")


@contextmanager
def _bar(total: int, first: int) -> Iterator[Callable[[int], Any]]:
    """A bar with the number of points, points per second and the time that remains."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(28), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    display = Progress(*columns, console=console, disable=not console.is_terminal or console.is_jupyter)
    task, begun = display.add_task("points", total=total, completed=first, rate=""), time.monotonic()
    show = _in_notebook(display) if console.is_jupyter else lambda: None

    def step(done: int) -> None:
        rate = (done - first) / max(time.monotonic() - begun, 1e-9)
        display.update(task, completed=done, rate=f"{rate:,.0f} points/s")
        show()

    with display:
        yield step


def _in_notebook(display: Any) -> Callable[[], None]:
    """Show a bar below the cell, anew at each call; rich alone would want ipywidgets for that."""
    from IPython.display import display as show  # pyright: ignore[reportMissingImports]

    handle: Any = show(display.make_tasks_table(display.tasks), display_id=True)
    return lambda: handle.update(display.make_tasks_table(display.tasks))
