"""Small charts of a profile: a histogram for numbers, bars for the most frequent values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.reading.profile import ColumnProfile, DatasetProfile, Range

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
_CONFIG: Mapping[str, Any] = {
    "background": None,
    "font": "Inter, system-ui, sans-serif",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#4d5a69",
        "labelFontSize": 11,
        "domainColor": "#d5dbe3",
        "tickColor": "#d5dbe3",
        "grid": False,
        "title": None,
    },
    "text": {"color": "#16202c", "fontSize": 11},
}
_BAR = "#31688e"
_LONG = 1e7
"""Numbers from here on are too long for an axis as small as these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFigure:
    """A chart of one column: a Vega-Lite specification and its text alternative."""

    column: str
    specification: Mapping[str, Any]
    text_alternative: str


def profile_figures(profile: DatasetProfile) -> tuple[ProfileFigure, ...]:
    """Draw each column that has something to draw, in the order of the table."""
    figures = []
    for column in profile.columns:
        if column.top:
            figures.append(_bars(column, profile.rows))
        elif column.numbers and len(column.numbers[0].bins) > 1:
            figures.append(_histogram(column, profile.rows))
    return tuple(figures)


def _figure(column: ColumnProfile, text: str, specification: Mapping[str, Any]) -> ProfileFigure:
    whole = {
        "$schema": SCHEMA,
        "description": text,
        **specification,
        "config": _CONFIG,
        "usermeta": {"text_alternative": text},
    }
    return ProfileFigure(column=column.name, specification=whole, text_alternative=text)


def _histogram(column: ColumnProfile, rows: int) -> ProfileFigure:
    numbers = column.numbers[0]
    values = [{"low": b.low, "high": b.high, "count": b.count} for b in numbers.bins]
    text = (
        f"Histogram of {column.name}: from {numbers.minimum:,.4g} to {numbers.maximum:,.4g}, "
        f"median {numbers.quantiles[2]:,.4g}, mean {numbers.mean:,.4g}; {rows:,} rows, "
        f"{column.missing:,} missing."
    )
    specification = {
        "data": {"values": values},
        "width": 220,
        "height": 60,
        "mark": {"type": "bar", "color": _BAR, "binSpacing": 1},
        "encoding": {
            "x": {
                "field": "low",
                "bin": {"binned": True},
                "axis": {"tickCount": 4, **_labels(numbers)},
            },
            "x2": {"field": "high"},
            "y": {"field": "count", "type": "quantitative", "axis": None},
            "tooltip": [
                {"field": "low", "title": "From", "format": ",.4~g"},
                {"field": "high", "title": "To", "format": ",.4~g"},
                {"field": "count", "title": "Rows", "format": ","},
            ],
        },
    }
    return _figure(column, text, specification)


def _labels(numbers: Range) -> Mapping[str, Any]:
    """Return how ends of bins are written: plain numbers, in millions and billions where long."""
    if max(abs(numbers.minimum), abs(numbers.maximum)) < _LONG:
        return {"format": ",.4~r"}
    return {"labelExpr": "replace(format(datum.value, '.4~s'), 'G', 'bn')"}


def _bars(column: ColumnProfile, rows: int) -> ProfileFigure:
    values = [{"value": entry.value, "count": entry.count} for entry in column.top]
    listed = "; ".join(f"{entry.value} {entry.count:,}" for entry in column.top)
    hidden = column.distinct - len(column.top)
    more = f"; {hidden:,} other values" if hidden > 0 else ""
    text = f"Rows by {column.name}: {listed}{more}. {rows:,} rows, {column.missing:,} missing."
    y = {
        "field": "value",
        "type": "nominal",
        "sort": [entry.value for entry in column.top],
        "axis": {"labelLimit": 120, "domain": False, "ticks": False},
    }
    x = {"field": "count", "type": "quantitative", "axis": None}
    specification = {
        "data": {"values": values},
        "width": 160,
        "height": {"step": 16},
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "color": _BAR, "height": 10}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": "count", "format": ","}},
            },
        ],
    }
    return _figure(column, text, specification)
