"""Numbers as people read them: a value, its interval, and the rows that it rests on."""

from __future__ import annotations

from evaluations.methods.results import Estimate, NotEstimable, Outcome

_MOST_DIGITS = 6
_LEAST_SAID = 12


def plain(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign; never "−0.00"."""
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text.replace(",", "")) == 0.0 else f"−{text[1:]}"
    return text


def small(value: float, digits: int = 2) -> str:
    """Return the number with the digits asked for, or with the first that is not 0.

    0.0000028 is printed so and neither as 0.00, which it is not, nor in powers of ten. What has no
    such digit among the first twelve is printed as "below 0.000000000001" in size.
    """
    if value == 0.0 or abs(value) >= 0.5 * 10.0**-digits:
        return plain(value, digits)
    first = next(
        (place for place in range(digits + 1, _LEAST_SAID + 1) if abs(value) >= 10.0**-place), None
    )
    if first is None:
        return f"below {10.0**-_LEAST_SAID:.{_LEAST_SAID}f}"
    return plain(value, first + 1).rstrip("0")


def capital(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def rows(n: int) -> str:
    """Return "1 row" or "1,240 rows"."""
    return "1 row" if n == 1 else f"{n:,} rows"


def span(low: float, high: float, digits: int = 2) -> str:
    """Return "0.05 to 0.19"."""
    return f"{plain(low, digits)} to {plain(high, digits)}"


def digits_apart(limit: float, *bounds: float, least: int = 2) -> int:
    """Return how many digits show on which side of the limit each bound lies.

    Printed to two digits, 0.1004 and a limit of 0.10 look the same: then three or more are used.
    """
    for digits in range(least, _MOST_DIGITS + 1):
        shown = round(limit, digits)
        if all(bound == limit or round(bound, digits) != shown for bound in bounds):
            return digits
    return _MOST_DIGITS


def said(outcome: Outcome, digits: int = 3) -> str:
    """Return "0.675 (0.605 to 0.740), 197 rows", or "not estimable: …"."""
    if isinstance(outcome, NotEstimable):
        return f"not estimable: {outcome.reason}"
    if outcome.low is None or outcome.high is None:
        return _exact(outcome, digits)
    return f"{plain(outcome.value, digits)} ({span(outcome.low, outcome.high, digits)}), {rows(outcome.n)}"


def _exact(outcome: Estimate, digits: int) -> str:
    return plain(outcome.value, 0 if outcome.value.is_integer() else digits)
