"""The oracle against what is known by hand."""

import numpy as np
import pytest
import sympy as sp

from riemlearn.errors import ChartError, MetricError, ShapeError, UnboundParameter
from riemlearn.verify.oracle import geometry

x, y, z, w = sp.symbols("x y z w", real=True)
EPS = 1e-15


def constant_curvature(k: float, g: np.ndarray) -> np.ndarray:
    """R^i_jkl = K (delta^i_k g_jl - delta^i_l g_jk)."""
    eye = np.eye(len(g))
    return k * (np.einsum("ik,jl->ijkl", eye, g) - np.einsum("il,jk->ijkl", eye, g))


def test_sphere_in_polar_coordinates():
    got = geometry([x, y], sp.diag(1, sp.sin(x) ** 2), [0.7, 2.0], function=sp.cos(x))
    s, c = np.sin(0.7), np.cos(0.7)
    gamma = np.zeros((2, 2, 2))
    gamma[0, 1, 1], gamma[1, 0, 1], gamma[1, 1, 0] = -s * c, c / s, c / s
    np.testing.assert_allclose(got.metric, np.diag([1, s**2]), rtol=EPS)
    np.testing.assert_allclose(got.christoffel, gamma, rtol=EPS)
    np.testing.assert_allclose(got.ricci, got.metric, rtol=EPS)
    assert got.riemann[0, 1, 0, 1] == pytest.approx(s**2, rel=EPS)
    assert got.scalar == 2.0
    assert got.laplace_beltrami == pytest.approx(-2 * c, rel=EPS)
    assert got.error < 1e-49


@pytest.mark.parametrize(
    ("coords", "matrix", "k"),
    [
        ([x, y], sp.Matrix([[1 + sp.sin(x) ** 2, sp.sin(x) ** 2], [sp.sin(x) ** 2] * 2]), 1),
        ([x, y, z], 4 * sp.eye(3) / (1 + x**2 + y**2 + z**2) ** 2, 1),
        ([x, y, z], sp.eye(3) / z**2, -1),
        ([x, y], sp.Matrix([[1 + y**2, -x * y], [-x * y, 1 + x**2]]) / (1 + x**2 + y**2), -1),
    ],
    ids=["skew sphere", "stereographic sphere", "half-space", "hyperboloid"],
)
def test_constant_curvature(coords, matrix, k):
    n = len(coords)
    got = geometry(coords, matrix, [0.3, -0.4, 0.5][:n] if n == 3 else [0.8, -0.4])
    np.testing.assert_allclose(got.riemann, constant_curvature(k, got.metric), atol=EPS * abs(got.riemann).max())
    np.testing.assert_allclose(got.ricci, k * (n - 1) * got.metric, atol=EPS * abs(got.ricci).max())
    assert got.scalar == pytest.approx(k * n * (n - 1), rel=EPS)


def test_half_space_christoffel():
    gamma = geometry([x, y, z], sp.eye(3) / z**2, [0.1, 0.2, 0.5]).christoffel
    assert gamma[2, 0, 0] == gamma[2, 1, 1] == 2.0
    assert gamma[0, 0, 2] == gamma[0, 2, 0] == gamma[2, 2, 2] == -2.0
    assert np.count_nonzero(gamma) == 7


def test_varying_curvature_of_a_graph():
    # The graph of x^2 + y^2 has K = 4 / (1 + 4 r^2)^2.
    got = geometry([x, y], sp.Matrix([[1 + 4 * x**2, 4 * x * y], [4 * x * y, 1 + 4 * y**2]]), [0.5, 0.25])
    k = 4 / (1 + 4 * (0.25 + 0.0625)) ** 2
    np.testing.assert_allclose(got.riemann, constant_curvature(k, got.metric), atol=EPS)


def test_schwarzschild_is_ricci_flat_to_rounding_of_the_last_line():
    f = 1 - 2 / y
    matrix = sp.diag(-f, 1 / f, y**2, y**2 * sp.sin(z) ** 2)
    got = geometry([x, y, z, w], matrix, [0.0, 3.5, 1.1, 0.3], function=x**2)
    assert abs(got.ricci).max() < 1e-48 * got.terms["ricci"]
    assert got.riemann[0, 1, 0, 1] == pytest.approx(2 / (3.5**2 * (3.5 - 2)), rel=1e-14)
    assert got.laplace_beltrami == pytest.approx(-2 / (1 - 2 / 3.5), rel=1e-14)


def test_flat_space_in_polar_coordinates_has_terms_that_cancel():
    got = geometry([x, y], sp.diag(1, x**2), [1.5, 0.3], function=x**2 * sp.cos(2 * y))
    assert abs(got.riemann).max() < 1e-48
    assert abs(got.laplace_beltrami) < 1e-48
    assert got.terms["riemann"] > 0.5
    assert got.terms["laplace_beltrami"] > 0.5


def test_euclidean_space_is_exactly_flat():
    got = geometry([x, y], sp.eye(2), [0.3, 0.7], function=x**2 + sp.sin(y))
    assert not got.riemann.any()
    assert got.terms["riemann"] == 0
    assert got.laplace_beltrami == pytest.approx(2 - np.sin(0.7), rel=EPS)


def test_array_in_place_of_matrix_and_exact_points():
    # 0.1 is the binary number next to 1/10; the oracle takes it as such.
    got = geometry([x], sp.Array([[x]]), [0.1])
    assert got.metric[0, 0] == 0.1
    assert got.christoffel[0, 0, 0] == 5.0


def test_an_unresolved_function_shows_in_the_error():
    # Oscillates with a period below the step, so that its differences mean nothing.
    rough = geometry([x], sp.Matrix([[2 + sp.sin(10**30 * x)]]), [0.1])
    assert rough.error > 1e-3


@pytest.mark.parametrize(
    ("coords", "matrix", "point", "error", "match"),
    [
        ([x, y], sp.eye(3), [0.1, 0.2], ShapeError, r"a matrix of shape \(2, 2\).*got \(3, 3\)"),
        ([x, y], sp.eye(2), [0.1], ShapeError, "a point of 2 numbers, got .* 1"),
        ([x, y], sp.diag(1, z), [0.1, 0.2], UnboundParameter, "no value for z"),
        ([x, y], sp.eye(2), [0.1, np.nan], ChartError, "coordinate 1 of the point is nan"),
        ([x, y], sp.diag(1, sp.log(y)), [0.1, -2.0], ChartError, "not a real number"),
        ([x, y], sp.diag(1, 1 / y), [0.1, 0.0], ChartError, "at x = 0.1, y = 0, not a real number"),
        ([x, y], sp.diag(1, 0), [0.1, 0.2], MetricError, "singular"),
    ],
)
def test_bad_input(coords, matrix, point, error, match):
    with pytest.raises(error, match=match):
        geometry(coords, matrix, point)
