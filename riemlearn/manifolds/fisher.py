"""Families of probability distributions with the metric of Fisher."""

from functools import cache
from math import inf, pi, sqrt
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Float, PRNGKeyArray

from riemlearn.chart import Region, interval
from riemlearn.heat_kernel import Closed
from riemlearn.heat_kernel.sphere import unit_volume
from riemlearn.manifolds.base import Manifold, Patch, check_dim
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.euclidean import uniform_directions
from riemlearn.manifolds.geodesics import (
    arc_end,
    half_space_end,
    half_space_start,
    squared_arc_length,
    squared_half_space_distance,
    start_through,
)
from riemlearn.metric import Metric


class CategoricalFisher(Manifold):
    r"""Distributions :math:`(p_0, \dots, p_n)` on n + 1 outcomes, in the coordinates :math:`p_1, \dots, p_n`.

    With :math:`p_0 = 1 - p_1 - \dots - p_n`,

    .. math:: g_{ij} = \mathbb E\Bigl[\frac{\partial \log p}{\partial p_i} \frac{\partial \log p}{\partial p_j}\Bigr]
        = \frac{\delta_{ij}}{p_i} + \frac{1}{p_0} .

    :math:`p \mapsto 2 \sqrt p` takes it to the positive part of the sphere of radius 2: every sectional curvature is
    1/4. Geodesics end where a probability vanishes.

    Parameters
    ----------
    dim : int
        The number n of free probabilities.

    Examples
    --------
    >>> print(f"{CategoricalFisher(1).distance([0.5], [0.75]) / pi:.10f}")
    0.1666666667
    """

    dim: int = eqx.field(static=True)

    def __init__(self, dim: int):
        check_dim("CategoricalFisher", dim, 1)
        self.dim = dim

    @property
    def metric(self) -> Metric:
        """The metric of Fisher, on the open simplex."""
        return _categorical_metric(self.dim)

    @property
    def embedding(self) -> "_TwiceRoot":
        r"""Into R^(n+1): :math:`2 \sqrt p`."""
        return _TwiceRoot()

    @property
    def volume(self) -> float:
        r"""That of a part :math:`2^{-(n+1)}` of the sphere of radius 2."""
        return unit_volume(self.dim) / 2

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is 1/4; a curve has none."""
        return Curvature.isotropic(sp.Rational(1, 4) if self.dim > 1 else 0, self.dim)

    @property
    def patch(self) -> Patch:
        """Probabilities from 0.2 / n to 0.8 / n."""
        return Patch((0.2 / self.dim,) * self.dim, (0.8 / self.dim,) * self.dim)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return (
            "Rao, Information and the accuracy attainable in the estimation of statistical parameters, Bull. Calcutta "
            "Math. Soc. 37 (1945); Amari, Nagaoka, Methods of Information Geometry, ch. 2"
        )

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        r"""Square of :math:`2 \arccos \sum_i \sqrt{p_i q_i}`, from the chord."""
        return 4 * squared_arc_length(_root(x), _root(y))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle of the sphere; NaN where a probability vanishes on the way."""
        root = _root(x)
        velocity = jnp.concatenate([-jnp.sum(v)[None], v]) / (2 * root)
        end = arc_end(root, velocity)
        # an arc shorter than pi that ends in the positive part has not left it
        stays = jnp.all(end > 0) & (jnp.sum(velocity**2) < pi**2)
        return jnp.where(stays, _square(end), jnp.nan)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a great circle of the sphere."""
        return start_through(_root, _square, x, y)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Distributions uniform on the whole simplex: Dirichlet with parameters 1/2."""
        return _square(uniform_directions(key, count, self.dim + 1))

    def __repr__(self) -> str:
        return f"CategoricalFisher({self.dim})"


