"""Each check passes on a true manifold and fails on a planted fault; bad input becomes a row, not a stack trace."""

from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from riemlearn import testing
from riemlearn.chart import Chart, interval, periodic
from riemlearn.connection import Connection
from riemlearn.errors import MetricError, NoClosedForm, NumericError, ShapeError, UnboundParameter
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds import Curvature, Sphere, spacetime
from riemlearn.metric import Metric
from riemlearn.testing.integral_checks import integral_rows
from riemlearn.testing.kernel_checks import kernel_rows
from riemlearn.testing.local import geometry_at, own_fields
from riemlearn.testing.manifold_checks import _published
from riemlearn.testing.map_checks import map_rows
from riemlearn.testing.metric_checks import _connection_rows, _curvature_rows, _embedding_rows, metric_rows
from riemlearn.testing.recorder import Recorder
from riemlearn.testing.sentences import SENTENCES
from riemlearn.testing.subject import Subject, quadratures
from tests.testing.reference import sphere, sphere_exp, sphere_log, torus

KEY = jax.random.key(3)


def failed(recorder):
    return {row.name for row in recorder.rows if not row.passed}


# -- everything, on true manifolds ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    return testing.check_manifold(sphere(), KEY, points=8)


def test_a_true_sphere_passes_every_check(whole):
    assert not whole.failures
    assert not whole.not_checked
    # A sphere knows all, and every check that there is has a row.
    assert {row.name for row in whole.rows} == set(SENTENCES) - {"points"}
    assert max(row.error for row in whole.rows if row.tolerance == 1e-8) < 1e-12
    assert max(row.error for row in whole.rows if row.tolerance == 1e-6) < 1e-8


def test_methods_that_jax_cannot_trace_are_called_as_they_are():
    report = testing.check_manifold(torus(), KEY, points=4)
    assert report.passed, report
    assert {"exp of log", "distance periodic", "geodesic equation", "volume"} <= {row.name for row in report.rows}
    why = dict(report.not_checked)
    assert why["heat mass"] == "not known: it has no heat_kernel"
    assert why["published curvature"] == "not known: it has no curvature"


# -- a metric: faults planted in its geometry -------------------------------------------------------------------------

x1, x2, x3 = sp.symbols("x1:4", real=True)
GENERIC = Metric.from_sympy(
    [x1, x2, x3], [[2 + sp.sin(x2), x1 * x3 / 4, 0], [x1 * x3 / 4, 1 + x1**2, x2 / 3], [0, x2 / 3, 3 + sp.cos(x1 + x3)]]
)
POINTS = np.array([[0.3, -0.4, 0.7], [-0.2, 0.5, 0.1], [0.6, 0.2, -0.5]])


@pytest.fixture(scope="module")
def at():
    g = GENERIC.numeric()  # the closed form of its Riemann tensor is long, and slow to compile
    return geometry_at(own_fields(g, Connection(g)), g.chart, POINTS)


def test_a_generic_metric_passes(at):
    recorder = Recorder(1e-8)
    _connection_rows(recorder, at)
    _curvature_rows(recorder, at)
    assert not failed(recorder) and len(recorder.rows) == 9


@pytest.mark.parametrize("name", ["kerr", "dense"])
def test_closed_forms_pass_where_the_matrix_is_full(name):
    if name == "kerr":
        M = spacetime("kerr").on_patch()
        metric, x = M.metric, np.array([[0.0, 3.5, 1.0, 2.0], [0.5, 5.0, 2.0, 1.0]])
    else:
        coords = [x1, x2, x3]
        matrix = [[int(a == b) + sp.sin(a) * sp.sin(b) for a in coords] for b in coords]
        metric, x = Metric.from_sympy(coords, matrix), POINTS
    report = testing.check_metric(metric, KEY, points=x)
    assert report.passed and not report.not_checked, report
    assert {"closed form", "signature", "second Bianchi"} <= {row.name for row in report.rows}


