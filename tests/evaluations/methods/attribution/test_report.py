"""The report on constructed rows: every number worked by hand."""

import dataclasses
import json

import numpy as np
import pytest
import vl_convert

from evaluations.methods.attribution.explained import (
    Case,
    Explained,
    GroupColumn,
    cut_off_margin,
    default_cases,
)
from evaluations.methods.attribution.figures import offsets, value_ranks
from evaluations.methods.attribution.report import report
from evaluations.methods.attribution.spec import SPEC, ShapParameters
from evaluations.methods.results import Estimate, NotEstimable, as_json, result_digest

VALUES = np.array([[0.5, -0.1], [0.3, 0.1], [-0.2, 0.3], [-0.4, 0.1], [0.1, -0.2], [0.0, 0.2]])
INPUTS = np.array([[1.0, 5], [2, 4], [3, np.nan], [4, 2], [5, 1], [6, 0]])


def explained(**changes) -> Explained:
    plain = Explained(
        features=("income", "debt"),
        row_numbers=np.arange(1, 7),
        inputs=INPUTS,
        values=VALUES,
        base=1.0,
        margins=1.0 + VALUES.sum(axis=1),
        again=VALUES[:2],
        groups=(GroupColumn(name="race", members=np.array(["a", "a", "b", "b", "b", "c"])),),
        objective="binary:logistic",
        rows_total=6,
        background_rows=3,
        background_digest="ab" * 32,
        cases=(Case(position=3, why="lowest output"),),
        parameters=ShapParameters(minimum_group_size=2),
        seed=1,
        inputs_digests=(("data", "00"), ("model", "11")),
    )
    return dataclasses.replace(plain, **changes)


def found(made, key, group=None):
    hits = [m.outcome for m in made.metrics if m.metric == key and m.group == group]
    assert len(hits) == 1
    return hits[0]


def test_features_are_ranked_by_mean_absolute_attribution():
    made = report(explained())
    # |income|: 0.5 0.3 0.2 0.4 0.1 0 → 0.25; |debt|: 0.1 0.1 0.3 0.1 0.2 0.2 → 1/6.
    income = found(made, "mean_absolute_attribution", {"feature": "income"})
    assert income.value == pytest.approx(0.25)
    assert income.n == 6
    assert income.low < 0.25 < income.high
    debt = found(made, "mean_absolute_attribution", {"feature": "debt"})
    assert debt.value == pytest.approx(1 / 6)
    assert [row[0] for row in made.tables[0].rows] == ["income", "debt"]


def test_shares_add_up_to_one():
    made = report(explained())
    shares = [found(made, "attribution_share", {"feature": f}).value for f in ("income", "debt")]
    assert shares == pytest.approx([0.6, 0.4])


def test_differences_between_groups_by_hand():
    made = report(explained())
    # b is the largest group: income a 0.4, b −1/6; debt a 0, b 1/15.
    income = found(made, "mean_attribution_difference", {"race": "a", "feature": "income"})
    debt = found(made, "mean_attribution_difference", {"race": "a", "feature": "debt"})
    assert income.value == pytest.approx(0.4 + 0.5 / 3)
    assert debt.value == pytest.approx(-0.2 / 3)
    assert income.n == 5
    assert income.simultaneous_low < income.low < income.high < income.simultaneous_high
    output = found(made, "mean_output_difference", {"race": "a"})
    assert output.value == pytest.approx(income.value + debt.value)


def test_every_comparison_names_its_reference():
    made = report(explained())
    compared = [m for m in made.metrics if m.group is not None and "race" in m.group]
    assert len(compared) == 7
    assert {m.reference["race"] for m in compared} == {"b"}


def test_small_and_unrecorded_groups_are_listed_and_not_compared():
    members = np.array(["a", "a", "b", "b", "not recorded", "not recorded"])
    groups = (GroupColumn(name="race", members=members),)
    made = report(explained(groups=groups))
    assert [(dict(e.group), e.n) for e in made.excluded] == [({"race": "not recorded"}, 2)]
    made = report(explained())
    assert [(dict(e.group), e.n, e.reason) for e in made.excluded] == [
        ({"race": "c"}, 1, "fewer than 2 rows")
    ]


def test_one_group_alone_is_not_estimable():
    groups = (GroupColumn(name="race", members=np.full(6, "a")),)
    outcome = found(report(explained(groups=groups)), "mean_output_difference")
    assert outcome == NotEstimable(reason="fewer than two groups of race have enough rows", n=6)


def test_a_row_that_does_not_add_up_is_a_finding():
    margins = 1.0 + VALUES.sum(axis=1)
    margins[4] += 0.5
    made = report(explained(margins=margins))
    assert found(made, "additivity_failures").value == 1
    assert found(made, "additivity_max_error").value == pytest.approx(0.5)
    assert found(made, "additivity_max_error").low is None
    check = next(d for d in made.diagnostics if d.key == "additivity")
    assert check.passed is False
    assert "do not add up in 1 row of 6" in made.headline


def test_additivity_holds_within_rounding():
    made = report(explained())
    assert found(made, "additivity_failures").value == 0
    assert next(d for d in made.diagnostics if d.key == "additivity").passed is True


