r"""Elementwise functions: only slope and bend change, at the size of the value, while the block waits.

A function of several jets with one block is again a function of that block.  With several blocks the derivatives are
:math:`F_i A_i` and :math:`F_i S_i + F_{ii} s(A_i, A_i) + F_{ij} s(A_i, A_j)`, in one go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal

from riemlearn.jets.carried import Carried, Jet, combined, value_of
from riemlearn.jets.interpreter import CONSTANT, Interpreter, Rule, evaluate, is_real, known
from riemlearn.jets.linear import linear

# Functions of entries, with a derivative in JAX.
POINTWISE = frozenset(
    """
    abs acos acosh add add_any asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt clamp copy copy_p cos cosh
    digamma div erf erf_inv erfc exp exp2 expm1 igamma igammac integer_pow lgamma log log1p logistic max min mul neg
    polygamma pow regularized_incomplete_beta rem rsqrt select_n sin sinh sqrt square sub tan tanh
    """.split()
)
CALLS: Mapping[str, str] = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat": "jaxpr",
    "remat2": "jaxpr",
    "checkpoint": "jaxpr",
}
_SIGNS = {"add": (1, 1), "add_any": (1, 1), "sub": (1, -1), "neg": (-1,), "copy": (1,), "copy_p": (1,)}

Slope = Any  # an array, or None for one
Bend = Any  # an array, or None for zero


def pointwise(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A function of entries: of one block, or of several."""
    like = known(eqn.outvars[0])
    if any(isinstance(x, Jet) and x.value.dtype != like.dtype for x in inputs):  # the modulus of complex numbers
        return engine.fallback(engine, eqn, inputs)
    inputs = [_broadcast(x, like.shape) if isinstance(x, Jet) else x for x in inputs]
    values = evaluate(eqn, [value_of(x) for x in inputs])
    moving = [i for i, v in enumerate(eqn.outvars) if is_real(v.aval)]
    blocks = {id(x.block): x.block for x in inputs if isinstance(x, Jet)}
    name = eqn.primitive.name
    if name in _SIGNS:
        slopes, bends, mixed = _of_sum(_SIGNS[name], inputs, list(blocks))
    elif name == "mul":
        slopes, bends, mixed = _of_product(inputs, list(blocks))
    else:
        slopes, bends, mixed = _by_jvp(eqn, inputs, list(blocks), moving)
    outputs: list[Carried] = list(values)
    for order, i in enumerate(moving):
        terms = [(slopes[b][order], bends[b][order], block) for b, block in blocks.items()]
        if len(terms) == 1:
            slope, bend, block = terms[0]
            outputs[i] = Jet(values[i], block, slope, bend)
        else:
            pairs = [(bend[order], blocks[b], blocks[c]) for (b, c), bend in mixed.items()]
            outputs[i] = Jet(values[i], combined(terms, pairs))
    return outputs