def one_entry(tensor, *index):
    wrong = tensor.copy()
    wrong[(1, *index)] += 0.01
    return wrong


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("volume density", lambda at: {"density": at.density**2}),
        ("metric compatibility", lambda at: {"christoffel": -at.christoffel}),
        ("metric compatibility", lambda at: {"christoffel": np.swapaxes(at.christoffel, 1, 2)}),
        ("metric compatibility", lambda at: {"d_metric": np.swapaxes(at.d_metric, 1, 3)}),
        ("torsion", lambda at: {"christoffel": one_entry(at.christoffel, 0, 1, 2)}),
        ("definition of curvature", lambda at: {"riemann": -at.riemann}),
        ("definition of curvature", lambda at: {"d_christoffel": np.swapaxes(at.d_christoffel, 1, 4)}),
        ("Riemann symmetries", lambda at: {"lower": at.riemann}),
        ("Riemann symmetries", lambda at: {"lower": one_entry(at.lower, 0, 1, 0, 1)}),
        ("first Bianchi", lambda at: {"lower": one_entry(at.lower, 0, 1, 2, 0)}),
        ("second Bianchi", lambda at: {"d_lower": 2 * at.d_lower}),
        ("second Bianchi", lambda at: {"lower": -at.lower}),
        ("contracted Bianchi", lambda at: {"d_scalar": 2 * at.d_scalar}),
        ("contracted Bianchi", lambda at: {"d_ricci": -at.d_ricci}),
        ("traces of curvature", lambda at: {"ricci": -at.ricci}),
        ("traces of curvature", lambda at: {"scalar": at.scalar / 2}),
        ("traces of curvature", lambda at: {"scalar": one_entry(at.scalar)}),
    ],
)
def test_a_planted_fault_in_the_geometry_is_seen(at, row, fault):
    recorder = Recorder(1e-8)
    wrong = at._replace(**fault(at))
    _connection_rows(recorder, wrong)
    _curvature_rows(recorder, wrong)
    assert row in failed(recorder)


def test_the_place_of_a_fault_is_named(at):
    recorder = Recorder(1e-8)
    _connection_rows(recorder, at._replace(christoffel=one_entry(at.christoffel, 0, 1, 2)))
    row = next(row for row in recorder.rows if row.name == "torsion")
    assert row.where == (tuple(POINTS[1]),)
    assert row.error == pytest.approx(0.01 * 2**0.5 / np.linalg.norm(one_entry(at.christoffel, 0, 1, 2)[1]))


def test_a_closed_form_that_is_not_that_of_the_metric_is_seen():
    g = Metric.from_sympy([x1, x2], [[1 + x2**2, 0], [0, 1 + x1**2]])
    true = Connection(g)
    wrong = SimpleNamespace(
        christoffel=lambda x: 1.001 * true.christoffel(x), riemann=true.riemann, ricci=true.ricci, scalar=true.scalar
    )
    recorder = Recorder(1e-8)
    metric_rows(recorder, g, POINTS[:, :2], wrong, None)
    assert {"closed form", "metric compatibility", "definition of curvature"} <= failed(recorder)


def test_a_derivative_that_is_wrong_is_seen():
    def g(x):  # JAX does not see how the first entry depends on the second coordinate
        return jnp.diag(jnp.stack([1 + jax.lax.stop_gradient(x[1]) ** 2, 1 + x[0] ** 2]))

    report = testing.check_metric(g, KEY, dim=2, points=4)
    assert [row.name for row in report.failures] == ["metric compatibility"]


def bent(x):
    return jnp.stack([x[0], x[1], 0.3 * x[0] ** 2 + x[0] * x[1], jnp.sin(x[1])])


@pytest.fixture(scope="module")
def surface():
    g = Metric.from_embedding(bent, dim=2)
    return g, geometry_at(own_fields(g, Connection(g)), g.chart, POINTS[:, :2])


