"""Small exact linear algebra on sparse vectors: combinations, and a basis of the lattice that vectors generate."""

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import lcm

Vector = Mapping[Hashable, Fraction | int]


def combination(vectors: Sequence[Vector], target: Vector, modulus: int = 0) -> list[Fraction] | None:
    """Coefficients that make a target of linearly independent vectors, or None if there are none.

    Parameters
    ----------
    vectors : sequence of mapping
        Sparse vectors; for a modulus with integer entries, and then they need not be independent.
    target : mapping
        What is to be made.
    modulus : int
        A prime to compute modulo, or 0 for rational numbers.

    Examples
    --------
    >>> combination([{"x": 1}, {"x": 1, "y": 2}], {"y": 1})
    [Fraction(-1, 2), Fraction(1, 2)]
    >>> combination([{"x": 1}], {"y": 1}) is None
    True
    """

    def small(value: Fraction) -> Fraction:
        return Fraction(int(value) % modulus) if modulus else value

    def over(a: Fraction, b: Fraction) -> Fraction:
        return Fraction(int(a) * pow(int(b), -1, modulus) % modulus) if modulus else a / b

    keys = list(dict.fromkeys(key for v in (*vectors, target) for key in v))
    rows = [[small(Fraction(v.get(key, 0))) for v in (*vectors, target)] for key in keys]
    pivots: list[tuple[int, int]] = []
    for column in range(len(vectors)):
        done = len(pivots)
        found = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[done], rows[found] = rows[found], rows[done]
        pivot = rows[done][column]
        rows[done] = [over(value, pivot) for value in rows[done]]
        for i, row in enumerate(rows):
            if i != done and (factor := row[column]):
                rows[i] = [small(a - factor * b) for a, b in zip(row, rows[done], strict=True)]
        pivots.append((done, column))
    if any(row[-1] for row in rows[len(pivots) :]):
        return None
    coefficients = [Fraction(0)] * len(vectors)
    for row, column in pivots:
        coefficients[column] = rows[row][-1]
    return coefficients


def lattice_basis(vectors: Sequence[Vector]) -> list[Vector]:
    """A basis of the lattice of all integer combinations; the vectors themselves if they are independent.

    Examples
    --------
    >>> lattice_basis([{"x": 2}, {"x": 3}, {"y": 1, "x": 1}])
    [{'x': Fraction(1, 1)}, {'y': Fraction(1, 1)}]
    """
    independent: list[Vector] = []
    for v in vectors:
        coefficients = combination(independent, v)
        if coefficients is None:
            independent.append(v)
        elif any(c.denominator > 1 for c in coefficients):
            return _hermite(vectors)
    return independent


def _hermite(vectors: Sequence[Vector]) -> list[Vector]:
    """The Hermite normal form: an echelon of integer combinations, small above the pivots."""
    keys = list(dict.fromkeys(key for v in vectors for key in v))
    scale = lcm(*(Fraction(value).denominator for v in vectors for value in v.values()))
    rows = [[int(Fraction(v.get(key, 0)) * scale) for key in keys] for v in vectors]
    done = 0
    for column in range(len(keys)):
        while True:  # Euclid's algorithm on the column
            left = sorted((row for row in rows[done:] if row[column]), key=lambda row: abs(row[column]))
            if len(left) < 2:
                break
            first = left[0]
            for row in left[1:]:
                factor = row[column] // first[column]
                row[:] = [a - factor * b for a, b in zip(row, first, strict=True)]
        if not left:
            continue
        pivot = left[0] if left[0][column] > 0 else [-a for a in left[0]]
        rows.remove(left[0])
        rows.insert(done, pivot)
        for row in rows[:done]:
            factor = row[column] // pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        done += 1
    return [{k: Fraction(a, scale) for k, a in zip(keys, row, strict=True) if a} for row in rows[:done]]
