"""Measured numbers as a reader gets them: with interval, rows, and no hidden side of a limit."""

from __future__ import annotations

import math

from assessments.rules.gate_inputs import Numbers

MOST_DECIMALS = 8


def sentence(numbers: Numbers, *, reads_as: str, threshold: float | None) -> str:
    """Return "Gap 0.12 (0.05 to 0.19), 1,240 rows".

    Two decimals, and more where rounding would put a bound on the limit or on its other side, or
    turn a small number that is not zero into zero. An exact number has no interval.
    """
    shown = [number for number in (numbers.value, numbers.low, numbers.high) if number is not None]
    decimals = _decimals(shown, threshold)
    interval = ""
    exact = numbers.low == numbers.high == numbers.value
    if numbers.low is not None and numbers.high is not None and not exact:
        interval = f" ({_plain(numbers.low, decimals)} to {_plain(numbers.high, decimals)})"
    rows = "row" if numbers.n == 1 else "rows"
    return f"{reads_as} {_plain(numbers.value, decimals)}{interval}, {numbers.n:,} {rows}"


def _plain(number: float, decimals: int) -> str:
    """Return the number with a true minus sign, and no minus before a zero."""
    text = f"{number:.{decimals}f}"
    return f"−{text[1:]}" if text.startswith("-") and float(text) else text.removeprefix("-")


def _decimals(shown: list[float], threshold: float | None) -> int:
    value = shown[0]
    decimals = 2
    if value and abs(value) < 0.005:
        decimals = min(MOST_DECIMALS, -math.floor(math.log10(abs(value))))
    while decimals < MOST_DECIMALS and any(_hides(item, threshold, decimals) for item in shown):
        decimals += 1
    return decimals


def _hides(number: float, threshold: float | None, decimals: int) -> bool:
    """Whether the rounded number lies on the limit though the number does not."""
    if threshold is None or number == threshold:
        return False
    return f"{number:.{decimals}f}" == f"{threshold:.{decimals}f}"
