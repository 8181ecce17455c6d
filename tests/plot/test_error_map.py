"""The map of errors shows what is wrong, and what was not compared."""

import numpy as np
import pytest

from riemlearn.errors import ShapeError
from riemlearn.plot import error_map


def test_colours_crosses_and_gaps():
    errors = np.array([[1e-12, 0.5, np.nan], [0.0, 1e-18, np.inf]])
    ax = error_map(["metric", "scalar", "distance"], ["S2", "R2"], errors, 1e-10).axes[0]
    image = ax.images[0].get_array()
    assert image.mask.tolist() == [[False, False, True], [False, False, False]]
    assert image.compressed().tolist() == [-12.0, -10.0, -18.0, -18.0, -10.0]
    assert ax.images[0].get_clim() == (-18.0, -10.0)
    # the cross stands on every error above the tolerance, infinity included
    assert ax.collections[0].get_offsets().tolist() == [[1.0, 0.0], [2.0, 1.0]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["S2", "R2"]


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (0, 0)])
def test_errors_must_fit(shape):
    with pytest.raises(ShapeError, match=r"error_map: errors has shape \(\d, \d\), expected \(\d, \d\), not empty"):
        error_map(["a"] * (shape[1] and 2), ["b"] * (shape[0] and 2), np.ones(shape), 1.0)
