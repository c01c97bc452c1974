"""Reads runs, plan and the release before, for documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assessments.documents.facts import Change, FigureFacts, GateFacts, Line, PlanFacts, RunFacts
from assessments.services.gates import ReleaseGate
from evaluations.methods import catalogue
from evaluations.models import Check, Run, RunVerdict
from evaluations.services.plans import limit_moved
from rai_portal.work.choices import WorkState
from registry.models import Release


def resting_on(release: Release, gate: GateFacts, scope: str) -> tuple[int, ...]:
    """Return the runs that the gate rests on, and the newest others that counted on this scope."""
    named = {line.run_id for line in gate.lines if line.run_id is not None}
    rows = Run.objects.filter(release=release, state=WorkState.SUCCEEDED, counts=True)
    kept = [
        row
        for row in rows.defer("result", "inputs").order_by("pk")
        if row.pk in named or row.scope_digest == scope
    ]
    newest = {(row.method, str(row.parameters), row.dataset_id): row.pk for row in kept}
    return tuple(row.pk for row in kept if row.pk in named or row.pk in newest.values())


def runs_of(ids: Iterable[int]) -> tuple[RunFacts, ...]:
    """Return these runs with their results."""
    rows = Run.objects.filter(pk__in=list(ids))
    rows = rows.select_related("dataset", "started_by", "narrative_confirmed_by")
    return tuple(_run(row) for row in rows.order_by("pk"))


def _run(row: Run) -> RunFacts:
    result: Mapping[str, Any] = row.result or {}
    person = row.narrative_confirmed_by
    return RunFacts(
        id=row.pk,
        title=row.title,
        method=row.method,
        method_version=row.method_version,
        method_title=_method_title(row.method),
        dataset=row.dataset.name,
        look=row.look,
        seed=row.seed,
        started_by=str(row.started_by),
        ended_at=row.ended_at,
        scope_digest=row.scope_digest,
        result_digest=row.result_digest,
        headline=row.headline,
        narrative=result.get("narrative", {}),
        narrative_confirmed_by=str(person) if person else "",
        metrics=tuple(result.get("metrics", ())),
        excluded=tuple(result.get("excluded", ())),
        figures=tuple(
            FigureFacts(
                key=item["key"],
                title=item["title"],
                text_alternative=item["text_alternative"],
                svg=item.get("svg") or "",
            )
            for item in result.get("figures", ())
        ),
    )


def _method_title(key: str) -> str:
    known = {spec.key: spec.title for spec in catalogue.all_methods()}
    return known.get(key, key)


def plan_of(found: ReleaseGate) -> PlanFacts | None:
    """Return the newest plan, and which of its limits were moved after a lock."""
    plan = found.plan
    if plan is None:
        return None
    return PlanFacts(
        number=plan.number,
        locked_on=plan.locked_at.date() if plan.locked_at else None,
        digest=plan.digest,
        reason=plan.reason,
        moved=tuple(check.title for check in found.checks if limit_moved(check)),
        foreseen={
            check.requirement: check.foresight["warning"]
            for check in found.checks
            if plan.locked and check.foresight and check.foresight.get("low")
        },
        history=_history(found.release),
    )


def _history(release: Release) -> tuple[str, ...]:
    """Return what became of the plan, one sentence each; a copied change is said once."""
    plans = list(
        release.evaluation_plans.order_by("number")
        .select_related("locked_by")
        .prefetch_related("checks")
    )
    said: list[str] = []
    seen = set()
    for plan, after in zip(plans, [*plans[1:], None], strict=True):
        changed: dict[tuple[str, str], list[str]] = {}
        for check in sorted(plan.checks.all(), key=lambda item: (item.position, item.pk)):
            change = _change_of(check)
            about = (check.requirement, check.metric, change, check.adjustment_reason)
            if change and about not in seen:
                seen.add(about)
                reason = check.adjustment_reason.rstrip(".")
                changed.setdefault((change, reason), []).append(check.title)
        said += [
            f"{change} in plan {plan.number}: {'; '.join(titles)} ({reason})."
            for (change, reason), titles in changed.items()
        ]
        if after is not None and plan.locked_at is not None:
            day = plan.locked_at.date()
            said.append(
                f"Plan {plan.number}, locked on {day} by {plan.locked_by}, was replaced by plan "
                f"{after.number}: {after.reason.rstrip('.')}."
            )
    return tuple(said)


def _change_of(check: Check) -> str:
    """Return what was done to a proposed check before its plan was locked; "" for nothing."""
    if check.removed:
        return "Taken out"
    if not check.proposed_by_policy:
        return "Added"
    return "Adjusted" if check.adjustment_reason else ""


def changes_of(release: Release, gate: GateFacts) -> tuple[Change, ...]:
    """Return each measured requirement beside what the release before gave for it."""
    previous = release.cloned_from
    if previous is None:
        return ()
    rows = (
        RunVerdict.objects.filter(
            run__release=previous,
            run__counts=True,
            run__state=WorkState.SUCCEEDED,
            value__isnull=False,
        )
        .select_related("check_row")
        .order_by("run_id", "pk")
    )
    before = {row.check_row.requirement: row for row in rows}
    return tuple(
        _change(line, before[line.key])
        for line in gate.lines
        if line.numbers is not None and line.key in before
    )


def _change(line: Line, row: RunVerdict) -> Change:
    return Change(
        title=line.title,
        before={"value": row.value, "low": row.low, "high": row.high, "n": row.n},
        before_run=row.run_id,
        now=line.numbers or {},
        now_run=line.run_id,
    )
