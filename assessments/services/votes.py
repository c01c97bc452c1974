"""Signatures of the board. One person signs once, on what the page showed, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.choices import DecisionKind
from assessments.models import Decision, ExceptionGrant, GateSnapshot, Review, Vote
from assessments.rules.decision_rights import Choice, choices
from assessments.services.decisions import settle
from assessments.services.exceptions import Plea, answer_exception, last_day, require_rule
from assessments.services.gates import ReleaseGate, release_gate, snapshot_gate
from assessments.services.recommendations import (
    ConditionInput,
    locked,
    require_conditions,
    require_open,
)
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What a person signs. The two digests are those of the page that they read.

    exceptions: by requirement key, for a go with conditions on a gate that is not ready.
    """

    kind: str
    reason: str
    scope_digest: str
    gate_digest: str
    conditions: Sequence[ConditionInput] = ()
    exceptions: Sequence[tuple[str, Plea]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a signature came to: the decision, if it settled the matter, and a sentence."""

    decision: Decision | None
    sentence: str


class SignedAlready(Conflict):
    """The person has signed this review before; that signature stands."""


def choices_for(review: Review, found: ReleaseGate, user: User) -> tuple[Choice, Choice, Choice]:
    """Return go, go with conditions and no-go as they stand for this person, with the reason."""
    if found.policy is None:
        closed = [
            Choice(kind=kind, open=False, reason=found.gate.reason)  # type: ignore[arg-type]
            for kind in DecisionKind.values
        ]
        return closed[0], closed[1], closed[2]
    if user.is_service or not user.is_active:
        roles: frozenset[str] = frozenset()
    else:
        roles = user.roles_in(review.portfolio_id)
    return choices(
        found.policy,
        found.gate,
        actor_id=str(user.pk),
        roles=roles,
        contributor_ids={str(pk) for pk in found.contributors},
        requester_ids={str(review.recommended_by_id)},
        tier=found.tier,
    )


@transaction.atomic
def vote(*, actor: User, review: Review, ballot: Ballot) -> Signed:
    """Sign for the person; the decision is made in the same transaction when it is settled.

    Refused to who had a hand in the release, to who has no deciding role, for a choice that the
    gate closes, and when scope or gate are no longer those of the page.
    """
    row = locked(review)
    now = timezone.now()
    if Vote.objects.filter(review=row, voter=actor).exists():
        message = "You have signed this review already. Your signature stands; none was added."
        raise SignedAlready(message)
    require_open(row)
    found = release_gate(row.release, now=now)
    choice = _require_choice(row, found, actor, ballot)
    _require_unchanged(row, found, ballot)
    _require_words(row, found, ballot, now.date())
    seen = snapshot_gate(row.release, now=now)
    if choice.exceptions:
        found, now = _grant(actor, row, found, choice, ballot), timezone.now()
    _sign(actor, row, seen, ballot, now)
    # Exceptions of this act were granted just now: the gate that is kept comes after them.
    settled = settle(review=row, found=found, actor=actor, now=timezone.now())
    return Signed(decision=settled.decision, sentence=settled.reason)


def _require_choice(review: Review, found: ReleaseGate, actor: User, ballot: Ballot) -> Choice:
    if actor.is_service or not actor.is_active:
        message = "A pipeline never approves. Nothing was signed. A person with the right does."
        raise NotAllowed(message)
    options = choices_for(review, found, actor)
    if not any(option.open for option in options):
        raise NotAllowed(f"{options[0].reason} Nothing was signed.")
    chosen = next((option for option in options if option.kind == ballot.kind), None)
    if chosen is None:
        message = "Choose go, go with conditions or no-go. Nothing was signed."
        raise Refused(message, field="kind")
    if not chosen.open:
        raise Refused(f"{chosen.reason} Nothing was signed. Choose again.", field="kind")
    return chosen


def _require_unchanged(review: Review, found: ReleaseGate, ballot: Ballot) -> None:
    scope = found.gate.scope_digest
    if scope != review.scope_digest:
        message = (
            "The scope of the release has changed since the recommendation. Nothing was signed. "
            "Ask the analyst to recommend anew."
        )
        raise Conflict(message)
    if ballot.scope_digest != scope or ballot.gate_digest != found.gate.digest:
        message = (
            "The gate has changed since you opened this page. Nothing was signed. Read the page "
            "again, then sign."
        )
        raise Conflict(message)


def _require_words(review: Review, found: ReleaseGate, ballot: Ballot, today: dt.date) -> None:
    if not ballot.reason.strip():
        message = "Write your reason; it goes into the minutes. Nothing was signed."
        raise Refused(message, field="reason")
    if ballot.kind != DecisionKind.GO_WITH_CONDITIONS:
        return
    if not ballot.conditions:
        message = "Name at least one condition, its owner and its day. Nothing was signed."
        raise Refused(message, field="conditions")
    until = today + dt.timedelta(days=_valid_days(found))
    require_conditions(ballot.conditions, review.portfolio_id, today, until=until)


def _valid_days(found: ReleaseGate) -> int:
    rule = found.decision_rule
    return rule.valid_days if rule else 0


def _grant(
    actor: User, review: Review, found: ReleaseGate, choice: Choice, ballot: Ballot
) -> ReleaseGate:
    """Grant the exceptions that this choice needs, and return the gate as it is then."""
    pleas = dict(ballot.exceptions)
    for key in choice.exceptions:
        exception = _asked_for(review, found, key) or _write(actor, review, found, key, pleas)
        answer_exception(
            actor=actor,
            exception=exception,
            grant=True,
            note=f"In the act of deciding on review {review.pk}.",
            review=review,
        )
    after = release_gate(review.release, now=timezone.now())
    if not after.gate.ready:
        message = (
            f"With these exceptions the gate is still not ready: {after.gate.readiness} Nothing "
            "was signed. Choose a no-go, or have the rest mended."
        )
        raise Refused(message, field="kind")
    return after


def _asked_for(review: Review, found: ReleaseGate, key: str) -> ExceptionGrant | None:
    """Return a request for the same exception that waits for an answer."""
    status = found.requirement(key)
    return ExceptionGrant.objects.filter(
        release=review.release,
        requirement=key,
        scope_digest=found.gate.scope_digest,
        status_accepted=status.status if status else "",
        granted_at__isnull=True,
        refused_at__isnull=True,
    ).first()


def _write(
    actor: User, review: Review, found: ReleaseGate, key: str, pleas: dict[str, Plea]
) -> ExceptionGrant:
    status = found.requirement(key)
    if status is None:
        message = "A requirement has gone since you opened this page. Nothing was signed."
        raise Conflict(message)
    plea, rule = pleas.get(key), require_rule(found, status)
    if plea is None or not plea.reason.strip() or not plea.compensation.strip():
        what = "data to be collected" if rule.needs_data else "what is done instead"
        message = f"{status.title}: write the reason and the {what}. Nothing was signed."
        raise Refused(message, field="exceptions")
    today = timezone.now().date()
    latest = last_day(rule, today)
    if not today < plea.expires_on <= latest:
        message = f"{status.title}: it may stand until {latest} at the latest. Nothing was signed."
        raise Refused(message, field="exceptions")
    row = ExceptionGrant.objects.create(
        release=review.release,
        requirement=key,
        status_accepted=status.status,
        scope_digest=found.gate.scope_digest,
        reason=plea.reason.strip(),
        compensation=plea.compensation.strip(),
        expires_on=plea.expires_on,
        requested_by=review.recommended_by,
        requested_at=timezone.now(),
        worded_by=actor,
    )
    record(
        actor=actor,
        action="exception.requested",
        subject=row,
        reason=f"Worded by the board for review {review.pk}, which asks for a decision.",
    )
    return row


def _sign(
    actor: User, review: Review, seen: GateSnapshot, ballot: Ballot, now: dt.datetime
) -> None:
    conditional = ballot.kind == DecisionKind.GO_WITH_CONDITIONS
    try:
        with transaction.atomic():
            row = Vote.objects.create(
                review=review,
                voter=actor,
                kind=ballot.kind,
                reason=ballot.reason.strip(),
                conditions=[item.as_record() for item in ballot.conditions] if conditional else [],
                scope_digest=seen.scope_digest,
                gate_digest=seen.digest,
                roles=sorted(actor.roles_in(review.portfolio_id)),
                function=actor.function,
                signed_at=now,
            )
    except IntegrityError as error:
        # The guards know only what is stored: what slips past the domain ends here.
        message = "The database refused this signature. Nothing was signed. Read the page again."
        raise Conflict(message) from error
    record(actor=actor, action="vote.signed", subject=row, reason=row.reason)
