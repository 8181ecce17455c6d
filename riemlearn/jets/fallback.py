"""Any primitive that JAX can differentiate: nested ``jvp`` of one equation, over the pairs of directions that count."""

from collections.abc import Sequence
from typing import Any

import jax
from jax.extend.core import JaxprEqn

from riemlearn.jets.carried import Carried, Jet
from riemlearn.jets.interpreter import Interpreter, evaluate, is_real


def fallback(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> list[Carried]:
    r"""The chain rule :math:`D^2(h \circ y)(u, v) = D^2 h(Dy\,u, Dy\,v) + Dh(D^2 y(u, v))` as it stands."""
    positions = [i for i, x in enumerate(inputs) if isinstance(x, Jet)]
    jets = [x for x in inputs if isinstance(x, Jet)]
    values = [x.value for x in jets]
    blocks = [x.settled for x in jets]
    real = [i for i, v in enumerate(eqn.outvars) if is_real(v.aval)]

    def all_outputs(moving: Sequence[Any]) -> list[Any]:
        arguments = list(inputs)
        for position, value in zip(positions, moving, strict=True):
            arguments[position] = value
        return evaluate(eqn, arguments)

    def function(moving: list[Any]) -> list[Any]:
        outputs = all_outputs(moving)
        return [outputs[i] for i in real]

    def along(at: list[Any], tangent: list[Any]) -> list[Any]:
        return jax.jvp(function, (at,), (tangent,))[1]

    def twice(left: list[Any], right: list[Any]) -> list[Any]:
        return jax.jvp(lambda at: along(at, left), (values,), (right,))[1]

    def pushed(tangents: list[Any]) -> list[Any]:
        return jax.vmap(lambda tangent: along(values, tangent))(tangents)

    flat = all(block.is_flat for block in blocks)
    first = pushed([block.first for block in blocks])
    second = engine.choice.hessian(twice, [block.first for block in blocks])
    if not flat:
        second = [a + b for a, b in zip(second, pushed([block.filled for block in blocks]), strict=True)]
    outputs: list[Carried] = list(all_outputs(values))
    for i, a, b in zip(real, first, second, strict=True):
        outputs[i] = Jet(outputs[i], engine.block(a, b))
    return outputs
