"""The loop: a program is read equation by equation, and every equation has a rule that carries jets through it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn, Literal
from jax.extend.source_info_util import summarize
from jaxtyping import Array

from riemlearn.errors import DerivativeError
from riemlearn.jets.carried import Block, Carried, Jet, value_of
from riemlearn.jets.second import SecondOrder

Rule = Callable[["Interpreter", JaxprEqn, Sequence[Carried]], Sequence[Carried]]
Watch = Callable[[JaxprEqn, Sequence[Carried]], None]

# Their derivative is zero, or is asked to be.
CONSTANT = frozenset({"stop_gradient", "sign", "floor", "ceil", "round"})


class Interpreter(NamedTuple):
    """Carries jets through programs.

    Attributes
    ----------
    choice : SecondOrder
        Which second derivatives are carried.
    k : int
        How many directions there are.
    rules : mapping
        The rule of each primitive by its name.
    fallback : rule
        What is done with any other primitive.
    watch : callable, optional
        Called with every equation and what came of it.
    """

    choice: SecondOrder
    k: int
    rules: Mapping[str, Rule]
    fallback: Rule
    watch: Watch | None = None

    def run(self, jaxpr: Jaxpr, consts: Sequence[Any], inputs: Sequence[Carried]) -> list[Carried]:
        """What a program makes of its inputs."""
        wanted = _differentiated(jaxpr)
        env: dict[Any, Carried] = {
            v: c if isinstance(c, Array | Jet) else jnp.asarray(c) for v, c in zip(jaxpr.constvars, consts, strict=True)
        }
        env.update(zip(jaxpr.invars, inputs, strict=True))

        def read(atom: Any) -> Carried:
            return np.asarray(atom.val, known(atom).dtype) if isinstance(atom, Literal) else env[atom]

        for eqn in jaxpr.eqns:
            outputs = self.step(eqn, [read(atom) for atom in eqn.invars], any(v in wanted for v in eqn.outvars))
            env.update(zip(eqn.outvars, outputs, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def step(self, eqn: JaxprEqn, inputs: Sequence[Carried], wanted: bool) -> Sequence[Carried]:
        """What one equation makes of its inputs; only its values if no derivative of them is used."""
        if not wanted or not any(isinstance(x, Jet) for x in inputs):
            outputs: Sequence[Carried] = evaluate(eqn, [value_of(x) for x in inputs])
        else:
            rule = self.rules.get(eqn.primitive.name, self.fallback)
            try:
                with eqn.ctx.manager:
                    outputs = rule(self, eqn, inputs)
            except NotImplementedError as error:
                raise DerivativeError(f"{said(eqn)} has no derivative: {error}") from error
        if self.watch is not None:
            self.watch(eqn, outputs)
        return outputs

    def block(self, first: Array, second: Array | None) -> Block:
        """Derivatives along the directions of this interpreter."""
        return Block(self.choice, self.k, (first, second))


def evaluate(eqn: JaxprEqn, values: Sequence[Any]) -> list[Any]:
    """The values of one equation."""
    bound = eqn.primitive.get_bind_params(eqn.params)
    functions, params = bound if isinstance(bound, tuple) else ((), bound)
    with eqn.ctx.manager:
        outputs = eqn.primitive.bind(*functions, *values, **params)
    return list(outputs) if eqn.primitive.multiple_results else [outputs]


def known(atom: Any) -> Any:
    """What is known of a variable before it is computed: its shape and its type."""
    return atom.aval


def is_real(aval: Any) -> bool:
    """Whether an array, or what is known of it, has entries that can have a derivative."""
    return jnp.issubdtype(aval.dtype, jnp.inexact)


def said(eqn: JaxprEqn) -> str:
    """An equation in an error message: its primitive and the user's line."""
    return f"the primitive '{eqn.primitive.name}' ({summarize(eqn.source_info)})"


def _differentiated(jaxpr: Jaxpr) -> set[Any]:
    """The variables whose derivatives are used; softmax, for one, has no use of those of a maximum."""
    wanted = {v for v in jaxpr.outvars if not isinstance(v, Literal)}
    for eqn in reversed(jaxpr.eqns):
        if eqn.primitive.name not in CONSTANT and any(v in wanted and is_real(v.aval) for v in eqn.outvars):
            wanted.update(v for v in eqn.invars if not isinstance(v, Literal) and is_real(v.aval))
    return {v for v in wanted if is_real(v.aval)} - {
        v for eqn in jaxpr.eqns if eqn.primitive.name in CONSTANT for v in eqn.outvars
    }
