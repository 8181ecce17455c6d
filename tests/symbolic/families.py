"""Random metrics of small rational and trigonometric entries, and spacetimes that are known to the last term."""

import sympy as sp
from hypothesis import strategies as st

from riemlearn.symbolic import ClosedForm

X = sp.symbols("x y z w", real=True)
T, R, THETA, PHI = sp.symbols("t r theta phi", real=True)
M, A = sp.symbols("M a", positive=True)


def form(coordinates, matrix, **options):
    return ClosedForm(tuple(coordinates), sp.ImmutableMatrix(matrix), **options)


@st.composite
def matrices(draw, dim, mixed=1):
    """Symmetric matrices, regular as the determinant at the origin is not zero, with some entries off the diagonal."""
    x = X[:dim]
    diagonal = [1, *(h for c in x for h in (1 + c**2, 2 - sp.sin(c) ** 2, 1 / (1 + c), (1 + c) ** 2))]
    matrix = sp.diag(*(draw(st.sampled_from([1, 1, -1])) * draw(st.sampled_from(diagonal)) for _ in x))
    for _ in range(mixed):
        i, j = sorted(draw(st.lists(st.integers(0, dim - 1), min_size=2, max_size=2, unique=True)))
        matrix[i, j] = matrix[j, i] = draw(st.sampled_from([*x, *(sp.sin(c) for c in x), x[0] * x[-1]]))
    return matrix


def sphere(n, first=1):
    x = sp.symbols(f"a{first}:{n + first}", real=True)
    entries = [sp.Integer(1)]
    for c in x[:-1]:
        entries.append(entries[-1] * sp.sin(c) ** 2)
    return x, sp.diag(*entries)


def kerr(sign=1):
    """Boyer-Lindquist coordinates; with the other sign of the frame dragging's square it is no vacuum."""
    sigma, drag = R**2 + A**2 * sp.cos(THETA) ** 2, 2 * M * A * R * sp.sin(THETA) ** 2
    g = sp.diag(2 * M * R / sigma - 1, sigma / (R**2 - 2 * M * R + A**2), sigma, 0)
    g[0, 3] = g[3, 0] = -drag / sigma
    g[3, 3] = (R**2 + A**2 + sign * A * drag / sigma) * sp.sin(THETA) ** 2
    return (T, R, THETA, PHI), g


def general(dim):
    """Every entry an undefined function of all coordinates."""
    x = X[:dim]
    entry = {(i, j): sp.Function(f"g{i}{j}")(*x) for j in range(dim) for i in range(j + 1)}
    return x, sp.Matrix(dim, dim, lambda i, j: entry[min(i, j), max(i, j)])
