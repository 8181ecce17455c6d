"""Metrics in files: everything comes back, and what was computed is not computed again."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import riemlearn as rl
from riemlearn.errors import NoClosedForm, OutputError, ShapeError, StoreError
from riemlearn.symbolic import curvature

t, r, theta, phi = sp.symbols("t r theta phi", real=True)
M = sp.Symbol("M", positive=True)
f = 1 - 2 * M / r
X = jnp.array([[0.0, 4.0, 1.0, 0.3], [1.0, 7.0, 2.0, 1.0]])


def schwarzschild():
    return rl.Metric.from_sympy(
        [t, r, theta, phi],
        sp.diag(-f, 1 / f, r**2, r**2 * sp.sin(theta) ** 2),
        domain={r: rl.interval(0), theta: rl.pole_interval(0, sp.pi), phi: rl.periodic(2 * sp.pi)},
        signature="lorentzian",
        on_degenerate="nan",
    )


def test_everything_comes_back(tmp_path):
    g = schwarzschild().bind(M=1.1)
    g.save(tmp_path / "hole.json")
    again = rl.Metric.load(str(tmp_path / "hole.json"))
    assert again.closed_form == g.closed_form and again.symbols == g.symbols
    assert (again.chart, again.signature, again.on_degenerate) == (g.chart, g.signature, g.on_degenerate)
    assert again.parameters == {"M": 1.1}
    np.testing.assert_array_equal(rl.Connection(again).ricci(X), rl.Connection(g).ricci(X))


def test_parameters_without_a_value(tmp_path):
    schwarzschild().save(tmp_path / "hole.json")
    assert rl.Metric.load(tmp_path / "hole.json").parameters == {"M": None}


def test_an_embedding_comes_back(tmp_path):
    u, v, h = *sp.symbols("u v"), sp.Function("h")
    g = rl.Metric.from_embedding([u, v, h(u) * v], coords=[u, v])
    g.save(tmp_path / "surface.json")
    again = rl.Metric.load(tmp_path / "surface.json").bind(h=jnp.sin)
    expected = g.bind(h=jnp.sin).immersion.mean_curvature([0.3, 0.4])
    np.testing.assert_array_equal(again.immersion.mean_curvature([0.3, 0.4]), expected)


def test_what_was_computed_is_not_computed_again(tmp_path, monkeypatch):
    g = schwarzschild()
    nabla = rl.Connection(g)
    kretschmann, component = nabla.kretschmann.expr, nabla.riemann[0, 1, 0, 1]
    opposite = nabla.riemann[0, 1, 1, 0]
    g.save(tmp_path / "hole.json")
    again = rl.Connection(rl.Metric.load(tmp_path / "hole.json"))

    def never(*_):
        raise AssertionError("computed again")

    with monkeypatch.context() as patched:
        for part in ("riemann_lowered", "ricci"):
            patched.setattr(curvature, part, never)
        assert again.kretschmann.expr == kretschmann
        assert (again.riemann[0, 1, 0, 1], again.riemann[0, 1, 1, 0]) == (component, opposite)
    assert str(again.kretschmann.expr) == str(kretschmann)
    # what was restored can be built upon, and the rest is computed when it is asked for
    assert again(again.kretschmann)[1] == nabla(nabla.kretschmann)[1]
    difference = again.riemann.expr - nabla.riemann.expr
    assert not any(sp.cancel(e) for e in sp.flatten(difference))


def test_the_same_file_twice(tmp_path):
    g = schwarzschild()
    assert rl.Connection(g).ricci.is_zero
    g.save(tmp_path / "one.json")
    rl.Metric.load(tmp_path / "one.json").save(tmp_path / "two.json")
    one, two = (json.loads((tmp_path / name).read_text()) for name in ("one.json", "two.json"))
    assert one["known"].keys() == two["known"].keys() and len(one["known"]["ricci"]) == 10
    assert rl.Metric.load(tmp_path / "two.json").closed_form == g.closed_form


def test_algebraic_functions_come_back(tmp_path):
    from dataclasses import replace

    from riemlearn.symbolic import ClosedForm

    x, s = sp.symbols("x s", real=True)
    rules = {s: (s**2 - x**2 - 1, sp.sqrt(x**2 + 1))}
    g = rl.Metric.from_sympy([x], [[1 + x**2]])
    form = ClosedForm((x,), sp.ImmutableMatrix([[s]]), rules)
    names = tuple(sorted(form.parameters))
    replace(g, form=form, names=names, values=(None,) * len(names)).save(tmp_path / "root.json")
    again = rl.Metric.load(tmp_path / "root.json")
    assert again.closed_form == form and dict(again.closed_form.algebraic) == rules
    assert rl.Connection(again).christoffel[0, 0, 0] == x / (2 * s**2)


def test_what_cannot_be_saved(tmp_path):
    x, h = sp.Symbol("x"), sp.Function("h")
    path = tmp_path / "g.json"
    with pytest.raises(NoClosedForm, match="only metrics in closed form can be saved"):
        rl.Metric.from_function(lambda p: jnp.eye(2), dim=2).save(path)
    with pytest.raises(StoreError, match=r"h is bound to a function, which is code.*; save before binding it"):
        rl.Metric.from_sympy([x], [[h(x)]]).bind(h=jnp.cosh).save(path)
    with pytest.raises(StoreError, match=r"the region of the chart .*unit ball.* is code"):
        rl.manifolds.HyperbolicSpace(2, model="ball").metric.save(path)
    with pytest.raises(StoreError, match="M = nan is not finite"):
        schwarzschild().bind(M=jnp.nan).save(path)
    with pytest.raises(StoreError, match="M is traced"):
        jax.grad(lambda m: schwarzschild().bind(M=m).save(path))(1.0)
    with pytest.raises(ShapeError, match="path must be a string or a path, got 3"):
        schwarzschild().save(3)
    assert not path.exists()
    with pytest.raises(OutputError, match="cannot be written"):
        schwarzschild().save(tmp_path / "nowhere" / "g.json")


def test_what_cannot_be_loaded(tmp_path):
    path = tmp_path / "g.json"
    with pytest.raises(StoreError, match=r"g.json cannot be read"):
        rl.Metric.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match=r"g.json cannot be read"):
        rl.Metric.load(path)
    path.write_text("{}")
    with pytest.raises(StoreError, match="does not hold metric of riemlearn"):
        rl.Metric.load(path)
    rl.Connection(g := schwarzschild()).kretschmann.expr  # noqa: B018
    g.save(path)
    text = path.read_text()
    path.write_text(text.replace('["Integer",48]', '["Integer",49]'))
    assert path.read_text() != text
    with pytest.raises(StoreError, match="it is damaged, or was changed after it was saved"):
        rl.Metric.load(path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("coordinates", [0], "holds no metric|malformed"),
        ("matrix", [[0]], "holds no metric"),
        ("axes", [["interval", 1, 0, ["open", "open"]]] * 4, "low = 1 must be less than high = 0"),
        ("axes", [["interval", 0]] * 4, "malformed"),
        ("signature", "euclidean", "signature must be one of"),
        ("values", {"Q": 1.0}, "the metric has no parameter 'Q'"),
        ("known", {"ricchi": []}, "unknown quantity 'ricchi'"),
        ("known", {"ricci": [[0, 4, 0]]}, "ricci has no component"),
        ("known", {"ricci": [[0, 0]]}, "ricci has no component"),
        ("known", {"ricci": 5}, "malformed"),
        ("nodes", [["Integer", "2"]], "expected an integer"),
        ("embedded", 3, "malformed"),
    ],
)
def test_files_that_somebody_made(tmp_path, key, value, message):
    from riemlearn.metric.stored import _digest

    path = tmp_path / "g.json"
    schwarzschild().save(path)
    content = json.loads(path.read_text())
    content[key] = value
    content.pop("digest")
    path.write_text(json.dumps({**content, "digest": _digest(content)}))
    with pytest.raises(StoreError, match=message):
        rl.Metric.load(path)


def test_components_of_another_metric(tmp_path):
    from riemlearn.metric.stored import _digest

    path = tmp_path / "g.json"
    g = schwarzschild()
    g.save(path)
    content = json.loads(path.read_text())
    content["nodes"].append(["Symbol", "Q", {}])
    content["known"] = {"scalar": [[len(content["nodes"]) - 1]]}
    content.pop("digest")
    path.write_text(json.dumps({**content, "digest": _digest(content)}))
    with pytest.raises(StoreError, match=r"scalar\[\] is not an expression in the symbols of the metric"):
        rl.Metric.load(path)
