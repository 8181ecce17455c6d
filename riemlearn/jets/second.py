r"""Which second derivatives are carried, and how products contribute to them.

A choice is a list of symmetric forms :math:`s_r`: the r-th second derivative of :math:`y` is
:math:`\sum_{ab} s_r^{ab}\, D^2 y(e_a, e_b)` along directions :math:`e_1, \dots, e_k`.  By the chain rule all that a
program needs to know about the forms is :math:`\sum_{ab} s_r^{ab} A_a B_b` for first derivatives A and B.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Inexact

from riemlearn.errors import ShapeError

Bilinear = Callable[[Array, Array], Array]


class SecondOrder(eqx.Module):
    """Abstract: which second derivatives are carried, in terms of the k directions of the first ones.

    A subclass says how many there are and forms their quadratic terms; everything else follows.
    """

    @abstractmethod
    def size(self, k: int) -> int:
        """How many second derivatives there are along ``k`` directions."""

    @abstractmethod
    def check(self, k: int) -> None:
        """Raise if this is no choice of second derivatives along ``k`` directions.

        Raises
        ------
        ShapeError
            If an array has the wrong shape, or an index is out of range.
        """

    @abstractmethod
    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        r""":math:`\sum_{ab} s^{ab} A_a A_b`, entry by entry."""

    @abstractmethod
    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        r""":math:`\sum_{ab} s^{ab} (A_a B_b + B_a A_b)`, entry by entry."""

    @abstractmethod
    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """The same for any other product of two arrays, such as a matrix product."""

    @abstractmethod
    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        r""":math:`\sum_{ab} s^{ab} F(A_a, A_b)` of a symmetric form on lists of arrays, whose axis 0 is a."""


@final
class AllPairs(SecondOrder):
    r"""All second derivatives :math:`D^2 f(e_a, e_b)`, :math:`a \le b`, in the order of ``jnp.triu_indices(k)``."""

    def size(self, k: int) -> int:
        """See :class:`SecondOrder`."""
        return k * (k + 1) // 2

    def check(self, k: int) -> None:
        """There is nothing to check."""

    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        rows, columns = np.triu_indices(a.shape[0])
        return _take(a, rows) * _take(a, columns)

    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        rows, columns = np.triu_indices(a.shape[0])
        return _take(a, rows) * _take(b, columns) + _take(b, rows) * _take(a, columns)

    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """See :class:`SecondOrder`; all k^2 products at once, which for a matrix product is one of larger matrices."""
        k = a.shape[0]
        outer = jax.vmap(jax.vmap(product, (None, 0)), (0, None))(a, b)
        outer = outer.reshape(k * k, *outer.shape[2:])
        rows, columns = np.triu_indices(k)
        return _take(outer, rows * k + columns) + _take(outer, columns * k + rows)

    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        """See :class:`SecondOrder`."""
        rows, columns = np.triu_indices(jax.tree.leaves(a)[0].shape[0])
        return _paired(form, _take_all(a, rows), _take_all(a, columns))


@final
class At(SecondOrder):
    r"""The second derivatives :math:`D^2 f(e_{p_r}, e_{q_r})` of given pairs of directions.

    Attributes
    ----------
    rows, columns : integer arrays of shape (m,)
        The indices p and q; NumPy arrays are checked, JAX arrays may be traced and are clipped to the range.
    """

    rows: Any
    columns: Any

    def size(self, k: int) -> int:
        """See :class:`SecondOrder`."""
        return self.rows.shape[0]

    def check(self, k: int) -> None:
        """See :class:`SecondOrder`."""
        for name, index in (("rows", self.rows), ("columns", self.columns)):
            if not hasattr(index, "dtype") or index.ndim != 1 or not jnp.issubdtype(index.dtype, jnp.integer):
                raise ShapeError(f"At: {name} must be an array of integers of shape (m,), got {_shape(index)}")
            if isinstance(index, np.ndarray) and index.size and not (0 <= index.min() and index.max() < k):
                raise ShapeError(f"At: {name} must lie between 0 and {k - 1}, the directions are {k}")
        if self.rows.shape != self.columns.shape:
            raise ShapeError(
                f"At: rows and columns must have one length, got {self.rows.shape[0]} and {self.columns.shape[0]}"
            )

    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return _take(a, self.rows) * _take(a, self.columns)

    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return _take(a, self.rows) * _take(b, self.columns) + _take(b, self.rows) * _take(a, self.columns)

    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """See :class:`SecondOrder`."""
        return self.hessian(_polarised(product), (a, b))

    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        """See :class:`SecondOrder`."""
        return _paired(form, _take_all(a, self.rows), _take_all(a, self.columns))


@final
class Along(SecondOrder):
    r"""The second derivatives :math:`D^2 f(\sum_a u_{ra} e_a, \sum_b v_{rb} e_b)` along given pairs of vectors.

    Attributes
    ----------
    u, v : arrays of shape (m, k)
        Components of the vectors with respect to the directions.
    """

    u: Any
    v: Any

    def size(self, k: int) -> int:
        """See :class:`SecondOrder`."""
        return self.u.shape[0]

    def check(self, k: int) -> None:
        """See :class:`SecondOrder`."""
        for name, vectors in (("u", self.u), ("v", self.v)):
            if jnp.ndim(vectors) != 2 or jnp.shape(vectors)[1] != k:
                raise ShapeError(f"Along: {name} must have shape (m, {k}), got {_shape(vectors)}")
        if jnp.shape(self.u) != jnp.shape(self.v):
            raise ShapeError(f"Along: u and v must have one shape, got {_shape(self.u)} and {_shape(self.v)}")

    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return _mixed(self.u, a) * _mixed(self.v, a)

    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return _mixed(self.u, a) * _mixed(self.v, b) + _mixed(self.u, b) * _mixed(self.v, a)

    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """See :class:`SecondOrder`."""
        return self.hessian(_polarised(product), (a, b))

    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        """See :class:`SecondOrder`."""
        left, right = (jax.tree.map(lambda leaf, w=w: _mixed(w, leaf), a) for w in (self.u, self.v))
        return _paired(form, left, right)


@final
class Trace(SecondOrder):
    r"""One second derivative, :math:`\sum_{ab} w_{ab} D^2 f(e_a, e_b)`: the forward Laplacian along the directions.

    Attributes
    ----------
    weights : array of shape (k,) or (k, k), optional
        The diagonal of w, or all of it, symmetric; by default w is the identity.
    """

    weights: Any = None

    def size(self, k: int) -> int:
        """See :class:`SecondOrder`."""
        return 1

    def check(self, k: int) -> None:
        """See :class:`SecondOrder`."""
        if self.weights is not None and jnp.shape(self.weights) not in ((k,), (k, k)):
            raise ShapeError(f"Trace: weights must have shape ({k},) or ({k}, {k}), got {_shape(self.weights)}")

    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return jnp.sum(a * self._weighed(a), 0, keepdims=True)

    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return 2 * jnp.sum(a * self._weighed(b), 0, keepdims=True)

    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """See :class:`SecondOrder`."""
        return 2 * jnp.sum(jax.vmap(product)(a, self._weighed(b)), 0, keepdims=True)

    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        """See :class:`SecondOrder`."""
        weighed = jax.tree.map(self._weighed, a)
        return jax.tree.map(lambda terms: jnp.sum(terms, 0, keepdims=True), _paired(form, a, weighed))

    def _weighed(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "k *out"]:
        """The weights times what they are multiplied with."""
        if self.weights is None:
            return a
        if jnp.ndim(self.weights) == 2:
            return _mixed(self.weights, a)
        return a * jnp.asarray(self.weights, a.dtype).reshape((-1,) + (1,) * (a.ndim - 1))


@final
class Concatenation(SecondOrder):
    """Several choices at once, one after the other."""

    parts: tuple[SecondOrder, ...]

    def size(self, k: int) -> int:
        """See :class:`SecondOrder`."""
        return sum(part.size(k) for part in self.parts)

    def check(self, k: int) -> None:
        """See :class:`SecondOrder`."""
        for part in self.parts:
            part.check(k)

    def square(self, a: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return lax.concatenate([part.square(a) for part in self.parts], 0)

    def polar(self, a: Inexact[Array, "k *out"], b: Inexact[Array, "k *out"]) -> Inexact[Array, "size *out"]:
        """See :class:`SecondOrder`."""
        return lax.concatenate([part.polar(a, b) for part in self.parts], 0)

    def bilinear(self, product: Bilinear, a: Inexact[Array, "k *left"], b: Inexact[Array, "k *right"]) -> Array:
        """See :class:`SecondOrder`."""
        return lax.concatenate([part.bilinear(product, a, b) for part in self.parts], 0)

    def hessian(self, form: Callable[[Any, Any], Any], a: Any) -> Any:
        """See :class:`SecondOrder`."""
        return jax.tree.map(lambda *rows: lax.concatenate(rows, 0), *[part.hessian(form, a) for part in self.parts])


def _take(a: Array, index: Any) -> Array:
    """Rows of an array; those of a static index are in bounds, because it was checked."""
    static = isinstance(index, np.ndarray)
    if static and np.array_equal(index, np.arange(a.shape[0])):
        return a
    numbers = lax.GatherDimensionNumbers(tuple(range(1, a.ndim)), (0,), (0,))
    mode = lax.GatherScatterMode.PROMISE_IN_BOUNDS if static else lax.GatherScatterMode.CLIP
    return lax.gather(a, jnp.asarray(index, jnp.int32)[:, None], numbers, (1, *a.shape[1:]), mode=mode)


def _take_all(tree: Any, index: Any) -> Any:
    return jax.tree.map(lambda leaf: _take(leaf, index), tree)


def _mixed(weights: Any, a: Array) -> Array:
    return jnp.tensordot(jnp.asarray(weights, a.dtype), a, 1)


def _paired(form: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    return jax.vmap(form)(left, right)


def _polarised(product: Bilinear) -> Callable[[Any, Any], Array]:
    return lambda left, right: product(left[0], right[1]) + product(right[0], left[1])


def _shape(value: Any) -> str:
    return f"shape {jnp.shape(value)}" if hasattr(value, "shape") else type(value).__name__
