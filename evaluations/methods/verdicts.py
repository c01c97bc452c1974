"""What a result says of a limit: pass, fail, inconclusive, not estimable or error.

A verdict is taken on the bounds of an interval, never on the value alone. For the worst of many
pairs: pass when every pair's own bound is within the limit (all must hold, so that no adjustment
is needed); fail when a bound that holds for all pairs at once is beyond it. A result carries both
as `shown_low` and `shown_high`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.planner import Comparison, More, Seen, rows_to_settle
from evaluations.methods.results import (
    Estimate,
    Group,
    Metric,
    NotEstimable,
    Pair,
    metrics_from_record,
)
from evaluations.methods.wording import digits_apart, plain, rows, small, span

type Direction = Literal["at_most", "at_least", "estimable"]

ERROR_BUDGET = 0.05
"""One-sided error shared by all looks at the same check."""
_WORST = {"_worst_difference": "gap in", "_worst_ratio": "ratio of"}


class Verdict(StrEnum):
    """The outcome of one run of a check."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_ESTIMABLE = "not_estimable"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a check asks of one metric.

    at_most and at_least need a threshold, in the metric's unit. estimable asks only that the
    metric could be measured in every recorded group of the columns `by`. group: for a metric of
    one group instead of the worst pair or the whole.
    """

    metric: str
    direction: Direction
    threshold: float | None = None
    by: tuple[str, ...] = ()
    group: Group | None = None

    def __post_init__(self) -> None:
        """Refuse a limit that could never decide."""
        if self.direction == "estimable":
            return
        if self.threshold is None or not math.isfinite(self.threshold):
            message = f"A limit on {self.metric} needs a finite threshold."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictResult:
    """The verdict with its reasons.

    bound_used: the number that was compared with the threshold, and bound_name what it is.
    value, low, high: as shown; None where nothing was estimated. needs: what would settle an
    inconclusive result, "" otherwise. left_out: groups that the metric could not be measured in.
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
            sentence=f"The run holds {what} {_title(limit)}; the check cannot be decided.",
        )
    metric = found[0]
    left_out = _left_out(metrics, limit)
    if isinstance(metric.outcome, NotEstimable):
        return VerdictResult(
            verdict=Verdict.NOT_ESTIMABLE,
            sentence=f"{_capital(_title(limit))} is not estimable: {metric.outcome.reason}.",
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


@dataclass(frozen=True, slots=True)
class _Ends:
    """The shown interval with what its ends are."""

    low: float
    high: float
    low_name: str
    high_name: str


def _ends(metric: Metric, estimate: Estimate) -> _Ends:
    if estimate.shown_low is not None and estimate.shown_high is not None:
        if metric.metric.endswith("_worst_ratio"):
            names = ("smallest pairwise lower bound", "simultaneous upper bound")
        else:
            names = ("simultaneous lower bound", "largest pairwise upper bound")
        return _Ends(estimate.shown_low, estimate.shown_high, *names)
    if estimate.low is None or estimate.high is None:
        return _Ends(estimate.value, estimate.value, "value", "value")
    return _Ends(estimate.low, estimate.high, "lower bound", "upper bound")


def _on_bounds(
    metrics: Sequence[Metric], metric: Metric, estimate: Estimate, limit: Limit, left_out: str
) -> VerdictResult:
    threshold = limit.threshold if limit.threshold is not None else math.nan
    ends = _ends(metric, estimate)
    verdict, bound, name = _decided(ends, limit.direction, threshold)
    needs = _needs(metrics, metric, limit, ends) if verdict is Verdict.INCONCLUSIVE else ""
    return VerdictResult(
        verdict=verdict,
        sentence=_sentence(metric, estimate, limit, ends, (verdict, bound, name)),
        bound_used=bound,
        bound_name=name,
        value=estimate.value,
        low=ends.low,
        high=ends.high,
        rows=estimate.n,
        worst_pair=metric.pair,
        needs=needs,
        left_out=left_out,
    )


def _decided(ends: _Ends, direction: Direction, threshold: float) -> tuple[Verdict, float, str]:
    """Compare the bounds with the threshold; the bound named when open is the one that must move."""
    if direction == "at_most":
        if ends.high <= threshold:
            return Verdict.PASS, ends.high, ends.high_name
        if ends.low > threshold:
            return Verdict.FAIL, ends.low, ends.low_name
        return Verdict.INCONCLUSIVE, ends.high, ends.high_name
    if ends.low >= threshold:
        return Verdict.PASS, ends.low, ends.low_name
    if ends.high < threshold:
        return Verdict.FAIL, ends.high, ends.high_name
    return Verdict.INCONCLUSIVE, ends.low, ends.low_name


def _sentence(
    metric: Metric,
    estimate: Estimate,
    limit: Limit,
    ends: _Ends,
    decided: tuple[Verdict, float, str],
) -> str:
    verdict, bound, name = decided
    threshold = limit.threshold if limit.threshold is not None else math.nan
    digits = digits_apart(threshold, ends.low, ends.high)
    exact = ends.low_name == "value"
    if exact:
        digits = digits_apart(threshold, estimate.value)
        number = f"{_number(estimate.value, digits)}, {rows(estimate.n)}"
    else:
        number = (
            f"{plain(estimate.value, digits)} ({span(ends.low, ends.high, digits)}), "
            f"{rows(estimate.n)}"
        )
    told = "at most" if limit.direction == "at_most" else "at least"
    ask = f"the limit of {told} {_number(threshold, digits)}"
    said = {
        Verdict.PASS: f"the {name} {_number(bound, digits)} meets {ask}",
        Verdict.FAIL: f"the {name} {_number(bound, digits)} is beyond {ask}",
        Verdict.INCONCLUSIVE: f"the interval reaches to both sides of {ask}",
    }[verdict]
    pair = ""
    if metric.pair is not None:
        pair = f" between {_named(metric.pair.high)} and {_named(metric.pair.low)}"
    return f"{_capital(_title(limit))} {number}{pair}: {said}."


def _number(value: float, digits: int) -> str:
    if float(value).is_integer() and abs(value) >= 2.0:
        return plain(value, 0)
    return small(value, digits)


def _needs(metrics: Sequence[Metric], metric: Metric, limit: Limit, ends: _Ends) -> str:
    """Say about how many more rows of which group would settle it."""
    threshold = limit.threshold if limit.threshold is not None else math.nan
    outcome = metric.outcome
    if not isinstance(outcome, Estimate):
        return ""
    kind: Comparison = "ratio" if limit.metric.endswith("_worst_ratio") else "difference"
    base = _base(limit.metric)
    if base is not None and metric.by is not None and outcome.level is not None:
        groups = _seen(metrics, base, metric.by)
        more = rows_to_settle(groups, comparison=kind, threshold=threshold, level=outcome.level)
        return _told(more)
    return _by_width(outcome, threshold, ends)


def _told(more: tuple[More, ...]) -> str:
    if not more:
        return (
            "More rows of the same kind would hardly settle it: the rates lie too close to the "
            "limit."
        )
    parts = [f"{part.rows:,} more rows of {part.group}" for part in more]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"About {listed} would settle it, if the rates stay as they are."


def _by_width(estimate: Estimate, threshold: float, ends: _Ends) -> str:
    """Scale the interval by 1/√n until it no longer reaches the threshold."""
    distance = abs(estimate.value - threshold)
    reach = (
        (ends.high - estimate.value) if threshold > estimate.value else (estimate.value - ends.low)
    )
    if distance <= 0.0 or (reach / distance) ** 2 > 1_000.0:
        return _told(())
    more = math.ceil(estimate.n * ((reach / distance) ** 2 - 1.0))
    step = 10 ** max(len(str(more)) - 2, 0)
    more = -(-more // step) * step
    return f"About {more:,} more rows would settle it, if the value stays as it is."


def _seen(metrics: Sequence[Metric], base: str, by: tuple[str, ...]) -> dict[str, Seen]:
    return {
        _named(metric.group): Seen(
            metric.outcome.value, metric.outcome.n, metric.outcome.design_effect or 1.0
        )
        for metric in _in_groups(metrics, base, by)
        if metric.group is not None and isinstance(metric.outcome, Estimate)
    }


def _in_groups(metrics: Sequence[Metric], key: str, by: tuple[str, ...]) -> list[Metric]:
    """Return a metric's results in the recorded groups of the columns; () means any columns."""
    return [
        metric
        for metric in metrics
        if metric.metric == key
        and metric.group is not None
        and (not by or tuple(metric.group) == by)
        and NOT_RECORDED not in metric.group.values()
    ]


def _base(key: str) -> str | None:
    for ending in _WORST:
        if key.endswith(ending):
            return key.removesuffix(ending)
    return None


def _left_out(metrics: Sequence[Metric], limit: Limit) -> str:
    base = _base(limit.metric)
    if base is None:
        return ""
    return "; ".join(_lost(_in_groups(metrics, base, limit.by)))


def _lost(found: Sequence[Metric]) -> list[str]:
    return [
        f"{_named(metric.group)}: {metric.outcome.reason}"
        for metric in found
        if metric.group is not None and isinstance(metric.outcome, NotEstimable)
    ]


def _estimable(metrics: Sequence[Metric], limit: Limit) -> VerdictResult:
    found = _in_groups(metrics, limit.metric, limit.by)
    title = _title(limit)
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
            sentence=f"{_capital(title)} is not estimable in every group. {'; '.join(lost)}.",
            rows=n,
            left_out="; ".join(lost),
        )
    return VerdictResult(
        verdict=Verdict.PASS,
        sentence=f"{_capital(title)} is estimable in all {len(found)} groups, {rows(n)}.",
        rows=n,
    )


def _title(limit: Limit) -> str:
    where = f" by {' and '.join(limit.by)}" if limit.by else ""
    if limit.group is not None:
        where = f" of {_named(limit.group)}"
    for ending, words in _WORST.items():
        if limit.metric.endswith(ending):
            base = limit.metric.removesuffix(ending).replace("_", " ")
            return f"worst {words} {base}{where}"
    return limit.metric.replace("_", " ") + where


def _named(group: Group) -> str:
    return ", ".join(group.values())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(level: float) -> str:
    return f"{level * 100:.4f}".rstrip("0").rstrip(".") + " %"
