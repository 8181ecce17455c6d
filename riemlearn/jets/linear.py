"""Linear functions of arrays: one application to all derivatives at once; and products, linear in each factor."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import JaxprEqn
from jaxtyping import Array

from riemlearn.jets.carried import Block, Carried, Jet, added, mapped_jointly, value_of
from riemlearn.jets.interpreter import Interpreter, Rule, evaluate, is_real, known

# Linear in all arguments that can have a derivative, taken together; the others are indices and choices.
_LINEAR = """
    broadcast_in_dim complex concatenate conj convert_element_type cumsum device_put dynamic_slice
    dynamic_update_slice expand_dims fft gather imag name optimization_barrier pad pvary real reduce_precision
    reduce_sum reduce_window_sum reshape rev scatter-add scatter_add sharding_constraint slice split squeeze stack
    tile transpose unstack
""".split()


def linear(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> list[Carried]:
    """The same function of value and derivatives, in which constants are zero."""
    positions = [i for i, x in enumerate(inputs) if isinstance(x, Jet)]
    rest = [x if isinstance(x, Jet) or not is_real(v.aval) else jnp.zeros_like(x) for x, v in _with(inputs, eqn)]

    def function(*moving: Any) -> list[Any]:
        arguments = list(rest)
        for position, value in zip(positions, moving, strict=True):
            arguments[position] = value
        return evaluate(eqn, arguments)

    values = evaluate(eqn, [value_of(x) for x in inputs])
    if not all(is_real(value) for value in values):  # a conversion to integers
        return list(values)
    blocks = mapped_jointly(function, [x.settled for x in inputs if isinstance(x, Jet)])
    return [Jet(value, block) for value, block in zip(values, blocks, strict=True)]


def _with(inputs: Sequence[Carried], eqn: JaxprEqn) -> list[tuple[Carried, Any]]:
    return list(zip(inputs, eqn.invars, strict=True))


def product(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> list[Carried]:
    """A matrix product or convolution; with a constant factor it is one of all derivatives."""
    left, right = inputs
    a, b = value_of(left), value_of(right)
    (value,) = evaluate(eqn, [a, b])

    def multiply(x: Any, y: Any) -> Any:
        return evaluate(eqn, [x, y])[0]

    parts: list[Block] = []
    if isinstance(left, Jet):
        parts.append(left.settled.made(jax.vmap(lambda row: multiply(row, b))(left.settled.stacked)))
    if isinstance(right, Jet):
        parts.append(right.settled.made(_from_the_right(eqn, a, right.settled.stacked)))
    block = added(parts)
    if isinstance(left, Jet) and isinstance(right, Jet):
        second = engine.choice.bilinear(multiply, left.settled.first, right.settled.first)
        block = engine.block(block.first, second if block.second is None else block.second + second)
    return [Jet(value, block)]


def _from_the_right(eqn: JaxprEqn, a: Any, rows: Array) -> Array:
    """A constant times every row; a matrix times vectors is rearranged, so that the rows stay the first axis."""
    if eqn.primitive.name == "dot_general" and rows.ndim == 2:
        (contracted, _), (batch, _) = eqn.params["dimension_numbers"]
        if contracted and not batch:
            precision = eqn.params["precision"]
            return jax.lax.dot_general(
                rows,
                a,
                (((1,), contracted), ((), ())),
                precision=precision[::-1] if isinstance(precision, tuple) else precision,
                preferred_element_type=eqn.params["preferred_element_type"],
            )
    return jax.vmap(lambda row: evaluate(eqn, [a, row])[0])(rows)


def solve(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A triangular system, linear in the right side if the matrix is constant."""
    matrix, right = inputs
    if isinstance(matrix, Jet) or not isinstance(right, Jet):
        return engine.fallback(engine, eqn, inputs)
    (value,) = evaluate(eqn, [matrix, right.value])
    rowwise = jax.vmap(lambda row: evaluate(eqn, [matrix, row])[0])
    return [Jet(value, right.settled.map(rowwise))]


def scatter(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """Entries replaced: linear if no two updates may meet."""
    indices = known(eqn.invars[1])
    alone = eqn.params["unique_indices"] or indices.size == indices.shape[-1]
    return linear(engine, eqn, inputs) if alone else engine.fallback(engine, eqn, inputs)


RULES: dict[str, Rule] = {
    **dict.fromkeys(_LINEAR, linear),
    "dot_general": product,
    "conv_general_dilated": product,
    "triangular_solve": solve,
    "scatter": scatter,
}
