"""Two results of one method side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluations.methods.results import Estimate, Metric, Outcome, metrics_from_record
from evaluations.services.metrics import group_text, metric_title
from rai_portal.errors import Refused

if TYPE_CHECKING:
    from evaluations.models import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedMetric:
    """One metric in both results. before, after: None where a result does not have it.

    change: after less before, None unless both are estimates. overlap: whether the two intervals
    share any number; None unless both have one. It is a reading aid and no test.
    """

    key: str
    label: str
    group: str
    before: Outcome | None
    after: Outcome | None
    change: float | None
    overlap: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every metric of either result, in the order of the later one."""

    rows: tuple[ComparedMetric, ...]
    same_inputs: bool
    same_result: bool
    sentence: str


def compare(run: Run, earlier: Run) -> Comparison:
    """Compare a run with an earlier one of the same method; Refused if there is nothing to."""
    if run.method != earlier.method or run.result is None or earlier.result is None:
        message = (
            f"Run {run.pk} and run {earlier.pk} are not two results of one method. Nothing is "
            "compared. Choose another run."
        )
        raise Refused(message)
    after = {_identity(metric): metric for metric in metrics_from_record(run.result)}
    before = {_identity(metric): metric for metric in metrics_from_record(earlier.result)}
    rows = tuple(
        _row(run.method, before.get(key), after.get(key))
        for key in dict.fromkeys([*after, *before])
    )
    same_inputs = (run.inputs, run.parameters, run.seed) == (
        earlier.inputs, earlier.parameters, earlier.seed,
    )  # fmt: skip
    return Comparison(
        rows=rows,
        same_inputs=same_inputs,
        same_result=run.result_digest == earlier.result_digest,
        sentence=_sentence(run, earlier),
    )


def _identity(metric: Metric) -> tuple[object, ...]:
    def plain(group: object) -> object:
        return tuple(sorted(group.items())) if isinstance(group, dict) else None

    return (metric.metric, plain(metric.group), plain(metric.reference), metric.by)


def _row(method: str, before: Metric | None, after: Metric | None) -> ComparedMetric:
    present = after or before
    if present is None:
        message = "A compared metric stands in neither result."
        raise ValueError(message)
    old = before.outcome if before else None
    new = after.outcome if after else None
    both = isinstance(old, Estimate) and isinstance(new, Estimate)
    return ComparedMetric(
        key=present.metric,
        label=metric_title(method, present.metric),
        group=group_text(present),
        before=old,
        after=new,
        change=new.value - old.value if isinstance(old, Estimate) and isinstance(new, Estimate)
        else None,
        overlap=_overlap(old, new) if both else None,
    )  # fmt: skip


def _overlap(old: Outcome | None, new: Outcome | None) -> bool | None:
    if not isinstance(old, Estimate) or not isinstance(new, Estimate):
        return None
    if old.low is None or old.high is None or new.low is None or new.high is None:
        return None
    return old.low <= new.high and new.low <= old.high


def _sentence(run: Run, earlier: Run) -> str:
    if run.result_digest == earlier.result_digest:
        return f"Run {run.pk} gives the same result digest as run {earlier.pk}."
    differs = [
        word
        for word, same in (
            ("the data", run.inputs["data"]["sha256"] == earlier.inputs["data"]["sha256"]),
            ("the model", run.inputs.get("model") == earlier.inputs.get("model")),
            ("the columns", run.inputs["columns"] == earlier.inputs["columns"]),
            ("the parameters", run.parameters == earlier.parameters),
            ("the version of the method", run.method_version == earlier.method_version),
            ("the seed", run.seed == earlier.seed),
        )
        if not same
    ]
    what = ", ".join(differs) if differs else "nothing that was recorded"
    return f"Between run {earlier.pk} and run {run.pk} differ: {what}."
