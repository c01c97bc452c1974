"""Numbers of documents that two digits would print as nothing, and numbers without doubt."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10
from typing import Any

from rai_portal.web.numbers import DIGITS, MOST_DIGITS, Reading, estimate_text, fixed, read

SHOWS = 0.005
"""Below this, two digits print 0.00."""


def is_exact(outcome: Mapping[str, Any]) -> bool:
    """Whether the number is counted or computed, not estimated: no interval, or one of no width."""
    reading = read(outcome)
    if reading.value is None:
        return False
    return _without_width(reading)


def number_text(
    outcome: Mapping[str, Any], limit: float | None = None, *, least: int = DIGITS
) -> str:
    """Return the outcome; a small one with the digits that show it, an exact one alone.

    least: digits of a number with an interval, or more.
    """
    reading = read(outcome)
    if reading.value is None:
        return estimate_text(outcome, limit)
    if _without_width(reading):
        if 0 < abs(reading.value) < SHOWS:
            return plain(reading.value)
        return estimate_text(Reading(value=reading.value), limit)
    if reading.low is None or reading.high is None:
        return estimate_text(outcome, limit, least=least)
    widest = max(abs(reading.value), abs(reading.low), abs(reading.high))
    if limit is not None or not 0 < widest < SHOWS:
        return estimate_text(outcome, limit, least=least)
    digits = min(_first_digit(widest) + 1, MOST_DIGITS)
    low, high = fixed(reading.low, digits), fixed(reading.high, digits)
    return f"{fixed(reading.value, digits)} ({low} to {high})"


def plain(number: float) -> str:
    """Return a number in plain decimals with its first digit that is not nought, or two digits."""
    if not 0 < abs(number) < SHOWS:
        return fixed(number)
    if abs(number) < 0.5 * 10**-MOST_DIGITS:
        return f"under {fixed(10**-MOST_DIGITS, MOST_DIGITS)}"
    return fixed(number, min(_first_digit(abs(number)), MOST_DIGITS))


def _without_width(reading: Reading) -> bool:
    if reading.low is None or reading.high is None:
        return True
    return reading.low == reading.value == reading.high


def _first_digit(number: float) -> int:
    """Return the place of the first digit after the point that is not nought."""
    return -floor(log10(number))
