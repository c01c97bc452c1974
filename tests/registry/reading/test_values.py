"""One rule for what a cell holds, in SQL and in Python."""

import sys
import unicodedata

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.reading.csv_text import delimiter_of
from registry.reading.values import BLANKS, canonical, outcomes, outcomes_of, same_outcome, text_sql


def test_blanks_are_what_python_strips():
    assert set(BLANKS) == {chr(i) for i in range(sys.maxunicode + 1) if chr(i).isspace()}


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect(":memory:") as connection:
        yield connection


# Without signs not assigned yet: two editions of Unicode may differ in them, and in nothing else.
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cn"])))
@example(text="Ame\u0301rica ")
@example(text=" a b ")
@example(text="a\tb")
@example(text="a\n")
@example(text="~")
@example(text="\u1100\u1161\u11a8")
def test_sql_and_python_take_the_same_text_from_a_cell(engine, text):
    (found,) = engine.execute(f"SELECT {text_sql('$1::VARCHAR')}", [text]).fetchone()
    assert found == (unicodedata.normalize("NFC", text).strip() or None)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("'nan'", "nan"), ("'nan'::DOUBLE", None), ("'-inf'::FLOAT", None), ("1.0::DOUBLE", "1.0"),
        ("TRUE", "true"), ("7::TINYINT", "7"), ("' '", None), ("NULL::DOUBLE", None),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_no_value_but_a_word_is(engine, sql, text):
    assert engine.execute(f"SELECT {text_sql(sql)}").fetchone() == (text,)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("TRUE", "1", True),
        ("1.0", "01", True),
        (" yes", "yes", True),
        ("Yes", "yes", False),
        ("refuse\u0301", "refus\u00e9", True),
        ("refuse", "refus\u00e9", False),
    ],
)
def test_outcomes_are_the_same_by_their_form(first, second, same):
    assert same_outcome(first, [second]) is same
    assert (canonical(first) == canonical(second)) is same


def test_an_outcome_is_shown_as_it_is_written_most_often():
    assert outcomes(["TRUE", "False", "1"]) == ("False", "TRUE")


def test_values_that_were_not_all_listed_are_no_outcomes():
    top = [{"value": f"v{n}", "count": 1} for n in range(10)]
    assert outcomes_of({"top": top, "distinct": 11}) == ()
    assert len(outcomes_of({"top": top, "distinct": 10})) == 10


def test_the_delimiter_is_the_one_that_cuts_every_line_alike():
    assert delimiter_of(["a;b,c\n", "1;2\n", "3;4\n"]) == ";"
    assert delimiter_of(["one\n", "2\n"]) == ","