def select(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A choice between arrays: of one block a function of entries, otherwise linear."""
    blocks = {id(x.block) for x in inputs if isinstance(x, Jet)}
    return pointwise(engine, eqn, inputs) if len(blocks) == 1 else linear(engine, eqn, inputs)


def _broadcast(jet: Jet, shape: tuple[int, ...]) -> Jet:
    """A number next to an array, which primitives allow."""
    if jet.value.shape == shape:
        return jet
    return Jet(jnp.broadcast_to(jet.value, shape), jet.settled.map(jax.vmap(lambda row: jnp.broadcast_to(row, shape))))


# Each of the following gives, by block, the slopes F_i and bends F_ii of all outputs, and by pair of blocks F_ij.
Partials = tuple[dict[int, list[Slope]], dict[int, list[Bend]], dict[tuple[int, int], list[Slope]]]


def _of_sum(signs: tuple[int, ...], inputs: Sequence[Carried], blocks: list[int]) -> Partials:
    slopes, bends = {}, {}
    for b in blocks:
        terms = [(sign, x) for sign, x in zip(signs, inputs, strict=True) if isinstance(x, Jet) and id(x.block) == b]
        bent = [x.bend if sign > 0 else -x.bend for sign, x in terms if x.bend is not None]
        if len(terms) == 1:
            (sign, x) = terms[0]
            slope = x.slope if sign > 0 else jnp.asarray(-1, x.value.dtype) if x.slope is None else -x.slope
        else:
            first, last = (sign * _slope(x) for sign, x in terms)
            slope = first + last
        slopes[b], bends[b] = [slope], [sum(bent[1:], bent[0]) if bent else None]
    return slopes, bends, {}


def _of_product(inputs: Sequence[Carried], blocks: list[int]) -> Partials:
    u, v = inputs
    if not isinstance(u, Jet) or not isinstance(v, Jet):
        jet, factor = (u, v) if isinstance(u, Jet) else (v, u)
        return {blocks[0]: [_times(jet.slope, factor)]}, {blocks[0]: [_bent(jet.bend, factor)]}, {}
    both = _times(u.slope, v.slope)
    if len(blocks) == 2:
        slopes = {blocks[0]: [_times(u.slope, v.value)], blocks[1]: [_times(v.slope, u.value)]}
        bends = {blocks[0]: [_bent(u.bend, v.value)], blocks[1]: [_bent(v.bend, u.value)]}
        return slopes, bends, {(blocks[0], blocks[1]): [both]}
    slope = _times(u.slope, v.value) + _times(v.slope, u.value)
    bend = jnp.asarray(2, u.value.dtype) if both is None else 2 * both
    for x, y in ((u, v), (v, u)):
        if x.bend is not None:
            bend = bend + x.bend * y.value
    return {blocks[0]: [slope]}, {blocks[0]: [bend]}, {}


def _by_jvp(eqn: JaxprEqn, inputs: Sequence[Carried], blocks: list[int], moving: list[int]) -> Partials:
    """Nested derivatives of the function itself, so that its own rules for them are used."""
    positions = [i for i, x in enumerate(inputs) if isinstance(x, Jet)]
    jets = [x for x in inputs if isinstance(x, Jet)]
    values = tuple(x.value for x in jets)

    def function(*arguments: Any) -> list[Any]:
        full = list(inputs)
        for position, value in zip(positions, arguments, strict=True):
            full[position] = value
        outputs = evaluate(eqn, full)
        return [outputs[i] for i in moving]

    units = {b: tuple(_slope(x) if id(x.block) == b else jnp.zeros_like(x.value) for x in jets) for b in blocks}
    slopes: dict[int, list[Slope]] = {}
    bends: dict[int, list[Bend]] = {}
    mixed: dict[tuple[int, int], list[Slope]] = {}
    for i, b in enumerate(blocks):

        def along(*arguments: Any, unit: Any = units[b]) -> list[Any]:
            return jax.jvp(function, arguments, unit)[1]

        slopes[b], curved = jax.jvp(along, values, units[b])
        if any(x.bend is not None and id(x.block) == b for x in jets):
            bent = tuple(
                jnp.zeros_like(x.value)
                if x.bend is None or id(x.block) != b
                else jnp.broadcast_to(x.bend, x.value.shape).astype(x.value.dtype)
                for x in jets
            )
            curved = [p + q for p, q in zip(curved, jax.jvp(function, values, bent)[1], strict=True)]
        bends[b] = curved
        for c in blocks[i + 1 :]:
            mixed[b, c] = jax.jvp(along, values, units[c])[1]
    return slopes, bends, mixed


def _slope(jet: Jet) -> Any:
    """The slope written out."""
    one = jnp.ones_like(jet.value) if jet.slope is None else jet.slope
    return jnp.broadcast_to(one, jet.value.shape).astype(jet.value.dtype)


def _times(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a * b


def _bent(bend: Bend, factor: Any) -> Bend:
    return None if bend is None else bend * factor


def call(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A call of a program: a single elementwise function if it is one, otherwise its equations in turn."""
    if engine.watch is None and _fuses(eqn, inputs):
        return pointwise(engine, eqn, inputs)
    inner = eqn.params[CALLS[eqn.primitive.name]]
    jaxpr, consts = (inner.jaxpr, inner.consts) if isinstance(inner, ClosedJaxpr) else (inner, ())
    return engine.run(jaxpr, consts, inputs)


def custom(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> Sequence[Carried]:
    """A function with a derivative of its own, which is used."""
    return pointwise(engine, eqn, inputs) if _fuses(eqn, inputs) else engine.fallback(engine, eqn, inputs)


def _fuses(eqn: JaxprEqn, inputs: Sequence[Carried]) -> bool:
    """Whether a call is an elementwise function of one block."""
    jets = [x for x in inputs if isinstance(x, Jet)]
    if any(x.block is not jets[0].block for x in jets):
        return False
    return _is_pointwise(eqn, [isinstance(x, Jet) for x in inputs], jets[0].value)


def _is_pointwise(eqn: JaxprEqn, varies: Sequence[bool], like: Any, differentiated: bool = False) -> bool:
    """Whether an equation takes entries to entries, the arguments that vary to all outputs that can.

    Unless it is part of a program that is ``differentiated`` already, so must the derivatives that it brings.
    """
    name = eqn.primitive.name
    avals = [known(v) for v, moves in zip(eqn.invars, varies, strict=True) if moves]
    avals += [known(v) for v in eqn.outvars if is_real(known(v))]
    if any(aval.shape != like.shape or aval.dtype != like.dtype for aval in avals):
        return False
    if name in POINTWISE:
        return True
    if name in CALLS:
        inner = eqn.params[CALLS[name]]
        jaxpr = inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner
        return _all_pointwise(jaxpr, varies, like, differentiated)
    if name == "custom_jvp_call" and differentiated:
        return _all_pointwise(eqn.params["call_jaxpr"].jaxpr, varies, like, True)
    if name == "custom_jvp_call":
        return _all_pointwise(*_twice_differentiated(eqn, varies), like, True)
    return False


def _all_pointwise(jaxpr: Jaxpr, varies: Sequence[bool], like: Any, differentiated: bool) -> bool:
    moving = {v for v, moves in zip(jaxpr.invars, varies, strict=True) if moves}
    for eqn in jaxpr.eqns:
        flags = [not isinstance(v, Literal) and v in moving for v in eqn.invars]
        real = [v for v in eqn.outvars if is_real(v.aval)]
        if any(flags) and real and eqn.primitive.name not in CONSTANT:
            if not _is_pointwise(eqn, flags, like, differentiated):
                return False
            moving.update(real)
    return True


def _twice_differentiated(eqn: JaxprEqn, varies: Sequence[bool]) -> tuple[Jaxpr, list[bool]]:
    """The program of the second derivative, in which a rule that couples entries would show."""
    positions = [i for i, moves in enumerate(varies) if moves]
    real = [i for i, v in enumerate(eqn.outvars) if is_real(v.aval)]

    def second(full: list[Any], moving: list[Any], tangent: list[Any]) -> Any:
        def function(arguments: list[Any]) -> list[Any]:
            merged = list(full)
            for i, value in zip(positions, arguments, strict=True):
                merged[i] = value
            outputs = evaluate(eqn, merged)
            return [outputs[i] for i in real]

        return jax.jvp(lambda at: jax.jvp(function, (at,), (tangent,)), (moving,), (tangent,))

    avals = [jax.ShapeDtypeStruct(known(v).shape, known(v).dtype) for v in eqn.invars]
    moving = [avals[i] for i in positions]
    closed = jax.make_jaxpr(second)(avals, moving, moving)
    return closed.jaxpr, [False] * len(avals) + [True] * (2 * len(moving))


RULES: dict[str, Rule] = {
    **dict.fromkeys(POINTWISE, pointwise),
    **dict.fromkeys(CALLS, call),
    "custom_jvp_call": custom,
    "select_n": select,
}