def test_a_stand_in_counts_by_its_share_and_by_how_well_it_tells_the_group():
    made = report(explained())
    group = {"race": "a", "feature": "income"}
    # Incomes 1, 2 against 3, 4, 5: all pairs lost, D = −1; share 0.6.
    assert found(made, "feature_group_association", group).value == -1
    assert found(made, "proxy_reliance", group).value == pytest.approx(0.6)


def test_a_feature_missing_throughout_a_group_is_not_estimable():
    inputs = INPUTS.copy()
    inputs[:2, 1] = np.nan
    outcome = found(
        report(explained(inputs=inputs)), "proxy_reliance", {"race": "a", "feature": "debt"}
    )
    assert isinstance(outcome, NotEstimable)


def test_the_same_background_twice_is_similarity_one():
    outcome = found(report(explained()), "background_similarity")
    assert (outcome.value, outcome.n) == (pytest.approx(1.0), 2)


def test_the_path_dependent_game_has_no_background():
    changed = ShapParameters(game="path-dependent", minimum_group_size=2)
    made = report(explained(parameters=changed, again=np.empty((0, 2))))
    keys = {metric.metric for metric in made.metrics}
    assert "background_similarity" not in keys
    assert "background" not in {d.key for d in made.diagnostics}
    assert next(d for d in made.diagnostics if d.key == "game").value == "path-dependent"


def test_the_background_is_named_by_digest():
    check = next(d for d in report(explained()).diagnostics if d.key == "background")
    assert check.value == "ab" * 32


def test_a_sensitive_column_among_the_features_is_named():
    groups = (GroupColumn(name="debt", members=np.array(["a", "a", "b", "b", "b", "b"])),)
    check = next(
        d for d in report(explained(groups=groups)).diagnostics if d.key == "sensitive_features"
    )
    assert check.passed is False
    assert "is given debt itself" in check.detail


def test_a_case_shows_base_every_feature_and_output():
    table = next(t for t in report(explained()).tables if t.key == "cases")
    assert [row[2:] for row in table.rows] == [
        ("base", None, 1.0),
        ("income", 4.0, -0.4),
        ("debt", 2.0, 0.1),
        ("output", None, pytest.approx(0.7)),
    ]
    assert {row[0] for row in table.rows} == {4}


def test_cases_default_to_nearest_lowest_and_highest():
    margin = cut_off_margin("binary:logistic", 0.8)
    assert margin == pytest.approx(1.386294, abs=1e-6)
    cases = default_cases(np.array([0.0, 1.3, 2.0, 3.0]), margin)
    assert [(case.position, case.why) for case in cases] == [
        (1, "nearest the cut-off"),
        (0, "lowest output"),
        (3, "highest output"),
    ]
    assert cut_off_margin("binary:logistic", 1.0) is None
    assert cut_off_margin("reg:squarederror", 7.0) == 7.0


@pytest.mark.parametrize("flat", [False, True])
def test_figures_render_state_a_finding_and_have_text(flat):
    rows = explained()
    if flat:
        rows = explained(values=np.zeros((6, 2)), margins=np.ones(6), again=np.zeros((2, 2)))
    made = report(rows)
    keys = {figure.key for figure in made.figures}
    assert keys == {
        "shap-bar",
        "shap-beeswarm",
        "shap-waterfall-4",
        "shap-dependence-1",
        "shap-dependence-2",
        "shap-groups-race",
    }
    tables = {table.key for table in made.tables}
    for figure in made.figures:
        text = json.dumps(figure.specification, allow_nan=False)
        assert "<svg" in vl_convert.vegalite_to_svg(text, vl_version="6.4")
        assert len(figure.text_alternative) > 40
        assert figure.specification["title"]["text"] == figure.title
        assert figure.table in tables


def test_the_report_is_plain_json_and_its_digest_is_stable():
    first, again = as_json(report(explained())), as_json(report(explained()))
    json.dumps(first, allow_nan=False)
    assert result_digest(first) == result_digest(again)
    other = as_json(report(explained(base=1.1, margins=1.1 + VALUES.sum(axis=1))))
    assert result_digest(other) != result_digest(first)


def test_every_metric_is_in_the_catalogue():
    for metric in report(explained()).metrics:
        spec = SPEC.metric(metric.metric)
        if isinstance(metric.outcome, Estimate):
            assert spec.low is None or metric.outcome.value >= spec.low
            assert spec.high is None or metric.outcome.value <= spec.high + 1e-12


def test_points_in_one_place_stand_side_by_side():
    found = offsets(np.array([0.0, 0.0, 0.0, 1.0]), 0.0, 1.0)
    assert list(found) == pytest.approx([0, 0.055, -0.055, 0])
    assert np.abs(offsets(np.zeros(500), 0.0, 1.0)).max() <= 0.42 + 1e-9


def test_ranks_run_from_zero_to_one_with_ties_in_the_middle():
    assert list(value_ranks(np.array([1.0, 2, 2, 3]))) == pytest.approx([0, 0.5, 0.5, 1])
    assert list(value_ranks(np.array([5.0, np.nan, 5.0]))) == [0.5, 0.5, 0.5]


def test_bins_are_compared_in_the_order_in_which_they_rise():
    members = np.array(["100 and over", "under 30", "30 to 99"] * 2)
    made = report(explained(groups=(GroupColumn(name="age", members=members),)))
    compared = [m.group["age"] for m in made.metrics if m.metric == "mean_output_difference"]
    # Of three groups of two rows each the reference is the last by its letters: "under 30".
    assert compared == ["30 to 99", "100 and over"]
