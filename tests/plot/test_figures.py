"""What is drawn is what was given: numbers are read back from the axes."""

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_allclose

from riemlearn.errors import ShapeError
from riemlearn.plot import Panel, Surface, against, by_layer, heat_map, spectra, surfaces, verification_errors
from riemlearn.plot.style import png

LAYER = np.array([0, 0, 0, 1, 1, 1])


def line(ax, label):
    return next(x for x in ax.lines if x.get_label() == label)


def test_by_layer_draws_medians_of_what_is_finite():
    values = np.array([1.0, 2.0, 6.0, 3.0, np.nan, 5.0])
    figure = by_layer(LAYER, [Panel("K", values, reference=1.5, reference_label="sphere")])
    ax = figure.axes[0]
    assert_allclose(line(ax, "median").get_xydata(), [[0, 2.0], [1, 4.0]])
    assert_allclose([x.get_ydata() for x in ax.lines if x.get_linestyle() == "--"], [[1.5, 1.5]])
    assert ax.texts[0].get_text() == "sphere"
    assert ax.get_xlim() == (-0.5, 1.5)
    assert_allclose(ax.collections[0].get_offsets()[:, 1], [1, 2, 6, 3, 5])
    assert np.all(np.abs(ax.collections[0].get_offsets()[:, 0] - [0, 0, 0, 1, 1]) < 0.15)


def test_by_layer_keeps_special_tokens_out_of_the_median():
    special = np.array([False, False, True, False, False, True])
    figure = by_layer(LAYER, [Panel("K", np.array([1.0, 3.0, -9e5, 4.0, 6.0, 9e5]), "asinh")], special)
    ax = figure.axes[0]
    assert ax.get_yscale() == "asinh"
    assert_allclose(ax.get_yticks(), [-1e5, -1e4, -1e3, -100, -10, 0, 10, 100, 1e3, 1e4, 1e5])
    assert_allclose(line(ax, "median").get_ydata(), [2.0, 5.0])
    assert_allclose(ax.collections[1].get_offsets()[:, 1], [-9e5, 9e5])
    assert ax.collections[1].get_label() == "special tokens"


def test_against_separates_layers_and_special_tokens():
    x, y = np.array([1.0, 10.0, 2.0, 20.0]), np.array([-3.0, 4.0, np.nan, 6.0])
    figure = against(x, y, np.array([0, 0, 1, 1]), ("x", "y"), np.array([False, True, False, False]))
    ax = figure.axes[0]
    drawn = [c.get_offsets().tolist() for c in ax.collections if len(c.get_offsets())]
    assert drawn == [[[1.0, -3.0]], [[10.0, 4.0]], [[20.0, 6.0]]]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "asinh", "x", "y")


def test_by_layer_on_a_logarithmic_axis_leaves_out_what_is_not_positive():
    figure = by_layer(LAYER, [Panel("volume", np.array([0.0, 1.0, 100.0, -1.0, 3.0, 3.0]), "log")])
    ax = figure.axes[0]
    assert ax.get_yscale() == "log"
    assert_allclose(ax.collections[0].get_offsets()[:, 1], [1, 100, 3, 3])


def test_a_short_logarithmic_axis_has_plain_numbers():
    figure = by_layer(LAYER, [Panel("condition", np.array([1.2, 2.0, 3.0, 1.5, 2.5, 4.5]), "log")])
    figure.canvas.draw()
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels(which="minor")]
    assert {"2", "3", "4"} <= set(labels) and not any("10" in label for label in labels)


def test_by_layer_without_a_single_number():
    assert len(png(by_layer(LAYER, [Panel("K", np.full(6, np.nan))]))) > 1000


def test_by_layer_names_the_wrong_panel():
    with pytest.raises(ShapeError, match=r"'K' has shape \(2,\)"):
        by_layer(LAYER, [Panel("K", np.zeros(2))])


def test_heat_map_shows_layers_upwards_and_the_missing_as_missing():
    values = np.array([[1.0, np.nan], [3.0, 4.0]])
    figure = heat_map(["a", "b"], [0, 1], values, "K", 5.0)
    ax = figure.axes[0]
    image = ax.images[0]
    assert image.origin == "lower"
    assert image.get_clim() == (-5.0, 5.0)
    assert_allclose(image.get_array().filled(-1), [[1, -1], [3, 4]])
    assert figure.axes[1].get_ylabel() == "K"


