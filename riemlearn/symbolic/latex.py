r"""LaTeX of closed forms, in which undefined functions are written without their arguments.

:math:`f(r)` is :math:`f`, its derivatives are :math:`f', f''`; those of a function of several arguments are indices
after a comma, :math:`h_{,t r} = \partial_t \partial_r h`, so that no factor behind seems to be differentiated too.
What the arguments are is said once, by :func:`functions_of`.
"""

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

_PRIMES = 3  # f''' is still read at a glance, f'''' is not


def latex(expr: sp.Expr) -> str:
    r"""LaTeX of an expression.

    Examples
    --------
    >>> r, t = sp.symbols("r t")
    >>> f, h = sp.Function("f")(r), sp.Function("h")(t, r)
    >>> print(latex(f.diff(r) ** 2 / f), latex(h.diff(t, r)), latex(sp.Function("f")(2 * r)))
    \frac{\left(f'\right)^{2}}{f} {h}_{,r t} f{\left(2 r \right)}
    """
    return _Printer().doprint(expr)


def functions_of(expressions: Iterable[sp.Expr]) -> str:
    r"""The undefined functions of some expressions with their arguments, in LaTeX; empty if there are none.

    Examples
    --------
    >>> r, t = sp.symbols("r t")
    >>> functions_of([sp.Function("f")(r), r * sp.Function("h")(t, r)])
    'f = f(r),\\; h = h(t, r)'
    """
    found = {f for e in expressions for f in e.atoms(AppliedUndef) if _plain(f)}
    printer = LatexPrinter()
    written = []
    for f in sorted(found, key=str):
        name, arguments = _name(f, printer), ", ".join(map(printer.doprint, f.args))
        written.append(f"{name} = {name}({arguments})")
    return r",\; ".join(written)


class _Printer(LatexPrinter):
    """SymPy's printer, with undefined functions of different symbols written by their names."""

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        if not (isinstance(expr, AppliedUndef) and _plain(expr)):
            return super()._print_Function(expr, exp)
        name = _name(expr, self)
        return name if exp is None else f"{name}^{{{exp}}}"

    def _print_Derivative(self, expr: Any) -> str:
        f = expr.expr
        if not (isinstance(f, AppliedUndef) and _plain(f) and all(v in f.args for v, _ in expr.variable_count)):
            return super()._print_Derivative(expr)
        name = _name(f, self)
        if len(f.args) == 1:
            order = int(expr.derivative_count)
            return name + "'" * order if order <= _PRIMES else f"{name}^{{({order})}}"
        indices = (self.doprint(v) for v, count in expr.variable_count for _ in range(int(count)))
        return f"{{{name}}}_{{,{' '.join(indices)}}}"


def _plain(f: Any) -> bool:
    """Whether the arguments are symbols, all different: then the name says what is meant."""
    return all(a.is_Symbol for a in f.args) and len(set(f.args)) == len(f.args)


def _name(f: Any, printer: LatexPrinter) -> str:
    return printer.doprint(sp.Symbol(f.func.__name__))
