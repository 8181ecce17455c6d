"""Loops and branches: jets go through them as arrays, so that a loop stays a loop.

Which of the carried arrays vary, and to which order, is found first, by reading the body until nothing is added.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import eval_jaxpr
from jax.extend.core import ClosedJaxpr, JaxprEqn

from riemlearn.jets.carried import Carried, Jet, value_of
from riemlearn.jets.interpreter import Interpreter, Rule


class _Kind(IntEnum):
    """What an array is known to be, from less to more."""

    CONSTANT = 0
    FLAT = 1
    CURVED = 2


# A carried thing as arrays: (value,), (value, first) or (value, first, second).
Packed = tuple[Any, ...]


def _kind(x: Carried) -> _Kind:
    if not isinstance(x, Jet):
        return _Kind.CONSTANT
    return _Kind.FLAT if x.settled.is_flat else _Kind.CURVED


def _pack(engine: Interpreter, x: Carried, kind: _Kind) -> Packed:
    """As arrays, with zeros where more is asked for than there is."""
    value = jnp.asarray(value_of(x))
    if kind == _Kind.CONSTANT:
        return (value,)
    if not isinstance(x, Jet):
        x = Jet(value, engine.block(jnp.zeros((engine.k, *value.shape), value.dtype), None))
    block = x.settled
    return (value, block.first) if kind == _Kind.FLAT else (value, block.first, block.filled)


def _unpack(engine: Interpreter, packed: Packed) -> Carried:
    if len(packed) == 1:
        return packed[0]
    return Jet(packed[0], engine.block(packed[1], packed[2] if len(packed) == 3 else None))


def _pack_all(engine: Interpreter, carried: Sequence[Carried], kinds: Sequence[_Kind]) -> tuple[Packed, ...]:
    return tuple(_pack(engine, x, kind) for x, kind in zip(carried, kinds, strict=True))


def _unpack_all(engine: Interpreter, packed: Sequence[Packed]) -> list[Carried]:
    return [_unpack(engine, x) for x in packed]


def _kinds_of(engine: Interpreter, closed: ClosedJaxpr, packed: Any) -> list[_Kind]:
    """What the outputs of a program are when its inputs are as given; nothing is computed."""
    found: list[_Kind] = []

    def read(inputs: Any) -> int:
        found[:] = [_kind(x) for x in engine.run(closed.jaxpr, closed.consts, _unpack_all(engine, inputs))]
        return 0

    jax.eval_shape(read, packed)
    return found


def _fixed(kinds: list[_Kind], step: Callable[[list[_Kind]], list[_Kind]]) -> list[_Kind]:
    """The least kinds that a loop's body does not raise."""
    while True:
        raised = [max(pair) for pair in zip(kinds, step(kinds), strict=True)]
        if raised == kinds:
            return kinds
        kinds = raised


def _swapped(packed: Packed) -> Packed:
    """The axes of direction and of time exchanged in all derivatives."""
    return (packed[0], *[jnp.swapaxes(a, 0, 1) for a in packed[1:]])


def scan(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A scan over jets, of the same length."""
    engine = engine._replace(watch=None)
    closed, length = eqn.params["jaxpr"], eqn.params["length"]
    if not length:
        return engine.fallback(engine, eqn, inputs)
    n_consts, n_carry = eqn.params["num_consts"], eqn.params["num_carry"]
    consts = _pack_all(engine, inputs[:n_consts], [_kind(x) for x in inputs[:n_consts]])
    carry, given = inputs[n_consts : n_consts + n_carry], inputs[n_consts + n_carry :]
    sequences = tuple(_swapped(_pack(engine, x, _kind(x))) for x in given)
    now = jax.eval_shape(lambda: jax.tree.map(lambda a: a[0], sequences))
    outputs: list[_Kind] = []

    def after(kinds: list[_Kind]) -> list[_Kind]:
        outputs[:] = _kinds_of(engine, closed, (*consts, *_pack_all(engine, carry, kinds), *now))
        return outputs[:n_carry]

    kinds = _fixed([_kind(x) for x in carry], after)

    def body(state: Any, slices: Any) -> Any:
        result = engine.run(closed.jaxpr, closed.consts, _unpack_all(engine, (*consts, *state, *slices)))
        packed = _pack_all(engine, result, kinds + outputs[n_carry:])
        return packed[:n_carry], packed[n_carry:]

    start = _pack_all(engine, carry, kinds)
    end, collected = lax.scan(
        body, start, sequences, length, reverse=eqn.params["reverse"], unroll=eqn.params["unroll"]
    )
    return _unpack_all(engine, [*end, *[_swapped(packed) for packed in collected]])


def while_loop(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> list[Carried]:
    """A loop whose end depends on the values alone."""
    engine = engine._replace(watch=None)
    condition, closed = eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]
    n_condition, n_body = eqn.params["cond_nconsts"], eqn.params["body_nconsts"]
    fixed = [value_of(x) for x in inputs[:n_condition]]
    consts = inputs[n_condition : n_condition + n_body]
    packed = _pack_all(engine, consts, [_kind(x) for x in consts])
    carry = inputs[n_condition + n_body :]
    kinds = _fixed(
        [_kind(x) for x in carry],
        lambda kinds: _kinds_of(engine, closed, (*packed, *_pack_all(engine, carry, kinds))),
    )

    def goes_on(state: Any) -> Any:
        return eval_jaxpr(condition.jaxpr, condition.consts, *fixed, *[x[0] for x in state])[0]

    def body(state: Any) -> Any:
        return _pack_all(engine, engine.run(closed.jaxpr, closed.consts, _unpack_all(engine, (*packed, *state))), kinds)

    return _unpack_all(engine, lax.while_loop(goes_on, body, _pack_all(engine, carry, kinds)))


def branch(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> list[Carried]:
    """One of several programs, chosen by an integer."""
    engine = engine._replace(watch=None)
    index, operands = value_of(inputs[0]), inputs[1:]
    packed = _pack_all(engine, operands, [_kind(x) for x in operands])
    branches = eqn.params["branches"]
    found = [_kinds_of(engine, closed, packed) for closed in branches]
    kinds = [max(kind) for kind in zip(*found, strict=True)]

    def function(closed: ClosedJaxpr) -> Callable[[Any], Any]:
        return lambda packed: _pack_all(
            engine, engine.run(closed.jaxpr, closed.consts, _unpack_all(engine, packed)), kinds
        )

    return _unpack_all(engine, lax.switch(index, [function(closed) for closed in branches], packed))


RULES: dict[str, Rule] = {"scan": scan, "while": while_loop, "cond": branch}
