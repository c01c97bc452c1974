"""Intervals against published tables, against other implementations, and their invariances."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from evaluations.methods.intervals import (
    Bounds,
    exact,
    quantile,
    sidak_level,
    square_and_add,
)
from evaluations.methods.pairs import difference, ladder, ratio
from tests.evaluations.methods import by_hand

LEVELS = st.sampled_from([0.9, 0.95, 0.975, 0.999, 0.95 ** (1 / 435)])


@st.composite
def interior(draw):
    """Two samples with neither no success nor all successes."""
    n1, n2 = draw(st.integers(5, 2000)), draw(st.integers(5, 2000))
    return draw(st.integers(1, n1 - 1)), n1, draw(st.integers(1, n2 - 1)), n2


@st.composite
def any_pair(draw):
    n1, n2 = draw(st.integers(1, 500)), draw(st.integers(1, 500))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def rungs(x, n, level):
    """Return intervals of groups that stand in the first axis after the splits, or of one."""
    counts = np.asarray(x, dtype=float)
    shape = (-1,) + (1,) * counts.ndim
    return ladder(lambda share: exact(counts, n, share.reshape(shape)), level)


def gap_of(pair, level):
    x1, n1, x2, n2 = pair
    return difference(rungs(x1, n1, level), rungs(x2, n2, level))


def ratio_of(pair, level):
    x1, n1, x2, n2 = pair
    return ratio(rungs(x1, n1, level), rungs(x2, n2, level))


def ends(bounds):
    return bounds.low.item(), bounds.high.item()


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857, table I, method 5 (Clopper and Pearson).
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_exact_gives_the_published_intervals(x, n, low, high):
    assert ends(exact(x, n, 0.95)) == pytest.approx((low, high), abs=5e-5)


def test_exact_of_none_and_of_all_by_hand():
    # (1 − u)^30 = 0.025 at none of 30; of all, the mirror image.
    none, every = ends(exact(0, 30, 0.95)), ends(exact(30, 30, 0.95))
    assert none == pytest.approx((0.0, 1.0 - 0.025 ** (1 / 30)), abs=1e-12)
    assert every == pytest.approx((0.025 ** (1 / 30), 1.0), abs=1e-12)


def test_a_ratio_to_next_to_nothing_has_an_end_that_says_so_and_is_finite():
    # One selected row whose weight is next to nothing: an effective count of 0.0001 in 100.
    low, high = ends(ratio_of((10, 100, 1e-4, 100), 0.95))
    assert 1.0 < low < 1e5
    assert 1e100 < high < np.inf
    assert ends(exact(1e-4, 100, 0.95))[0] > 0.0


@given(st.data(), LEVELS)
def test_exact_agrees_with_statsmodels(data, level):
    n = data.draw(st.integers(1, 100_000))
    x = data.draw(st.integers(0, n))
    expected = by_hand.clopper_pearson((x, n), level)
    assert ends(exact(x, n, level)) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 400), st.floats(0.001, 0.999), LEVELS)
def test_neither_end_is_missed_more_often_than_it_says(n, p, level):
    x = np.arange(n + 1)
    weight, found = binom.pmf(x, n, p), exact(x, n, level)
    tail = (1.0 - level) / 2.0 * (1.0 + 1e-6)
    assert weight[found.low > p].sum() <= tail
    assert weight[found.high < p].sum() <= tail


def test_square_and_add_of_wilsons_intervals_gives_newcombes_published_one():
    # Newcombe (1998), Statistics in Medicine 17:873, method 10: 56 of 70 less 48 of 80.
    one, two = (
        Bounds(*map(np.array, proportion_confint(x, n, method="wilson")))
        for x, n in ((56, 70), (48, 80))
    )
    assert ends(square_and_add(0.8, 0.6, one, two)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def normal(centre, spread):
    """Return the intervals of a number with normal errors."""
    return ladder(
        lambda share: Bounds(centre - quantile(share) * spread, centre + quantile(share) * spread),
        0.95,
    )


def test_with_normal_errors_the_difference_is_square_and_add():
    # Errors 3 and 4 make 5: 10 − 4 ± 1.96 × 5. Sixteen splits come within 0.14 % of the half-width.
    found = difference(normal(10.0, 3.0), normal(4.0, 4.0))
    assert ends(found) == pytest.approx((6.0 - 9.7998, 6.0 + 9.7998), abs=0.0014 * 9.8)


def test_beside_a_number_that_is_known_the_ends_are_those_of_the_other():
    # 0.3 less exactly 0.6, and divided by it; 0.3 of 100 is 0.2124 to 0.3998 (Clopper and Pearson).
    known, one = normal(np.array([0.6]), 0.0), rungs([30], 100, 0.95)
    low, high = 0.21241, 0.39981
    assert ends(difference(one, known)) == pytest.approx((low - 0.6, high - 0.6), abs=1e-5)
    assert ends(ratio(one, known)) == pytest.approx((low / 0.6, high / 0.6), abs=1e-5)


def test_a_single_selected_row_does_not_hide_a_gap():
    # 1 of 30 where few are ever selected, beside 1,010 of 10,000: its rate may be next to nothing,
    # so that the gap may be all of the other's rate and more. Square-and-add ends at 0.0676.
    one, two = rungs(1010, 10_000, 0.95), rungs(1, 30, 0.95)
    assert float(difference(one, two).high) > 0.101
    added = square_and_add(0.101, 1 / 30, exact(1010, 10_000, 0.95), exact(1, 30, 0.95))
    assert float(added.high) < 0.101


@given(any_pair(), LEVELS)
def test_differences_and_ratios_are_the_furthest_ends_of_all_splits(pair, level):
    x1, n1, x2, n2 = pair
    expected = by_hand.gap((x1, n1), (x2, n2), level)
    assert ends(gap_of(pair, level)) == pytest.approx(expected, abs=1e-9)
    if x2 > 0:
        expected = by_hand.ratio((x1, n1), (x2, n2), level)
        assert ends(ratio_of(pair, level)) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(any_pair(), LEVELS)
def test_swapping_the_groups_turns_the_interval_of_a_difference_over(pair, level):
    x1, n1, x2, n2 = pair
    low, high = ends(gap_of(pair, level))
    assert ends(gap_of((x2, n2, x1, n1), level)) == pytest.approx((-high, -low), abs=1e-12)


@given(any_pair(), LEVELS)
def test_swapping_the_groups_inverts_the_interval_of_a_ratio(pair, level):
    x1, n1, x2, n2 = pair
    if x1 == 0 or x2 == 0:
        return
    low, high = ends(ratio_of(pair, level))
    turned = ends(ratio_of((x2, n2, x1, n1), level))
    assert turned == pytest.approx((1 / high, 1 / low), rel=1e-9)


@given(any_pair(), LEVELS)
def test_intervals_hold_their_estimate_and_stay_finite(pair, level):
    x1, n1, x2, n2 = pair
    low, high = ends(gap_of(pair, level))
    assert -1.0 <= low <= x1 / n1 - x2 / n2 + 1e-12
    assert x1 / n1 - x2 / n2 - 1e-12 <= high <= 1.0
    if x2 > 0:
        low, high = ends(ratio_of(pair, level))
        between = (x1 / n1) / (x2 / n2)
        assert 0.0 <= low <= between * (1 + 1e-9)
        assert between * (1 - 1e-9) <= high < np.inf


@given(interior())
def test_a_higher_level_never_gives_a_narrower_interval(pair):
    for method in (gap_of, ratio_of):
        low, high = ends(method(pair, 0.95))
        wide_low, wide_high = ends(method(pair, 0.99))
        assert wide_low < low < high < wide_high


def test_many_pairs_at_once_give_what_each_gives_alone():
    pairs = np.array([[10, 50, 20, 60], [133, 197, 1526, 1681], [0, 30, 5, 40]])
    for method in (gap_of, ratio_of):
        together = method(pairs.T, 0.95)
        for place, pair in enumerate(pairs):
            alone = ends(method(pair, 0.95))
            assert (together.low[place], together.high[place]) == alone


def errors(one, two, level, times=None):
    """Return how often an end of the gap, or of the ratio `times`, misses it; groups are (n, rate).

    The sum over every table of counts; those without a ratio miss nothing.
    """
    (n1, p1), (n2, p2) = one, two
    x1, x2 = counts(n1, p1)[:, None], counts(n2, p2)[None, :]
    weight = binom.pmf(x1, n1, p1) * binom.pmf(x2, n2, p2)
    if times is None:
        found, truth = gap_of((x1, n1, x2, n2), level), p1 - p2
    else:
        weight = weight * (x2 > 0.0)
        found, truth = ratio_of((x1, n1, np.maximum(x2, 1.0), n2), level), times
    return max(float(weight[side].sum()) for side in (found.low > truth, found.high < truth))


def counts(n, p):
    """Return the counts that a group of n rows shows but for a chance of some 1e-12."""
    reach = 9.0 * np.sqrt(n * p * (1.0 - p)) + 20.0
    return np.arange(max(0, int(n * p - reach)), min(n, int(n * p + reach)) + 1).astype(float)


@pytest.mark.parametrize("pairs", [1, 15, 435])
def test_the_chance_that_a_bound_of_two_rates_fails_a_true_limit_is_within_its_level(pairs):
    """The sum over every table: groups of 30 to 10,000 rows, rates from 0.002 to 0.995."""
    level = sidak_level(0.95, pairs)
    tail = (1.0 - level) / 2.0
    rates = (0.002, 0.005, 0.02, 0.1, 0.5, 0.9, 0.98, 0.995)
    for n1, n2, p in itertools.product((30, 200, 10_000), (30, 200, 10_000), rates):
        for gap in (0.0, 0.1):
            if p + gap < 1.0:
                assert errors((n1, p + gap), (n2, p), level) <= tail, (n1, n2, p, gap)
        for times in (0.8, 1.0):
            missed = errors((n1, times * p), (n2, p), level, times)
            assert missed <= tail, (n1, n2, p, times)


def test_sidak_of_three_pairs_leaves_the_third_root_and_of_one_the_level():
    assert sidak_level(0.95, 3) == pytest.approx(0.9830475724915585, abs=1e-15)
    assert sidak_level(0.95, 1) == 0.95


def test_the_quantile_of_95_percent_is_1_96():
    assert float(quantile(0.95)) == pytest.approx(1.959963984540054, abs=1e-12)
