"""Intervals against published tables, against another implementation, and their invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    score_test_proportions_2indep,
)

from evaluations.methods.intervals import newcombe, quantile, score_ratio, sidak_level, wilson

LEVELS = st.sampled_from([0.9, 0.95, 0.975, 0.999])


@st.composite
def interior(draw):
    """Two samples with neither no success nor all successes."""
    n1, n2 = draw(st.integers(5, 2000)), draw(st.integers(5, 2000))
    return draw(st.integers(1, n1 - 1)), n1, draw(st.integers(1, n2 - 1)), n2


@st.composite
def any_pair(draw):
    n1, n2 = draw(st.integers(1, 500)), draw(st.integers(1, 500))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def gap_of(pair, level):
    x1, n1, x2, n2 = pair
    return newcombe(x1, n1, x2, n2, level)


def ratio_of(pair, level):
    x1, n1, x2, n2 = pair
    return score_ratio(x1, n1, x2, n2, level)


def ends(bounds):
    return float(bounds.low), float(bounds.high)


def test_wilson_gives_the_published_interval_of_81_in_263():
    # Newcombe (1998), Statistics in Medicine 17:857, method 3.
    assert ends(wilson(81, 263, 0.95)) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilson_gives_the_published_interval_of_15_in_148():
    assert ends(wilson(15, 148, 0.95)) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_wilson_of_none_in_20_starts_at_0_and_has_width():
    # Newcombe (1998): 0/20 gives 0.0000 to 0.1611.
    low, high = ends(wilson(0, 20, 0.95))
    assert low == 0.0
    assert high == pytest.approx(0.1611, abs=5e-5)


def test_newcombe_gives_the_published_interval_of_56_in_70_less_48_in_80():
    # Newcombe (1998), Statistics in Medicine 17:873, method 10.
    assert ends(newcombe(56, 70, 48, 80, 0.95)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_newcombe_gives_the_published_interval_of_9_in_10_less_3_in_10():
    assert ends(newcombe(9, 10, 3, 10, 0.95)) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_newcombe_gives_the_published_interval_of_10_in_10_less_0_in_20():
    assert ends(newcombe(10, 10, 0, 20, 0.95)) == pytest.approx((0.6791, 1.0), abs=5e-5)


def test_score_ratio_without_correction_gives_koopmans_published_interval():
    # Koopman (1984), Biometrics 40:513: 36 in 40 against 16 in 80 gives 2.94 to 7.15.
    low, high = ends(score_ratio(36, 40, 16, 80, 0.95, corrected=False))
    assert (low, high) == pytest.approx((2.94, 7.15), abs=5e-3)


@given(st.data(), LEVELS)
def test_wilson_agrees_with_statsmodels(data, level):
    n = data.draw(st.integers(1, 100_000))
    x = data.draw(st.integers(0, n))
    expected = proportion_confint(x, n, alpha=1 - level, method="wilson")
    assert ends(wilson(x, n, level)) == pytest.approx(expected, abs=1e-12)


@given(any_pair(), LEVELS)
def test_newcombe_agrees_with_statsmodels(pair, level):
    expected = confint_proportions_2indep(*pair, method="newcomb", compare="diff", alpha=1 - level)
    assert ends(gap_of(pair, level)) == pytest.approx(expected, abs=1e-9)


@given(interior(), st.sampled_from([0.9, 0.95, 0.99]))
@settings(max_examples=60)
def test_score_ratio_holds_the_ratios_that_statsmodels_does_not_reject(pair, level):
    # The oracle's own search for bounds loses its way near the ends; its statistic does not.
    z = float(quantile(level))
    for end, expected in zip(ends(ratio_of(pair, level)), (z, -z), strict=True):
        result = score_test_proportions_2indep(*pair, value=end, compare="ratio", correction=True)
        assert result.statistic == pytest.approx(expected, abs=1e-5)


def test_score_ratio_agrees_with_statsmodels_on_common_sizes():
    for pair in [(133, 197, 1526, 1681), (45, 100, 50, 100), (12, 40, 300, 900)]:
        expected = confint_proportions_2indep(*pair, method="score", compare="ratio", alpha=0.05)
        assert ends(ratio_of(pair, 0.95)) == pytest.approx(expected, abs=1e-6)


@given(any_pair(), LEVELS)
def test_swapping_the_groups_turns_the_interval_of_a_difference_over(pair, level):
    x1, n1, x2, n2 = pair
    low, high = ends(gap_of(pair, level))
    assert ends(newcombe(x2, n2, x1, n1, level)) == pytest.approx((-high, -low), abs=1e-12)


@given(any_pair(), LEVELS)
def test_swapping_the_groups_inverts_the_interval_of_a_ratio(pair, level):
    x1, n1, x2, n2 = pair
    if x1 == 0 or x2 == 0:
        return
    low, high = ends(ratio_of(pair, level))
    assert ends(score_ratio(x2, n2, x1, n1, level)) == pytest.approx((1 / high, 1 / low), rel=1e-9)


@given(any_pair(), LEVELS)
def test_intervals_hold_their_estimate_and_stay_finite(pair, level):
    x1, n1, x2, n2 = pair
    low, high = ends(gap_of(pair, level))
    assert -1.0 <= low <= x1 / n1 - x2 / n2 + 1e-12
    assert x1 / n1 - x2 / n2 - 1e-12 <= high <= 1.0
    if x2 > 0:
        low, high = ends(ratio_of(pair, level))
        ratio = (x1 / n1) / (x2 / n2)
        assert 0.0 <= low <= ratio * (1 + 1e-9)
        assert ratio * (1 - 1e-9) <= high < np.inf


@given(interior())
def test_a_higher_level_never_gives_a_narrower_interval(pair):
    for method in (gap_of, ratio_of):
        low, high = ends(method(pair, 0.95))
        wide_low, wide_high = ends(method(pair, 0.99))
        assert wide_low < low < high < wide_high


def test_many_pairs_at_once_give_what_each_gives_alone():
    x1, n1 = np.array([10, 133, 0]), np.array([50, 197, 30])
    x2, n2 = np.array([20, 1526, 5]), np.array([60, 1681, 40])
    together = score_ratio(x1, n1, x2, n2, 0.95)
    for i in range(3):
        alone = score_ratio(x1[i], n1[i], x2[i], n2[i], 0.95)
        assert (together.low[i], together.high[i]) == ends(alone)


def test_equal_rates_of_one_leave_room_on_both_sides():
    # At a ratio R above 1 the constrained rates are 1 and 1/R, so that z² = (R − 1) n₂ (N − 1)/N.
    low, high = ends(score_ratio(85, 85, 133, 133, 0.95))
    z2 = 1.959963984540054**2 * 218 / 217
    assert high == pytest.approx(1 + z2 / 133, abs=1e-9)
    assert low == pytest.approx(1 / (1 + z2 / 85), abs=1e-9)


def test_sidak_of_three_pairs_leaves_the_third_root_and_of_one_the_level():
    assert sidak_level(0.95, 3) == pytest.approx(0.9830475724915585, abs=1e-15)
    assert sidak_level(0.95, 1) == 0.95