class NormalFisher(Manifold):
    r"""Normal distributions :math:`N(\mu, \sigma^2 I_d)` on R^d, in coordinates :math:`(\mu_1, \dots, \mu_d, \sigma)`.

    .. math:: g = \frac{|d\mu|^2 + 2 d\, d\sigma^2}{\sigma^2}

    is 2d times the metric of the half-space at :math:`(\mu / \sqrt{2d}, \sigma)`: every sectional curvature is -1/2d.

    Parameters
    ----------
    variables : int
        The dimension d of the sample space.

    Examples
    --------
    >>> print(f"{NormalFisher().distance([0.0, 1.0], [0.0, 2.718281828459045]):.10f}")
    1.4142135624
    """

    dim: int = eqx.field(static=True)
    variables: int = eqx.field(static=True)

    def __init__(self, variables: int = 1):
        check_dim("NormalFisher", variables, 1)
        self.variables, self.dim = variables, variables + 1

    @property
    def metric(self) -> Metric:
        """The metric of Fisher."""
        return _normal_metric(self.variables)

    @property
    def embedding(self) -> None:
        """None is given here, as of hyperbolic space."""
        return None

    @property
    def volume(self) -> float:
        """Infinite."""
        return inf

    @property
    def curvature(self) -> Curvature:
        """Every sectional curvature is -1 / 2d."""
        return Curvature.isotropic(-sp.Rational(1, 2 * self.variables), self.dim)

    @property
    def patch(self) -> Patch:
        """Standard deviations from 0.5 to 2."""
        return Patch((-1.0,) * self.variables + (0.5,), (1.0,) * self.variables + (2.0,))

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return (
            "Skovgaard, A Riemannian geometry of the multivariate normal model, Scand. J. Statist. 11 (1984); "
            "Amari, Nagaoka, Methods of Information Geometry, ch. 2"
        )

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        """2d times that of the half-space."""
        return 2 * self.variables * squared_half_space_distance(self._scaled(x), self._scaled(y))

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a geodesic of the half-space."""
        return self._unscaled(half_space_end(self._scaled(x), self._scaled(v)))

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Along a geodesic of the half-space."""
        return self._unscaled(half_space_start(self._scaled(x), self._scaled(y)))

    def closed_heat_kernel(self) -> Closed:
        """That of hyperbolic space of curvature -1 / 2d."""
        return Closed.hyperbolic(self.dim, self.squared_distance, sqrt(2 * self.variables))

    def __repr__(self) -> str:
        return f"NormalFisher({self.variables})"

    def _scaled(self, x: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
        return jnp.concatenate([x[..., :-1] / sqrt(2 * self.variables), x[..., -1:]], axis=-1)

    def _unscaled(self, x: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
        return jnp.concatenate([x[..., :-1] * sqrt(2 * self.variables), x[..., -1:]], axis=-1)


def _root(p: Float[Array, "*batch n"]) -> Float[Array, "*batch d"]:
    """Square roots of all n + 1 probabilities; NaN where one is not positive."""
    full = jnp.concatenate([1 - jnp.sum(p, axis=-1, keepdims=True), p], axis=-1)
    return jnp.sqrt(jnp.where(full > 0, full, jnp.nan))


def _square(root: Float[Array, "*batch d"]) -> Float[Array, "*batch n"]:
    return root[..., 1:] ** 2


class _TwiceRoot(eqx.Module):
    def __call__(self, p: Float[Array, " n"]) -> Float[Array, " d"]:
        return 2 * _root(p)


def _in_simplex(p: Any) -> Any:
    return p.sum(-1) < 1


@cache
def _categorical_metric(dim: int) -> Metric:
    p = sp.symbols(f"p1:{dim + 1}", real=True)
    simplex = Region(_in_simplex, "the open simplex of probabilities, with sum less than 1")
    matrix = sp.diag(*(1 / q for q in p)) + sp.ones(dim, dim) / (1 - sum(p))
    return Metric.from_sympy(p, matrix, domain={q: interval(0, 1) for q in p}, region=simplex)


@cache
def _normal_metric(variables: int) -> Metric:
    mu = sp.symbols(f"mu1:{variables + 1}", real=True) if variables > 1 else (sp.Symbol("mu", real=True),)
    sigma = sp.Symbol("sigma", positive=True)
    matrix = sp.diag(*[1] * variables, 2 * variables) / sigma**2
    return Metric.from_sympy((*mu, sigma), matrix, domain={sigma: interval(0)})
