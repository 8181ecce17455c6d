"""The bar of a terminal and of a notebook, and what else may be told how far a batch is."""

import sys
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.errors import ShapeError
from riemlearn.parallel import chunked

POINTS = np.zeros((1000, 2))


def test_a_callable_is_told():
    calls = []
    chunked(jnp.sin, POINTS, budget="10 kB", progress=lambda done, total: calls.append((done, total)))
    counts = [done for done, _ in calls]
    assert len(counts) > 3
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 1000
    assert {total for _, total in calls} == {1000}


def test_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    chunked(jnp.sin, POINTS, progress=True)
    shown = capsys.readouterr().err
    assert "1000/1000" in shown
    assert "points/s" in shown


@pytest.mark.parametrize("progress", [True, False, None])
def test_nothing_where_nobody_watches(progress, monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "0")
    chunked(jnp.sin, POINTS, progress=progress)
    assert capsys.readouterr() == ("", "")


def test_a_bar_in_a_notebook(monkeypatch):
    shown = []

    class Handle:
        def update(self, table):
            shown.append(table._repr_mimebundle_((), ())["text/plain"])

    # a notebook brings IPython with it; here it need not be installed
    notebook = SimpleNamespace(display=lambda table, display_id: Handle())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=notebook))
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    chunked(jnp.sin, POINTS, budget="10 kB", progress=True)
    assert len(shown) > 3
    assert "1000/1000" in shown[-1]
    assert "points/s" in shown[-1]


@pytest.mark.parametrize("progress", ["yes", 1, []])
def test_what_is_no_progress(progress):
    with pytest.raises(ShapeError, match=r"progress must be True, False or a callable of \(done, total\), got"):
        chunked(jnp.sin, POINTS, progress=progress)