@pytest.mark.parametrize(
    ("embedding", "seen"),
    [
        (bent, set()),
        (lambda x: 2 * bent(x), {"isometry", "Gauss equation"}),
        (lambda x: bent(x).at[3].set(x[1] ** 2), {"isometry", "Gauss equation", "Codazzi equation"}),
        (lambda x: bent(x)[:, None], {"isometry", "Gauss equation", "Codazzi equation"}),
        (lambda x: bent(x)[:1], {"isometry", "Gauss equation", "Codazzi equation"}),
    ],
    ids=["true", "twice as large", "another coordinate", "a column", "too few"],
)
def test_an_embedding_must_induce_the_metric(surface, embedding, seen):
    metric, at = surface
    recorder = Recorder(1e-8)
    _embedding_rows(recorder, at, metric, at.lower, embedding)
    assert failed(recorder) == seen


# -- a manifold: faults planted in what it says of itself -------------------------------------------------------------


@pytest.fixture(scope="module")
def subject():
    m = sphere()
    low, high = (np.array(c) for c in m.patch)
    x = low + (high - low) * np.asarray(jax.random.uniform(KEY, (4, 2)))
    nabla = Connection(m.metric)
    at = geometry_at(own_fields(m.metric, nabla), m.metric.chart, x)
    return Subject(m, m.metric, nabla, at, (low, high), KEY, quadratures(m.metric))


def uniform_in_theta(key, count):
    return jax.random.uniform(key, (count, 2)) * jnp.array([jnp.pi, 2 * jnp.pi])


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("volume", {"volume": 4 * np.pi**2}),
        ("samples", {"sample": lambda key, count: uniform_in_theta(key, count) - 0.1}),
        ("samples", {"sample": lambda key, count: uniform_in_theta(key, count)[:, :1]}),
        ("samples", {"sample": lambda key, count: uniform_in_theta(key, count).at[7].set(jnp.nan)}),
        ("uniform samples", {"sample": uniform_in_theta}),
        ("Gauss-Bonnet", {"euler_characteristic": 0}),
        ("self-adjoint", {"laplacian": lambda f: lambda x: -Sphere(2).laplacian(f)(x)}),
        ("self-adjoint", {"laplacian": lambda f: lambda x: jnp.trace(jax.hessian(f)(x))}),
    ],
)
def test_a_planted_fault_in_an_integral_is_seen(subject, row, wrong):
    recorder = Recorder(1e-8)
    integral_rows(recorder, replace(subject, manifold=sphere(**wrong)))
    assert failed(recorder) == {row}


@pytest.mark.parametrize(
    "curvature", [Curvature.isotropic(-1, 2), Curvature.isotropic(sp.Rational(1, 4), 2), Curvature(sp.S.One)]
)
def test_a_wrong_published_curvature_is_seen(subject, curvature):
    recorder = Recorder(1e-8)
    _published(recorder, sphere(curvature=curvature), subject.chart, subject.geometry)
    assert failed(recorder) == {"published curvature"} and "computed 2" in recorder.rows[0].sentence
    _published(recorder, sphere(), subject.chart, subject.geometry)
    assert recorder.rows[1].passed


