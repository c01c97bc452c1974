"""Charts of group rates as Vega-Lite 6.4 specifications: rates by group, gaps against a limit.

Colours are those of the light theme and fixed here; a page or document may put its own `config`
in place of this one. Every figure carries its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.methods.fairness.gap_figure import gap_figure, gaps_of
from evaluations.methods.fairness.rate_figure import dots_of, rate_figure
from evaluations.methods.fairness.vega import Kind, Line, Words
from evaluations.methods.results import (
    Figure,
    Metric,
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
        gaps = gaps_of(tables, key, columns, line.kind if line else "difference")
        if gaps:
            found.append(gap_figure(gaps, key, columns, line))
    return found


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
