"""Decisions: made by the signatures that count, bound to what the deciders saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import DocumentKind, ReviewState
from assessments.documents.reading import gate_facts, read_seen
from assessments.documents.rendering import plain_record
from assessments.models import Decision, DecisionCondition, GateSnapshot, PolicyVersion, Review
from assessments.models import Vote as VoteRow
from assessments.rules.decision_rights import Settlement
from assessments.services.documents import request_made
from assessments.services.gates import ReleaseGate, snapshot_gate
from assessments.services.signatures import settlement_of, still_given
from rai_portal.accounts.choices import Role
from rai_portal.db import row_record
from rai_portal.errors import Conflict, NotAllowed, Refused
from rai_portal.ledger.services.record import record
from registry.queries.hands import hands_in

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

CONFIRMS = (Role.REVIEWER, Role.BOARD, Role.EXECUTIVE)
"""Who judges releases of the portfolio may confirm that a condition is met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Whether there is a decision now, and one sentence on it."""

    decision: Decision | None
    reason: str


def counting_votes(review: Review, found: ReleaseGate) -> tuple[VoteRow, ...]:
    """Return the signatures that still hold: of this scope and tier, on a gate no better than now.

    A no-go always holds. An approval of a gate that has worsened since was given for something
    else.
    """
    rows = list(VoteRow.objects.filter(review=review).select_related("voter").order_by("pk"))
    snapshots = GateSnapshot.objects.filter(
        release=review.release_id, digest__in={row.gate_digest for row in rows}
    )
    seen = {snapshot.digest: snapshot for snapshot in snapshots.order_by("pk")}
    now = dict(found.gate.statuses)
    return tuple(
        row
        for row in rows
        if still_given(
            row,
            seen.get(row.gate_digest),
            scope=found.gate.scope_digest,
            tier=found.tier,
            statuses=now,
        )
    )


def settlement(
    review: Review, found: ReleaseGate, rows: Sequence[VoteRow], *, now: dt.datetime
) -> Settlement:
    """Return what the policy says of these signatures."""
    if found.policy is None:
        return Settlement(kind=None, reason=found.gate.reason, counted=())
    return settlement_of(
        found.policy,
        rows,
        hands=found.hands,
        recommended_by=review.recommended_by_id,
        tier=found.tier,
        until=now,
    )


def settle(*, review: Review, found: ReleaseGate, actor: User, now: dt.datetime) -> Settled:
    """Make the decision when the signatures settle it; inside the transaction of the last one."""
    rows = counting_votes(review, found)
    outcome = settlement(review, found, rows, now=now)
    if outcome.kind is None:
        return Settled(decision=None, reason=outcome.reason)
    if outcome.kind != "no_go" and not found.gate.ready:
        return Settled(decision=None, reason=found.gate.readiness)
    deciding = [row for row in rows if str(row.voter_id) in outcome.counted]
    gate = snapshot_gate(review.release, now=now)
    decision = Decision.objects.create(
        review=review,
        release=review.release,
        kind=outcome.kind,
        reason=" ".join([outcome.reason, *(_sentence(row.reason) for row in deciding)]),
        scope_digest=found.gate.scope_digest,
        gate=gate,
        seen=plain_record(read_seen(found, gate_facts(gate.record, gate.digest))),
        policy=PolicyVersion.objects.get(digest=found.gate.policy_digest),
        decided_at=now,
        expires_on=None if outcome.kind == "no_go" else _expiry(found, now),
    )
    conditions = _impose(decision, deciding) if outcome.kind == "go_with_conditions" else []
    before = row_record(review)
    review.state = ReviewState.DECIDED
    review.save(update_fields=["state"])
    for kind in (DocumentKind.MEMO, DocumentKind.MODEL_CARD, DocumentKind.PACK):
        request_made(actor=actor, kind=kind, decision=decision)
    for condition in conditions:
        record(actor=actor, action="condition.imposed", subject=condition)
    record(actor=actor, action="review.decided", subject=review, before=before)
    record(actor=actor, action="decision.taken", subject=decision, reason=decision.reason)
    return Settled(decision=decision, reason=outcome.reason)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _expiry(found: ReleaseGate, now: dt.datetime) -> dt.date:
    rule = found.decision_rule
    if rule is None:
        message = "The policy names nobody who decides in this tier. Nothing was signed."
        raise Refused(message)
    return now.date() + dt.timedelta(days=rule.valid_days)


def _impose(decision: Decision, rows: Sequence[VoteRow]) -> list[DecisionCondition]:
    """Impose every condition that somebody named, each once."""
    named = {
        (item["text"], item["owner"], item["due"]): None for row in rows for item in row.conditions
    }
    return [
        DecisionCondition.objects.create(
            decision=decision, text=text, owner_id=owner, due_date=dt.date.fromisoformat(due)
        )
        for text, owner, due in named
    ]


def may_confirm(actor: User, decision: Decision) -> bool:
    """Return whether the person may say that conditions of the decision are met, but their own.

    An approval lives on by it, so it takes who could have judged the release: a specialist or a
    decider of the portfolio without a hand in it.
    """
    release = decision.release
    return (
        not actor.is_service
        and actor.has_role(*CONFIRMS, portfolio_id=decision.portfolio_id)
        and actor.pk not in {hand.user_id for hand in hands_in([release]).in_release[release.pk]}
    )


def require_confirmer(actor: User, condition: DecisionCondition) -> None:
    """Raise NotAllowed unless the person may say that this condition is met."""
    if actor.pk == condition.owner_id or not may_confirm(actor, condition.decision):
        message = (
            "A specialist, a board member or an executive other than the condition's owner "
            "confirms it, who had no hand in the release. Nothing was changed. Ask one of them to "
            "look at the evidence."
        )
        raise NotAllowed(message)


@transaction.atomic
def condition_meet(*, actor: User, condition: DecisionCondition, note: str) -> DecisionCondition:
    """Confirm that a condition is met, with what shows it; by who could have judged the release."""
    row = (
        DecisionCondition.objects.select_for_update(of=("self",))
        .select_related("decision__release__system")
        .get(pk=condition.pk)
    )
    require_confirmer(actor, row)
    if row.met_at is not None:
        message = "This condition was confirmed already. Nothing was changed."
        raise Conflict(message)
    if not note.strip():
        message = "Write what shows that it is met, such as run 118. Nothing was changed."
        raise Refused(message, field="note")
    before = row_record(row)
    row.met_by, row.met_at, row.evidence_note = actor, timezone.now(), note.strip()
    row.save(update_fields=["met_by", "met_at", "evidence_note"])
    record(
        actor=actor, action="condition.met", subject=row, reason=row.evidence_note, before=before
    )
    return row
