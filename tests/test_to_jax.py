"""SymPy to JAX: every function against mpmath, derivatives of undefined functions, what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from riemlearn.errors import SymbolError, UnboundParameter
from riemlearn.to_jax import _FUNCTIONS, Program

x, y = sp.symbols("x y", real=True)


def test_every_function_against_mpmath():
    functions = [f for f in _FUNCTIONS if f is not sp.atan2]
    point = {sp.acosh: 1.7, sp.atanh: 0.4, sp.asin: 0.4, sp.acos: 0.4}
    values = [point.get(f, 0.83) for f in functions]
    symbols = sp.symbols(f"x0:{len(functions)}", real=True)
    computed = Program(symbols, [f(s) for f, s in zip(functions, symbols, strict=True)])(jnp.array(values))
    expected = [float(f(sp.Float(v, 30)).evalf(30)) for f, v in zip(functions, values, strict=True)]
    np.testing.assert_allclose(computed, expected, rtol=1e-14)


@pytest.mark.parametrize(
    "expr",
    [x**3 - y**-2, sp.sqrt(x) / y ** sp.Rational(3, 2), x**y, x ** sp.Rational(1, 3), sp.pi * x + sp.E, sp.atan2(y, x),
     sp.Float("0.1") * x + sp.Rational(1, 3), 1 / (x * sp.sin(y)), sp.Integer(7), sp.sqrt(2) * x],
    ids=str,
)  # fmt: skip
def test_arithmetic(expr):
    expected = float(expr.evalf(30, subs={x: sp.Rational(3, 4), y: sp.Rational(5, 3)}))
    np.testing.assert_allclose(Program([x, y], [expr])(jnp.array([0.75, 5 / 3])), [expected], rtol=1e-14)


def test_common_subexpressions_are_computed_once():
    heavy = sp.sin(sp.exp(x) + y)
    program = Program([x, y], [heavy, heavy**2, 1 / heavy])
    text = str(jax.make_jaxpr(program)(jnp.ones(2)))
    assert text.count("sin ") == 1 and text.count("exp ") == 1


def test_the_dtype_follows_the_point():
    program = Program([x], [sp.pi * x, sp.Integer(2)])
    assert program(jnp.ones(1, jnp.float32)).dtype == jnp.float32
    assert program(jnp.ones(1, jnp.float64)).dtype == jnp.float64


def test_undefined_functions_and_their_derivatives():
    f = sp.Function("f")
    expressions = [f(x, y), sp.diff(f(x, y), x, y), sp.diff(f(x**2, y), x), sp.diff(f(x, y), y, 3) + f(x, y)]
    bound = {"f": lambda a, b: jnp.sin(a) * jnp.exp(2 * b)}
    a, b = 0.3, 0.2
    values = Program([x, y], expressions)(jnp.array([a, b]), bound)
    e = np.exp(2 * b)
    expected = [np.sin(a) * e, np.cos(a) * 2 * e, 2 * a * np.cos(a * a) * e, 9 * np.sin(a) * e]
    np.testing.assert_allclose(values, expected, rtol=1e-14)


def test_what_has_no_value_or_no_meaning():
    r, f = sp.Symbol("r"), sp.Function("f")
    with pytest.raises(UnboundParameter, match=r"r has no value; give it one with g.bind\(r=...\)"):
        Program([x], [r * x])(jnp.ones(1))
    with pytest.raises(UnboundParameter, match="f is a function of the coordinates; bind it to a callable"):
        Program([x], [f(x)])(jnp.ones(1), {"f": 2.0})
    with pytest.raises(SymbolError, match=r"besselj in .* has no JAX counterpart; known are Abs, acos"):
        Program([x], [sp.besselj(0, x)])


@pytest.mark.parametrize("name", ["__import__('os').system('false')", "x; y", "__class__", "lambda", "d(t)", ""])
def test_names_are_checked_before_anything_is_compiled(name):
    """They are looked up and never run; a name that is none is a mistake all the same."""
    for hostile in (sp.Symbol(name, real=True), sp.Function(name)(x) if name else sp.Symbol(name)):
        with pytest.raises(SymbolError, match=r"is no plain name|is reserved by Python"):
            Program([x], [x + hostile**2])
