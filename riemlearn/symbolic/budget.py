"""How much time and memory an exact computation may take before it gives up."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from time import monotonic
from typing import Any

from riemlearn.errors import BudgetError

# Products of terms that an exact multiplication does in a second, a cautious figure, and how many it does at once: it
# cannot be interrupted inside.
_PRODUCTS_PER_SECOND = 1e7
_PRODUCTS_AT_ONCE = 10_000_000
_TERM_BYTES = 16


class Budget:
    """Limits of an exact computation; what was finished before they are reached stays known.

    Parameters
    ----------
    seconds : float, optional
        Time for what is asked at once; without it there is no limit.
    memory : float
        Bytes for one polynomial.

    Raises
    ------
    BudgetError
        If a limit is no positive number.

    Examples
    --------
    >>> Budget(seconds=10)
    Budget(seconds=10, memory=2e+09)
    """

    def __init__(self, seconds: Any = None, memory: Any = 2e9):
        limits: dict[str, Any] = {"seconds": 1 if seconds is None else seconds, "memory": memory}
        for name, value in limits.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise BudgetError(f"{name} of a budget must be a positive number, got {value!r}")
        self.seconds, self.memory = seconds, memory
        self._deadline: float | None = None
        self._lock = RLock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Budget, (self.seconds, self.memory)  # a lock cannot be copied

    def __repr__(self) -> str:
        return f"Budget(seconds={self.seconds}, memory={self.memory:g})"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clock run, if it does not run already; one thread at a time, for a ring grows while it computes."""
        with self._lock:
            if self.seconds is None or self._deadline is not None:
                yield
                return
            self._deadline = monotonic() + self.seconds
            try:
                yield
            finally:
                self._deadline = None

    def products_at_once(self, variables: int) -> int:
        """How many products of terms a multiplication may do before the limits are looked at again."""
        return min(_PRODUCTS_AT_ONCE, max(1, int(self.memory / (2 * (_TERM_BYTES + variables)))))

    def check(self, terms: int, variables: int, products: int = 0) -> None:
        """Refuse a polynomial that is too large, or a multiplication that would end too late.

        Raises
        ------
        BudgetError
            If a limit is passed.
        """
        if terms * (_TERM_BYTES + variables) > self.memory:
            raise BudgetError(f"a polynomial has grown to {terms} terms, past the memory of {self!r}")
        if self._deadline is not None and monotonic() + products / _PRODUCTS_PER_SECOND > self._deadline:
            raise BudgetError(f"the computation would pass the time of {self!r}; what was finished is kept")
