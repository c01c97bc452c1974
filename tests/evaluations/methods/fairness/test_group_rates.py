"""Group rates: against fairlearn, by hand, and on tables that hold too little."""

import json
import math

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_negative_rate,
    true_positive_rate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_score

from evaluations.methods.inputs import NOT_RECORDED, BadInput
from evaluations.methods.results import NotEstimable, as_json, result_digest
from tests.evaluations.methods.fairness.tables import (
    cells,
    estimate,
    outcome,
    report_of,
    selected,
    value,
)

GROUPS = ["a", "b", "c", "d"]
FAIRLEARN = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "true_negative_rate": true_negative_rate,
    "false_negative_rate": false_negative_rate,
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "precision": lambda y, p, sample_weight: precision_score(
        y, p, sample_weight=sample_weight, zero_division=0.0
    ),
    "f1": lambda y, p, sample_weight: f1_score(
        y, p, sample_weight=sample_weight, zero_division=0.0
    ),
}
FULL = st.integers(1, 4000)


@given(st.lists(st.tuples(FULL, FULL, FULL, FULL), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_rate_and_worst_gap_equals_fairlearn_on_weighted_cells(counts):
    groups = dict(zip(GROUPS, counts, strict=False))
    labels = [0, 0, 1, 1] * len(groups)
    predictions = [0, 1, 0, 1] * len(groups)
    weights = [n for four in groups.values() for n in four]
    membership = [group for group in groups for _ in range(4)]
    frame = MetricFrame(
        metrics=FAIRLEARN,
        y_true=labels,
        y_pred=predictions,
        sensitive_features={"race": membership},
        sample_params={name: {"sample_weight": weights} for name in FAIRLEARN},
    )
    report = report_of(cells(groups), minimum_group_size=1)
    gaps, ratios = frame.difference(method="between_groups"), frame.ratio(method="between_groups")
    for name in FAIRLEARN:
        for group in groups:
            expected = frame.by_group[name][group]
            assert value(report, name, {"race": group}) == pytest.approx(expected, abs=1e-12)
        assert value(report, name) == pytest.approx(frame.overall[name], abs=1e-12)
        worst = value(report, f"{name}_worst_difference")
        assert worst == pytest.approx(gaps[name], abs=1e-12)
        if name not in {"balanced_accuracy", "f1"}:
            ratio = value(report, f"{name}_worst_ratio")
            assert ratio == pytest.approx(ratios[name], abs=1e-12)


ANY = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 200))
MEMBERS = st.sampled_from([*GROUPS, NOT_RECORDED])


@given(
    st.dictionaries(st.tuples(MEMBERS, MEMBERS), st.tuples(ANY, ANY, ANY, ANY), min_size=1),
    st.booleans(),
    st.sampled_from([1, 5, 30]),
)
@settings(max_examples=80, deadline=None)
def test_no_table_however_thin_yields_a_number_that_is_not_one(groups, labelled, minimum):
    table = cells(groups, columns=("race", "sex"), labelled=labelled)
    if table.rows == 0:
        with pytest.raises(BadInput, match="no rows"):
            report_of(table)
        return
    report = report_of(table, minimum_group_size=minimum, intersections=2)
    json.dumps(as_json(report), allow_nan=False)
    result_digest(as_json(report))
    for item in report.metrics:
        found = item.outcome
        if isinstance(found, NotEstimable):
            assert found.reason
        elif item.metric.endswith("impact_ratio") and item.group == item.reference:
            assert (found.value, found.interval) == (1.0, "exact")
        elif item.metric != "count":
            assert found.n >= minimum
            assert found.low is not None
            assert found.high is not None
            assert math.isfinite(found.value)
            assert found.low <= found.value + 1e-9
            assert found.value <= found.high + 1e-9


