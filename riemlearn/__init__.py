"""riemlearn: differential geometry of closed forms and of learned maps, with one set of classes.

Nothing heavy is imported until a name is used, so that ``import riemlearn`` costs milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Chart": "chart",
    "Connection": "connection",
    "HeatKernel": "heat_kernel",
    "LaplaceBeltrami": "laplace_beltrami",
    "Metric": "metric",
    "Spectrum": "laplace_beltrami",
    "TensorField": "tensor_field",
    "cite": "citation",
    "coordinates": "metric",
    "curvature_penalty": "connection",
    "differential": "symbolic",
    "interval": "chart",
    "jet2": "jets",
    "periodic": "chart",
    "pole_interval": "chart",
}
_ROOMS = ("errors", "jets", "manifolds", "parallel", "plot", "symbolic", "testing", "transformer", "verify")

__all__ = [*sorted(_HOME), *_ROOMS]  # pyright: ignore[reportUnsupportedDunderAll]

if TYPE_CHECKING:
    from riemlearn.chart import Chart as Chart
    from riemlearn.chart import interval as interval
    from riemlearn.chart import periodic as periodic
    from riemlearn.chart import pole_interval as pole_interval
    from riemlearn.citation import cite as cite
    from riemlearn.connection import Connection as Connection
    from riemlearn.connection import curvature_penalty as curvature_penalty
    from riemlearn.heat_kernel import HeatKernel as HeatKernel
    from riemlearn.jets import jet2 as jet2
    from riemlearn.laplace_beltrami import LaplaceBeltrami as LaplaceBeltrami
    from riemlearn.laplace_beltrami import Spectrum as Spectrum
    from riemlearn.metric import Metric as Metric
    from riemlearn.metric import coordinates as coordinates
    from riemlearn.symbolic import differential as differential
    from riemlearn.tensor_field import TensorField as TensorField


def __getattr__(name: str) -> Any:
    """Import the room that holds ``name`` the first time it is asked for."""
    if name in _ROOMS:
        return import_module(f"riemlearn.{name}")
    if name in _HOME:
        return getattr(import_module(f"riemlearn.{_HOME[name]}"), name)
    hint = ""
    if name[:1].isupper():  # not for submodules, which are looked for here before they are imported
        found = hasattr(import_module("riemlearn.manifolds"), name)
        hint = f"; did you mean riemlearn.manifolds.{name}?" if found else ""
    raise AttributeError(f"module 'riemlearn' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
