"""What can go wrong, said once: the exception tree, and the status that array code carries instead.

Static mistakes (a wrong shape, an unknown name) raise at once.  Failures that depend on data (a metric that is
singular at one of a million points) are an integer :class:`Status` per point, because compiled code cannot raise; the
object layer turns them into the exception of :attr:`Status.error` when it is called eagerly.
"""

from enum import IntEnum
from importlib import import_module
from numbers import Integral
from types import ModuleType
from typing import Any


class RiemlearnError(Exception):
    """Base class of every error that riemlearn raises on purpose."""


class ShapeError(RiemlearnError, ValueError):
    """An array has the wrong shape or dimension."""


class SymbolError(RiemlearnError, ValueError):
    """Coordinates or symbols are not what they must be (strings, duplicates, unknown or missing names)."""


class ParseError(RiemlearnError, ValueError):
    """A text is no expression, or exceeds the limits of the reader; ``position`` is where."""

    def __init__(self, message: str, position: int = 0):
        super().__init__(message)
        self.position = position


class UnboundParameter(RiemlearnError, ValueError):
    """A closed form has a free symbol or function without a value."""


class NoClosedForm(RiemlearnError, AttributeError):
    """A closed form was asked of a source that is only known numerically."""


class ChartError(RiemlearnError, ValueError):
    """A point lies outside the domain of its chart, or is not a number."""


class MetricError(RiemlearnError, ValueError):
    """A metric is not what it must be: symmetric, regular, of the signature that the operation needs."""


class DegenerateError(MetricError):
    """The Jacobian of an embedding loses rank, so that its pullback is no metric at that point."""


class DerivativeError(RiemlearnError, TypeError):
    """A map cannot be differentiated: something in it has no derivative that JAX knows."""


class NumericError(RiemlearnError, ArithmeticError):
    """A computation left the range of its floating-point type."""


class ConvergenceError(RiemlearnError, ArithmeticError):
    """An iteration ended without a solution; the best that it found is kept where the message says."""


class ExactError(RiemlearnError, ArithmeticError):
    """An exact computation met a division by zero, or a question that it cannot decide."""


class BudgetError(RiemlearnError, RuntimeError):
    """An exact computation would take more time or memory than it was given."""


class StoreError(RiemlearnError, ValueError):
    """Stored expressions are damaged or of an unknown kind, or something cannot be stored."""


class CheckpointError(RiemlearnError, ValueError):
    """A model checkpoint is missing, damaged, unsafe, or of an unknown architecture."""


class TextError(RiemlearnError, ValueError):
    """A text, word or token is not there, or cannot be represented."""


class FetchError(RiemlearnError, OSError):
    """A model could not be fetched: no network, a wrong hash, a full disk."""


class OutputError(RiemlearnError, OSError):
    """An output file or directory cannot be written."""


class MissingExtra(RiemlearnError, ImportError):
    """An optional dependency is not installed."""


class PrecisionWarning(UserWarning):
    """Data lose precision on the way in, or a result has too few correct digits to be of use."""


class Status(IntEnum):
    """What happened at one point; zero is success.

    Each member has a sentence (:attr:`sentence`), what to do about it (:attr:`remedy`) and the exception that it
    becomes outside compiled code (:attr:`error`).  The first failure on the way wins.  A negative member is no failure
    but a warning: the value is there, and :class:`PrecisionWarning` is given.
    """

    ILL_CONDITIONED = -1
    OK = 0
    NAN_INPUT = 1
    OUTSIDE_CHART = 2
    NOT_SYMMETRIC = 3
    INDEFINITE = 4
    SINGULAR = 5
    RANK_DEFICIENT = 6
    NOT_FINITE = 7
    BELOW_BOUND = 8
    NO_PLANE = 9
    CUT_LOCUS = 10
    LEFT_CHART = 11
    RANK_TOO_LOW = 12
    KERNEL_NOT_KILLING = 13
    OUTSIDE_AMBIENT = 14
    NOT_CONVERGED = 15
    BLOW_UP = 16

    @property
    def sentence(self) -> str:
        """One sentence that says what is wrong."""
        return _STATUS[self][0]

    @property
    def remedy(self) -> str:
        """One sentence that says what to do."""
        return _STATUS[self][1]

    @property
    def error(self) -> type[RiemlearnError]:
        """The exception that this status becomes outside compiled code."""
        return _STATUS[self][2]


