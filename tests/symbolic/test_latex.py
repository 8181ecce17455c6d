"""LaTeX of undefined functions."""

import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.symbolic.latex import functions_of, latex

t, r = sp.symbols("t r", real=True)
f, h = sp.Function("f"), sp.Function("h_1")


@pytest.mark.parametrize(
    ("expr", "written"),
    [
        (f(r), "f"),
        (f(r) ** 2 * sp.sin(r), r"f^{2} \sin{\left(r \right)}"),
        (f(r).diff(r, 3), "f'''"),
        (f(r).diff(r, 4), "f^{(4)}"),
        (f(r).diff(r) ** 2, r"\left(f'\right)^{2}"),
        (h(t, r).diff(r, 2, t), "{h_{1}}_{,r r t}"),
        (f(2 * r), sp.latex(f(2 * r))),
        (f(r**2).diff(r), r"2 r \left. f' \right|_{\substack{ \xi_{1}=r^{2} }}"),
        (sp.Derivative(sp.erf(r), r), sp.latex(sp.Derivative(sp.erf(r), r))),
        (r**2 / sp.sqrt(1 - t), sp.latex(r**2 / sp.sqrt(1 - t))),
    ],
)
def test_latex(expr, written):
    assert latex(expr) == written


def test_arguments_are_said_once():
    assert functions_of([f(r) + f(r).diff(r), h(t, r), f(2 * t)]) == r"f = f(r),\; h_{1} = h_{1}(t, r)"
    assert functions_of([r, sp.sin(t)]) == ""
    g = rl.Metric.from_sympy([t, r], sp.diag(-1, f(t) ** 2))
    assert rl.Connection(g).ricci.display().latex.count("f = f(t)") == 1
