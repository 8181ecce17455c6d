"""LearnedMap: any callable as a pytree, its arrays apart from the rest."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn.errors import DerivativeError, ShapeError
from riemlearn.jets import jet1, jet2, locate
from riemlearn.jets.jet import OF_NUMPY
from riemlearn.tensor_field.evaluation import as_floats


class LearnedMap(eqx.Module):
    """A callable whose arrays (weights, bound parameters) are leaves and whose structure is static.

    A value of real numbers is cast to the dtype of the first argument: a model with float64 weights still has a
    float32 answer to a float32 point.

    A lambda is all structure; an Equinox or Flax model brings its weights.  So plain ``jax.jit`` and ``jax.grad`` take
    whatever holds a learned map as an argument.

    Raises
    ------
    ShapeError
        If the object is not callable, or its static part cannot be hashed.
    """

    arrays: tuple[Any, ...]
    _structure: Any = eqx.field(static=True)
    _rest: tuple[Any, ...] = eqx.field(static=True)

    def __init__(self, f: Any):
        if not callable(f):
            raise ShapeError(f"expected a callable from points to values, got {type(f).__name__}")
        leaves, structure = jax.tree_util.tree_flatten(f)
        is_array = [eqx.is_array(leaf) or isinstance(leaf, np.ndarray) for leaf in leaves]
        self.arrays = tuple(_as_leaf(leaf) if a else None for leaf, a in zip(leaves, is_array, strict=True))
        self._structure = structure
        self._rest = tuple(None if a else leaf for leaf, a in zip(leaves, is_array, strict=True))
        try:
            hash((self._rest, structure))
        except TypeError as error:
            raise ShapeError(f"the static part of {type(f).__name__} cannot be hashed: {error}") from None

    def __call__(self, *arguments: Any) -> Any:
        """The value of the map."""
        leaves = [a if a is not None else r for a, r in zip(self.arrays, self._rest, strict=True)]
        value = jax.tree_util.tree_unflatten(self._structure, leaves)(*arguments)
        if eqx.is_inexact_array(value) and jnp.isrealobj(value) and eqx.is_inexact_array(arguments[0]):
            return value.astype(arguments[0].dtype)
        return value

    def output(self, dim: int, name: str) -> jax.ShapeDtypeStruct:
        """Shape and dtype of the value at a point of R^dim, found without computing it.

        Raises
        ------
        ShapeError
            If the map cannot take such a point, or returns something else than one array.
        DerivativeError
            If it leaves JAX for NumPy.
        """
        point = jax.ShapeDtypeStruct((dim,), jnp.result_type(float))
        try:
            output = jax.eval_shape(self, point)
        except jax.errors.TracerArrayConversionError as error:
            raise DerivativeError(f"{name} {OF_NUMPY}") from error
        except (TypeError, ValueError, IndexError) as error:  # what shapes that do not fit raise
            raise ShapeError(
                f"{name} cannot take a point of shape ({dim},): {type(error).__name__}: {error}"
            ) from error
        if not isinstance(output, jax.ShapeDtypeStruct) or not jnp.issubdtype(output.dtype, jnp.floating):
            raise ShapeError(f"{name} must return one array of real numbers, got {output}")
        return output

    def check_differentiable(self, dim: int, name: str) -> None:
        """Refuse a map that JAX cannot differentiate forwards.

        Raises
        ------
        DerivativeError
            If something in it has no derivative; the message names it.
        """
        point = jax.ShapeDtypeStruct((dim,), jnp.result_type(float))
        try:
            jax.eval_shape(lambda x: jet1(self, x), point)
        except (TypeError, ValueError, NotImplementedError) as error:  # what JAX raises for a rule that is missing
            raise DerivativeError(f"{name}: {self._without_derivative(point) or error}") from error

    def _without_derivative(self, point: jax.ShapeDtypeStruct) -> DerivativeError | None:
        """What the 2-jet says of the equation that has no derivative: unlike JAX it knows the line."""
        try:
            jax.eval_shape(lambda x: jet2(self, x), point)
        except DerivativeError as found:
            return found
        return None

    def not_finite(self, x: Float[Array, " n"]) -> str:
        """Where on the way to the value and its derivatives a number is not finite; nothing if that cannot be said."""
        try:
            found = locate(self, x)
        except Exception:  # whatever comes of running the map again, it must not hide the failure that is explained
            return ""
        return f"the first such number is in {found}" if found else ""

    def reversible(self, dim: int) -> bool:
        """Whether JAX can differentiate the map backwards, which it cannot through a loop of unknown length."""
        point = jax.ShapeDtypeStruct((dim,), jnp.result_type(float))
        try:
            jax.eval_shape(lambda x: jax.vjp(self, x)[1](self(x)), point)
        except (TypeError, ValueError, NotImplementedError):  # what JAX raises for a rule that is missing
            return False
        return True


def _as_leaf(leaf: Any) -> Any:
    """An array of the map; NumPy's 64 bits are kept or warned of, as those of a point are."""
    floating = isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
    return as_floats(leaf, "an array inside the map") if floating else jnp.asarray(leaf)
