"""What the exact quantities of a metric are made of: its ring, its inverse, and each other."""

import abc
from collections.abc import Callable, Hashable
from functools import cached_property

from riemlearn.errors import ShapeError
from riemlearn.symbolic.components import Components, Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.embed import Embedding
from riemlearn.symbolic.inverse import Inverse
from riemlearn.symbolic.ring import Ring


class Geometry(abc.ABC):
    """A metric in closed form with its quantities by name; abstract."""

    @property
    @abc.abstractmethod
    def embedding(self) -> Embedding:
        """The ring, and its translation from and to SymPy."""

    @abc.abstractmethod
    def components(self, quantity: str) -> Components:
        """The components of a quantity."""

    @property
    def ring(self) -> Ring:
        """The ring that components live in."""
        return self.embedding.ring

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return len(self.embedding.coordinates)

    @cached_property
    def inverse(self) -> Inverse:
        """The inverse of the matrix, by blocks."""
        g = self.part("metric")
        return Inverse(self.embedding, [[g((i, j)) for j in range(self.dim)] for i in range(self.dim)])

    def part(self, quantity: str) -> Callable[[Index], Element]:
        """The components of a quantity as a function of the index, in the ring."""
        return self.components(quantity).element

    def raised_first(self, quantity: str, index: Index) -> Element:
        r""":math:`T^i{}_{\dots} = g^{im} T_{m \dots}`, from the components of a quantity with its first index below."""
        i, *rest = index
        lowered = self.part(quantity)
        return self.ring.dot((entry, lowered((m, *rest))) for m, entry in self.inverse.row(i))

    def remembered(self, key: Hashable, made: Components) -> Components:
        """What was made under a key before, with the components that it knows; else what is made now."""
        return self._made_before.setdefault(key, made)

    @cached_property
    def _made_before(self) -> dict[Hashable, Components]:
        return {}

    def at_least(self, dim: int, quantity: str) -> None:
        """Refuse what needs more dimensions.

        Raises
        ------
        ShapeError
            If the metric has fewer.
        """
        if self.dim < dim:
            raise ShapeError(
                f"{quantity} needs at least {dim} dimensions, as it divides by n - {dim - 1}; n = {self.dim}"
            )
