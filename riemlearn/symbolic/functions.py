r"""Undefined functions as jet variables, and functions that are known by their derivative alone.

An undefined function :math:`f(u_1, \dots, u_m)` of any arguments becomes one free generator for each of its partial
derivatives, as far as they are asked for; :math:`\partial_k f_\alpha = \sum_i f_{\alpha + e_i}\, \partial_k u_i`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from riemlearn.symbolic.element import Element
from riemlearn.symbolic.ring import Ring

Order = tuple[int, ...]
_FIRST_ORDERS = 2  # curvature needs two derivatives of a metric: they are made at once


@dataclass(eq=False)
class Application:
    """An undefined function at some arguments, with the generators of its derivatives by their multi-index."""

    function: Any
    arguments: tuple[Element, ...]
    written: tuple[sp.Expr, ...]
    jets: dict[Order, Element]


class Functions:
    """The undefined and the opaque functions of a ring.

    Parameters
    ----------
    ring : Ring
        Where the generators are made.
    dim : int
        Number of coordinates.
    """

    def __init__(self, ring: Ring, dim: int):
        self.ring, self._dim = ring, dim
        self._applications: list[Application] = []
        self._opaque: list[tuple[Any, tuple[Element, ...], Element]] = []

    def jet(self, function: Any, arguments: Sequence[Element], written: Sequence[sp.Expr], order: Order) -> Element:
        """A partial derivative of an undefined function, by how often each argument is differentiated."""
        known = (a for a in self._applications if a.function == function and a.arguments == tuple(arguments))
        application = next(known, None)
        if application is None:
            application = Application(function, tuple(arguments), tuple(written), {})
            self._applications.append(application)
        return self._value(application, order)

    def opaque(
        self, function: Any, arguments: Sequence[Element], meaning: sp.Expr, slope: Callable[[int], Element]
    ) -> Element:
        """A function that is known by its derivative alone."""
        for other, known, element in self._opaque:
            if other == function and known == tuple(arguments):
                return element
        element = self.ring.free(meaning, slope)
        self._opaque.append((function, tuple(arguments), element))
        return element

    def _value(self, application: Application, order: Order) -> Element:
        if order not in application.jets:
            moving = [i for i, u in enumerate(application.arguments) if any(u.along(k) for k in range(self._dim))]
            fixed = tuple(0 if i in moving else n for i, n in enumerate(order))
            total = sum(order) - sum(fixed)
            top = max(total, _FIRST_ORDERS if not total else total)
            new = []
            for size in range(top + 1):
                for chosen in combinations_with_replacement(moving, size):
                    counts = Counter(chosen)
                    index = tuple(counts[i] if i in moving else n for i, n in enumerate(order))
                    if index not in application.jets:
                        new.append(index)
            rules = [(_meaning(application, i), lambda k, i=i: self._slope(application, i, k)) for i in new]
            application.jets.update(zip(new, self.ring.frees(rules), strict=True))
        return application.jets[order]

    def _slope(self, application: Application, order: Order, k: int) -> Element:
        slopes = [(i, u.along(k)) for i, u in enumerate(application.arguments)]
        raised = [((*order[:i], order[i] + 1, *order[i + 1 :]), slope) for i, slope in slopes if slope]
        return self.ring.dot([(self._value(application, index), slope) for index, slope in raised])


def _meaning(application: Application, order: Order) -> sp.Expr:
    """The derivative as SymPy writes it."""
    counts = [(i, n) for i, n in enumerate(order) if n]
    written = application.written
    if not counts:
        return application.function(*written)
    if all(
        written[i].is_Symbol and not any(w.has(written[i]) for w in written[:i] + written[i + 1 :]) for i, _ in counts
    ):
        return sp.Derivative(application.function(*written), *((written[i], n) for i, n in counts))
    slots = {i: sp.Dummy(f"xi_{i + 1}") for i, _ in counts}
    inner = application.function(*(slots.get(i, w) for i, w in enumerate(written)))
    derivative = sp.Derivative(inner, *((slots[i], n) for i, n in counts))
    return sp.Subs(derivative, tuple(slots.values()), tuple(written[i] for i in slots))
