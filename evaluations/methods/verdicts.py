"""What a result says of a limit: pass, fail, inconclusive, not estimable or error.

A verdict is taken on the bounds of an interval, never on the value alone. For the worst of many
pairs: pass when every pair's own bound is within the limit (all must hold, so that no adjustment
is needed); fail when a bound that holds for all pairs at once is beyond it. A result carries both
as `shown_low` and `shown_high`, and in `bounds` the pair that each of them belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.methods.decided import decide_on, sentence_of, told_of
from evaluations.methods.limits import (
    MADE_OF,
    Limit,
    Verdict,
    base_of,
    in_groups,
    named,
    title_of,
)
from evaluations.methods.more_rows import HARDLY, rows_needed
from evaluations.methods.results import (
    Estimate,
    Metric,
    NotEstimable,
    Pair,
    metrics_from_record,
)
from evaluations.methods.wording import capital, rows

ERROR_BUDGET = 0.05
"""One-sided error shared by all looks at the same check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictResult:
    """The verdict with its reasons.

    bound_used: the number that was compared with the threshold, and bound_name what it is.
    value, low, high, rows: of the named pair, or of the whole; None where nothing was estimated.
    decided: whose bound decided, where low and high alone do not show it. needs: what would
    settle an inconclusive result, "" otherwise. left_out: groups that the metric could not be
    measured in.
    """

    verdict: Verdict
    sentence: str
    bound_used: float | None = None
    bound_name: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    rows: int = 0
    worst_pair: Pair | None = None
    decided: str = ""
    needs: str = ""
    left_out: str = ""


def level_for_look(look: int) -> float:
    """Return the confidence level of look 1, 2, …: its one-sided error is 5 % / 2^look.

    The first look is the ordinary 95 %, the second 97.5 %; all looks together stay within 5 %.
    """
    if look < 1:
        message = f"Looks are counted from 1; got {look}."
        raise ValueError(message)
    return 1.0 - 2.0 * ERROR_BUDGET / 2.0**look


def verdict_from_record(record: Mapping[str, Any], limit: Limit, *, look: int = 1) -> VerdictResult:
    """Decide on a stored `rai-result/1` record; a damaged one is an error, never a pass."""
    try:
        metrics = metrics_from_record(record)
    except ValueError as error:
        return VerdictResult(verdict=Verdict.ERROR, sentence=f"The result is unusable: {error}")
    return decide(metrics, limit, look=look)


def decide(metrics: Sequence[Metric], limit: Limit, *, look: int = 1) -> VerdictResult:
    """Decide what the metrics say of the limit at this look."""
    if limit.direction == "estimable":
        return _estimable(metrics, limit)
    found = [metric for metric in metrics if _meant(metric, limit)]
    if len(found) != 1:
        what = "no" if not found else f"{len(found)} results for"
        return VerdictResult(
            verdict=Verdict.ERROR,
            sentence=f"The run holds {what} {title_of(limit)}; the check cannot be decided.",
        )
    metric = found[0]
    left_out = _left_out(metrics, limit)
    if isinstance(metric.outcome, NotEstimable):
        return VerdictResult(
            verdict=Verdict.NOT_ESTIMABLE,
            sentence=f"{capital(title_of(limit))} is not estimable: {metric.outcome.reason}.",
            rows=metric.outcome.n,
            left_out=left_out,
        )
    level = level_for_look(look)
    if metric.outcome.level is not None and metric.outcome.level < level - 1e-9:
        return VerdictResult(
            verdict=Verdict.ERROR,
            sentence=(
                f"The run used {_percent(metric.outcome.level)} intervals; look {look} needs "
                f"{_percent(level)}. Run the check again with that level."
            ),
            rows=metric.outcome.n,
        )
    return _on_bounds(metrics, metric, metric.outcome, limit, left_out)


def _meant(metric: Metric, limit: Limit) -> bool:
    if metric.metric != limit.metric:
        return False
    if limit.group is not None:
        return metric.group is not None and dict(metric.group) == dict(limit.group)
    if metric.group is not None:
        return False
    return not limit.by or metric.by == limit.by


def _on_bounds(
    metrics: Sequence[Metric], metric: Metric, estimate: Estimate, limit: Limit, left_out: str
) -> VerdictResult:
    found = decide_on(metric, estimate, limit)
    still_open = found.verdict is Verdict.INCONCLUSIVE
    exact = estimate.low is None or estimate.high is None
    return VerdictResult(
        verdict=found.verdict,
        sentence=sentence_of(metric, estimate, limit, found),
        bound_used=found.end.number,
        bound_name=found.end.name,
        value=estimate.value,
        low=estimate.value if exact else estimate.low,
        high=estimate.value if exact else estimate.high,
        rows=estimate.n,
        worst_pair=metric.pair,
        decided=told_of(estimate, limit, found),
        needs=rows_needed(metrics, metric, limit) if still_open else "",
        left_out=left_out,
    )


def _left_out(metrics: Sequence[Metric], limit: Limit) -> str:
    base = base_of(limit.metric)
    if base is None:
        return ""
    found = [
        item
        for key in MADE_OF.get(base, (base,))
        for item in _lost(in_groups(metrics, key, limit.by))
    ]
    return "; ".join(dict.fromkeys(found))


def _lost(found: Sequence[Metric]) -> list[str]:
    return [
        f"{named(metric.group)}: {metric.outcome.reason}"
        for metric in found
        if metric.group is not None and isinstance(metric.outcome, NotEstimable)
    ]


def _estimable(metrics: Sequence[Metric], limit: Limit) -> VerdictResult:
    found = in_groups(metrics, limit.metric, limit.by)
    title = title_of(limit)
    if not found:
        return VerdictResult(
            verdict=Verdict.ERROR,
            sentence=f"The run holds no {title} of any group; the check cannot be decided.",
        )
    n = sum(metric.outcome.n for metric in found)
    lost = _lost(found)
    if lost:
        return VerdictResult(
            verdict=Verdict.NOT_ESTIMABLE,
            sentence=f"{capital(title)} is not estimable in every group. {'; '.join(lost)}.",
            rows=n,
            left_out="; ".join(lost),
        )
    return VerdictResult(
        verdict=Verdict.PASS,
        sentence=f"{capital(title)} is estimable in all {len(found)} groups, {rows(n)}.",
        rows=n,
    )


def _percent(level: float) -> str:
    return f"{level * 100:.4f}".rstrip("0").rstrip(".") + " %"


__all__ = [
    "ERROR_BUDGET",
    "HARDLY",
    "Limit",
    "Verdict",
    "VerdictResult",
    "decide",
    "level_for_look",
    "verdict_from_record",
]
