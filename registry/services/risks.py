"""The register of risks: recorded, changed, closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from registry import risk_scale
from registry.choices import RiskState, Treatment
from registry.models import Risk
from registry.permissions import require_change
from registry.rating_rule import needs_second_person
from registry.services.saving import save_checked, sent_before
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
    """Return a new open risk of the system; it is not rated yet. Sent twice, it is made once."""
    require_change(actor, system.portfolio_id)
    require_member(facts.owner, system.portfolio_id)
    if release is not None and release.system_id != system.pk:
        message = "The release belongs to another system. Nothing was saved. Choose one of this."
        raise Refused(message, field="release")
    risk = Risk(system=system, release=release, created_by=actor)
    _fill(risk, facts)
    earlier = sent_before(risk, under=system)
    if earlier is not None:
        return earlier
    save_risk(risk)
    record(actor=actor, action="risk.created", subject=risk)
    return risk


@transaction.atomic
def update_risk(*, actor: User, risk: Risk, facts: RiskFacts) -> Risk:
    """Change what is said of an open risk; its current rating has a service of its own.

    The inherent rating may rise. It may not fall so far that a residual rating of the same height
    would need a second person: that would be the same fall by another door.
    """
    row = locked_risk(actor, risk)
    before = row_record(row)
    _require_inherent_stays(row, facts.inherent)
    if facts.owner.pk != row.owner_id:
        require_member(facts.owner, row.portfolio_id)
    _fill(row, facts)
    if row_record(row) == before:
        return row
    save_risk(row)
    record(actor=actor, action="risk.changed", subject=row, before=before)
    return row


@transaction.atomic
def close_risk(*, actor: User, risk: Risk, reason: str) -> Risk:
    """Stop watching the risk; it stays in the register with the reason.

    Only within appetite: what is closed no longer counts, so closing would lower it to nothing.
    """
    row = locked_risk(actor, risk)
    if not reason.strip():
        message = "Say why this risk no longer needs watching. It stays open until then."
        raise Refused(message, field="reason")
    if row.score_now >= risk_scale.current().beyond_appetite:
        message = (
            f"{row.code} lies over the appetite, so it stays open. Rate what is left of it first; "
            "a second person confirms a rating that brings it within."
        )
        raise Refused(message)
    before = row_record(row)
    row.state, row.closed_reason = RiskState.CLOSED, reason.strip()
    save_risk(row)
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
    save_risk(row)
    record(actor=actor, action="risk.reopened", subject=row, before=before, reason=reason.strip())
    return row


def _row(actor: User, risk: Risk) -> Risk:
    row = Risk.objects.select_for_update(of=("self",)).select_related("system").get(pk=risk.pk)
    require_change(actor, row.portfolio_id)
    return row


def locked_risk(actor: User, risk: Risk) -> Risk:
    """Return the open risk, held until the transaction ends, for somebody who may change it."""
    row = _row(actor, risk)
    if row.state == RiskState.CLOSED:
        message = f"{row.code} is closed. Nothing was changed. Reopen it with a reason first."
        raise Refused(message)
    return row


def _require_inherent_stays(risk: Risk, inherent: Rating) -> None:
    grade = risk_scale.current().graded
    before = (risk.inherent_likelihood, risk.inherent_severity)
    why = needs_second_person(grade(before), grade((inherent.likelihood, inherent.severity)))
    if why:
        message = (
            f"The rating before any mitigation may not be lowered so far: {why}. Nothing was "
            "saved. Rate what is left of the risk instead; a second person confirms it."
        )
        raise Refused(message, field="inherent_severity")


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


def save_risk(risk: Risk) -> None:
    """Save the checked row, with the score that the database computes."""
    save_checked(risk)
    # The database computes the score; the ledger keeps the row as it stands there.
    risk.refresh_from_db(fields=["current_score"])
