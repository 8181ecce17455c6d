"""Work in several processes: every item is done once, and results come as they are finished."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import Any

from riemlearn.errors import NumericError, ShapeError


def finished(
    work: Callable[[Any], Any], items: Sequence[Any], processes: Any = 1, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[int, Any]]:
    """Pairs of an item's index and its result, in the order in which they are finished.

    Parameters
    ----------
    work : callable
        What is done with an item.  With more than one process, a function of a module, and items and results that can
        be pickled.
    items : sequence
        The items, those that take longest first.
    processes : int
        How many at a time; 1 is this process itself.  New interpreters are started, so that a script that
        asks for more needs the usual ``if __name__ == "__main__":``.
    prepare : callable, optional
        Called once in each new process.

    Raises
    ------
    ShapeError
        If ``processes`` is not a positive integer.
    NumericError
        If a process dies, as it does when memory runs out.

    Examples
    --------
    >>> list(finished(abs, [-1, 2]))
    [(0, 1), (1, 2)]
    """
    if not isinstance(processes, int) or isinstance(processes, bool) or processes < 1:
        raise ShapeError(f"processes must be a positive integer, got {processes!r}")
    if processes == 1 or len(items) < 2:
        yield from ((i, work(item)) for i, item in enumerate(items))
        return
    workers = min(processes, len(items))
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _enter, (prepare,))
    try:
        futures = {pool.submit(work, item): i for i, item in enumerate(items)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool:
        raise NumericError("a worker process died, perhaps for want of memory; try fewer processes") from None
    except BaseException:  # Ctrl-C, an error, or nobody takes the rest: what is at work is not waited for
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _enter(prepare: Callable[[], None] | None) -> None:
    """Leave Ctrl-C to the process that started this one, and make ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if prepare is not None:
        prepare()
