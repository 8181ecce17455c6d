"""What a way of computing the heat kernel must offer, and what it says of itself."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from riemlearn.errors import Status

Bound = Literal["proved", "a posteriori", "estimate"]


@dataclass(frozen=True)
class HeatKernelReport:
    """How a heat kernel is computed, where it is cut off, and what its error bound is worth.

    Attributes
    ----------
    method : str
        The formula or the source of the eigenpairs.
    truncation : str
        What is left out.
    bound : {"proved", "a posteriori", "estimate"}
        The kind of the bound.
    detail : str
        The bound in words.
    """

    method: str
    truncation: str
    bound: Bound
    detail: str

    def __repr__(self) -> str:
        return f"heat kernel: {self.method}\n  truncation: {self.truncation}\n  bound: {self.bound}; {self.detail}"

    def _repr_html_(self) -> str:
        rows = [(name, getattr(self, name)) for name in ("method", "truncation", "bound", "detail")]
        return "<table>" + "".join(f"<tr><th>{k}</th><td>{v}</td></tr>" for k, v in rows) + "</table>"


class Method(eqx.Module):
    """A way of computing K_t(x, y); abstract. Arrays come in checked for shape, and of one type."""

    dim: eqx.AbstractVar[int]

    @abstractmethod
    def checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Value, bound on its error, and status."""

    @abstractmethod
    def log_checked(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
    ) -> tuple[Float[Array, "*batch"], Int[Array, "*batch"]]:
        """Logarithm of the value, and status."""

    @abstractmethod
    def log_radial(self, t: Float[Array, "*#batch"], r: Float[Array, "*#batch"]) -> Float[Array, "*batch"]:
        """Logarithm of the value as a function of distance."""

    @abstractmethod
    def matrix(
        self, t: Float[Array, "*#batch"], x: Float[Array, "*#batch a n"], y: Float[Array, "*#batch b n"]
    ) -> tuple[Float[Array, "*batch a b"], Int[Array, "*batch a b"]]:
        """Values at all pairs, and status."""

    @abstractmethod
    def refuses(self, x: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
        """Whether points are such that the kernel has no value there."""

    @abstractmethod
    def trace(self, t: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
        """Integral of K_t(x, x) over the manifold."""

    @abstractmethod
    def report(self) -> HeatKernelReport:
        """What is computed here, and how far it can be trusted."""


def then(status: Int[Array, "*#batch"], failed: Bool[Array, "*#batch"], failure: Status) -> Int[Array, "*batch"]:
    """The status, and where it is still OK the further failure."""
    return jnp.where((status == Status.OK) & failed, failure, status).astype(jnp.int32)


def input_status(
    t: Float[Array, "*#batch"], x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]
) -> Int[Array, "*batch"]:
    """Whether times are positive, and times and points finite."""
    finite = jnp.isfinite(t) & jnp.all(jnp.isfinite(x), axis=-1) & jnp.all(jnp.isfinite(y), axis=-1)
    positive = jnp.where(t > 0, Status.OK, Status.OUTSIDE_CHART)
    return jnp.where(finite, positive, Status.NAN_INPUT).astype(jnp.int32)
