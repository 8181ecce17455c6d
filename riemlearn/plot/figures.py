"""Figures of a study drawn from plain arrays: by layer, one quantity against another, token by layer, spectra."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from riemlearn.errors import ShapeError, require
from riemlearn.plot.style import COLOURS, FAINT, INK, QUIET, SEQUENTIAL, WIDTH, diverging, new_figure, styled


@dataclass(frozen=True)
class Panel:
    """One quantity to be drawn by layer.

    Parameters
    ----------
    label : str
        What the axis says, unit included.
    values : array (m,)
        A value for each (token, layer); what is not finite is left out, and so is what is not positive on a
        logarithmic axis.
    scale : {"linear", "log", "asinh"}
        Scale of the axis; "asinh" is linear below 1 and logarithmic above, for both signs.
    reference : float, optional
        A value to compare with, drawn as a dashed line.
    reference_label : str
        What that value is.
    """

    label: str
    values: Float[np.ndarray, " m"]
    scale: Literal["linear", "log", "asinh"] = "linear"
    reference: float | None = None
    reference_label: str = ""


def by_layer(
    layer: Int[np.ndarray, " m"], panels: Sequence[Panel], special: Bool[np.ndarray, " m"] | None = None
) -> Any:
    """Draw each quantity by layer: all tokens as points, the median, and the band between the quartiles.

    Parameters
    ----------
    layer : integer array (m,)
        The layer that each value belongs to.
    panels : sequence of Panel
        The quantities.
    special : bool array (m,), optional
        Values of special tokens: drawn in a colour of their own, left out of median and quartiles.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels in a row.
    """
    for panel in panels:
        if panel.values.shape != layer.shape:
            raise ShapeError(f"by_layer: {panel.label!r} has shape {panel.values.shape}, layer has {layer.shape}")
    apart = np.zeros(layer.shape, bool) if special is None else special
    rows = -(-len(panels) // 2)
    with styled():
        figure = new_figure(WIDTH, 2.9 * rows)
        axes = figure.subplots(rows, 2, squeeze=False).ravel()
        for ax, panel in zip(axes, panels, strict=False):
            _draw_by_layer(ax, layer, panel, apart)
        for ax in axes[len(panels) :]:
            ax.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside upper right", ncols=len(handles), markerscale=2)
    return figure


def _draw_by_layer(ax: Any, layer: np.ndarray, panel: Panel, special: np.ndarray) -> None:
    """Draw one panel of :func:`by_layer`."""
    usable = np.isfinite(panel.values) & ((panel.values > 0) if panel.scale == "log" else True)
    if panel.scale == "asinh":
        _signed_axis(ax, panel.values[usable])
    elif usable.any():  # an empty axis cannot be logarithmic
        ax.set_yscale(panel.scale)
        if panel.scale == "log" and np.ptp(np.log10(panel.values[usable])) < 1:  # 2 and 3, not 2 x 10^0 and 3 x 10^0
            ax.yaxis.set_major_formatter(require("matplotlib.ticker", "plot").LogFormatter())
            ax.yaxis.set_minor_formatter(require("matplotlib.ticker", "plot").LogFormatter())
    for chosen, colour, label in ((~special, COLOURS[0], None), (special, COLOURS[1], "special tokens")):
        found, values = layer[usable & chosen], panel.values[usable & chosen]
        if len(found):
            # multiples of the golden ratio fill an interval evenly: points spread sideways without randomness
            spread = 0.28 * ((np.arange(len(found)) * 0.6180339887) % 1 - 0.5)
            ax.scatter(found + spread, values, s=5, color=colour, alpha=0.35, linewidths=0, label=label)
    found, values = layer[usable & ~special], panel.values[usable & ~special]
    layers = np.unique(found)
    if len(layers):
        low, middle, high = np.array([np.quantile(values[found == k], [0.25, 0.5, 0.75]) for k in layers]).T
        ax.fill_between(layers, low, high, color=COLOURS[0], alpha=0.18, linewidth=0, label="quartiles")
        ax.plot(layers, middle, color=COLOURS[0], marker="o", markersize=3.5, label="median")
    if panel.reference is not None:
        ax.axhline(panel.reference, color=INK, linestyle="--", linewidth=1)
        place = {"xy": (1, panel.reference), "xycoords": ("axes fraction", "data"), "xytext": (-2, -3)}
        ax.annotate(panel.reference_label, **place, textcoords="offset points", ha="right", va="top", fontsize=7.5)
    ax.set_xlabel("layer")
    ax.set_title(panel.label)
    ax.set_xticks(np.unique(layer))
    ax.set_xlim(layer.min() - 0.5, layer.max() + 0.5)  # the same in every panel, also where a layer has no value


def against(
    x: Float[np.ndarray, " m"],
    y: Float[np.ndarray, " m"],
    layer: Int[np.ndarray, " m"],
    labels: tuple[str, str],
    special: Bool[np.ndarray, " m"],
) -> Any:
    """Draw a signed quantity against a positive one, a point for each token, in the colour of its layer.

    Parameters
    ----------
    x, y : arrays (m,)
        Where the points are: x on a logarithmic axis, y on one that is logarithmic for both signs.
    layer : integer array (m,)
        The layers.
    labels : pair of str
        What the axes say.
    special : bool array (m,)
        Which points are special tokens; they are drawn as crosses.

    Returns
    -------
    matplotlib.figure.Figure
    """
    layers = np.unique(layer)
    with styled():
        figure = new_figure(WIDTH, 3.6)
        ax = figure.subplots()
        colours = _layer_colours(len(layers))
        usable = np.isfinite(y) & np.isfinite(x) & (x > 0)
        for k, colour in zip(layers, colours, strict=True):
            here = (layer == k) & usable
            ax.scatter(x[here & ~special], y[here & ~special], s=12, color=colour, linewidths=0, label=f"layer {k}")
            ax.scatter(x[here & special], y[here & special], s=18, color=colour, marker="x", linewidths=1)
        if usable.any():  # an empty axis cannot be logarithmic
            ax.set_xscale("log")
        _signed_axis(ax, y[usable])
        ax.set_xlabel(labels[0])
        ax.set_ylabel(labels[1])
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right center")
    return figure


def heat_map(
    tokens: Sequence[str],
    layers: Sequence[int],
    values: Float[np.ndarray, "L T"],
    label: str,
    limit: float,
) -> Any:
    """Draw one quantity with a sign for every token (along the sentence) and layer (upwards).

    The colour scale is linear below 1 and logarithmic above: blue is negative, white zero, red positive.

    Parameters
    ----------
    tokens : sequence of str
        The sentence's tokens.
    layers : sequence of int
        The layers, ascending.
    values : array (layers, tokens)
        What is not finite stays grey.
    label : str
        Label of the colour bar, unit included.
    limit : float
        The colour scale goes from -limit to limit; the same for all sentences that are to be compared.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if values.shape != (len(layers), len(tokens)):
        raise ShapeError(f"heat_map: values have shape {values.shape}, expected ({len(layers)}, {len(tokens)})")
    with styled():
        figure = new_figure(WIDTH, 1.25 + 0.2 * len(layers))
        ax = figure.subplots()
        scale = require("matplotlib.colors", "plot").AsinhNorm(1.0, -limit, limit)
        colours = diverging().with_extremes(bad=FAINT)
        image = ax.imshow(np.ma.masked_invalid(values), cmap=colours, norm=scale, origin="lower", aspect="auto")
        ax.set_xticks(range(len(tokens)), tokens, rotation=35, ha="right", rotation_mode="anchor")
        for text in ax.get_xticklabels():
            text.set_parse_math(False)
        ax.set_yticks(range(len(layers)), [str(k) for k in layers])
        ax.set_ylabel("layer")
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
        # white lines between the cells, so that neighbours of like colour stay apart
        ax.set_xticks(np.arange(len(tokens) + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(len(layers) + 1) - 0.5, minor=True)
        ax.grid(which="minor", color="white", linewidth=1.2)
        ax.tick_params(which="both", length=0)
        bar = figure.colorbar(image, ax=ax, extend="both", pad=0.015, fraction=0.03, aspect=14)
        bar.set_ticks(ticks := _signed_ticks(-limit, limit), labels=[f"{tick:g}" for tick in ticks])
        bar.minorticks_off()
        bar.outline.set_visible(False)
        bar.set_label(label)
    return figure


def _signed_axis(ax: Any, values: np.ndarray) -> None:
    """Make the vertical axis linear below 1 and logarithmic above, for both signs."""
    ax.set_yscale("asinh", linear_width=1.0)
    if len(values):
        ax.set_yticks(_signed_ticks(float(values.min()), float(values.max())))
        ax.yaxis.set_major_formatter(require("matplotlib.ticker", "plot").FuncFormatter(_power))
        ax.minorticks_off()


def _signed_ticks(low: float, high: float) -> np.ndarray:
    """Zero and powers of ten of both signs, no more than five on a side."""
    above, below = (np.floor(np.log10(max(end, 1.0))) for end in (high, -low))
    stride = max(np.ceil(max(above, below) / 5), 1.0)
    sides = [10.0 ** np.arange(stride, end + 1, stride) if end else np.array([1.0]) for end in (below, above)]
    return np.concatenate([-sides[0][::-1], [0.0], sides[1]])


def _power(value: float, position: int | None = None) -> str:
    """Return a signed power of ten as text."""
    if abs(value) <= 100:
        return f"{value:.0f}".replace("-", "−")
    return f"${'-' if value < 0 else ''}10^{{{np.log10(abs(value)):.0f}}}$"


def _layer_colours(count: int) -> Any:
    """Colours for so many layers, from dark to light."""
    return require("matplotlib", "plot").colormaps[SEQUENTIAL](np.linspace(0.0, 0.92, count))


def spectra(
    titles: Sequence[str],
    values: Sequence[Float[np.ndarray, "L d"]],
    ranks: Sequence[Int[np.ndarray, " L"]],
    cutoffs: Sequence[Float[np.ndarray, " L"]],
    layers: Sequence[int],
) -> Any:
    """Draw the singular values of whole Jacobians, one panel for each word and one line for each layer.

    A ring marks the last singular value above the rank cut-off; the grey band holds the layers' cut-offs. The
    axis ends at a thousandth of the least cut-off.

    Parameters
    ----------
    titles : sequence of str
        One for each panel.
    values : sequence of arrays (layers, d)
        Singular values, descending.
    ranks, cutoffs : sequence of arrays (layers,)
        Numerical rank of each layer, and the value below which singular values do not count.
    layers : sequence of int
        The layers.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels in a row, with common axes.
    """
    if not len(titles) == len(values) == len(ranks) == len(cutoffs):
        raise ShapeError("spectra: there must be as many titles as values, ranks and cutoffs")
    across = min(2, len(titles))
    down = -(-len(titles) // 2)
    with styled():
        figure = new_figure(WIDTH, 0.6 + 2.6 * down)
        colours = _layer_colours(len(layers))
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        axes = grid.ravel()
        for ax, title, sigma, rank, cutoff in zip(axes, titles, values, ranks, cutoffs, strict=False):
            for row, colour, r, layer in zip(sigma, colours, rank, layers, strict=True):
                index = np.arange(1, len(row) + 1)
                ax.plot(index, np.where(row > 0, row, np.nan), color=colour, linewidth=1.3, label=f"layer {layer}")
                if r > 0:
                    ax.plot(r, row[r - 1], "o", markersize=4.5, markerfacecolor="white", markeredgecolor=colour)
            ax.axhspan(float(np.min(cutoff)), float(np.max(cutoff)), color=QUIET, alpha=0.25, linewidth=0)
            ax.axhline(float(np.max(cutoff)), color=QUIET, linestyle=":", linewidth=1)
            ax.set_yscale("log")
            ax.set_title(title, parse_math=False)
        limits = np.concatenate([np.ravel(cutoff) for cutoff in cutoffs])
        limits = limits[np.isfinite(limits) & (limits > 0)]
        if len(limits):  # what rounding leaves far below the cut-offs would take half of the picture
            axes[0].set_ylim(bottom=1e-3 * limits.min())
        for ax in axes[len(titles) :]:
            ax.set_axis_off()
        figure.supxlabel("index of the singular value", fontsize=9)
        figure.supylabel("singular value of the token's own Jacobian", fontsize=9)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=min(7, len(layers)))
    return figure
