r"""Heat kernels and spectra: closed forms against mpmath, the heat equation, and each other.

=============  ===========  ===================================================================================
quantity       route        what is compared
=============  ===========  ===================================================================================
heat_kernel    closed form  log K with arithmetic at 50 digits, where :mod:`riemlearn.verify.heat_oracle` has it
heat_kernel    identity     log K with the heat equation that it must solve
spectrum       identity     the trace of the kernel with :math:`\sum_k m_k e^{-\lambda_k t}` over the published levels
spectrum       Galerkin     the eigenvalues found from the metric alone with the published ones, on periodic charts
=============  ===========  ===================================================================================

With :math:`u = \log K_t(\cdot, y)` the heat equation :math:`\partial_t K = \Delta K` is

.. math:: \partial_t u = \Delta u + |\nabla u|_g^2,

whose derivatives are taken by automatic differentiation through the chart.  Its residual is relative to the sum
of the sizes of its terms, or to 1/t if that is more; the error of u is relative to :math:`\max(1, |u|)`: a wrong
factor of K is a wrong term of u.
"""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.errors import NoClosedForm
from riemlearn.heat_kernel import HeatKernel
from riemlearn.jets import jet2, unpack
from riemlearn.verify.cases import Case
from riemlearn.verify.model_spaces import ModelSpace, space_of
from riemlearn.verify.rows import TOLERANCE, Row, answer, compiled, row

TIMES = (0.01, 0.1, 1.0, 10.0)
_LEVELS = 40


def heat_rows(case: Case, points: Float[Array, "points n"]) -> Iterator[Row]:
    """Rows of the heat kernel of one manifold, if it has a closed one: four times at each pair of points."""
    try:
        kernel = HeatKernel(case.manifold)
    except NoClosedForm:
        return
    times = jnp.repeat(jnp.asarray(TIMES), len(points))
    x, y = (jnp.tile(p, (len(TIMES), 1)) for p in (points, case.partners(points)))
    judge = compiled(jax.vmap(_residual(kernel, case.manifold.metric)))
    space = space_of(case.manifold)
    for dtype in TOLERANCE:
        if space is not None:
            yield _radial_row(case, kernel, space, dtype)
        if space is None or dtype == "float64":  # single precision is judged by mpmath where that is possible
            t, a, b = (array.astype(dtype) for array in (times, x, y))
            where = np.concatenate([np.asarray(t)[:, None], np.asarray(a), np.asarray(b)], axis=1)
            yield row(case.name, "heat_kernel", "identity", dtype, answer(judge(t, a, b), dtype), where)


def _radial_row(case: Case, kernel: HeatKernel, space: ModelSpace, dtype: str) -> Row:
    """The kernel as a function of distance against mpmath."""
    grid = np.array([(t * space.radius**2, r * space.radius) for t in TIMES for r in space.distances])
    tr = jnp.asarray(grid, dtype)
    exact = np.asarray(tr, np.float64)
    true = np.array([space.log_kernel(t, r) for t, r in exact])
    errors = np.abs(answer(kernel.log_radial(tr[:, 0], tr[:, 1]), dtype) - true) / np.maximum(1, np.abs(true))
    return row(case.name, "heat_kernel", "closed form", dtype, errors, exact)


def spectrum_rows(case: Case) -> Iterator[Row]:
    """Rows of the published levels: the trace of the kernel, and what the metric gives on a periodic chart."""
    manifold = case.manifold
    try:
        levels = manifold.levels(_LEVELS)
    except (NoClosedForm, AttributeError):
        return
    if all(axis.kind == "periodic" for axis in manifold.chart.axes):
        true = levels.eigenvalues(10)
        found = np.asarray(manifold.laplacian.spectrum(10).eigenvalues)
        errors = np.abs(found - true) / true[-1]
        yield row(case.name, "spectrum", "Galerkin", "float64", errors, np.arange(10.0)[:, None])
    try:
        kernel = HeatKernel(manifold)
    except NoClosedForm:
        return
    # What the missing levels would add is less than e^-40 of the trace.
    times = 40 / levels.values[-1] * np.array([1.0, 3.0, 10.0, 30.0])
    true = levels.heat_trace(times)
    errors = np.abs(np.asarray(kernel.trace(times)) - true) / true
    yield row(case.name, "spectrum", "identity", "float64", errors, times[:, None])


def _residual(kernel: HeatKernel, metric: Any) -> Callable[..., Float[Array, ""]]:
    """The relative residual of the heat equation of a kernel, in x at (t, x, y)."""

    def at(t: Float[Array, ""], x: Any, y: Any) -> Float[Array, ""]:
        local = metric.local(x)
        jet = jet2(lambda x: kernel.log(t, x, y), x, local.frame.basis.T)
        laplacian = local.laplacian(jet.first, unpack(jet.second, x.shape[0]))
        by_t = jax.jvp(lambda t: kernel.log(t, x, y), (t,), (jnp.ones_like(t),))[1]
        terms = jnp.stack([-by_t, laplacian, jnp.sum(jet.first**2)])
        # at large times every term dies, and what is left is rounding: u changes on the scale of 1 at least
        return jnp.abs(jnp.sum(terms)) / jnp.maximum(jnp.sum(jnp.abs(terms)), 1 / t)

    return at
