"""Components as people write them."""

import sympy as sp

from riemlearn.symbolic import Components, display_latex, display_text
from riemlearn.symbolic.embed import Embedding

x, y = sp.symbols("x phi", real=True)
PLANE = Embedding((x, y))
SYMMETRIC = Components(PLANE, 2, lambda index: x if index[0] != index[1] else sp.Integer(0))


def test_zeros_and_repeats_are_left_out():
    assert display_text("g", (x, y), SYMMETRIC, ((0, 1),)) == "g[x, phi] = x"
    assert display_text("g", (x, y), SYMMETRIC).count("\n") == 1


def test_upper_and_lower_indices_keep_their_order():
    one = Components(PLANE, 3, lambda index: sp.Integer(int(index == (1, 0, 1))))
    assert r"\Gamma^{\phi}{}_{x \phi} &= 1" in display_latex(r"\Gamma", (True, False, False), (x, y), one)
    assert r"T_{\phi}{}^{x}{}_{\phi} &= 1" in display_latex("T", (False, True, False), (x, y), one)


def test_nothing_but_zeros_and_scalars():
    zero = Components(PLANE, 2, lambda index: sp.Integer(0))
    assert display_latex("g", (False, False), (x, y), zero) == "g = 0"
    assert display_text("g", (x, y), zero) == "g = 0"
    assert display_text("scal", (x, y), Components(PLANE, 0, lambda index: x**2)) == "scal = x**2"


def test_exchange_of_pairs():
    """Of the Riemann tensor in four dimensions 21 components are shown, those of the 20 and one that is their sum."""
    t = sp.symbols("t0:4")
    components = Components(Embedding(t), 4, lambda index: sp.Integer(len(set(index[:2])) * len(set(index[2:])) == 4))
    curvature = ((0, 1), (2, 3), ((0, 1), (2, 3)))
    assert display_text("R", t, components, curvature).count("\n") + 1 == 21
    assert display_text("R", t, components, curvature[:2]).count("\n") + 1 == 36
    assert display_text("R", t, components).count("\n") + 1 == 144
