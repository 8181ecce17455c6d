"""TensorField: one tensor in two readings, closed form and numbers."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import numpy as np
import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.errors import NoClosedForm, ShapeError, Status
from riemlearn.symbolic import Components, Symmetry, display_latex, display_text
from riemlearn.tensor_field.evaluation import PointsLike, as_points, evaluate, evaluate_or_raise


@runtime_checkable
class FieldSource(Protocol):
    """What a tensor field is computed from, such as a metric; a pytree."""

    def value(self, quantity: str, x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
        """Components of a quantity at one point, and a status."""
        ...

    def closed(self, quantity: str) -> Components | None:
        """Components of a quantity in closed form, if there is one."""
        ...

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point."""
        ...

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The coordinates as SymPy symbols."""
        ...

    @property
    def raises(self) -> bool:
        """Whether failed points raise in eager calls; otherwise they are NaN."""
        ...


@dataclass(frozen=True)
class Shown:
    """Components as they are shown."""

    text: str
    latex: str

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return self.latex


def _value(field: "TensorField", x: Float[Array, " n"]) -> tuple[Float[Array, "..."], Int[Array, ""]]:
    return field.source.value(field.quantity, x)


class TensorField(eqx.Module):
    r"""A tensor field on a chart.

    ``F(x)`` are its components at the points ``x``, ``F.expr`` its closed form, ``F[i, j]`` one component of the closed
    form, computed alone.  A field is a pytree, and ``F(x)`` works under ``jit``, ``vmap`` and ``grad``.

    Attributes
    ----------
    up : tuple of bool
        For each index whether it is an upper one.
    chart : Chart
        The coordinates.
    """

    source: Any
    quantity: str = eqx.field(static=True)
    chart: Chart = eqx.field(static=True)
    up: tuple[bool, ...] = eqx.field(static=True)
    symbol: str = eqx.field(static=True, default="T")
    symmetry: Symmetry = eqx.field(static=True, default=())

    def __call__(self, x: PointsLike) -> Float[Array, "..."]:
        """Components at points of shape ``(..., n)``, the tensor's indices on the last axes.

        Raises
        ------
        ShapeError
            If the points have the wrong dimension.
        ChartError, MetricError, NumericError
            If a point fails, in eager calls; under a trace its components are NaN.
        """
        return evaluate_or_raise(_value, self, self.source, self.quantity, as_points(x, self.chart.dim))

    def checked(self, x: PointsLike) -> tuple[Float[Array, "..."], Int[Array, "..."]]:
        """Components and a :class:`~riemlearn.errors.Status` per point; never raises for data."""
        return evaluate(_value, self, as_points(x, self.chart.dim))

    @property
    def rank(self) -> int:
        """Number of indices."""
        return len(self.up)

    @property
    def components(self) -> Components:
        """The lazy closed form.

        Raises
        ------
        NoClosedForm
            If the source is numeric.
        """
        components = self.source.closed(self.quantity)
        if components is None:
            letters = ", ".join("ijklmnpq"[: self.rank])
            numbers = f"F(x)[..., {letters}]" if self.rank else "F(x)"
            raise NoClosedForm(
                f"{self.quantity} comes from a numeric source and has no closed form; its values are {numbers}"
            )
        return components

    @property
    def expr(self) -> sp.Expr | sp.ImmutableDenseNDimArray:
        """The closed form: a SymPy scalar for a field without indices, else an array."""
        return self.components.expr()

    @property
    def expanded(self) -> sp.Expr | sp.ImmutableDenseNDimArray:
        """The closed form as sums of terms rather than products of factors.

        Examples
        --------
        >>> import riemlearn as rl
        >>> x, y = sp.symbols("x y")
        >>> g = rl.Metric.from_sympy([x, y], sp.diag(1, (x + y) ** 2))
        >>> rl.Connection(g).christoffel.expr[0, 1, 1], g.tensor.expanded[1, 1]
        (-x - y, x**2 + 2*x*y + y**2)
        """
        return self.components.expanded()

    def __getitem__(self, index: Any) -> sp.Expr:
        """One component of the closed form, computed alone."""
        index = index if isinstance(index, tuple) else (index,)
        n = self.chart.dim
        if len(index) != self.rank or not all(isinstance(i, int | np.integer) and -n <= i < n for i in index):
            raise ShapeError(
                f"{self.quantity} has {self.rank} indices from 0 to {n - 1}, got [{', '.join(map(str, index))}]"
            )
        return self.components[tuple(int(i) % n for i in index)]

    @property
    def is_zero(self) -> bool:
        """Whether every component of the closed form vanishes identically; that is proved, or refuted, or not decided.

        Raises
        ------
        NoClosedForm
            If the source is numeric.
        ExactError
            If it cannot be decided for a component, and no other one is known not to vanish.

        Examples
        --------
        >>> import riemlearn as rl
        >>> sphere = rl.manifolds.Sphere(2)
        >>> sphere.connection(sphere.metric).is_zero, sphere.connection.ricci.is_zero
        (True, False)
        """
        components, undecided = self.components, []
        for index in components.independent():
            decision = components.is_zero(index)
            if decision.answer == "no":
                return False
            if decision.answer == "undecided":
                undecided.append(decision)
        return all(undecided)  # the first of them raises its reason

    def __eq__(self, other: object) -> Any:
        """Compare with 0 as :attr:`is_zero` does, with another field as pytrees are compared."""
        return self.is_zero if isinstance(other, int) and other == 0 else super().__eq__(other)

    __hash__ = eqx.Module.__hash__

    def display(self, redundant: bool = False) -> "Shown":
        """The non-zero components, for a notebook or a terminal.

        Parameters
        ----------
        redundant : bool
            Whether those that follow from others by symmetry are shown too.

        Raises
        ------
        NoClosedForm
            If the source is numeric.
        """
        components, symmetry = self.components, () if redundant else self.symmetry
        return Shown(
            display_text(self.quantity, self.source.symbols, components, symmetry),
            f"$\\displaystyle {display_latex(self.symbol, self.up, self.source.symbols, components, symmetry)}$",
        )

    def _repr_latex_(self) -> str | None:
        return None if self.source.closed(self.quantity) is None else self.display().latex

    def __repr__(self) -> str:
        kind = f"{self.quantity} of valence ({sum(self.up)}, {self.rank - sum(self.up)})"
        components = self.source.closed(self.quantity)
        if components is None:
            return f"{kind}, numeric, on {self.chart.names}"
        return f"{kind}\n{display_text(self.quantity, self.source.symbols, components, self.symmetry)}"
