"""Coordinates declared in one go: SymPy symbols that know their domain."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from riemlearn.chart import Axis
from riemlearn.errors import SymbolError


class Coordinates(tuple[sp.Symbol, ...]):
    """Symbols of a chart, with the domain of each; made by :func:`coordinates`."""

    domain: Mapping[sp.Symbol, Axis]


def coordinates(*names: Any, **axes: Any) -> Coordinates:
    r"""Declare coordinates and their domains in one line.

    Parameters
    ----------
    *names
        None: a name without a domain is refused.
    **axes : Axis
        For each coordinate what :func:`~riemlearn.interval`, :func:`~riemlearn.periodic` or
        :func:`~riemlearn.pole_interval` returns.  The symbols are real, and positive if their domain is; names of Greek
        letters are shown as such.

    Returns
    -------
    Coordinates
        A tuple of the symbols, which :meth:`riemlearn.Metric.from_sympy` takes together with their domains.

    Raises
    ------
    SymbolError
        If there is none, or a domain is no axis.

    Examples
    --------
    >>> from riemlearn import Metric, periodic, pole_interval
    >>> theta, phi = chart = coordinates(theta=pole_interval(0, sp.pi), phi=periodic(2 * sp.pi))
    >>> print(Metric.from_sympy(chart, sp.diag(1, sp.sin(theta) ** 2)).chart.axes[1])
    periodic with period 6.28319
    """
    if names or not axes:
        raise SymbolError(
            f"coordinates: give each with its domain, as in coordinates(x=interval(0, 1), phi=periodic(1)), got {names}"
        )
    for name, axis in axes.items():
        if not isinstance(axis, Axis):
            raise SymbolError(f"coordinates: {name} must be made by interval, periodic or pole_interval, got {axis!r}")
    domain = {sp.Symbol(name, **_assumptions(axis)): axis for name, axis in axes.items()}
    found = Coordinates(domain)
    found.domain = domain
    return found


def _assumptions(axis: Axis) -> dict[str, bool]:
    """What is known of a coordinate; of an angle only that it is real."""
    return {"positive": True} if axis.kind == "interval" and axis.low >= 0 else {"real": True}
