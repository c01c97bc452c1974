"""Which rows would settle an inconclusive result, in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from evaluations.methods.limits import MADE_OF, Limit, base_of, in_groups, named
from evaluations.methods.planner import Comparison, More, Seen, rows_to_settle
from evaluations.methods.results import Estimate, Metric

HARDLY = "More rows of the same kind would hardly settle it: the rates lie too close to the limit."
"""What is said of an inconclusive result that no data would settle."""


def rows_needed(metrics: Sequence[Metric], metric: Metric, limit: Limit) -> str:
    """Say about how many more rows of which group would settle it."""
    threshold = limit.threshold if limit.threshold is not None else math.nan
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
        return _told(more)
    return _by_width(outcome, threshold)


def _told(more: tuple[More, ...]) -> str:
    if not more:
        return HARDLY
    parts = [f"{part.rows:,} more rows of {part.group}" for part in more]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"About {listed} would settle it, if the rates stay as they are."


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
    if distance <= 0.0 or (reach / distance) ** 2 > 1_000.0:
        return _told(())
    more = math.ceil(estimate.n * ((reach / distance) ** 2 - 1.0))
    step = 10 ** max(len(str(more)) - 2, 0)
    more = -(-more // step) * step
    return f"About {more:,} more rows would settle it, if the value stays as it is."


def _seen(metrics: Sequence[Metric], base: str, by: tuple[str, ...]) -> dict[str, Seen]:
    return {
        named(metric.group): Seen(
            metric.outcome.value, metric.outcome.n, metric.outcome.design_effect or 1.0
        )
        for metric in in_groups(metrics, base, by)
        if metric.group is not None and isinstance(metric.outcome, Estimate)
    }
