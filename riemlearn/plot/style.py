"""How every picture looks: one style, applied only while a picture is made, and the way to a PNG."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from riemlearn.errors import require

INK, QUIET, FAINT = "#22252a", "#6b7280", "#d7dae0"
# Okabe and Ito, Color Universal Design (2008): told apart with every common kind of colour blindness.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
ALARM = "#c1121f"
SEQUENTIAL = "viridis"
ARROWS = "#009e73"
# ColorBrewer's RdBu without its darkest ends, so that there is room for shading.
DIVERGING = ("#2065ab", "#4393c3", "#90c4dd", "#d1e5f0", "#f7f6f6", "#fddbc7", "#f3a481", "#d6604d", "#b1182b")
# matplotlib's viridis at eleven places.
VIRIDIS = (
    "#440154",
    "#482475",
    "#414487",
    "#355f8d",
    "#2a788e",
    "#21918c",
    "#22a884",
    "#44bf70",
    "#7ad151",
    "#bddf26",
    "#fde725",
)
DPI = 160
WIDTH = 9.0
"""Inches: the width of a report's column."""

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def styled() -> Iterator[None]:
    """Apply the style inside a ``with`` block and leave matplotlib's own settings as they were.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """
    with require("matplotlib", "plot").rc_context(_RC):
        yield


def new_figure(width: float, height: float) -> Any:
    """Return an empty ``matplotlib.figure.Figure`` of a size in inches: no window, but seen in a notebook."""
    figure = require("matplotlib.figure", "plot").Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    require("matplotlib.backends.backend_agg", "plot").FigureCanvasAgg(figure)
    figure._repr_png_ = lambda: png(figure)  # what matplotlib gives to figures of pyplot alone
    return figure


def diverging() -> Any:
    """Return the colour map for fields with a sign: blue below zero, red above, with room for shading."""
    return colour_map(DIVERGING)


def colour_map(stops: Sequence[str]) -> Any:
    """Return the colour map through evenly spaced colours."""
    return require("matplotlib.colors", "plot").LinearSegmentedColormap.from_list("riemlearn", list(stops))


def png(figure: Any, smooth: int = 1) -> bytes:
    """Return the picture as the bytes of a PNG file, drawn ``smooth`` times as large and averaged.

    Polygons that touch show their seams when each is antialiased alone; the average of a larger picture has none.
    """
    stream = BytesIO()
    with styled():
        # no metadata, so that the same numbers give the same bytes
        figure.savefig(stream, format="png", dpi=DPI * smooth, metadata={"Software": None})
    if smooth == 1:
        return stream.getvalue()
    small = BytesIO()
    require("PIL.Image", "plot").open(stream).convert("RGB").reduce(smooth).save(small, "PNG")
    return small.getvalue()
