"""Charts of group rates as Vega-Lite 6.4 specifications: rates by group, gaps against a limit.

Colours are those of the light theme and fixed here; a page or document may put its own `config`
in place of this one. Every figure carries its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.methods.fairness.gap_figure import Worst, gap_figure, gaps_of, pair_name
from evaluations.methods.fairness.rate_figure import dots_of, rate_figure
from evaluations.methods.fairness.vega import Kind, Line, Words
from evaluations.methods.limits import named
from evaluations.methods.results import (
    Estimate,
    Figure,
    Metric,
    Pair,
    Table,
    metrics_from_record,
    tables_from_record,
)

DRAWN = ("selection_rate", "true_positive_rate", "false_positive_rate")
"""Metrics that get figures of their own."""


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
    words = Words(outcome=outcome_word, people=people_word)
    for key in keys if len(columns) == 1 else keys[:1]:
        dots = dots_of(metrics, key, columns)
        if len(dots) > 1:
            found.append(rate_figure(dots, key, columns, words, line))
        kind: Kind = line.kind if line else "difference"
        gaps = gaps_of(tables, key, columns, kind)
        worst = _worst(metrics, key, columns, kind)
        if gaps and worst is not None:
            found.append(gap_figure(gaps, worst, key, columns, line))
    return found


def _worst(
    metrics: Sequence[Metric], key: str, columns: tuple[str, ...], kind: Kind
) -> Worst | None:
    groups = sum(dot.compared for dot in dots_of(metrics, key, columns))
    for metric in metrics:
        if metric.metric != f"{key}_worst_{kind}" or metric.by != columns:
            continue
        outcome = metric.outcome
        if isinstance(outcome, Estimate) and outcome.shown_low is not None:
            high = outcome.value if outcome.shown_high is None else outcome.shown_high
            bounds = metric.bounds
            return Worst(
                low=outcome.shown_low,
                high=high,
                pairs=groups * (groups - 1) // 2,
                low_pair=_named(bounds.low.pair, kind) if bounds else "",
                high_pair=_named(bounds.high.pair, kind) if bounds else "",
            )
    return None


def _named(pair: Pair, kind: Kind) -> str:
    return pair_name(named(pair.high), named(pair.low), kind)


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


__all__ = ["DRAWN", "Kind", "Line", "draw", "redraw"]
