"""Figures of `attribution.shap` over many rows: bar, beeswarm, dependence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluations.methods.attribution.explained import Explained, Floats
from evaluations.methods.attribution.ranking import Ranked
from evaluations.methods.attribution.theme import (
    INK,
    LOWERS,
    MIDDLE,
    RAISES,
    ZERO,
    figure,
    rows_axis,
)
from evaluations.methods.results import Figure
from evaluations.methods.wording import plain, rows, span

TOP = 12
POINTS = 600
DEPENDENCE = 3
_BINS = 80
_STEP = 0.055
_REACH = 0.42


def subtitle(explained: Explained) -> list[str]:
    """Game, scale and rows, as each figure names them."""
    drawn = rows(explained.rows)
    if explained.rows < explained.rows_total:
        drawn = f"{explained.rows:,} of {rows(explained.rows_total)}, seed {explained.seed}"
    game = explained.parameters.game.capitalize()
    return [
        f"SHAP, {game.lower()} game, {explained.output_name}; {drawn}.",
        "Associations, not causes.",
    ]


def bar(explained: Explained, ranked: Sequence[Ranked]) -> Figure:
    """Mean absolute attribution with its interval, largest first."""
    top = ranked[:TOP]
    values = [
        {
            "f": entry.feature,
            "m": round(entry.absolute.value, 6),
            "low": round(entry.absolute.low, 6),
            "high": round(entry.absolute.high, 6),
        }
        for entry in top
    ]
    listed = "; ".join(
        f"{e.feature} {plain(e.absolute.value)} ({span(e.absolute.low, e.absolute.high)})"
        for e in top
    )
    text = (
        f"Mean absolute attribution by feature in {explained.output_name}, {rows(explained.rows)}: "
        f"{listed}."
    )
    y = rows_axis("f", [entry.feature for entry in top])
    axis = {"title": f"Mean absolute attribution, {explained.output_name}"}
    body = {
        "data": {"values": values},
        "width": 430,
        "height": {"step": 26},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "color": RAISES, "height": 13},
                "encoding": {"x": {"field": "m", "type": "quantitative", "axis": axis}},
            },
            {
                "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative"},
                    "x2": {"field": "high"},
                    "tooltip": tips("f:Feature", "m:Mean", "low:Low", "high:High"),
                },
            },
        ],
    }
    return figure(
        key="shap-bar",
        title=f"{_movers(top[:1])} the output most",
        subtitle=subtitle(explained),
        text=text,
        table="features",
        body=body,
    )


def tips(*pairs: str) -> list[dict[str, str]]:
    """Return tooltips from "field:Title" pairs; numbers are shown to three digits."""
    found = []
    for pair in pairs:
        field, _, title = pair.partition(":")
        tip = {"field": field, "title": title}
        found.append(tip if field in ("f", "g") else {**tip, "format": ".3~f"})
    return found


def _sampled(explained: Explained, stream: int) -> np.typing.NDArray[np.intp]:
    rng = np.random.default_rng([explained.seed, stream])
    return np.sort(rng.permutation(explained.rows)[:POINTS])


def offsets(values: Floats, low: float, high: float) -> Floats:
    """Offsets that lay points of equal place side by side, within ±0.42 of their row.

    Points fall into 80 bins between low and high; in a bin they stand at 0, +1, −1, +2, … steps,
    and a fuller bin has smaller steps. Nothing is random.
    """
    width = (high - low) or 1.0
    places = np.clip(((values - low) / width * _BINS).astype(int), 0, _BINS - 1)
    found = np.zeros(len(values), dtype=np.float64)
    for place in np.unique(places):
        members = np.flatnonzero(places == place)
        turn = np.arange(len(members))
        steps = np.where(turn % 2 == 1, (turn + 1) // 2, -(turn // 2))
        found[members] = steps * min(_STEP, _REACH / max(len(members) // 2, 1))
    return found


def value_ranks(inputs: Floats) -> Floats:
    """Rank of each value between 0 (lowest) and 1 (highest), ties in the middle; missing: 0.5."""
    known = ~np.isnan(inputs)
    found = np.full(len(inputs), 0.5)
    if known.sum() > 1 and np.ptp(inputs[known]) > 0:
        ordered = np.sort(inputs[known])
        left = np.searchsorted(ordered, inputs[known], side="left")
        right = np.searchsorted(ordered, inputs[known], side="right")
        middle = (left + right - 1) / 2
        found[known] = (middle - middle.min()) / (middle.max() - middle.min())
    return found


def beeswarm(explained: Explained, ranked: Sequence[Ranked]) -> Figure:
    """One point per row and feature, coloured by the rank of the feature's value."""
    top = ranked[:TOP]
    chosen = _sampled(explained, 4)
    columns = [entry.place for entry in top]
    low, high = (
        float(end)
        for end in (explained.values[:, columns].min(), explained.values[:, columns].max())
    )
    points: list[dict[str, Any]] = []
    for entry in top:
        values = explained.values[chosen, entry.place]
        ranks = value_ranks(explained.inputs[:, entry.place])[chosen]
        jitter = offsets(values, low, high)
        points.extend(
            {
                "f": entry.feature,
                "s": round(float(s), 4),
                "q": round(float(q), 3),
                "o": round(float(o), 4),
            }
            for s, q, o in zip(values, ranks, jitter, strict=True)
        )
    said = "; ".join(f"{entry.feature}: {entry.direction}" for entry in top)
    text = (
        f"Beeswarm of SHAP values of the {len(top)} features that move the output most, in order, "
        f"with the direction of their effect. {said}. {rows(len(chosen))} drawn as points."
    )
    body = {
        "data": {"values": points},
        "width": 430,
        "height": 42 * len(top),
        "layer": [ZERO, _swarm_layer(explained, [entry.feature for entry in top])],
    }
    return figure(
        key="shap-beeswarm",
        title=f"{_movers(top[:2])} the output most, row by row",
        subtitle=subtitle(explained),
        text=text,
        table="features",
        body=body,
    )


