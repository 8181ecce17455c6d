"""Every published invariant of every spacetime is that of its metric exactly; of one with a wrong sign it is not."""

import tomllib
from importlib import import_module
from importlib.resources import files

import pytest
import sympy as sp

from riemlearn import Connection, Metric
from riemlearn.manifolds import spacetime, spacetimes
from riemlearn.verify import exact

ROOM = import_module("riemlearn.manifolds.spacetimes")
# What is changed in the data: one sign, factor or exponent.
NEAR_MISSES = [
    ("schwarzschild", "-(1 - 2*M/r)*d(t)**2", "-(1 - M/r)*d(t)**2"),
    ("schwarzschild", "48*M**2", "49*M**2"),
    ("schwarzschild-painleve_gullstrand", "sqrt(2*M/r)", "sqrt(M/r)"),
    ("schwarzschild_interior", "3*s1", "2*s1"),
    ("kerr", "(d(t) - a*sin", "(d(t) + a*sin"),
    ("kerr", "*d(phi) - a*d(t)", "*d(phi) + a*d(t)"),
    ("kerr", "- 2*M*r + a**2", "- 2*M*r - a**2"),
    ("kerr", "16*a**2*r**2", "15*a**2*r**2"),
    ("kerr-kerr_schild", "(r*y - a*x)", "(r*y + a*x)"),
    ("kerr-kerr_schild", "+ z/r*d(z)", "- z/r*d(z)"),
    ("kerr_newman", "+ a**2 + Q**2", "+ a**2 - Q**2"),
    ("kerr_de_sitter", "1 + Lambda*a**2*cos", "1 - Lambda*a**2*cos"),
    ("c_metric", "(1 + 2*m*A*x)", "(1 - 2*m*A*x)"),
    ("tangherlini", "mu/r**2", "mu/r"),
    ("myers_perry", "b**2*sin", "b**2*cos"),
    ("btz", "J/(2*r**2)*d(t)", "J/r**2*d(t)"),
    ("de_sitter-flat", "exp(2*t/L)", "exp(3*t/L)"),
    ("vaidya", "+ 2*d(v)*d(r)", "- 2*d(v)*d(r)"),
    ("flrw", "1 - k*r**2", "1 + k*r**2"),
    ("kasner", "4/3", "5/3"),
    ("goedel", "exp(2*x)/2", "exp(2*x)/3"),
    ("bertotti_robinson", "d(theta)**2 + sin", "2*d(theta)**2 + sin"),
    ("pp_wave", "x, 2) + diff", "x, 2) - diff"),
    ("morris_thorne", "2*R2 + 2*R3", "2*R2 - 2*R3"),
    ("eguchi_hanson", "a**4/r**4", "a**4/r**3"),
    ("nil", "x*d(y)", "2*x*d(y)"),
]


@pytest.mark.parametrize("name", spacetimes())
def test_what_is_published_is_what_the_metric_has(name):
    found = dict(exact.decisions(spacetime(name)))
    assert found.keys() == spacetime(name).invariants.keys()
    assert {name: d for name, d in found.items() if d.answer != "yes"} == {}


def altered(name, right, wrong, monkeypatch):
    """A spacetime of which a piece of the data is replaced."""
    text = files("riemlearn.manifolds").joinpath("spacetimes.toml").read_text(encoding="utf-8")
    begin = text.index(f"[{name}]\n")
    tables = tomllib.loads(text[:begin] + text[begin:].replace(right, wrong, 1))
    assert tables[name] != tomllib.loads(text)[name]
    monkeypatch.setattr(ROOM, "_tables", lambda: tables)
    return ROOM._read.__wrapped__(name)


@pytest.mark.parametrize(("name", "right", "wrong"), NEAR_MISSES)
def test_a_near_miss_is_seen(name, right, wrong, monkeypatch):
    answers = {decision.answer for _, decision in exact.decisions(altered(name, right, wrong, monkeypatch))}
    assert "no" in answers and "undecided" not in answers


def test_kerr_with_a_wrong_cross_term_is_not_ricci_flat():
    kerr = spacetime("kerr")
    g = sp.Matrix(kerr.metric.expr)
    cross = sp.zeros(4)
    cross[0, 3] = cross[3, 0] = g[0, 3]

    def is_flat(matrix):
        return Connection(Metric.from_sympy(kerr.coordinates, matrix, signature="lorentzian")).ricci.is_zero

    assert is_flat(g) and is_flat(g - 2 * cross)  # with both signs it turns one way or the other
    assert not is_flat(g + cross) and not is_flat(g - cross)
