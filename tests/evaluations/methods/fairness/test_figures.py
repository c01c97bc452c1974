"""Charts of group rates: titles that state the finding, limits drawn, text for those who hear."""

import json

import pytest
import vl_convert

from evaluations.methods.fairness.figures import Line, redraw
from evaluations.methods.fairness.vega import axis_values, domain_of
from evaluations.methods.results import as_json
from tests.evaluations.methods.fairness.tables import report_of, selected

PAST = {"White": (1527, 1681), "Hispanic": (85, 111), "Black": (133, 197)}


def record_of(groups):
    words = {"outcome_word": "approved", "people_word": "applicants"}
    return json.loads(json.dumps(as_json(report_of(selected(groups), **words))))


@pytest.mark.parametrize(
    ("kind", "threshold", "title"),
    [
        ("difference", 0.10, "The worst gap lies wholly beyond the limit of 0.10"),
        ("difference", 0.20, "The worst gap may lie on either side of the limit of 0.20"),
        ("difference", 0.35, "Every gap lies within the limit of 0.35"),
        ("ratio", 0.80, "The worst ratio may lie on either side of the limit of 0.80"),
        ("ratio", 0.90, "The worst ratio lies wholly beyond the limit of 0.90"),
        ("ratio", 0.60, "Every ratio lies within the limit of 0.60"),
    ],
)
def test_a_stored_result_is_drawn_with_its_limit_and_says_where_the_worst_pair_lies(
    kind, threshold, title
):
    figures = redraw(
        record_of(PAST), "selection_rate", ("race",), Line(kind=kind, threshold=threshold)
    )
    assert figures[1].title == title
    assert title in figures[1].text_alternative


def test_the_rates_are_titled_with_the_two_that_differ_most():
    figure = redraw(
        record_of(PAST), "selection_rate", ("race",), Line(kind="difference", threshold=0.1)
    )[0]
    assert figure.title == "Black applicants: 0.68 approved. White applicants: 0.91."
    assert "White, reference 0.908 (0.894 to 0.922) of 1,681" in figure.text_alternative
    assert "limit: White − 0.10 = 0.808" in figure.text_alternative


@pytest.mark.parametrize(
    "groups",
    [
        PAST,
        {"a": (0, 40), "b": (0, 40)},
        {"a": (40, 40), "b": (1, 5000)},
        {f"group number {i}": (30 + i, 100) for i in range(30)},
    ],
)
def test_every_specification_renders(groups):
    for figure in report_of(selected(groups)).figures:
        image = vl_convert.vegalite_to_svg(json.dumps(figure.specification))
        assert image.startswith("<svg")


def test_the_many_pairs_of_many_groups_are_cut_and_the_cut_is_said():
    report = report_of(selected({f"g{i:02}": (30 + i, 100) for i in range(30)}))
    gaps = next(figure for figure in report.figures if "pairs" in figure.key)
    assert len(gaps.specification["data"]["values"]) == 12
    assert "The 12 widest of 435 pairs." in gaps.text_alternative
    table = next(table for table in report.tables if table.key == "pairs_race")
    assert "Of each metric's 435 pairs the 30" in table.note


def test_the_title_speaks_of_all_pairs_also_of_those_not_drawn():
    # Among 40 large groups near parity a small one hides: its pairs are not among the widest gaps,
    # and their bounds alone keep the worst gap open.
    groups = {f"g{i:02}": (48_000 + 100 * i, 100_000) for i in range(40)}
    record = record_of(groups | {"small": (20, 40)})
    figure = redraw(record, "selection_rate", ("race",), Line(kind="difference", threshold=0.06))[1]
    assert not any("small" in row["pair"] for row in figure.specification["data"]["values"])
    assert figure.title == "The worst gap may lie on either side of the limit of 0.06"


def test_axes_end_on_tidy_values_that_hold_every_number():
    assert domain_of([0.607, 0.921], within=(0.0, 1.0)) == (0.6, 0.95)
    assert domain_of([-0.04, 0.302], within=(-1.0, 3.0)) == (-0.05, 0.35)
    assert axis_values((0.6, 0.8)) == [0.6, 0.65, 0.7, 0.75, 0.8]