DISTANCE = Sphere(2).distance


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        ({"eikonal", "length of log"}, {"distance": lambda x, y: 2 * DISTANCE(x, y)}),
        ({"eikonal", "length of log"}, {"distance": lambda x, y: 2 * jnp.sin(DISTANCE(x, y) / 2)}),
        ({"triangle inequality", "eikonal", "length of log"}, {"distance": lambda x, y: DISTANCE(x, y) ** 2}),
        ({"distance symmetric", "length of log"}, {"distance": lambda x, y: DISTANCE(x, y) * (1 + 1e-7 * x[..., 0])}),
        (
            {"distance zero", "distance periodic", "length of log"},
            {"distance": lambda x, y: DISTANCE(x, y) + 1e-7},
        ),
        (
            {"distance periodic", "eikonal", "length of log"},
            {"distance": lambda x, y: jnp.linalg.norm(x - y, axis=-1)},
        ),
        ({"distance zero", "eikonal", "length of log"}, {"distance": lambda x, y: jnp.abs(x[..., 0] - y[..., 0]) * 0}),
        (
            {"distance symmetric", "distance zero", "distance periodic", "triangle inequality", "eikonal"},
            {"distance": lambda x, y: DISTANCE(x, y)[..., None]},
        ),
        ({"length of log", "exp of log", "log of exp"}, {"log": lambda x, y: 2 * sphere_log(x, y)}),
        (
            {"length of log", "exp of log", "log of exp"},
            {"log": lambda x, y: sphere_log(x, y) * jnp.stack([jnp.ones_like(x[..., 0]), jnp.sin(x[..., 0])], -1)},
        ),
        ({"geodesic equation", "exp of log", "log of exp"}, {"exp": lambda x, v: sphere_exp(x, v / 2)}),
        ({"geodesic equation", "exp of log", "log of exp"}, {"exp": lambda x, v: x + v}),
        ({"geodesic equation"}, {"exp": lambda x, v: sphere_exp(x, v)[..., 0]}),
        ({"exp of log", "log of exp", "length of log"}, {"log": lambda x, y: sphere_log(x, y) * jnp.nan}),
    ],
)
def test_a_planted_fault_in_distance_exp_or_log_is_seen(subject, seen, wrong):
    recorder = Recorder(1e-8)
    map_rows(recorder, replace(subject, manifold=sphere(**wrong)))
    assert failed(recorder) == seen


HEAT = Sphere(2).heat_kernel


def levels(radius=1.0, double=1, first=0):
    return lambda count: Levels.of((l * (l + 1) / radius**2, double * (2 * l + 1)) for l in range(first, count))


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        ({"levels", "Weyl's law", "heat trace"}, {"levels": levels(double=2)}),
        ({"levels", "heat trace"}, {"levels": levels(first=1)}),
        ({"Weyl's law", "heat trace"}, {"levels": levels(radius=2)}),
        ({"heat mass", "semigroup", "heat trace"}, {"heat_kernel": lambda t, x, y: 2 * HEAT(t, x, y)}),
        ({"heat equation", "heat trace"}, {"heat_kernel": lambda t, x, y: HEAT(t / 2, x, y)}),
        ({"heat symmetry", "heat equation"}, {"heat_kernel": lambda t, x, y: HEAT(t, x, y) * (1 + x[..., 0] / 100)}),
        ({"heat positivity", "heat equation"}, {"heat_kernel": lambda t, x, y: HEAT(t, x, y) - 1}),
        ({"heat symmetry", "heat positivity", "heat mass"}, {"heat_kernel": lambda t, x, y: HEAT(t, x, y) * jnp.nan}),
    ],
)
def test_a_planted_fault_in_spectrum_or_heat_kernel_is_seen(subject, seen, wrong):
    recorder = Recorder(1e-8)
    kernel_rows(recorder, replace(subject, manifold=sphere(**wrong)))
    assert seen <= failed(recorder)


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("g", "row", "sentence"),
    [
        (lambda x: jnp.eye(3), "shape", r"shape \(3, 3\), expected \(2, 2\)"),
        (lambda x: x, "shape", r"shape \(2,\)"),
        (lambda x: {"g": x}, "shape", "shape None"),
        (lambda x: undefined_name, "shape", "it raised NameError"),
        (lambda x: jnp.array([[1.0, 0.2], [0.1, 1.0]]), "symmetric", r"g = \[\[1, 0.2\], \[0.1, 1\]\]"),
        (lambda x: jnp.diag(jnp.array([1.0, -2.0])), "signature", "eigenvalues are -2, 1"),
        (lambda x: jnp.ones((2, 2)), "signature", "eigenvalues are"),
        (lambda x: jnp.eye(2) * jnp.log(-jnp.abs(x[0])), "finite", "nan"),
    ],
)
def test_a_function_that_is_no_metric_is_one_failed_row(g, row, sentence):
    report = testing.check_metric(g, KEY, dim=2, points=4)
    assert [r.name for r in report.failures] == [row]
    with pytest.raises(MetricError, match=sentence):
        report.raise_if_failed()
    assert "torsion" in dict(report.not_checked)


