"""The register of risks: recorded, changed, rated, closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from registry.choices import RiskState, Treatment
from registry.models import Risk
from registry.permissions import require_change
from registry.services.contributions import note_contribution_to_system
from registry.services.evidence import Upload, keep_evidence
from registry.services.saving import save_checked
from registry.services.systems import require_member

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import AISystem, Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A cell of the matrix: likelihood and severity, 1 to 5 each."""

    likelihood: int
    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """What a person says of a risk; dimension and treatment are values of registry.choices.

    inherent: before any mitigation. target: what is aimed at, None where nothing was set.
    """

    title: str
    cause: str
    event: str
    harm: str
    affected_groups: str
    dimension: str
    owner: User
    inherent: Rating
    target: Rating | None = None
    treatment: str = Treatment.MITIGATE
    due_date: dt.date | None = None


def facts_of(risk: Risk) -> RiskFacts:
    """Return what is said of the risk now, to be changed with `dataclasses.replace`."""
    target = None
    if risk.target_likelihood and risk.target_severity:
        target = Rating(likelihood=risk.target_likelihood, severity=risk.target_severity)
    return RiskFacts(
        title=risk.title,
        cause=risk.cause,
        event=risk.event,
        harm=risk.harm,
        affected_groups=risk.affected_groups,
        dimension=risk.dimension,
        owner=risk.owner,
        inherent=Rating(likelihood=risk.inherent_likelihood, severity=risk.inherent_severity),
        target=target,
        treatment=risk.treatment,
        due_date=risk.due_date,
    )


@transaction.atomic
def create_risk(
    *, actor: User, system: AISystem, facts: RiskFacts, release: Release | None = None
) -> Risk:
    """Return a new open risk of the system; it is not rated yet."""
    require_change(actor, system.portfolio_id)
    require_member(facts.owner, system.portfolio_id)
    if release is not None and release.system_id != system.pk:
        message = "The release belongs to another system. Nothing was saved. Choose one of this."
        raise Refused(message, field="release")
    risk = Risk(system=system, release=release, created_by=actor)
    _fill(risk, facts)
    _save(risk)
    note_contribution_to_system(system=system, user=actor, act="risk.created")
    record(actor=actor, action="risk.created", subject=risk)
    return risk


@transaction.atomic
def update_risk(*, actor: User, risk: Risk, facts: RiskFacts) -> Risk:
    """Change what is said of an open risk; its current rating has a service of its own."""
    row = _locked(actor, risk)
    before = row_record(row)
    if facts.owner.pk != row.owner_id:
        require_member(facts.owner, row.portfolio_id)
    _fill(row, facts)
    if row_record(row) == before:
        return row
    _save(row)
    note_contribution_to_system(system=row.system, user=actor, act="risk.changed")
    record(actor=actor, action="risk.changed", subject=row, before=before)
    return row


@transaction.atomic
def rate_risk(
    *,
    actor: User,
    risk: Risk,
    rating: Rating,
    rationale: str,
    evidence: Upload | None = None,
) -> Risk:
    """Say what is left of the risk now, why, and on which file it rests."""
    row = _locked(actor, risk)
    if not rationale.strip():
        message = "A rating needs its reason: what was seen, and why it is no higher and no lower."
        raise Refused(message, field="rationale")
    before = row_record(row)
    row.current_likelihood = rating.likelihood
    row.current_severity = rating.severity
    row.rating_rationale = rationale.strip()
    row.rated_by, row.rated_at = actor, timezone.now()
    if evidence is not None:
        row.rating_evidence = keep_evidence(
            actor=actor, portfolio=row.system.portfolio, upload=evidence
        )
    _save(row)
    note_contribution_to_system(system=row.system, user=actor, act="risk.rated")
    record(actor=actor, action="risk.rated", subject=row, before=before, reason=rationale.strip())
    return row


@transaction.atomic
def close_risk(*, actor: User, risk: Risk, reason: str) -> Risk:
    """Stop watching the risk; it stays in the register with the reason."""
    row = _locked(actor, risk)
    if not reason.strip():
        message = "Say why this risk no longer needs watching. It stays open until then."
        raise Refused(message, field="reason")
    before = row_record(row)
    row.state, row.closed_reason = RiskState.CLOSED, reason.strip()
    _save(row)
    note_contribution_to_system(system=row.system, user=actor, act="risk.closed")
    record(actor=actor, action="risk.closed", subject=row, before=before, reason=reason.strip())
    return row


@transaction.atomic
def reopen_risk(*, actor: User, risk: Risk, reason: str) -> Risk:
    """Watch a closed risk again."""
    row = _row(actor, risk)
    if not reason.strip():
        message = "Say why this risk needs watching again. It stays closed until then."
        raise Refused(message, field="reason")
    before = row_record(row)
    row.state, row.closed_reason = RiskState.OPEN, ""
    _save(row)
    note_contribution_to_system(system=row.system, user=actor, act="risk.reopened")
    record(actor=actor, action="risk.reopened", subject=row, before=before, reason=reason.strip())
    return row


def _row(actor: User, risk: Risk) -> Risk:
    row = Risk.objects.select_for_update(of=("self",)).select_related("system").get(pk=risk.pk)
    require_change(actor, row.portfolio_id)
    return row


def _locked(actor: User, risk: Risk) -> Risk:
    row = _row(actor, risk)
    if row.state == RiskState.CLOSED:
        message = f"{row.code} is closed. Nothing was changed. Reopen it with a reason first."
        raise Refused(message)
    return row


def _fill(risk: Risk, facts: RiskFacts) -> None:
    risk.title, risk.cause = facts.title.strip(), facts.cause.strip()
    risk.event, risk.harm = facts.event.strip(), facts.harm.strip()
    risk.affected_groups = facts.affected_groups.strip()
    risk.dimension, risk.treatment = facts.dimension, facts.treatment
    risk.owner, risk.due_date = facts.owner, facts.due_date
    risk.inherent_likelihood = facts.inherent.likelihood
    risk.inherent_severity = facts.inherent.severity
    risk.target_likelihood = facts.target.likelihood if facts.target else None
    risk.target_severity = facts.target.severity if facts.target else None


def _save(risk: Risk) -> None:
    save_checked(risk)
    # The database computes the score; the ledger keeps the row as it stands there.
    risk.refresh_from_db(fields=["current_score"])
