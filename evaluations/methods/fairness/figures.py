"""Charts of group rates as Vega-Lite 6.4 specifications: rates by group, gaps against a limit.

Colours are those of the light theme and fixed here; a page or document may put its own `config`
in place of this one. Every figure carries its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluations.methods.fairness.tables import (
    PAIR_COLUMNS,
    TITLES,
    estimates,
    in_groups,
    named,
    pair_table_key,
)
from evaluations.methods.fairness.vega import (
    BAD,
    BAD_SOFT,
    GOOD,
    GOOD_SOFT,
    INK,
    QUIET,
    SERIES,
    axis_values,
    complete,
    domain_of,
)
from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.results import (
    Figure,
    Metric,
    Scalar,
    Table,
    metrics_from_record,
    tables_from_record,
)
from evaluations.methods.wording import digits_apart, plain, span

type Kind = Literal["difference", "ratio"]

DRAWN = ("selection_rate", "true_positive_rate", "false_positive_rate")
"""Metrics that get figures of their own."""
MOST_GAPS = 12
_LEAST_REACH = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The limit of a check, to be drawn: at most a difference, or at least a ratio."""

    kind: Kind
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dot:
    label: str
    value: float
    low: float
    high: float
    n: int
    level: float
    reference: bool
    compared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    pair: str
    value: float
    low: float
    high: float
    simultaneous_low: float
    simultaneous_high: float
    n: int


def draw(
    metrics: Sequence[Metric],
    tables: Sequence[Table],
    columns: tuple[str, ...],
    *,
    outcome_word: str,
    people_word: str,
    keys: Sequence[str] = DRAWN,
    line: Line | None = None,
) -> list[Figure]:
    """Return the figures of one group column (or crossing) for the metrics named in `keys`.

    line: the limit of the check that asked; then the titles say where the worst gap lies.
    """
    found: list[Figure] = []
    words = _Words(outcome=outcome_word, people=people_word)
    for key in keys if len(columns) == 1 else keys[:1]:
        dots = _dots(metrics, key, columns)
        if len(dots) > 1:
            found.append(_rates(dots, key, columns, words, line))
        gaps = _gaps(tables, key, columns, line.kind if line else "difference")
        if gaps:
            found.append(_gap_figure(gaps, key, columns, line))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    outcome: str
    people: str


def _dots(metrics: Sequence[Metric], key: str, columns: tuple[str, ...]) -> list[_Dot]:
    references = {
        named(m.reference)
        for m in in_groups(metrics, f"{key}_difference", columns)
        if m.reference is not None
    }
    dots = [
        _Dot(
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


def _gaps(tables: Sequence[Table], key: str, columns: tuple[str, ...], kind: Kind) -> list[_Gap]:
    offset = PAIR_COLUMNS.index("difference" if kind == "difference" else "ratio")
    sign = "−" if kind == "difference" else "/"
    found = []
    for table in tables:
        if table.key != pair_table_key(columns):
            continue
        for row in table.rows:
            numbers = row[offset : offset + 5]
            if row[0] != key or None in numbers:
                continue
            pair = (row[1], row[2]) if kind == "difference" else (row[2], row[1])
            value, low, high, outer_low, outer_high = (_float(number) for number in numbers)
            found.append(
                _Gap(
                    pair=f"{pair[0]} {sign} {pair[1]}",
                    value=value,
                    low=low,
                    high=high,
                    simultaneous_low=outer_low,
                    simultaneous_high=outer_high,
                    n=int(_float(row[-1])),
                )
            )
    return sorted(found, key=lambda gap: -gap.value if kind == "difference" else gap.value)


def _float(number: Scalar) -> float:
    return float(number) if isinstance(number, int | float) else 0.0


def _rates(
    dots: list[_Dot], key: str, columns: tuple[str, ...], words: _Words, line: Line | None
) -> Figure:
    title = _rates_title(dots, key, words)
    title = title[:1].upper() + title[1:]
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
    x = _x_axis(domain, axis_title)
    order = [_dot_label(dot) for dot in dots]
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
        for dot in dots
    ]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "grid": False, "labelFontSize": 13},
    }
    layers = ([*_limit_layers(mark, x)] if mark else []) + _dot_layers(x, y)
    said = "; ".join(
        f"{_dot_label(dot)} {plain(dot.value, 3)} ({span(dot.low, dot.high, 3)}) of {dot.n:,}"
        for dot in dots
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


def _dot_label(dot: _Dot) -> str:
    if dot.reference:
        return f"{dot.label}, reference"
    return dot.label if dot.compared else f"{dot.label} (not compared)"


def _axis_name(key: str, words: _Words) -> str:
    return f"Share {words.outcome}" if key == "selection_rate" else TITLES[key]


def _rates_title(dots: list[_Dot], key: str, words: _Words) -> str:
    compared = [dot for dot in dots if dot.compared] or dots
    top, bottom = compared[0], compared[-1]
    if key == "selection_rate":
        return (
            f"{bottom.label} {words.people}: {plain(bottom.value)} {words.outcome}. "
            f"{top.label} {words.people}: {plain(top.value)}."
        )
    name = TITLES[key]
    return f"{name} {plain(bottom.value)} for {bottom.label}, {plain(top.value)} for {top.label}"


def _limit_of(dots: list[_Dot], line: Line | None) -> tuple[float, str] | None:
    compared = [dot for dot in dots if dot.compared]
    if line is None or not compared:
        return None
    top = compared[0]
    if line.kind == "difference":
        at, sign = top.value - line.threshold, "−"
    else:
        at, sign = top.value * line.threshold, "×"
    return at, f"limit: {top.label} {sign} {plain(line.threshold)} = {plain(at, 3)}"


def _x_axis(domain: tuple[float, float], title: str, *, grid: bool = True) -> dict[str, Any]:
    return {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": {"title": title, "values": axis_values(domain), "format": ".2~f", "grid": grid},
    }


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
        _margin_text(y, 350),
    ]


