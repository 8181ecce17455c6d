"""Frames: orthonormal however badly the metric is conditioned, and a status where there is none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.curvature import check_signature, embedding_frame, metric_frame
from riemlearn.curvature.frame import seed_from_metric
from riemlearn.errors import ShapeError, Status


def rotated(kappa, n=4):
    """A matrix of condition number kappa whose axes are not those of the coordinates."""
    q, _ = jnp.linalg.qr(jax.random.normal(jax.random.key(1), (n, n)))
    return q @ jnp.diag(jnp.geomspace(1.0, 1 / kappa, n)) @ q.T


@pytest.mark.parametrize("kappa", [1.0, 1e3, 1e6])
def test_embedding_frames_are_orthonormal(kappa):
    a = jnp.concatenate([rotated(kappa), jnp.ones((2, 4))])
    jacobian, frame, *_ = embedding_frame(lambda x: a @ x, jnp.ones(4))
    image = jacobian.T @ frame.basis
    assert frame.status == Status.OK
    np.testing.assert_allclose(image.T @ image, jnp.eye(4), atol=1e-15 * kappa + 1e-14)
    np.testing.assert_allclose(frame.basis @ frame.coframe, jnp.eye(4), atol=1e-14 * kappa)


def test_volume_density_is_the_root_of_the_determinant():
    g = rotated(50.0) @ rotated(50.0).T
    _, frame = metric_frame(lambda x: g, jnp.zeros(4), "riemannian")
    np.testing.assert_allclose(frame.volume_density, jnp.sqrt(jnp.linalg.det(g)), rtol=1e-12)


def test_lorentzian_frames():
    g = jnp.diag(jnp.array([-4.0, 1.0, 9.0])) + 0.1
    matrix, frame = metric_frame(lambda x: g, jnp.zeros(3), "lorentzian")
    assert frame.status == Status.OK
    np.testing.assert_allclose(frame.basis.T @ matrix @ frame.basis, jnp.diag(jnp.array([-1.0, 1, 1])), atol=1e-14)


@pytest.mark.parametrize("square", [0.0, 1e-17, -1e-17])  # of the length of a null vector, exact or rounded
@pytest.mark.parametrize("units", [1.0, 1e6])
def test_a_null_coordinate_is_no_obstacle(square, units):
    g = jnp.array([[-0.5, units], [units, square]])  # as in ingoing Eddington-Finkelstein coordinates
    _, frame = metric_frame(lambda x: g, jnp.zeros(2), "lorentzian")
    assert frame.status == Status.OK
    np.testing.assert_allclose((frame.basis * frame.signs) @ frame.basis.T @ g, jnp.eye(2), atol=1e-14)


@pytest.mark.parametrize(
    ("matrix", "signature", "status"),
    [
        ([[1.0, 0.0], [0.0, -1.0]], "riemannian", Status.INDEFINITE),
        ([[1.0, 0.0], [0.0, 1.0]], "lorentzian", Status.INDEFINITE),
        ([[1.0, 1.0], [1.0, 1.0]], "riemannian", Status.SINGULAR),
        ([[1.0, 0.0], [0.0, 0.0]], "riemannian", Status.SINGULAR),
        ([[1.0, 0.1], [0.0, 1.0]], "riemannian", Status.NOT_SYMMETRIC),
        ([[np.nan, 0.0], [0.0, 1.0]], "riemannian", Status.NOT_FINITE),
        ([[1.0, 0.0], [0.0, 1e-20]], "riemannian", Status.OK),  # only badly scaled, as near a pole
    ],
)
def test_status_of_a_metric(matrix, signature, status):
    assert seed_from_metric(jnp.array(matrix), signature).status == status


@pytest.mark.parametrize("row", [[0.0, 0.0, 0.0], [1.0, 2.0, 2.0]])
def test_status_of_a_jacobian_that_loses_rank(row):
    a = jnp.array([[1.0, 2.0, 2.0], [0.0, 1.0, 5.0], row])
    _, frame, *_ = embedding_frame(lambda x: a.T @ (a @ x), jnp.ones(3))
    assert frame.status == Status.RANK_DEFICIENT


def test_status_of_a_jacobian_that_is_not_finite():
    """At a kink, such as that of a norm, nothing is known of the rank."""
    _, frame, *_ = embedding_frame(lambda x: jnp.append(x, jnp.linalg.norm(x)), jnp.zeros(2))
    assert frame.status == Status.NOT_FINITE


def test_unknown_signature():
    with pytest.raises(ShapeError, match=r"signature must be one of .*'lorentzian'.*got 'minkowski'"):
        check_signature("minkowski")
