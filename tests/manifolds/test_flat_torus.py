"""Flat tori against brute force over the lattice, and their heat kernels against theta functions at 50 digits."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, MetricError, NoClosedForm, ShapeError, Status
from riemlearn.laplace_beltrami.lattice import Lattice
from riemlearn.manifolds import FlatTorus

HEXAGONAL = [[1.0, 0.0], [0.5, 3**0.5 / 2]]
SKEWED = [[2.0, 0.0], [100.3, 0.7]]  # a reduced basis is far from the given one
FCC = [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
D4 = [[1.0, 1, 0, 0], [1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]
LONG = [[1.0, 0.0], [0.0, 300.0]]
LATTICES = [1, HEXAGONAL, SKEWED, FCC, 4, D4]


def pairs(M, count):
    x = M.sample(jax.random.key(0), count)
    return x, M.sample(jax.random.key(1), count) + 5


@pytest.mark.parametrize("rows", LATTICES, ids=str)
def test_distance_is_the_least_over_the_lattice(rows):
    M = FlatTorus(rows)
    x, y = pairs(M, 20)
    B = np.array(M.generators)
    # coordinates of what is no longer than the first guess, by the rows of the inverse; the guess is Babai's
    basis = Lattice(B).basis
    f = np.asarray(y - x) @ B @ np.linalg.inv(basis)
    f -= np.round(f)
    reach = 3 if M.dim < 4 else 2
    shifts = np.array(list(itertools.product(range(-reach, reach + 1), repeat=M.dim)))
    lengths = np.linalg.norm((f[:, None] - shifts) @ basis, axis=-1)
    np.testing.assert_allclose(M.distance(x, y), lengths.min(1), rtol=1e-12)
    np.testing.assert_allclose(M.metric.norm(x, M.log(x, y)), lengths.min(1), rtol=1e-11)


def test_the_vectors_of_a_ball_are_all_there():
    """As many as brute force over a large box of a basis that is far from reduced; the reduction is unimodular."""
    rows = np.array([[1.0, 0.3, 0.1], [3.2, 1.9, 0.4], [-2.1, 0.8, 1.3]])
    lattice = Lattice(rows)
    box = np.array(list(itertools.product(range(-25, 26), repeat=3)))
    lengths = np.linalg.norm(box @ rows, axis=1)
    for radius in (0.5, 1.5, 2.5):
        found = lattice.vectors(radius)
        assert len(found) == np.count_nonzero(lengths <= radius)
        assert len(np.unique(found, axis=0)) == len(found)
    np.testing.assert_array_equal(lattice.change @ lattice.combination, np.eye(3))
    np.testing.assert_allclose(lattice.change @ lattice.basis, rows, rtol=1e-13, atol=1e-13)


def test_candidates_hold_the_nearest_vector_of_every_point_of_the_cube():
    lattice = Lattice(np.array(FCC))
    near = lattice.near_cell()
    f = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 3))
    shifts = np.array(list(itertools.product(range(-3, 4), repeat=3)))
    best = shifts[np.argmin(np.sum(((f[:, None] - shifts) @ lattice.basis) ** 2, axis=-1), axis=1)]
    assert {tuple(k) for k in best} <= {tuple(k) for k in near}
    assert len(near) < 60


@pytest.mark.parametrize("rows", [[[1.0]], HEXAGONAL, FCC, D4], ids=str)
def test_the_tail_bound_holds(rows):
    """The sum beyond the radius is below what was allowed, and not absurdly so."""
    lattice = Lattice(np.array(rows))
    radius = lattice.gaussian_radius(3.0, 1e-4)
    squares = np.sum((lattice.vectors(radius + 3.0 / len(rows)) @ lattice.basis) ** 2, axis=1)
    left_out = np.exp(-3.0 * squares[squares > radius**2]).sum()
    assert 0 < left_out <= 1e-4


def theta(t, d, length):
    """Logarithm of the heat kernel of a circle, by the function of Jacobi at 50 digits on the side that converges."""
    t, u = mpmath.mpf(t) / mpmath.mpf(length) ** 2, mpmath.mpf(d)
    if t > 0.1:
        q = mpmath.exp(-4 * mpmath.pi**2 * t)
        return mpmath.log(mpmath.jtheta(3, mpmath.pi * u, q) / length)
    images = mpmath.fsum(mpmath.exp(-((u - k) ** 2) / (4 * t)) for k in range(-30, 31))
    return mpmath.log(images / mpmath.sqrt(4 * mpmath.pi * t) / length)


def test_log_kernel_of_products_of_circles():
    """Right to rounding over all times, from a circle to a torus 300 times as long as wide, wherever the points lie."""
    times = np.array([1e-4, 1e-3, 0.02, 0.036, 0.0362, 0.1, 1.0, 30.0, 1e3])
    differences = np.array([0.0, 1e-9, 0.1, 0.25, 0.4999, 0.5])
    with mpmath.workdps(50):
        for M in (FlatTorus(1), FlatTorus(LONG)):
            lengths = np.diag(np.array(M.generators))
            d = np.stack([differences, differences[::-1]][: M.dim], axis=-1)
            wanted = [
                [float(sum(theta(t, u, length) for u, length in zip(row, lengths, strict=True))) for row in d]
                for t in times
            ]
            got = M.heat_kernel.log(times[:, None], np.zeros(M.dim), d)
            np.testing.assert_allclose(got, wanted, rtol=2e-15, atol=4e-15)


@pytest.mark.parametrize("rows", [HEXAGONAL, SKEWED, FCC], ids=str)
def test_log_kernel_of_lattices_that_are_no_products(rows):
    """Against the sum over the lattice at 50 digits at every time, on both sides of the switch."""
    M = FlatTorus(rows)
    x, y = pairs(M, 2)
    lattice = Lattice(np.array(M.generators))
    f = np.asarray(y - x) @ lattice.change
    f = f - np.round(f)
    times = np.array([1e-4, 0.01, 0.04, 0.06, 0.11, 0.13, 0.3])
    with mpmath.workdps(50):
        basis = mpmath.matrix(lattice.basis.tolist())
        wanted = np.zeros((len(times), 2))
        vectors = lattice.vectors(2 * np.sqrt(0.3 * 60) + lattice.half_diameter)
        near = np.linalg.norm(vectors @ lattice.basis, axis=1)
        for i, t in enumerate(times):
            few = vectors[near <= 2 * np.sqrt(t * 60) + 2 * lattice.half_diameter].tolist()
            for j in range(2):
                terms = []
                for k in few:
                    step = mpmath.matrix([[mpmath.mpf(float(a)) - b for a, b in zip(f[j], k, strict=True)]]) * basis
                    terms.append(mpmath.exp(-sum(c**2 for c in step) / (4 * mpmath.mpf(float(t)))))
                power = -mpmath.mpf(M.dim) / 2 * mpmath.log(4 * mpmath.pi * mpmath.mpf(float(t)))
                wanted[i, j] = float(mpmath.log(mpmath.fsum(terms)) + power)
    got = M.heat_kernel.log(times[:, None], x, y)
    # the coordinates of the skewed lattice lose two digits where they are reduced
    np.testing.assert_allclose(got, wanted, rtol=1e-13 if rows is SKEWED else 4e-15, atol=1e-12)


@pytest.mark.parametrize("rows", [*LATTICES, LONG], ids=str)
def test_the_trace_is_the_sum_over_the_levels(rows):
    """The trace by images, before the switch, against the levels, which come from the dual lattice."""
    M = FlatTorus(rows)
    t = 0.03 * min(np.linalg.norm(Lattice(np.array(M.generators)).basis, axis=1)) ** 2
    levels = M.levels(9000 if rows is LONG else 600 if M.dim == 2 else 60)
    np.testing.assert_allclose(M.heat_kernel.trace(t), levels.heat_trace(t), rtol=1e-13)


def test_levels():
    """The theta series of dual lattices (Conway and Sloane, Sphere Packings, ch. 4): Z^4, and bcc as dual of fcc."""
    np.testing.assert_array_equal(FlatTorus(4).levels(6).multiplicities, [1, 8, 24, 32, 24, 48])
    np.testing.assert_allclose(FlatTorus(4).levels(3).values, 4 * np.pi**2 * np.arange(3), rtol=1e-15)
    np.testing.assert_array_equal(FlatTorus(FCC).levels(5).multiplicities, [1, 8, 6, 12, 24])
    np.testing.assert_array_equal(FlatTorus(D4).levels(4).multiplicities, [1, 24, 24, 96])
    np.testing.assert_array_equal(FlatTorus(HEXAGONAL).levels(5).multiplicities, [1, 6, 6, 6, 12])
    # many levels of a long torus lie below the first wave around the short side
    values = FlatTorus(LONG).levels(302)
    np.testing.assert_allclose(values.values[:300], 4 * np.pi**2 * (np.arange(300) / 300) ** 2, rtol=1e-13)
    assert values.multiplicities[300] == 4 and values.multiplicities[299] == 2


@pytest.mark.parametrize(
    "rows", [1, HEXAGONAL, SKEWED, FCC, 4, [[1.0, 0.9, 0.0], [0.0, 2.0, 0.1], [5.0, 7.0, 1.5]]], ids=str
)
def test_the_embedding_is_isometric_and_periodic(rows):
    M = FlatTorus(rows)
    x = M.sample(jax.random.key(0), 3)
    g = rl.Metric.from_embedding(M.embedding, dim=M.dim)
    np.testing.assert_allclose(g(x), M.metric(x), rtol=1e-12, atol=1e-12)
    shifted = x + jnp.arange(1.0, M.dim + 1)
    np.testing.assert_allclose(jax.vmap(M.embedding)(shifted), jax.vmap(M.embedding)(x), atol=1e-12)


def test_a_lattice_without_an_obtuse_superbase_has_no_embedding_here():
    assert FlatTorus(D4).embedding is None


def test_the_kernel_solves_the_heat_equation():
    M = FlatTorus(HEXAGONAL)
    K, x, y = M.heat_kernel, jnp.array([0.2, 0.7]), jnp.array([0.5, 0.1])
    for t in (0.03, 0.1):
        rate = jax.grad(lambda s: K(s, x, y))(t)
        np.testing.assert_allclose(M.laplacian(lambda p, t=t: K(t, p, y))(x), rate, rtol=1e-9)


def test_the_kernel_has_a_matrix_a_bound_and_a_report():
    M = FlatTorus(HEXAGONAL)
    x, y = pairs(M, 4)
    K = M.heat_kernel
    matrix = K.matrix(0.05, x, y[:3])
    np.testing.assert_allclose(matrix, K(0.05, x[:, None], y[:3]), rtol=1e-14)
    value, bound = K.with_bound(0.05, x, y)
    assert bool((bound < 1e-14 * value).all())
    assert K.report().bound == "proved" and "images before t" in K.report().truncation
    log, status = K.log_checked(jnp.array([0.1, -1.0]), x[0], jnp.array([[0.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(status, [Status.OK, Status.OUTSIDE_CHART])
    assert np.isnan(log[1])


def test_single_precision():
    M = FlatTorus(FCC)
    x, y = pairs(M, 5)
    single = M.heat_kernel.log(0.02, x.astype(jnp.float32), y.astype(jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, M.heat_kernel.log(0.02, x, y), rtol=2e-5, atol=2e-5)


def test_equality_by_value():
    assert FlatTorus(2) == FlatTorus(np.eye(2)) and hash(FlatTorus(2)) == hash(FlatTorus([[1, 0], [0, 1]]))
    assert FlatTorus(2) != FlatTorus(HEXAGONAL)
    for rows in LATTICES:
        assert eval(repr(FlatTorus(rows))) == FlatTorus(rows)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: FlatTorus(0), ShapeError, "integer from 1 to 4, or a square matrix"),
        (lambda: FlatTorus(5), ShapeError, "got 5"),
        (lambda: FlatTorus(True), ShapeError, "got True"),
        (lambda: FlatTorus([[1.0, 0.0]]), ShapeError, "a square matrix"),
        (lambda: FlatTorus([[1.0, np.nan], [0.0, 1.0]]), ShapeError, "a square matrix"),
        (lambda: FlatTorus("Z"), ShapeError, "got 'Z'"),
        (lambda: FlatTorus([[1.0, 2.0], [2.0, 4.0]]), MetricError, "linearly dependent and generate no lattice"),
        (lambda: FlatTorus([[0.0, 0.0], [2.0, 4.0]]), MetricError, "linearly dependent"),
        (lambda: FlatTorus(2).heat_kernel.log_radial(0.1, 0.2), NoClosedForm, r"use K\(t, x, y\) with two points"),
        (lambda: FlatTorus(2).heat_kernel(0.1, [0.0, np.nan], [0.0, 0.0]), ChartError, "NaN or infinite"),
        (lambda: FlatTorus(2).heat_kernel(-0.1, [0.0, 0.0], [0.0, 0.0]), ChartError, "a positive, finite time"),
        (
            lambda: FlatTorus([[1.0, 0.0], [0.3, 1e5]]).heat_kernel(0.1, [0.0, 0.0], [0.0, 0.0]),
            NoClosedForm,
            "very long in one direction and not an orthogonal sum",
        ),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
