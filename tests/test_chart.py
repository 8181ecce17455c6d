"""Charts and their axes."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from riemlearn.chart import Axis, Chart, Region, interval, periodic, pole_interval
from riemlearn.errors import ShapeError, SymbolError

SPHERE = Chart(("theta", "phi"), (pole_interval(0, math.pi), periodic(2 * math.pi)))


def test_points_inside_and_outside():
    x = np.array([[1.0, 100.0], [0.0, 0.0], [math.pi, 0.0], [-1.0, 0.0], [math.nan, 0.0]])
    assert SPHERE.contains(x).tolist() == SPHERE.contains(jnp.array(x)).tolist() == [True] + [False] * 4


def test_regions():
    disc = Chart(("x", "y"), region=Region(lambda x: (x * x).sum(-1) < 1, "the unit disc"))
    assert disc.contains(np.array([[0.5, 0.5], [0.9, 0.9]])).tolist() == [True, False]
    assert disc.describe_outside([0.9, 0.9]) == "the point is not in the unit disc"


def test_descriptions():
    assert str(interval()) == "(-inf, inf)" and str(periodic(1)) == "periodic with period 1"
    assert SPHERE.describe_outside([-1.0, 0.0]) == "theta = -1 is not in (0, 3.14159) with poles at its ends"
    assert Chart.real(2).names == ("x1", "x2") and Chart.real(2).axes == (Axis(), Axis())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Chart(()), ShapeError, "at least one coordinate"),
        (lambda: Chart(("x", "x")), SymbolError, "the coordinates x stand more than once"),
        (lambda: Chart(("x", "y"), (interval(),)), ShapeError, "2 coordinates but 1 axes"),
        (lambda: interval(2, 1), SymbolError, "low = 2 must be less than high = 1"),
        (lambda: pole_interval(1, 1), SymbolError, "must be less than"),
        (lambda: periodic(-1), SymbolError, "period = -1 must be positive"),
        (lambda: periodic(math.inf), SymbolError, "period = inf must be positive and finite"),
        (lambda: Chart.real(True), ShapeError, "dim must be a positive integer"),
        (lambda: Chart.real(0), ShapeError, "dim must be a positive integer"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
