"""Charts: the names of the coordinates and the domain of each, without a word of how a metric looks on them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, SupportsFloat, get_args

from riemlearn.errors import ShapeError, SymbolError

Kind = Literal["interval", "periodic"]
End = Literal["open", "pole", "boundary"]


@dataclass(frozen=True)
class Axis:
    """The domain of one coordinate: a circle, or an interval, and what is at each of its two ends.

    An end is ``"open"`` where the chart or the manifold goes no further, ``"pole"`` where the coordinates are singular
    but the manifold is not, and ``"boundary"`` where the manifold has one.
    """

    low: float = -math.inf
    high: float = math.inf
    kind: Kind = "interval"
    ends: tuple[End, End] = ("open", "open")

    def __str__(self) -> str:
        if self.kind == "periodic":
            return f"periodic with period {self.high - self.low:g}"
        where = f"({self.low:g}, {self.high:g})"
        if self.ends[0] == self.ends[1]:
            plural = {"open": "", "pole": " with poles at its ends", "boundary": " with a boundary at both ends"}
            return where + plural[self.ends[0]]
        at = [f"a {end} at {x:g}" for end, x in zip(self.ends, (self.low, self.high), strict=True) if end != "open"]
        return f"{where} with {' and '.join(at)}"


def interval(
    low: SupportsFloat = -math.inf, high: SupportsFloat = math.inf, ends: End | tuple[End, End] = "open"
) -> Axis:
    """Open interval ``(low, high)``; without arguments the whole line.

    Parameters
    ----------
    low, high : float
        Where it ends.
    ends : {"open", "pole", "boundary"} or a pair of these
        What is there; an infinite end is open whatever is said here.

    Examples
    --------
    >>> print(interval(0))
    (0, inf)
    >>> print(interval(0, 2, ends=("pole", "boundary")))
    (0, 2) with a pole at 0 and a boundary at 2

    Raises
    ------
    SymbolError
        If low is not less than high, or an end is not known.
    """
    axis = Axis(float(low), float(high))
    if not axis.low < axis.high:
        raise SymbolError(f"interval: low = {axis.low:g} must be less than high = {axis.high:g}")
    pair = (ends, ends) if isinstance(ends, str) else tuple(ends)
    if len(pair) != 2 or any(end not in get_args(End) for end in pair):
        raise SymbolError(f"interval: ends must be one or two of {get_args(End)}, got {ends!r}")
    at_low, at_high = (end if math.isfinite(x) else "open" for end, x in zip(pair, (axis.low, axis.high), strict=True))
    return replace(axis, ends=(at_low, at_high))


def periodic(period: SupportsFloat) -> Axis:
    """Circle of the given period; every real number is a point of it.

    Examples
    --------
    >>> print(periodic(1.0))
    periodic with period 1
    """
    if not 0 < float(period) < math.inf:
        raise SymbolError(f"periodic: period = {float(period):g} must be positive and finite")
    return Axis(0.0, float(period), "periodic")


def pole_interval(low: SupportsFloat, high: SupportsFloat) -> Axis:
    """Open interval at whose finite ends the coordinates (not the manifold) are singular, as at the poles of a sphere.

    Examples
    --------
    >>> print(pole_interval(0, 2))
    (0, 2) with poles at its ends
    """
    return interval(low, high, ends="pole")


@dataclass(frozen=True)
class Region:
    """A condition on a whole point that no product of intervals can state, such as the inside of a ball.

    ``contains`` takes a point (any array with coordinates on the last axis) and uses arithmetic and comparison only,
    so that it works for NumPy and JAX arrays alike.
    """

    contains: Callable[[Any], Any]
    description: str


@dataclass(frozen=True)
class Chart:
    """Coordinates of a manifold: a name and a domain for each axis.

    Parameters
    ----------
    names : tuple of str
        Coordinate names, all different.
    axes : tuple of Axis, optional
        Domain of each coordinate; by default the whole line.
    region : Region, optional
        A further condition on the whole point.

    Raises
    ------
    SymbolError
        If a name is not a string, or stands twice.
    ShapeError
        If there are not as many axes as names.

    Examples
    --------
    >>> sphere = Chart(("theta", "phi"), (pole_interval(0, math.pi), periodic(2 * math.pi)))
    >>> sphere.dim
    2
    >>> sphere.describe_outside([4.0, 0.0])
    'theta = 4 is not in (0, 3.14159) with poles at its ends'
    """

    names: tuple[str, ...]
    axes: tuple[Axis, ...] = ()
    region: Region | None = None

    def __post_init__(self) -> None:
        if isinstance(self.names, str):
            raise SymbolError(f"Chart: names must be a tuple of strings, got the string {self.names!r}")
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "axes", tuple(self.axes))
        if not self.names:
            raise ShapeError("Chart: there must be at least one coordinate")
        for name in self.names:
            if not isinstance(name, str):
                raise SymbolError(f"Chart: coordinate names must be strings, got {name!r}")
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise SymbolError(f"Chart: the coordinates {', '.join(twice)} stand more than once in {self.names}")
        if not self.axes:
            object.__setattr__(self, "axes", (Axis(),) * len(self.names))
        if len(self.axes) != len(self.names):
            raise ShapeError(f"Chart: {len(self.names)} coordinates but {len(self.axes)} axes")

    @classmethod
    def real(cls, dim: int) -> "Chart":
        """Chart of R^dim with coordinates x1, ..., xn."""
        if not isinstance(dim, int) or isinstance(dim, bool) or dim < 1:
            raise ShapeError(f"dim must be a positive integer, got {dim!r}")
        return cls(tuple(f"x{i + 1}" for i in range(dim)))

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.names)

    def contains(self, x: Any) -> Any:
        """Whether the point(s) ``x`` of shape ``(..., n)`` lie in the domain; a boolean array of shape ``(...)``."""
        inside = x[..., 0] == x[..., 0]
        for i, axis in enumerate(self.axes):
            if axis.kind != "periodic":
                inside = inside & (x[..., i] > axis.low) & (x[..., i] < axis.high)
        if self.region is not None:
            inside = inside & self.region.contains(x)
        return inside

    def beyond(self, x: Any) -> Any:
        """Whether the point(s) ``x`` of shape ``(..., n)`` lie beyond an end of an axis; at the end they do not.

        Examples
        --------
        >>> import numpy as np
        >>> Chart(("theta",), (pole_interval(0, 2),)).beyond(np.array([[-0.1], [0.0], [2.0], [2.1]]))
        array([ True, False, False,  True])
        """
        outside = x[..., 0] != x[..., 0]
        for i, axis in enumerate(self.axes):
            if axis.kind != "periodic":
                outside = outside | (x[..., i] < axis.low) | (x[..., i] > axis.high)
        return outside

    def describe_outside(self, x: Sequence[float]) -> str:
        """Say which coordinate of one point leaves the domain, and where the domain ends."""
        for name, axis, value in zip(self.names, self.axes, x, strict=True):
            if axis.kind != "periodic" and not axis.low < value < axis.high:
                return f"{name} = {value:.6g} is not in {axis}"
        return f"the point is not in {self.region.description}" if self.region else "the point is in the chart"
