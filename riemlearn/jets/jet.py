"""The 1-jet and the 2-jet of a map at a point."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr
from jaxtyping import Array, Float

from riemlearn.errors import DerivativeError, ShapeError
from riemlearn.jets.carried import Block, Jet
from riemlearn.jets.fallback import fallback
from riemlearn.jets.interpreter import Interpreter, Watch
from riemlearn.jets.rules import RULES
from riemlearn.jets.second import AllPairs, Concatenation, SecondOrder

_ALL_PAIRS = AllPairs()

OF_NUMPY = (
    "turns its argument into a NumPy array, so that JAX cannot differentiate it; write it with jax.numpy, or use "
    'derivatives="finite"'
)


class Jet1(NamedTuple):
    """Value and first derivatives of a map, as in :class:`Jet2`."""

    value: Float[Array, "*out"]
    first: Float[Array, "k *out"]


class Jet2(NamedTuple):
    r"""Derivatives of a map up to second order along the directions :math:`e_1, \dots, e_k`.

    Attributes
    ----------
    value : array of shape ``(*out)``
        :math:`f(x)`.
    first : array of shape ``(k, *out)``
        :math:`Df(x)\,e_a`.
    second : array of shape ``(K, *out)``
        The second derivatives that were chosen; by default :math:`D^2 f(x)(e_a, e_b)` for :math:`a \le b`, in the
        order of ``jnp.triu_indices(k)``, so that :math:`K = k (k + 1) / 2`.
    """

    value: Float[Array, "*out"]
    first: Float[Array, "k *out"]
    second: Float[Array, "pairs *out"]


def jet1(
    f: Callable[[Float[Array, " n"]], Float[Array, "*out"]],
    x: Float[Array, " n"] | Any,
    basis: Float[Array, "k n"] | Any = None,
) -> Jet1:
    """Value and first derivatives of ``f`` at ``x`` along the rows of ``basis``, by default the coordinates.

    Raises
    ------
    ShapeError
        If ``x`` or ``basis`` is not what :func:`jet2` takes.

    Examples
    --------
    >>> jet1(lambda x: x[0] ** 2 * x[1], jnp.array([3.0, 2.0])).first.tolist()
    [12.0, 9.0]
    """
    x, directions = checked("jet1", x, basis)
    value, first = jax.vmap(lambda v: jax.jvp(f, (x,), (v,)), out_axes=(None, 0))(directions)
    return Jet1(value, first)


def jet2(
    f: Callable[[Float[Array, " n"]], Float[Array, "*out"]],
    x: Float[Array, " n"] | Any,
    basis: Float[Array, "k n"] | Any = None,
    second: SecondOrder | tuple[SecondOrder, ...] | Any = _ALL_PAIRS,
) -> Jet2:
    r"""Value, first and second derivatives of ``f`` at ``x`` along the rows of ``basis``.

    The program of ``f`` is run once with every array y in it next to its derivatives along the directions,

    .. math::
       y, \qquad A_a = Dy(e_a), \qquad S_r = \textstyle\sum_{ab} s_r^{ab}\, D^2 y(e_a, e_b),

    where the forms :math:`s_r` are chosen by ``second``. A function h takes them to

    .. math::
       h(y), \qquad Dh(A_a), \qquad Dh(S_r) + \textstyle\sum_{ab} s_r^{ab}\, D^2 h(A_a, A_b):

    a linear map is applied once to all rows A and S, which for a weight matrix is a single matrix product, and
    elementwise functions in sequence, such as a whole activation, meet these rows once. This is the forward Laplacian
    (Li et al., A computational framework for neural network-based variational Monte Carlo with forward Laplacian,
    Nature Machine Intelligence 6, 2024) for any choice of second derivatives.

    Parameters
    ----------
    f : callable
        A map from ``(n,)`` to an array of real numbers of any shape. What it closes over may be traced, and
        derivatives with respect to it can be taken.
    x : array of shape (n,)
        The point.
    basis : array of shape (k, n), optional
        Directions; by default the coordinate directions.
    second : SecondOrder or tuple of SecondOrder
        Which second derivatives: :class:`AllPairs`, :class:`At`, :class:`Along`, :class:`Trace`; of a tuple one after
        the other.

    Raises
    ------
    DerivativeError
        If a primitive on the way has no forward derivative, or calls a function outside JAX.
    ShapeError
        If an argument has the wrong shape, or ``f`` does not return one array of real numbers.

    Examples
    --------
    >>> def f(x):
    ...     return x[0] ** 2 * x[1]
    >>> x = jnp.array([3.0, 2.0])
    >>> jet = jet2(f, x)
    >>> jet.first.tolist(), jet.second.tolist()
    ([12.0, 9.0], [4.0, 6.0, 0.0])

    The Laplacian alone, and the second derivative along (1, 1):

    >>> from riemlearn.jets import Along, Trace
    >>> jet2(f, x, second=(Trace(), Along(jnp.ones((1, 2)), jnp.ones((1, 2))))).second.tolist()
    [4.0, 16.0]
    """
    x, directions = checked("jet2", x, basis)
    k = directions.shape[0]
    parts = second if isinstance(second, tuple) else (second,)
    if not parts or not all(isinstance(part, SecondOrder) for part in parts):
        raise ShapeError(f"jet2: second must be AllPairs, At, Along, Trace or a tuple of these, got {second!r}")
    choice = parts[0] if len(parts) == 1 else Concatenation(parts)
    choice.check(k)
    closed = program(f, x)
    value, block = carry(closed, x, directions, choice)
    return Jet2(value, block.first, block.filled)


def carry(
    closed: ClosedJaxpr,
    x: Float[Array, " n"],
    directions: Float[Array, "k n"],
    choice: SecondOrder,
    watch: Watch | None = None,
) -> tuple[Float[Array, "*out"], Block]:
    """Value and derivatives of a program at a point."""
    k = directions.shape[0]
    engine = Interpreter(choice, k, RULES, fallback, watch)
    start = Jet(x, engine.block(directions, None))
    (output,) = engine.run(closed.jaxpr, closed.consts, [start])
    if isinstance(output, Jet):
        return output.value, output.settled
    value = jnp.asarray(output)
    return value, engine.block(jnp.zeros((k, *value.shape), value.dtype), None)


def program(f: Callable[[Float[Array, " n"]], Float[Array, "*out"]], x: Float[Array, " n"]) -> ClosedJaxpr:
    """The program of a map, which must return one array of real numbers."""
    try:
        closed, shape = jax.make_jaxpr(f, return_shape=True)(x)
    except jax.errors.TracerArrayConversionError as error:
        raise DerivativeError(f"the map {OF_NUMPY}") from error
    if not isinstance(shape, jax.ShapeDtypeStruct):
        raise ShapeError(f"the map must return one array, got {jax.tree.structure(shape)}")
    if not jnp.issubdtype(shape.dtype, jnp.floating):
        raise ShapeError(f"the map must return real numbers, got an array of {shape.dtype}")
    return closed


def checked(name: str, x: Any, basis: Any) -> tuple[Float[Array, " n"], Float[Array, "k n"]]:
    """A point and the directions at it."""
    x = jnp.asarray(x)
    if x.ndim != 1 or not jnp.issubdtype(x.dtype, jnp.floating):
        raise ShapeError(f"{name}: x must be an array of real numbers of shape (n,), got {x.dtype} of shape {x.shape}")
    if basis is None:
        return x, jnp.eye(x.shape[0], dtype=x.dtype)
    if jnp.ndim(basis) != 2 or jnp.shape(basis)[1] != x.shape[0]:
        raise ShapeError(
            f"{name}: basis must have shape (k, {x.shape[0]}), a direction in each row, got {jnp.shape(basis)}"
        )
    return x, jnp.asarray(basis, x.dtype)


def unpack(second: Float[Array, "pairs *out"], k: int) -> Float[Array, "k k *out"]:
    """The symmetric array of second derivatives from its packed upper triangle.

    Examples
    --------
    >>> unpack(jnp.array([4.0, 6.0, 0.0]), 2).tolist()
    [[4.0, 6.0], [6.0, 0.0]]
    """
    where = np.zeros((k, k), dtype=int)
    rows, columns = np.triu_indices(k)
    where[rows, columns] = where[columns, rows] = np.arange(len(rows))
    return second[where]
