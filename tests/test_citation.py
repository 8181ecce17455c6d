"""How to cite."""

import pytest

import riemlearn as rl
from riemlearn.errors import SymbolError


def test_the_library_and_the_sources():
    text = rl.cite(rl.manifolds.Sphere(2), rl.manifolds.HyperbolicSpace(2))
    assert text.startswith("@software{riemlearn,") and f"version = {{{rl.__version__}}}" in text
    assert text.count("{") == text.count("}")
    assert "\n% Sphere(2): " in text and "Ratcliffe" in text.splitlines()[-1]


def test_what_has_no_source():
    with pytest.raises(SymbolError, match="3 has no source"):
        rl.cite(3)
