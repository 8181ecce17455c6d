"""MetricFields: the fields that every metric has, and moving indices with it."""

from typing import Any

import sympy as sp
from jaxtyping import Array, Float, Int

from riemlearn.metric.source import MetricSource
from riemlearn.symbolic import Symmetry
from riemlearn.tensor_field import PointsLike, TensorField


class MetricFields(MetricSource):
    """A metric as a tensor field, with what is made of it without differentiation; abstract."""

    @property
    def tensor(self) -> TensorField:
        r"""The metric as the tensor field :math:`g_{ij}`."""
        return self.field("metric", (False, False), "g", ((0, 1),))

    @property
    def inverse(self) -> TensorField:
        r"""The inverse metric :math:`g^{ij}`, computed from a factorisation."""
        return self.field("inverse", (True, True), "g", ((0, 1),))

    @property
    def volume_density(self) -> TensorField:
        r""":math:`\sqrt{|\det g|}`."""
        return self.field("volume_density", (), r"\sqrt{|g|}")

    def __call__(self, x: PointsLike) -> Float[Array, "*batch n n"]:
        r"""Components :math:`g_{ij}` at points of shape ``(..., n)``."""
        return self.tensor(x)

    def checked(self, x: PointsLike) -> tuple[Float[Array, "*batch n n"], Int[Array, "*batch"]]:
        """Components and a status per point; never raises for data."""
        return self.tensor.checked(x)

    @property
    def expr(self) -> Any:
        """The closed form as a SymPy array."""
        return self.tensor.expr

    def __getitem__(self, index: tuple[int, int]) -> sp.Expr:
        """One component of the closed form."""
        return self.tensor[index]

    def _repr_latex_(self) -> str | None:
        return self.tensor._repr_latex_()

    def lower(self, tensor: "TensorField | MetricFields", i: int) -> TensorField:
        r"""Lower the i-th index: :math:`T_{\dots a \dots} = g_{ab} T^{\dots b \dots}`."""
        from riemlearn.metric.musical import moved

        return moved(self, tensor, i, raised=False)

    def raise_(self, tensor: "TensorField | MetricFields", i: int) -> TensorField:
        r"""Raise the i-th index: :math:`T^{\dots a \dots} = g^{ab} T_{\dots b \dots}`."""
        from riemlearn.metric.musical import moved

        return moved(self, tensor, i, raised=True)

    def tensor_field(
        self,
        components: Any,
        up: Any,
        name: str | Any = "T",
        symbol: str | None = None,
        symmetry: Symmetry = (),
    ) -> TensorField:
        r"""A tensor field of one's own, on the chart of this metric.

        Parameters
        ----------
        components : nested sequence, matrix or array of expressions, or callable
            Expressions in the coordinates and the parameters of the metric, which binds them; or a JAX function from
            ``(n,)`` to ``(n,) * len(up)``.
        up : tuple of bool
            For each index whether it is an upper one; ``()`` for a function.
        name : str
            How the field is called in messages and in text.
        symbol : str, optional
            Its symbol in LaTeX; by default the name.
        symmetry : tuple, optional
            Pairs of index positions whose exchange changes components by their sign at most: shown once.

        Raises
        ------
        ShapeError
            If the components do not fit the indices.
        SymbolError
            If one is a string, or holds what is neither a coordinate nor a parameter of the metric.

        Examples
        --------
        >>> from riemlearn import Metric
        >>> x, y, a = sp.symbols("x y a")
        >>> plane = Metric.from_sympy([x, y], sp.diag(a, a)).bind(a=4.0)
        >>> rotation = plane.tensor_field([-y, x], up=(True,), name="V")
        >>> rotation([1.0, 2.0]).tolist(), plane.lower(rotation, 0).expr
        ([-2.0, 1.0], [-a*y, a*x])
        >>> import jax.numpy as jnp
        >>> plane.tensor_field(lambda x: x[0] * jnp.eye(2), up=(True, False))([3.0, 2.0]).tolist()
        [[3.0, 0.0], [0.0, 3.0]]
        """
        from riemlearn.metric.given import tensor_field

        return tensor_field(self, components, up, name, symbol, symmetry)