@given(st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_nothing(order):
    groups = {
        "a": (40, 30, 20, 50),
        "b": (35, 31, 50, 60),
        "c": (90, 31, 31, 80),
        "d": (9, 9, 9, 9),
    }
    keys = list(groups)
    shuffled = {keys[place]: groups[keys[place]] for place in order}
    one, other = as_json(report_of(cells(groups))), as_json(report_of(cells(shuffled)))
    assert result_digest(one) == result_digest(other)


def test_renaming_the_groups_renames_the_results_and_changes_no_number():
    groups = {"a": (40, 30, 20, 50), "b": (35, 31, 50, 60), "c": (90, 31, 31, 80)}
    renamed = dict(zip(["z", "y", "x"], groups.values(), strict=True))
    one, other = report_of(cells(groups)), report_of(cells(renamed))
    for key in ("accuracy_worst_difference", "selection_rate_worst_ratio", "f1_worst_difference"):
        assert value(one, key) == value(other, key)
    assert value(one, "precision", {"race": "a"}) == value(other, "precision", {"race": "z"})


def test_small_groups_are_excluded_before_the_reference_is_chosen():
    # Two of two selected: were "tiny" the reference, the ratios would read 0.50 and 0.48.
    report = report_of(selected({"big": (500, 1000), "mid": (96, 200), "tiny": (2, 2)}))
    assert [(dict(e.group), e.n, e.reason) for e in report.excluded] == [
        ({"race": "tiny"}, 2, "fewer than 30 rows")
    ]
    assert value(report, "selection_rate_worst_ratio") == pytest.approx(0.96)
    assert value(report, "selection_rate_ratio", {"race": "mid"}) == pytest.approx(0.96)
    assert outcome(report, "selection_rate", {"race": "tiny"}) == NotEstimable(
        reason="2 rows; 30 are needed", n=2
    )


def test_selection_is_compared_with_the_highest_rate_and_errors_with_the_largest_group():
    groups = {"large": (300, 100, 100, 500), "high": (30, 40, 30, 100)}
    report = report_of(cells(groups))
    references = {
        item.metric: dict(item.reference) for item in report.metrics if item.reference is not None
    }
    # Selection: 600 of 1,000 in the large group, 140 of 200 in the other.
    assert references["selection_rate_ratio"] == {"race": "high"}
    assert references["true_positive_rate_difference"] == {"race": "large"}


def test_a_named_reference_is_used_for_every_metric():
    groups = {"large": (300, 100, 100, 500), "high": (30, 40, 30, 100)}
    report = report_of(cells(groups), reference="large")
    found = {
        dict(m.reference)["race"]
        for m in report.metrics
        if m.reference and m.metric != "impact_ratio"
    }
    assert found == {"large"}
    # Local Law 144 leaves no choice: the group with the highest rate.
    impact = next(m for m in report.metrics if m.metric == "impact_ratio")
    assert impact.reference == {"race": "high"}


def test_a_named_reference_that_is_too_small_leaves_nothing_to_compare_with():
    report = report_of(selected({"a": (50, 100), "b": (60, 100), "c": (2, 2)}), reference="c")
    assert outcome(report, "selection_rate_difference", {"race": "a"}) == NotEstimable(
        reason="the reference group has 2 rows; 30 are needed", n=100
    )
    assert value(report, "selection_rate_worst_difference") == pytest.approx(0.1)


def test_a_reference_that_is_no_group_is_refused():
    with pytest.raises(BadInput, match="'x' is not a value of race"):
        report_of(selected({"a": (50, 100), "b": (60, 100)}), reference="x")


def test_a_group_without_positives_has_no_true_positive_rate_and_makes_no_gap():
    # A library reads 0.0 here and reports the worst possible gap from no data.
    report = report_of(cells({"a": (50, 10, 10, 40), "b": (90, 30, 0, 0)}))
    assert outcome(report, "true_positive_rate", {"race": "b"}) == NotEstimable(
        reason="no rows with a positive label", n=0
    )
    worst = outcome(report, "true_positive_rate_worst_difference")
    assert worst == NotEstimable(
        reason="only one group in the column race has enough rows (a); two are needed", n=50
    )
    assert any("no rows with a positive label" in e.reason for e in report.excluded)


def test_a_denominator_under_the_minimum_is_named_with_its_count():
    report = report_of(
        cells({"a": (50, 10, 10, 40), "b": (20, 6, 40, 40)}), outcome_word="approved"
    )
    assert outcome(report, "false_positive_rate", {"race": "b"}) == NotEstimable(
        reason="26 with a negative label; 30 are needed", n=26
    )


def test_rows_whose_group_is_missing_are_shown_and_not_compared():
    report = report_of(selected({"a": (50, 100), "b": (60, 100), NOT_RECORDED: (0, 40)}))
    assert value(report, "selection_rate", {"race": NOT_RECORDED}) == 0.0
    assert value(report, "selection_rate_worst_difference") == pytest.approx(0.1)
    assert report.excluded[0].n == 40
    assert value(report, "count") == 240


def test_a_column_with_no_value_at_all_compares_nothing_and_says_so():
    report = report_of(selected({NOT_RECORDED: (40, 100)}))
    assert outcome(report, "selection_rate_worst_difference") == NotEstimable(
        reason="no row has a value in race", n=0
    )
    assert report.headline == "No groups could be compared: no row has a value in race."


def test_one_group_alone_cannot_be_compared():
    report = report_of(selected({"a": (40, 100)}))
    assert outcome(report, "selection_rate_worst_ratio") == NotEstimable(
        reason="only one group in the column race has enough rows (a); two are needed", n=100
    )


def test_ratios_of_rates_that_are_all_zero_are_not_estimable():
    report = report_of(selected({"a": (0, 100), "b": (0, 100)}))
    assert isinstance(outcome(report, "selection_rate_worst_ratio"), NotEstimable)
    assert value(report, "selection_rate_worst_difference") == 0.0


def test_a_group_that_is_never_selected_has_the_worst_ratio_of_all():
    report = report_of(selected({"a": (0, 100), "b": (50, 100)}))
    worst = estimate(report, "selection_rate_worst_ratio")
    assert worst.value == 0.0
    assert worst.shown_low == 0.0
    assert 0.0 < worst.shown_high < 0.1


def test_without_labels_only_counts_and_selection_are_measured():
    report = report_of(selected({"a": (50, 100), "b": (60, 100)}))
    assert {m.metric.removesuffix("_rate") for m in report.metrics} == {
        "count",
        "selection",
        "selection_rate_difference",
        "selection_rate_ratio",
        "selection_rate_worst_difference",
        "selection_rate_worst_ratio",
        "impact_ratio",
    }


def test_the_worst_pair_carries_its_own_interval_and_the_one_for_all_pairs():
    # White 1527 of 1681, Hispanic 85 of 111, Black 133 of 197: past decisions on mortgages.
    table = selected({"White": (1527, 1681), "Hispanic": (85, 111), "Black": (133, 197)})
    report = report_of(table, outcome_word="approved", people_word="applicants")
    worst = estimate(report, "selection_rate_worst_ratio")
    assert worst.value == pytest.approx(0.7432, abs=5e-5)
    assert worst.simultaneous_high == pytest.approx(0.8307, abs=5e-5)
    assert worst.high < worst.simultaneous_high
    gap = estimate(report, "selection_rate_worst_difference")
    assert gap.simultaneous_low < gap.low < gap.value < gap.high < gap.simultaneous_high
    assert (gap.shown_low, gap.shown_high) == (gap.simultaneous_low, gap.high)
    pair = next(m.pair for m in report.metrics if m.metric == "selection_rate_worst_difference")
    assert (dict(pair.high), dict(pair.low)) == ({"race": "White"}, {"race": "Black"})
    assert report.headline == (
        "Black applicants are approved 0.23 less often than White (0.17 to 0.31, 1,878 rows)."
    )


def test_the_shown_upper_bound_is_the_largest_of_any_pair_not_that_of_the_widest():
    # The small group lies between the others; its pairs have the widest intervals.
    report = report_of(selected({"a": (5200, 10000), "b": (5000, 10000), "c": (20, 40)}))
    worst = estimate(report, "selection_rate_worst_difference")
    assert worst.shown_high > worst.high + 0.05


def test_intersections_are_shown_for_reading_and_never_compared():
    groups = {("a", "m"): (20, 80, 0, 0), ("a", "f"): (30, 70, 0, 0), ("b", "m"): (60, 40, 0, 0)}
    table = cells(groups, columns=("race", "sex"), labelled=False)
    report = report_of(table, intersections=2)
    assert value(report, "selection_rate", {"race": "a", "sex": "f"}) == pytest.approx(0.7)
    assert {m.by for m in report.metrics if m.by} == {("race",), ("sex",)}
    # But for impact ratios, which Local Law 144 asks for of sex and race together.
    against = [m for m in report.metrics if m.reference and m.metric != "impact_ratio"]
    assert all(len(m.group) == 1 for m in against)


def test_the_level_asked_for_is_the_level_given():
    report = report_of(selected({"a": (50, 100), "b": (60, 100)}), level=0.975)
    levels = {m.outcome.level for m in report.metrics if m.outcome.interval != "exact"}
    assert levels == {0.975}


def test_balanced_accuracy_and_f1_by_hand():
    # TPR 40/50, FPR 10/60; TP 40, FP 10, FN 10.
    report = report_of(cells({"a": (50, 10, 10, 40), "b": (50, 10, 10, 40)}))
    assert value(report, "balanced_accuracy", {"race": "a"}) == pytest.approx((0.8 + 5 / 6) / 2)
    assert value(report, "f1", {"race": "a"}) == pytest.approx(0.8)


def test_the_interval_of_f1_covers_as_often_as_it_says():
    rng = np.random.default_rng(20260101)
    chances = np.array([0.45, 0.15, 0.1, 0.3])
    truth = 2 * 0.3 / (2 * 0.3 + 0.15 + 0.1)
    draws = rng.multinomial(200, chances, size=300)
    held = 0
    for tn, fp, fn, tp in draws:
        found = outcome(report_of(cells({"a": (tn, fp, fn, tp)})), "f1", {"race": "a"})
        held += found.low <= truth <= found.high
    # 95 % less three Monte Carlo standard errors of 300 draws.
    assert held / 300 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 300)


def test_figures_carry_a_text_alternative_and_the_table_behind_them():
    groups = {"a": (50, 40, 40, 90), "b": (60, 40, 30, 70), "c": (40, 40, 60, 60)}
    report = report_of(cells(groups))
    tables = {table.key for table in report.tables}
    assert [figure.key for figure in report.figures][:2] == [
        "selection_rate_race",
        "selection_rate_pairs_race",
    ]
    for figure in report.figures:
        assert figure.table in tables
        assert figure.specification["usermeta"]["text_alternative"] == figure.text_alternative
        json.dumps(figure.specification, allow_nan=False)
