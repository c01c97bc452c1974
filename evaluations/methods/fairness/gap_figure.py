"""Gaps or ratios of pairs against a limit: own interval thick, simultaneous bound thin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.methods.fairness.tables import PAIR_COLUMNS, TITLES, pair_table_key
from evaluations.methods.fairness.vega import (
    BAD,
    BAD_SOFT,
    GOOD,
    GOOD_SOFT,
    INK,
    QUIET,
    Kind,
    Line,
    complete,
    domain_of,
    margin_text,
    x_axis,
)
from evaluations.methods.results import Figure, Scalar, Table
from evaluations.methods.wording import digits_apart, plain, span

MOST_GAPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A pair's gap or ratio with both kinds of bounds."""

    pair: str
    value: float
    low: float
    high: float
    simultaneous_low: float
    simultaneous_high: float
    n: int


def gaps_of(tables: Sequence[Table], key: str, columns: tuple[str, ...], kind: Kind) -> list[Gap]:
    """Return the pairs listed for a metric, widest first."""
    offset = PAIR_COLUMNS.index("difference" if kind == "difference" else "ratio")
    found = []
    for table in tables:
        if table.key != pair_table_key(columns):
            continue
        for row in table.rows:
            numbers = row[offset : offset + 5]
            if row[0] != key or None in numbers:
                continue
            value, low, high, outer_low, outer_high = (_float(number) for number in numbers)
            found.append(
                Gap(
                    pair=pair_name(str(row[1]), str(row[2]), kind),
                    value=value,
                    low=low,
                    high=high,
                    simultaneous_low=outer_low,
                    simultaneous_high=outer_high,
                    n=int(_float(row[-1])),
                )
            )
    return sorted(found, key=lambda gap: -gap.value if kind == "difference" else gap.value)


def pair_name(high: str, low: str, kind: Kind) -> str:
    """Return "White − Black", or of a ratio "Black ÷ White"."""
    return f"{high} − {low}" if kind == "difference" else f"{low} ÷ {high}"


def _float(number: Scalar) -> float:
    return float(number) if isinstance(number, int | float) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The interval that decides over all pairs, and not only the listed ones.

    low_pair, high_pair: whose bounds its ends are, as they are named beside their intervals.
    """

    low: float
    high: float
    pairs: int
    low_pair: str = ""
    high_pair: str = ""


def gap_figure(
    gaps: list[Gap], worst: Worst, key: str, columns: tuple[str, ...], line: Line | None
) -> Figure:
    """Return the chart of the pairs; with a line its title says where the worst one lies."""
    kind: Kind = line.kind if line else "difference"
    listed = gaps[:MOST_GAPS]
    noun = "Difference" if kind == "difference" else "Ratio"
    ends = [end for gap in listed for end in (*_reach(gap, kind), gap.low, gap.high)]
    parity = 0.0 if kind == "difference" else 1.0
    domain = domain_of([*ends, parity, *([line.threshold] if line else [])], within=(-1.0, 3.0))
    x = x_axis(domain, f"{noun}: {TITLES[key].lower()}", grid=False)
    values = [_gap_value(gap, line, kind, worst=place == 0) for place, gap in enumerate(listed)]
    y = {
        "field": "pair",
        "type": "nominal",
        "sort": [gap.pair for gap in listed],
        "axis": {"title": None, "grid": False, "labelFontSize": 13},
    }
    layers = (_zones(line, domain, x) if line else []) + _gap_layers(x, y)
    said = "; ".join(f"{value['pair']} {value['text']}" for value in values)
    more = f" The {len(listed)} widest of {worst.pairs} pairs." if worst.pairs > len(listed) else ""
    title = _gap_title(gaps[0], worst, line)
    return complete(
        key=f"{key}_pairs_{'_'.join(columns)}",
        title=title,
        subtitle=_gap_subtitle(worst.pairs, more),
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


def _reach(gap: Gap, kind: Kind) -> tuple[float, float]:
    """Return what is drawn: out to the simultaneous bound on the failing side, else the own."""
    if kind == "difference":
        return gap.simultaneous_low, gap.high
    return gap.low, gap.simultaneous_high


def _gap_title(widest: Gap, worst: Worst, line: Line | None) -> str:
    """Return the widest gap with its own interval, or on which side of the limit the pairs lie."""
    if line is None:
        digits = digits_apart(0.0, widest.low, widest.high)
        number = f"{plain(widest.value, digits)} ({span(widest.low, widest.high, digits)})"
        return f"Widest gap: {widest.pair}, {number}"
    difference = line.kind == "difference"
    failing = worst.low if difference else worst.high
    passing = worst.high if difference else worst.low
    limit = plain(line.threshold, digits_apart(line.threshold, failing, passing))
    noun = "gap" if difference else "ratio"
    if failing > line.threshold if difference else failing < line.threshold:
        pair = worst.low_pair if difference else worst.high_pair
        which = f"{noun} {pair}" if pair and pair != widest.pair else f"worst {noun}"
        return f"The {which} lies wholly beyond the limit of {limit}"
    if passing <= line.threshold if difference else passing >= line.threshold:
        return f"Every {noun} lies within the limit of {limit}"
    return f"The worst {noun} may lie on either side of the limit of {limit}"


def _gap_value(gap: Gap, line: Line | None, kind: Kind, *, worst: bool) -> dict[str, Any]:
    low, high = _reach(gap, kind)
    digits = 2
    if line is not None:
        outer = low if kind == "difference" else high
        digits = digits_apart(line.threshold, gap.low, gap.high, outer)
    return {
        "pair": gap.pair,
        "v": round(gap.value, 6),
        "lo": round(gap.low, 6),
        "hi": round(gap.high, 6),
        "outer": round(low if kind == "difference" else high, 6),
        "inner": round(gap.low if kind == "difference" else gap.high, 6),
        "n": f"{gap.n:,}",
        "worst": worst,
        "text": f"{plain(gap.value, digits)} ({span(gap.low, gap.high, digits)})",
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
            "mark": {"type": "rule", "strokeWidth": 1.5, "clip": True},
            "encoding": {
                "y": y,
                "x": {"field": "outer", **x},
                "x2": {"field": "inner"},
                "color": {"value": INK},
            },
        },
        {
            "mark": {"type": "tick", "thickness": 1.5, "size": 10, "clip": True},
            "encoding": {"y": y, "x": {"field": "outer", **x}, "color": {"value": INK}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 5, "clip": True},
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
        margin_text(y, 370),
    ]
