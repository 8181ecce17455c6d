r"""The 2-jet of any Python callable, by central differences with Richardson extrapolation, and its error.

Along a direction u the differences

.. math:: \frac{f(x + hu) - f(x - hu)}{2h}, \qquad \frac{f(x + hu) - 2 f(x) + f(x - hu)}{h^2}, \qquad
    \frac{f(x + hu + hv) - f(x + hu - hv) - f(x - hu + hv) + f(x - hu - hv)}{4h^2}

have expansions in even powers of h, which Neville's scheme eliminates one by one (Ridders, Advances in Engineering
Software 4, 1982).  Large steps are wrong by truncation, small ones by the noise of f, which is estimated from
differences of high order (Moré and Wild, SIAM Journal on Scientific Computing 33, 2011): a map that computes in 32 bits
has more of it.  The table is extended to larger and to smaller steps while that helps, and its entry with the
smallest sum of both errors is taken.
"""

from collections.abc import Callable
from itertools import pairwise
from math import comb
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from riemlearn.errors import ShapeError
from riemlearn.jets.jet import Jet2

# Steps are _RATIO**-j of the size of the coordinates; the table starts at the middle and grows to both sides.
_RATIO, _SMALLEST, _START, _LARGEST = 2.0, -36, -7, 3
# Higher orders than this one gain nothing in 64 bits.
_ORDERS = 7
_NOISE_POINTS, _NOISE_ORDERS = 11, (5, 6, 7)

Function = Callable[[Any], Any]
Inside = Callable[[np.ndarray], bool]


class FiniteJet(NamedTuple):
    """A 2-jet by differences.

    Attributes
    ----------
    jet : Jet2
        Value, first and second derivatives along the rows of the basis, as NumPy arrays.
    error : Jet2
        Estimates of their errors: the Euclidean norm over the output, of shapes (), (k,) and (k (k + 1) / 2,).
    noise : float
        Estimated noise of the map: what its value changes by from rounding, Euclidean norm over the output.
    evaluations : int
        How many times the map was called.
    failed : array of shape (n,) or None
        The first point at which the map was not finite and had to be; all derivatives are then NaN.
    """

    jet: Jet2
    error: Jet2
    noise: float
    evaluations: int
    failed: np.ndarray | None


class _Entry(NamedTuple):
    """An entry of an extrapolation table with its two errors, and which steps it was made of."""

    value: np.ndarray
    truncation: float
    noise: float
    first_step: int

    @property
    def error(self) -> float:
        return self.truncation + 2 * self.noise


class _Failed(Exception):
    """The map is not finite at a point where it has to be."""

    def __init__(self, point: np.ndarray):
        super().__init__()
        self.point = point


