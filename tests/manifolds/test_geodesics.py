"""exp and log of every manifold that knows them: they invert each other, and solve the geodesic equation."""

from functools import cache

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.errors import ChartError, NoClosedForm
from riemlearn.manifolds import (
    CategoricalFisher,
    ComplexProjectivePlane,
    Euclidean,
    FlatTorus,
    HyperbolicSpace,
    NormalFisher,
    RealProjectiveSpace,
    SpecialOrthogonal3,
    SpecialUnitary2,
    Sphere,
)
from riemlearn.manifolds.base import safe_root
from riemlearn.manifolds.geodesics import cosine_and_sine

MODELS = ("ball", "half_space", "hyperboloid")
SKEW = FlatTorus([[1.0, 0.2], [3.3, 0.9]])
ALL = [Euclidean(2), Sphere(1), Sphere(2), SKEW, SpecialUnitary2(), SpecialOrthogonal3(), ComplexProjectivePlane()]
ALL += [HyperbolicSpace(2, model) for model in MODELS]
ALL += [RealProjectiveSpace(2, radius=3), CategoricalFisher(3), NormalFisher(2)]


@pytest.fixture(params=ALL, ids=repr)
def M(request):
    return request.param


def points(M, count, salt=0):
    """Points of the patch."""
    low, high = jnp.array(M.patch.low), jnp.array(M.patch.high)
    return low + (high - low) * jax.random.uniform(jax.random.key(salt), (count, M.dim))


def wrapped(M, x):
    """A difference of coordinates, modulo the periods."""
    periods = jnp.array([a.high - a.low if a.kind == "periodic" else jnp.inf for a in M.chart.axes])
    return x - jnp.where(jnp.isfinite(periods), periods * jnp.round(x / periods), 0)


@cache
def facts(M):
    """What must vanish, at many triples of points; compiled once."""
    # of the largest metric the closed form takes SymPy many seconds
    christoffel = (rl.Connection(M.metric.numeric()) if M.dim > 3 else M.connection).christoffel

    def at(x, y, z):
        v = M.geodesic_start(x, y)
        rest = jnp.zeros_like(x)

        def velocity(s):
            return jax.jvp(lambda s: M.geodesic_end(x, s * v), (s,), (jnp.ones_like(s),))

        def along(s):
            (end, speed), (_, acceleration) = jax.jvp(velocity, (s,), (jnp.ones_like(s),))
            pull = jnp.einsum("kij,i,j->k", christoffel(end), speed, speed)
            size = jnp.linalg.norm(acceleration) + jnp.linalg.norm(pull) + jnp.linalg.norm(speed)
            return end, (acceleration + pull) / size

        (half, last), residual = jax.vmap(along)(jnp.array([0.5, 1.0]))
        ends = jnp.array([[x, y], [y, x], [x, z], [z, y], [x, half]])
        d = safe_root(M.squared_distance(ends[:, 0], ends[:, 1]))
        back, forth = jax.jacrev(M.geodesic_start, (0, 1))(x, x)
        first = jax.jacfwd(M.geodesic_end, 1)(x, rest)
        return {
            "missed": wrapped(M, last - y),
            "length": safe_root(v @ M.metric(x) @ v) - d[0],
            "halfway": d[4] - d[0] / 2,
            "equation": residual,
            "symmetry": d[0] - d[1],
            "triangle": jnp.maximum(d[0] - d[2] - d[3], 0),
            "gradients": jnp.stack([first, forth, -back]) - jnp.eye(M.dim),
        }

    return jax.jit(jax.vmap(at))


def test_exp_and_log(M):
    x, y, z = (points(M, 16, salt) for salt in range(3))
    for name, error in facts(M)(x, y, z).items():
        np.testing.assert_allclose(error, 0, atol=3e-13, err_msg=name)


def test_close_points_keep_their_digits(M):
    """Both ways at a distance of 1e-6, to the rounding of the coordinates."""
    x = points(M, 16, 3)
    y = x + 1e-6 * jax.random.normal(jax.random.key(4), x.shape)
    found = facts(M)(x, y, x)
    for name in ("missed", "length"):
        np.testing.assert_allclose(found[name], 0, atol=2e-14, err_msg=name)


