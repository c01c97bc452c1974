"""The plan of a release: proposed, adjusted with a reason, locked, replaced where it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from evaluations.choices import Direction, PlanState
from evaluations.models import Check, EvaluationPlan
from evaluations.services.foresight import foresee_plan
from evaluations.services.grouping import groups_of_checks
from evaluations.services.limits import limit_history, limit_moved, title_with_limit
from evaluations.services.requirements import (
    checked_parameters,
    declared_edges,
    declared_reads,
    problems,
    require_metric,
    spec_of,
)
from rai_portal.db import row_record
from rai_portal.errors import Conflict, Refused
from rai_portal.ledger.services.record import record
from registry.models import Release
from registry.permissions import require_change
from registry.services.contributions import note_contribution
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Dataset

__all__ = [
    "LockProblem",
    "PlannedCheckInput",
    "add_check",
    "adjust_check",
    "current_plan",
    "groups_of_checks",
    "limit_history",
    "limit_moved",
    "lock_plan",
    "lock_problems",
    "propose_plan",
    "remove_check",
    "replace_plan",
    "restore_check",
]

REPORTED = "reported"
"""A policy may ask for figures alone: kept as a check that every group is estimable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheckInput:
    """A check on its way into a plan. by: group columns; () for the whole."""

    requirement: str
    title: str
    short_title: str
    method: str
    metric: str
    by: tuple[str, ...] = ()
    direction: str
    threshold: Decimal | float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockProblem:
    """Why a plan cannot be locked yet. check: None where the plan as a whole is meant."""

    check: Check | None
    sentence: str


class _Keep:
    """Marks an argument that was not given, where None has a meaning of its own."""


KEEP = _Keep()


def current_plan(release: Release) -> EvaluationPlan | None:
    """Return the newest plan of the release, draft or locked."""
    return release.evaluation_plans.order_by("-number").first()


@transaction.atomic
def propose_plan(
    *, actor: User, release: Release, planned: Sequence[PlannedCheckInput], policy_digest: str
) -> EvaluationPlan:
    """Return a draft with these checks; an existing draft keeps nothing but its number."""
    row = _release(actor, release)
    plan = current_plan(row)
    if plan is not None and plan.locked:
        message = (
            f"{plan} is locked, so its limits do not move. Nothing was changed. Replace the plan, "
            "with the reason: both stay visible."
        )
        raise Refused(message)
    before = None if plan is None else {**row_record(plan), "checks": plan.record()["checks"]}
    if plan is None:
        plan = EvaluationPlan(release=row, number=1, created_by=actor)
    plan.policy_digest = policy_digest
    save_checked(plan)
    plan.checks.all().delete()
    for position, item in enumerate(planned, start=1):
        _make_check(plan, item, position=position, proposed=True)
    foresee_plan(plan, actor=actor)
    note_contribution(release=row, user=actor, act="plan.proposed")
    record(
        actor=actor, action="plan.proposed", subject=plan,
        details={"checks": plan.record()["checks"], "replaced": before},
    )  # fmt: skip
    return plan


@transaction.atomic
def adjust_check(
    *,
    actor: User,
    check: Check,
    reason: str,
    threshold: Decimal | _Keep | None = KEEP,
    parameters: Mapping[str, Any] | None = None,
    dataset: Dataset | None = None,
) -> Check:
    """Change a limit, parameters or the dataset of a check in a draft; the reason is kept."""
    row = _draft_check(actor, check)
    before = row_record(row)
    if not isinstance(threshold, _Keep):
        row.title = title_with_limit(row.title, before=row.threshold, now=threshold)
        row.threshold = threshold
    if parameters is not None:
        row.parameters = checked_parameters(row.method, parameters)
    if dataset is not None:
        _require_same_portfolio(dataset, row.portfolio_id)
        row.dataset = dataset
    if row_record(row) == before:
        return row
    row.adjustment_reason = _reason(reason, "Say why this check differs from what was proposed.")
    return _saved(actor, row, before=before, action="check.adjusted")


@transaction.atomic
def add_check(
    *, actor: User, plan: EvaluationPlan, planned: PlannedCheckInput, reason: str
) -> Check:
    """Add a check that the policy did not ask for."""
    row = _draft(actor, plan)
    last = row.checks.order_by("-position").first()
    check = _make_check(
        row, planned, position=last.position + 1 if last else 1, proposed=False,
        reason=_reason(reason, "Say why this check is added."),
    )  # fmt: skip
    foresee_plan(row, actor=actor)
    note_contribution(release=row.release, user=actor, act="plan.changed")
    record(actor=actor, action="check.added", subject=check, reason=check.adjustment_reason)
    return check


@transaction.atomic
def remove_check(*, actor: User, check: Check, reason: str) -> Check:
    """Take a check out; it stays visible with the reason, and its requirement stays open."""
    row = _draft_check(actor, check)
    before = row_record(row)
    row.adjustment_reason = _reason(reason, "Say why this check is taken out.")
    row.removed = True
    return _saved(actor, row, before=before, action="check.removed")


@transaction.atomic
def restore_check(*, actor: User, check: Check, reason: str) -> Check:
    """Take a check in again."""
    row = _draft_check(actor, check)
    before = row_record(row)
    row.adjustment_reason = _reason(reason, "Say why this check is taken in again.")
    row.removed = False
    return _saved(actor, row, before=before, action="check.restored")