def test_tokens_are_never_read_as_formulas():
    # matplotlib parses what stands between two dollar signs, and would raise here
    word = r"$\frac$"
    figure = heat_map([word], [0], np.ones((1, 1)), "K", 2.0)
    assert figure.axes[0].get_xticklabels()[0].get_text() == word and png(figure)
    assert png(spectra([word], [np.ones((1, 2))], [np.array([2])], [np.array([1e-9])], [0]))


def test_heat_map_of_a_wrong_shape():
    with pytest.raises(ShapeError, match=r"shape \(2, 1\), expected \(1, 2\)"):
        heat_map(["a", "b"], [0], np.zeros((2, 1)), "K", 1.0)


def test_spectra_mark_the_rank():
    sigma = np.array([[4.0, 2.0, 1e-12], [3.0, 1e-11, 0.0]])
    figure = spectra(["dog"], [sigma], [np.array([2, 1])], [np.array([4e-9, 3e-9])], [0, 1])
    ax = figure.axes[0]
    assert_allclose(line(ax, "layer 0").get_ydata(), sigma[0])
    assert np.isnan(line(ax, "layer 1").get_ydata()[2])
    assert ax.get_ylim()[0] == pytest.approx(3e-12)
    rings = [x.get_xydata()[0] for x in ax.lines if x.get_marker() == "o"]
    assert_allclose(rings, [[2, 2.0], [1, 3.0]])
    assert_allclose([x.get_ydata()[0] for x in ax.lines if x.get_linestyle() == ":"], [4e-9])


def test_spectra_with_a_missing_title():
    with pytest.raises(ShapeError, match="as many titles"):
        spectra([], [np.ones((1, 2))], [np.array([2])], [np.array([1.0])], [0])


def test_verification_draws_what_failed_as_a_cross():
    errors = np.array([1e-14, 3e-2, 0.0, np.nan])
    figure = verification_errors(
        ["metric", "ricci", "metric", "ricci"],
        ["compiled", "compiled", "embedding", "embedding"],
        ["float64"] * 4,
        errors,
        np.full(4, 1e-10),
        np.array([True, False, True, False]),
    )
    ax = figure.axes[0]
    sizes = {s for c in ax.collections if len(c.get_offsets()) for s in c.get_sizes()}
    assert sizes == {16.0, 46.0}
    crosses = [p for c in ax.collections if 46.0 in c.get_sizes() for p in c.get_offsets()[:, 0]]
    assert_allclose(sorted(crosses), [1e-8, 3e-2])  # NaN stands beyond the tolerance, not nowhere
    dots = [p for c in ax.collections if 16.0 in c.get_sizes() for p in c.get_offsets()[:, 0]]
    assert len(dots) == 2 and max(dots) == 1e-14 and min(dots) > 0


def test_verification_without_rows():
    with pytest.raises(ShapeError, match="no rows"):
        verification_errors([], [], [], np.zeros(0), np.zeros(0), np.zeros(0, bool))


def test_surfaces_share_a_scale_with_zero_in_its_middle():
    u, v = np.meshgrid(np.linspace(0.1, 3, 5), np.linspace(0, 6, 7), indexing="ij")
    points = np.stack([np.sin(u) * np.cos(v), np.sin(u) * np.sin(v), np.cos(u)], -1)
    figure = surfaces([Surface("one", points, np.ones_like(u)), Surface("two", points, -3 * np.ones_like(u))], "K")
    assert [ax.get_title() for ax in figure.axes[:2]] == ["one", "two"]
    assert_allclose(figure.axes[2].get_ylim(), (-3, 3))
    red, blue = (ax.collections[0].get_facecolor().mean(0) for ax in figure.axes[:2])
    assert red[0] > red[2] and blue[2] > blue[0]


def test_no_surface():
    with pytest.raises(ShapeError, match="at least one surface"):
        surfaces([], "K")


def test_global_settings_stay_as_they_are_and_bytes_are_reproducible():
    before = dict(matplotlib.rcParams)
    first, second = (png(by_layer(LAYER, [Panel("K", np.arange(6.0))])) for _ in range(2))
    assert dict(matplotlib.rcParams) == before
    assert first == second


def test_figures_show_themselves_in_notebooks():
    figure = by_layer(LAYER, [Panel("K", np.arange(6.0))])
    assert figure._repr_png_().startswith(b"\x89PNG")