def test_the_calls_agree_with_the_functions_of_one_point():
    M = SpecialOrthogonal3()
    x, y = points(M, 4), points(M, 4, 1)
    v = M.log(x, y)
    np.testing.assert_allclose(M.log(x[:, None], y), jax.vmap(lambda a: M.log(a, y))(x), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(v, jax.vmap(M.geodesic_start)(x, y), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(wrapped(M, M.exp(x, v) - y), 0, atol=1e-13)


@pytest.mark.parametrize(
    ("M", "x", "y"),
    [
        (Sphere(2), [0.5, 0.0], [np.pi - 0.5, np.pi]),
        (Sphere(1), [0.5], [0.5 + np.pi]),
        (RealProjectiveSpace(2), [1.0, 2.0], [1.0, -1.0]),
        (ComplexProjectivePlane(), [1.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 0.0]),
        (SpecialUnitary2(), [0.5, 1.0, 2.0], [0.5, 1.0 + np.pi, 2.0 + np.pi]),
        (SpecialOrthogonal3(), [0.3, 1.0, 0.4], [0.3, 1.0, 0.4 + np.pi]),
        (FlatTorus(2), [0.1, 0.2], [0.6, 0.3]),
    ],
    ids=repr,
)
def test_the_cut_locus(M, x, y):
    with pytest.raises(ChartError, match="joined by more than one shortest geodesic"):
        M.log(x, y)
    assert bool(jnp.isnan(jax.jit(M.log)(jnp.array(x), jnp.array(y))).all())
    assert np.isfinite(M.distance(x, y))


def test_geodesics_that_leave_the_chart():
    M = CategoricalFisher(2)
    x, v = jnp.array([0.2, 0.3]), jnp.array([1.0, 0.0])
    length = M.metric.norm(x, v)
    assert M.exp(x, 0.5 * v / length) in M
    # too far, across the whole sphere back into the simplex, and once around
    for far in (2.0, 2 * np.pi, 4 * np.pi):
        with pytest.raises(ChartError, match="the curve leaves the domain of the chart"):
            M.exp(x, far * v / length)
        assert bool(jnp.isnan(jax.jit(M.exp)(x, far * v / length)).all())
    with pytest.raises(ChartError, match="not in the open simplex"):
        M.exp([0.7, 0.7], v)
    with pytest.raises(ChartError, match="outside the domain"):
        M.log(x, [0.7, 0.7])


def test_what_has_no_exponential_map_says_so():
    class Plain(Euclidean):
        geodesic_end = Euclidean.__mro__[1].geodesic_end
        geodesic_start = Euclidean.__mro__[1].geodesic_start

    with pytest.raises(NoClosedForm, match="no exponential map in closed form"):
        Plain(2).exp([0.0, 0.0], [1.0, 0.0])
    with pytest.raises(NoClosedForm, match="no logarithm in closed form"):
        Plain(2).log([0.0, 0.0], [1.0, 0.0])


def test_far_points_of_the_half_space():
    """Distances from 32 to 42: the end keeps all its digits relative to its height, which is 1e-12 at times."""
    M = HyperbolicSpace(2, "half_space")
    x = jnp.array([[0.0, 1.0], [3.0, 1e-9], [5.0, 1e5], [0.0, 1.0]])
    y = jnp.array([[1e3, 1e-8], [-2.0, 1e9], [5.0, 1e-12], [0.0, 1e12]])
    v = M.log(x, y)
    np.testing.assert_allclose(M.metric.norm(x, v), M.distance(x, y), rtol=1e-14)
    np.testing.assert_allclose(M.exp(x, v), y, rtol=1e-12)


def test_the_three_models_have_the_same_geodesics():
    """The same draw is the same point in every model: the midpoint of two points is as far from a third."""
    found = []
    for model in MODELS:
        M = HyperbolicSpace(3, model)
        x, y, z = M.sample(jax.random.key(7), 18, radius=4.0).reshape(3, 6, 3)
        found.append(M.distance(M.exp(x, M.log(x, y) / 2), z))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-11)
    np.testing.assert_allclose(found[2], found[1], rtol=1e-11)


def test_isometries_take_geodesics_to_geodesics():
    """A rotation of the sphere, a dilation of the half-space, an affine change of a normal variable, relabelled
    outcomes, and a projective map of lines."""
    a = jnp.linalg.qr(jax.random.normal(jax.random.key(0), (3, 3)))[0]
    S = Sphere(2)

    def rotate(x):
        p = a @ S.embedding(x)
        return jnp.array([jnp.arccos(p[2]), jnp.arctan2(p[1], p[0])])

    def project(u):
        p = a @ jnp.concatenate([jnp.ones(1), u])
        return p[1:] / p[0]

    cases = [
        (S, rotate),
        (HyperbolicSpace(2, "half_space"), lambda x: 3 * x / jnp.sum(x * x)),
        (NormalFisher(1), lambda x: jnp.array([2 - 3 * x[0], 3 * x[1]])),
        (CategoricalFisher(2), lambda p: jnp.array([1 - p.sum(), p[0]])),
        (RealProjectiveSpace(2), project),
    ]
    for M, isometry in cases:
        x, y = points(M, 5, 5), points(M, 5, 6)
        moved = jax.vmap(isometry)
        there, v = jax.vmap(lambda p, u, f=isometry: jax.jvp(f, (p,), (u,)))(x, M.log(x, y))
        np.testing.assert_allclose(M.distance(moved(x), moved(y)), M.distance(x, y), rtol=1e-11)
        np.testing.assert_allclose(M.log(there, moved(y)), v, rtol=1e-9, atol=1e-11, err_msg=repr(M))


def test_the_square_root_functions():
    """cos and sin of a root against 50 digits, on both sides of zero and of each switch."""
    s = np.array([-400.0, -3.0, -0.5, -0.49, -1e-9, 0.0, 1e-9, 0.49, 0.5, 3.0, 9.8, 400.0])
    cosine, sine = cosine_and_sine(jnp.asarray(s))
    with mpmath.workdps(50):
        roots = [mpmath.sqrt(mpmath.mpf(v)) for v in s]
        np.testing.assert_allclose(cosine, [float(mpmath.cos(r).real) for r in roots], rtol=3e-15, atol=1e-15)
        wanted = [float((mpmath.sin(r) / r).real) if r else 1.0 for r in roots]
        np.testing.assert_allclose(sine, wanted, rtol=3e-15, atol=1e-15)
    # sin(r)/r is -2 d cos(r) / d(r^2)
    slope = jax.vmap(jax.grad(lambda v: cosine_and_sine(v)[0]))(jnp.asarray(s))
    np.testing.assert_allclose(-2 * slope, sine, rtol=1e-13, atol=1e-14)
