"""The normal form of one expression, in a ring of its own."""

import sympy as sp

from riemlearn.symbolic.embed import Embedding


def normal(expr: sp.Expr) -> sp.Expr:
    r"""The normal form of an expression, which is 0 exactly when an expression of the understood kind vanishes.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> normal(sp.sin(2 * x) / sp.cos(x) - 2 * sp.sin(x))
    0
    >>> normal(1 / (sp.sqrt(x) - 1) - (sp.sqrt(x) + 1) / (x - 1))
    0
    """
    if expr.is_Rational or expr.is_Symbol:
        return expr
    embedding = Embedding((), [expr])
    return embedding.expr(embedding(expr))
