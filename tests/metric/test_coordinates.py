"""Coordinates that know their domain."""

import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import ChartError, SymbolError


def test_symbols_domain_and_assumptions():
    r, phi, z = cylinder = rl.coordinates(r=rl.interval(0, 2), phi=rl.periodic(2 * sp.pi), z=rl.interval())
    assert (r.is_positive, phi.is_real, phi.is_positive, z.is_real) == (True, True, None, True)
    g = rl.Metric.from_sympy(cylinder, sp.diag(1, r**2, 1))
    assert g.chart.axes == (rl.interval(0, 2), rl.periodic(2 * sp.pi), rl.interval())
    with pytest.raises(ChartError, match=r"r = 3 is not in \(0, 2\)"):
        g([3.0, 0.0, 0.0])
    # a domain that is given all the same comes first
    assert rl.Metric.from_sympy(cylinder, sp.eye(3), domain={r: rl.interval(0, 1)}).chart.axes[0].high == 1


def test_embeddings_take_them_too():
    t = rl.coordinates(t=rl.periodic(2 * sp.pi))
    g = rl.Metric.from_embedding([2 * sp.cos(t[0]), 2 * sp.sin(t[0])], coords=t)
    assert g.chart.axes[0].kind == "periodic" and g[0, 0] == 4


def test_errors():
    for names in [(), ("theta phi",)]:
        with pytest.raises(SymbolError, match=r"give each with its domain, as in coordinates\(x=interval"):
            rl.coordinates(*names)
    with pytest.raises(SymbolError, match=r"x must be made by interval, periodic or pole_interval, got \(0, 1\)"):
        rl.coordinates(x=(0, 1))
