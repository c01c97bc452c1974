"""Impact ratios and scoring rates of Local Law 144, against the example in the rule itself."""

import numpy as np
import pytest

from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.results import NotEstimable
from tests.evaluations.methods.fairness.rows import report_on
from tests.evaluations.methods.fairness.tables import (
    cells,
    estimate,
    outcome,
    report_of,
    selected,
    value,
)

# 6 RCNY § 5-301 (b), the example of a resume screening tool: selected and applicants by category.
SEX = {"Male": (667, 1390), "Female": (555, 1181)}
RACE = {
    "Hispanic or Latino": (204, 408, 0.97),
    "White": (412, 797, 1.00),
    "Black or African American": (170, 390, 0.84),
    "Native Hawaiian or Pacific Islander": (52, 119, 0.85),
    "Asian": (302, 616, 0.95),
    "Native American or Alaska Native": (18, 41, 0.85),
    "Two or More Races": (96, 213, 0.87),
}
BOTH = {
    ("Hispanic", "Male"): (90, 205, 0.841),
    ("Hispanic", "Female"): (82, 190, 0.827),
    ("White", "Male"): (215, 412, 1.0),
    ("White", "Female"): (197, 385, 0.981),
    ("Black", "Male"): (95, 226, 0.806),
    ("Black", "Female"): (75, 164, 0.876),
    ("Asian", "Male"): (167, 321, 0.997),
    ("Asian", "Female"): (135, 295, 0.877),
}


def test_the_impact_ratios_of_the_rules_own_example():
    sex = report_of(selected({**SEX, NOT_RECORDED: (100, 250)}))
    assert value(sex, "impact_ratio", {"race": "Male"}) == 1.0
    assert value(sex, "impact_ratio", {"race": "Female"}) == pytest.approx(0.979, abs=5e-4)
    assert outcome(sex, "impact_ratio", {"race": NOT_RECORDED}) == NotEstimable(
        reason="membership not recorded: kept outside the ratios", n=250
    )
    race = report_of(selected({name: part[:2] for name, part in RACE.items()}))
    for name, (_, _, ratio) in RACE.items():
        assert value(race, "impact_ratio", {"race": name}) == pytest.approx(ratio, abs=5e-3)


def test_impact_ratios_of_race_and_sex_together_are_those_of_the_rule():
    counts = {key: (n - x, x, 0, 0) for key, (x, n, _) in BOTH.items()}
    report = report_of(cells(counts, columns=("race", "sex"), labelled=False), intersections=2)
    for (race, sex), (_, _, ratio) in BOTH.items():
        found = value(report, "impact_ratio", {"race": race, "sex": sex})
        assert found == pytest.approx(ratio, abs=6e-4)


def test_groups_under_a_share_are_left_out_only_if_asked_and_even_with_the_highest_rate():
    groups = {"a": (300, 1000), "b": (240, 1000), "tiny": (36, 40)}
    plain = report_of(selected(groups))
    assert value(plain, "impact_ratio", {"race": "b"}) == pytest.approx(0.24 / 0.9)
    asked = report_of(selected(groups), impact_smallest_share=0.02)
    assert value(asked, "impact_ratio", {"race": "b"}) == pytest.approx(0.8)
    assert outcome(asked, "impact_ratio", {"race": "tiny"}) == NotEstimable(
        reason="2.0 % of the rows; groups under 2.0 % are left out", n=40
    )
    table = next(item for item in asked.tables if item.key == "impact_race")
    assert [row[-1] for row in table.rows][:2] == ["highest rate", ""]
    # All other comparisons keep the group: leaving out is for these ratios alone.
    assert value(asked, "selection_rate_worst_difference") == pytest.approx(0.66)


def test_where_nobody_is_selected_there_is_no_ratio():
    report = report_of(selected({"a": (0, 100), "b": (0, 100)}))
    assert outcome(report, "impact_ratio", {"race": "a"}) == NotEstimable(
        reason="the highest rate is 0", n=100
    )


def test_the_scoring_rate_is_the_share_above_the_median_of_all_scores():
    # Scores 0 to 119; the median is 59.5; group a holds 40 of the 60 above it, b 20.
    score = np.arange(120)
    group = np.where((score >= 80) | (score < 20), "a", "b")
    report = report_on(group, None, score >= 100, score=score)
    assert value(report, "scoring_rate", {"race": "a"}) == pytest.approx(40 / 60)
    assert value(report, "scoring_rate", {"race": "b"}) == pytest.approx(20 / 60)
    assert value(report, "scoring_impact_ratio", {"race": "b"}) == pytest.approx(0.5)
    assert value(report, "scoring_rate_worst_ratio") == pytest.approx(0.5)
    ratio = estimate(report, "scoring_impact_ratio", {"race": "b"})
    assert (ratio.low, ratio.high) == pytest.approx(
        tuple(getattr(estimate(report, "scoring_rate_worst_ratio"), end) for end in ("low", "high"))
    )


def test_a_score_equal_to_the_median_is_not_above_it():
    score = np.array([1] * 40 + [2] * 60 + [3] * 20)
    report = report_on(["a"] * 60 + ["b"] * 60, None, score > 1, score=score)
    assert value(report, "scoring_rate", {"race": "a"}) == 0.0
    assert value(report, "scoring_rate", {"race": "b"}) == pytest.approx(20 / 60)


def test_the_median_is_that_of_the_people_whom_weighted_rows_stand_for():
    # The lower half of the scores weighs three times as much: the median falls to the 40th.
    score = np.arange(120)
    weight = np.where(score < 60, 3.0, 1.0)
    group = np.where(score % 2 == 0, "a", "b")
    report = report_on(group, None, score > 100, score=score, weight=weight)
    a = (score % 2 == 0) & (score > 39.5)
    expected = weight[a].sum() / weight[score % 2 == 0].sum()
    assert value(report, "scoring_rate", {"race": "a"}) == pytest.approx(expected)
