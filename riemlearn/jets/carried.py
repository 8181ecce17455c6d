r"""What the interpreter carries: constants, and jets whose last elementwise function is not yet applied.

A jet is :math:`y = \varphi(z)`, entry by entry, of an array z whose derivatives are known, the *block*.  With the slope
:math:`\varphi'` and the bend :math:`\varphi''` at z its own derivatives are

.. math::
   D y(e_a) = \varphi' A_a, \qquad
   \textstyle\sum_{ab} s_r^{ab} D^2 y(e_a, e_b) = \varphi' S_r + \varphi'' \sum_{ab} s_r^{ab} A_a A_b,

and these large arrays are formed once, after a whole activation and not after each operation in it.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, final

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from riemlearn.jets.second import SecondOrder


@final
class Block:
    """First derivatives of an array (k rows) and second ones (K rows, or None where they are zero).

    They are one array after a matrix product, and two after elementwise functions; each form is made when asked for.
    """

    def __init__(self, choice: SecondOrder, k: int, rows: Array | tuple[Array, Array | None]):
        self.choice = choice
        self.k = k
        self._rows = rows

    def made(self, rows: Array | tuple[Array, Array | None]) -> "Block":
        """A block of other rows for the same directions."""
        return Block(self.choice, self.k, rows)

    @property
    def is_flat(self) -> bool:
        """Whether all second derivatives are known to be zero."""
        return self._rows[1] is None if isinstance(self._rows, tuple) else self._rows.shape[0] == self.k

    @cached_property
    def first(self) -> Array:
        """First derivatives, shape (k, *out)."""
        if isinstance(self._rows, tuple):
            return self._rows[0]
        return self._rows if self.is_flat else lax.slice_in_dim(self._rows, 0, self.k)

    @cached_property
    def second(self) -> Array | None:
        """Second derivatives, shape (K, *out), or None."""
        if isinstance(self._rows, tuple):
            return self._rows[1]
        return None if self.is_flat else lax.slice_in_dim(self._rows, self.k, self._rows.shape[0])

    @cached_property
    def stacked(self) -> Array:
        """First and second derivatives in one array, the second only if they are not zero."""
        if not isinstance(self._rows, tuple):
            return self._rows
        return self.first if self.second is None else lax.concatenate([self.first, self.second], 0)

    @property
    def filled(self) -> Array:
        """Second derivatives with their zeros written out."""
        if self.second is not None:
            return self.second
        return jnp.zeros((self.choice.size(self.k), *self.first.shape[1:]), self.first.dtype)

    def map(self, linear: Callable[[Array], Array]) -> "Block":
        """The block after a linear function of the rows, in whichever form it has."""
        if not isinstance(self._rows, tuple):
            return self.made(linear(self._rows))
        return self.made((linear(self.first), None if self.second is None else linear(self.second)))


@final
class Jet:
    """A value and its derivatives, as a function with the given slope and bend of what the block belongs to.

    The slope None is one, the bend None is zero.
    """

    def __init__(self, value: Array, block: Block, slope: Any = None, bend: Any = None):
        self.value = value
        self.block = block
        self.slope = slope
        self.bend = bend

    @cached_property
    def settled(self) -> Block:
        """The derivatives of the jet itself."""
        return combined([(self.slope, self.bend, self.block)], [])


# A jet, or a constant: an array of JAX or NumPy.
Carried = Any


def value_of(x: Carried) -> Any:
    """The value of what is carried."""
    return x.value if isinstance(x, Jet) else x


def combined(
    terms: Sequence[tuple[Any, Any, Block]],
    mixed: Sequence[tuple[Any, Block, Block]],
) -> Block:
    r"""Derivatives of an elementwise function of several arrays.

    Parameters
    ----------
    terms : list of (slope, bend, block)
        :math:`F_i` and :math:`F_{ii}` for each argument.
    mixed : list of (bend, block, block)
        :math:`F_{ij}` for the pairs :math:`i < j` where it is not zero.
    """
    (slope, bend, block), *more = terms
    if not more and bend is None:
        return block if slope is None else block.map(lambda rows: scaled(slope, rows))
    choice = block.choice
    first = total([scaled(slope, block.first) for slope, _, block in terms])
    second = [scaled(slope, block.second) for slope, _, block in terms if block.second is not None]
    second += [scaled(bend, choice.square(block.first)) for _, bend, block in terms if bend is not None]
    second += [scaled(bend, choice.polar(left.first, right.first)) for bend, left, right in mixed]
    return block.made((first, total(second) if second else None))


def scaled(factor: Any, rows: Array) -> Array:
    """Every row times an array of their shape or a number; None is one."""
    if factor is None:
        return rows
    return rows * (factor if jnp.ndim(factor) == 0 else lax.expand_dims(factor, (0,)))


def total(terms: Sequence[Array]) -> Array:
    """The sum of a list of arrays."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def added(blocks: Sequence[Block]) -> Block:
    """Sum of blocks of one shape."""
    if all(not isinstance(block._rows, tuple) and block.is_flat == blocks[0].is_flat for block in blocks):
        return blocks[0].made(total([block.stacked for block in blocks]))
    return combined([(None, None, block) for block in blocks], [])


def mapped_jointly(linear: Callable[..., Sequence[Array]], blocks: Sequence[Block]) -> list[Block]:
    """The blocks after a function linear in several arrays at once, which returns several."""
    rowwise = jax.vmap(linear)
    if len(blocks) == 1 and not isinstance(blocks[0]._rows, tuple):
        return [blocks[0].made(rows) for rows in rowwise(blocks[0].stacked)]
    first = rowwise(*[block.first for block in blocks])
    if all(block.second is None for block in blocks):
        return [blocks[0].made((rows, None)) for rows in first]
    second = rowwise(*[block.filled for block in blocks])
    return [blocks[0].made(rows) for rows in zip(first, second, strict=True)]
