"""Strategies for hypothesis: matrices, points, vectors, metrics and immersions that are regular by construction.

Nothing is filtered, so that examples are fast and shrink to simple ones; only the points of a chart with a region are.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Float

from riemlearn.chart import Chart, interval
from riemlearn.errors import ShapeError, require
from riemlearn.metric import Metric
from riemlearn.testing.interior import Box, inside, interior_box


def spd_matrices(n: int, max_condition: float = 1e3) -> Any:
    r"""Symmetric positive definite matrices whose condition number is at most ``max_condition``.

    Rotations of :math:`\mathrm{diag}(\lambda)` with
    :math:`\kappa^{-1/2} \le \lambda \le \kappa^{1/2}`, so that also :math:`|A|, |A^{-1}| \le \kappa^{1/2}`; they shrink
    to the identity.

    Parameters
    ----------
    n : int
        Size.
    max_condition : float
        :math:`\kappa \ge 1`.

    Returns
    -------
    strategy of arrays of shape (n, n)

    Raises
    ------
    ShapeError
        If n is no positive integer, or the condition number less than one.
    MissingExtra
        If hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(spd_matrices(2), lambda a: True).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    _check_dim("spd_matrices: n", n, 1)
    if not 1 <= max_condition < float("inf"):
        raise ShapeError(f"spd_matrices: max_condition must be at least 1 and finite, got {max_condition}")
    st = _hypothesis()
    reach = 0.5 * (1 - 1e-9)  # rounding of the product must not exceed the bound
    exponents, angles = st.floats(-reach, reach), st.floats(-np.pi, np.pi)
    pairs = n * (n - 1) // 2

    def build(powers: Any, turns: Any) -> Float[np.ndarray, "n n"]:
        a = np.diag(float(max_condition) ** np.array(powers))
        for (i, j), turn in zip(np.argwhere(np.triu(np.ones((n, n)), 1)), turns, strict=True):
            rotation = np.eye(n)
            rotation[i, i] = rotation[j, j] = np.cos(turn)
            rotation[i, j], rotation[j, i] = -np.sin(turn), np.sin(turn)
            a = rotation @ a @ rotation.T
        return (a + a.T) / 2

    return st.builds(build, _lists(st, exponents, n), _lists(st, angles, pairs))


def chart_points(where: Any) -> Any:
    """Points in the interior of a chart, or in the patch of a manifold, where all is regular.

    Of a chart an interval is taken but a tenth on each side, a period whole, and a bounded part of a line or half-line.

    Parameters
    ----------
    where : Chart or manifold
        A chart, or anything with a ``chart`` and perhaps a ``patch``.

    Returns
    -------
    strategy of arrays of shape (n,)

    Raises
    ------
    ShapeError
        If it is neither.
    MissingExtra
        If hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import find
    >>> from riemlearn.manifolds import Sphere
    >>> find(chart_points(Sphere(2)), lambda x: x[1] > 2).tolist()
    [1.0, 3.0]
    """
    chart = where if isinstance(where, Chart) else getattr(where, "chart", None)
    if not isinstance(chart, Chart):
        raise ShapeError(f"chart_points needs a Chart, or a manifold with a chart, got {type(where).__name__}")
    patch = getattr(where, "patch", None)
    box: Box = interior_box(chart) if patch is None else (np.asarray(patch[0], float), np.asarray(patch[1], float))
    st = _hypothesis()
    points = st.tuples(*(st.floats(float(a), float(b)) for a, b in zip(*box, strict=True))).map(np.array)
    return points if chart.region is None else points.filter(lambda x: bool(inside(chart, x)))


def tangent_vectors(n: int, largest: float = 10.0) -> Any:
    """Components of tangent vectors, each at most ``largest`` in size; the zero vector is one of them.

    Parameters
    ----------
    n : int
        Dimension.
    largest : float
        Bound on each component.

    Returns
    -------
    strategy of arrays of shape (n,)

    Raises
    ------
    ShapeError
        If n is no positive integer, or the bound not positive.
    MissingExtra
        If hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(tangent_vectors(2), lambda v: v[0] >= 1).tolist()
    [1.0, 0.0]
    """
    _check_dim("tangent_vectors: n", n, 1)
    if not 0 < largest < float("inf"):
        raise ShapeError(f"tangent_vectors: largest must be positive and finite, got {largest}")
    st = _hypothesis()
    return _lists(st, st.floats(-largest, largest), n).map(np.array)


