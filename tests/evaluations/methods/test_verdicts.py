"""Verdicts, taken on bounds: each rule by hand."""

import pytest

from evaluations.methods.results import Estimate, MethodReport, Metric, Narrative, NotEstimable
from evaluations.methods.results import as_json as to_record
from evaluations.methods.verdicts import (
    Limit,
    Verdict,
    decide,
    level_for_look,
    verdict_from_record,
)
from tests.evaluations.methods.fairness.tables import report_of, selected

GAP = "selection_rate_worst_difference"
RATIO = "selection_rate_worst_ratio"


def whole(metric, value, low, high, **given):
    estimate = Estimate(
        value=value, low=low, high=high, level=0.95, n=500, interval="clopper-pearson", **given
    )
    return Metric(metric=metric, group=None, outcome=estimate)


def at_most(threshold, metric="rate", **given):
    return Limit(metric=metric, direction="at_most", threshold=threshold, **given)


def at_least(threshold, metric="rate", **given):
    return Limit(metric=metric, direction="at_least", threshold=threshold, **given)


@pytest.mark.parametrize(
    ("low", "high", "limit", "verdict"),
    [
        (0.02, 0.09, at_most(0.10), Verdict.PASS),
        (0.02, 0.10, at_most(0.10), Verdict.PASS),
        (0.02, 0.11, at_most(0.10), Verdict.INCONCLUSIVE),
        (0.10, 0.30, at_most(0.10), Verdict.INCONCLUSIVE),
        (0.11, 0.30, at_most(0.10), Verdict.FAIL),
        (0.80, 0.95, at_least(0.80), Verdict.PASS),
        (0.79, 0.95, at_least(0.80), Verdict.INCONCLUSIVE),
        (0.60, 0.80, at_least(0.80), Verdict.INCONCLUSIVE),
        (0.60, 0.79, at_least(0.80), Verdict.FAIL),
    ],
)
def test_a_verdict_is_taken_on_the_bound_and_a_bound_on_the_limit_is_within(
    low, high, limit, verdict
):
    assert decide([whole("rate", (low + high) / 2, low, high)], limit).verdict is verdict


def test_the_value_alone_never_decides():
    # The value 0.05 is well within 0.10, but its interval is not.
    found = decide([whole("rate", 0.05, 0.01, 0.20)], at_most(0.10))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.bound_used == 0.20
    assert found.bound_name == "upper bound"


def test_a_worst_pair_passes_on_the_largest_own_bound_and_fails_on_the_simultaneous_one():
    metric = whole(GAP, 0.15, 0.11, 0.19, shown_low=0.09, shown_high=0.22)
    # Its own lower bound 0.11 lies beyond 0.10, the simultaneous one does not.
    assert decide([metric], at_most(0.10, GAP)).verdict is Verdict.INCONCLUSIVE
    assert decide([metric], at_most(0.085, GAP)).verdict is Verdict.FAIL
    assert decide([metric], at_most(0.20, GAP)).verdict is Verdict.INCONCLUSIVE
    passed = decide([metric], at_most(0.22, GAP))
    assert passed.verdict is Verdict.PASS
    assert passed.bound_name == "largest pairwise upper bound"


def test_an_exact_number_is_its_own_bound():
    exact = Estimate(value=4e-6, low=None, high=None, level=None, n=1989, interval="exact")
    metric = Metric(metric="additivity_max_error", group=None, outcome=exact)
    small = Estimate(value=4e-9, low=None, high=None, level=None, n=1989, interval="exact")
    tiny = Metric(metric="additivity_max_error", group=None, outcome=small)
    assert decide([metric], at_most(1e-4, "additivity_max_error")).verdict is Verdict.PASS
    failed = decide([metric], at_most(1e-6, "additivity_max_error"))
    assert failed.verdict is Verdict.FAIL
    assert "the value 0.000004 is beyond the limit of at most 0.000001" in failed.sentence
    assert "0.000000004 meets" in decide([tiny], at_most(1e-4, "additivity_max_error")).sentence


def test_what_is_not_estimable_or_missing_never_passes():
    lost = Metric(metric="rate", group=None, outcome=NotEstimable(reason="no rows", n=0))
    found = decide([lost], at_most(0.10))
    assert found.verdict is Verdict.NOT_ESTIMABLE
    assert "no rows" in found.sentence
    assert decide([], at_most(0.10)).verdict is Verdict.ERROR


def test_two_results_for_one_limit_are_an_error_and_naming_the_column_mends_it():
    table = selected({("a", "m"): (50, 100), ("b", "f"): (60, 100)}, columns=("race", "sex"))
    metrics = report_of(table).metrics
    assert decide(metrics, at_most(0.5, GAP)).verdict is Verdict.ERROR
    assert decide(metrics, at_most(0.5, GAP, by=("sex",))).verdict is Verdict.PASS


