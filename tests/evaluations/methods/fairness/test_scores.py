"""AUC, Brier score and calibration by group."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from evaluations.methods.fairness.scores import spiegelhalter
from evaluations.methods.inputs import ScoreTable
from evaluations.methods.results import Estimate, NotEstimable
from tests.evaluations.methods import by_hand
from tests.evaluations.methods.fairness.tables import cells, outcome, report_of, value


def scored(parts, **parameters):
    """Report on group → (scores, labels); predictions are made at 0.5."""
    counts = {}
    for group, (scores, given_labels) in parts.items():
        chosen = np.asarray(scores) >= 0.5
        labels = np.asarray(given_labels, dtype=bool)
        counts[group] = tuple(
            int(((labels == y) & (chosen == p)).sum())
            for y, p in ((False, False), (False, True), (True, False), (True, True))
        )
    table = ScoreTable(
        scores=np.concatenate([np.asarray(s, dtype=float) for s, _ in parts.values()]),
        labels=np.concatenate([np.asarray(y, dtype=bool) for _, y in parts.values()]),
        codes=np.repeat(np.arange(len(parts)), [len(s) for s, _ in parts.values()]),
        left_out=0,
    )
    return report_of(cells(counts), scores=table, **parameters)


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_auc_and_brier_equal_scikit_learn_ties_included(seed, n, values):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, values + 1, n) / values
    labels = rng.random(n) < 0.5
    labels[:2] = [True, False]
    report = scored({"a": (scores, labels)}, minimum_group_size=1)
    if 2 <= labels.sum() <= n - 2:
        auc = value(report, "auc", {"race": "a"})
        assert auc == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    brier = value(report, "brier", {"race": "a"})
    assert brier == pytest.approx(brier_score_loss(labels, scores), abs=1e-12)


def test_delong_by_hand():
    # Positives 0.9, 0.6, 0.4 and negatives 0.5, 0.3: each positive beats 2, 2, 1 of 2; AUC 5/6.
    # Each negative is beaten by 2 and 3 of 3. Variance: (1/12)/3 + (1/18)/2 = 1/18.
    found = outcome(
        scored({"a": ([0.9, 0.6, 0.4, 0.5, 0.3], [1, 1, 1, 0, 0])}, minimum_group_size=1),
        "auc",
        {"race": "a"},
    )
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(5 / 6)
    size = (5 / 6) * (1 / 6) * 18
    expected = by_hand.clopper_pearson((5 / 6 * size, size))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


def test_the_interval_of_auc_covers_as_often_as_it_says():
    rng = np.random.default_rng(7)
    # Normal scores one standard deviation apart: AUC = Φ(1/√2) = 0.7602.
    held = 0
    for _ in range(200):
        labels = np.arange(160) < 60
        raw = rng.normal(size=160) + labels
        report = scored({"a": (1 / (1 + np.exp(-raw)), labels)})
        found = outcome(report, "auc", {"race": "a"})
        held += found.low <= 0.76025 <= found.high
    assert held / 200 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 200)


def test_scores_of_a_calibrated_model_show_no_calibration_error_most_of_the_time():
    # The plain estimate of 300 calibrated rows lies near 0.05, and its bootstrap never reaches 0.
    rng = np.random.default_rng(3)
    at_zero, errors = 0, []
    for _ in range(60):
        scores = rng.random(300)
        report = scored({"a": (scores, rng.random(300) < scores)})
        found = outcome(report, "expected_calibration_error", {"race": "a"})
        at_zero += found.low == 0.0
        errors.append(found.value)
    assert at_zero >= 50
    assert np.mean(errors) < 0.02


def test_a_constant_overestimate_shows_as_calibration_error():
    rng = np.random.default_rng(4)
    truth = rng.random(20_000) * 0.8
    report = scored({"a": (truth + 0.15, rng.random(20_000) < truth)})
    found = outcome(report, "expected_calibration_error", {"race": "a"})
    assert found.value == pytest.approx(0.15, abs=0.01)
    assert found.low < 0.15 < found.high


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    rng = np.random.default_rng(5)
    scores = rng.random(400)
    part = {"a": (scores, rng.random(400) < 0.5)}
    key = ("expected_calibration_error", {"race": "a"})
    one = outcome(scored(part), *key)
    assert one == outcome(scored(part), *key)


def test_scores_outside_0_to_1_have_an_auc_and_no_brier_score():
    rng = np.random.default_rng(6)
    labels = rng.random(200) < 0.5
    report = scored({"a": (rng.normal(size=200) + labels, labels)})
    assert value(report, "auc", {"race": "a"}) > 0.5
    assert outcome(report, "brier", {"race": "a"}) == NotEstimable(
        reason="scores lie outside 0 to 1", n=200
    )


def test_groups_are_compared_on_their_own_rows():
    good = ([0.9] * 40 + [0.1] * 40, [1] * 40 + [0] * 40)
    bad = ([0.1] * 40 + [0.9] * 40, [1] * 40 + [0] * 40)
    report = scored({"a": good, "b": bad})
    assert value(report, "auc", {"race": "a"}) == 1.0
    assert value(report, "auc", {"race": "b"}) == 0.0
    assert value(report, "auc_worst_difference") == 1.0
    assert value(report, "brier", {"race": "b"}) == pytest.approx(0.81)


def test_spiegelhalter_by_hand_and_undefined_without_spread():
    # Scores 0.2 and labels 1: (0.8)(0.6) each; variance 0.36 × 0.16 each.
    z = spiegelhalter(np.array([0.2, 0.2]), np.array([True, True]))
    assert z == pytest.approx(0.96 / math.sqrt(0.1152))
    assert spiegelhalter(np.array([0.0, 1.0]), np.array([False, True])) is None
