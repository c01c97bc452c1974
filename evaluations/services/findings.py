"""Something observed, with a severity: made from a run or a review, closed with evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from evaluations.choices import FindingState
from evaluations.models import Finding
from evaluations.queries.finding_hands import GRAVE, history_of, lowers
from evaluations.services.metrics import require_metric_of
from rai_portal.accounts.choices import Role
from rai_portal.db import row_record
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.permissions import may_change, require_change
from registry.services.contributions import note_contribution, note_contribution_to_system
from registry.services.saving import save_checked, sent_before
from registry.services.systems import require_member

if TYPE_CHECKING:
    from evaluations.models import Run
    from rai_portal.accounts.models import User
    from registry.models import AISystem, Release, Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFacts:
    """What a person says of a finding. severity: 1 (worst) to 4."""

    title: str
    severity: int
    owner: User
    description: str = ""
    due_date: dt.date | None = None


def facts_of(finding: Finding) -> FindingFacts:
    """Return what is said of the finding now, to be changed with `dataclasses.replace`."""
    return FindingFacts(
        title=finding.title,
        severity=finding.severity,
        owner=finding.owner,
        description=finding.description,
        due_date=finding.due_date,
    )


@transaction.atomic
def create_finding(
    *,
    actor: User,
    facts: FindingFacts,
    system: AISystem | None = None,
    release: Release | None = None,
    run: Run | None = None,
    metric: Mapping[str, Any] | None = None,
    risks: Sequence[Risk] = (),
) -> Finding:
    """Return a new open finding; with a run, system and release follow from it.

    Sent twice, it is made once.
    """
    home, of_release = _home(system, release, run)
    require_change(actor, home.portfolio_id)
    require_member(facts.owner, home.portfolio_id)
    if metric is not None and run is None:
        message = "A metric needs the run that it stands in. Nothing was saved."
        raise Refused(message, field="metric")
    if metric is not None and run is not None:
        require_metric_of(run, metric)
    _require_of_system(risks, home)
    finding = Finding(
        system=home, release=of_release, run=run, created_by=actor,
        metric=None if metric is None else dict(metric),
    )  # fmt: skip
    _fill(finding, facts)
    earlier = sent_before(finding, under=home)
    if earlier is not None:
        return earlier
    save_checked(finding)
    finding.risks.set(risks)
    _note(finding, actor, "finding.created")
    details = {"risks": [risk.pk for risk in risks]}
    record(actor=actor, action="finding.created", subject=finding, details=details)
    return finding


@transaction.atomic
def update_finding(*, actor: User, finding: Finding, facts: FindingFacts) -> Finding:
    """Change what is said of an open finding; its run and its metric stay."""
    row = _open(actor, finding)
    before = row_record(row)
    if lowers(row.severity, facts.severity):
        _require_second_person(actor, row)
    if facts.owner.pk != row.owner_id:
        require_member(facts.owner, row.portfolio_id)
    _fill(row, facts)
    if row_record(row) == before:
        return row
    save_checked(row)
    _note(row, actor, "finding.changed")
    record(actor=actor, action="finding.changed", subject=row, before=before)
    return row


@transaction.atomic
def link_risks(*, actor: User, finding: Finding, risks: Sequence[Risk]) -> Finding:
    """Say which risks the finding bears on: the whole list."""
    row = _row(actor, finding)
    _require_of_system(risks, row.system)
    before = sorted(row.risks.values_list("pk", flat=True))
    row.risks.set(risks)
    after = sorted(risk.pk for risk in risks)
    if before == after:
        return row
    _note(row, actor, "finding.changed")
    record(
        actor=actor, action="finding.risks_linked", subject=row,
        details={"before": before, "after": after},
    )  # fmt: skip
    return row


@transaction.atomic
def close_finding(*, actor: User, finding: Finding, note: str) -> Finding:
    """Close a finding with what settled it; a grave one by a second person."""
    row = _open(actor, finding, closes=True)
    if not note.strip():
        message = "Say what settled this finding: the run, the change, the reason. It stays open."
        raise Refused(message, field="note")
    _require_second_person(actor, row)
    before = row_record(row)
    row.state, row.closing_note = FindingState.CLOSED, note.strip()
    row.closed_by, row.closed_at = actor, timezone.now()
    save_checked(row)
    if may_change(actor, row.portfolio_id):
        _note(row, actor, "finding.closed")  # A reviewer's word is no hand in the release.
    record(actor=actor, action="finding.closed", subject=row, before=before, reason=note.strip())
    return row


@transaction.atomic
def reopen_finding(*, actor: User, finding: Finding, reason: str) -> Finding:
    """Open a closed finding again."""
    row = _row(actor, finding)
    if row.state == FindingState.OPEN:
        return row
    if not reason.strip():
        message = "Say why this finding is open again. It stays closed until then."
        raise Refused(message, field="reason")
    before = row_record(row)
    row.state, row.closed_by, row.closed_at = FindingState.OPEN, None, None
    row.closing_note = ""
    save_checked(row)
    _note(row, actor, "finding.reopened")
    record(
        actor=actor, action="finding.reopened", subject=row, before=before, reason=reason.strip()
    )
    return row


def _home(
    system: AISystem | None, release: Release | None, run: Run | None
) -> tuple[AISystem, Release | None]:
    """Return the system and release that a finding belongs to."""
    if run is not None:
        if run.state != WorkState.SUCCEEDED:
            message = f"Run {run.pk} has no result to find anything in. Nothing was saved."
            raise Refused(message, field="run")
        release = run.release or release
    found = release.system if release is not None else system
    if found is None:
        message = "A finding belongs to a system. Nothing was saved. Choose the system first."
        raise Refused(message, field="system")
    strange = system is not None and system.pk != found.pk
    if strange or (run is not None and run.portfolio_id != found.portfolio_id):
        message = "The run belongs to another system. Nothing was saved. Choose one of this."
        raise Refused(message, field="run")
    return found, release


def _require_of_system(risks: Sequence[Risk], system: AISystem) -> None:
    for risk in risks:
        if risk.system_id != system.pk:
            message = f"{risk.code} belongs to another system. Nothing was saved. Choose one of it."
            raise Refused(message, field="risks")


def may_close(actor: User, finding: Finding) -> bool:
    """Return whether the person may close it: a reviewer too, a grave one never its own people."""
    known = may_change(actor, finding.portfolio_id) or (
        actor.is_active
        and not actor.is_service
        and actor.has_role(Role.REVIEWER, portfolio_id=finding.portfolio_id)
    )
    return known and not _is_grave_and_own(actor, finding)


def _is_grave_and_own(actor: User, finding: Finding) -> bool:
    history = history_of(finding)
    return history.severity <= GRAVE and history.is_own(actor.pk)


def _require_second_person(actor: User, finding: Finding) -> None:
    if _is_grave_and_own(actor, finding):
        message = (
            "A Sev1 or Sev2 finding is closed or lowered by a second person: nobody who made it, "
            "ever owned it or changed it. Nothing was changed. Ask a reviewer, or another analyst "
            "or owner."
        )
        raise NotAllowed(message)


def _row(actor: User, finding: Finding, *, closes: bool = False) -> Finding:
    rows = Finding.objects.select_for_update(of=("self",))
    row = rows.select_related("system", "release").get(pk=finding.pk)
    reviews = actor.is_active and actor.has_role(Role.REVIEWER, portfolio_id=row.portfolio_id)
    if not (closes and reviews and not actor.is_service):
        require_change(actor, row.portfolio_id)
    return row


def _open(actor: User, finding: Finding, *, closes: bool = False) -> Finding:
    row = _row(actor, finding, closes=closes)
    if row.state == FindingState.CLOSED:
        message = "This finding is closed. Nothing was changed. Open it again with a reason first."
        raise Refused(message)
    return row


def _fill(finding: Finding, facts: FindingFacts) -> None:
    finding.title, finding.description = facts.title.strip(), facts.description.strip()
    finding.severity, finding.owner = facts.severity, facts.owner
    finding.due_date = facts.due_date


def _note(finding: Finding, actor: User, act: str) -> None:
    if finding.release is not None:
        note_contribution(release=finding.release, user=actor, act=act)
    else:
        note_contribution_to_system(system=finding.system, user=actor, act=act)
