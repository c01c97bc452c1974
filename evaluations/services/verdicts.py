"""What a run says of each check that it was started for, as rows for lists and gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from evaluations.choices import Direction
from evaluations.methods.results import Estimate, Metric, Pair, metrics_from_record
from evaluations.methods.verdicts import Limit, Verdict, VerdictResult, verdict_from_record
from evaluations.methods.wording import rows
from evaluations.models import RunVerdict
from evaluations.services.metrics import pair_words

if TYPE_CHECKING:
    from evaluations.models import Check, Run

_FEATURE = "feature"


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
            threshold=None if check.threshold is None else float(check.threshold),
            sentence=reason,
        )
        for check in checks
    ]


def limit_of(check: Check) -> Limit:
    """Return the limit that the check puts on its metric."""
    return Limit(
        metric=check.metric,
        direction=cast("Literal['at_most', 'at_least', 'estimable']", str(check.direction)),
        threshold=None if check.threshold is None else float(check.threshold),
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
        threshold=None if check.threshold is None else float(check.threshold),
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
        if by_feature:
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


def _reported(check: Check, record: Mapping[str, Any], found: Sequence[Metric]) -> VerdictResult:
    """Decide as for groups, and say features and groups apart; rows are those explained."""
    by = tuple(found[0].group or ())
    limit = replace(limit_of(check), by=by)
    result = verdict_from_record(record, limit)
    explained = _explained(record)
    if result.verdict is not Verdict.PASS:
        return replace(result, rows=explained)
    features = {(metric.group or {})[_FEATURE] for metric in found}
    pairs = {(tuple((metric.group or {})[column] for column in check.by),) for metric in found}
    told = f"{len(pairs)} group" + ("" if len(pairs) == 1 else "s")
    return replace(
        result,
        rows=explained,
        sentence=(
            f"{check.metric.replace('_', ' ').capitalize()} by {' and '.join(check.by)} is reported "
            f"for {len(features)} features and {told} against the reference group, "
            f"{rows(explained)}."
        ),
    )


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
    return pair_words({"high": pair.high, "low": pair.low}, metric)
