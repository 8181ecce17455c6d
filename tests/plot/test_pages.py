"""The pages of a study and of a verification say what the numbers say, and nothing else."""

import math
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from riemlearn.plot.report import Report
from riemlearn.transformer.results import COLUMNS, Study
from riemlearn.transformer.study_page import add_study
from riemlearn.transformer.summaries import spearman
from riemlearn.verify.page import add_verification

TOKENS = [["[CLS]", "<b>", "[SEP]"], ["[CLS]", "dog", "runs", "fast", "[SEP]"]]
CURVATURE = {"[CLS]": -1e6, "<b>": 1.0, "dog": 2.0, "runs": 3.0, "fast": 4.0, "[SEP]": 1e6}


def a_study() -> Study:
    """Two sentences, layers 1 and 3, k = 2, d = 4; layer 3 is ten times as curved as layer 1."""
    layers = np.array([1, 3])
    lines = [(s, p, t, k) for s, ts in enumerate(TOKENS) for p, t in enumerate(ts) for k in layers]
    sentence, position, token, layer = (np.array(column) for column in zip(*lines, strict=True))
    curvature = np.array([CURVATURE[t] * (10 if k == 3 else 1) for _, _, t, k in lines])
    rows = {name: np.full(len(lines), 1.0) for name in COLUMNS}
    rows |= {"sentence": sentence, "position": position, "token": token, "layer": layer}
    rows |= {"sectional_dimensionless": curvature, "volume_density": 1 / np.abs(curvature)}
    rows |= {
        "sectional_relative": np.where(layer == 3, np.nan, curvature),
        "status": np.full(len(lines), "OK"),
    }
    return Study(
        sentences=("The <b> tag", "dog runs fast"),
        layers=layers,
        directions=np.eye(2, 4),
        rows=rows,
        singular_values=np.full((len(lines), 2), [2.0, 1.0]),
        spectra=np.array([[[4.0, 2.0, 1e-12, 0.0], [3.0, 1e-12, 1e-13, 0.0]]]),
        spectrum_sentence=np.array([1]),
        spectrum_position=np.array([1]),
        settings={
            "model": "a <small> model",
            "model_sha256": "53aa51",
            "dtype": "float64",
            "layers": [1, 3],
            "directions": "2 random directions",
            "rank_cutoff": 1e-9,
            "versions": {"jax": "0.10.2"},
        },
    )


@pytest.fixture(scope="module")
def page() -> str:
    return add_study(Report("t"), a_study(), "geometry").html()


def test_medians_leave_out_special_tokens(page):
    # of 1, 2, 3, 4 in layer 1, and ten times that in layer 3
    assert '<td class="r">1</td><td class="r">2.5 (1.75–3.25)</td>' in page
    assert '<td class="r">3</td><td class="r">25 (17.5–32.5)</td><td class="r">–</td>' in page
    assert "<b>2.5–25</b><span>median K·|h|² of a layer, least to largest</span>" in page
    assert "There is no relative curvature in layer 3" in page


def test_ranks_and_words_of_whole_jacobians(page):
    assert '<td>dog</td><td class="r">2</td><td class="r">2 (2)</td><td class="r">1 (1)</td>' in page
    assert "<b>1–2</b><span>rank of a token&#x27;s whole Jacobian, of 4</span>" in page


def test_relation_to_stretching_is_described(page):
    assert '<td class="r">1</td><td class="r">4</td><td class="r">-1.00</td>' in page


def test_equal_numbers_share_their_rank():
    """With ranks 1.5, 1.5, 3, 4 and 1, 2.5, 2.5, 4 the correlation is 3.75 / 4.5, in whatever order they come."""
    x, y = np.array([5.0, 5.0, 6.0, 9.0]), np.array([1.0, 2.0, 2.0, 3.0])
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        assert spearman(x[order], y[order]) == pytest.approx(3.75 / 4.5)
    assert spearman(x, -(x**3)) == pytest.approx(-1)
    assert math.isnan(spearman(x[:2], y[:2])) and math.isnan(spearman(np.ones(4), y))


