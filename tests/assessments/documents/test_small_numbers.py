"""Numbers that two digits would print as nothing, and numbers without an interval."""

from __future__ import annotations

import pytest

from assessments.documents.small_numbers import is_exact, number_text, plain
from assessments.documents.wording import change_digits, change_text, numbers_text


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
    assert change_text(before, now) == "\N{MINUS SIGN}0.10, overlap"


@pytest.mark.parametrize(
    ("before", "now", "texts"),
    [
        # To two digits 0.28, 0.25 and −0.04, which does not add up.
        (
            0.2842,
            0.2458,
            ("0.284 (0.184 to 0.384)", "0.246 (0.146 to 0.346)", "\N{MINUS SIGN}0.038"),
        ),
        (0.30, 0.20, ("0.30 (0.20 to 0.40)", "0.20 (0.10 to 0.30)", "\N{MINUS SIGN}0.10")),
        # 0.954, 0.967: +0.013; to two digits 0.95, 0.97 and +0.01.
        (0.954, 0.967, ("0.954 (0.854 to 1.054)", "0.967 (0.867 to 1.067)", "+0.013")),
    ],
)
def test_a_change_is_the_difference_of_the_numbers_that_are_printed(
    before: float, now: float, texts: tuple[str, str, str]
) -> None:
    one, other = (
        {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 500}
        for value in (before, now)
    )
    digits = change_digits(one, other)
    assert numbers_text(one, least=digits) == texts[0]
    assert numbers_text(other, least=digits) == texts[1]
    assert change_text(one, other).partition(",")[0] == texts[2]


def test_both_sides_of_a_change_take_the_digits_that_either_needs_beside_its_limit() -> None:
    # 0.1021 would print as the limit of 0.10; the earlier number needs no third digit.
    before = {"value": 0.3, "low": 0.2, "high": 0.4, "n": 50, "threshold": 0.1}
    now = {"value": 0.2, "low": 0.1021, "high": 0.3, "n": 50, "threshold": 0.1}
    digits = change_digits(before, now)
    assert numbers_text(before, least=digits) == "0.300 (0.200 to 0.400)"
    assert numbers_text(now, least=digits) == "0.200 (0.102 to 0.300)"
    assert change_text(before, now).startswith("\N{MINUS SIGN}0.100,")


def test_no_digit_is_added_that_no_sample_supports_to_make_a_change_add_up() -> None:
    # To three digits 0.1865 and 0.1535 are 0.186 and 0.154 with a change of -0.033 between them:
    # they do not add up, and a fourth digit would pretend to more than some 2,000 rows can tell.
    before = {"value": 0.18649, "low": 0.11, "high": 0.27, "n": 1660}
    now = {"value": 0.15351, "low": 0.08, "high": 0.24, "n": 1660}
    assert change_digits(before, now) == 3
    assert change_text(before, now) == "\N{MINUS SIGN}0.033, overlap"