def finite_jet2(
    f: Function,
    x: Float[np.ndarray, " n"],
    basis: Float[np.ndarray, "k n"] | None = None,
    *,
    inside: Inside | None = None,
    second: bool = True,
) -> FiniteJet:
    r"""Value, first and second derivatives of a Python callable along the rows of ``basis``, with error estimates.

    Parameters
    ----------
    f : callable
        A map from ``(n,)`` to an array of real numbers of any shape.  It gets float64 NumPy arrays, one point a call.
    x : array of shape (n,)
        The point.
    basis : array of shape (k, n), optional
        Directions; by default the coordinate directions.
    inside : callable, optional
        Whether a point may be asked for; steps stay so small that it holds.
    second : bool
        Whether second derivatives are taken; otherwise ``second`` has no rows.

    Returns
    -------
    FiniteJet
        The jet in float64, and its errors.

    Raises
    ------
    ShapeError
        If the map does not return an array of real numbers, or one of another shape than at x.
    Exception
        What the map raises at x or near it, with a note of the point.  An ArithmeticError or ValueError at a larger
        step only ends the growth of the steps: there the map has no value.

    Examples
    --------
    >>> import math
    >>> found = finite_jet2(lambda x: [math.sin(x[0]) * x[1]], np.array([0.0, 2.0]))
    >>> np.round(found.jet.first[:, 0], 9).tolist(), np.round(found.jet.second[:, 0], 6).tolist()
    ([2.0, 0.0], [0.0, 1.0, 0.0])
    >>> float(found.error.first.max()) < 1e-10
    True
    """
    x = np.asarray(x, dtype=np.float64)
    directions = np.eye(x.shape[0]) if basis is None else np.asarray(basis, dtype=np.float64)
    k = directions.shape[0]
    calls = _Calls(f, inside)
    value = calls.required(x)
    shape, pairs = value.shape, (k * (k + 1) // 2 if second else 0)
    try:
        if not np.all(np.isfinite(value)):
            raise _Failed(x)
        noise = _noise(calls, x, directions.sum(axis=0)) if k else np.nan
        first, along = [], []
        for u in directions:
            entries = _line(calls, x, value, u, noise, second)
            first.append(entries[0])
            along.extend(entries[1:])
        mixed = (
            [along[a] if a == b else _mixed(calls, x, directions[a], directions[b], noise, along[a], along[b])]
            for a, b in zip(*np.triu_indices(k if second else 0), strict=True)
        )
        seconds = [entry for (entry,) in mixed]
    except _Failed as failure:
        nothing = Jet2(value, np.full((k, *shape), np.nan), np.full((pairs, *shape), np.nan))  # pyright: ignore
        unknown = Jet2(np.asarray(np.nan), np.full(k, np.nan), np.full(pairs, np.nan))  # pyright: ignore
        return FiniteJet(nothing, unknown, np.nan, calls.count, failure.point)

    def stacked(entries: list[_Entry]) -> np.ndarray:
        return np.array([entry.value for entry in entries]).reshape(len(entries), *shape)

    jet = Jet2(value, stacked(first), stacked(seconds))  # pyright: ignore[reportArgumentType]
    error = Jet2(np.asarray(noise), np.array([e.error for e in first]), np.array([e.error for e in seconds]))  # pyright: ignore[reportArgumentType]
    return FiniteJet(jet, error, noise, calls.count, None)


class _Calls:
    """A map that is called at single points, checked and counted."""

    def __init__(self, f: Function, inside: Inside | None):
        self.f, self.inside, self.count = f, inside, 0
        self.shape: tuple[int, ...] | None = None
        self.eps = float(np.finfo(np.float64).eps)

    def required(self, point: np.ndarray) -> np.ndarray:
        """The value at a point where there has to be one."""
        self.count += 1
        try:
            returned = self.f(point.copy())  # a map that writes into its argument does no harm
        except Exception as error:
            error.add_note(f"raised by the map at the sample point x = {show(point)}")
            raise
        return self._checked(returned, point)

    def tried(self, point: np.ndarray) -> np.ndarray | None:
        """The value at a point, or None if there is none: outside, an error of arithmetic, not finite."""
        if self.inside is not None and not self.inside(point):
            return None
        self.count += 1
        try:
            with np.errstate(all="ignore"):
                returned = self.f(point.copy())
        except (ArithmeticError, ValueError):
            return None
        except Exception as error:
            error.add_note(f"raised by the map at the sample point x = {show(point)}")
            raise
        value = self._checked(returned, point)
        return value if np.all(np.isfinite(value)) else None

    def _checked(self, returned: Any, point: np.ndarray) -> np.ndarray:
        try:
            value = np.asarray(returned)
        except ValueError as error:
            raise ShapeError(f"the map returned no array at x = {show(point)}: {error}") from None
        # kinds that NumPy does not know, such as bfloat16, are V; they convert
        if value.dtype.kind not in "fV":
            raise ShapeError(
                "the map must return one array of floating-point numbers, got "
                f"{type(returned).__name__} of dtype {value.dtype} at x = {show(point)}"
            )
        if self.shape is None:
            self.shape = value.shape
            self.eps = (
                float(np.finfo(value.dtype).eps) if value.dtype.kind == "f" else 2.0**-8
            )  # else bfloat16 and such
        elif value.shape != self.shape:
            raise ShapeError(f"the map returned shape {self.shape} before and {value.shape} at x = {show(point)}")
        return value.astype(np.float64)


def show(point: np.ndarray) -> str:
    """A point as it stands in messages; digits enough to try it again."""
    return "(" + ", ".join(f"{float(v):.12g}" for v in point) + ")"


def _unit(x: np.ndarray, u: np.ndarray) -> float:
    """The multiple of u whose coordinates are of the size of those of x, or 1."""
    relative = float(np.max(np.abs(u) / np.maximum(1.0, np.abs(x)), initial=0.0))
    return 1 / relative if relative > 0 else 1.0


def _noise(calls: _Calls, x: np.ndarray, u: np.ndarray) -> float:
    r"""Noise of a map, from differences of orders 5 to 7 at equidistant points: root mean square times a norm.

    White noise of variance :math:`\sigma^2` has :math:`\mathrm{E}(\Delta^k f)^2 = \binom{2k}{k} \sigma^2`, whereas a
    smooth map has :math:`\Delta^k f = O(h^k)`.
    """
    h = 1e-6 * _unit(x, u)
    places = np.arange(_NOISE_POINTS) - _NOISE_POINTS // 2
    values: list[np.ndarray] = []
    for _ in range(5):
        found = [calls.tried(x + place * h * u) for place in places]
        values = [value.ravel() for value in found if value is not None]
        # A map that rounds its argument is a staircase: the points must be further apart than its steps.
        if len(values) < len(places) or all(np.any(a != b) for a, b in pairwise(values)):
            break
        h *= 16
    size = max((float(np.linalg.norm(value)) for value in values), default=0.0)
    floor = 0.3 * calls.eps * size  # rounding alone: between eps / 2 and eps, uniform
    if len(values) < len(places):
        return max(4 * floor, 1e-300)
    squares = (
        np.mean(np.sum(np.diff(values, order, axis=0) ** 2, axis=-1)) / comb(2 * order, order)
        for order in _NOISE_ORDERS
    )
    return max(float(np.sqrt(min(squares))), floor, 1e-300)


def _line(
    calls: _Calls, x: np.ndarray, value: np.ndarray, u: np.ndarray, noise: float, second: bool
) -> tuple[_Entry, ...]:
    """First derivative, and second if it is wanted, along one direction."""
    centre = value.ravel()

    def differences(h: float) -> tuple[np.ndarray, ...] | np.ndarray:
        sides = []
        for sign in (1, -1):
            side = calls.tried(x + sign * h * u)
            if side is None:
                return x + sign * h * u
            sides.append(side.ravel())
        first = (sides[0] - sides[1]) / (2 * h)
        return (first, ((sides[0] - centre) + (sides[1] - centre)) / h**2) if second else (first,)

    amplification = (lambda h: 1 / (np.sqrt(2) * h), lambda h: np.sqrt(6) / h**2)[: 1 + second]
    return _grown(calls, differences, amplification, noise, _unit(x, u), _START)


def _mixed(
    calls: _Calls, x: np.ndarray, u: np.ndarray, v: np.ndarray, noise: float, along_u: _Entry, along_v: _Entry
) -> _Entry:
    """Mixed second derivative; the steps start where those along the two directions were good."""
    unit_u, unit_v = _unit(x, u), _unit(x, v)
    u, v = unit_u * u, unit_v * v

    def differences(h: float) -> tuple[np.ndarray, ...] | np.ndarray:
        total = 0.0
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            point = x + h * (a * u + b * v)
            corner = calls.tried(point)
            if corner is None:
                return point
            total = total + a * b * corner.ravel()
        return (total / (4 * h**2),)

    start = min(along_u.first_step, along_v.first_step)
    entry = _grown(calls, differences, (lambda h: 1 / (2 * h**2),), noise, 1.0, start)[0]
    scale = unit_u * unit_v
    return _Entry(entry.value / scale, entry.truncation / scale, entry.noise / scale, entry.first_step)


def _grown(
    calls: _Calls,
    differences: Callable[[float], tuple[np.ndarray, ...] | np.ndarray],
    amplification: tuple[Callable[[Any], Any], ...],
    noise: float,
    unit: float,
    start: int,
) -> tuple[_Entry, ...]:
    """The best entries of the tables of some differences, which grow to both sides while that makes them better.

    ``differences`` returns the point that has no value instead, if there is one.
    """
    exponents: list[int] = []
    columns: list[tuple[np.ndarray, ...]] = []

    def add(exponent: int) -> np.ndarray | None:
        found = differences(unit * _RATIO**exponent)
        if isinstance(found, np.ndarray):
            return found
        where = 0 if exponents and exponent < exponents[0] else len(exponents)
        exponents.insert(where, exponent)
        columns.insert(where, found)
        return None

    def best(count: int | None = None) -> tuple[_Entry, ...]:
        steps = unit * _RATIO ** np.array(exponents[:count], dtype=float)
        return tuple(
            _best_entry(np.array([column[i] for column in columns[:count]]), noise * amplify(steps), exponents[0])
            for i, amplify in enumerate(amplification)
        )

    # The table has to begin with steps at which the expansion holds: three of them, smaller until they agree but for
    # noise, and while the map has no value there.
    missing, exponent = None, min(start, _LARGEST - 2)
    while len(exponents) < 3:
        missing = add(exponent)
        exponent = exponent + 1 if missing is None else exponent - len(exponents) - 4
        if missing is not None:
            exponents.clear()
            columns.clear()
            if exponent < _SMALLEST:
                raise _Failed(missing)
    entries, idle = best(), 0
    while any(e.truncation > e.noise for e in entries) and idle < 3 and exponents[0] > _SMALLEST:
        if add(exponents[0] - 1) is not None:
            break
        smaller = best(3)
        idle = 0 if any(n.truncation < e.truncation for n, e in zip(smaller, entries, strict=True)) else idle + 1
        entries = entries if idle else smaller
    entries, idle = best(), 0
    while idle < 2 and exponents[-1] < _LARGEST and add(exponents[-1] + 1) is None:
        found = best()
        idle = 0 if any(new.error < 0.9 * old.error for new, old in zip(found, entries, strict=True)) else idle + 1
        entries = tuple(min(pair, key=lambda entry: entry.error) for pair in zip(found, entries, strict=True))
    return entries


def _best_entry(column: np.ndarray, noise: np.ndarray, first_exponent: int) -> _Entry:
    """The entry of Neville's table with the smallest error; its truncation is what one more order changes.

    That is believed only where neighbours in each column agree better than those in the column before, or up to noise:
    else the expansion does not hold at the largest of their steps.  And only where smaller steps agreed already: large
    steps may agree on what they see of an oscillation.
    """
    values, weights, before = column, np.eye(len(column)), np.full(len(column) - 1, np.inf)
    apart = np.linalg.norm(column[:-1] - column[1:], axis=-1)
    worst = np.maximum.accumulate(np.where(apart < 4 * noise[:-1], 0, apart))
    believed = np.append(0, worst[:-1]) <= 2 * apart
    best = _Entry(values[0], float(np.linalg.norm(values[0] - values[1])), float(noise[0]), first_exponent)
    for order in range(1, min(len(column), _ORDERS + 1)):
        factor = _RATIO ** (2 * order) - 1
        apart = np.linalg.norm(values[:-1] - values[1:], axis=-1)
        amplified = np.sqrt(np.sum((weights * noise) ** 2, axis=-1))
        believed = believed[: len(apart)] & ((apart < before[: len(apart)] / 2) | (apart < 4 * amplified[:-1]))
        totals = np.where(believed, apart / factor + 2 * amplified[:-1], np.inf)
        i = int(np.argmin(totals))
        if totals[i] < best.error:
            best = _Entry(values[i], float(apart[i] / factor), float(amplified[i]), first_exponent + i)
        values, weights = (t[:-1] + (t[:-1] - t[1:]) / factor for t in (values, weights))
        before = apart
    return best
