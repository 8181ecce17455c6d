"""The table: every primitive that has a rule of its own, and those that cannot be differentiated at all."""

from collections.abc import Sequence
from typing import NoReturn

from jax.extend.core import JaxprEqn

from riemlearn.errors import DerivativeError
from riemlearn.jets import control, elementwise, linear
from riemlearn.jets.carried import Carried
from riemlearn.jets.interpreter import Interpreter, Rule, said


def _host(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> NoReturn:
    raise DerivativeError(
        f"{said(eqn)} calls a function outside JAX, whose derivatives are not known; define "
        'them by jax.custom_jvp, or take differences: Metric.from_embedding(f, dim=n, derivatives="finite")'
    )


def _reverse_only(engine: Interpreter, eqn: JaxprEqn, inputs: Sequence[Carried]) -> NoReturn:
    raise DerivativeError(
        f"{said(eqn)} has a derivative in reverse mode only; second derivatives are taken in forward mode: "
        "define it by jax.custom_jvp instead of jax.custom_vjp"
    )


RULES: dict[str, Rule] = {
    **elementwise.RULES,
    **linear.RULES,
    **control.RULES,
    **dict.fromkeys(("pure_callback", "io_callback"), _host),
    **dict.fromkeys(("custom_vjp_call", "custom_vjp_call_jaxpr"), _reverse_only),
}