def _margin_text(y: dict[str, Any], width: int) -> dict[str, Any]:
    return {
        "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 12},
        "encoding": {"y": y, "x": {"value": width}, "text": {"field": "text"}},
    }


def _gap_figure(gaps: list[_Gap], key: str, columns: tuple[str, ...], line: Line | None) -> Figure:
    kind: Kind = line.kind if line else "difference"
    listed = gaps[:MOST_GAPS]
    worst = _worst_span(gaps, kind)
    noun = "Difference" if kind == "difference" else "Ratio"
    ends = [end for gap in listed for end in (*_reach(gap, kind), gap.low, gap.high)]
    parity = 0.0 if kind == "difference" else 1.0
    domain = domain_of([*ends, parity, *([line.threshold] if line else [])], within=(-1.0, 3.0))
    x = _x_axis(domain, f"{noun} in {TITLES[key].lower()}", grid=False)
    values = [_gap_value(gap, kind, worst=place == 0) for place, gap in enumerate(listed)]
    y = {
        "field": "pair",
        "type": "nominal",
        "sort": [gap.pair for gap in listed],
        "axis": {"title": None, "grid": False, "labelFontSize": 13},
    }
    layers = (_zones(line, domain, x) if line else []) + _gap_layers(x, y)
    said = "; ".join(f"{value['pair']} {value['text']}" for value in values)
    more = f" The {MOST_GAPS} widest of {len(gaps)} pairs." if len(gaps) > MOST_GAPS else ""
    title = _gap_title(gaps[0], worst, line)
    return complete(
        key=f"{key}_pairs_{'_'.join(columns)}",
        title=title,
        subtitle=_gap_subtitle(len(gaps), more),
        values=values,
        width=370,
        step=44,
        layers=layers,
        alternative=f"Intervals of the pairwise {noun.lower()}s. {title}. {said}.{more}",
        table=pair_table_key(columns),
    )


def _gap_subtitle(pairs: int, more: str) -> str | list[str]:
    if pairs == 1:
        return "One pair of groups: its own interval decides. Numbers: gap and interval."
    return [
        "Thick: the pair's own interval. Thin: out to the bound that holds for all",
        f"{pairs} pairs at once; only that bound can fail a release.{more}",
    ]


def _reach(gap: _Gap, kind: Kind) -> tuple[float, float]:
    """Return the interval to print: simultaneous on the failing side, own on the other."""
    if kind == "difference":
        return gap.simultaneous_low, gap.high
    return gap.low, gap.simultaneous_high


def _worst_span(gaps: list[_Gap], kind: Kind) -> tuple[float, float]:
    if kind == "difference":
        low = max(0.0, *(gap.simultaneous_low for gap in gaps))
        return low, max(max(gap.high, -gap.low) for gap in gaps)
    high = min(1.0, *(gap.simultaneous_high for gap in gaps))
    return min(min(gap.low, 1.0 / gap.high) for gap in gaps), high


