"""Closed forms of geometries that everybody knows, and identities that every one must satisfy exactly."""

from itertools import product

import pytest
import sympy as sp

from riemlearn.errors import MetricError
from riemlearn.symbolic import ClosedForm, normal

t, r, theta, phi = sp.symbols("t r theta phi", real=True)
u, v = sp.symbols("u v", real=True)
M, R = sp.symbols("M R", positive=True)
f, h = sp.Function("f"), sp.Function("h")


def form(coordinates, matrix):
    return ClosedForm(tuple(coordinates), sp.ImmutableMatrix(matrix))


def ball(n):
    x = sp.symbols(f"x1:{n + 1}", real=True)
    return form(x, 4 * sp.eye(n) / (1 - sum(c**2 for c in x)) ** 2)


SPHERE = form([theta, phi], R**2 * sp.diag(1, sp.sin(theta) ** 2))
TORUS = form([u, v], sp.diag(1, (R + sp.cos(u)) ** 2))
SCHWARZSCHILD = form(
    [t, r, theta, phi], sp.diag(-(1 - 2 * M / r), 1 / (1 - 2 * M / r), r**2, r**2 * sp.sin(theta) ** 2)
)
FLRW = form([t, r, theta, phi], sp.diag(-1, f(t) ** 2, f(t) ** 2 * r**2, f(t) ** 2 * r**2 * sp.sin(theta) ** 2))
OBLIQUE = form([u, v], [[1 + u**2, u * v], [u * v, 1 + v**2]])  # the graph of (u^2 + v^2) / 2
FORMS = [SPHERE, TORUS, SCHWARZSCHILD, OBLIQUE, ball(2)]


@pytest.mark.parametrize(
    ("closed", "scalar"),
    [
        (SPHERE, 2 / R**2),
        (TORUS, 2 * sp.cos(u) / (R + sp.cos(u))),
        (SCHWARZSCHILD, 0),
        (FLRW, 6 * (sp.diff(f(t), t, 2) / f(t) + (sp.diff(f(t), t) / f(t)) ** 2)),
        (OBLIQUE, 2 / (1 + u**2 + v**2) ** 2),
        (ball(2), -2),
        (ball(3), -6),
        (form([u, v], sp.diag(1, h(u) ** 2)), -2 * sp.diff(h(u), u, 2) / h(u)),
        (form([u, v], sp.eye(2) / v**2), -2),
        (form([u], [[sp.exp(u)]]), 0),
    ],
)
def test_scalar_curvature(closed, scalar):
    assert normal(closed.components("scalar").expr() - scalar) == 0


def test_schwarzschild_is_a_vacuum_with_the_known_kretschmann_scalar():
    riemann, g = SCHWARZSCHILD.components("riemann"), SCHWARZSCHILD.matrix
    assert all(SCHWARZSCHILD.components("ricci")[index] == 0 for index in product(range(4), repeat=2))
    total = sum(  # diagonal metric: R_ijkl R^ijkl = sum of squares with the metric's factors
        riemann[i, j, k, l] ** 2 * g[i, i] / (g[j, j] * g[k, k] * g[l, l]) for i, j, k, l in product(range(4), repeat=4)
    )
    assert normal(total) == 48 * M**2 / r**6


def test_the_connection_of_the_sphere():
    gamma = SPHERE.components("christoffel")
    assert gamma[0, 1, 1] == -sp.sin(theta) * sp.cos(theta)
    assert gamma[1, 0, 1] == gamma[1, 1, 0] == sp.cos(theta) / sp.sin(theta)


@pytest.mark.parametrize("closed", FORMS, ids=lambda c: str(c.coordinates))
def test_the_connection_is_metric(closed):
    gamma, g, n = closed.components("christoffel"), closed.matrix, closed.dim
    for i, j, k in product(range(n), repeat=3):
        nabla = sp.diff(g[i, j], closed.coordinates[k])
        nabla -= sum(gamma[m, k, i] * g[m, j] + gamma[m, k, j] * g[i, m] for m in range(n))
        assert normal(nabla) == 0


@pytest.mark.parametrize("closed", FORMS, ids=lambda c: str(c.coordinates))
def test_symmetries_of_the_riemann_tensor(closed):
    riemann, g, n = closed.components("riemann"), closed.matrix, closed.dim
    low = {
        index: normal(sum(g[index[0], m] * riemann[(m, *index[1:])] for m in range(n)))
        for index in product(range(n), repeat=4)
    }
    for i, j, k, l in low:
        assert normal(low[i, j, k, l] + low[j, i, k, l]) == 0
        assert normal(low[i, j, k, l] - low[k, l, i, j]) == 0
        assert normal(low[i, j, k, l] + low[i, k, l, j] + low[i, l, j, k]) == 0


@pytest.mark.parametrize("closed", FORMS, ids=lambda c: str(c.coordinates))
def test_the_inverse(closed):
    inverse = sp.Matrix(closed.components("inverse").expr().tolist())
    assert (inverse * closed.matrix).applyfunc(normal) == sp.eye(closed.dim)


def test_laplacians():
    assert SPHERE.laplacian(sp.cos(theta)) == -2 * sp.cos(theta) / R**2
    harmonic = sp.sin(theta) ** 2 * sp.cos(2 * phi)
    assert normal(SPHERE.laplacian(harmonic) + 6 * harmonic / R**2) == 0
    assert normal(form([u, v], sp.eye(2) / v**2).laplacian(v**3) - 6 * v**3) == 0
    wave = form([t, r], sp.diag(-1, 1))
    assert wave.laplacian(sp.sin(t - r)) == 0  # the d'Alembertian


def test_one_component_alone_is_computed_alone():
    closed = ball(3)
    closed.components("riemann")[0, 1, 0, 1]
    assert closed.components("riemann").known == {(0, 1, 0, 1)}
    assert closed.components("riemann_lowered").known == {(0, 1, 0, 1)}
    assert not closed.components("ricci").known


def test_parameters():
    closed = form([u, v], sp.diag(M, f(u) * R))
    assert closed.parameters == {"M", "R", "f"}


def test_singular_everywhere():
    with pytest.raises(MetricError, match="singular everywhere: det g = 0"):
        form([u, v], [[u**2, u * v], [u * v, v**2]]).components("inverse")[0, 0]


def test_equality_is_that_of_the_expressions():
    again = form([theta, phi], R**2 * sp.diag(1, sp.sin(theta) ** 2))
    assert again == SPHERE and hash(again) == hash(SPHERE) and again != TORUS
