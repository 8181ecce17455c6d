"""SU(2) and SO(3): groups of matrices with a metric that multiplication leaves alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import riemlearn as rl
from riemlearn.manifolds import RealProjectiveSpace, SpecialOrthogonal3, SpecialUnitary2, Sphere

SU2, SO3 = SpecialUnitary2(), SpecialOrthogonal3()
GROUPS = [SU2, SO3]
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def elements(M, count, salt=0):
    return M.sample(jax.random.key(salt), count)


def rotation(U):
    r"""The rotation of a unitary matrix, :math:`R_{ij} = \frac12 \mathrm{tr}(\sigma_i U \sigma_j U^*)`."""
    return jnp.einsum("iab,...bc,jcd,...ad->...ij", PAULI, U, PAULI, U.conj()).real / 2


def cover(x):
    """Euler angles of the rotation of Hopf coordinates."""
    return jnp.stack([x[..., 2] + x[..., 1], 2 * x[..., 0], x[..., 2] - x[..., 1]], axis=-1)


@pytest.mark.parametrize("M", GROUPS, ids=repr)
def test_geometry(M):
    x = elements(M, 6)
    assert M.connection.scalar.expr == 6
    np.testing.assert_allclose(rl.Metric.from_embedding(M.embedding, dim=3)(x), M.metric(x), atol=1e-14)
    U = M.matrix(x)
    np.testing.assert_allclose(U @ U.conj().mT, jnp.broadcast_to(jnp.eye(U.shape[-1]), U.shape), atol=1e-14)
    np.testing.assert_allclose(jnp.linalg.det(U), 1, rtol=1e-14)
    assert eval(repr(M)) == M and M == type(M)()


@pytest.mark.parametrize("M", GROUPS, ids=repr)
def test_volume_is_the_integral_of_the_density(M):
    """It depends on one angle alone."""
    i = ["pole" in a.ends for a in M.chart.axes].index(True)
    angle = M.chart.axes[i]
    nodes, weights = np.polynomial.legendre.leggauss(30)
    x = jnp.ones((30, 3)).at[:, i].set(angle.high * (nodes + 1) / 2)
    total = (2 * np.pi) ** 2 * angle.high / 2 * (weights @ M.metric.volume_density(x))
    np.testing.assert_allclose(total, M.volume, rtol=1e-13)


@pytest.mark.parametrize("M", GROUPS, ids=repr)
def test_the_matrix_has_the_periods_of_the_chart(M):
    """Each angle of a circle by itself comes back after its period, and not after half of it."""
    x = elements(M, 3)
    for i, axis in enumerate(M.chart.axes):
        if axis.kind == "periodic":
            step = jnp.zeros(3).at[i].set(axis.high)
            np.testing.assert_allclose(M.matrix(x + step), M.matrix(x), atol=1e-14)
            assert float(jnp.abs(M.matrix(x + step / 2) - M.matrix(x)).max()) > 0.1


def test_the_distance_is_the_angle_of_the_quotient():
    """SU(2): cos d = tr(U* V) / 2. SO(3): 1 + 2 cos 2d = tr(R^T S). Both are invariant under the group."""
    x, y = elements(SU2, 20), elements(SU2, 20, 1)
    trace = jnp.einsum("pab,pab->p", SU2.matrix(x).conj(), SU2.matrix(y)).real
    np.testing.assert_allclose(jnp.cos(SU2.distance(x, y)), trace / 2, atol=1e-14)
    x, y = elements(SO3, 20), elements(SO3, 20, 1)
    trace = jnp.einsum("pab,pab->p", SO3.matrix(x), SO3.matrix(y))
    np.testing.assert_allclose(1 + 2 * jnp.cos(2 * SO3.distance(x, y)), trace, atol=1e-13)


def test_multiplication_is_an_isometry_of_su2():
    """From the left and from the right, in distance and in exp."""
    a, x, y = SU2.matrix(elements(SU2, 1)[0]), elements(SU2, 10, 1), elements(SU2, 10, 2)
    np.testing.assert_allclose(SU2.from_matrix(SU2.matrix(x)), x, rtol=1e-13)
    middle = SU2.matrix(SU2.exp(x, SU2.log(x, y) / 2))
    for move in (lambda u: a @ u, lambda u: u @ a):
        p, q = (SU2.from_matrix(move(SU2.matrix(z))) for z in (x, y))
        np.testing.assert_allclose(SU2.distance(p, q), SU2.distance(x, y), rtol=1e-13)
        np.testing.assert_allclose(SU2.matrix(SU2.exp(p, SU2.log(p, q) / 2)), move(middle), atol=1e-12)


def test_geodesics_are_cosets_of_one_parameter_groups():
    """The middle M of U and V in SO(3) has M U^T M = V."""
    x, y = elements(SO3, 10, 1), elements(SO3, 10, 2)
    middle = SO3.matrix(SO3.exp(x, SO3.log(x, y) / 2))
    np.testing.assert_allclose(middle @ SO3.matrix(x).mT @ middle, SO3.matrix(y), atol=1e-12)


def test_the_double_cover_is_a_homomorphism_and_a_local_isometry():
    x, y = elements(SU2, 10, 1), elements(SU2, 10, 2)
    U, V = SU2.matrix(x), SU2.matrix(y)
    np.testing.assert_allclose(rotation(U @ V), rotation(U) @ rotation(V), atol=1e-14)
    np.testing.assert_allclose(SO3.matrix(cover(x)), rotation(U), atol=1e-14)
    np.testing.assert_allclose(SO3.matrix(cover(x)), rotation(-U), atol=1e-14)
    J = jax.jacfwd(cover)(x[0])
    np.testing.assert_allclose(J.T @ SO3.metric(cover(x[0])) @ J, SU2.metric(x[0]), atol=1e-14)
    d = SU2.distance(x, y)
    np.testing.assert_allclose(SO3.distance(cover(x), cover(y)), jnp.minimum(d, np.pi - d), rtol=1e-12)


def test_heat_kernels_and_levels():
    """The kernel of SO(3) is the sum of that of SU(2) over the two elements above a rotation."""
    x, y = elements(SU2, 10, 1), elements(SU2, 10, 2)
    opposite = y + jnp.array([0.0, np.pi, np.pi])
    for t in (0.01, 1.0):
        both = jnp.logaddexp(SU2.heat_kernel.log(t, x, y), SU2.heat_kernel.log(t, x, opposite))
        np.testing.assert_allclose(SO3.heat_kernel.log(t, cover(x), cover(y)), both, rtol=1e-12)
    for M in GROUPS:
        np.testing.assert_allclose(M.heat_kernel.trace(0.2), M.levels(40).heat_trace(0.2), rtol=1e-13)
    np.testing.assert_array_equal(SU2.levels(5).values, Sphere(3).levels(5).values)
    np.testing.assert_array_equal(SO3.levels(5).values, [4 * k * (k + 1) for k in range(5)])
    np.testing.assert_array_equal(SO3.levels(5).multiplicities, [(2 * k + 1) ** 2 for k in range(5)])
    assert RealProjectiveSpace(3).volume == SO3.volume


def test_matrix_elements_are_eigenfunctions():
    """Entries of the rotation have -Delta = 8, entries of the unitary matrix 3: the first levels."""
    for M, level in ((SO3, 8), (SU2, 3)):
        x = elements(M, 1)[0]
        for entry in (lambda p, M=M: M.matrix(p)[1, 0].real, lambda p, M=M: M.matrix(p)[1, 1].real):
            np.testing.assert_allclose(M.laplacian(entry)(x), -level * entry(x), rtol=1e-11)
