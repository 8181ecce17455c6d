"""Names of symbols and functions: which are plain, and which a text may use."""

import keyword
import re
from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.core.function import UndefinedFunction

from riemlearn.errors import SymbolError

MAX_NAME = 100
"""Largest number of characters of a name."""

_LETTERS = "A-Za-zΑ-Ωα-ω_"
NAME = re.compile(f"[{_LETTERS}][{_LETTERS}0-9]*")
"""A plain name."""


def check_name(name: Any) -> str:
    """Return a name if it is a plain identifier: ASCII or Greek letters, digits and underscores.

    Raises
    ------
    SymbolError
        If it is none, is a keyword of Python, begins with two underscores, or has more than 100 characters.

    Examples
    --------
    >>> check_name("theta_1")
    'theta_1'
    >>> check_name("x; import os")
    Traceback (most recent call last):
    riemlearn.errors.SymbolError: 'x; import os' is no plain name: take letters (ASCII or Greek), digits and underscores
    """
    if not isinstance(name, str):
        raise SymbolError(f"a name must be a string, got {name!r}")
    if len(name) > MAX_NAME:
        raise SymbolError(f"a name may have {MAX_NAME} characters, got {len(name)}: {name[:20]!r}...")
    if not NAME.fullmatch(name):
        raise SymbolError(f"{name!r} is no plain name: take letters (ASCII or Greek), digits and underscores")
    if name.startswith("__") or keyword.iskeyword(name):
        other = "lamda" if name == "lambda" else name.strip("_") + "_"  # SymPy prints lamda as the Greek letter
        raise SymbolError(f"{name!r} is reserved by Python; take another name, such as {other!r}")
    return name


def declared_symbols(symbols: Any) -> dict[str, sp.Symbol]:
    """Symbols by name, from an iterable or a mapping."""
    if isinstance(symbols, str | sp.Basic):
        raise SymbolError(f"parse: symbols must be a list of SymPy symbols or a mapping, got {symbols!r}")
    pairs = list(symbols.items()) if isinstance(symbols, Mapping) else [(None, s) for s in symbols]
    known: dict[str, sp.Symbol] = {}
    for key, symbol in pairs:
        if not isinstance(symbol, sp.Symbol):
            kind = type(symbol).__name__
            raise SymbolError(f"parse: symbols has the entry {symbol!r} of type {kind}; expected sympy.Symbol('M')")
        name = check_name(symbol.name if key is None else key)
        if known.setdefault(name, symbol) != symbol:
            raise SymbolError(f"parse: {name} is declared twice, with different assumptions")
    return known


def declared_functions(functions: Any) -> dict[str, Any]:
    """Undefined functions by name, from an iterable of names or functions."""
    if isinstance(functions, str | UndefinedFunction):
        raise SymbolError(f"parse: functions must be a list of names or undefined functions, got {functions!r}")
    applied = {}
    for f in functions:
        if not isinstance(f, str | UndefinedFunction):
            raise SymbolError(f"parse: functions has the entry {f!r}; expected a name or sympy.Function('A')")
        name = check_name(f if isinstance(f, str) else f.__name__)
        applied[name] = sp.Function(f) if isinstance(f, str) else f
    return applied