def test_a_limit_without_a_finite_threshold_is_refused():
    for threshold in (None, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite threshold"):
            at_most(threshold)


def test_the_edge_of_a_limit_is_its_threshold_and_no_number_meets_one_that_is_not_there():
    assert at_most(0.10).edge == 0.10
    assert at_least(0.0).edge == 0.0
    nothing = Limit(metric="rate", direction="estimable").edge
    assert not nothing <= 1.0
    assert not nothing >= 1.0


def test_each_look_halves_the_error_that_is_left():
    # One-sided 5 % / 2^look: 2.5 %, 1.25 %, 0.625 %.
    assert [level_for_look(look) for look in (1, 2, 3)] == pytest.approx([0.95, 0.975, 0.9875])
    with pytest.raises(ValueError, match="counted from 1"):
        level_for_look(0)


def test_a_later_look_at_the_level_of_the_first_is_an_error():
    metric = whole("rate", 0.05, 0.01, 0.09)
    assert decide([metric], at_most(0.10), look=1).verdict is Verdict.PASS
    later = decide([metric], at_most(0.10), look=2)
    assert later.verdict is Verdict.ERROR
    assert later.sentence == (
        "The run used 95 % intervals; look 2 needs 97.5 %. Run the check again with that level."
    )


def mortgages():
    return selected({"White": (1527, 1681), "Hispanic": (85, 111), "Black": (133, 197)})


def test_past_mortgage_decisions_fail_the_gap_and_leave_four_fifths_open():
    record = to_record(report_of(mortgages()))
    gap = verdict_from_record(record, at_most(0.10, GAP, by=("race",)))
    assert gap.verdict is Verdict.FAIL
    assert gap.bound_name == "simultaneous lower bound"
    assert gap.rows == 1878
    assert gap.sentence == (
        "Worst gap in selection rate by race 0.23 (0.17 to 0.31), 1,878 rows between White and "
        "Black: the simultaneous lower bound 0.15 is beyond the limit of at most 0.10."
    )
    ratio = verdict_from_record(record, at_least(0.80, RATIO, by=("race",)))
    assert ratio.verdict is Verdict.INCONCLUSIVE
    assert ratio.high == pytest.approx(0.816, abs=5e-4)
    assert ratio.needs.startswith("About ")
    assert "rows of Black" in ratio.needs


def test_the_rows_said_to_settle_it_do_settle_it():
    ratio = decide(report_of(mortgages()).metrics, at_least(0.80, RATIO, by=("race",)))
    more = int(ratio.needs.split()[1].replace(",", ""))
    n = 197 + more
    grown = {"White": (1527, 1681), "Hispanic": (85, 111), "Black": (round(133 / 197 * n), n)}
    metrics = report_of(selected(grown)).metrics
    assert decide(metrics, at_least(0.80, RATIO)).verdict is Verdict.FAIL


def test_a_gap_within_the_limit_asks_for_rows_of_every_group_that_keeps_it_open():
    table = selected({"a": (5000, 10000), "b": (30, 60), "c": (25, 50)})
    found = decide(report_of(table).metrics, at_most(0.10, GAP))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "rows of b" in found.needs
    assert "rows of c" in found.needs


def test_a_rate_on_the_limit_is_not_settled_by_any_number_of_rows():
    table = selected({"a": (500, 1000), "b": (400, 1000)})
    found = decide(report_of(table).metrics, at_most(0.1, GAP))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.needs.startswith("More rows of the same kind would hardly settle it")


def test_bounds_that_would_print_as_the_limit_get_one_more_digit():
    found = decide([whole("rate", 0.05, 0.01, 0.1004)], at_most(0.10))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "0.050 (0.010 to 0.100)" not in found.sentence
    assert "0.0500 (0.0100 to 0.1004)" in found.sentence


def test_estimable_asks_for_every_recorded_group_and_names_the_one_that_fails():
    asked = Limit(metric="selection_rate", direction="estimable", by=("race",))
    full = selected({"a": (50, 100), "b": (60, 100), "not recorded": (1, 3)})
    assert decide(report_of(full).metrics, asked).verdict is Verdict.PASS
    thin = selected({"a": (50, 100), "b": (60, 100), "c": (1, 3)})
    found = decide(report_of(thin).metrics, asked)
    assert found.verdict is Verdict.NOT_ESTIMABLE
    assert "c: 3 rows; 30 are needed" in found.sentence
    nothing = Limit(metric="auc", direction="estimable", by=("race",))
    assert decide(report_of(full).metrics, nothing).verdict is Verdict.ERROR


def test_groups_left_out_of_a_worst_pair_are_named_with_the_verdict():
    thin = selected({"a": (50, 100), "b": (60, 100), "c": (1, 3)})
    found = decide(report_of(thin).metrics, at_most(0.5, GAP))
    assert found.verdict is Verdict.PASS
    assert found.left_out == "c: 3 rows; 30 are needed"


def test_a_limit_may_be_set_on_one_group():
    metrics = report_of(mortgages()).metrics
    limit = at_least(0.85, "selection_rate", group={"race": "White"})
    assert decide(metrics, limit).verdict is Verdict.PASS


def test_the_stored_record_decides_as_the_report_does():
    report = report_of(mortgages())
    for limit in (at_most(0.1, GAP), at_least(0.8, RATIO), at_least(0.9, "selection_rate")):
        assert verdict_from_record(to_record(report), limit) == decide(report.metrics, limit)


@pytest.mark.parametrize("damage", [{"schema": "other"}, {"metrics": [{"metric": "rate"}]}])
def test_a_damaged_record_is_an_error_never_a_pass(damage):
    report = MethodReport(
        method="m",
        version="1",
        parameters={},
        metrics=(),
        narrative=Narrative(principle="", technique="", limitation="", decision=""),
    )
    record = to_record(report) | damage
    assert verdict_from_record(record, at_most(0.1)).verdict is Verdict.ERROR
