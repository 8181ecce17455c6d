r"""Exact tensor calculus of a metric given by SymPy expressions.

Every quantity is lazy: a component is computed when it is asked for, alone, and kept.  Every component is in the
normal form of :func:`riemlearn.symbolic.normal.normal`, so that what vanishes is ``0``.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import product

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from riemlearn.errors import MetricError
from riemlearn.symbolic.embed import normal

Index = tuple[int, ...]


class Components:
    """Components of a tensor as closed forms, computed one at a time.

    Parameters
    ----------
    dim : int
        Range of every index.
    rank : int
        Number of indices.
    compute : callable
        From an index tuple to the expression.
    """

    def __init__(self, dim: int, rank: int, compute: Callable[[Index], sp.Expr]):
        self.dim, self.rank, self._compute = dim, rank, compute
        self._known: dict[Index, sp.Expr] = {}

    def __getitem__(self, index: Index) -> sp.Expr:
        if index not in self._known:
            self._known[index] = self._compute(index)
        return self._known[index]

    def indices(self) -> Iterator[Index]:
        """All index tuples in order."""
        return product(range(self.dim), repeat=self.rank)

    def expr(self) -> sp.Expr | sp.ImmutableDenseNDimArray:
        """All components: a scalar for rank 0, else an array."""
        if self.rank == 0:
            return self[()]
        flat = [self[index] for index in self.indices()]
        return sp.ImmutableDenseNDimArray(flat, (self.dim,) * self.rank)


class ClosedForm:
    r"""A metric :math:`g_{ij}(x)` in closed form, and all that follows from it.

    Quantities are named ``"metric"``, ``"inverse"``, ``"volume_density"``, ``"christoffel"``
    (:math:`\Gamma^k{}_{ij}`), ``"riemann"`` (:math:`R^i{}_{jkl}`), ``"ricci"`` and ``"scalar"``.  Two closed forms
    with the same coordinates and matrix are equal.

    Parameters
    ----------
    coordinates : tuple of Symbol
        The coordinates.
    matrix : ImmutableDenseMatrix
        :math:`g_{ij}`, symmetric.

    Examples
    --------
    >>> t, p = sp.symbols("theta phi", real=True)
    >>> sphere = ClosedForm((t, p), sp.ImmutableMatrix(sp.diag(1, sp.sin(t) ** 2)))
    >>> sphere.components("christoffel")[0, 1, 1]
    -sin(theta)*cos(theta)
    >>> sphere.components("scalar").expr()
    2
    """

    def __init__(self, coordinates: tuple[sp.Symbol, ...], matrix: sp.ImmutableDenseMatrix):
        self.coordinates, self.matrix = coordinates, matrix
        compute = {
            "metric": (2, lambda index: matrix[index]),
            "inverse": (2, self._inverse),
            "volume_density": (0, lambda _: sp.sqrt(sp.Abs(self._determinant()))),
            "christoffel": (3, self._christoffel),
            "riemann": (4, self._riemann),
            "ricci": (2, self._ricci),
            "scalar": (0, self._scalar),
        }
        self._components = {name: Components(self.dim, rank, f) for name, (rank, f) in compute.items()}
        self._memo: dict[str, sp.Expr] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClosedForm) and (self.coordinates, self.matrix) == (
            other.coordinates,
            other.matrix,
        )

    def __hash__(self) -> int:
        return hash((self.coordinates, self.matrix))

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.coordinates)

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the free symbols and undefined functions that are not coordinates."""
        symbols = self.matrix.free_symbols - set(self.coordinates)
        functions = self.matrix.atoms(sp.core.function.AppliedUndef)
        return frozenset({s.name for s in symbols} | {f.func.__name__ for f in functions})

    def components(self, quantity: str) -> Components:
        """The components of a quantity."""
        return self._components[quantity]

    def _determinant(self) -> sp.Expr:
        if "determinant" not in self._memo:
            determinant = normal(self.matrix.det(method="berkowitz"))
            if determinant == 0:
                raise MetricError(f"the metric is singular everywhere: det g = 0 for g = {self.matrix}")
            self._memo["determinant"] = determinant
        return self._memo["determinant"]

    def _inverse(self, index: Index) -> sp.Expr:
        i, j = sorted(index)
        return normal(self._cofactor(i, j) / self._determinant())

    def _cofactor(self, i: int, j: int) -> sp.Expr:
        """Entry of the adjugate, from the ring of the entries if SymPy finds one: minors are shared there."""
        return self.matrix.cofactor(j, i) if self._ring.domain.is_EX else self._adjugate[i, j]

    @cached_property
    def _ring(self) -> DomainMatrix:
        return DomainMatrix.from_Matrix(self.matrix)

    @cached_property
    def _adjugate(self) -> sp.Matrix:
        return self._ring.adj_det()[0].to_Matrix()

    def _first(self, k: int, i: int, j: int) -> sp.Expr:
        """Christoffel symbol of the first kind, with k lowered."""
        g, x = self.matrix, self.coordinates
        return (sp.diff(g[k, i], x[j]) + sp.diff(g[k, j], x[i]) - sp.diff(g[i, j], x[k])) / 2

    def _christoffel(self, index: Index) -> sp.Expr:
        k, i, j = index
        if i > j:
            return self.components("christoffel")[k, j, i]
        inverse = self.components("inverse")
        terms = ((inverse[k, m], self._first(m, i, j)) for m in range(self.dim))
        return normal(sp.Add(*(a * b for a, b in terms if a != 0)))

    def _riemann(self, index: Index) -> sp.Expr:
        i, j, k, l = index
        if k == l:
            return sp.Integer(0)
        if k > l:
            return -self.components("riemann")[i, j, l, k]
        gamma, x = self.components("christoffel"), self.coordinates
        quadratic = (gamma[i, k, m] * gamma[m, l, j] - gamma[i, l, m] * gamma[m, k, j] for m in range(self.dim))
        return normal(sp.diff(gamma[i, l, j], x[k]) - sp.diff(gamma[i, k, j], x[l]) + sp.Add(*quadratic))

    def _ricci(self, index: Index) -> sp.Expr:
        j, l = sorted(index)
        riemann = self.components("riemann")
        return normal(sp.Add(*(riemann[i, j, i, l] for i in range(self.dim))))

    def _scalar(self, _: Index) -> sp.Expr:
        inverse, ricci = self.components("inverse"), self.components("ricci")
        pairs = product(range(self.dim), repeat=2)
        return normal(sp.Add(*(inverse[i, j] * ricci[i, j] for i, j in pairs if inverse[i, j] != 0)))

    def laplacian(self, h: sp.Expr) -> sp.Expr:
        r""":math:`\partial_i (g^{ij} \partial_j h) + \tfrac12 g^{ij} \partial_j h\,\partial_i \log |\det g|`.

        The square root of the determinant only enters through its logarithmic derivative, so that no root appears.
        """
        inverse, x, determinant = self.components("inverse"), self.coordinates, self._determinant()
        total = sp.Integer(0)
        for i, j in product(range(self.dim), repeat=2):
            if inverse[i, j] != 0:
                flux = inverse[i, j] * sp.diff(h, x[j])
                total += sp.diff(flux, x[i]) + flux * sp.diff(determinant, x[i]) / (2 * determinant)
        return normal(total)
