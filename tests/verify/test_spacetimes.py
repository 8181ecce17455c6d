"""Spacetimes in a verification: exact rows, every route against the oracle, and what is wrong is seen there."""

import io
from dataclasses import replace
from itertools import product
from math import inf, isnan
from types import MappingProxyType

import pytest
from rich.console import Console

from riemlearn import verify
from riemlearn.curvature import EmbeddedPoint, IntrinsicPoint
from riemlearn.errors import SymbolError
from riemlearn.manifolds import catalogue, spacetime, spacetimes
from riemlearn.plot.report import Report
from riemlearn.verify.page import add_verification
from riemlearn.verify.rows import exact_row
from riemlearn.verify.spacetimes import CURVATURE


@pytest.fixture(scope="module")
def kerr():
    return verify.run("kerr", points=5)


def wrong(spacetime, **invariants):
    """The same with something else published."""
    return replace(spacetime, invariants=MappingProxyType({**spacetime.invariants, **invariants}))


def failures(report):
    return {(row.quantity, row.route) for row in report.rows if not row.passed}


def test_kerr_passes(kerr):
    assert kerr.passed, [str(row) for row in kerr.rows if not row.passed]
    exact = [row for row in kerr.rows if row.dtype == "exact"]
    assert {row.quantity for row in exact} == {"ricci", "scalar", "ricci_squared", "kretschmann"}
    assert all((row.worst_error, row.tolerance, row.worst_point) == (0, 0, ()) for row in exact)
    rest = {(row.quantity, row.route, row.dtype) for row in kerr.rows if row.dtype != "exact"}
    each = set(product(CURVATURE, ("closed form", "autodiff", "embedding"), ("float64",)))
    assert rest == each | {(name, "identity", "float64") for name in ("ricci", "scalar", "kretschmann")}
    assert {row.points for row in kerr.rows if row.dtype != "exact"} == {2}  # a quarter of five, and one at least


def test_names_of_spacetimes_are_no_names_of_manifolds():
    assert not set(spacetimes()) & set(catalogue())


def test_what_is_published_wrongly_fails_exactly_and_in_numbers():
    M = spacetime("schwarzschild")
    bad = wrong(M, kretschmann=-M.invariants["kretschmann"])
    report = verify.run([verify.Case("mine", bad)], ["kretschmann", "scalar"], points=1)
    assert failures(report) == {("kretschmann", "ring"), ("kretschmann", "identity")}
    row = next(row for row in report.rows if not row.passed)
    assert row.worst_error == inf and str(row) == "mine kretschmann is not exactly what is published"


def test_a_sign_in_lorentzian_curvature_by_differentiation(monkeypatch):
    right = IntrinsicPoint.riemann_frame
    monkeypatch.setattr(IntrinsicPoint, "riemann_frame", lambda self: -right(self))
    report = verify.run("nariai", ["riemann", "ricci"], points=2)
    assert failures(report) == set(product(("riemann", "ricci"), ("autodiff", "embedding")))


def test_a_sign_in_the_gauss_equation_of_a_spacetime(monkeypatch):
    right = EmbeddedPoint._product
    monkeypatch.setattr(EmbeddedPoint, "_product", lambda self, normal: -right(self, normal))
    assert failures(verify.run("goedel", ["riemann"], points=2)) == {("riemann", "embedding")}


def test_one_with_values_of_its_own():
    M = spacetime("schwarzschild", M=2)
    report = verify.run([M], ["scalar"], points=1)
    assert report.passed and {row.manifold for row in report.rows} == {"spacetime('schwarzschild', M=2)"}


def test_only_exact_rows_need_no_points():
    report = verify.run(["nil", "btz"], ["weyl", "ricci_squared"])
    assert [(row.manifold, row.quantity, row.dtype) for row in report.rows] == [
        ("btz", "ricci_squared", "exact"),
        ("btz", "weyl", "exact"),
        ("nil", "ricci_squared", "exact"),
    ]
    with pytest.raises(SymbolError, match="nothing to verify: distance on kerr"):
        verify.run("kerr", ["distance"])
    with pytest.raises(SymbolError, match="no manifold 'kerr_neumann'; did you mean kerr_newman"):
        verify.run("kerr_neumann")


def test_what_is_not_decided_is_no_success():
    row = exact_row("kerr", "ricci", "undecided")
    assert isnan(row.worst_error) and not row.passed
    assert str(row) == "kerr ricci is not known to be exactly what is published"


def test_the_report_tells_exact_rows_apart(kerr):
    console = Console(file=io.StringIO(), width=160)
    console.print(kerr.summary())
    console.print(kerr.table())
    text = console.file.getvalue()
    assert "4/4" in text and "ring" in text
    bad = verify.Verification((*kerr.rows, exact_row("kerr", "weyl", "no")), 0)
    console.print(bad.summary())
    assert "4/5" in console.file.getvalue() and "kerr weyl is not exactly" in console.file.getvalue()
    page = add_verification(Report("t"), bad.rows).html()
    assert "4 of 5" in page and "published invariants hold exactly" in page and "kerr weyl" in page
    alone = add_verification(Report("t"), [exact_row("kerr", "weyl", "yes")]).html()
    assert "1 of 1" in alone and "FAILED" not in alone
