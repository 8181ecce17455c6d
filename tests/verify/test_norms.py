"""Norm-wise errors, and the scale that they are relative to."""

import numpy as np
import pytest

from riemlearn.verify.norms import field_scale, relative_error


def test_relative_error_is_of_the_whole_tensor():
    truth = np.array([[100.0, 0.0], [0.0, 0.0]])
    assert relative_error(truth + 1e-3, truth) == pytest.approx(2e-5)
    assert relative_error(np.float32(1) + truth, truth, scale=4) == 0.5
    assert relative_error(5.0, 4.0) == 0.25


def test_a_zero_truth_is_judged_absolutely():
    assert relative_error(np.array([0.0, 1e-3]), np.zeros(2)) == 1e-3


def test_nan_stays():
    assert np.isnan(relative_error(np.nan, 0.0))


def test_field_scale_of_a_field_with_one_small_value():
    values = np.array([1e-9, 3.0, -4.0])
    rms = np.sqrt(25 / 3)
    np.testing.assert_allclose(field_scale(values, np.ones(3)), [rms, 3.0, 4.0])


def test_field_scale_of_a_vanishing_field():
    rounding = 1e-50 * np.ones((2, 2, 2))
    np.testing.assert_allclose(field_scale(rounding, np.array([3.0, 4.0])), np.sqrt(12.5))
    np.testing.assert_allclose(field_scale(rounding * 0, np.zeros(2)), 1.0)
