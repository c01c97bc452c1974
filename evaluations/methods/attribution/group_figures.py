"""Figures of attributions compared between groups: dot and whisker by feature."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluations.methods.attribution.explained import Explained
from evaluations.methods.attribution.figures import subtitle, tips
from evaluations.methods.attribution.groups import FeatureGap
from evaluations.methods.attribution.theme import INK_2, LOWERS, RAISES, ZERO, figure, rows_axis
from evaluations.methods.results import Figure
from evaluations.methods.wording import plain, rows, span

_MORE = ("#7a4f9e", "#2f7d5d", "#4d5a69", "#8a6d3b")
_SHOWN = 8


def group_gaps(explained: Explained, gaps: Sequence[FeatureGap]) -> tuple[Figure, ...]:
    """One figure per group column: differences of mean attribution, dot and whisker."""
    columns = dict.fromkeys(gap.pair.column for gap in gaps)
    return tuple(
        _group_figure(explained, name, [gap for gap in gaps if gap.pair.column == name])
        for name in columns
    )


def _group_figure(explained: Explained, column: str, gaps: Sequence[FeatureGap]) -> Figure:
    largest: dict[str, float] = {}
    for gap in gaps:
        size = abs(gap.gap.own.value)
        largest[gap.feature] = max(size, largest.get(gap.feature, 0.0))
    order = sorted(largest, key=lambda name: -largest[name])[:_SHOWN]
    shown = [gap for gap in gaps if gap.feature in order]
    shown.sort(key=lambda gap: order.index(gap.feature))
    reference = gaps[0].pair.reference
    values = [
        {
            "f": gap.feature,
            "g": gap.pair.group,
            "m": round(gap.gap.own.value, 6),
            "low": round(gap.gap.own.low, 6),
            "high": round(gap.gap.own.high, 6),
        }
        for gap in shown
    ]
    listed = "; ".join(
        f"{g.feature}, {g.pair.group} {plain(g.gap.own.value)} "
        f"({span(g.gap.own.low, g.gap.own.high)}), {rows(g.pair.n)}"
        for g in shown
    )
    text = (
        f"Difference of mean attribution from {reference}, by feature and {column}, in "
        f"{explained.output_name}: {listed}."
    )
    y = rows_axis("f", order)
    groups = list(dict.fromkeys(gap.pair.group for gap in gaps))
    place = {"yOffset": {"field": "g", "type": "nominal", "sort": groups}}
    told = {"field": "g", "type": "nominal", "legend": _legend(column), "scale": {"domain": groups}}
    color = {**told, "scale": {"domain": groups, "range": [RAISES, LOWERS, *_MORE]}}
    axis = {"title": f"Difference from {reference}, {explained.output_name}"}
    body = {
        "data": {"values": values},
        "width": 430,
        "height": {"step": max(14, 34 // len(groups))},
        "layer": [
            ZERO,
            {
                "mark": {"type": "rule", "strokeWidth": 2, "color": INK_2},
                "encoding": {
                    "y": y,
                    **place,
                    "x": {"field": "low", "type": "quantitative", "axis": axis},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "y": y,
                    **place,
                    "x": {"field": "m", "type": "quantitative"},
                    "color": color,
                    "shape": told,
                    "tooltip": tips("f:Feature", "g:Group", "m:Difference", "low:Low", "high:High"),
                },
            },
        ],
    }
    return figure(
        key=f"shap-groups-{_slug(column)}",
        title=f"{order[0]} differs most between groups of {column}",
        subtitle=[*subtitle(explained), f"Mean attribution of the group less that of {reference}."],
        text=text,
        table="groups",
        body=body,
    )


def _legend(column: str) -> dict[str, str]:
    return {"title": column, "orient": "bottom"}


def _slug(text: str) -> str:
    """A key fit for an address; two columns that differ in signs alone get the same."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "column"
