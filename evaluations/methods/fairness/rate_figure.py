"""Rates by group as dots with whiskers: the reference a diamond, the limit a dashed line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.methods.fairness.tables import TITLES, estimates, in_groups
from evaluations.methods.fairness.vega import (
    BAD,
    QUIET,
    SERIES,
    Line,
    Words,
    complete,
    domain_of,
    margin_text,
    x_axis,
)
from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.limits import named
from evaluations.methods.ordering import rising
from evaluations.methods.results import Figure, Metric
from evaluations.methods.wording import capital, plain, span

_LEAST_REACH = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A group's rate with its interval."""

    label: str
    value: float
    low: float
    high: float
    n: int
    level: float
    reference: bool
    compared: bool


def dots_of(metrics: Sequence[Metric], key: str, columns: tuple[str, ...]) -> list[Dot]:
    """Return the groups that have the rate, highest first."""
    references = {
        named(m.reference)
        for m in in_groups(metrics, f"{key}_difference", columns)
        if m.reference is not None
    }
    dots = [
        Dot(
            label=named(metric.group or {}),
            value=estimate.value,
            low=estimate.value if estimate.low is None else estimate.low,
            high=estimate.value if estimate.high is None else estimate.high,
            n=estimate.n,
            level=estimate.level or 0.95,
            reference=named(metric.group or {}) in references,
            compared=NOT_RECORDED not in (metric.group or {}).values(),
        )
        for metric, estimate in estimates(in_groups(metrics, key, columns))
    ]
    return sorted(dots, key=lambda dot: -dot.value)


def rate_figure(
    dots: list[Dot], key: str, columns: tuple[str, ...], words: Words, line: Line | None
) -> Figure:
    """Return the chart of the rates."""
    title = capital(_rates_title(dots, key, words))
    level = plain(dots[0].level * 100, 1).removesuffix(".0")
    axis_title = f"{_axis_name(key, words)}, {level} % interval"
    mark = _limit_of(dots, line)
    domain = domain_of(
        [
            *(dot.low for dot in dots),
            *(dot.high for dot in dots),
            *([mark[0]] if mark else []),
            # At least a fifth of the scale: a narrow view would make a small gap look wide.
            *(dots[0].value + reach for reach in (-_LEAST_REACH, _LEAST_REACH)),
        ],
        within=(0.0, 1.0),
    )
    x = x_axis(domain, axis_title)
    shown = _shown(dots)
    values = [
        {
            "label": _dot_label(dot),
            "value": round(dot.value, 6),
            "low": round(dot.low, 6),
            "high": round(dot.high, 6),
            "n": dot.n,
            "ref": dot.reference,
            "text": f"{plain(dot.value, 3)} ({span(dot.low, dot.high, 3)}) · {dot.n:,}",
        }
        for dot in shown
    ]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": [_dot_label(dot) for dot in shown],
        "axis": {"title": None, "grid": False, "labelFontSize": 13},
    }
    layers = ([*_limit_layers(mark, x)] if mark else []) + _dot_layers(x, y)
    said = "; ".join(
        f"{_dot_label(dot)} {plain(dot.value, 3)} ({span(dot.low, dot.high, 3)}) of {dot.n:,}"
        for dot in shown
    )
    alternative = f"Dot and whisker by {' and '.join(columns)}. {axis_title}: {said}."
    if mark:
        alternative += f" A line marks the {mark[1]}."
    subtitle = (
        "Numbers at the right: rate, interval, rows."
        if len(columns) == 1
        else "Shown for reading only: no verdict rests on it."
    )
    return complete(
        key=f"{key}_{'_'.join(columns)}",
        title=title,
        subtitle=subtitle,
        values=values,
        width=350,
        step=40,
        layers=layers,
        alternative=alternative,
        table=("selection_rate_" if key == "selection_rate" else "rates_") + "_".join(columns),
    )


def _shown(dots: list[Dot]) -> list[Dot]:
    """Return bins as they rise; other groups as they come, highest first."""
    begins = rising(dot.label for dot in dots)
    return dots if begins is None else sorted(dots, key=lambda dot: begins[dot.label])


def _dot_label(dot: Dot) -> str:
    if dot.reference:
        return f"{dot.label}, reference"
    return dot.label if dot.compared else f"{dot.label} (not compared)"


def _axis_name(key: str, words: Words) -> str:
    return f"Share {words.outcome}" if key == "selection_rate" else TITLES[key]


def _rates_title(dots: list[Dot], key: str, words: Words) -> str:
    compared = [dot for dot in dots if dot.compared] or dots
    top, bottom = compared[0], compared[-1]
    if key == "selection_rate":
        return (
            f"{bottom.label} {words.people}: {plain(bottom.value)} {words.outcome}. "
            f"{top.label} {words.people}: {plain(top.value)}."
        )
    name = TITLES[key]
    return f"{name} {plain(bottom.value)} for {bottom.label}, {plain(top.value)} for {top.label}"


def _limit_of(dots: list[Dot], line: Line | None) -> tuple[float, str] | None:
    compared = [dot for dot in dots if dot.compared]
    if line is None or not compared:
        return None
    top = compared[0]
    if line.kind == "difference":
        at, sign = top.value - line.threshold, "−"
    else:
        at, sign = top.value * line.threshold, "×"
    return at, f"limit: {top.label} {sign} {plain(line.threshold)} = {plain(at, 3)}"


def _limit_layers(mark: tuple[float, str], x: dict[str, Any]) -> list[dict[str, Any]]:
    data = {"values": [{"x": mark[0], "t": mark[1]}]}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": BAD},
            "encoding": {"x": {"field": "x", **x}},
        },
        {
            "data": data,
            "mark": {
                "type": "text",
                "align": "right" if mark[0] > sum(x["scale"]["domain"]) / 2 else "left",
                "dx": -6 if mark[0] > sum(x["scale"]["domain"]) / 2 else 6,
                "dy": -8,
                "baseline": "bottom",
                "color": BAD,
                "fontSize": 11.5,
                "fontWeight": 500,
            },
            "encoding": {
                "x": {"field": "x", **x},
                "y": {"value": 0},
                "text": {"field": "t"},
            },
        },
    ]


def _dot_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    tooltip = [
        {"field": "label", "title": "Group"},
        {"field": "value", "title": "Rate", "format": ".3f"},
        {"field": "low", "title": "Lower", "format": ".3f"},
        {"field": "high", "title": "Upper", "format": ".3f"},
        {"field": "n", "title": "Rows", "format": ","},
    ]
    stroke = {"condition": {"test": "datum.ref", "value": QUIET}, "value": SERIES}
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"},
            "encoding": {
                "y": y,
                "x": {"field": "low", **x},
                "x2": {"field": "high"},
                "color": stroke,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1, "strokeWidth": 2},
            "encoding": {
                "y": y,
                "x": {"field": "value", **x},
                "shape": {
                    "condition": {"test": "datum.ref", "value": "diamond"},
                    "value": "circle",
                },
                "fill": {"condition": {"test": "datum.ref", "value": "#ffffff"}, "value": SERIES},
                "stroke": stroke,
                "tooltip": tooltip,
            },
        },
        margin_text(y, 350),
    ]
