r"""The published volume against the integral of :math:`\sqrt{|g|}` over the chart, where that is a bounded box."""

from collections.abc import Iterator
from math import isfinite

import numpy as np

from riemlearn.errors import NoClosedForm
from riemlearn.manifolds.quadrature import is_bounded, volume_by_quadrature
from riemlearn.verify.cases import Case
from riemlearn.verify.rows import Row, row


def volume_rows(case: Case) -> Iterator[Row]:
    """The row of the volume of one manifold, if it has one: the density is that of the compiled metric alone."""
    manifold = case.manifold
    try:
        published = manifold.volume
    except (NoClosedForm, AttributeError):
        return
    if isfinite(published) and is_bounded(manifold.chart):
        error = abs(volume_by_quadrature(manifold.metric.numeric()) / published - 1)
        yield row(case.name, "volume", "identity", "float64", [error], np.array([case.manifold.patch.low]))