def test_model_words_and_settings_are_escaped_and_complete(page):
    assert "The &lt;b&gt; tag" in page and "a &lt;small&gt; model" in page and "<small>" not in page
    assert "<td>model_sha256</td><td>53aa51</td>" in page and "<td>version of jax</td><td>0.10.2</td>" in page
    assert 'href="./geometry/tokens.csv"' in page and 'href="./geometry/spectra.csv"' in page


def test_page_says_what_cannot_be_concluded(page):
    assert "Curvature of the full map says nothing about language." in page
    assert "not a test of a hypothesis" in page


def test_one_picture_for_each_sentence(page):
    assert page.count("Curvature of each token (across)") == 2
    assert page.count("<img") == 2 + 4


def test_failed_points_are_announced_and_left_out():
    study = a_study()
    rows = study.rows | {
        "status": np.where(study.rows["token"] == "dog", "RANK_DEFICIENT", "OK"),
        "sectional_dimensionless": np.where(study.rows["token"] == "dog", np.nan, CURVATURE["runs"]),
    }
    text = add_study(Report("t"), replace(study, rows=rows)).html()
    assert "2 of 16 points have no curvature: the Jacobian of the embedding has lost rank." in text
    assert 'href="./tokens.csv"' in text


def test_a_study_without_spectra_and_without_curvature():
    study = a_study()
    rows = study.rows | {
        "sectional_dimensionless": np.full(16, np.nan),
        "sectional_relative": np.full(16, np.nan),
    }
    empty = {"spectra": np.zeros((0, 2, 4)), "spectrum_sentence": np.zeros(0, int)}
    bare = replace(study, rows=rows, **empty, spectrum_position=np.zeros(0, int))
    text = add_study(Report("t"), bare).html()
    assert "whole Jacobian</h2>" not in text
    assert "nan" not in re.sub(r"base64,[^\"]*", "", text)


@dataclass
class Row:
    """A row as `riemlearn.verify` makes them."""

    manifold: str
    quantity: str
    route: str
    dtype: str
    worst_error: float
    tolerance: float = 1e-10
    points: int = 16
    passed: bool = True
    worst_point: tuple[float, ...] = (0.5, 1.25)


ROWS = [
    Row("S2", "heat_kernel", "closed form", "float64", 2e-15),
    Row("H2", "ricci", "autodiff", "float32", 3e-6, 1e-4),
]


def test_verification_that_passed():
    page = add_verification(Report("t"), ROWS).html()
    assert "<b>2 of 2</b><span>comparisons passed, on 2 manifolds</span>" in page
    assert "<b>2.0e-15</b><span>worst error in float64; 1e-10 is allowed</span>" in page
    assert "<td>H2</td><td>ricci</td><td>autodiff</td><td>float32</td>" in page
    assert "FAILED" not in page


@pytest.mark.parametrize("error", [3e-2, math.nan])
def test_verification_that_failed(error):
    page = add_verification(
        Report("t"), [*ROWS, Row("R2", "metric", "autodiff", "float64", error, passed=False)]
    ).html()
    assert "<b>2 of 3</b>" in page
    assert f"1 of 3 comparisons FAILED: R2 metric by autodiff in float64: {error:.1e}" in page
    assert f"<b>{error:.1e}</b>" in page
    assert "<td>FAILED</td></tr>" in page


def test_verification_says_where_each_manifold_is_worst():
    rows = [
        Row("S2", "metric", "embedding", "float64", 3e-15, worst_point=(0.5, 1.25)),
        Row("S2", "scalar", "embedding", "float64", 4e-13, worst_point=(2.5, 0.125)),
        Row("S2", "scalar", "embedding", "float32", 1e-7, tolerance=1e-4),  # larger, but less of what is allowed
    ]
    html = add_verification(Report("t"), rows).html()
    first = re.search(r"<tbody><tr><td>S2</td>(.*?)</tr>", html).group(1)
    assert "4.0e-13" in first and "(2.5, 0.125)" in first
