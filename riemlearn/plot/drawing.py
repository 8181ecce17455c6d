"""Pictures of manifolds: surfaces and charts coloured by functions, eigenfunctions, heat that spreads."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np

from riemlearn.errors import ShapeError, check_choice
from riemlearn.plot.picture import Picture
from riemlearn.plot.sampling import Grid, Window, chart_grid, field_values, letter, lifted, on_grid, output_shape
from riemlearn.plot.scene import Colours, Layer, Limits, Scale, Sheet
from riemlearn.plot.style import ALARM

_DECADES = 6.0
_COORDINATES = "A picture of coordinates: lengths and angles are not those of the manifold."


def surface(
    M: Any,
    field: Any = None,
    *,
    label: str | None = None,
    colours: Colours | Any = "diverging",
    limits: Limits | None = None,
    window: Window | None = None,
    resolution: Sequence[int] | None = None,
    title: str = "",
) -> Picture:
    r"""Draw a surface in space, coloured by a function on it.

    Parameters
    ----------
    M : manifold, metric of an embedding, its immersion, or array (m, n, 3)
        What is drawn: the image of a chart with two coordinates in :math:`\mathbb{R}^3`, or points on a grid.
    field : tensor field without indices, callable or array (m, n), optional
        The function; a callable takes one point of shape (2,) and is written for JAX.  By default the Gauss curvature
        :math:`K = \mathrm{scal} / 2`.
    label : str, optional
        What the values are.
    colours : {"diverging", "sequential"}
        Diverging colours have white at zero, red above and blue below; sequential ones are for what has no sign, such
        as densities.
    limits : pair of float, optional
        Values at the ends of the colours; what lies beyond has the colour of the end, and the colour bar says so.
    window : mapping from coordinate names to pairs, optional
        The part of the chart that is drawn.  By default all of it, or where that is infinite ``M.patch``.
    resolution : pair of int, optional
        Numbers of points along the two coordinates.
    title : str, optional
        What stands above.

    Raises
    ------
    ShapeError
        If M is no surface in space, or the field is no scalar on it.
    NumericError
        If nothing is finite.

    Examples
    --------
    >>> from riemlearn.manifolds import Sphere
    >>> surface(Sphere(2), resolution=(21, 41))
    Picture of a surface of 21 x 41 points, Gauss curvature from -1 to 1
    """
    name = _name(field, label)
    if hasattr(M, "shape"):
        return _of_arrays(M, field, name, colours, limits, title)
    immersion = _immersion_in_space(M)
    if immersion is None:
        raise ShapeError(
            f"surface: {repr(M).splitlines()[0]} has no embedding of a chart with 2 coordinates in R^3; "
            "plot.chart_map(M, field) draws functions on its chart"
        )
    grid = _grid(M, window, resolution)
    values = _values_or_curvature(M, field, grid)
    return _picture(M, immersion, grid, [Layer("", values)], name, colours, limits, title)


def chart_map(
    M: Any,
    field: Any = None,
    *,
    label: str | None = None,
    colours: Colours | Any = "diverging",
    limits: Limits | None = None,
    window: Window | None = None,
    resolution: Sequence[int] | None = None,
    title: str = "",
) -> Picture:
    """Draw the chart of a manifold as a part of the plane, coloured by a function on it.

    This is for manifolds without an embedding in space, such as the hyperbolic plane or a flat torus.  The parameters
    are those of :func:`surface`.

    Raises
    ------
    ShapeError
        If the chart has not two coordinates, or the field is no scalar.

    Examples
    --------
    >>> from riemlearn.manifolds import HyperbolicSpace
    >>> H = HyperbolicSpace(2)
    >>> picture = chart_map(H, lambda x: H.distance(x, [0.0, 0.0]), colours="sequential", resolution=(9, 9))
    >>> print(f"{picture.scale.high:.3f}")
    1.763
    """
    grid = _grid(M, window, resolution)
    values = _values_or_curvature(M, field, grid)
    return _picture(M, None, grid, [Layer("", values)], _name(field, label), colours, limits, title)


def eigenfunctions(
    M: Any,
    spectrum: Any,
    indices: Any = (1, 2, 3, 4),
    *,
    window: Window | None = None,
    resolution: Sequence[int] | None = None,
    title: str = "",
) -> Picture:
    r"""Draw eigenfunctions of :math:`-\Delta`, on the surface, or on the chart if M is no surface in space.

    Parameters
    ----------
    M : manifold
        With a chart of two coordinates.
    spectrum : Spectrum
        Anything with ``eigenvalues`` and ``eigenfunctions(points)``.
    indices : sequence of int
        Which of them, counted from 0; a slider chooses among them, and the static picture has a panel for each.
    window, resolution, title
        As for :func:`surface`.

    Raises
    ------
    ShapeError
        If an index is not in the spectrum.
    """
    eigenvalues = np.asarray(spectrum.eigenvalues)
    indices = [int(i) for i in indices]
    for i in indices:
        if not 0 <= i < len(eigenvalues):
            raise ShapeError(f"eigenfunctions: index {i} is not in a spectrum of {len(eigenvalues)} eigenvalues")
    grid = _grid(M, window, resolution)
    layers = []
    for i in indices:
        values = on_grid(lambda x, i=i: spectrum.eigenfunctions(x)[..., i], grid)
        layers.append(Layer(f"φ{i}, λ = {eigenvalues[i]:.4g}", values))
    return _picture(M, _immersion_in_space(M), grid, layers, "eigenfunction", "diverging", None, title)


def heat(
    M: Any,
    kernel: Any,
    source: Any,
    times: Any,
    *,
    log: bool = False,
    window: Window | None = None,
    resolution: Sequence[int] | None = None,
    title: str = "",
) -> Picture:
    """Draw how heat spreads from a point, on the surface, or on the chart if M is no surface in space.

    Parameters
    ----------
    M : manifold
        With a chart of two coordinates.
    kernel : callable
        ``kernel(t, x, y)``, such as ``M.heat_kernel``.
    source : array-like (2,)
        Where the heat is at time zero.
    times : sequence of float
        A slider chooses among them, and the static picture has a panel for each; the colours are the same for all.
    log : bool
        Whether the colours are those of the decimal logarithm; it ends six decades below the largest value.
    window, resolution, title
        As for :func:`surface`.

    Raises
    ------
    ShapeError
        If there is no time.
    """
    if not len(times):
        raise ShapeError("heat: times must hold at least one time")
    import jax.numpy as jnp

    y = jnp.asarray(source, float)
    grid = _grid(M, window, resolution)
    found = [on_grid(lambda x, t=t: kernel(t, x, y), grid) for t in map(float, times)]
    label, limits = "heat kernel", None
    if log:
        label, top = "log₁₀ of the heat kernel", np.log10(max(float(np.nanmax(values)) for values in found))
        found = [np.log10(np.where(values <= 0, 10.0 ** (top - 2 * _DECADES), values)) for values in found]
        limits = (max(top - _DECADES, min(float(np.nanmin(values)) for values in found)), top)
    layers = [Layer(f"t = {t:g}", values) for t, values in zip(times, found, strict=True)]
    picture = _picture(M, _immersion_in_space(M), grid, layers, label, "sequential", limits, title)
    return picture.with_points([y], colour=ALARM)


def drawn(M: Any) -> Picture | None:
    """The picture by which a manifold shows itself: the surface with its Gauss curvature; None if it is none in R^3."""
    return None if _immersion_in_space(M) is None else surface(M, title=repr(M))


def grid(M: Any, window: Window | None = None, resolution: Sequence[int] | None = None) -> np.ndarray:
    """Points ``(m, n, 2)`` of the chart at which :func:`surface` and :func:`chart_map` take an array of values."""
    return _grid(M, window, resolution).inside


def _grid(M: Any, window: Window | None, resolution: Sequence[int] | None) -> Grid:
    return chart_grid(_metric_or_manifold(M).chart, getattr(M, "patch", None), window, resolution)


def _metric_or_manifold(M: Any) -> Any:
    """M itself, or the metric of an immersion."""
    found = M if hasattr(M, "chart") else getattr(M, "metric", None)
    if not hasattr(found, "chart"):
        raise ShapeError(f"M must be a manifold, a metric, an immersion, or an array of points, got {type(M).__name__}")
    return found


def _immersion_in_space(M: Any) -> Callable[..., Any] | None:
    """The map of one point into R^3 that M has, if it has one and two coordinates."""
    owner = _metric_or_manifold(M)
    found = owner.embedding if hasattr(owner, "embedding") else getattr(owner, "immersion", None)
    if found is None or owner.chart.dim != 2 or output_shape(found, 2) != (3,):
        return None
    return found


def _name(field: Any, label: str | None) -> str:
    """What the colour bar says."""
    if label is not None:
        return label
    return "Gauss curvature" if field is None else getattr(field, "quantity", "").replace("_", " ")


def _values_or_curvature(M: Any, field: Any, grid: Grid) -> np.ndarray:
    """Values of a field, or of half the scalar curvature of a manifold or a metric."""
    if field is not None:
        return field_values(field, grid)
    owner = _metric_or_manifold(M)
    known = hasattr(owner, "connection")
    scalar = owner.connection.scalar if known else owner.field("scalar", (), r"\mathrm{scal}")
    return field_values(scalar, grid) / 2


def _picture(
    M: Any,
    immersion: Callable[..., Any] | None,
    grid: Grid,
    layers: list[Layer],
    label: str,
    colours: Any,
    limits: Limits | None,
    title: str,
) -> Picture:
    """Put a picture together, and say what is missing in it."""
    names = tuple(letter(name) for name in _metric_or_manifold(M).chart.names)
    check_choice("colours", colours, get_args(Colours))
    points = grid.drawn if immersion is None else lifted(immersion, grid.drawn)
    sheet = Sheet(points, grid.inside, (names[0], names[1]))
    notes = (_COORDINATES,) if immersion is None else ()
    lift = (lambda x: x) if immersion is None else immersion
    scale = Scale.of(layers, label, colours, limits)
    notes += _gaps(layers, points, grid.known) + _clipped(scale)
    return Picture(sheet, tuple(layers), scale, title=title, notes=notes, immersion=lift)


def _of_arrays(M: Any, field: Any, label: str, colours: Any, limits: Any, title: str) -> Picture:
    """The picture of points and values on a grid."""
    points = np.asarray(M, dtype=float)
    if points.ndim != 3 or points.shape[-1] != 3 or min(points.shape[:2]) < 2:
        raise ShapeError(f"surface: points must have shape (m, n, 3), got {points.shape}")
    if field is None or callable(field):
        raise ShapeError("surface: points given as an array need the field as an array (m, n)")
    check_choice("colours", colours, get_args(Colours))
    m, n, _ = points.shape
    known = np.ones((m, n), dtype=bool)
    numbers = np.stack(np.meshgrid(np.arange(m, dtype=float), np.arange(n, dtype=float), indexing="ij"), axis=-1)
    layers = [Layer("", field_values(np.asarray(field), Grid(numbers, numbers, known)))]
    scale = Scale.of(layers, label, colours, limits)
    notes = _gaps(layers, points, known) + _clipped(scale)
    return Picture(Sheet(points, numbers, ("row", "column")), tuple(layers), scale, title=title, notes=notes)


def _gaps(layers: Sequence[Layer], points: Any, known: Any) -> tuple[str, ...]:
    """Say how many points of the chart are not drawn."""
    finite = np.all([np.isfinite(layer.values) for layer in layers], axis=0) & np.all(np.isfinite(points), axis=-1)
    missing = int(np.sum(known & ~finite))
    if not missing:
        return ()
    return (f"{missing} of {int(np.sum(known))} points have no finite value and are gaps.",)


def _clipped(scale: Scale) -> tuple[str, ...]:
    """Say that values lie beyond the colours."""
    where = {(True, False): "below", (False, True): "above", (True, True): "below and above"}.get(scale.beyond)
    if where is None:
        return ()
    return (
        f"Values {where} the limits of the colours, {scale.low:.4g} and {scale.high:.4g}, have the colour at the end.",
    )
