r"""Published curvature against the exact ring: the difference is zero as an element, or it is not.

====================  =============================================================================================
published             what must vanish
====================  =============================================================================================
einstein              :math:`\mathrm{Ric}_{ij} - c\, g_{ij}`
ricci                 :math:`\mathrm{Ric}_{ij}` less its quadratic form
constant_curvature    :math:`R_{ijkl} - K (g_{ik} g_{jl} - g_{il} g_{jk})`
conformally_flat      :math:`C_{ijkl}`, or the Cotton tensor in dimension 3 (Eisenhart, Riemannian Geometry, 28)
scalar, kretschmann,  the scalar less its formula
ricci_squared,
weyl_squared
====================  =============================================================================================

Nothing is evaluated: it holds at every point and for all values of the parameters.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from riemlearn.manifolds import Spacetime
from riemlearn.symbolic import ClosedForm
from riemlearn.symbolic.components import Index
from riemlearn.symbolic.element import Element
from riemlearn.symbolic.zero import Decision

# The quantity that a published invariant speaks of.
SUBJECT = {"einstein": "ricci", "constant_curvature": "riemann", "conformally_flat": "weyl"}


def decisions(spacetime: Spacetime) -> Iterator[tuple[str, Decision]]:
    """For each published invariant whether the ring finds it in the metric: yes, no, or not decided.

    Examples
    --------
    >>> from riemlearn.manifolds import spacetime
    >>> {name: found.answer for name, found in decisions(spacetime("kerr"))}
    {'scalar': 'yes', 'ricci_squared': 'yes', 'einstein': 'yes', 'kretschmann': 'yes'}
    """
    form = spacetime.metric.closed_form
    assert form is not None  # a line element gives one
    for name, published in spacetime.invariants.items():
        yield name, _vanishing(form, *_differences(form, name, published))


def _vanishing(form: ClosedForm, quantity: str, difference: Callable[[Index], Element]) -> Decision:
    """Whether a tensor vanishes: decided by the first component that is not known to, or by the last."""
    found = Decision("yes", "there is nothing that could differ")
    components = form.components(quantity)
    for index in components.independent():
        found = form.embedding.is_zero(difference(index))
        if found.answer != "yes":
            break
    return found


def _differences(form: ClosedForm, name: str, published: Any) -> tuple[str, Callable[[Index], Element]]:
    """The tensor that is compared, and by how much a component differs from what is published."""
    if name == "conformally_flat":
        quantity = "cotton" if form.dim == 3 else "weyl_lowered"
        return quantity, form.components(quantity).element
    g, embed = form.components("metric").element, form.embedding
    if name == "einstein":
        ricci, c = form.components("ricci").element, embed(sp.S(published))
        return "ricci", lambda index: ricci(index) - c * g(index)
    if name == "ricci":
        ricci = form.components("ricci").element
        return "ricci", lambda index: ricci(index) - embed(published[index])
    if name == "constant_curvature":
        riemann, k = form.components("riemann_lowered").element, embed(sp.S(published))

        def from_planes(index: Index) -> Element:
            i, j, p, q = index
            return riemann(index) - k * (g((i, p)) * g((j, q)) - g((i, q)) * g((j, p)))

        return "riemann_lowered", from_planes
    scalar = form.components(name).element
    return name, lambda index: scalar(index) - embed(sp.S(published))
