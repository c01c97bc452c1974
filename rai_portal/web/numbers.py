"""Numbers as people read them: an interval with each number, no more digits than are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10

from django.core.exceptions import ImproperlyConfigured

DIGITS = 2
MOST_DIGITS = 6
MINUS = "\N{MINUS SIGN}"
LEAST_SHOWN = 1e-9
"""Whatever is smaller is rounding of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An outcome as a page prints it. reason: why there is no number; then value is None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    simultaneous_low: float | None = None
    simultaneous_high: float | None = None
    n: int | None = None
    reason: str = ""


NUMBERS = ("value", "low", "high", "simultaneous_low", "simultaneous_high", "n")


def read(outcome: object) -> Reading:
    """Read an outcome: a stored record, its inner part, or an object with the same names.

    Records are `{"estimate": {…}}` and `{"not_estimable": {"reason", "n"}}`. None reads as
    nothing measured. Anything else raises: an unreadable result must not look like an empty one.
    """
    if outcome is None:
        return Reading(value=None, reason="not measured")
    if isinstance(outcome, Reading):
        return outcome
    if isinstance(outcome, Mapping):
        inner = outcome.get("estimate", outcome.get("not_estimable", outcome))
        facts = {name: inner.get(name) for name in (*NUMBERS, "reason")}
    else:
        facts = {name: getattr(outcome, name, None) for name in (*NUMBERS, "reason")}
    if facts["value"] is None and not facts["reason"]:
        message = f"This is neither an estimate nor a reason why there is none: {outcome!r}."
        raise ImproperlyConfigured(message)
    facts["reason"] = facts["reason"] or ""
    return Reading(**facts)


def fixed(number: float, digits: int = DIGITS) -> str:
    """Print a number with fixed digits, thousands apart, a true minus and no minus zero."""
    text = f"{abs(number):,.{digits}f}"
    negative = number < 0 and any(sign in text for sign in "123456789")
    return f"{MINUS}{text}" if negative else text


def side(number: float, limit: float) -> int:
    """Return −1, 0 or 1: below, at or above the limit."""
    return (number > limit) - (number < limit)


def digits_for(bounds: tuple[float, ...], limit: float | None, *, least: int = DIGITS) -> int:
    """Return how many digits show on which side of the limit each bound lies: 2, or more."""
    if limit is None:
        return least
    for digits in range(least, MOST_DIGITS):
        shown = round(limit, digits)
        if all(side(round(bound, digits), shown) == side(bound, limit) for bound in bounds):
            return digits
    return MOST_DIGITS


def limit_text(limit: float) -> str:
    """Print a limit: two digits, or as many as it was written with."""
    for digits in range(DIGITS, MOST_DIGITS):
        if round(limit, digits) == limit:
            return fixed(limit, digits)
    return fixed(limit, MOST_DIGITS)


def rows_text(n: int) -> str:
    """Print a sample size: "1,240 rows"."""
    return f"{n:,} row" if n == 1 else f"{n:,} rows"


def estimate_text(
    outcome: object, limit: float | None = None, *, rows: bool = False, least: int = DIGITS
) -> str:
    """Print an outcome: "0.12 (0.05 to 0.19)", with rows ", 1,240 rows".

    A third digit appears when two (or `least`) would hide on which side of the limit a bound lies. A count
    without interval is printed whole. What could not be estimated is printed as its reason.
    """
    reading = read(outcome)
    tail = f", {rows_text(reading.n)}" if rows and reading.n is not None else ""
    if reading.value is None:
        return f"Not estimable{tail}: {reading.reason}"
    if reading.low is None or reading.high is None:
        whole = float(reading.value).is_integer() and limit is None
        digits = 0 if whole else digits_for((reading.value,), limit, least=least)
        return fixed(reading.value, digits) + tail
    digits = digits_for((reading.low, reading.high), limit, least=least)
    low, high = fixed(reading.low, digits), fixed(reading.high, digits)
    return f"{fixed(reading.value, digits)} ({low} to {high}){tail}"


def cell_text(value: object) -> str:
    """Print one cell of a result's table: three digits, thousands apart, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int):
        return f"{MINUS}{abs(value):,}" if value < 0 else f"{value:,}"
    if isinstance(value, float):
        return small_text(value)
    return str(value)


def small_text(number: float) -> str:
    """Print a float of a table: three digits, or two significant ones where that shows 0."""
    size = abs(number)
    if not 0 < size < 0.0005:
        return fixed(number, 3)
    if size < LEAST_SHOWN:
        return f"{MINUS if number < 0 else ''}under {LEAST_SHOWN:.9f}"
    return fixed(number, 1 - floor(log10(size)))
