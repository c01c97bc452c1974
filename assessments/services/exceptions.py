"""A requirement waived for a time: asked for by those who work on it, answered by another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone

from assessments.models import ExceptionGrant, Review
from assessments.rules.decision_rights import may_grant_exception
from assessments.rules.gate import RequirementStatus
from assessments.rules.policy_data import ExceptionRule
from assessments.services.gates import ReleaseGate
from assessments.services.requirements import applying, require_no_hand
from evaluations.methods.more_rows import HARDLY
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record
from registry.permissions import require_change
from registry.services.contributions import note_contribution

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Plea:
    """Why a requirement should be waived, what is done instead, and until when."""

    reason: str
    compensation: str
    expires_on: dt.date


def rule_for(found: ReleaseGate, status: RequirementStatus) -> ExceptionRule | None:
    """Return the policy's rule for excepting the requirement as it stands now."""
    if found.policy is None or found.tier is None:
        return None
    return found.policy.decision_rights.exception(found.tier, status.category, status.status)


def require_rule(found: ReleaseGate, status: RequirementStatus) -> ExceptionRule:
    """Return the rule, or refuse with what the policy says."""
    rule = rule_for(found, status)
    if rule is None or not rule.roles:
        why = rule.sentence if rule else "The policy knows no exception for it as it stands."
        raise Refused(f"{status.title}: {why} Nothing was kept. Mend it instead.")
    return rule


def data_to_collect(status: RequirementStatus) -> str:
    """Return the planner's sentence on the rows that would settle it; "" if none would."""
    if status.status != "inconclusive" or status.mend == HARDLY:
        return ""
    return status.mend


def last_day(rule: ExceptionRule, today: dt.date) -> dt.date:
    """Return the latest day until which an exception may stand."""
    return today + dt.timedelta(days=rule.max_days)


@transaction.atomic
def request_exception(*, actor: User, release: Release, key: str, plea: Plea) -> ExceptionGrant:
    """Ask for an exception. It changes nothing at the gate until it is granted."""
    require_change(actor, release.portfolio_id)
    found, status = applying(release, key)
    if not status.is_open:
        message = f"{status.title} is not open, so it needs no exception. Nothing was kept."
        raise Refused(message)
    rule = require_rule(found, status)
    _require_plea(plea, rule)
    if _waiting(release, key).exists():
        message = "An exception for this requirement waits for an answer already. Nothing was kept."
        raise Conflict(message)
    row = ExceptionGrant.objects.create(
        release=release,
        requirement=key,
        status_accepted=status.status,
        scope_digest=found.gate.scope_digest,
        reason=plea.reason.strip(),
        compensation=plea.compensation.strip(),
        expires_on=plea.expires_on,
        requested_by=actor,
        requested_at=timezone.now(),
    )
    note_contribution(release=release, user=actor, act="exception.requested")
    record(actor=actor, action="exception.requested", subject=row)
    return row


@transaction.atomic
def answer_exception(
    *,
    actor: User,
    exception: ExceptionGrant,
    grant: bool,
    note: str = "",
    review: Review | None = None,
) -> ExceptionGrant:
    """Grant or refuse. Only by a person with the right who had no hand in the release.

    review: in whose deciding it is granted; it falls with a no-go there.
    """
    row = (
        ExceptionGrant.objects.select_for_update()
        .select_related("release__system")
        .get(pk=exception.pk)
    )
    if row.granted_at is not None or row.refused_at is not None:
        message = "This exception was answered already. Nothing was changed."
        raise Conflict(message)
    found, status = applying(row.release, row.requirement)
    require_no_hand(actor, found, "answers its exceptions")
    _require_right(actor, row, found, status)
    before = row_record(row)
    if grant:
        _require_unchanged(row, found, status)
        row.granted_by, row.granted_at, row.review = actor, timezone.now(), review
        row.roles = sorted(actor.roles_in(row.portfolio_id))
    else:
        row.refused_at = timezone.now()
    row.save()
    action = "exception.granted" if grant else "exception.refused"
    record(actor=actor, action=action, subject=row, reason=note.strip(), before=before)
    return row


def _waiting(release: Release, key: str) -> models.QuerySet[ExceptionGrant]:
    return ExceptionGrant.objects.filter(
        release=release, requirement=key, granted_at__isnull=True, refused_at__isnull=True
    )


def _require_plea(plea: Plea, rule: ExceptionRule) -> None:
    today = timezone.now().date()
    if not plea.reason.strip():
        message = "Write why the requirement should be waived. Nothing was kept."
        raise Refused(message, field="reason")
    if not plea.compensation.strip():
        what = "which data will be collected" if rule.needs_data else "what is done instead"
        message = f"Write {what}. Nothing was kept."
        raise Refused(message, field="compensation")
    latest = last_day(rule, today)
    if not today < plea.expires_on <= latest:
        message = f"It may stand until {latest} at the latest, from tomorrow. Nothing was kept."
        raise Refused(message, field="expires_on")


def _require_right(
    actor: User, row: ExceptionGrant, found: ReleaseGate, status: RequirementStatus
) -> None:
    if found.policy is None:
        message = "The policy of this release cannot be read. Nothing was changed."
        raise Refused(message)
    permission = may_grant_exception(
        found.policy,
        actor_id=str(actor.pk),
        roles=actor.roles_in(row.portfolio_id) if actor.is_active else (),
        contributor_ids={str(pk) for pk in (*found.contributors, row.requested_by_id)},
        tier=found.tier,
        category=status.category,
        status=row.status_accepted,
        has_data_to_collect=bool(row.compensation.strip()),
    )
    if not permission.allowed:
        raise NotAllowed(f"{permission.reason} Nothing was changed.")


def _require_unchanged(row: ExceptionGrant, found: ReleaseGate, status: RequirementStatus) -> None:
    same = row.scope_digest == found.gate.scope_digest and row.status_accepted == status.status
    if not same or row.expires_on <= timezone.now().date():
        message = (
            "What was to be excepted has changed since it was asked for. Nothing was granted. "
            "Refuse it, and have it asked for anew."
        )
        raise Conflict(message)
