"""ProductKernel: the heat kernel of a product is the product of the heat kernels."""

from collections.abc import Callable
from functools import reduce
from typing import Any, get_args

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from riemlearn.curvature import first_failure
from riemlearn.errors import NoClosedForm
from riemlearn.heat_kernel.method import Bound, HeatKernelReport, Method


class ProductKernel(Method):
    r"""The heat kernel of a Riemannian product, whose Laplacian is the sum of commuting ones.

    .. math:: \log K_t((x_1, x_2), (y_1, y_2)) = \log K^{(1)}_t(x_1, y_1) + \log K^{(2)}_t(x_2, y_2).

    Parameters
    ----------
    factors : tuple of Method
        The kernels of the factors, whose coordinates stand one after the other.

    References
    ----------
    Grigor'yan, *Heat Kernel and Analysis on Manifolds*, ch. 9.
    """

    factors: tuple[Method, ...]
    dim: int = eqx.field(static=True)

    def __init__(self, factors: tuple[Method, ...]):
        self.factors, self.dim = factors, sum(f.dim for f in factors)

    def checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"], Int[Array, "*batch"]]:
        r"""The product of the values, and for two of them the bound :math:`b_1 (|v_2| + b_2) + |v_1| b_2`."""
        (value, bound, status), *others = self._each(lambda f, *pair: f.checked(t, *pair), x, y)
        for v, b, s in others:
            bound = bound * (abs(v) + b) + abs(value) * b
            value, status = value * v, first_failure(status, s)
        return value, bound, status

    def log_checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """The sum of the logarithms."""
        logs, statuses = zip(*self._each(lambda f, *pair: f.log_checked(t, *pair), x, y), strict=True)
        return reduce(jnp.add, logs), first_failure(*statuses)

    def log_radial(self, t: Float[Array, "*#batch"], r: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """Raise: the kernel depends on a distance in every factor.

        Raises
        ------
        NoClosedForm
            Always.
        """
        raise NoClosedForm("the heat kernel of a product is not a function of the distance; use K.log(t, x, y)")

    def matrix(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch a n"], y: Float[Array, "*#batch b n"]
    ) -> tuple[Float[Array, "*batch a b"], Int[Array, "*batch a b"]]:
        """The products of the values at all pairs."""
        values, statuses = zip(*self._each(lambda f, *pair: f.matrix(t, *pair), x, y), strict=True)
        return reduce(jnp.multiply, values), first_failure(*statuses)

    def refuses(self, x: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
        """Whether a factor refuses its part."""
        return reduce(jnp.logical_or, self._each(lambda f, part: f.refuses(part), x))

    def trace(self, t: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
        """The product of the traces.

        Raises
        ------
        MetricError
            If one of them is infinite.
        """
        return reduce(jnp.multiply, (f.trace(t) for f in self.factors))

    def report(self) -> HeatKernelReport:
        """What the factors say; the bound is as good as the worst of theirs."""
        reports = [f.report() for f in self.factors]
        worst: Any = max((r.bound for r in reports), key=get_args(Bound).index)
        truncation, detail = (
            "; ".join(dict.fromkeys(getattr(r, n) for r in reports)) for n in ("truncation", "detail")
        )
        return HeatKernelReport(" times ".join(r.method for r in reports), truncation, worst, detail)

    def _each(self, compute: Callable[..., Any], *points: Float[Array, "..."]) -> list[Any]:
        """What ``compute(factor, part, ...)`` gives for each factor and its part of the points."""
        cuts = np.cumsum([f.dim for f in self.factors])[:-1].tolist()
        parts = [jnp.split(p, cuts, axis=-1) for p in points]
        return [compute(f, *part) for f, *part in zip(self.factors, *parts, strict=True)]