def _movers(top: Sequence[Ranked]) -> str:
    """Subject and verb of a title; features that move nothing are not named."""
    names = [entry.feature for entry in top if entry.absolute.value > 0]
    if not names:
        return "No feature moves"
    return f"{' and '.join(names)} {'moves' if len(names) == 1 else 'move'}"


def _swarm_layer(explained: Explained, order: Sequence[str]) -> dict[str, Any]:
    y = rows_axis("f", order)
    y["axis"]["grid"] = True
    color = {
        "field": "q",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "range": [RAISES, MIDDLE, LOWERS], "interpolate": "rgb"},
        "legend": {
            "title": "Value of the feature",
            "orient": "bottom",
            "direction": "horizontal",
            "gradientLength": 160,
            "values": [0, 1],
            "labelExpr": "datum.value == 0 ? 'low' : 'high'",
        },
    }
    return {
        "mark": {"type": "circle", "size": 14, "opacity": 0.8, "aria": False},
        "encoding": {
            "y": y,
            "yOffset": {"field": "o", "type": "quantitative", "scale": {"domain": [-0.5, 0.5]}},
            "x": {
                "field": "s",
                "type": "quantitative",
                "axis": {"title": f"Effect on {explained.output_name}", "grid": False},
            },
            "color": color,
            "tooltip": tips("f:Feature", "s:SHAP", "q:Value, rank"),
        },
    }


def dependence(explained: Explained, ranked: Sequence[Ranked]) -> tuple[Figure, ...]:
    """Attribution against value for the features that move the output most."""
    return tuple(
        _dependence(explained, entry, place) for place, entry in enumerate(ranked[:DEPENDENCE])
    )


def _dependence(explained: Explained, entry: Ranked, place: int) -> Figure:
    chosen = _sampled(explained, 6)
    inputs, values = explained.inputs[chosen, entry.place], explained.values[chosen, entry.place]
    known = ~np.isnan(inputs)
    points = [
        {"v": float(f"{v:.6g}"), "s": round(float(s), 4)}
        for v, s in zip(inputs[known], values[known], strict=True)
    ]
    missing = int((~known).sum())
    text = (
        f"Attribution of {entry.feature} against its value: {entry.direction}. {rows(len(points))} "
        f"drawn; in {missing:,} more the value is missing."
    )
    zero = {
        "data": {"values": [{"y": 0}]},
        "mark": {"type": "rule", "color": INK},
        "encoding": {"y": {"field": "y", "type": "quantitative"}},
    }
    cloud = {
        "mark": {"type": "circle", "size": 18, "opacity": 0.5, "color": RAISES, "aria": False},
        "encoding": {
            "x": {
                "field": "v",
                "type": "quantitative",
                "scale": {"zero": False},
                "axis": {"title": entry.feature, "grid": False},
            },
            "y": {
                "field": "s",
                "type": "quantitative",
                "axis": {"title": f"Effect on {explained.output_name}"},
            },
            "tooltip": tips("v:Value", "s:SHAP"),
        },
    }
    body = {"data": {"values": points}, "width": 430, "height": 220, "layer": [zero, cloud]}
    return figure(
        key=f"shap-dependence-{place + 1}",
        title=f"{entry.feature}: {entry.direction}",
        subtitle=subtitle(explained),
        text=text,
        table="features",
        body=body,
    )
