"""Minors of a matrix over the exact ring."""

from typing import Any

from riemlearn.symbolic.element import Element, Exponents


class Minors:
    """Minors of a matrix over a ring, by expansion along rows; each is computed once."""

    def __init__(self, ring: Any, matrix: list[list[Element]]):
        self.ring, self.matrix = ring, matrix
        self._known: dict[tuple[Exponents, Exponents], Element] = {((), ()): ring.one}

    def __call__(self, rows: Exponents, columns: Exponents) -> Element:
        """The determinant of some rows and as many columns."""
        if (rows, columns) not in self._known:
            first, rest = self.matrix[rows[0]], rows[1:]
            self._known[rows, columns] = self.ring.dot(
                (first[c] if i % 2 == 0 else -first[c], self(rest, (*columns[:i], *columns[i + 1 :])))
                for i, c in enumerate(columns)
                if first[c]
            )
        return self._known[rows, columns]
