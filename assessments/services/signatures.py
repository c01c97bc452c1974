"""Signatures as the rule of decision rights reads them: at signing, and on every later reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from assessments.choices import DecisionKind
from assessments.models import GateSnapshot
from assessments.models import Vote as VoteRow
from assessments.rules.decision_rights import Settlement, Vote, settled
from assessments.rules.policy_data import Policy
from assessments.rules.statuses import worsened

type Statuses = Mapping[str, str]


def statuses_of(snapshot: GateSnapshot) -> dict[str, str]:
    """Return requirement key → status of a gate that was kept."""
    return {item["key"]: item["status"] for item in snapshot.record["requirements"]}


def tier_of(snapshot: GateSnapshot) -> int | None:
    """Return the tier that a gate was computed in."""
    tier = snapshot.record.get("tier")
    return tier if isinstance(tier, int) else None


def still_given(
    vote: VoteRow,
    seen: GateSnapshot | None,
    *,
    scope: str,
    tier: int | None,
    statuses: Statuses,
) -> bool:
    """Return whether the signature was given for this: scope, tier, and a gate no better than it is.

    seen: the gate that the person signed on. A no-go always holds.
    """
    if vote.kind == DecisionKind.NO_GO:
        return True
    if seen is None or vote.scope_digest != scope or tier_of(seen) != tier:
        return False
    return not worsened(statuses_of(seen), statuses)


def had_a_hand(vote: VoteRow, hands: Mapping[int, dt.datetime], *, until: dt.datetime) -> bool:
    """Return whether the signer had contributed when it counted.

    hands: person → when they first contributed. An approval must be clean when the decision is
    made (`until`), a no-go when it is signed; what a person does afterwards voids neither.
    """
    first = hands.get(vote.voter_id)
    limit = vote.signed_at if vote.kind == DecisionKind.NO_GO else until
    return first is not None and first <= limit


def settlement_of(
    policy: Policy,
    votes: Iterable[VoteRow],
    *,
    hands: Mapping[int, dt.datetime],
    recommended_by: int,
    tier: int | None,
    until: dt.datetime,
) -> Settlement:
    """Return what the policy says of these signatures.

    Roles and functions are those that the signers had when they signed: taking a role away later
    voids nothing, and giving one later helps nothing.
    """
    rows = list(votes)
    return settled(
        policy,
        [
            Vote(
                person_id=str(row.voter_id),
                roles=frozenset(row.roles),
                function=row.function,
                kind=row.kind,
            )
            for row in rows
        ],
        contributor_ids={str(row.voter_id) for row in rows if had_a_hand(row, hands, until=until)},
        requester_ids={str(recommended_by)},
        tier=tier,
    )
