"""What a run says of each check that it was started for, as rows for lists and gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from evaluations.choices import Direction
from evaluations.methods.inputs import NOT_RECORDED
from evaluations.methods.results import Estimate, Metric, Pair, metrics_from_record
from evaluations.methods.verdicts import Limit, Verdict, VerdictResult, verdict_from_record
from evaluations.methods.wording import rows
from evaluations.models import RunVerdict
from evaluations.services.metrics import pair_words

if TYPE_CHECKING:
    from evaluations.models import Check, Run

_FEATURE = "feature"
_MOST_NAMED = 5
"""Groups left out that a sentence names; the result lists all of them."""


def judge(run: Run, record: Mapping[str, Any], checks: Iterable[Check]) -> list[RunVerdict]:
    """Return the unsaved verdicts of a `rai-result/1` record."""
    return [_row(run, check, record) for check in checks]


def errors(run: Run, reason: str, checks: Iterable[Check]) -> list[RunVerdict]:
    """Return the unsaved verdicts of a run that gave no result."""
    return [
        RunVerdict(
            run=run,
            check_row=check,
            verdict=Verdict.ERROR.value,
            direction=check.direction,
            threshold=check.limit,
            sentence=reason,
        )
        for check in checks
    ]


def limit_of(check: Check) -> Limit:
    """Return the limit that the check puts on its metric."""
    return Limit(
        metric=check.metric,
        direction=cast("Literal['at_most', 'at_least', 'estimable']", str(check.direction)),
        threshold=check.limit,
        by=tuple(check.by),
    )


def _row(run: Run, check: Check, record: Mapping[str, Any]) -> RunVerdict:
    result = _judged(check, record, look=run.look)
    found = _estimate(check, record)
    return RunVerdict(
        run=run,
        check_row=check,
        verdict=result.verdict.value,
        direction=check.direction,
        threshold=check.limit,
        value=result.value,
        low=result.low,
        high=result.high,
        simultaneous_low=found.simultaneous_low if found else None,
        simultaneous_high=found.simultaneous_high if found else None,
        n=result.rows,
        pair=pair_text(result.worst_pair, check.metric)[:200],
        bound=result.bound_used,
        decided=result.decided,
        sentence=result.sentence,
        needs=result.needs,
    )


def _judged(check: Check, record: Mapping[str, Any], *, look: int) -> VerdictResult:
    limit = limit_of(check)
    if check.direction == Direction.ESTIMABLE and check.by:
        by_feature = _by_feature(check, record)
        if by_feature or (_small(check, record) and not _in_groups(check, record)):
            return _reported(check, record, by_feature)
    return verdict_from_record(record, limit, look=look)


def _by_feature(check: Check, record: Mapping[str, Any]) -> list[Metric]:
    """Return results that an attribution gives for each feature in each group."""
    wanted = {*check.by, _FEATURE}
    return [
        metric
        for metric in metrics_from_record(record)
        if metric.metric == check.metric
        and metric.group is not None
        and set(metric.group) == wanted
    ]


def _in_groups(check: Check, record: Mapping[str, Any]) -> bool:
    """Whether the result gives the metric for groups alone, those left out among them."""
    wanted = set(check.by)
    return any(
        metric.metric == check.metric and set(metric.group or {}) == wanted
        for metric in metrics_from_record(record)
    )


def _excluded(check: Check, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the groups of the check's columns that the result left out of every comparison."""
    wanted = set(check.by)
    return [
        item
        for item in record.get("excluded", ())
        if set(item["group"]) == wanted and not item.get("metrics")
    ]


def _small(check: Check, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the recorded groups among them: too small to be compared."""
    return [item for item in _excluded(check, record) if NOT_RECORDED not in item["group"].values()]


def _reported(check: Check, record: Mapping[str, Any], found: Sequence[Metric]) -> VerdictResult:
    """Decide as for groups, and say features and groups apart; rows are those compared."""
    explained = _explained(record)
    compared = explained - sum(item["n"] for item in _excluded(check, record))
    small = _small(check, record)
    if small:
        return _not_in_every(check, small, found, explained=explained, compared=compared)
    by = tuple(found[0].group or ())
    result = verdict_from_record(record, replace(limit_of(check), by=by))
    if result.verdict is not Verdict.PASS:
        return replace(result, rows=compared)
    features = {(metric.group or {})[_FEATURE] for metric in found}
    told = _groups(len(_members(check, found)))
    return replace(
        result,
        rows=compared,
        sentence=(
            f"{_what(check)} is reported for {len(features)} features and {told} against the "
            f"reference group, {rows(compared)}."
        ),
    )


def _not_in_every(
    check: Check,
    small: Sequence[Mapping[str, Any]],
    found: Sequence[Metric],
    *,
    explained: int,
    compared: int,
) -> VerdictResult:
    """Say how many of all recorded groups are compared, and name the largest that are not."""
    members = len(_members(check, found))
    kept = members + 1 if members else 0  # With the reference, which the others are compared with.
    listed = sorted(small, key=lambda item: -item["n"])
    lost = [f"{', '.join(item['group'].values())}: {item['reason']}" for item in listed]
    named = "; ".join(lost[:_MOST_NAMED])
    if len(lost) > _MOST_NAMED:
        named += f"; and {len(lost) - _MOST_NAMED:,} more"
    told = "fewer than two groups have enough rows"
    if kept:
        told = (
            f"{kept} of {_groups(kept + len(small))} have enough rows, {compared:,} of the "
            f"{rows(explained)} explained"
        )
    return VerdictResult(
        verdict=Verdict.NOT_ESTIMABLE,
        sentence=f"{_what(check)} is not estimable in every group: {told}. Left out: {named}.",
        rows=compared if kept else 0,
        left_out="; ".join(lost),
    )


def _members(check: Check, found: Sequence[Metric]) -> set[tuple[str, ...]]:
    return {tuple((metric.group or {})[column] for column in check.by) for metric in found}


def _what(check: Check) -> str:
    return f"{check.metric.replace('_', ' ').capitalize()} by {' and '.join(check.by)}"


def _groups(count: int) -> str:
    return f"{count:,} group" + ("" if count == 1 else "s")


def _explained(record: Mapping[str, Any]) -> int:
    """Rows that the attribution explained: those whose additivity it checked."""
    for metric in metrics_from_record(record):
        if metric.metric == "additivity_max_error" and metric.group is None:
            return metric.outcome.n
    return 0


def _estimate(check: Check, record: Mapping[str, Any]) -> Estimate | None:
    """Return the estimate of the whole that a limit was put on; None where there is none."""
    for metric in metrics_from_record(record):
        same = metric.metric == check.metric and metric.group is None
        if same and (not check.by or metric.by == tuple(check.by)):
            return metric.outcome if isinstance(metric.outcome, Estimate) else None
    return None


def pair_text(pair: Pair | None, metric: str) -> str:
    """Return "White − Black" for a gap and "Black ÷ White" for a ratio: read as its number is."""
    if pair is None:
        return ""
    return pair_words(pair, metric)
