"""How components are shown: the non-zero ones, named by their coordinates, repeats by symmetry left out."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import sympy as sp

from riemlearn.symbolic.components import Components, Index
from riemlearn.symbolic.latex import functions_of, latex

Symmetry = tuple[tuple[int, int] | tuple[tuple[int, ...], tuple[int, ...]], ...]
"""Pairs of index positions, or of groups of them, whose exchange changes a component by its sign at most.

The Riemann tensor with its indices down has ``((0, 1), (2, 3), ((0, 1), (2, 3)))``: two antisymmetric pairs, which can
be exchanged."""


def _first_of_its_kind(index: Index, symmetry: Symmetry) -> bool:
    """Whether every exchange leaves an index as it is, or gives a later one."""

    def at(position: int | tuple[int, ...]) -> Index:
        return tuple(index[p] for p in ((position,) if isinstance(position, int) else position))

    return all(at(a) <= at(b) for a, b in symmetry)


def shown(components: Components, symmetry: Symmetry = ()) -> Iterator[tuple[Index, sp.Expr]]:
    """The non-zero components, one of those that symmetry relates."""
    for index in components.indices():
        if _first_of_its_kind(index, symmetry):
            value = components[index]
            if value != 0:
                yield index, value


def _indexed(symbol: str, index: Index, up: Sequence[bool], names: Sequence[str]) -> str:
    """LaTeX of a symbol with its indices in order, upper and lower."""
    runs = [
        ("^" if raised else "_") + "{" + " ".join(names[i] for i, _ in run) + "}"
        for raised, run in groupby(zip(index, up, strict=True), key=lambda pair: pair[1])
    ]
    return symbol + "{}".join(runs)


def display_latex(
    symbol: str,
    up: Sequence[bool],
    coordinates: Sequence[sp.Symbol],
    components: Components,
    symmetry: Symmetry = (),
) -> str:
    r"""LaTeX of the non-zero components, one a line.

    Examples
    --------
    >>> from riemlearn.symbolic.embed import Embedding
    >>> x = sp.symbols("x y")
    >>> components = Components(Embedding(x), 2, lambda index: x[0] if index[0] == index[1] else sp.Integer(0))
    >>> print(display_latex("g", (False, False), x, components))
    \begin{aligned}
    g_{x x} &= x \\
    g_{y y} &= x
    \end{aligned}
    """
    names = [sp.latex(c) for c in coordinates]
    found = dict(shown(components, symmetry))
    if not found:
        return f"{symbol} = 0"
    lines = [f"{_indexed(symbol, index, up, names)} &= {latex(value)}" for index, value in found.items()]
    if functions := functions_of(found.values()):
        lines.append(rf"& \text{{with }} {functions}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def display_text(symbol: str, coordinates: Sequence[sp.Symbol], components: Components, symmetry: Symmetry = ()) -> str:
    """Plain text of the non-zero components, one a line.

    Examples
    --------
    >>> from riemlearn.symbolic.embed import Embedding
    >>> x = sp.symbols("x y")
    >>> print(display_text("g", x, Components(Embedding(x), 2, lambda index: sp.Integer(index[0]))))
    g[y, x] = 1
    g[y, y] = 1
    """
    lines = [
        f"{symbol}[{', '.join(coordinates[i].name for i in index)}] = {value}" if index else f"{symbol} = {value}"
        for index, value in shown(components, symmetry)
    ]
    return "\n".join(lines) or f"{symbol} = 0"