def test_a_lorentzian_metric_may_have_one_negative_direction():
    g = Metric.from_function(lambda x: jnp.diag(jnp.stack([-1 - x[1] ** 2, jnp.ones(())])), 2, signature="lorentzian")
    assert testing.check_metric(g, KEY, points=4).passed


def test_points_outside_the_domain_are_named_and_the_others_checked():
    chart = Chart(("u", "v"), (interval(0, 1), periodic(1.0)))
    report = testing.check_metric(
        Metric.from_function(lambda x: jnp.eye(2), 2, chart=chart), KEY, points=[[0.5, 3.0], [1.5, 0.0]]
    )
    assert [row.name for row in report.failures] == ["points"]
    assert report["points"].where == ((1.5, 0.0),)
    assert "u = 1.5 is not in (0, 1); 1 of 2 points" in report["points"].sentence


def flat(**attributes):
    return SimpleNamespace(metric=Metric.from_function(lambda x: jnp.eye(2), 2), **attributes)


def broken(*_):
    raise ZeroDivisionError("division by zero")


class HalfKnown:
    """A class whose properties fail in the two ways that there are."""

    metric = Metric.from_function(lambda x: jnp.eye(2), 2)

    @property
    def volume(self):
        raise NoClosedForm("the volume is an open problem")

    @property
    def distance(self):
        return self.misspelled


def test_bad_input_is_a_row_and_never_a_stack_trace():
    chart = Chart(("u", "v"), (interval(5, 6), interval(0, 1)))
    excluded = SimpleNamespace(
        metric=Metric.from_function(lambda x: jnp.eye(2), 2, chart=chart),
        patch=((0.0, 0.0), (1.0, 1.0)),
        sample=lambda key, count: jax.random.uniform(key, (count, 2)),
    )
    report = testing.check_manifold(excluded, KEY, points=2)
    assert [row.name for row in report.failures] == ["patch", "samples"]
    assert "u = 0 is not in (5, 6)" in report["patch"].sentence
    assert "1024 of 1024 points" in report["samples"].sentence

    bad = flat(patch=((0.0,), (1.0,)), exp=broken, log=lambda x, y: y - x, distance=broken, levels=broken, curvature=1)
    report = testing.check_manifold(bad, KEY, points=2)
    expected = {"patch", "published curvature", "geodesic equation", "levels", "Weyl's law", "eikonal"}
    assert {row.name for row in report.failures} >= expected
    assert "it raised ZeroDivisionError: division by zero" in report["geodesic equation"].sentence
    assert np.isnan(report["eikonal"].error)

    report = testing.check_manifold(HalfKnown(), KEY, points=2)
    assert dict(report.not_checked)["volume"] == "not known: the volume is an open problem"
    assert "AttributeError" in report["distance zero"].sentence

    report = testing.check_manifold(flat(dim=3), KEY)
    assert [row.name for row in report.failures] == ["shape"] and "dim = 3" in report["shape"].sentence


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: testing.check_manifold(object(), KEY), MetricError, "object has no metric"),
        (lambda: testing.check_manifold(SimpleNamespace(metric=3), KEY), MetricError, "got int"),
        (lambda: testing.check_metric("dx^2", KEY), MetricError, "must be a riemlearn.Metric"),
        (lambda: testing.check_metric(lambda x: jnp.eye(2), KEY), ShapeError, "needs dim=n"),
        (lambda: testing.check_metric(GENERIC, KEY, points=0), ShapeError, "at least 1"),
        (lambda: testing.check_metric(GENERIC, KEY, points=[[1.0, 2.0]]), ShapeError, r"expected \(count, 3\)"),
        (lambda: testing.check_metric(Metric.from_sympy([x1], [[x2]]), KEY), UnboundParameter, "x2"),
    ],
)
def test_static_nonsense_raises_at_once(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_32_bits_are_refused():
    with jax.enable_x64(False), pytest.raises(NumericError, match="32 bits"):
        testing.check_metric(GENERIC, KEY)
