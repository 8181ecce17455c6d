"""Much work: batches in chunks of bounded memory over devices and machines, and tasks in several processes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from riemlearn.parallel.processes import finished as finished

if TYPE_CHECKING:
    from riemlearn.parallel.chunks import chunked as chunked
    from riemlearn.parallel.machines import distributed as distributed

_HOME = {"chunked": "chunks", "distributed": "machines"}

__all__ = ["chunked", "distributed", "finished"]


def __getattr__(name: str) -> Any:
    """Import what needs JAX when it is asked for: processes that are started for other work do without."""
    if name in _HOME:
        return getattr(import_module(f"riemlearn.parallel.{_HOME[name]}"), name)
    raise AttributeError(f"module 'riemlearn.parallel' has no attribute {name!r}")