def _gap_title(worst_gap: _Gap, worst: tuple[float, float], line: Line | None) -> str:
    if line is None:
        return f"Widest gap: {worst_gap.pair}, {plain(worst_gap.value)} ({span(*worst)})"
    digits = digits_apart(line.threshold, *worst)
    limit = plain(line.threshold, digits)
    low, high = worst
    beyond = low > line.threshold if line.kind == "difference" else high < line.threshold
    within = high <= line.threshold if line.kind == "difference" else low >= line.threshold
    noun = "gap" if line.kind == "difference" else "ratio"
    if beyond:
        return f"The worst {noun} lies wholly beyond the limit of {limit}"
    if within:
        return f"Every {noun} lies within the limit of {limit}"
    return f"The worst {noun} may lie on either side of the limit of {limit}"


def _gap_value(gap: _Gap, kind: Kind, *, worst: bool) -> dict[str, Any]:
    low, high = _reach(gap, kind)
    return {
        "pair": gap.pair,
        "v": round(gap.value, 6),
        "lo": round(gap.low, 6),
        "hi": round(gap.high, 6),
        "outer": round(low if kind == "difference" else high, 6),
        "inner": round(gap.low if kind == "difference" else gap.high, 6),
        "n": f"{gap.n:,}",
        "worst": worst,
        "text": f"{plain(gap.value)} ({span(low, high)})",
    }


def _zones(line: Line, domain: tuple[float, float], x: dict[str, Any]) -> list[dict[str, Any]]:
    low, high = domain
    limit = line.threshold
    good_is_left = line.kind == "difference"
    left, right = (GOOD_SOFT, BAD_SOFT) if good_is_left else (BAD_SOFT, GOOD_SOFT)
    texts = ("within the limit", "beyond the limit")
    left_text, right_text = texts if good_is_left else texts[::-1]
    ink = (GOOD, BAD) if good_is_left else (BAD, GOOD)
    return [
        _zone(low, limit, left, x),
        _zone(limit, high, right, x),
        _zone_text(limit, left_text, ink[0], x, align="right"),
        _zone_text(limit, right_text, ink[1], x, align="left"),
        {
            "data": {"values": [{"a": limit}]},
            "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": BAD},
            "encoding": {"x": {"field": "a", **x}},
        },
    ]


def _zone(start: float, end: float, colour: str, x: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": [{"a": start, "b": end}]},
        "mark": {"type": "rect", "color": colour},
        "encoding": {"x": {"field": "a", **x}, "x2": {"field": "b"}},
    }


def _zone_text(
    at: float, text: str, colour: str, x: dict[str, Any], *, align: str
) -> dict[str, Any]:
    return {
        "data": {"values": [{"a": at, "t": text}]},
        "mark": {
            "type": "text",
            "align": align,
            "dx": -6 if align == "right" else 6,
            "dy": -8,
            "baseline": "bottom",
            "color": colour,
            "fontWeight": 600,
            "fontSize": 11.5,
        },
        "encoding": {"x": {"field": "a", **x}, "y": {"value": 0}, "text": {"field": "t"}},
    }


def _gap_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    ink = {"condition": {"test": "datum.worst", "value": INK}, "value": QUIET}
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {
                "y": y,
                "x": {"field": "outer", **x},
                "x2": {"field": "inner"},
                "color": {"value": INK},
            },
        },
        {
            "mark": {"type": "tick", "thickness": 1.5, "size": 10},
            "encoding": {"y": y, "x": {"field": "outer", **x}, "color": {"value": INK}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 5},
            "encoding": {
                "y": y,
                "x": {"field": "lo", **x},
                "x2": {"field": "hi"},
                "color": ink,
            },
        },
        {
            "mark": {
                "type": "point",
                "filled": True,
                "opacity": 1,
                "size": 90,
                "stroke": "#ffffff",
                "strokeWidth": 1.5,
            },
            "encoding": {
                "y": y,
                "x": {"field": "v", **x},
                "fill": ink,
                "tooltip": [
                    {"field": "pair", "title": "Pair"},
                    {"field": "text", "title": "Gap"},
                    {"field": "n", "title": "Rows"},
                ],
            },
        },
        _margin_text(y, 370),
    ]


def redraw(
    record: Mapping[str, Any], key: str, columns: tuple[str, ...], line: Line
) -> list[Figure]:
    """Return the figures of a stored result for one metric, with the limit of a check drawn in.

    key: a metric by group, such as "selection_rate".
    """
    words = record["parameters"]
    return draw(
        metrics_from_record(record),
        tables_from_record(record),
        columns,
        outcome_word=str(words.get("outcome_word", "selected")),
        people_word=str(words.get("people_word", "people")),
        keys=(key,),
        line=line,
    )
