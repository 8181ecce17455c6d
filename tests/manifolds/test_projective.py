"""Real projective spaces and the complex projective plane."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import NoClosedForm, ShapeError, UnboundParameter
from riemlearn.manifolds import ComplexProjectivePlane, RealProjectiveSpace, Sphere

RP = [RealProjectiveSpace(1, radius=2), RealProjectiveSpace(2, radius=3), RealProjectiveSpace(3)]
CP2 = ComplexProjectivePlane()


@pytest.mark.parametrize("M", [*RP, CP2], ids=repr)
def test_the_embedding_is_isometric(M):
    x = M.sample(jax.random.key(0), 8)
    g = rl.Metric.from_embedding(M.embedding, dim=M.dim)(x)
    np.testing.assert_allclose(g, M.metric(x), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("M", RP, ids=repr)
def test_curvature(M):
    n, K = M.dim, M.radius**-2
    assert M.connection.scalar.expr == M.curvature.scalar
    np.testing.assert_allclose(float(M.curvature.scalar), n * (n - 1) * K)


def test_a_radius_may_be_a_symbol():
    r = sp.Symbol("r", positive=True)
    M = RealProjectiveSpace(2, radius=r)
    assert M.connection.scalar.expr == M.curvature.scalar == 2 / r**2
    with pytest.raises(UnboundParameter, match="r has no value"):
        M.distance([0.0, 0.0], [1.0, 0.0])


@pytest.mark.parametrize("M", [*RP, CP2], ids=repr)
def test_the_chord_of_the_embedding_is_the_sine_of_the_distance(M):
    """|P - Q| / sqrt 2 = sin d for projectors on lines: an independent route to the distance."""
    radius = getattr(M, "radius", 1)
    x, y = M.sample(jax.random.key(1), 20), M.sample(jax.random.key(2), 20)
    chord = jnp.linalg.norm(jax.vmap(M.embedding)(x) - jax.vmap(M.embedding)(y), axis=-1)
    np.testing.assert_allclose(radius * jnp.sin(M.distance(x, y) / radius), chord, rtol=1e-11)
    assert bool((M.distance(x, y) <= radius * np.pi / 2).all())


@pytest.mark.parametrize("M", [RP[1], CP2], ids=repr)
def test_volume_is_the_integral_of_the_density(M):
    """In the radius tan r, with the angles done by hand: areas of spheres times the mean of the density."""
    n = M.dim
    r, weights = np.polynomial.legendre.leggauss(40)
    r, weights = (r + 1) * np.pi / 4, weights * np.pi / 4
    x = jnp.zeros((40, n)).at[:, 0].set(jnp.tan(r))
    area = {2: 2 * np.pi, 4: 2 * np.pi**2}[n]
    density = M.metric.volume_density(x) * np.tan(r) ** (n - 1) / np.cos(r) ** 2
    np.testing.assert_allclose(area * (weights @ density), M.volume, rtol=1e-12)


@pytest.mark.parametrize("M", RP, ids=repr)
def test_the_heat_trace_is_the_sum_over_the_levels(M):
    t = np.array([0.05, 0.29, 0.31, 2.0]) * M.radius**2
    np.testing.assert_allclose(M.heat_kernel.trace(t), M.levels(40).heat_trace(t), rtol=1e-13)


def test_the_heat_kernel_is_that_of_the_circle_of_half_the_length():
    """RP^1 of radius 2 is a circle of radius 1; and RP^3 is S^3 with both lifts, by theta functions at 50 digits."""
    r = np.linspace(0, np.pi, 7)
    for t in (1e-3, 0.1, 1.0):
        wanted = Sphere(1).heat_kernel.log_radial(t, r)
        np.testing.assert_allclose(RP[0].heat_kernel.log_radial(t, r), wanted, rtol=1e-13, atol=1e-13)
    with mpmath.workdps(50):
        for t, r in ((0.01, 1.5), (0.01, 1e-9), (0.5, 0.7), (1e-3, np.pi / 2)):
            s, angle = mpmath.mpf(t), mpmath.mpf(r)
            images = mpmath.fsum(
                (angle + k * mpmath.pi) * (-1) ** k * mpmath.exp(-((angle + k * mpmath.pi) ** 2) / (4 * s))
                for k in range(-12, 13)
            )
            wanted = float(mpmath.log(mpmath.exp(s) * (4 * mpmath.pi * s) ** -1.5 * images / mpmath.sin(angle)))
            np.testing.assert_allclose(RP[2].heat_kernel.log_radial(t, r), wanted, rtol=1e-14)


def test_samples_are_uniform():
    """Second moments of the projectors; 4000 points give them to about 3 %."""
    for M, m in ((RealProjectiveSpace(2), 3), (CP2, 3)):
        points = jax.vmap(M.embedding)(M.sample(jax.random.key(3), 4000))
        mean = points.mean(0)
        np.testing.assert_allclose(mean[:m], 1 / (m * np.sqrt(2)), atol=0.02)
        np.testing.assert_allclose(mean[m:], 0, atol=0.02)


# -- the complex projective plane -------------------------------------------------------------------------------------


def geometry():
    x = CP2.sample(jax.random.key(4), 5)
    return x, CP2.metric(x), rl.Connection(CP2.metric.numeric())


def test_einstein():
    x, g, connection = geometry()
    np.testing.assert_allclose(connection.ricci(x), 6 * g, rtol=1e-9, atol=1e-12)


def test_sectional_curvature_is_that_of_the_angle_with_the_complex_structure():
    r"""K = 1 + 3 cos^2 for random planes; 4 for complex lines, 1 for real planes."""
    x, g, connection = geometry()
    J = jnp.kron(jnp.eye(2), jnp.array([[0.0, -1.0], [1.0, 0.0]]))
    u, v = jax.random.normal(jax.random.key(5), (2, 5, 4))

    def inner(a, b):
        return jnp.einsum("pi,pij,pj->p", a, g, b)

    def curvature(u, v):
        cosine_squared = inner(u @ J.T, v) ** 2 / (inner(u, u) * inner(v, v) - inner(u, v) ** 2)
        return 1 + 3 * cosine_squared

    w = v - (inner(v, u @ J.T) / inner(u, u))[:, None] * (u @ J.T)
    np.testing.assert_allclose(curvature(u, u @ J.T), 4, rtol=1e-12)
    np.testing.assert_allclose(curvature(u, w), 1, rtol=1e-12)
    planes = jnp.stack([v, u @ J.T, w])
    found = connection.sectional(jnp.broadcast_to(x, planes.shape), jnp.broadcast_to(u, planes.shape), planes)
    np.testing.assert_allclose(found, jnp.stack([curvature(u, p) for p in planes]), rtol=1e-9)


def test_a_complex_line_is_a_sphere_of_radius_one_half():
    a, b = jnp.array([[0.3, 0.4, 0.0, 0.0], [-1.0, 2.0, 0.0, 0.0]])
    angles = [[2 * np.arctan(np.hypot(p[0], p[1])), np.arctan2(p[1], p[0])] for p in (a, b)]
    np.testing.assert_allclose(CP2.distance(a, b), Sphere(2, radius=0.5).distance(*angles), rtol=1e-13)


def test_unitary_maps_are_isometries():
    re, im = jax.random.normal(jax.random.key(6), (2, 3, 3))
    unitary = jnp.linalg.qr(re + 1j * im)[0]

    def move(x):
        z = unitary @ jnp.array([1, x[0] + 1j * x[1], x[2] + 1j * x[3]])
        u = z[1:] / z[0]
        return jnp.stack([u.real, u.imag], axis=-1).reshape(4)

    x, y = CP2.sample(jax.random.key(7), 12).reshape(2, 6, 4)
    there, v = jax.vmap(lambda p, u: jax.jvp(move, (p,), (u,)))(x, CP2.log(x, y))
    ends = jax.vmap(move)(y)
    np.testing.assert_allclose(CP2.distance(there, ends), CP2.distance(x, y), rtol=1e-11)
    np.testing.assert_allclose(CP2.metric.norm(there, CP2.log(there, ends) - v), 0, atol=1e-11)


def test_first_coefficients_of_the_heat_trace():
    """sum of m e^(-lambda t) = vol (4 pi t)^(-2) (1 + scal t / 6 + ...), which ties levels, volume and curvature."""
    t = 0.002
    trace = CP2.levels(200).heat_trace(t) * (4 * np.pi * t) ** 2 / CP2.volume
    np.testing.assert_allclose(trace, 1 + float(CP2.curvature.scalar) * t / 6, atol=2e-4)


def test_representations_and_errors():
    for M in (*RP, CP2):
        assert eval(repr(M)) == M
    assert RealProjectiveSpace(2) != RealProjectiveSpace(3)
    with pytest.raises(ShapeError, match="RealProjectiveSpace: the dimension must be an integer >= 1, got 0"):
        RealProjectiveSpace(0)
    with pytest.raises(ShapeError, match="RealProjectiveSpace: the radius must be a positive number, got -1"):
        RealProjectiveSpace(2, radius=-1)
    with pytest.raises(NoClosedForm, match=r"in closed form for S\^1, S\^2 and S\^3, got dim = 4"):
        RealProjectiveSpace(4).closed_heat_kernel()
    with pytest.raises(NoClosedForm, match=r"no heat kernel in closed form for all times; its levels"):
        CP2.closed_heat_kernel()
