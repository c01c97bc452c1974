"""Numbers that two digits would print as nothing, and numbers without an interval."""

from __future__ import annotations

import pytest

from assessments.documents.small_numbers import is_exact, number_text, plain
from assessments.documents.wording import change_text


def exact(value: float) -> dict[str, object]:
    return {"value": value, "low": value, "high": value, "n": 1989}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.8e-06, "0.000003"), (-2.8e-06, "\N{MINUS SIGN}0.000003"), (0.00042, "0.0004"),
        (1e-14, "under 0.000001"), (0.0, "0.00"), (0.3, "0.30"),
    ],
)  # fmt: skip
def test_a_small_number_shows_its_first_digit_that_is_not_nought(value: float, text: str) -> None:
    assert plain(value) == text


def test_an_exact_number_is_printed_without_an_interval() -> None:
    assert number_text(exact(2.8e-06), 0.0001) == "0.000003"
    assert number_text(exact(0.25), 0.1) == "0.25"


def test_an_estimate_keeps_its_interval_however_small_it_is() -> None:
    small = {"value": 0.0012, "low": 0.0008, "high": 0.0016, "n": 90}
    assert number_text(small) == "0.0012 (0.0008 to 0.0016)"
    assert not is_exact(small)
    usual = {"value": 0.26, "low": 0.18, "high": 0.33, "n": 90}
    assert number_text(usual) == "0.26 (0.18 to 0.33)"


def test_what_could_not_be_estimated_stays_a_reason() -> None:
    nothing = {"not_estimable": {"reason": "4 rows; 30 are needed", "n": 4}}
    assert number_text(nothing) == "Not estimable: 4 rows; 30 are needed"
    assert not is_exact(nothing)


def test_a_change_of_exact_numbers_speaks_of_no_intervals() -> None:
    assert change_text(exact(2.8e-06), exact(1.9e-06)) == "\N{MINUS SIGN}0.000001"
    assert change_text(exact(0.1), exact(0.3)) == "+0.20"
    before = {"value": 0.3, "low": 0.2, "high": 0.4, "n": 50}
    now = {"value": 0.2, "low": 0.1, "high": 0.3, "n": 50}
    assert change_text(before, now) == "\N{MINUS SIGN}0.10, intervals overlap"
