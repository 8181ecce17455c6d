"""Curvature as it is published: what a manifold is known to have, to judge what is computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Curvature:
    r"""The known curvature of a manifold, as expressions in the coordinates of its chart.

    Attributes
    ----------
    scalar : Expr
        Scalar curvature.
    einstein : Expr, optional
        The function :math:`\lambda` with :math:`\mathrm{Ric} = \lambda g`, where there is one.
    sectional : Expr, optional
        The sectional curvature of every plane at a point, where all planes have the same: of a surface its Gauss
        curvature, of a space form the constant.

    Examples
    --------
    >>> Curvature.isotropic(-1, dim=3)
    Curvature(scalar=-6, einstein=-2, sectional=-1)
    """

    scalar: sp.Expr
    einstein: sp.Expr | None = None
    sectional: sp.Expr | None = None

    @classmethod
    def isotropic(cls, sectional: Any, dim: int) -> "Curvature":
        r"""The same sectional curvature K for all planes: :math:`\mathrm{Ric} = (n-1) K g`."""
        k = sp.S(0) + sectional
        return cls(dim * (dim - 1) * k, (dim - 1) * k, k)

    @classmethod
    def einstein_space(cls, einstein: Any, dim: int) -> "Curvature":
        r""":math:`\mathrm{Ric} = \lambda g`."""
        value = sp.S(0) + einstein
        return cls(dim * value, value)

    def replaced(self, put: Mapping[Any, Any]) -> "Curvature":
        """The same with symbols replaced, such as the coordinates by others."""
        given: tuple[Any, ...] = (self.scalar, self.einstein, self.sectional)
        scalar, *rest = (None if e is None else e.xreplace(put) for e in given)
        return Curvature(sp.S(0) + scalar, *rest)
