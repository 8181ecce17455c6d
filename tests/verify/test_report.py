"""The report: rows, table, JSON, and what it says of failures."""

import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from riemlearn.errors import OutputError, ShapeError, SymbolError
from riemlearn.verify import Row, Verification, run
from riemlearn.verify.cases import chosen
from riemlearn.verify.rows import answer, row

GOOD = Row("S2", "scalar", "autodiff", "float64", 3e-15, 1e-10, 16, True, (0.5, 1.0))
ROUGH = Row("S2", "scalar", "autodiff", "float32", 2e-6, 1e-4, 16, True, (0.5, 1.0))
WRONG = Row("S2", "scalar", "embedding", "float64", 2.0, 1e-10, 16, False, (0.6, 2.0))
HOLE = Row("H2-ball", "ricci", "closed form", "float64", math.nan, 1e-10, 16, False, (0.1, 0.2))


def printed(report: Verification) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(report.table())
    return console.file.getvalue()


@pytest.mark.parametrize(("errors", "passed"), [([1e-16, 1e-11], True), ([2e-10, 0.0], False)])
def test_row_takes_the_worst_point(errors, passed):
    found = row("R2", "metric", "autodiff", "float64", errors, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert found.worst_error == max(errors)
    assert found.worst_point == ((3.0, 4.0) if passed else (1.0, 2.0))
    assert found.passed is passed


def test_nan_is_the_worst_error_and_fails():
    found = row("R2", "metric", "autodiff", "float32", [1.0, math.nan, 0.0], np.arange(6.0).reshape(3, 2))
    assert math.isnan(found.worst_error)
    assert found.worst_point == (2.0, 3.0)
    assert found.passed is False


def test_an_answer_in_another_type_is_none():
    assert np.isnan(answer(np.ones(3), "float32")).all()
    assert answer(np.ones(3, np.float32), "float32").dtype == np.float64


def test_passed_and_worst():
    assert Verification((GOOD, ROUGH), 0).passed
    report = Verification((GOOD, ROUGH, WRONG), 0)
    assert not report.passed
    assert report.worst("float64") is WRONG
    assert report.worst("float32") is ROUGH
    assert Verification((WRONG, HOLE, GOOD), 0).worst("float64") is HOLE
    with pytest.raises(ShapeError, match=r"no row has dtype .float16.; it must be one of float64, float32"):
        report.worst("float16")


def test_one_line_in_a_console_and_the_summary_in_a_notebook():
    report = Verification((GOOD, WRONG), 3)
    assert repr(report) == "Verification(2 rows, 1 FAILED, seed=3)"
    for shown in (report._repr_mimebundle_(), report._repr_mimebundle_(include=None, exclude=None)):
        assert "FAILED: S2 scalar by embedding" in shown["text/html"]


def test_table_marks_failures():
    text = printed(Verification((GOOD, ROUGH, WRONG, HOLE), 0))
    assert "4 rows, 2 FAILED" in text
    line = next(line for line in text.splitlines() if "scalar" in line)
    assert "3e-15 2e-06" in " ".join(line.split())
    assert "!2e+00" in line
    assert "!  nan" in text
    assert "identity" not in text
    assert "2 rows, all passed" in printed(Verification((GOOD, ROUGH), 0))


def test_table_fits_a_terminal_of_eighty_columns():
    rows = tuple(
        Row("H3-hyperboloid", "laplace_beltrami", route, dtype, 1.2e-16, 1e-4, 16, True, (0.0, 0.0, 1.0))
        for route in ("closed form", "autodiff", "embedding", "identity")
        for dtype in ("float64", "float32")
    )
    console = Console(file=io.StringIO(), width=200)
    console.print(Verification(rows, 0).table())
    assert max(len(line.rstrip()) for line in console.file.getvalue().splitlines()) <= 80


def test_json(tmp_path):
    path = tmp_path / "report.json"
    Verification((GOOD, HOLE), 7).to_json(path)
    read = json.loads(path.read_text())
    assert read["passed"] is False
    assert read["seed"] == 7
    assert read["rows"][0] == {
        "manifold": "S2",
        "quantity": "scalar",
        "route": "autodiff",
        "dtype": "float64",
        "worst_error": 3e-15,
        "tolerance": 1e-10,
        "points": 16,
        "passed": True,
        "worst_point": [0.5, 1.0],
    }
    assert read["rows"][1]["worst_error"] is None


def test_json_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match=r"the report .* cannot be written: .*No such file or directory"):
        Verification((GOOD,), 0).to_json(tmp_path / "missing" / "report.json")
    with pytest.raises(OutputError, match="Is a directory"):
        Verification((GOOD,), 0).to_json(tmp_path)


def test_names_are_chosen_in_the_order_of_the_catalogue():
    assert chosen("quantity", None, ("a", "b")) == ("a", "b")
    assert chosen("quantity", ("b", "a", "b"), ("a", "b", "c")) == ("a", "b")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"manifolds": ["H3-bal"]}, "no manifold 'H3-bal'; did you mean H3-ball"),
        ({"manifolds": "S4"}, "no manifold 'S4'; did you mean S"),
        ({"manifolds": [4]}, "4 is neither a name of the catalogue nor a manifold"),
        ({"quantities": ["ricchi"]}, "no quantity 'ricchi'; did you mean ricci"),
        ({"quantities": ["zzz"]}, "no quantity 'zzz'; known are metric, christoffel"),
    ],
)
def test_unknown_names(arguments, match):
    with pytest.raises(SymbolError, match=match):
        run(**arguments)


def test_nothing_to_verify_is_no_success():
    assert not Verification((), 0).passed
    with pytest.raises(SymbolError, match="nothing to verify: spectrum on H2-half_space"):
        run(["H2-half_space"], ["spectrum"])
    with pytest.raises(SymbolError, match=r"nothing to verify: .* on no manifold"):
        run([])


def test_summary_names_each_failure_and_its_point():
    console = Console(file=io.StringIO(), width=140)
    console.print(Verification((GOOD, ROUGH, WRONG, HOLE), 0).summary())
    lines = console.file.getvalue().splitlines()
    assert any("FAILED: S2 scalar by embedding in float64: 2.0e+00 > 1e-10 at (0.6, 2)" in line for line in lines)
    assert any(line.strip().startswith("H2-ball") and "nan" in line for line in lines)
    console = Console(file=io.StringIO(), width=140)
    console.print(Verification((GOOD, ROUGH), 0).summary())
    assert "scalar, autodiff" in console.file.getvalue() and "FAILED" not in console.file.getvalue()


def test_at_least_one_point():
    for bad in (2.5, "2", True):
        with pytest.raises(ShapeError, match="verify: points must be an integer >= 1, got"):
            run(["R2"], ["metric"], points=bad)
        with pytest.raises(ShapeError, match="verify: processes must be an integer >= 1, got"):
            run(["R2"], ["metric"], processes=bad if bad is not True else 0)
    with pytest.raises(ShapeError, match="verify: points must be an integer >= 1, got 0"):
        run(["R2"], points=0)
