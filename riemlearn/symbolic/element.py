"""Elements and generators of the exact ring; :mod:`riemlearn.symbolic.ring` computes with them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Exponents = tuple[int, ...]
Raw = tuple[Any, Exponents]  # a fraction before it is normalised


@dataclass(eq=False)
class Generator:
    r"""One variable of the ring.

    Attributes
    ----------
    name : str
        Its name among the variables of the polynomials.
    meaning : object
        What it stands for; the ring does not look into it.
    derivation : callable
        From the number of a coordinate to the derivative along it.
    degree : int
        Degree of the relation, 0 for a free generator.
    coefficients : list of Element
        :math:`c_0, \dots, c_{d-1}`; empty for a free generator.
    """

    name: str
    meaning: Any
    derivation: Callable[[int], "Element"]
    degree: int = 0
    coefficients: list["Element"] = field(default_factory=list)
    derivatives: dict[int, "Element"] = field(default_factory=dict)

    def along(self, k: int) -> "Element":
        """The derivative along the k-th coordinate; computed once."""
        if k not in self.derivatives:
            self.derivatives[k] = self.derivation(k)
        return self.derivatives[k]


class Element:
    """One element of a ring; it has the operators ``+ - * / **`` and is false exactly when it is zero."""

    __slots__ = ("_numerator", "exponents", "ring")

    def __init__(self, ring: Any, numerator: Any, exponents: Exponents):
        self.ring, self._numerator, self.exponents = ring, numerator, exponents

    @property
    def numerator(self) -> Any:
        """The polynomial above, in the variables that the ring has now."""
        if not self.ring.polynomials.is_here(self._numerator):
            self._numerator = self.ring.polynomials.lift(self._numerator)
        return self._numerator

    @property
    def raw(self) -> Raw:
        """Numerator and exponents."""
        return self.numerator, self.exponents

    def __bool__(self) -> bool:
        return bool(self._numerator)

    def __add__(self, other: Any) -> "Element":
        other = self.ring.coerce(other)
        if not other:
            return self
        if not self:
            return other
        return self.ring.total((self.raw, other.raw))

    __radd__ = __add__

    def __neg__(self) -> "Element":
        return Element(self.ring, -self._numerator, self.exponents)

    def __sub__(self, other: Any) -> "Element":
        return self + (-self.ring.coerce(other))

    def __rsub__(self, other: Any) -> "Element":
        return self.ring.coerce(other) - self

    def __mul__(self, other: Any) -> "Element":
        return self.ring.product(self, self.ring.coerce(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Element":
        return self * self.ring.inverse(self.ring.coerce(other))

    def __rtruediv__(self, other: Any) -> "Element":
        return self.ring.coerce(other) / self

    def __pow__(self, exponent: int) -> "Element":
        base = self if exponent >= 0 else self.ring.inverse(self)
        result, exponent = self.ring.one, abs(exponent)
        while exponent:
            if exponent & 1:
                result = result * base
            exponent >>= 1
            if exponent:
                base = base * base
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element | int | Fraction):
            return NotImplemented
        return not self - other

    __hash__ = None  # type: ignore[assignment]

    def along(self, k: int) -> "Element":
        """The derivative along the k-th coordinate."""
        return self.ring.derivative(self, k)
