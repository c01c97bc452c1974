"""The frame that the fairness figures share: colours, axes, configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from evaluations.methods.results import Figure

type Kind = Literal["difference", "ratio"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
INK, QUIET, RULE, SERIES = "#16202c", "#4d5a69", "#d5dbe3", "#1c4f96"
GOOD, GOOD_SOFT, BAD, BAD_SOFT = "#00685a", "#e2f2ee", "#a8123c", "#fbe8ed"
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_LONGEST_TITLE = 62

CONFIG: dict[str, Any] = {
    "background": None,
    "font": "Inter, system-ui, sans-serif",
    "view": {"stroke": None},
    "padding": 4,
    "title": {
        "color": INK,
        "fontSize": 14,
        "fontWeight": 600,
        "anchor": "start",
        "frame": "bounds",
        "subtitleColor": QUIET,
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
        "offset": 12,
    },
    "axis": {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "titleFontWeight": 500,
        "titleFontSize": 12,
        "labelFontSize": 12,
        "domainColor": RULE,
        "gridColor": RULE,
        "gridOpacity": 0.6,
        "tickColor": RULE,
        "labelPadding": 6,
    },
    "axisY": {"domain": False, "ticks": False, "labelColor": INK, "labelLimit": 260},
    "text": {"color": INK, "fontSize": 12},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The limit of a check, to be drawn: at most a difference, or at least a ratio."""

    kind: Kind
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of this run for the favourable outcome and for the people."""

    outcome: str
    people: str


def domain_of(numbers: Iterable[float], *, within: tuple[float, float]) -> tuple[float, float]:
    """Return ends, on tidy values, that hold all the numbers that lie within the range."""
    held = [min(max(number, within[0]), within[1]) for number in numbers]
    step = _step(max(held) - min(held))
    low = math.floor(min(held) / step - 1e-9) * step
    high = math.ceil(max(held) / step + 1e-9) * step
    return round(max(low, within[0]), 4), round(min(high, within[1]), 4)


def axis_values(domain: tuple[float, float]) -> list[float]:
    """Return the ticks between the ends."""
    step = _step(domain[1] - domain[0])
    first = math.ceil(domain[0] / step - 1e-9)
    last = math.floor(domain[1] / step + 1e-9)
    return [round(place * step, 4) for place in range(first, last + 1)]


def _step(width: float) -> float:
    return next((step for step in _STEPS if width / step <= 7), _STEPS[-1])


def x_axis(domain: tuple[float, float], title: str, *, grid: bool = True) -> dict[str, Any]:
    """Return the encoding of a quantitative x axis, without its field."""
    return {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": {"title": title, "values": axis_values(domain), "format": ".2~f", "grid": grid},
    }


def margin_text(y: dict[str, Any], width: int) -> dict[str, Any]:
    """Return the layer that writes each row's numbers at the right of the plot."""
    return {
        "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 12},
        "encoding": {"y": y, "x": {"value": width}, "text": {"field": "text"}},
    }


def complete(
    *,
    key: str,
    title: str,
    subtitle: str | list[str],
    values: list[dict[str, Any]],
    width: int,
    step: int,
    layers: list[dict[str, Any]],
    alternative: str,
    table: str,
) -> Figure:
    """Return the figure with title, data, configuration and text alternative."""
    return Figure(
        key=key,
        title=title,
        specification={
            "$schema": SCHEMA,
            "title": {"text": _lines(title), "subtitle": subtitle},
            "description": alternative,
            "data": {"values": values},
            "width": width,
            "height": {"step": step},
            "layer": layers,
            "config": CONFIG,
            "usermeta": {"text_alternative": alternative},
        },
        text_alternative=alternative,
        table=table,
    )


def _lines(title: str) -> str | list[str]:
    """Break a long title into lines; a short one stays a text."""
    lines = [""]
    for word in title.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > _LONGEST_TITLE and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines[0] if len(lines) == 1 else lines
