"""Weights and clusters: against statsmodels, by hand, and by how often the intervals hold."""

import json
import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm
from scipy.stats import t as student
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from evaluations.methods.results import NotEstimable, as_json, result_digest
from tests.evaluations.methods.fairness.rows import report_on
from tests.evaluations.methods.fairness.tables import estimate, outcome, value

Z = norm.ppf(0.975)


def people(seed=1, n=600, places=30):
    """Draw rows whose outcome depends on their place, with weights that depend on the outcome."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, places, n)
    group = np.where(rng.random(n) < 0.4, "a", "b")
    pull = rng.normal(size=places)[place]
    label = (rng.random(n) < 0.5).astype(int)
    prediction = (rng.random(n) < 1 / (1 + np.exp(-pull - label + 0.5))).astype(int)
    weight = rng.uniform(0.5, 3.0, n) * (1 + prediction)
    return group, label, prediction, weight, place


def fitted(rows, y, **options):
    """Return the weighted mean of y and its robust variance, as statsmodels has them."""
    found = sm.WLS(y, np.ones(len(y)), weights=rows).fit(**options)
    return found.params[0], found.cov_params()[0, 0]


def exact(p, size):
    return proportion_confint(p * size, size, alpha=0.05, method="beta")


def test_weighted_rates_have_the_robust_variance_of_statsmodels_or_kish_if_that_is_larger():
    group, label, prediction, weight, _ = people()
    report = report_on(group, label, prediction, weight=weight)
    for name in ("a", "b"):
        for key, chosen in (
            ("selection_rate", group == name),
            ("true_positive_rate", (group == name) & (label == 1)),
        ):
            p, variance = fitted(weight[chosen], prediction[chosen], cov_type="HC1")
            kish = weight[chosen].sum() ** 2 / (weight[chosen] ** 2).sum()
            size = min(p * (1 - p) / variance, kish)
            found = estimate(report, key, {"race": name})
            assert found.value == pytest.approx(p, abs=1e-12)
            assert found.n == chosen.sum()
            assert (found.low, found.high) == pytest.approx(exact(p, size), abs=1e-10)
            assert found.design_effect == pytest.approx(chosen.sum() / size)


def moved_without(values, weights, place):
    """Return how far a weighted mean moves when each cluster is left out."""
    whole = np.average(values, weights=weights)
    left = [
        np.average(values[place != one], weights=weights[place != one]) for one in np.unique(place)
    ]
    return np.array(left) - whole


def test_clustered_rates_have_the_spread_of_leaving_out_one_cluster_at_a_time():
    group, label, prediction, weight, place = people()
    report = report_on(group, label, prediction, weight=weight, cluster=place)
    for name in ("a", "b"):
        chosen = (group == name) & (label == 0)
        p = np.average(prediction[chosen], weights=weight[chosen])
        moved = moved_without(prediction[chosen], weight[chosen], place[chosen])
        clusters, squares = len(moved), (moved**2).sum()
        variance = squares * clusters / (clusters - 1)
        # statsmodels' variance does not correct for the weight of the cluster itself.
        _, sandwich = fitted(
            weight[chosen],
            prediction[chosen],
            cov_type="cluster",
            cov_kwds={"groups": place[chosen]},
        )
        assert sandwich < variance < 1.25 * sandwich
        kish = weight[chosen].sum() ** 2 / (weight[chosen] ** 2).sum()
        size = min(p * (1 - p) / variance, kish)
        freedom = 2 * squares**2 / ((moved**4).sum() - squares**2 / clusters)
        freedom = min(freedom, clusters - 1)
        found = estimate(report, "false_positive_rate", {"race": name})
        shrunk = size * (Z / student.ppf(0.975, freedom)) ** 2
        assert (found.low, found.high) == pytest.approx(exact(p, shrunk), abs=1e-9)
        assert found.interval == "clopper-pearson, effective size"


def test_a_gap_of_groups_that_share_clusters_is_never_narrower_than_its_linearised_error():
    # In one half of the places group a is favoured, in the other group b: they move apart.
    rng = np.random.default_rng(5)
    place = np.repeat(np.arange(40), 20)
    group = np.tile(np.repeat(["a", "b"], 10), 40)
    ahead = np.where((place % 2 == 0) == (group == "a"), 0.7, 0.3)
    prediction = (rng.random(800) < ahead).astype(int)
    found = estimate(
        report_on(group, None, prediction, cluster=place), "selection_rate_worst_difference"
    )
    dummies = np.column_stack([group == "a", group == "b"]).astype(float)
    fit = sm.WLS(prediction, dummies).fit(cov_type="cluster", cov_kwds={"groups": place})
    covariance = fit.cov_params()
    assert covariance[0, 1] < 0
    error = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert found.high - found.low >= 2 * Z * error
    assert found.high - found.low <= 3.0 * Z * error


def test_weights_of_one_and_rows_that_are_their_own_clusters_change_next_to_nothing():
    group, label, prediction, _, _ = people()
    plain = report_on(group, label, prediction)
    weighed = report_on(group, label, prediction, weight=np.ones(600))
    alone = report_on(group, label, prediction, cluster=np.arange(600))
    for key in ("selection_rate", "true_positive_rate", "precision", "f1", "balanced_accuracy"):
        for name in ("a", "b"):
            one = estimate(plain, key, {"race": name})
            for other in (weighed, alone):
                two = estimate(other, key, {"race": name})
                assert two.value == pytest.approx(one.value, abs=1e-12)
                assert two.n == one.n
                assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=3e-3)
    ratio = estimate(plain, "selection_rate_worst_ratio")
    again = estimate(weighed, "selection_rate_worst_ratio")
    assert (again.low, again.high) == pytest.approx((ratio.low, ratio.high), abs=3e-3)


def test_doubling_every_person_as_a_cluster_of_two_leaves_the_intervals_as_they_were():
    group, label, prediction, _, _ = people(n=400)
    one = report_on(group, label, prediction, cluster=np.arange(400))
    twice = report_on(
        np.repeat(group, 2),
        np.repeat(label, 2),
        np.repeat(prediction, 2),
        cluster=np.repeat(np.arange(400), 2),
    )
    for key in ("selection_rate", "accuracy", "false_positive_rate", "f1"):
        first, second = (estimate(item, key, {"race": "a"}) for item in (one, twice))
        assert second.n == 2 * first.n
        assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=1e-9)
        assert second.design_effect == pytest.approx(2 * first.design_effect)


def test_a_rate_of_zero_counts_clusters_and_not_rows():
    # 20 places of 30 rows, nobody selected: no better known than from 20 rows.
    place = np.repeat(np.arange(20), 30)
    report = report_on(["a"] * 600, None, np.zeros(600), cluster=place)
    found = estimate(report, "selection_rate", {"race": "a"})
    shrunk = 20 * (Z / student.ppf(0.975, 19)) ** 2
    assert found.low == 0.0
    assert found.high == pytest.approx(exact(0.0, shrunk)[1], abs=1e-9)


def test_too_few_clusters_or_weights_on_too_few_rows_are_named_and_carry_no_number():
    place = np.concatenate([np.repeat(np.arange(9), 20), np.arange(100, 220)])
    group = ["a"] * 180 + ["b"] * 120
    prediction = np.tile([0, 1], 150)
    report = report_on(group, None, prediction, cluster=place)
    assert outcome(report, "selection_rate", {"race": "a"}) == NotEstimable(
        reason="180 rows of 9 clusters; 10 are needed", n=180
    )
    assert isinstance(outcome(report, "selection_rate_worst_difference"), NotEstimable)
    assert any(
        item.group == {"race": "a"} and "9 clusters" in item.reason for item in report.excluded
    )
    weight = np.concatenate([[1000.0] * 4, np.full(176, 0.01), np.ones(120)])
    lost = outcome(
        report_on(group, None, prediction, weight=weight), "selection_rate", {"race": "a"}
    )
    assert lost == NotEstimable(
        reason="180 rows that are worth 4.0 after weights and clusters; 10 are needed", n=180
    )


def test_the_design_is_shown_in_a_table_a_diagnostic_and_the_words():
    group, label, prediction, weight, place = people()
    report = report_on(group, label, prediction, weight=weight, cluster=place)
    table = next(item for item in report.tables if item.key == "design_race")
    row = next(row for row in table.rows if row[:2] == ("Selection rate", "a"))
    found = estimate(report, "selection_rate", {"race": "a"})
    assert row[2] == found.n
    assert row[3] == 30
    assert row[2] / row[4] == pytest.approx(row[5])
    assert row[5] == pytest.approx(found.design_effect)
    shown = next(item for item in report.diagnostics if item.key == "design_effect")
    assert shown.value >= row[5]
    assert "independent and of equal weight" not in report.narrative.limitation
    assert "Clusters are taken as independent" in report.narrative.limitation
    assert (
        "independent and of equal weight"
        in report_on(group, label, prediction).narrative.limitation
    )
    json.dumps(as_json(report), allow_nan=False)


def test_weighted_auc_equals_scikit_learn_and_its_error_the_jackknife_over_clusters():
    group, label, prediction, weight, place = people(n=900, places=45)
    rng = np.random.default_rng(2)
    score = np.round(1 / (1 + np.exp(-(label + rng.normal(size=900) + 0.5 * (place % 3)))), 2)
    report = report_on(group, label, prediction, weight=weight, cluster=place, score=score)
    chosen = group == "a"

    def auc(kept):
        return roc_auc_score(label[kept], score[kept], sample_weight=weight[kept])

    found = estimate(report, "auc", {"race": "a"})
    assert found.value == pytest.approx(auc(chosen), abs=1e-12)
    left = np.array([auc(chosen & (place != one)) for one in range(45)])
    error = math.sqrt(44 / 45 * ((left - left.mean()) ** 2).sum())
    size = found.n / found.design_effect
    assert math.sqrt(found.value * (1 - found.value) / size) == pytest.approx(error, rel=0.05)
    brier = estimate(report, "brier", {"race": "a"})
    losses = (score - label) ** 2
    assert brier.value == pytest.approx(np.average(losses[chosen], weights=weight[chosen]))


def test_the_error_of_calibration_under_clusters_is_found_and_none_where_there_is_none():
    rng = np.random.default_rng(8)
    truth = rng.random(6000) * 0.8
    label = (rng.random(6000) < truth).astype(int)
    place = np.repeat(np.arange(300), 20)
    key = ("expected_calibration_error", {"race": "a"})
    group, prediction = ["a"] * 6000, np.ones(6000)
    shifted = report_on(group, label, prediction, cluster=place, score=truth + 0.15)
    assert estimate(shifted, *key).low < 0.15 < estimate(shifted, *key).high
    assert value(shifted, *key) == pytest.approx(0.15, abs=0.02)
    fair = report_on(group, label, prediction, cluster=place, score=truth)
    assert estimate(fair, *key).low == 0.0
    assert value(fair, *key) < 0.015


@pytest.mark.parametrize(("alike", "base"), [(0.05, 0.3), (0.3, 0.1)])
def test_intervals_of_clustered_rows_hold_as_often_as_they_say(alike, base):
    # 40 places in each group with 5 to 25 rows; a place's own rate is beta with that correlation.
    rng = np.random.default_rng(20260201)
    draws, size = 400, 1 / alike - 1
    truth = {"a": base, "b": base + 0.15}
    held, naive, gaps, ratios = 0, 0, 0, 0
    for _ in range(draws):
        sizes = rng.integers(5, 26, 80)
        rates = np.where(np.arange(80) < 40, truth["a"], truth["b"])
        own = rng.beta(rates * size, (1 - rates) * size)
        prediction = (rng.random(sizes.sum()) < np.repeat(own, sizes)).astype(int)
        group = np.repeat(np.where(np.arange(80) < 40, "a", "b"), sizes)
        place = np.repeat(np.arange(80), sizes)
        report = report_on(group, None, prediction, cluster=place)
        found = estimate(report, "selection_rate", {"race": "a"})
        held += found.low <= truth["a"] <= found.high
        low, high = exact(found.value, found.n)
        naive += low <= truth["a"] <= high
        gap = estimate(report, "selection_rate_difference", {"race": "a"})
        # The reference is the group with the higher rate as found; turned, the gap has its sign.
        sign = 1 if value(report, "selection_rate", {"race": "b"}) > found.value else -1
        gaps += gap.low <= -0.15 * sign <= gap.high
        ratio = estimate(report, "selection_rate_ratio", {"race": "a"})
        ratios += ratio.low <= truth["a"] / truth["b"] <= ratio.high
    least = 0.94 - 2 * math.sqrt(0.95 * 0.05 / draws)
    assert held / draws >= least
    assert gaps / draws >= least
    assert ratios / draws >= least
    assert naive / draws < 0.85


def test_the_same_rows_in_another_order_give_the_same_digest():
    group, label, prediction, weight, place = people()
    order = np.random.default_rng(3).permutation(600)
    score = np.random.default_rng(4).random(600).round(1)
    one = report_on(group, label, prediction, weight=weight.round(), cluster=place, score=score)
    two = report_on(
        group[order],
        label[order],
        prediction[order],
        weight=weight.round()[order],
        cluster=place[order],
        score=score[order],
    )
    assert result_digest(as_json(one)) == result_digest(as_json(two))
