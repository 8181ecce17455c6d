r"""ClosedForm: a metric given by SymPy expressions, and the table of all that follows from it exactly."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import sympy as sp

from riemlearn.errors import UnboundParameter, check_choice
from riemlearn.symbolic import conformal, curvature, invariants, levi_civita, operators
from riemlearn.symbolic.budget import Budget
from riemlearn.symbolic.components import (
    Components,
    Index,
    Symmetry,
    alternating_last,
    alternating_pairs,
    curvature_like,
    plain,
    symmetric_first,
    symmetric_last,
    symmetric_pairs,
)
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.geometry import Geometry
from riemlearn.symbolic.inverse import Inverse

# From a symbol to the polynomial that vanishes, and to an expression of its value if one is known.
Algebraic = Mapping[sp.Symbol, tuple[Any, Any]]


class Quantity(NamedTuple):
    """How many indices a quantity has, what relates its components, and how one is computed."""

    rank: int
    symmetry: Symmetry
    compute: Callable[[Geometry, Index], Element]


QUANTITIES = {
    "inverse": Quantity(2, symmetric_last, levi_civita.inverse),
    "metric_derivative": Quantity(3, symmetric_first, levi_civita.metric_derivative),
    "metric_second_derivative": Quantity(4, symmetric_pairs, levi_civita.metric_second_derivative),
    "christoffel_first": Quantity(3, symmetric_last, levi_civita.christoffel_first),
    "christoffel": Quantity(3, symmetric_last, levi_civita.christoffel),
    "riemann_lowered": Quantity(4, curvature_like, curvature.riemann_lowered),
    "riemann": Quantity(4, alternating_last, curvature.riemann),
    "riemann_mixed": Quantity(4, alternating_pairs, curvature.riemann_mixed),
    "ricci": Quantity(2, symmetric_last, curvature.ricci),
    "ricci_mixed": Quantity(2, plain, curvature.ricci_mixed),
    "scalar": Quantity(0, plain, curvature.scalar),
    "einstein": Quantity(2, symmetric_last, curvature.einstein),
    "schouten": Quantity(2, symmetric_last, conformal.schouten),
    "weyl_lowered": Quantity(4, curvature_like, conformal.weyl_lowered),
    "weyl": Quantity(4, alternating_last, conformal.weyl),
    "cotton": Quantity(3, alternating_last, conformal.cotton),
    "kretschmann": Quantity(0, plain, invariants.kretschmann),
    "ricci_squared": Quantity(0, plain, invariants.ricci_squared),
    "weyl_squared": Quantity(0, plain, invariants.weyl_squared),
    "euler_density": Quantity(0, plain, invariants.euler_density),
}


class ClosedForm(Geometry):
    r"""A metric :math:`g_{ij}(x)` in closed form, and all that follows from it.

    Every component of every quantity is computed when it is asked for, alone, and kept.  The quantities are
    ``"metric"``, ``"volume_density"`` (:math:`\sqrt{|\det g|}`) and those of :data:`QUANTITIES`.  Two closed forms with
    the same coordinates and matrix are equal.

    Parameters
    ----------
    coordinates : tuple of Symbol
        The coordinates.
    matrix : ImmutableDenseMatrix
        :math:`g_{ij}`, symmetric.
    algebraic : mapping, optional
        Algebraic functions in the matrix: from a symbol to the polynomial that vanishes and to its value, or None.
    budget : Budget, optional
        Limits of time and memory for what is asked at once.
    backend : {"flint", "sympy"}, optional
        What computes with polynomials; by default python-flint if it is installed.

    Examples
    --------
    >>> t, p = sp.symbols("theta phi", real=True)
    >>> sphere = ClosedForm((t, p), sp.ImmutableMatrix(sp.diag(1, sp.sin(t) ** 2)))
    >>> sphere.components("christoffel")[0, 1, 1]
    -sin(theta)*cos(theta)
    >>> sphere.components("scalar").expr()
    2
    """

    def __init__(
        self,
        coordinates: tuple[sp.Symbol, ...],
        matrix: sp.ImmutableDenseMatrix,
        algebraic: Algebraic | None = None,
        budget: Budget | None = None,
        backend: str | None = None,
    ):
        self.coordinates, self.matrix, self.algebraic = coordinates, matrix, dict(algebraic or {})
        self._options = {"algebraic": algebraic, "budget": budget, "backend": backend}
        self._components: dict[str, Components] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClosedForm) and (self.coordinates, self.matrix, self.algebraic) == (
            other.coordinates,
            other.matrix,
            other.algebraic,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what comes back from a pickle, has the metric alone and computes anew."""
        options = self._options
        return ClosedForm, (self.coordinates, self.matrix, self.algebraic, options["budget"], options["backend"])

    def __hash__(self) -> int:
        return hash((self.coordinates, self.matrix))

    @cached_property
    def embedding(self) -> Embedding:
        """The ring of the matrix, and its translation from and to SymPy.

        It is made twice if that spares it from algebraic generators in denominators, the determinant above all.
        """
        first = Embedding(self.coordinates, tuple(self.matrix), **self._options)
        rows = [[first(self.matrix[i, j]) for j in range(self.dim)] for i in range(self.dim)]
        turned = first.in_denominators(Inverse(first, rows).determinant)
        return Embedding(self.coordinates, tuple(self.matrix), **self._options, turned=turned) if turned else first

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.coordinates)

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """All symbols: coordinates, parameters, algebraic functions."""
        polynomials = (sp.S(polynomial).free_symbols for polynomial, _ in self.algebraic.values())
        return frozenset(self.matrix.free_symbols.union(self.coordinates, *polynomials))

    def with_matrix(self, matrix: sp.ImmutableDenseMatrix) -> "ClosedForm":
        """The closed form of another matrix, with the same coordinates, algebraic functions, limits and backend."""
        return ClosedForm(self.coordinates, matrix, **self._options)

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the free symbols and undefined functions that are not coordinates."""
        symbols = self.symbols - set(self.coordinates) - set(self.algebraic)
        functions = self.matrix.atoms(sp.core.function.AppliedUndef)
        return frozenset({s.name for s in symbols} | {f.func.__name__ for f in functions})

    def explicit(self, expr: sp.Expr) -> sp.Expr:
        """An expression with algebraic functions replaced by their values, for numbers.

        Raises
        ------
        UnboundParameter
            If one of them is known by its polynomial only.
        """
        used = [symbol for symbol in self.algebraic if symbol in expr.free_symbols]
        for symbol in used:
            polynomial, value = self.algebraic[symbol]
            if value is None:
                raise UnboundParameter(
                    f"{symbol} is known by its polynomial only, which has several roots; for numbers give its value "
                    f"too: algebraic={{{symbol}: ({polynomial}, value)}}"
                )
            expr = expr.xreplace({symbol: value})
        return self.explicit(expr) if used else expr

    def components(self, quantity: str) -> Components:
        """The components of a quantity.

        Raises
        ------
        ShapeError
            If there is no such quantity.
        """
        if quantity not in self._components:
            self._components[quantity] = self._made(check_choice("quantity", quantity, _NAMES))
        return self._components[quantity]

    def laplacian(self, h: sp.Expr) -> sp.Expr:
        """The Laplacian of a function; the d'Alembertian if the metric is Lorentzian."""
        return operators.laplacian(self, h)[()]

    def _made(self, quantity: str) -> Components:
        if quantity == "metric":
            return Components(self.embedding, 2, lambda index: self.matrix[index], symmetric_last)
        if quantity == "volume_density":
            return Components(self.embedding, 0, lambda _: self._volume_density())
        rank, symmetry, compute = QUANTITIES[quantity]
        return Components(self.embedding, rank, lambda index: compute(self, index), symmetry)

    def _volume_density(self) -> sp.Expr:
        """From the factors of the determinant, so that positive ones come out of the root."""
        powers = self.embedding.expr(self.inverse.determinant).as_powers_dict()
        return sp.Mul(*(sp.Abs(base) ** (exponent / 2) for base, exponent in powers.items()))


_NAMES = ("metric", "volume_density", *QUANTITIES)
