"""Numbers as people read them."""

import pytest

from evaluations.methods.results import Estimate, NotEstimable
from evaluations.methods.wording import capital, digits_apart, plain, rows, said, small, span


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.123, 2, "0.12"), (-0.123, 2, "−0.12"), (-0.001, 2, "0.00"), (1234.5, 1, "1,234.5")],
)
def test_minus_is_a_minus_and_zero_has_no_sign(value, digits, text):
    assert plain(value, digits) == text


@pytest.mark.parametrize(
    ("text", "begun"), [("rates of A", "Rates of A"), ("AUC", "AUC"), ("ß", "SS"), ("", "")]
)
def test_only_the_first_letter_becomes_a_capital(text, begun):
    assert capital(text) == begun


def test_rows_are_counted_in_words_and_spans_run_from_to():
    assert (rows(1), rows(1240)) == ("1 row", "1,240 rows")
    assert span(0.05, 0.19) == "0.05 to 0.19"


@pytest.mark.parametrize(
    ("limit", "bound", "digits"),
    [(0.10, 0.13, 2), (0.10, 0.1004, 4), (0.10, 0.0996, 4), (0.10, 0.10, 2), (0.10, 0.104, 3)],
)
def test_enough_digits_show_on_which_side_of_the_limit_a_bound_lies(limit, bound, digits):
    assert digits_apart(limit, bound) == digits


def test_an_outcome_is_said_with_interval_and_rows_or_with_its_reason():
    rate = Estimate(
        value=0.675, low=0.607, high=0.737, level=0.95, n=197, interval="clopper-pearson"
    )
    assert said(rate) == "0.675 (0.607 to 0.737), 197 rows"
    count = Estimate(value=197.0, low=None, high=None, level=None, n=197, interval="exact")
    assert said(count) == "197"
    assert said(NotEstimable(reason="2 rows; 30 are needed", n=2)) == (
        "not estimable: 2 rows; 30 are needed"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"), (0.25, "0.25"), (0.005, "0.01"), (0.0049, "0.0049"),
        (2.8e-06, "0.0000028"), (-2.8e-06, "−0.0000028"), (4e-09, "0.000000004"),
        (3e-14, "below 0.000000000001"),
    ],
)  # fmt: skip
def test_a_small_number_is_neither_nought_nor_in_powers_of_ten(value: float, text: str):
    assert small(value) == text
