"""The worst pair: its numbers are its own, and a bound of another pair is told with that pair."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.methods.fairness.figures import Line, redraw
from evaluations.methods.results import NotEstimable, as_json, metrics_from_record
from evaluations.methods.verdicts import Limit, Verdict, decide, verdict_from_record
from tests.evaluations.methods import by_hand
from tests.evaluations.methods.fairness.tables import estimate, report_of, selected

GAP, RATIO = "selection_rate_worst_difference", "selection_rate_worst_ratio"
UNEVEN = {"Woman": (236, 757), "Man": (166, 686), "Non-binary": (6, 37)}
"""Two large groups and a small one: the widest gap is of the fewest rows."""
SIDAK = 0.95 ** (1 / 3)


def limit(metric, threshold):
    direction = "at_least" if metric.endswith("_ratio") else "at_most"
    return Limit(metric=metric, direction=direction, threshold=threshold)


def worst(report, metric):
    return next(found for found in report.metrics if found.metric == metric)


def test_the_widest_gap_carries_the_interval_and_the_rows_of_its_own_pair():
    report = report_of(selected(UNEVEN))
    gap = estimate(report, GAP)
    woman, other = UNEVEN["Woman"], UNEVEN["Non-binary"]
    assert gap.value == pytest.approx(236 / 757 - 6 / 37)
    assert (gap.low, gap.high) == pytest.approx(by_hand.gap(woman, other))
    assert (gap.simultaneous_low, gap.simultaneous_high) == pytest.approx(
        by_hand.gap(woman, other, SIDAK)
    )
    assert gap.low < 0.0, "this pair alone does not rule out parity"
    assert gap.n == 757 + 37


def test_the_deciding_bounds_name_the_pair_and_the_rows_they_belong_to():
    bounds = worst(report_of(selected(UNEVEN)), GAP).bounds
    assert bounds.low.bound == pytest.approx(by_hand.gap(UNEVEN["Woman"], UNEVEN["Man"], SIDAK)[0])
    assert (dict(bounds.low.pair.high), dict(bounds.low.pair.low)) == (
        {"race": "Woman"},
        {"race": "Man"},
    )
    assert (bounds.low.n, bounds.low.value) == (1443, pytest.approx(236 / 757 - 166 / 686))
    assert bounds.high.bound == pytest.approx(by_hand.gap(UNEVEN["Woman"], UNEVEN["Non-binary"])[1])
    assert bounds.high.n == 794


def test_the_lowest_ratio_carries_its_own_interval_and_another_pair_decides():
    found = worst(report_of(selected(UNEVEN)), RATIO)
    own = by_hand.ratio(UNEVEN["Non-binary"], UNEVEN["Woman"])
    assert (found.outcome.low, found.outcome.high) == pytest.approx(own, abs=1e-5)
    assert found.outcome.n == 794
    decides = by_hand.ratio(UNEVEN["Man"], UNEVEN["Woman"], SIDAK)[1]
    assert found.bounds.high.bound == pytest.approx(decides, abs=1e-5)
    assert found.bounds.high.bound < found.outcome.high
    assert found.bounds.high.n == 1443


def test_the_headline_does_not_deny_zero_where_the_pair_it_names_includes_it():
    report = report_of(selected(UNEVEN), outcome_word="invited")
    assert report.headline == (
        "People recorded as Non-binary are invited 0.15 less often than those recorded as Woman "
        "(−0.01 to 0.26, 794 rows)."
    )
    assert estimate(report, GAP).low == pytest.approx(-0.012, abs=5e-4)
    assert estimate(report, GAP).high == pytest.approx(0.258, abs=5e-4)


def test_a_failure_names_the_pair_that_failed_with_its_bound_and_rows():
    metrics = report_of(selected(UNEVEN)).metrics
    found = decide(metrics, limit(GAP, 0.01))
    assert found.verdict is Verdict.FAIL
    assert found.sentence == (
        "Worst gap in selection rate 0.150 (−0.012 to 0.258), 794 rows between Woman and "
        "Non-binary: decided by Woman and Man: the simultaneous lower bound 0.012, 1,443 rows, is "
        "beyond the limit of at most 0.010."
    )
    assert by_hand.gap(UNEVEN["Woman"], UNEVEN["Man"], SIDAK)[0] == pytest.approx(0.012, abs=5e-4)
    assert (found.low, found.rows) == (estimate(report_of(selected(UNEVEN)), GAP).low, 794)
    assert found.decided == ("Decided by Woman and Man: simultaneous lower bound 0.012, 1,443 rows")


def test_an_interval_across_the_limit_explains_an_open_verdict_by_itself():
    found = decide(report_of(selected(UNEVEN)).metrics, limit(GAP, 0.10))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.decided == ""
    assert "the interval reaches to both sides" in found.sentence


def test_an_interval_beyond_the_limit_whose_simultaneous_bound_is_not_stays_open_and_says_why():
    # Own lower bound 0.1004, of all three pairs at once 0.0855: Newcombe's at 95 % and at 98.3 %.
    groups = {"a": (600, 1000), "b": (250, 500), "c": (270, 450)}
    report = report_of(selected({**groups, "b": (228, 500)}))
    gap = estimate(report, GAP)
    between = (gap.low + gap.simultaneous_low) / 2
    found = decide(report.metrics, limit(GAP, between))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.bound_used == gap.simultaneous_low
    assert found.decided.startswith("Decided by its simultaneous lower bound 0.")
    assert "lies on the other side of the limit" in found.sentence


def test_a_pair_of_few_rows_that_keeps_a_pass_away_is_named():
    # a − b is the widest gap and within 0.10; the 40 rows of c reach further.
    report = report_of(selected({"a": (5200, 10000), "b": (5000, 10000), "c": (20, 40)}))
    found = decide(report.metrics, limit(GAP, 0.10))
    assert found.verdict is Verdict.INCONCLUSIVE
    reach = by_hand.gap((5200, 10000), (20, 40))[1]
    assert found.bound_used == pytest.approx(reach)
    assert (
        found.decided
        == f"Decided by a and c: largest pairwise upper bound {reach:.2f}, 10,040 rows"
    )
    assert "20,000 rows between a and b" in found.sentence


def test_the_figure_prints_own_intervals_and_names_the_pair_beyond_the_limit():
    record = as_json(report_of(selected(UNEVEN)))
    figure = redraw(record, "selection_rate", ("race",), Line(kind="difference", threshold=0.01))[1]
    assert figure.title == "The gap Woman − Man lies wholly beyond the limit of 0.010"
    assert "Woman − Non-binary 0.15 (−0.01 to 0.26)" in figure.text_alternative
    ratio = redraw(record, "selection_rate", ("race",), Line(kind="ratio", threshold=0.8))[1]
    own = estimate(report_of(selected(UNEVEN)), RATIO)
    assert f"Non-binary ÷ Woman {own.value:.2f} ({own.low:.2f} to {own.high:.2f})" in (
        ratio.text_alternative
    )


def test_labels_of_a_figure_show_on_which_side_of_the_limit_a_bound_lies():
    # 0.90 less 0.713: the lower bound 0.1024 would print as 0.10, the limit.
    groups = {"a": (180, 200), "b": (143, 200)}
    low, high = by_hand.gap(*groups.values())
    record = as_json(report_of(selected(groups)))
    line = Line(kind="difference", threshold=round(low, 2))
    figure = redraw(record, "selection_rate", ("race",), line)[1]
    assert f"0.185 ({low:.3f} to {high:.3f})" in figure.text_alternative


def test_a_record_that_names_no_deciding_pair_is_read_and_decided_as_before():
    record = as_json(report_of(selected(UNEVEN)))
    for metric in record["metrics"]:
        metric.pop("bounds", None)
    assert all(metric.bounds is None for metric in metrics_from_record(record))
    found = verdict_from_record(record, limit(GAP, 0.01))
    assert found.verdict is Verdict.FAIL
    assert found.decided == "Decided over all pairs: simultaneous lower bound 0.012"
    assert "decided over all pairs: the simultaneous lower bound 0.012 is beyond" in found.sentence


def test_the_bounds_of_a_record_are_read_as_they_were_written():
    report = report_of(selected(UNEVEN))
    assert metrics_from_record(as_json(report)) == report.metrics


SIZES = st.sampled_from([30, 37, 60, 200, 700, 5_000, 50_000])
GROUP = SIZES.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
GROUPS = st.lists(GROUP, min_size=2, max_size=5).map(
    lambda rates: {f"g{place}": rate for place, rate in enumerate(rates)}
)


@given(GROUPS)
@settings(max_examples=60, deadline=None)
def test_of_each_pair_the_simultaneous_interval_contains_the_own_one(groups):
    report = report_of(selected(groups))
    for key in (GAP, RATIO):
        found = worst(report, key)
        if isinstance(found.outcome, NotEstimable):
            continue
        at = found.outcome
        assert at.simultaneous_low <= at.low + 1e-12
        assert at.high <= at.simultaneous_high + 1e-12
        named = {dict(found.pair.high)["race"], dict(found.pair.low)["race"]}
        assert at.n == sum(groups[name][1] for name in named)
        for end in (found.bounds.low, found.bounds.high):
            assert end.n == sum(groups[dict(g)["race"]][1] for g in (end.pair.high, end.pair.low))
        assert (at.shown_low, at.shown_high) == (found.bounds.low.bound, found.bounds.high.bound)


def verdict_by_hand(groups, threshold):
    """Return the verdict on the gap: the rule over every pair, both ways round."""
    pairs = list(combinations(groups.values(), 2))
    both = [*pairs, *((two, one) for one, two in pairs)]
    level = 0.95 ** (1 / len(pairs))
    if all(by_hand.gap(one, two)[1] <= threshold for one, two in both):
        return Verdict.PASS
    if any(by_hand.gap(one, two, level)[0] > threshold for one, two in both):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE


def ratio_by_hand(groups, threshold):
    """Return the verdict on the ratio, each pair as lower to higher rate and turned round."""
    pairs = [
        sorted(pair, key=lambda rate: rate[0] / rate[1])
        for pair in combinations(groups.values(), 2)
    ]
    level = 0.95 ** (1 / len(pairs))
    own = [by_hand.ratio(low, high) for low, high in pairs]
    if all(min(low, 1 / high) >= threshold for low, high in own):
        return Verdict.PASS
    if any(by_hand.ratio(low, high, level)[1] < threshold for low, high in pairs):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE


@given(GROUPS, st.sampled_from([0.02, 0.05, 0.1, 0.2, 0.4]))
@settings(max_examples=80, deadline=None)
def test_the_verdict_on_a_gap_is_the_rule_over_every_pair(groups, threshold):
    found = decide(report_of(selected(groups)).metrics, limit(GAP, threshold))
    assert found.verdict is verdict_by_hand(groups, threshold)


INNER = SIZES.flatmap(lambda n: st.tuples(st.integers(n // 5, 4 * n // 5), st.just(n)))


@given(st.lists(INNER, min_size=2, max_size=4), st.sampled_from([0.5, 0.7, 0.8, 0.9]))
@settings(max_examples=30, deadline=None)
def test_the_verdict_on_a_ratio_is_the_rule_over_every_pair(rates, threshold):
    groups = {f"g{place}": rate for place, rate in enumerate(rates)}
    found = decide(report_of(selected(groups)).metrics, limit(RATIO, threshold))
    assert found.verdict is ratio_by_hand(groups, threshold)


@given(GROUPS, st.sampled_from([0.02, 0.05, 0.1, 0.2, 0.4]))
@settings(max_examples=60, deadline=None)
def test_a_sentence_gives_every_pair_that_it_names_its_own_numbers(groups, threshold):
    metrics = report_of(selected(groups)).metrics
    found = decide(metrics, limit(GAP, threshold))
    pair = found.worst_pair
    high, low = (groups[dict(group)["race"]] for group in (pair.high, pair.low))
    assert (found.low, found.high) == pytest.approx(by_hand.gap(high, low))
    assert found.rows == high[1] + low[1]
    if found.decided.startswith("Decided by g"):
        names = found.decided.removeprefix("Decided by ").partition(":")[0].split(" and ")
        first, second = (groups[name] for name in names)
        level = 0.95
        if found.bound_name.startswith("simultaneous"):
            level = 0.95 ** (2 / (len(groups) * (len(groups) - 1)))
        end = 0 if "lower" in found.bound_name else 1
        assert found.bound_used == pytest.approx(by_hand.gap(first, second, level)[end])
        assert found.decided.endswith(f"{first[1] + second[1]:,} rows")
