"""Decisions as the gate rule reads them, settled anew from the stored signatures each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from assessments.choices import DecisionKind
from assessments.models import Decision, Vote
from assessments.rules.gate_inputs import ConditionEvidence, DecisionEvidence
from assessments.rules.policy import PolicyError
from assessments.services.gate_rows import GateRows
from assessments.services.policies import policy_of
from assessments.services.signatures import (
    had_a_hand,
    settlement_of,
    statuses_of,
    still_given,
    tier_of,
)
from registry.models import Release


def start_of(day: dt.date) -> dt.datetime:
    """Midnight UTC at which the day begins: what stands until a day ends then."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def decisions(release: Release, rows: GateRows) -> tuple[DecisionEvidence, ...]:
    """Return the decisions with the gates that they rest on."""
    hands = rows.hands.get(release.pk, {})
    return tuple(_decision(item, hands, rows) for item in rows.decisions.get(release.pk, []))


def sealed_at(
    release: Release, *, scope_digest: str, now: dt.datetime, rows: GateRows
) -> dt.datetime | None:
    """Return when the approval in force was taken; None where none is.

    What people did afterwards changes nothing about the words that it rests on: else anybody could
    void an approval that others gave.
    """
    found = max(
        rows.decisions.get(release.pk, []),
        key=lambda item: (item.decided_at, item.pk),
        default=None,
    )
    if found is None or found.kind == DecisionKind.NO_GO or found.scope_digest != scope_digest:
        return None
    in_force = found.expires_on is not None and now < start_of(found.expires_on)
    return found.decided_at if in_force else None


def had_hand_then(
    person: int,
    hands: Mapping[int, dt.datetime],
    *,
    given_at: dt.datetime,
    sealed: dt.datetime | None,
) -> bool:
    """Return whether somebody's word is void by a hand in it: before an approval rested on it."""
    first = hands.get(person)
    if first is None:
        return False
    return sealed is None or first <= max(sealed, given_at)


def _decision(item: Decision, hands: Mapping[int, dt.datetime], rows: GateRows) -> DecisionEvidence:
    votes = [vote for vote in item.review.votes.all() if vote.signed_at <= item.decided_at]
    return DecisionEvidence(
        decision_id=str(item.pk),
        label=f"Decision {item.pk}",
        kind=item.kind,
        settled=_is_settled(item, votes, hands, rows),
        had_a_hand=_by_contributor(item, votes, hands),
        tier=tier_of(item.gate),
        scope_digest=item.scope_digest,
        policy_digest=item.policy.digest,
        statuses=tuple(statuses_of(item.gate).items()),
        decided_at=item.decided_at,
        expires_at=start_of(item.expires_on) if item.expires_on else None,
        conditions=tuple(
            ConditionEvidence(
                condition_id=str(condition.pk),
                title=condition.text,
                due_at=start_of(condition.due_date + dt.timedelta(days=1)),
                met=condition.met_at is not None,
            )
            for condition in item.conditions.all()
        ),
    )


def _by_contributor(item: Decision, votes: list[Vote], hands: Mapping[int, dt.datetime]) -> bool:
    """Return whether anybody who approved had a hand: in a mixed decision, of either kind."""
    return any(
        had_a_hand(vote, hands, until=item.decided_at)
        or vote.voter_id == item.review.recommended_by_id
        for vote in votes
        if vote.kind != DecisionKind.NO_GO
    )


def _is_settled(
    item: Decision, votes: list[Vote], hands: Mapping[int, dt.datetime], rows: GateRows
) -> bool:
    """Return whether the signatures make this decision, by the policy it was taken under."""
    if item.review.release_id != item.release_id or item.gate.release_id != item.release_id:
        return False
    try:
        policy = policy_of(item.policy)
    except PolicyError:
        return False
    tier, statuses = tier_of(item.gate), statuses_of(item.gate)
    counting = [
        vote
        for vote in votes
        if still_given(
            vote,
            rows.seen.get((item.release_id, vote.gate_digest)),
            scope=item.scope_digest,
            tier=tier,
            statuses=statuses,
        )
    ]
    found = settlement_of(
        policy,
        counting,
        hands=hands,
        recommended_by=item.review.recommended_by_id,
        tier=tier,
        until=item.decided_at,
    )
    return found.kind == item.kind
