"""Actions against risks: planned, worked on, done, and verified by evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from registry.choices import MitigationStatus, RiskState
from registry.models import Mitigation
from registry.permissions import require_change
from registry.queries.mitigation_hands import own_people_of
from registry.services.evidence import Upload, keep_evidence
from registry.services.saving import save_checked, sent_before
from registry.services.systems import require_member

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Risk

BY_HAND = (
    MitigationStatus.PLANNED,
    MitigationStatus.IN_PROGRESS,
    MitigationStatus.DONE,
    MitigationStatus.DROPPED,
)
"""Statuses that a person sets; verified has a service of its own, since it needs evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationFacts:
    """What a person says of a mitigation."""

    title: str
    owner: User
    description: str = ""
    due_date: dt.date | None = None


def facts_of(mitigation: Mitigation) -> MitigationFacts:
    """Return what is said of it now, to be changed with `dataclasses.replace`."""
    return MitigationFacts(
        title=mitigation.title,
        owner=mitigation.owner,
        description=mitigation.description,
        due_date=mitigation.due_date,
    )


@transaction.atomic
def create_mitigation(*, actor: User, risk: Risk, facts: MitigationFacts) -> Mitigation:
    """Return a new action against an open risk. Sent twice, it is made once."""
    require_change(actor, risk.portfolio_id)
    require_member(facts.owner, risk.portfolio_id)
    if risk.state == RiskState.CLOSED:
        message = f"{risk.code} is closed. Nothing was saved. Reopen it with a reason first."
        raise Refused(message)
    mitigation = Mitigation(risk=risk, created_by=actor)
    _fill(mitigation, facts)
    earlier = sent_before(mitigation, under=risk)
    if earlier is not None:
        return earlier
    save_checked(mitigation)
    record(actor=actor, action="mitigation.created", subject=mitigation)
    return mitigation


@transaction.atomic
def update_mitigation(*, actor: User, mitigation: Mitigation, facts: MitigationFacts) -> Mitigation:
    """Change an action that is not verified yet."""
    row = _locked(actor, mitigation)
    before = row_record(row)
    if facts.owner.pk != row.owner_id:
        require_member(facts.owner, row.portfolio_id)
    _fill(row, facts)
    if row_record(row) == before:
        return row
    save_checked(row)
    record(actor=actor, action="mitigation.changed", subject=row, before=before)
    return row


@transaction.atomic
def set_status(*, actor: User, mitigation: Mitigation, status: str, reason: str = "") -> Mitigation:
    """Say how far an action is; dropping one needs a reason, verifying another service."""
    row = _locked(actor, mitigation)
    if status not in BY_HAND:
        message = "Verified needs evidence and a second person. Nothing was changed. Verify it."
        raise Refused(message, field="status")
    if status == MitigationStatus.DROPPED and not reason.strip():
        message = "Say why this mitigation is dropped. It stays as it was until then."
        raise Refused(message, field="reason")
    if status == row.status:
        return row
    before = row_record(row)
    row.status = status
    save_checked(row)
    record(
        actor=actor, action="mitigation.status_set", subject=row, before=before,
        reason=reason.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def verify_mitigation(
    *,
    actor: User,
    mitigation: Mitigation,
    note: str,
    reference: str = "",
    evidence: Upload | None = None,
) -> Mitigation:
    """Say that the action works, on evidence, by somebody whose own it never was."""
    row = _locked(actor, mitigation)
    if actor.pk in own_people_of(row):
        message = (
            "You made, owned or changed this mitigation, so somebody else verifies it. It keeps "
            "its status. Ask another analyst or system owner."
        )
        raise Refused(message)
    if row.status == MitigationStatus.DROPPED:
        message = "A dropped mitigation is not verified. Take it up again first."
        raise Refused(message)
    if evidence is None and not reference.strip():
        message = (
            "Verified needs evidence: a file, or a reference such as run 118. The mitigation keeps "
            "its status. Add one of them."
        )
        raise Refused(message, field="reference")
    before = row_record(row)
    row.status = MitigationStatus.VERIFIED
    row.verified_by, row.verified_at = actor, timezone.now()
    row.verification_note, row.evidence_reference = note.strip(), reference.strip()
    if evidence is not None:
        row.evidence = keep_evidence(
            actor=actor, portfolio=row.risk.system.portfolio, upload=evidence
        )
    save_checked(row)
    record(actor=actor, action="mitigation.verified", subject=row, before=before, reason=note)
    return row


@transaction.atomic
def reopen_mitigation(*, actor: User, mitigation: Mitigation, reason: str) -> Mitigation:
    """Take back a verification that no longer holds; the ledger keeps what it rested on."""
    row = _row(actor, mitigation)
    if row.status != MitigationStatus.VERIFIED:
        message = "This mitigation is not verified. Nothing was changed."
        raise Refused(message)
    if not reason.strip():
        message = "Say why the verification no longer holds. It stays verified until then."
        raise Refused(message, field="reason")
    before = row_record(row)
    row.status = MitigationStatus.IN_PROGRESS
    row.verified_by = row.verified_at = row.evidence = None
    row.evidence_reference = row.verification_note = ""
    save_checked(row)
    record(
        actor=actor, action="mitigation.reopened", subject=row, before=before,
        reason=reason.strip(),
    )  # fmt: skip
    return row


def _row(actor: User, mitigation: Mitigation) -> Mitigation:
    rows = Mitigation.objects.select_for_update(of=("self",))
    row = rows.select_related("risk__system").get(pk=mitigation.pk)
    require_change(actor, row.portfolio_id)
    return row


def _locked(actor: User, mitigation: Mitigation) -> Mitigation:
    row = _row(actor, mitigation)
    if row.status == MitigationStatus.VERIFIED:
        message = (
            "This mitigation is verified, so it does not change. Nothing was saved. Reopen it with "
            "a reason first."
        )
        raise Refused(message)
    return row


def _fill(mitigation: Mitigation, facts: MitigationFacts) -> None:
    mitigation.title, mitigation.description = facts.title.strip(), facts.description.strip()
    mitigation.owner, mitigation.due_date = facts.owner, facts.due_date
