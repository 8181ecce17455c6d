"""The covariant derivative: nabla g = 0, two routes, the differential of a scalar, contracted Bianchi."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ShapeError

U, V = sp.symbols("u v", real=True)
# no symmetry, and off the diagonal too
BUMP = rl.Metric.from_sympy([U, V], sp.Matrix([[1 + U**2, U * V], [U * V, 2 + V**2 + U]]))
X = jnp.array([[0.3, -0.4], [0.7, 0.2]])


def test_the_metric_is_constant_exactly_and_numerically():
    assert rl.Connection(BUMP)(BUMP).expr == sp.ImmutableDenseNDimArray([0] * 8, (2, 2, 2))
    assert rl.Connection(BUMP)(BUMP.inverse).expr == sp.ImmutableDenseNDimArray([0] * 8, (2, 2, 2))
    learned = rl.Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[0] * x[1], jnp.sin(x[1])]), dim=2)
    for tensor in (learned, learned.inverse):
        assert float(jnp.max(jnp.abs(rl.Connection(learned)(tensor)(X)))) < 1e-14


def test_closed_form_and_automatic_differentiation_agree():
    # one upper and three lower indices, without any symmetry between them
    nabla = rl.Connection(BUMP)
    numeric = rl.Connection(BUMP.numeric())
    exact = nabla(nabla.riemann)(X)
    np.testing.assert_allclose(numeric(numeric.riemann)(X), exact, atol=1e-12)
    assert nabla(nabla.riemann).up == (True, False, False, False, False)
    assert nabla(nabla.riemann).rank == 5


def test_the_new_index_comes_last():
    # of a scalar the covariant derivative is the differential; of a one-form it is the Hessian, which is symmetric
    nabla = rl.Connection(BUMP)
    differential = nabla(nabla.scalar)
    np.testing.assert_allclose(differential(X), jax.vmap(jax.grad(lambda x: nabla.scalar(x)))(X), rtol=1e-12)
    hessian = nabla(differential)(X)
    np.testing.assert_allclose(hessian, jnp.swapaxes(hessian, -1, -2), atol=1e-10)
    trace = jnp.einsum("pij,pij->p", BUMP.inverse(X), hessian)
    np.testing.assert_allclose(trace, rl.LaplaceBeltrami(BUMP)(lambda x: nabla.scalar(x))(X), rtol=1e-9)


def test_contracted_second_bianchi_identity():
    # div Ric = d scal / 2, on a metric without symmetry
    nabla = rl.Connection(BUMP)
    divergence = jnp.einsum("pik,pijk->pj", BUMP.inverse(X), nabla(nabla.ricci)(X))
    np.testing.assert_allclose(divergence, nabla(nabla.scalar)(X) / 2, atol=1e-11)


def test_a_parallel_field_of_the_plane_in_polar_coordinates():
    r, _ = coords = rl.coordinates(r=rl.interval(0), phi=rl.periodic(2 * sp.pi))
    g = rl.Metric.from_sympy(coords, sp.diag(1, r**2))
    nabla = rl.Connection(g)
    # nabla is not the partial derivative: of g^{-1} = diag(1, r^-2) that is not zero
    assert sp.diff(g.inverse[1, 1], r) != 0
    assert nabla(g.inverse)[1, 1, 0] == 0


def test_another_chart():
    other = rl.Metric.from_sympy([U], [[1]])
    with pytest.raises(ShapeError, match=r"the tensor lives on \('u',\), the metric on \('u', 'v'\)"):
        rl.Connection(BUMP)(other)


def test_what_is_no_field():
    with pytest.raises(ShapeError, match="needs a tensor field or a metric, got int"):
        rl.Connection(BUMP)(5)


def test_display_of_repeats():
    gamma = rl.Connection(BUMP).christoffel
    short, long = gamma.display(), gamma.display(redundant=True)
    assert repr(short).count("\n") + 1 == 6 and repr(long).count("\n") + 1 == 8
    assert short._repr_latex_() == gamma._repr_latex_() and len(long._repr_latex_()) > len(short._repr_latex_())
