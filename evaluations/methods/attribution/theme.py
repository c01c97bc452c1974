"""How attribution figures look: the portal's tokens, as a Vega-Lite configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.methods.results import Figure

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
INK, INK_2, LINE = "#16202c", "#4d5a69", "#d5dbe3"
RAISES, LOWERS, MIDDLE, LIMIT = "#31688e", "#c77d0a", "#c2c6c8", "#a8123c"

CONFIG: Mapping[str, Any] = {
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
        "subtitleColor": INK_2,
        "subtitleFontSize": 12,
        "subtitlePadding": 4,
        "offset": 12,
    },
    "axis": {
        "labelColor": INK_2,
        "titleColor": INK_2,
        "titleFontWeight": 500,
        "titleFontSize": 12,
        "labelFontSize": 12,
        "domainColor": LINE,
        "gridColor": LINE,
        "gridOpacity": 0.6,
        "tickColor": LINE,
        "labelPadding": 6,
    },
    "axisY": {"domain": False, "ticks": False, "labelColor": INK, "labelLimit": 260},
    "text": {"color": INK, "fontSize": 12},
    "legend": {
        "labelColor": INK_2,
        "titleColor": INK_2,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": 500,
    },
}

ZERO: Mapping[str, Any] = {
    "data": {"values": [{"x": 0}]},
    "mark": {"type": "rule", "color": INK_2, "strokeWidth": 1},
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
}


def rows_axis(field: str, order: Sequence[str]) -> dict[str, Any]:
    """Return the y encoding of one row per name, in the given order."""
    return {
        "field": field,
        "type": "nominal",
        "sort": list(order),
        "axis": {"title": None, "labelFontSize": 12.5},
    }


def figure(
    *,
    key: str,
    title: str,
    subtitle: Sequence[str],
    text: str,
    table: str,
    body: Mapping[str, Any],
) -> Figure:
    """Complete a specification: title that states the finding, theme, text alternative."""
    specification = {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": list(subtitle)},
        "description": text,
        **body,
        "config": CONFIG,
        "usermeta": {"text_alternative": text},
    }
    return Figure(
        key=key, title=title, specification=specification, text_alternative=text, table=table
    )
