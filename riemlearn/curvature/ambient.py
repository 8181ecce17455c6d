r"""What an embedding sees of its ambient space at one point: normal coordinates, signs, and curvature.

With :math:`\bar E` an orthonormal frame of the ambient metric h at :math:`y_0 = f(x)` and :math:`\bar\Gamma` its
Christoffel symbols there, the map

.. math:: \varphi(y) = \bar E^{-1} \left( (y - y_0) + \tfrac12 \bar\Gamma(y - y_0, y - y_0) \right)

has :math:`D^2(\varphi \circ f)(u, v) = \bar E^{-1} (D^2 f(u, v) + \bar\Gamma(Df\,u, Df\,v))`, the covariant second
derivative of f in an orthonormal frame.  So a curved ambient space is a flat one to second order, but for its own
curvature, which the Gauss equation adds.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from riemlearn.curvature.local import LocalGeometry
from riemlearn.errors import Status


class Surroundings(NamedTuple):
    r"""An embedding near one point, as if its ambient space were flat.

    Attributes
    ----------
    function : callable
        :math:`\varphi \circ f`; for a Euclidean ambient space f itself.
    signs : array of shape (d,), or None
        The diagonal of the ambient metric; None for all 1.
    riemann : array of shape (d, d, d, d), or None
        Curvature of the ambient space; None for none.
    status : integer scalar
        A :class:`~riemlearn.errors.Status`.
    """

    function: Callable[[Float[Array, " n"]], Float[Array, " d"]]
    signs: Float[Array, " d"] | None
    riemann: Float[Array, "d d d d"] | None
    status: Int[Array, ""]


def inner(a: Float[Array, "*k d"], b: Float[Array, "*l d"], signs: Float[Array, " d"] | None) -> Float[Array, "..."]:
    """Inner products of the last axes of two arrays, the other axes of the first before those of the second."""
    return jnp.tensordot(a if signs is None else a * signs, b, ((-1,), (-1,)))


def euclidean(f: Callable[[Float[Array, " n"]], Float[Array, " d"]]) -> Surroundings:
    """The surroundings of an embedding into Euclidean space."""
    return Surroundings(f, None, None, jnp.asarray(Status.OK, jnp.int32))


def curved(
    f: Callable[[Float[Array, " n"]], Float[Array, " d"]], x: Float[Array, " n"], ambient: LocalGeometry
) -> Surroundings:
    """The surroundings of an embedding at x, from the geometry of the ambient metric at f(x)."""
    centre, frame = f(x), ambient.frame
    christoffel = ambient.christoffel()

    def flattened(y: Float[Array, " n"]) -> Float[Array, " d"]:
        step = f(y) - centre
        return frame.coframe @ (step + (christoffel @ step) @ step / 2)

    return Surroundings(flattened, frame.signs, ambient.riemann_frame(), ambient.status)
