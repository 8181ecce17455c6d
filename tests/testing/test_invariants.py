"""Each invariant is zero on a true geometry and sees a planted fault."""

import numpy as np
import pytest
import sympy as sp

from riemlearn import testing
from riemlearn.errors import ShapeError

x, y, z = sp.symbols("x y z", real=True)
# A metric with no symmetry at all, so that no fault can hide in a zero.
MATRIX = sp.Matrix(
    [
        [2 + sp.sin(y), x * z / 4, 0],
        [x * z / 4, 1 + x**2, y / 3],
        [0, y / 3, 3 + sp.cos(x + z)],
    ]
)
POINT = {x: 0.3, y: -0.4, z: 0.7}


@pytest.fixture(scope="module")
def here():
    return testing.geometry(list(POINT), MATRIX, POINT.values())


@pytest.fixture(scope="module")
def lower(here):
    return np.einsum("im,mjkl->ijkl", here.metric, here.riemann)


@pytest.fixture(scope="module")
def derivative():
    slopes = [MATRIX.diff(c).subs(POINT).evalf() for c in POINT]
    return np.stack([np.array(s.tolist(), float) for s in slopes], -1)


def test_riemann_of_a_metric_has_every_symmetry(lower):
    errors = testing.riemann_symmetries(np.stack([lower, 5 * lower]))
    assert set(errors) == {"first_pair", "second_pair", "exchange", "bianchi"}
    assert max(errors.values()) < 1e-14


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        # R^i_jkl in place of R_ijkl: only what has no need of the metric still holds.
        (lambda low, up: up, {"first_pair", "exchange"}),
        # A term that is symmetric in k and l.
        (
            lambda low, up: low + abs(low + np.swapaxes(low, 2, 3)) + 0.1,
            {"first_pair", "second_pair", "bianchi"},
        ),
        # A four-form: it has all symmetries except Bianchi's, but needs four dimensions.
        (lambda low, up: levi_civita(4), {"bianchi"}),
        # The two last indices of one half of the tensor exchanged.
        (lambda low, up: np.swapaxes(low, 1, 2), {"first_pair", "second_pair"}),
    ],
    ids=["upper", "symmetric", "four-form", "exchanged"],
)
def test_riemann_symmetries_see_a_fault(here, lower, fault, seen):
    errors = testing.riemann_symmetries(fault(lower, here.riemann))
    assert {name for name, error in errors.items() if error > 1e-3} == seen


def levi_civita(n: int) -> np.ndarray:
    e = np.zeros((n,) * n)
    for p in np.ndindex(e.shape):
        e[p] = np.linalg.det(np.eye(n)[list(p)])
    return e


def test_one_bad_point_of_a_batch_is_enough(lower):
    bad = np.stack([lower, lower, lower])
    bad[1, 0, 1, 0, 1] *= 1.5
    assert testing.riemann_symmetries(bad)["first_pair"] > 1e-2


def test_flat_space_takes_a_scale():
    rounding = 1e-17 * np.random.default_rng(0).normal(size=(3, 3, 3, 3))
    assert testing.riemann_symmetries(rounding)["bianchi"] > 0.1
    assert testing.riemann_symmetries(rounding, scale=1.0)["bianchi"] < 1e-15


def test_metric_compatibility(here, derivative):
    assert testing.metric_compatibility(here.metric, derivative, here.christoffel) < 1e-15
    batch = [np.stack([t, t]) for t in (here.metric, derivative, here.christoffel)]
    assert testing.metric_compatibility(*batch) < 1e-15
    batch[2][1, 0, 1, 1] *= -1
    assert testing.metric_compatibility(*batch) > 1e-3
    assert testing.metric_compatibility(here.metric, derivative, np.swapaxes(here.christoffel, 0, 1)) > 1e-2


def test_torsion(here):
    assert testing.torsion(here.christoffel) < 1e-15
    twisted = here.christoffel.copy()
    twisted[0, 1, 2] += 0.1
    assert testing.torsion(twisted) == pytest.approx(0.1 * np.sqrt(2) / np.linalg.norm(twisted))


def test_nan_is_never_small(here, lower, derivative):
    hole = lower.copy()
    hole[0, 0, 0, 0] = np.nan
    assert all(np.isnan(e) for e in testing.riemann_symmetries(hole).values())
    assert np.isnan(testing.torsion(np.full((2, 2, 2), np.nan)))
    assert np.isnan(testing.metric_compatibility(here.metric * np.nan, derivative, here.christoffel))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: testing.riemann_symmetries(np.zeros((2, 2, 2))),
            r"riemann must have shape \(..., n, n, n, n\)",
        ),
        (lambda: testing.torsion(np.zeros((2, 2, 3))), r"christoffel .* got \(2, 2, 3\)"),
        (
            lambda: testing.metric_compatibility(np.eye(2), np.zeros((3, 3, 3)), np.zeros((2, 2, 2))),
            "dimensions differ",
        ),
        (lambda: testing.relative_error(np.zeros(2), np.zeros((2, 1))), r"\(2,\) and b has shape \(2, 1\)"),
    ],
)
def test_bad_shapes(call, match):
    with pytest.raises(ShapeError, match=match):
        call()