def closed_form_metrics(dim: int) -> Any:
    r"""Small closed-form metrics on the box :math:`(-1, 1)^n`, with every eigenvalue at least 1/2.

    A diagonal entry is 1, 2 or 3 plus a function that is not negative; the other entries are at most
    :math:`\tfrac{1}{2n}` in size on the box, so that those of a row sum to less than 1/2 (Gershgorin).

    Parameters
    ----------
    dim : int
        Dimension n.

    Returns
    -------
    strategy of Metric
        They shrink to the identity.

    Raises
    ------
    ShapeError
        If ``dim`` is no positive integer.
    MissingExtra
        If hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(closed_form_metrics(2), lambda g: g[0, 1] != 0)
    closed-form riemannian metric on (x1, x2)
    g[x1, x1] = 1
    g[x1, x2] = x1/4
    g[x2, x2] = 1
    """
    _check_dim("closed_form_metrics: dim", dim, 1)
    st = _hypothesis()
    x = sp.symbols(f"x1:{dim + 1}", real=True)
    grown = [sp.S.Zero, *(h for c in x for h in (c**2, sp.exp(c), sp.sin(c) ** 2, (1 - c) ** 2))]
    small = [sp.S.Zero, *x, *(sp.sin(c) for c in x), *(a * b for i, a in enumerate(x) for b in x[: i + 1])]
    pairs = [(i, j) for i in range(dim) for j in range(i)]

    def build(constants: Any, positive: Any, mixed: Any, signs: Any) -> Metric:
        matrix = sp.diag(*(c + h for c, h in zip(constants, positive, strict=True)))
        for (i, j), entry, sign in zip(pairs, mixed, signs, strict=True):
            matrix[i, j] = matrix[j, i] = sign * entry / (2 * dim)
        return Metric.from_sympy(x, matrix, domain=dict.fromkeys(x, interval(-1, 1)))

    return st.builds(
        build,
        _lists(st, st.integers(1, 3), dim),
        _lists(st, st.sampled_from(grown), dim),
        _lists(st, st.sampled_from(small), len(pairs)),
        _lists(st, st.sampled_from([1, -1]), len(pairs)),
    )


class RandomImmersion(eqx.Module):
    r"""The map :math:`x \mapsto (x + \tfrac12 \sin(Cx),\; \sin(Wx + b))` with :math:`|C|_F \le 1`.

    The Jacobian of its first part is the identity but for a matrix of norm at most 1/2, so that every singular value
    of the whole is at least 1/2, at every point.
    """

    inner: Float[Array, "n n"]
    outer: Float[Array, "codim n"]
    shift: Float[Array, " codim"]

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        """The point of the ambient space."""
        return jnp.concatenate([x + jnp.sin(self.inner @ x) / 2, jnp.sin(self.outer @ x + self.shift)])


def immersions(dim: int, codim: int = 1) -> Any:
    r"""JAX maps :math:`\mathbb{R}^n \to \mathbb{R}^{n+c}` whose Jacobian has no singular value below 1/2, at any point.

    Parameters
    ----------
    dim : int
        Dimension n.
    codim : int
        Codimension c; with 0 they are local diffeomorphisms.

    Returns
    -------
    strategy of RandomImmersion
        They are pytrees, all of one structure, so that a function compiled for one serves all.

    Raises
    ------
    ShapeError
        If a dimension is no integer, or too small.
    MissingExtra
        If hypothesis is not installed.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(immersions(2, 1), lambda f: True)(jnp.array([0.5, 0.25])).tolist()
    [0.5, 0.25, 0.0]
    """
    _check_dim("immersions: dim", dim, 1)
    _check_dim("immersions: codim", codim, 0)
    st = _hypothesis()

    def build(inner: Any, outer: Any, shift: Any) -> RandomImmersion:
        shapes = {"inner": (inner, (dim, dim)), "outer": (outer, (codim, dim)), "shift": (shift, (codim,))}
        return RandomImmersion(**{name: jnp.asarray(np.reshape(v, shape)) for name, (v, shape) in shapes.items()})

    return st.builds(
        build,
        _lists(st, st.floats(-1 / dim, 1 / dim), dim * dim),
        _lists(st, st.floats(-2, 2), codim * dim),
        _lists(st, st.floats(-3, 3), codim),
    )


def _hypothesis() -> Any:
    return require("hypothesis.strategies", "test")


def _lists(st: Any, elements: Any, count: int) -> Any:
    return st.lists(elements, min_size=count, max_size=count)


def _check_dim(name: str, value: Any, least: int) -> None:
    """Refuse a dimension that is no integer or too small."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ShapeError(f"{name} must be an integer >= {least}, got {value!r}")
