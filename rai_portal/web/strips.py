"""The strip: an interval drawn against its limit, as percentages of a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rai_portal.web.numbers import Reading, digits_for, fixed, limit_text

type Direction = Literal["at_most", "at_least"]
DIRECTIONS = ("at_most", "at_least", "estimable")
"""The last asks only that there be a number: there is no limit to draw it against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A word under a strip. at: its place in percent, as CSS writes it."""

    text: str
    at: str
    edge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """All places in percent from the left, as CSS writes them. thin: the simultaneous bounds."""

    kind: str
    low: str
    value: str
    high: str
    limit: str
    thin: tuple[str, str] | None
    labels: tuple[Label, ...]


def scale(low: float, high: float, limit: float, direction: Direction) -> tuple[float, float]:
    """Return the ends of the axis.

    At most: from zero, the limit a quarter of the way. At least: up to one (or past the limit),
    the limit at three fifths. Both grow to hold the interval.
    """
    if direction == "at_most":
        start, end = min(0.0, low), max(4 * limit, high)
        return start, end if end > start else start + 1.0
    end = max(1.0 if limit < 1 else 1.25 * limit, high)
    start = min(low, limit - 1.5 * (end - limit))
    return start, end


def _percent(number: float, start: float, end: float) -> float:
    return min(100.0, max(0.0, 100 * (number - start) / (end - start)))


def _css(percent: float) -> str:
    return f"{percent:.1f}%"


def strip_of(reading: Reading, limit: float | None, direction: str) -> Strip | None:
    """Return the strip of an estimate, or None where a number is missing: then nothing is drawn."""
    if direction not in DIRECTIONS:
        message = f"A limit is one of {', '.join(DIRECTIONS)}, not {direction!r}."
        raise ValueError(message)
    if direction == "estimable":
        return None
    if reading.value is None or reading.low is None or reading.high is None or limit is None:
        return None
    outer_low = reading.low if reading.simultaneous_low is None else reading.simultaneous_low
    outer_high = reading.high if reading.simultaneous_high is None else reading.simultaneous_high
    bounds = (reading.low, reading.high, outer_low, outer_high, reading.value)
    start, end = scale(
        min(bounds), max(bounds), limit, "at_most" if direction == "at_most" else "at_least"
    )
    places = {
        name: _percent(number, start, end)
        for name, number in (
            ("low", reading.low),
            ("value", reading.value),
            ("high", reading.high),
            ("limit", limit),
        )
    }
    wider = outer_low < reading.low or outer_high > reading.high
    return Strip(
        kind="most" if direction == "at_most" else "least",
        low=_css(places["low"]),
        value=_css(places["value"]),
        high=_css(places["high"]),
        limit=_css(places["limit"]),
        thin=(_css(_percent(outer_low, start, end)), _css(_percent(outer_high, start, end)))
        if wider
        else None,
        labels=_labels(reading, limit, places, start),
    )


def _labels(
    reading: Reading, limit: float, places: dict[str, float], start: float
) -> tuple[Label, ...]:
    """Name the limit, then the value and the start of the axis where they do not collide."""
    labels = [_label(f"limit {limit_text(limit)}", places["limit"])]
    if reading.value is not None and abs(places["value"] - places["limit"]) >= 18:
        low, high = reading.low or 0.0, reading.high or 0.0
        text = fixed(reading.value, digits_for((low, high), limit))
        labels.append(_label(text, places["value"]))
    if all(float(label.at[:-1]) >= 18 for label in labels):
        labels.insert(0, _label("0" if start == 0 else fixed(start), 0.0))
    return tuple(labels)


def _label(text: str, percent: float) -> Label:
    edge = "first" if percent < 8 else "last" if percent > 92 else ""
    return Label(text=text, at=_css(percent), edge=edge)
