"""Intervals behind attribution, against numbers worked by hand and scipy's own."""

import numpy as np
import pytest
from scipy import stats

from evaluations.methods.attribution.statistics import (
    Interval,
    cosines,
    difference,
    magnitude,
    mean,
    product,
    share,
    somers_d,
)


def test_a_mean_has_the_t_interval():
    found = mean(np.array([1.0, 2, 3, 4]), 0.95)
    # s = 1.29099, s/√4 = 0.645497, t(3) = 3.182446: 2.5 ± 2.054260.
    assert (found.value, found.low, found.high) == pytest.approx(
        (2.5, 0.445740, 4.554260), abs=1e-5
    )


def test_a_sample_that_does_not_vary_has_no_width():
    assert mean(np.full(9, 0.25), 0.95) == Interval(value=0.25, low=0.25, high=0.25)


def test_a_share_is_a_ratio_of_means_with_a_linearised_interval():
    part, whole = np.array([1.0, 1, 2, 0]), np.array([2.0, 4, 4, 2])
    found = share(part, whole, 0.95)
    # 1/3; residuals 1/3, −1/3, 2/3, −2/3: s² = (10/9)/3, se = √(10/27)/2/3 = 0.101431.
    assert found.value == pytest.approx(1 / 3)
    assert found.high == pytest.approx(1 / 3 + 3.182446 * 0.101431, abs=1e-5)
    assert found.low == pytest.approx(1 / 3 - 3.182446 * 0.101431, abs=1e-5)


def test_the_welch_interval_agrees_with_scipy():
    rng = np.random.default_rng(3)
    first, second = rng.normal(1, 2, 40), rng.normal(0, 1, 90)
    oracle = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    found = difference(first, second, 0.95, comparisons=1)
    assert (found.own.low, found.own.high) == pytest.approx((oracle.low, oracle.high))
    assert found.simultaneous == found.own


def test_simultaneous_bounds_share_the_error_over_all_comparisons():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=50), rng.normal(size=60)
    found = difference(first, second, 0.95, comparisons=10)
    oracle = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.995)
    assert (found.simultaneous.low, found.simultaneous.high) == pytest.approx(tuple(oracle))


def test_somers_d_by_hand():
    # Of four pairs (2,1) (2,3) (4,1) (4,3) three are won: AUC 0.75, D 0.5.
    # Placements 0.5, 1 and 1, 0.5: variance of AUC 0.125/2 + 0.125/2; se of D = 2·√0.125.
    found = somers_d(np.array([2.0, 4]), np.array([1.0, 3]), 0.95)
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5 - 1.959964 * 0.707107, abs=1e-5)
    assert found.high == 1.0


def test_ties_count_one_half():
    assert somers_d(np.array([1.0, 1]), np.array([1.0, 1]), 0.95).value == 0


def test_the_magnitude_of_an_interval_around_zero_begins_at_zero():
    assert magnitude(Interval(value=-0.1, low=-0.3, high=0.1)) == Interval(
        value=0.1, low=0.0, high=0.3
    )
    assert magnitude(Interval(value=-0.4, low=-0.6, high=-0.2)) == Interval(
        value=0.4, low=0.2, high=0.6
    )


def test_a_product_multiplies_value_and_bounds():
    found = product(Interval(value=0.5, low=0.4, high=0.6), Interval(value=0.2, low=0, high=0.5))
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.0, 0.3))


def test_cosines_by_hand():
    first = np.array([[1.0, 0], [1, 1], [0, 0], [0, 0], [1, 0]])
    second = np.array([[0.0, 2], [2, 2], [0, 0], [1, 0], [-3, 0]])
    assert cosines(first, second) == pytest.approx([0, 1, 1, 0, -1])


def test_the_interval_of_a_mean_difference_covers_as_often_as_it_says():
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(2_000):
        first, second = rng.exponential(1, 60), rng.exponential(1, 400)
        own = difference(first, second, 0.95, comparisons=1).own
        hits += own.low <= 0 <= own.high
    # Binomial error of 2,000 draws at 0.95 is 0.0049; skewed data may cost another percent.
    assert hits / 2_000 > 0.93