_STATUS: dict[Status, tuple[str, str, type[RiemlearnError]]] = {
    Status.ILL_CONDITIONED: (
        "the metric is so ill-conditioned that few digits of its curvature may be right",
        "use float64, or coordinates of comparable scales that are less correlated",
        NumericError,
    ),
    Status.OK: ("all is well", "nothing to do", RiemlearnError),
    Status.NAN_INPUT: (
        "the point has a coordinate that is NaN or infinite",
        "remove such points before the call",
        ChartError,
    ),
    Status.OUTSIDE_CHART: (
        "the point lies outside the domain of the chart",
        "move it inside, or use a chart that covers it",
        ChartError,
    ),
    Status.NOT_SYMMETRIC: (
        "the metric function returned a matrix that is not symmetric",
        "return (g + g.T) / 2 if the asymmetry is rounding, else correct the function",
        MetricError,
    ),
    Status.INDEFINITE: (
        "the metric does not have the signature that was declared (by default positive definite)",
        "check the formula, or declare signature='lorentzian' if it has one negative direction",
        MetricError,
    ),
    Status.SINGULAR: (
        "the metric is singular",
        "move the point, or choose coordinates that are regular there",
        MetricError,
    ),
    Status.RANK_DEFICIENT: (
        "the Jacobian of the embedding has lost rank",
        "drop the null directions from the input, or move the point; g.diagnose(x) shows the singular values",
        DegenerateError,
    ),
    Status.NOT_FINITE: (
        "the result is not finite",
        "use float64, or move the point away from where the formula overflows",
        NumericError,
    ),
    Status.BELOW_BOUND: (
        "the value is smaller than the bound on its own error, so that its logarithm means nothing",
        "take more eigenpairs, a larger time, or a closed form",
        NumericError,
    ),
    Status.NO_PLANE: (
        "the two vectors do not span a plane on which the metric is regular",
        "give two vectors that are not parallel",
        MetricError,
    ),
    Status.CUT_LOCUS: (
        "the points are joined by more than one shortest geodesic",
        "move one of them; the distance alone is still defined",
        ChartError,
    ),
    Status.LEFT_CHART: (
        "the curve leaves the domain of the chart",
        "stop earlier, take a shorter vector, or use a chart that covers it",
        ChartError,
    ),
    Status.RANK_TOO_LOW: (
        "the metric has a higher rank than was declared",
        "declare the rank that g.diagnose(x) shows",
        DegenerateError,
    ),
    Status.KERNEL_NOT_KILLING: (
        "the degenerate metric changes along the directions that it does not see, so that it is that of no quotient",
        "only a metric with L_V g = 0 for all V in its kernel has a curvature; drop the null directions yourself",
        DegenerateError,
    ),
    Status.OUTSIDE_AMBIENT: (
        "the image of the point lies outside the domain of the ambient metric's chart",
        "move the point, or use a chart of the ambient space that covers its image",
        ChartError,
    ),
    Status.NOT_CONVERGED: (
        "the iteration stopped before its residual came below the tolerance",
        "look at the residual and path that are kept in the result; give samples, a larger tol, or nearer points",
        ConvergenceError,
    ),
    Status.BLOW_UP: (
        "the curve cannot be continued to the time that was asked for",
        "stop earlier; if it is regular there, allow more steps or a larger tol",
        NumericError,
    ),
}


def check_choice(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    """Return a value if it is one of those that are known.

    Raises
    ------
    ShapeError
        If it is not; the message lists the choices.

    Examples
    --------
    >>> check_choice("model", "ball", ("ball", "half_space"))
    'ball'
    """
    if value not in choices:
        raise ShapeError(f"{name} must be one of {choices}, got {value!r}")
    return value


def check_integer(name: str, value: Any, least: int) -> int:
    """Return a value as an integer if it is one, and large enough.

    Raises
    ------
    ShapeError
        If it is not.

    Examples
    --------
    >>> check_integer("count", 3, 1)
    3
    """
    # an integer of NumPy is one too, and NumPy is not loaded here to ask for its type
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ShapeError(f"{name} must be an integer >= {least}, got {value!r}")
    return int(value)


def require(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, or say how to install it.

    Parameters
    ----------
    module : str
        Name of the module, such as ``"matplotlib.figure"``.
    extra : str
        The extra of riemlearn that installs it.

    Raises
    ------
    MissingExtra
        If the module is not installed; the message holds the line to run.

    Examples
    --------
    >>> require("math", "plot").pi > 3
    True
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and not module.startswith(error.name):
            raise
        package = module.partition(".")[0]
        raise MissingExtra(
            f'{package} is not installed; to add it, run: python -m pip install "riemlearn[{extra}]"'
        ) from None