def lock_problems(plan: EvaluationPlan) -> list[LockProblem]:
    """Return what keeps the plan from being locked; empty when it can be."""
    checks = list(plan.checks.select_related("dataset").prefetch_related("dataset__columns"))
    active = [check for check in checks if not check.removed]
    if checks and not active:
        sentence = "Every check was taken out, so nothing would be measured. Take one in again."
        return [LockProblem(check=None, sentence=sentence)]
    release = plan.release
    return [
        LockProblem(check=check, sentence=sentence)
        for check in active
        for sentence in problems(check, release)
    ]


@transaction.atomic
def lock_plan(*, actor: User, plan: EvaluationPlan, reason: str = "") -> EvaluationPlan:
    """Fix limits, parameters, data with what is read of it, and method versions; a seed follows."""
    row = _draft(actor, plan)
    found = lock_problems(row)
    if found:
        first = found[0]
        name = f"{first.check.short_title}: " if first.check else ""
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        message = f"The plan was not locked. {name}{first.sentence}{more}"
        raise Refused(message)
    before = row_record(row)
    foresee_plan(row)
    for check in row.checks.all():
        check.method_version = spec_of(check.method).version
        check.edges = declared_edges(check) or None
        check.reads = declared_reads(check)
        check.save(update_fields=["method_version", "edges", "reads"])
    row.digest = row.computed_digest()
    row.state, row.locked_by, row.locked_at = PlanState.LOCKED, actor, timezone.now()
    save_checked(row)
    note_contribution(release=row.release, user=actor, act="plan.locked")
    record(
        actor=actor, action="plan.locked", subject=row, before=before, reason=reason.strip(),
        details={**row.record(), "foreseen": _foreseen(row)},
    )  # fmt: skip
    return row


def _foreseen(plan: EvaluationPlan) -> list[dict[str, Any]]:
    """Return the planner's figures by check, as they stood when the plan was locked."""
    return [
        {"check": check.pk, **(check.foresight or {})}
        for check in plan.checks.filter(removed=False).order_by("position", "pk")
    ]


@transaction.atomic
def replace_plan(*, actor: User, plan: EvaluationPlan, reason: str) -> EvaluationPlan:
    """Return a new draft with the same checks; the locked plan stays, and any moved limit shows."""
    release = _release(actor, plan.release)
    newest = current_plan(release)
    if newest is None or newest.pk != plan.pk or not newest.locked:
        message = (
            f"{plan} is not the locked plan in force. Nothing was changed. Open the newest plan "
            "and go on from there."
        )
        raise Conflict(message)
    why = _reason(reason, "Say why the locked plan is replaced; the reason is shown for ever.")
    draft = EvaluationPlan(
        release=release, number=newest.number + 1, policy_digest=newest.policy_digest,
        reason=why, created_by=actor,
    )  # fmt: skip
    save_checked(draft)
    for check in newest.checks.all():
        check.pk, check.plan = None, draft
        check._state.adding = True
        check.save(force_insert=True)
    foresee_plan(draft, actor=actor)
    note_contribution(release=release, user=actor, act="plan.replaced")
    record(
        actor=actor, action="plan.replaced", subject=draft, reason=why,
        details={"replaces": newest.pk, "digest": newest.digest},
    )  # fmt: skip
    return draft


def _release(actor: User, release: Release) -> Release:
    """Lock the release, so that two people do not plan at the same moment."""
    row = (
        Release.objects.select_for_update(of=("self",))
        .select_related("system", "model")
        .get(pk=release.pk)
    )
    require_change(actor, row.portfolio_id)
    return row


def _draft(actor: User, plan: EvaluationPlan) -> EvaluationPlan:
    _release(actor, plan.release)
    row = EvaluationPlan.objects.select_related("release__system", "release__model").get(pk=plan.pk)
    if row.locked:
        message = (
            f"{row} is locked, so nothing in it changes. Nothing was changed. Replace the plan, "
            "with the reason."
        )
        raise Refused(message)
    return row


def _draft_check(actor: User, check: Check) -> Check:
    plan = _draft(actor, check.plan)
    return plan.checks.select_related("plan__release__system").get(pk=check.pk)


def _saved(actor: User, row: Check, *, before: dict[str, Any], action: str) -> Check:
    save_checked(row)
    foresee_plan(row.plan, actor=actor)
    note_contribution(release=row.plan.release, user=actor, act="plan.changed")
    record(actor=actor, action=action, subject=row, before=before, reason=row.adjustment_reason)
    return row


def _reason(text: str, ask: str) -> str:
    if not text.strip():
        raise Refused(f"{ask} Nothing was changed until then.", field="reason")
    return text.strip()


def _make_check(
    plan: EvaluationPlan,
    item: PlannedCheckInput,
    *,
    position: int,
    proposed: bool,
    reason: str = "",
) -> Check:
    spec = spec_of(item.method)
    require_metric(item.method, item.metric)
    if item.dataset is not None:
        _require_same_portfolio(item.dataset, plan.portfolio_id)
    check = Check(
        plan=plan,
        position=position,
        requirement=item.requirement,
        title=item.title,
        short_title=item.short_title,
        method=item.method,
        method_version=spec.version,
        metric=item.metric,
        by=list(item.by),
        direction=Direction.ESTIMABLE if item.direction == REPORTED else item.direction,
        threshold=None if item.threshold is None else Decimal(str(item.threshold)),
        parameters=checked_parameters(item.method, item.parameters),
        dataset=item.dataset,
        proposed_by_policy=proposed,
        adjustment_reason=reason,
    )
    save_checked(check)
    return check


def _require_same_portfolio(dataset: Dataset, portfolio_id: int) -> None:
    if dataset.portfolio_id != portfolio_id:
        message = "The dataset belongs to another portfolio. Nothing was saved. Choose one of this."
        raise Refused(message, field="dataset")
