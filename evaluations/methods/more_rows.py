"""Which rows would settle an inconclusive result, in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from evaluations.methods.denominators import counted
from evaluations.methods.limits import MADE_OF, Limit, base_of, in_groups, named
from evaluations.methods.planner import (
    HARDLY_TIMES,
    Comparison,
    More,
    Seen,
    rows_to_settle,
    tidy,
)
from evaluations.methods.results import Estimate, Metric
from registry.wording import listed

HARDLY = "More rows of the same kind would hardly settle it: the rates lie too close to the limit."
"""What is said of an inconclusive result that no data would settle."""


def rows_needed(metrics: Sequence[Metric], metric: Metric, limit: Limit) -> str:
    """Say about how many more rows of which group would settle it."""
    threshold = limit.edge
    outcome = metric.outcome
    if not isinstance(outcome, Estimate):
        return ""
    kind: Comparison = "ratio" if limit.metric.endswith("_worst_ratio") else "difference"
    base = base_of(limit.metric)
    if base in MADE_OF:
        return _by_width(
            replace(outcome, low=outcome.shown_low, high=outcome.shown_high), threshold
        )
    if base is not None and metric.by is not None and outcome.level is not None:
        groups = _seen(metrics, base, metric.by)
        more = rows_to_settle(groups, comparison=kind, threshold=threshold, level=outcome.level)
        return _told(more, base)
    return _by_width(outcome, threshold)


def _told(more: tuple[More, ...], base: str) -> str:
    if not more:
        return HARDLY
    parts = listed(_part(part, base) for part in more)
    return f"About {parts} would settle it, if the rates stay as they are."


def _part(more: More, base: str) -> str:
    """Return "250 more rows of Black with a positive label (about 370 rows of Black in all)".

    Only where the denominator counts some of the rows: else more rows are more rows.
    """
    words = counted(base)
    if more.among == more.rows:
        return f"{more.rows:,} more rows of {more.group}"
    if not words:
        return f"{more.among:,} more rows of {more.group}"
    return (
        f"{more.rows:,} more rows of {more.group} {words} (some {more.among:,} rows of "
        f"{more.group} in all)"
    )


def _by_width(estimate: Estimate, threshold: float) -> str:
    """Scale the interval by 1/√n until it no longer reaches the threshold."""
    distance = abs(estimate.value - threshold)
    if estimate.low is None or estimate.high is None:
        return ""
    reach = (
        (estimate.high - estimate.value)
        if threshold > estimate.value
        else (estimate.value - estimate.low)
    )
    if distance <= 0.0 or (reach / distance) ** 2 > 1.0 + HARDLY_TIMES:
        return HARDLY
    more = tidy(math.ceil(estimate.n * ((reach / distance) ** 2 - 1.0)))
    return f"About {more:,} more rows would settle it, if the value stays as it is."


def _seen(metrics: Sequence[Metric], base: str, by: tuple[str, ...]) -> dict[str, Seen]:
    sizes = {
        named(metric.group): metric.outcome.n
        for metric in in_groups(metrics, "count", by)
        if metric.group is not None
    }
    return {
        named(metric.group): Seen(
            metric.outcome.value,
            metric.outcome.n,
            metric.outcome.design_effect or 1.0,
            _share(metric.outcome.n, sizes.get(named(metric.group), 0)),
        )
        for metric in in_groups(metrics, base, by)
        if metric.group is not None and isinstance(metric.outcome, Estimate)
    }


def _share(n: int, rows: int) -> float:
    """Return which share of a group's rows the denominator counts; 1 where that is not known."""
    return n / rows if 0 < n < rows else 1.0
