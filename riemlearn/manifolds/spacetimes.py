"""Spacetimes and homogeneous geometries by name: line elements, published invariants and sources, kept as data."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any, final

import sympy as sp
from sympy.core.function import AppliedUndef

from riemlearn.chart import Axis, Chart, interval, periodic
from riemlearn.connection import Connection
from riemlearn.curvature import Signature
from riemlearn.errors import SymbolError
from riemlearn.manifolds.base import Patch
from riemlearn.manifolds.parameters import exact, positive, shown
from riemlearn.metric import Coordinates, Metric, coordinates
from riemlearn.symbolic import line_element_matrix, normal, parse

Read = Callable[[str], Any]


@final
@dataclass(frozen=True)
class Spacetime:
    r"""A spacetime or a geometry as it is published; made by :func:`spacetime`.

    A notebook shows its line element.

    Attributes
    ----------
    name, title : str
        The name by which it is found, and what it is.
    coordinates : Coordinates
        The coordinates as symbols, with the domain of each; inside it a formula may be singular, as on a horizon.
    parameters : mapping from str to Expr
        The value of each parameter and function: itself until it is given one.
    line_element : Expr
        :math:`ds^2` as it is published, in the differentials of the coordinates.
    algebraic : mapping from Symbol to (polynomial, value)
        Functions of the coordinates in the formulas that are roots of polynomials, and the root that is meant.
    signature : {"lorentzian", "riemannian"}
        Lorentzian is (-, +, ..., +).
    invariants : mapping
        What is published of the curvature, not computed from the metric: some of ``scalar``, ``kretschmann``
        :math:`R_{abcd} R^{abcd}`, ``ricci_squared`` :math:`\mathrm{Ric}_{ab} \mathrm{Ric}^{ab}`, ``weyl_squared``
        :math:`C_{abcd} C^{abcd}`, ``ricci`` (a matrix), ``einstein`` (the constant c with
        :math:`\mathrm{Ric} = c\, g`), ``constant_curvature`` (of every plane) and ``conformally_flat`` (True).
    source : str
        Where the formulas stand.
    patch : Patch
        A box of the chart in which the metric is regular if the parameters have the values ``patch_values``.
    patch_values : mapping from str to Expr
        Those values: ``spacetime(name, **M.patch_values)`` has only numbers in it.
    """

    name: str
    title: str
    coordinates: Coordinates
    parameters: Mapping[str, sp.Expr]
    line_element: sp.Expr
    algebraic: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]]
    signature: Signature
    invariants: Mapping[str, Any]
    source: str
    patch: Patch
    patch_values: Mapping[str, sp.Expr]

    @cached_property
    def metric(self) -> Metric:
        """The metric in closed form, on a chart with the domain of each coordinate."""
        return Metric.from_line_element(
            self.coordinates, self.line_element, signature=self.signature, algebraic=self.algebraic
        )

    @property
    def connection(self) -> Connection:
        """The Levi-Civita connection."""
        return Connection(self.metric)

    @property
    def chart(self) -> Chart:
        """The coordinates and their domains."""
        return self.metric.chart

    @property
    def dim(self) -> int:
        """Dimension."""
        return len(self.coordinates)

    def at(self, **values: Any) -> "Spacetime":
        """The same with values for some of its parameters and functions, as :func:`spacetime` takes them."""
        put = {self.parameters[name]: value for name, value in self._checked(values).items()}
        return replace(
            self,
            parameters=MappingProxyType({name: _put(e, put) for name, e in self.parameters.items()}),
            line_element=_put(self.line_element, put),
            algebraic=MappingProxyType(
                {w: _root(w, *(_put(e, put) for e in rule)) for w, rule in self.algebraic.items()}
            ),
            invariants=MappingProxyType({name: _put(e, put) for name, e in self.invariants.items()}),
        )

    def on_patch(self) -> "Spacetime":
        """The same with the values of :attr:`patch_values` for those parameters and functions that have none yet."""
        free = {name for name, e in self.parameters.items() if isinstance(e, sp.Symbol | AppliedUndef)}
        return self.at(**{name: value for name, value in self.patch_values.items() if name in free})

    def _checked(self, values: Mapping[str, Any]) -> dict[str, sp.Expr]:
        """Values by name, of parameters and functions that there are, in which coordinates have no other meaning."""
        checked, names = {}, {c.name for c in (*self.coordinates, *self.algebraic)}
        for name, value in values.items():
            old = self.parameters.get(name)
            if not isinstance(old, sp.Symbol | AppliedUndef):
                free = [n for n, e in self.parameters.items() if isinstance(e, sp.Symbol | AppliedUndef)]
                near = ", ".join(get_close_matches(name, free) or free) or "none"
                raise SymbolError(f"{self.name} has no free parameter {name!r}; it has {near}")
            read = positive if old.is_positive else exact
            checked[name] = read(f"{self.name}: {name}", value)
            strange = {s for s in checked[name].free_symbols if s.name in names} - set(old.args)
            if strange:
                may = f"a function of {', '.join(map(str, old.args))}" if old.args else "no function of the coordinates"
                raise SymbolError(
                    f"{self.name}: {name} is {may}, got {value!r}; coordinates are the symbols of .coordinates"
                )
        return checked

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle ds^2 = {sp.latex(self.line_element)}$"

    def __repr__(self) -> str:
        given = {name: e for name, e in self.parameters.items() if e != _read(self.name).parameters[name]}
        return f"spacetime({', '.join([repr(self.name), *(f'{name}={shown(e)}' for name, e in given.items())])})"


def spacetimes() -> tuple[str, ...]:
    """Names of all spacetimes and geometries that :func:`spacetime` knows.

    Examples
    --------
    >>> [name for name in spacetimes() if name.startswith("kerr")]
    ['kerr', 'kerr-kerr_schild', 'kerr_newman', 'kerr_de_sitter']
    """
    return tuple(_tables())


def spacetime(name: str, **values: Any) -> Spacetime:
    """A spacetime or geometry by its name.

    Parameters
    ----------
    name : str
        One of :func:`spacetimes`.
    **values
        Values of parameters, as numbers or SymPy expressions, and of functions, as SymPy expressions in the coordinates
        that they depend on.  What is not given stays a symbol, which ``.metric.bind`` gives a number, or a function a
        JAX callable, that can be differentiated.

    Raises
    ------
    SymbolError
        If the name or a parameter is not known, with those nearest to it, or a value depends on coordinates on which it
        must not.
    ShapeError
        If a value is neither a number nor an expression, or not positive where it must be.

    Examples
    --------
    >>> kerr = spacetime("kerr", M=1)
    >>> kerr
    spacetime('kerr', M=1)
    >>> kerr.invariants["einstein"], kerr.metric.signature
    (0, 'lorentzian')
    >>> t, r, theta, phi = spacetime("flrw").coordinates
    >>> spacetime("flrw", a=sp.exp(t), k=0).invariants["scalar"]
    12
    """
    if name not in _tables():
        near = get_close_matches(str(name).lower(), _tables())
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_tables())}"
        raise SymbolError(f"{name!r} is not the name of a spacetime; {hint}")
    return _read(name).at(**values)


@cache
def _tables() -> Mapping[str, Any]:
    """The data, as they stand in the file."""
    return tomllib.loads(files("riemlearn.manifolds").joinpath("spacetimes.toml").read_text(encoding="utf-8"))


@cache
def _read(name: str) -> Spacetime:
    """A spacetime without values for its parameters."""
    table = _tables()[name]
    coords = coordinates(**{c: _axis(domain) for c, domain in table["coordinates"].items()})
    parameters: dict[str, Any] = {
        p: sp.Symbol(p, **{assumed: True}) for p, assumed in table.get("parameters", {}).items()
    }
    symbols = {c.name: c for c in coords} | parameters
    functions = {f: sp.Function(f, real=True) for f in table.get("functions", {})}
    for f, arguments in table.get("functions", {}).items():
        parameters[f] = functions[f](*(symbols[argument] for argument in arguments))
    abbreviations: dict[sp.Symbol, sp.Expr] = {}

    def read(text: str) -> Any:
        return parse(text, symbols, functions.values()).xreplace(abbreviations)

    roots = {sp.Symbol(word, real=True): root for word, root in table.get("algebraic", {}).items()}
    symbols |= {symbol.name: symbol for symbol in roots}
    algebraic = {symbol: (read(root["polynomial"]), read(root["value"])) for symbol, root in roots.items()}
    for word, text in table.get("where", {}).items():
        value = read(text)
        symbols[word] = sp.Dummy(word)
        abbreviations[symbols[word]] = value
    low, high = zip(*table["patch"]["box"].values(), strict=True)
    return Spacetime(
        name=name,
        title=table["title"],
        coordinates=coords,
        parameters=MappingProxyType(parameters),
        line_element=read(table["line_element"]),
        algebraic=MappingProxyType(algebraic),
        signature=table.get("signature", "lorentzian"),
        invariants=MappingProxyType(_invariants(table["invariants"], coords, read)),
        source=table["source"],
        patch=Patch(tuple(float(_number(x)) for x in low), tuple(float(_number(x)) for x in high)),
        patch_values=MappingProxyType(
            {p: read(v) if isinstance(v, str) else sp.S(v) for p, v in table["patch"].get("values", {}).items()}
        ),
    )


def _invariants(published: Mapping[str, Any], coords: Coordinates, read: Read) -> dict[str, Any]:
    """What is published, and what follows at once from constant curvature or the Einstein equation."""
    given: dict[str, Any] = {name: read(e) if isinstance(e, str) else e for name, e in published.items()}
    if "ricci" in given:
        given["ricci"] = line_element_matrix(coords, given["ricci"])
    n = len(coords)
    if "constant_curvature" in given:
        k = given["constant_curvature"]
        given = {"einstein": (n - 1) * k, "kretschmann": 2 * n * (n - 1) * k**2, "conformally_flat": True} | given
    if "einstein" in given:
        given = {"scalar": n * given["einstein"], "ricci_squared": n * given["einstein"] ** 2} | given
    return {"weyl_squared": sp.S.Zero} | given if given.get("conformally_flat") else given


def _axis(domain: Any) -> Axis:
    """The domain of a coordinate."""
    if isinstance(domain, dict):
        return periodic(_number(domain["period"]))
    return interval(*map(_number, domain[:2]), *domain[2:])


def _number(given: str | int | float) -> Any:
    """A number, or a text that stands for one."""
    return parse(given) if isinstance(given, str) else given


def _put(e: Any, put: Mapping[sp.Expr, sp.Expr]) -> Any:
    """An expression or matrix with values in the place of parameters and functions."""
    return e.xreplace(put).doit() if put and isinstance(e, sp.Basic) else e


def _root(symbol: sp.Symbol, polynomial: sp.Expr, value: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The value of an algebraic function, and its polynomial; of one that values have made reducible the factor."""
    factors = [f for f, _ in sp.factor_list(polynomial)[1] if f.has(symbol)]
    if len(factors) > 1:
        polynomial = next(f for f in factors if normal(f.xreplace({symbol: value})) == 0)
    return polynomial, value
