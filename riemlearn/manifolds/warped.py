"""Warped products: a fibre whose size depends on the point of the base."""

from math import inf
from typing import Any

import equinox as eqx
import sympy as sp

from riemlearn.errors import NoClosedForm, SymbolError
from riemlearn.manifolds.base import Manifold, Patch
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.factors import checked_manifold, closed_form_of, combined_metric, renamings
from riemlearn.manifolds.parameters import check_bound, positive_number, unbound
from riemlearn.manifolds.quadrature import is_bounded, volume_by_quadrature
from riemlearn.metric import Metric


class WarpedProduct(Manifold):
    r"""The warped product :math:`B \times_f F`, :math:`g = g_B + f^2 g_F`, f > 0 a function on the base B.

    With d the dimension of the fibre F, the scalar curvature is

    .. math:: S = S_B + \frac{S_F}{f^2} - 2 d\,\frac{\Delta f}{f} - d (d - 1)\,\frac{|\nabla f|^2}{f^2}.

    Parameters
    ----------
    base, fibre : Manifold
        The factors; coordinates are renamed as in :class:`Product`.
    warping : Expr
        The function f, in the coordinates ``base.metric.symbols``; other symbols are parameters.
    volume : float, optional
        The volume, if it is known; by default it is integrated numerically if the base is a bounded box.

    Raises
    ------
    ShapeError
        If base or fibre is not a manifold, or the volume is not positive.
    SymbolError
        If the warping is not an expression, is zero, or has a symbol that only looks like a coordinate.

    References
    ----------
    O'Neill, *Semi-Riemannian Geometry*, ch. 7, Corollary 43 (the Ricci curvature, of which this is the trace).

    Examples
    --------
    >>> from riemlearn.manifolds import Euclidean
    >>> line = Euclidean(1)
    >>> WarpedProduct(line, Euclidean(2), sp.exp(line.metric.symbols[0])).connection.scalar.expr
    -6
    """

    base: Manifold
    fibre: Manifold
    warping: sp.Expr = eqx.field(static=True)
    known_volume: float | None = eqx.field(static=True)
    dim: int = eqx.field(static=True)

    def __init__(self, base: Any, fibre: Any, warping: Any, volume: Any = None):
        self.base = checked_manifold("WarpedProduct: the base", base)
        self.fibre = checked_manifold("WarpedProduct: the fibre", fibre)
        if not isinstance(warping, sp.Expr | int | float) or warping == 0:
            raise SymbolError(f"WarpedProduct: warping must be a SymPy expression that is not zero, got {warping!r}")
        symbols = self.base.metric.symbols
        self.warping, self.dim = sp.S(0) + warping, self.base.dim + self.fibre.dim
        volume = inf if volume is sp.oo else volume
        finite = volume is not None and volume != inf
        self.known_volume = float(positive_number("WarpedProduct: volume", volume).evalf()) if finite else volume
        for symbol in self.warping.free_symbols - set(symbols):
            if str(symbol) in {s.name for s in symbols}:
                raise SymbolError(
                    f"WarpedProduct: {symbol} in the warping is not the coordinate of the base, which has other "
                    "assumptions; take it from base.metric.symbols"
                )

    @property
    def metric(self) -> Metric:
        """The metric of the base, and that of the fibre times the square of the warping."""
        return combined_metric((self.base, self.fibre), self.warping)

    @property
    def embedding(self) -> None:
        """None is known in general."""
        return None

    @property
    def curvature(self) -> Curvature:
        """The scalar curvature."""
        on_base, on_fibre = renamings((self.base, self.fibre))
        f, d, form = self.warping, self.fibre.dim, closed_form_of(self.base)
        inverse, x = form.components("inverse"), form.coordinates
        slope = sp.Add(*(inverse[i, j] * f.diff(x[i]) * f.diff(x[j]) for i, j in inverse.indices()))
        bent = self.base.curvature.scalar - 2 * d * form.laplacian(f) / f - d * (d - 1) * slope / f**2
        of_base, shrunk = Curvature(bent).replaced(on_base), Curvature(1 / f**2).replaced(on_base)
        return Curvature(of_base.scalar + self.fibre.curvature.replaced(on_fibre).scalar * shrunk.scalar)

    @property
    def volume(self) -> float:
        r"""The volume of the fibre times :math:`\int_B f^d`.

        Raises
        ------
        NoClosedForm
            If it was not given, and the base is not a bounded box.
        """
        if self.known_volume is not None:
            return self.known_volume
        of_fibre = self.fibre.volume
        if of_fibre == inf:
            return inf
        if not is_bounded(self.base.chart):
            raise NoClosedForm(f"the volume of {self!r} is not known, as its base is not bounded; give volume=...")
        form: Any = closed_form_of(self.base)
        check_bound(self, *unbound(form.coordinates, form.matrix, self.warping))
        stretched = form.matrix * self.warping ** sp.Rational(2 * self.fibre.dim, self.base.dim)
        domain = dict(zip(form.coordinates, self.base.chart.axes, strict=True))
        return of_fibre * volume_by_quadrature(Metric.from_sympy(form.coordinates, stretched, domain=domain))

    @property
    def patch(self) -> Patch:
        """The product of the patches."""
        (low, high), (more_low, more_high) = self.base.patch, self.fibre.patch
        return Patch(low + more_low, high + more_high)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return "O'Neill, Semi-Riemannian Geometry, ch. 7, Corollary 43"

    def __repr__(self) -> str:
        known = "" if self.known_volume is None else f", volume={self.known_volume}"
        return f"WarpedProduct({self.base!r}, {self.fibre!r}, {self.warping}{known})"
