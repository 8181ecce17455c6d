"""Where a number stopped being finite."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from jax.extend.core import JaxprEqn
from jaxtyping import Array, Float

from riemlearn.jets.carried import Carried, Jet, value_of
from riemlearn.jets.interpreter import said
from riemlearn.jets.jet import carry, checked, program
from riemlearn.jets.second import AllPairs


class _Found(Exception):
    """The first equation with a result that is not finite."""


def locate(f: Callable[[Float[Array, " n"]], Float[Array, "*out"]], x: Float[Array, " n"] | Any) -> str | None:
    r"""The first equation on the way to f, Df or D^2 f at ``x`` whose result is not finite.

    The program of ``f`` is run equation by equation, which is slow: it is for the one point at which something is
    wrong. A loop or a branch counts as one equation.

    Returns
    -------
    str or None
        The equation's primitive, the user's line and what is not finite there; None if all is finite.

    Raises
    ------
    DerivativeError, ShapeError
        As :func:`jet2` does.

    Examples
    --------
    >>> locate(lambda x: jnp.sqrt(x[0]) + x[1], jnp.array([0.0, 1.0])).split(" (")[0]
    "the first derivatives of the primitive 'sqrt'"
    >>> locate(lambda x: jnp.sqrt(x[0]) + x[1], jnp.array([2.0, 1.0]))
    """
    x, directions = checked("locate", x, None)
    if not jnp.all(jnp.isfinite(x)):
        return "the point itself"
    try:
        carry(program(f, x), x, directions, AllPairs(), _stop_if_not_finite)
    except _Found as found:
        return str(found)
    return None


def _stop_if_not_finite(eqn: JaxprEqn, outputs: Sequence[Carried]) -> None:
    for output in outputs:
        arrays: dict[str, Any] = {"value": value_of(output)}
        if isinstance(output, Jet):
            arrays |= {"first derivatives": output.settled.first, "second derivatives": output.settled.second}
        for name, array in arrays.items():
            if array is not None and jnp.issubdtype(array.dtype, jnp.inexact) and not jnp.all(jnp.isfinite(array)):
                raise _Found(f"the {name} of {said(eqn)}")
