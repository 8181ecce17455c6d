"""The squares commute; and when one side is wrong, exactly its rows say so."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn import verify
from riemlearn.curvature import EmbeddedPoint, IntrinsicPoint
from riemlearn.errors import NumericError
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds import Curvature, FlatTorus, Sphere
from riemlearn.symbolic import ClosedForm
from riemlearn.symbolic.closed_form import QUANTITIES
from riemlearn.verify.squares import squares

COORDS = sp.symbols("theta phi", real=True)


class Manifold:
    """A closed form, an embedding and a curvature that need not agree."""

    patch = ((0.5, 0.0), (2.5, 6.0))

    def __init__(self, matrix, embedding, curvature):
        self.dim, self.embedding = 2, embedding
        self.metric = rl.Metric.from_sympy(COORDS, matrix)
        self.chart, self.curvature = self.metric.chart, Curvature.isotropic(curvature, 2)


def sphere(x):
    return jnp.array([jnp.sin(x[0]) * jnp.cos(x[1]), jnp.sin(x[0]) * jnp.sin(x[1]), jnp.cos(x[0])])


def case(radius, matrix=None, embedding=None):
    """A sphere; each test has its own radius, because compiled code does not see what is replaced later."""
    matrix = sp.diag(1, sp.sin(COORDS[0]) ** 2) * radius**2 if matrix is None else matrix
    embedding = embedding or (lambda x: radius * sphere(x))
    return verify.Case("mine", Manifold(matrix, embedding, sp.Rational(1, radius**2)))


def failures(mine, *quantities, dtypes=("float64",)):
    points = mine.points(0, 3)
    return {(row.route, row.quantity) for row in squares(mine, quantities, points, dtypes) if not row.passed}


def test_a_sphere_passes():
    report = verify.run(["S2"], points=4)
    assert report.passed, [row for row in report.rows if not row.passed]
    assert {row.dtype for row in report.rows} == {"float64", "float32"}
    assert {row.route for row in report.rows} == {"closed form", "autodiff", "embedding", "identity"}
    # Nor is it a comparison of a thing with itself: what was computed in float32 has errors of its size.
    rough = [row.worst_error for row in report.rows if (row.quantity, row.dtype) == ("christoffel", "float32")]
    assert all(1e-9 < error < 1e-5 for error in rough)


def test_a_manifold_without_embedding_passes():
    report = verify.run("H3-half_space", ("scalar", "laplace_beltrami"), points=4)
    assert report.passed, [row for row in report.rows if not row.passed]
    assert {row.route for row in report.rows} == {"closed form", "autodiff", "embedding", "identity"}


@pytest.mark.slow
def test_the_whole_catalogue_passes():
    report = verify.run()
    assert report.passed, [row for row in report.rows if not row.passed]


def test_a_wrong_closed_form():
    # Right to the eye and to itself, but hyperbolic: the embedding and the known curvature disagree with it.
    mine = case(1, matrix=sp.diag(1, sp.sinh(COORDS[0]) ** 2))
    wrong = {("embedding", "metric"), ("embedding", "scalar"), ("identity", "scalar")}
    assert failures(mine, "metric", "scalar") == wrong


def test_a_wrong_embedding():
    mine = case(1, embedding=lambda x: (1 + 1e-8) * sphere(x))
    # The Ricci tensor does not change with the scale of a metric.
    assert failures(mine, "metric", "ricci", "scalar") == {("embedding", "metric"), ("embedding", "scalar")}


def test_a_sign_in_the_gauss_equation(monkeypatch):
    right = EmbeddedPoint._product
    monkeypatch.setattr(EmbeddedPoint, "_product", lambda self, normal: -right(self, normal))
    assert failures(case(3), "riemann", "scalar") == {("embedding", "riemann")}


def test_a_sign_in_the_curvature_of_a_metric_function(monkeypatch):
    right = IntrinsicPoint.riemann_frame
    monkeypatch.setattr(IntrinsicPoint, "riemann_frame", lambda self: -right(self))
    wrong = {("autodiff", "riemann"), ("autodiff", "scalar")}
    assert failures(case(4), "christoffel", "riemann", "scalar") == wrong
    # Without an embedding into Euclidean space, the space around the graph has a wrong curvature too.
    alone = case(9)
    alone.manifold.embedding = None
    wrong |= {("embedding", "riemann"), ("embedding", "scalar")}
    assert failures(alone, "christoffel", "riemann", "scalar") == wrong


def test_a_sign_in_the_symbolic_christoffel_symbols(monkeypatch):
    right = QUANTITIES["christoffel"]
    wrong_sign = right._replace(compute=lambda geometry, index: -right.compute(geometry, index))
    monkeypatch.setitem(QUANTITIES, "christoffel", wrong_sign)
    wrong = {("closed form", "christoffel"), ("closed form", "riemann")}
    assert failures(case(5), "metric", "christoffel", "riemann") == wrong


def test_a_sign_in_the_laplacian(monkeypatch):
    right = ClosedForm.laplacian
    monkeypatch.setattr(ClosedForm, "laplacian", lambda self, h: -right(self, h))
    assert failures(case(6), "laplace_beltrami") == {("closed form", "laplace_beltrami")}


def test_a_nan_fails():
    mine = case(7, embedding=lambda x: 7 * sphere(x) / jnp.where(x[0] > 1.0, jnp.nan, 1.0))
    assert failures(mine, "metric", dtypes=("float64", "float32")) == {("embedding", "metric")}


def test_progress_and_own_cases():
    seen = []
    report = verify.run(["R2", case(8)], ["metric"], points=1, progress=lambda *call: seen.append(call))
    assert seen == [(0, 2, ""), (1, 2, "mine"), (2, 2, "R2")]
    assert [row.manifold for row in report.rows] == ["mine"] * 6 + ["R2"] * 6
    # The points of a manifold do not depend on what else is verified, but on the seed.
    assert verify.run(["R2"], ["metric"], points=1).rows == report.rows[6:]
    assert verify.run(["R2"], ["metric"], points=1, seed=1).rows != report.rows[6:]


def test_needs_64_bits():
    with jax.enable_x64(False), pytest.raises(NumericError, match="jax_enable_x64"):
        verify.run(["R2"], ["metric"])


def test_heat_kernel_of_a_wrong_radius(monkeypatch):
    right = Sphere.closed_heat_kernel
    monkeypatch.setattr(Sphere, "closed_heat_kernel", lambda self: replace(right(self), scale=1.001))
    rows = verify.run("S2", ["heat_kernel", "spectrum"], points=2).rows
    assert {(row.quantity, row.route) for row in rows if not row.passed} == {
        ("heat_kernel", "closed form"),
        ("heat_kernel", "identity"),
        ("spectrum", "identity"),
    }


def test_a_published_curvature_that_is_wrong():
    wrong = Manifold(sp.diag(1, sp.sin(COORDS[0]) ** 2), sphere, 1 + sp.Rational(1, 10**9))
    assert failures(verify.Case("mine", wrong), "ricci", "scalar") == {("identity", "ricci"), ("identity", "scalar")}


@pytest.mark.parametrize(
    ("name", "quantities", "expected"),
    [
        (
            "torus2-square",
            ["spectrum", "volume"],
            {("spectrum", "Galerkin"), ("spectrum", "identity"), ("volume", "identity")},
        ),
        ("SO3", ["heat_kernel"], {("heat_kernel", "closed form"), ("heat_kernel", "identity")}),
        ("normal1", ["heat_kernel"], {("heat_kernel", "closed form"), ("heat_kernel", "identity")}),
        ("torus3-fcc", ["heat_kernel"], {("heat_kernel", "identity")}),
    ],
)
def test_kernels_spectra_and_volumes(name, quantities, expected):
    report = verify.run(name, quantities, points=2)
    assert report.passed, [str(row) for row in report.rows]
    assert {(row.quantity, row.route) for row in report.rows} == expected


def test_wrong_levels(monkeypatch):
    right = FlatTorus.levels
    monkeypatch.setattr(
        FlatTorus, "levels", lambda self, n: Levels(2 * right(self, n).values, right(self, n).multiplicities)
    )
    rows = verify.run("torus2-square", ["spectrum"], points=1).rows
    assert [row.passed for row in rows] == [False, False]


def test_one_point_has_a_partner():
    found = verify.run(["S2", "H2-ball"], ["distance", "exp", "log"], points=1)
    assert found.passed
    assert {row.quantity for row in found.rows} == {"distance", "exp", "log"}


def test_a_sphere_without_a_closed_kernel_is_verified_in_what_it_has():
    found = verify.run([Sphere(4)], ["volume", "spectrum", "heat_kernel"], points=1)
    assert found.passed
    assert {row.quantity for row in found.rows} == {"volume"}
