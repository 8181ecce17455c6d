"""The HTML of interactive pictures: offline, one copy of plotly.js a page, and a static picture where there is none."""

import json
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from riemlearn import plot
from riemlearn.errors import MissingExtra
from riemlearn.plot import notebook
from tests.plot.shapes import SPHERE, TORUS, pixels

BUNDLE = "plotly.js v"


@pytest.fixture
def picture():
    return plot.surface(SPHERE, resolution=(13, 25))


@pytest.fixture
def torus():
    return plot.surface(TORUS, resolution=(13, 25))


@pytest.fixture
def shell(monkeypatch):
    """A kernel in which cells are run."""
    kernel = SimpleNamespace(meta={}, execution_count=1, cell="a")
    kernel.get_parent = lambda: {"metadata": {"cellId": kernel.cell}}
    monkeypatch.setattr(notebook, "_kernel_shell", lambda: kernel)
    return kernel


def run(shell, cell, picture):
    shell.cell, shell.execution_count = cell, shell.execution_count + 1
    return picture._repr_html_()


def missing(monkeypatch, name):
    for module in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)


def data_of(html):
    """The figure in the last script of a piece of HTML."""
    text = html[html.rindex("var figure = ") + len("var figure = ") :]
    return json.JSONDecoder().raw_decode(text)[0]


def test_two_pictures_of_a_notebook_share_one_copy(shell, picture, torus):
    page = run(shell, "a", picture) + run(shell, "b", torus)
    assert page.count(BUNDLE) == 1


def test_a_cell_that_runs_again_brings_its_copy_again(shell, picture, torus):
    run(shell, "a", picture)
    assert BUNDLE not in run(shell, "b", torus)
    again = run(shell, "a", picture)
    assert BUNDLE in again and BUNDLE not in torus._repr_html_()  # the second picture of the same run
    assert BUNDLE not in run(shell, "b", torus)


def test_a_kernel_that_does_not_name_cells_gets_one_copy(shell, picture):
    page = run(shell, None, picture) + run(shell, None, picture)
    assert page.count(BUNDLE) == 1


def test_outside_of_a_kernel_every_piece_stands_alone(picture):
    assert picture._repr_html_().count(BUNDLE) == 1


def test_a_page_that_has_plotly_gets_figures_alone(monkeypatch, picture):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    html = picture._repr_html_()
    assert BUNDLE not in html and "Plotly.newPlot" in html and "data:image/png;base64," in html
    assert "@media print" in html


def test_nothing_is_taken_from_another_place(monkeypatch, picture, tmp_path):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    own = picture._repr_html_()
    assert "http:" not in own and "https:" not in own and "//" not in re.sub(r"base64,[^\"]*", "", own)
    whole = picture.html(tmp_path / "sphere.html").read_text(encoding="utf-8")
    assert whole.count(BUNDLE) == 1
    assert not re.search(r"<script[^>]+src|<link|<iframe|@import", whole.replace(notebook.plotly_source(), ""))
    assert whole.startswith("<!DOCTYPE html>") and whole.rstrip().endswith("</html>")


def test_plotly_takes_window_also_where_a_module_loader_is_on_the_page():
    source = notebook.plotly_source()
    assert "if (!window.Plotly) {(function (define, module, exports, require) {" in source[:200]
    assert source.endswith("}).call(window);}</script>") and source.count("</script") == 1


def test_the_script_holds_the_figure_that_plotly_accepts(monkeypatch, torus):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    figure = data_of(torus._repr_html_())
    checked = torus.plotly()  # plotly refuses names that it does not know
    assert figure["data"][0]["surfacecolor"] == [list(row) for row in checked.data[0].surfacecolor]
    np.testing.assert_allclose(figure["data"][0]["surfacecolor"], torus.layers[0].values, atol=1e-5)
    for i, axis in enumerate("xyz"):
        np.testing.assert_allclose(figure["data"][0][axis], torus.sheet.points[..., i], atol=1e-4)
    meta = figure["layout"]["meta"]
    assert meta["names"] == ["u", "v"] and meta["label"] == "Gauss curvature"
    np.testing.assert_allclose(meta["coordinates"][1], np.linspace(0, 2 * np.pi, 25), atol=1e-4)


def test_texts_cannot_become_markup(monkeypatch):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    html = plot.surface(SPHERE, resolution=(5, 5), title="</script><b>")._repr_html_()
    assert html.count("</script>") == 1 and "<b>" not in html.split("<script")[0]
    # plotly reads its texts as markup, too
    assert data_of(html)["layout"]["title"]["text"] == "&lt;/script&gt;&lt;b&gt;"


def test_a_picture_is_small(monkeypatch):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    assert len(plot.surface(TORUS)._repr_html_()) < 400_000


def test_names_of_coordinates_are_greek_in_hover_texts(picture):
    assert picture.plotly().layout.meta["names"] == ["θ", "φ"]


def test_png_is_the_same_each_time_and_not_blank(picture, tmp_path):
    again = plot.surface(SPHERE, resolution=(13, 25))
    path = picture.png(tmp_path / "sphere.png")
    assert path.read_bytes() == again._repr_png_()
    assert np.ptp(pixels(path.read_bytes())) > 0.8


def test_without_plotly_the_static_picture_is_shown(monkeypatch, picture):
    missing(monkeypatch, "plotly")
    html = picture._repr_html_()
    assert html.startswith("<img") and "data:image/png;base64," in html and "<script" not in html
    with pytest.raises(MissingExtra, match=r'plotly is not installed.*pip install "riemlearn\[plot\]"'):
        picture.plotly()


def test_without_matplotlib_the_interactive_figure_stands_alone(monkeypatch, picture):
    monkeypatch.setenv("RIEMLEARN_PLOTLY", "page")
    missing(monkeypatch, "matplotlib")
    html = picture._repr_html_()
    assert "Plotly.newPlot" in html and "<img" not in html
    assert picture._repr_png_() is None


def test_without_either_the_message_says_what_to_run(monkeypatch, picture):
    missing(monkeypatch, "matplotlib")
    missing(monkeypatch, "plotly")
    with pytest.raises(MissingExtra, match=r'pip install "riemlearn\[plot\]"'):
        picture._repr_html_()


def test_the_shell_is_the_one_of_ipython(monkeypatch):
    missing(monkeypatch, "IPython")
    assert notebook._kernel_shell() is None
