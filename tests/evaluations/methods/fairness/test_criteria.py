"""Named criteria, and differences tested against the reference with Holm's adjustment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, hypergeom
from statsmodels.stats.multitest import multipletests

from evaluations.methods.fairness.findings import fisher, holm
from evaluations.methods.results import NotEstimable, as_json, metrics_from_record
from evaluations.methods.verdicts import Limit, Verdict, decide
from evaluations.services.metrics import pair_words
from tests.evaluations.methods.fairness.rows import report_on
from tests.evaluations.methods.fairness.tables import (
    cells,
    estimate,
    outcome,
    report_of,
    selected,
    value,
)

# True positive rates 0.80 and 0.70 of 400, false positive rates 0.10 and 0.25 of 600.
GROUPS = {"a": (540, 60, 80, 320), "b": (450, 150, 120, 280)}
ODDS = "equalised_odds_worst_difference"


def table(report, key):
    return next(item for item in report.tables if item.key == key)


def verdict(report, threshold, metric=ODDS):
    limit = Limit(metric=metric, direction="at_most", threshold=threshold, by=("race",))
    return decide(report.metrics, limit)


def test_equalised_odds_is_the_larger_gap_and_passes_only_if_both_pass():
    report = report_of(cells(GROUPS))
    odds = estimate(report, ODDS)
    tpr = estimate(report, "true_positive_rate_worst_difference")
    fpr = estimate(report, "false_positive_rate_worst_difference")
    assert (tpr.value, fpr.value) == pytest.approx((0.10, 0.15))
    assert odds.value == fpr.value
    assert odds.shown_high == max(tpr.shown_high, fpr.shown_high)
    # Two pairs instead of one: the simultaneous bound moves down.
    assert odds.shown_low < fpr.shown_low
    bounds = next(item.bounds for item in report.metrics if item.metric == ODDS)
    assert (bounds.low.bound, bounds.high.bound) == (odds.shown_low, odds.shown_high)
    for threshold in (0.05, 0.10, 0.13, 0.17, 0.20, 0.30):
        both = {
            verdict(report, threshold, f"{key}_worst_difference").verdict
            for key in ("true_positive_rate", "false_positive_rate")
        }
        assert (verdict(report, threshold).verdict is Verdict.PASS) == (both == {Verdict.PASS})


def test_the_pair_and_the_bound_that_decides_name_their_rate():
    # The widest gap is of false positives; but the few positive labels of c leave the true positive
    # rate the furthest open.
    report = report_of(cells({**GROUPS, "c": (540, 60, 7, 25)}))
    odds = next(item for item in report.metrics if item.metric == ODDS)
    assert odds.pair.rate == "false_positive_rate"
    assert (odds.bounds.low.pair.rate, odds.bounds.high.pair.rate) == (
        "false_positive_rate",
        "true_positive_rate",
    )
    record = as_json(report)
    stored = next(item for item in record["metrics"] if item["metric"] == ODDS)
    assert stored["pair"] == {
        "high": {"race": "b"},
        "low": {"race": "a"},
        "rate": "false_positive_rate",
    }
    assert stored["bounds"]["high"]["pair"]["rate"] == "true_positive_rate"
    assert metrics_from_record(record) == report.metrics
    failed, passed = verdict(report, 0.05), verdict(report, 0.5)
    assert " between b and a in false positive rate: the simultaneous lower bound" in (
        failed.sentence
    )
    assert passed.verdict is Verdict.PASS
    assert passed.decided.startswith("Decided by c and b in true positive rate: largest pairwise ")
    row = next(row for row in table(report, "criteria_race").rows if row[0] == "Equalised odds")
    assert row[5] == "b − a, false positive rate"
    assert pair_words(odds.pair, ODDS) == "b − a, false positive rate"


def test_one_rate_names_no_rate_beside_its_pair():
    found = as_json(report_of(cells(GROUPS)))["metrics"]
    pairs = [item["pair"] for item in found if "pair" in item and item["metric"] != ODDS]
    assert pairs
    assert all(set(pair) == {"high", "low"} for pair in pairs)


def test_equalised_odds_is_not_estimable_if_one_of_its_halves_is_not():
    report = report_of(cells({"a": (540, 60, 80, 320), "b": (450, 150, 0, 0)}))
    lost = outcome(report, ODDS)
    assert isinstance(lost, NotEstimable)
    assert lost.reason.startswith("true positive rate: only one group")
    found = verdict(report, 0.2)
    assert found.verdict is Verdict.NOT_ESTIMABLE
    assert "b: no rows with a positive label" in found.left_out


def test_an_open_verdict_on_equalised_odds_says_what_would_settle_it():
    found = verdict(report_of(cells(GROUPS)), 0.16)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "more rows would settle it" in found.needs


def test_the_table_names_which_metric_each_criterion_is():
    report = report_of(cells(GROUPS))
    rows = {row[0]: row for row in table(report, "criteria_race").rows}
    assert set(rows) == {
        "Demographic parity",
        "Equal opportunity",
        "Equalised odds",
        "Predictive parity",
    }
    assert rows["Equal opportunity"][1] == "true_positive_rate_worst_difference"
    assert rows["Demographic parity"][2] == pytest.approx(0.05)
    assert rows["Equal opportunity"][5] == "a − b"
    bare = report_of(selected({"a": (50, 100), "b": (60, 100)}))
    assert not any(item.key.startswith("criteria") for item in bare.tables)


def test_fishers_tea_by_hand():
    # 3 of 4 against 1 of 4: (C(4,3) C(4,1) + C(4,4) C(4,0)) / C(8,4) = 17/70, twice.
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(1, 4, 3, 4) == pytest.approx(34 / 70)
    assert fisher(2, 4, 2, 4) == 1.0


@given(st.integers(1, 400), st.integers(1, 90_000), st.data())
@settings(max_examples=80, deadline=None)
def test_the_exact_test_is_the_smaller_hypergeometric_tail_twice(n1, n2, data):
    x1 = data.draw(st.integers(0, n1))
    x2 = data.draw(st.integers(0, min(n2, 600)))
    known = hypergeom(n1 + n2, x1 + x2, n1)
    expected = min(1.0, 2.0 * min(known.sf(x1 - 1), known.cdf(x1)))
    if x1 * (n1 + n2) == (x1 + x2) * n1:
        expected = 1.0
    assert fisher(x1, n1, x2, n2) == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_a_finding_of_plain_rows_is_exact():
    report = report_of(selected({"a": (60, 100), "b": (35, 90)}))
    row = table(report, "findings").rows[0]
    assert row[6] == pytest.approx(2 * hypergeom(190, 95, 100).sf(59))
    assert row[4] == pytest.approx(35 / 90 - 0.6)
    assert row[1:3] == ("b", "a")


def test_a_score_test_of_weighted_rows_is_pearsons_with_n_less_one():
    group = np.repeat(["a", "b"], [100, 90])
    prediction = np.concatenate([np.arange(100) < 60, np.arange(90) < 35]).astype(int)
    report = report_on(group, None, prediction, weight=np.ones(190))
    spread = np.array([99 / 100, 89 / 90])
    p = np.array([0.6, 35 / 90])
    # The variance of a weighted mean has n − 1 below: so many effective rows.
    n = np.array([100, 90]) * spread
    pooled = (p * n).sum() / n.sum()
    z2 = (p[0] - p[1]) ** 2 / (pooled * (1 - pooled) * (1 / n).sum() * n.sum() / (n.sum() - 1))
    assert table(report, "findings").rows[0][6] == pytest.approx(chi2.sf(z2, 1), rel=1e-9)


def test_at_parity_of_a_rare_rate_findings_stand_no_more_often_than_asked():
    # Twenty-nine groups of 30 beside one of 100,000, all at 0.005: a score test finds one in 25 %.
    rng = np.random.default_rng(20261101)
    stood = 0
    for _ in range(150):
        groups = {f"g{i:02d}": (int(rng.binomial(30, 0.005)), 30) for i in range(29)}
        groups["large"] = (int(rng.binomial(100_000, 0.005)), 100_000)
        report = report_of(selected(groups), reference="large")
        stood += any(row[-1] == "yes" for row in table(report, "findings").rows)
    assert stood / 150 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_holms_adjustment_equals_statsmodels(p):
    found = holm(np.array(p))
    assert found == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_all_groups_and_metrics_are_adjusted_together_and_the_gate_is_kept_apart():
    report = report_of(cells({**GROUPS, "c": (540, 62, 82, 318)}))
    found = table(report, "findings")
    p = [row[6] for row in found.rows]
    assert len(p) == 2 * 7
    assert p == sorted(p)
    adjusted = multipletests(p, method="holm")[1]
    assert [row[7] for row in found.rows] == pytest.approx(list(adjusted))
    assert {row[8] for row in found.rows if row[1] == "c" or row[2] == "c"} >= {"no"}
    assert "The gate uses the verdicts of checks only" in found.note


def test_at_parity_findings_stand_no_more_often_than_asked():
    rng = np.random.default_rng(20260301)
    stood = 0
    for _ in range(300):
        drawn = rng.multinomial([400, 300, 200, 60], [0.4, 0.2, 0.15, 0.25])
        report = report_of(cells({f"g{i}": tuple(row) for i, row in enumerate(drawn)}))
        stood += any(row[-1] == "yes" for row in table(report, "findings").rows)
    # 5 % and three Monte Carlo standard errors.
    assert stood / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_clusters_make_a_difference_less_certain():
    rng = np.random.default_rng(9)
    place = np.repeat(np.arange(40), 25)
    own = rng.beta(1, 1, 40)[place]
    group = np.where(place < 20, "a", "b")
    prediction = (rng.random(1000) < own).astype(int)
    apart = table(report_on(group, None, prediction), "findings").rows[0][6]
    together = table(report_on(group, None, prediction, cluster=place), "findings").rows[0][6]
    assert apart < together
    assert value(report_on(group, None, prediction), "selection_rate") > 0
