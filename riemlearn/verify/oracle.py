r"""Geometry at fifty digits from a closed-form metric, by nothing but evaluation and subtraction.

An oracle is worth something only if it shares no step with what it judges.  This one sees of a metric its
matrix :math:`g_{ij}(x)` and nothing else: its entries are evaluated at :data:`DIGITS` digits on a small
stencil around the point, derivatives are central differences with step :data:`STEP`,

.. math::

    \partial_i f &= \frac{f_{+i} - f_{-i}}{2h} + O(h^2), \\
    \partial_i \partial_j f &=
        \frac{f_{+i+j} + f_{-i-j} - f_{+i} - f_{-i} - f_{+j} - f_{-j} + 2 f}{2h^2} + O(h^2),

and the rest is sums and products of mpmath numbers.  No symbolic derivative, no automatic differentiation, no
floating point before the last line.  With :math:`h = 2^{-86} \approx 10^{-26}` truncation is about 1e-52 and
rounding 1e-67.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from jaxtyping import Float

from riemlearn.errors import ChartError, MetricError, ShapeError, UnboundParameter

DIGITS = 120
_WORKING = DIGITS + 20  # of what is added up and may cancel
STEP: sp.Expr = sp.Rational(1, 2**86)


@dataclass(frozen=True)
class PointGeometry:
    r"""The geometry of one point, each number rounded to float64 at the very end.

    Attributes
    ----------
    metric, christoffel, riemann, ricci, scalar, kretschmann : numpy arrays
        :math:`g_{ij}`, :math:`\Gamma^k_{ij}`, :math:`R^i{}_{jkl}`, :math:`R_{jl}`, :math:`R` and
        :math:`R_{ijkl} R^{ijkl}`.
    laplace_beltrami : numpy array, shape ()
        :math:`\Delta f`; zero if no function was given.
    terms : dict
        For each name above the size of the terms whose sum it is, such as
        :math:`|\partial\Gamma| + |\Gamma|^2` for curvature: the natural scale of its error where it vanishes.
    error : float
        Estimate of the oracle's own relative error: differences with step h against those with step 2h.
    """

    metric: Float[np.ndarray, "n n"]
    christoffel: Float[np.ndarray, "n n n"]
    riemann: Float[np.ndarray, "n n n n"]
    ricci: Float[np.ndarray, "n n"]
    scalar: Float[np.ndarray, ""]
    kretschmann: Float[np.ndarray, ""]
    laplace_beltrami: Float[np.ndarray, ""]
    terms: dict[str, float]
    error: float


def geometry(
    coords: Sequence[sp.Symbol],
    matrix: Any,
    x: Iterable[float],
    function: sp.Expr | None = None,
) -> PointGeometry:
    r"""Geometry of a closed-form metric at one point.

    Parameters
    ----------
    coords : sequence of Symbol
        The coordinates, n of them.
    matrix : (n, n) SymPy matrix or array
        Metric :math:`g_{ij}` in these coordinates, without other free symbols.
    x : n real numbers
        The point, taken as the exact binary numbers that they are.
    function : SymPy expression, optional
        A function of the coordinates whose Laplace-Beltrami is wanted.

    Raises
    ------
    ShapeError
        If the matrix is not n x n, or the point has not n coordinates.
    UnboundParameter
        If something else than the coordinates is free in the matrix or the function.
    ChartError
        If the metric or the function is not a real number at the point or close to it.
    MetricError
        If the metric is singular at the point.

    Examples
    --------
    >>> theta, phi = sp.symbols("theta phi")
    >>> sphere = geometry([theta, phi], sp.diag(1, sp.sin(theta) ** 2), [0.5, 1.0])
    >>> float(sphere.scalar), sphere.error < 1e-40
    (2.0, True)
    """
    point = [sp.Rational(float(c)) for c in _finite(x)]
    matrix, function = sp.Matrix(matrix), sp.S.Zero if function is None else function
    n = len(coords)
    if matrix.shape != (n, n) or len(point) != n:
        raise ShapeError(
            f"oracle: {n} coordinates need a matrix of shape {(n, n)} and a point of {n} numbers, "
            f"got {matrix.shape} and {len(point)}"
        )
    stranger = (matrix.free_symbols | function.free_symbols) - set(coords)
    if stranger:
        raise UnboundParameter(f"oracle: no value for {', '.join(sorted(map(str, stranger)))}")
    with mpmath.workdps(DIGITS):
        jet, error = _difference_jet([*matrix, function], coords, point)
        g, dg, ddg = (part[: n * n].reshape(n, n, *part.shape[1:]) for part in jet)
        return _assemble(g, dg, ddg, jet[1][n * n], jet[2][n * n], error)


def _finite(x: Iterable[float]) -> list[float]:
    """Coordinates of a point as floats, or an error that says which is not a number."""
    values = [float(c) for c in x]
    for i, c in enumerate(values):
        if not np.isfinite(c):
            raise ChartError(f"oracle: coordinate {i} of the point is {c}")
    return values


def _difference_jet(
    expressions: Sequence[sp.Expr], coords: Sequence[sp.Symbol], point: Sequence[sp.Expr]
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], float]:
    """Values, first and second derivatives of m expressions, (m,), (m, n), (m, n, n); and their error."""
    n, h = len(coords), mpmath.mpmathify(sp.Float(STEP, DIGITS))
    distinct = list(dict.fromkeys(expressions))

    evaluate = _Evaluator(coords, point)

    def at(offset: np.ndarray) -> np.ndarray:
        return np.array([evaluate(e, offset) for e in distinct], dtype=object)

    unit = np.eye(n, dtype=int)
    centre = at(unit[0] * 0)
    plus, minus, plus2, minus2 = ([at(s * e) for e in unit] for s in (1, -1, 2, -2))
    first = np.stack([(p - m) / (2 * h) for p, m in zip(plus, minus, strict=True)], -1)
    first_coarse = np.stack([(p - m) / (4 * h) for p, m in zip(plus2, minus2, strict=True)], -1)
    pure = np.stack([(p + m - 2 * centre) / h**2 for p, m in zip(plus, minus, strict=True)], -1)
    pure_coarse = np.stack([(p + m - 2 * centre) / (2 * h) ** 2 for p, m in zip(plus2, minus2, strict=True)], -1)

    second = np.full((len(distinct), n, n), mpmath.mpf(0), dtype=object)
    second[:, range(n), range(n)] = pure
    for i, j in combinations(range(n), 2):
        corners = at(unit[i] + unit[j]) + at(-unit[i] - unit[j])
        mixed = (corners - plus[i] - minus[i] - plus[j] - minus[j] + 2 * centre) / (2 * h**2)
        second[:, i, j] = second[:, j, i] = mixed

    # A central difference errs by c h^2, so that the coarse one is off by 3 c h^2 more than the fine one.
    size = _norm(centre) + _norm(first) + _norm(pure)
    error = (_norm(first - first_coarse) + _norm(pure - pure_coarse)) / (3 * size) if size else mpmath.mpf(0)
    index = [distinct.index(e) for e in expressions]
    return (centre[index], first[index], second[index]), float(error)


class _Evaluator:
    """Expressions on the stencil around one point, each part once wherever the coordinates that it has are the same."""

    def __init__(self, coords: Sequence[sp.Symbol], point: Sequence[sp.Expr]):
        self.coords, self.point = coords, point
        self._within: dict[sp.Basic, np.ndarray] = {}
        self._known: dict[tuple[Any, ...], Any] = {}

    def __call__(self, expression: sp.Expr, offset: np.ndarray) -> Any:
        """One expression at one point of the stencil, as an mpmath number."""
        try:
            with mpmath.workdps(_WORKING):
                value = self._value(expression, offset)
        except ZeroDivisionError:
            value = mpmath.inf
        if not (isinstance(value, mpmath.mpf) and mpmath.isfinite(value)):
            shifted = self._shifted(offset)
            where = ", ".join(f"{c} = {float(v):.6g}" for c, v in shifted.items())
            raise ChartError(
                f"oracle: {expression} is {expression.evalf(6, subs=shifted)} at {where}, not a real number"
            )
        return value

    def _value(self, e: Any, offset: np.ndarray) -> Any:
        if e not in self._within:
            self._within[e] = np.array([c in e.free_symbols for c in self.coords], dtype=int)
        place = (e, *(offset * self._within[e]).tolist())
        if place not in self._known:
            self._known[place] = self._computed(e, offset)
        return self._known[place]

    def _computed(self, e: Any, offset: np.ndarray) -> Any:
        if e.is_Add:
            return mpmath.fsum(self._value(a, offset) for a in e.args)
        if e.is_Mul:
            return mpmath.fprod(self._value(a, offset) for a in e.args)
        if e.is_Pow and e.exp.is_Integer:
            return self._value(e.base, offset) ** int(e.exp)
        if e.is_Pow and e.exp == sp.S.Half:
            return mpmath.sqrt(self._value(e.base, offset))
        value = e.evalf(_WORKING, subs=self._shifted(offset))
        return mpmath.mpmathify(value) if value.is_Number and value.is_finite else mpmath.nan

    def _shifted(self, offset: np.ndarray) -> dict[Any, Any]:
        return {c: p + int(o) * STEP for c, p, o in zip(self.coords, self.point, offset, strict=True)}


def _assemble(
    g: np.ndarray, dg: np.ndarray, ddg: np.ndarray, df: np.ndarray, ddf: np.ndarray, error: float
) -> PointGeometry:
    r"""All tensors from g, ``dg[i, j, a]`` :math:`= \partial_a g_{ij}`, ``ddg[i, j, a, b]``, and those of f.

    With :math:`\Gamma_{mij} = (\partial_i g_{mj} + \partial_j g_{mi} - \partial_m g_{ij}) / 2` the product
    rule on :math:`g_{km} \Gamma^m_{ij} = \Gamma_{kij}` gives
    :math:`\partial_l \Gamma^k_{ij} = g^{km} (\partial_l \Gamma_{mij} - \partial_l g_{mp}\, \Gamma^p_{ij})`.
    """
    inverse = _inverse(g)
    half = mpmath.mpf(1) / 2
    lower = half * (np.einsum("mji->mij", dg) + dg - np.einsum("ijm->mij", dg))
    dlower = half * (np.einsum("mjil->mijl", ddg) + ddg - np.einsum("ijml->mijl", ddg))
    gamma = np.einsum("km,mij->kij", inverse, lower)
    dgamma = np.einsum("km,mijl->kijl", inverse, dlower - np.einsum("mpl,pij->mijl", dg, gamma))
    product = np.einsum("ikm,mlj->ijkl", gamma, gamma)
    slope = np.einsum("iljk->ijkl", dgamma)
    riemann = slope - np.swapaxes(slope, 2, 3) + product - np.swapaxes(product, 2, 3)
    ricci = np.einsum("ijil->jl", riemann)
    scalar = np.sum(inverse * ricci)
    pairs = np.einsum("imkl,mj->ijkl", riemann, inverse)  # R^ij_kl
    kretschmann = np.sum(pairs * np.einsum("klij->ijkl", pairs))
    trace = np.einsum("ij,kij->k", inverse, gamma)
    laplacian = np.sum(inverse * ddf) - np.sum(trace * df)

    curvature = _norm(dgamma) + _norm(gamma) ** 2
    size = _norm(inverse)
    terms = {
        "metric": _norm(g),
        "christoffel": size * _norm(dg),
        "riemann": curvature,
        "ricci": curvature,
        "scalar": size * curvature,
        "kretschmann": (size * curvature) ** 2,
        "laplace_beltrami": size * _norm(ddf) + _norm(trace) * _norm(df),
    }
    return PointGeometry(
        metric=_rounded(g),
        christoffel=_rounded(gamma),
        riemann=_rounded(riemann),
        ricci=_rounded(ricci),
        scalar=_rounded(scalar),
        kretschmann=_rounded(kretschmann),
        laplace_beltrami=_rounded(laplacian),
        terms={name: float(value) for name, value in terms.items()},
        error=error,
    )


def _inverse(g: np.ndarray) -> np.ndarray:
    """Inverse of a matrix of mpmath numbers."""
    try:
        inverse = mpmath.inverse(mpmath.matrix(g.tolist()))
    except ZeroDivisionError:
        raise MetricError("oracle: the metric is singular at the point") from None
    return np.array(inverse.tolist(), dtype=object).reshape(g.shape)


def _norm(a: np.ndarray) -> Any:
    """Frobenius norm."""
    return mpmath.sqrt(mpmath.fsum(np.ravel(a), squared=True))


def _rounded(a: Any) -> np.ndarray:
    """Float64 array of mpmath numbers."""
    return np.array(a, dtype=object).astype(np.float64)
