"""Profiles, suggested roles, signs of leaks, and their small charts."""

import json
import math
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import vl_convert

from registry.reading.leaks import area_under_curve, find_leaks
from registry.reading.profile import profile
from registry.reading.profile_figures import profile_figures
from registry.reading.roles import suggest_roles
from registry.templatetags.registry import type_words


@pytest.fixture
def loans(tmp_path):
    """Forty rows: income 1 … 40 with two missing; buyer known only for approved loans."""
    lines = ["case_id,race,income,score,approved,prediction,buyer,note"]
    for row in range(40):
        income = "" if row in (3, 4) else str(row + 1)
        race = "White" if row % 4 else "Black"
        approved = int(row >= 20)
        buyer = "bank" if approved and row % 2 else "none"
        lines.append(
            f"{row + 100},{race},{income},{row / 40},{approved},{int(row > 10)},{buyer},n{row * 7}"
        )
    path = tmp_path / "loans.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_column_of_numbers_is_summed_up(loans):
    column = profile(loans).column("income")
    assert (column.kind, column.missing, column.distinct) == ("number", 2, 38)
    assert column.whole_numbers
    numbers = column.numbers[0]
    assert (numbers.minimum, numbers.maximum) == (1, 40)
    assert numbers.mean == pytest.approx((820 - 4 - 5) / 38)
    assert len(numbers.bins) == 20
    assert sum(part.count for part in numbers.bins) == 38
    # Bins are 1.95 wide: the first holds 1 and 2, the last 39 and 40.
    assert (numbers.bins[0].count, numbers.bins[-1].count) == (2, 2)


def test_text_lists_its_most_frequent_values(loans):
    column = profile(loans).column("race")
    assert [(entry.value, entry.count) for entry in column.top] == [("White", 30), ("Black", 10)]


def test_values_that_single_out_rows_are_not_listed(loans):
    assert profile(loans).column("note").top == ()


def test_nan_and_infinity_count_as_missing(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": [1.0, math.nan, math.inf, None, 3.0]}), path)
    column = profile(path).column("x")
    assert column.missing == 3
    assert (column.numbers[0].minimum, column.numbers[0].maximum) == (1, 3)


def test_a_name_with_signs_of_a_pattern_is_a_name(loans):
    odd = loans.with_name("loans[1]*.csv")
    loans.rename(odd)
    assert profile(odd).rows == 40


def test_a_column_without_values_has_no_range(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,\n2,\n")
    column = profile(path).column("b")
    assert (column.missing, column.numbers, column.top) == (2, (), ())


def test_a_profile_is_stored_as_plain_values(loans):
    made = profile(loans)
    stored = json.loads(json.dumps(made.as_json(), allow_nan=False))
    assert stored["file"]["rows"] == made.rows
    assert [column["name"] for column in stored["columns"]] == [c.name for c in made.columns]
    income = next(column for column in stored["columns"] if column["name"] == "income")
    assert income["numbers"][0]["minimum"] == made.column("income").numbers[0].minimum


def test_roles_follow_names_and_values(loans):
    roles = {entry.column: entry.role for entry in suggest_roles(profile(loans))}
    assert roles == {
        "case_id": "id",
        "race": "sensitive",
        "income": "feature",
        "score": "score",
        "approved": "label",
        "prediction": "prediction",
        "buyer": "feature",
        "note": "id",
    }


def test_a_name_alone_does_not_make_a_score_or_a_label(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("score,label,same\n700,a,1\n650,b,1\n640,c,1\n700,a,1\n")
    roles = {entry.column: entry.role for entry in suggest_roles(profile(path))}
    assert roles == {"score": "feature", "label": "feature", "same": "ignored"}


def test_area_under_the_curve_by_hand():
    # Levels 1, 2, 3 with positives 1, 1, 2 and negatives 2, 1, 1. Of 16 pairs: positives at 2 beat
    # 2 negatives, at 3 beat 3 each; ties 2, 1, 2 count one half: 2 + 6 + 2.5 = 10.5.
    positive, negative = np.array([1.0, 1, 2]), np.array([2.0, 1, 1])
    assert area_under_curve(positive, negative) == pytest.approx(10.5 / 16)


def test_a_twin_of_the_label_and_a_value_known_only_afterwards_are_flagged(tmp_path):
    lines = ["approved,refused,buyer,income"]
    for row in range(200):
        approved = int(row % 2 == 0)
        buyer = "bank" if approved and row % 8 == 0 else "none"
        lines.append(f"{approved},{1 - approved},{buyer},{row % 7}")
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines))
    found = find_leaks(
        path,
        profile(path),
        label="approved",
        features=("refused", "buyer", "income"),
        positive="1",
    )
    assert [(leak.column, leak.sign) for leak in found] == [
        ("refused", "name"),
        ("refused", "separates"),
        ("buyer", "constant"),
    ]
    # 25 rows name a bank; with half the labels positive, 12.5 negatives would be expected.
    assert "In all 25 rows where it is “bank” the label is positive" in found[2].reason


@pytest.mark.parametrize(
    ("held", "shown", "hidden"),
    [
        (["0.2", "0.4", "0.95"], "0.4", "400m"), (["-1200", "800", "7"], "1,000", "1k"),
        (["100", "2000000000", "5"], "bn", "G"),
    ],
)  # fmt: skip
def test_an_axis_is_labelled_with_plain_numbers(tmp_path, held, shown, hidden):
    path = tmp_path / "x.csv"
    more = [f"{float(held[1]) * n / 40}" for n in range(40)]
    path.write_text("\n".join(["x", *held, *more]))
    (figure,) = profile_figures(profile(path))
    specification = json.dumps(figure.specification)
    svg = vl_convert.vegalite_to_svg(specification, vl_version="6.4")
    texts = "|".join(re.findall(r">([^<]+)</text>", svg))
    assert shown in texts
    assert hidden not in texts


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (["1", "2"], "whole number"), (["1.5", "2"], "number"), (["yes", "no"], "text"),
        (["TRUE", "false"], "true or false"), (["2024-01-31", "2024-02-01"], "date or time"),
        (["2024-01-31 10:00", "2024-02-01 09:30"], "date or time"), (["1", "two"], "text"),
        (["007", "012"], "whole number"), (["nan", "nan"], "text"),
    ],
)  # fmt: skip
def test_a_column_is_called_by_what_it_holds(tmp_path, held, words):
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["x,y", *(f"{value},a" for value in held)]))
    assert type_words(profile(path).as_json()["columns"][0]) == words


def test_figures_render_and_have_text_alternatives(loans):
    figures = profile_figures(profile(loans))
    assert {figure.column for figure in figures} >= {"race", "income", "score", "approved"}
    for figure in figures:
        text = json.dumps(figure.specification, allow_nan=False)
        assert "svg" in vl_convert.vegalite_to_svg(text, vl_version="6.4")
        assert "40 rows" in figure.text_alternative
