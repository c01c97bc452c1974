"""Who may decide what. Page, API, admin and services ask here; nothing else knows.

There is no argument for a superuser, a group, a delegate or a token: none of them gives a right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.rules.policy_data import DecisionRule, ExceptionRule, Policy
from assessments.rules.statuses import DecisionKind

if TYPE_CHECKING:
    from assessments.rules.gate import Gate, RequirementStatus

VERSION = "1.0.0"

KINDS: tuple[DecisionKind, ...] = ("go", "go_with_conditions", "no_go")

_ROLE_NAMES = {
    "reviewer": "a specialist reviewer",
    "board": "a board member",
    "executive": "an executive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether an act is allowed, and one sentence that says why or why not."""

    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the three decisions as the gate leaves it.

    open: whether it can be taken now. exceptions: keys of the requirements for which the same
    act must grant an exception; only for go with conditions.
    """

    kind: DecisionKind
    open: bool
    reason: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's vote. function: the part of the organisation that the person speaks for."""

    person_id: str
    roles: frozenset[str]
    function: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Whether the votes settle the matter. kind: None while they do not.

    counted: ids of the people whose votes count, sorted. reason: what is still lacking, or how
    it was settled.
    """

    kind: DecisionKind | None
    reason: str
    counted: tuple[str, ...]


def may_decide(
    policy: Policy,
    *,
    actor_id: str,
    roles: Collection[str],
    contributor_ids: Collection[str],
    requester_ids: Collection[str],
    tier: int | None,
) -> Permission:
    """Return whether the person may take part in a decision on a release of this tier.

    contributor_ids: everyone who ever had a hand in the release, its evidence or its plan.
    requester_ids: whoever asked for the decision. Roles decide who may; having had a hand in it
    takes the right away whatever the roles.
    """
    if actor_id in requester_ids:
        return _no("You asked for this decision, so somebody else takes it.")
    if actor_id in contributor_ids:
        return _no("You had a hand in this release, so somebody else decides on it.")
    rule = _decision_rule(policy, tier)
    if rule is None:
        return _no("The tier is not known yet, so nobody may decide; complete the intake first.")
    if not set(roles) & set(rule.roles):
        return _no(f"A decision in Tier {tier} is taken by {_people(rule.roles)}.")
    return Permission(allowed=True, reason=f"Your role decides in Tier {tier}.")


def may_accept_risk(
    policy: Policy,
    *,
    actor_id: str,
    roles: Collection[str],
    contributor_ids: Collection[str],
    tier: int,
    level: str,
) -> Permission:
    """Return whether the person may take a residual risk of this level.

    contributor_ids: author, owner and editors of the risk and of its rating.
    """
    if actor_id in contributor_ids:
        return _no("You had a hand in this risk, so somebody else accepts it.")
    rule = policy.decision_rights.acceptance(tier, level)
    if rule is None:
        return _no(f"Nobody may accept a risk of level {level} in Tier {tier}.")
    if not set(roles) & set(rule.roles):
        return _no(f"A risk of level {level} in Tier {tier} is accepted by {_people(rule.roles)}.")
    return Permission(allowed=True, reason=f"You may accept it for {rule.max_days} days at most.")


def may_grant_exception(
    policy: Policy,
    *,
    actor_id: str,
    roles: Collection[str],
    contributor_ids: Collection[str],
    tier: int | None,
    category: str,
    status: str,
    has_data_to_collect: bool,
) -> Permission:
    """Return whether the person may except a requirement of this category in this status.

    A failed measured check in Tier 1 is never excepted, whatever the policy says.
    """
    if actor_id in contributor_ids:
        return _no("You had a hand in this release, so somebody else grants its exceptions.")
    if tier is None:
        return _no("The tier is not known yet; complete the intake first.")
    if tier == 1 and category == "evaluation" and status == "failed":
        return _no("A failed measured check cannot be excepted in Tier 1.")
    rule = policy.decision_rights.exception(tier, category, status)
    if rule is None:
        return _no(f"The policy has no exception for a requirement that is {_word(status)}.")
    return _under(rule, roles, has_data_to_collect=has_data_to_collect)


def _under(rule: ExceptionRule, roles: Collection[str], *, has_data_to_collect: bool) -> Permission:
    if not rule.roles:
        return _no(rule.sentence)
    if not set(roles) & set(rule.roles):
        return _no(f"Such an exception is granted by {_people(rule.roles)}.")
    if rule.needs_data and not has_data_to_collect:
        return _no("Say which data will be collected, and by when; then it can be excepted.")
    return Permission(allowed=True, reason=rule.sentence)


def choices(
    policy: Policy,
    gate: Gate,
    *,
    actor_id: str,
    roles: Collection[str],
    contributor_ids: Collection[str],
    requester_ids: Collection[str],
    tier: int | None,
) -> tuple[Choice, Choice, Choice]:
    """Return go, go with conditions and no-go, each open or closed with the reason.

    Go needs a ready gate. Go with conditions needs a ready gate, or one whose every open
    requirement this person may except in the same act (with data to be collected where the
    policy asks for it). No-go is always open to whoever may decide.
    """
    permission = may_decide(
        policy,
        actor_id=actor_id,
        roles=roles,
        contributor_ids=contributor_ids,
        requester_ids=requester_ids,
        tier=tier,
    )
    if not permission.allowed:
        closed = [Choice(kind=kind, open=False, reason=permission.reason) for kind in KINDS]
        return closed[0], closed[1], closed[2]
    no_go = Choice(kind="no_go", open=True, reason="A no-go is always possible; say why.")
    if gate.ready:
        go = Choice(kind="go", open=True, reason="Every requirement is met or accepted.")
        with_conditions = Choice(
            kind="go_with_conditions", open=True, reason="Name each condition, its owner and date."
        )
        return go, with_conditions, no_go
    go = Choice(kind="go", open=False, reason=gate.readiness)
    return go, _with_exceptions(policy, gate, roles=roles, tier=tier), no_go


def settled(
    policy: Policy,
    votes: Iterable[Vote],
    *,
    contributor_ids: Collection[str],
    requester_ids: Collection[str],
    tier: int | None,
) -> Settlement:
    """Return whether the votes settle a decision: quorum, functions, and refusals first.

    Votes of people without the right do not count. A person who votes twice counts once, by the
    more cautious vote. Enough no-go votes settle a no-go. Approvals settle when there are enough,
    from enough functions; one vote for conditions among them makes it a go with conditions. A
    vote without a function counts for the quorum and brings no function.
    """
    rule = _decision_rule(policy, tier)
    if rule is None:
        return Settlement(kind=None, reason="The tier is not known yet.", counted=())
    counting = _counting(policy, votes, contributor_ids, requester_ids, tier)
    counted = tuple(sorted(counting))
    refusals = sum(vote.kind == "no_go" for vote in counting.values())
    if refusals >= rule.refusals:
        return Settlement(kind="no_go", reason=f"Refused by {_count(refusals)}.", counted=counted)
    approvals = [vote for vote in counting.values() if vote.kind != "no_go"]
    lacking = _lacking(rule, approvals)
    if lacking:
        return Settlement(kind=None, reason=lacking, counted=counted)
    conditional = any(vote.kind == "go_with_conditions" for vote in approvals)
    return Settlement(
        kind="go_with_conditions" if conditional else "go",
        reason=f"Approved by {_count(len(approvals))}.",
        counted=counted,
    )


def _no(reason: str) -> Permission:
    return Permission(allowed=False, reason=reason)


def _decision_rule(policy: Policy, tier: int | None) -> DecisionRule | None:
    return None if tier is None else policy.decision_rights.decision(tier)


def _people(roles: Sequence[str]) -> str:
    return " or ".join(_ROLE_NAMES.get(role, role) for role in roles)


def _count(number: int) -> str:
    return "one person" if number == 1 else f"{number} people"


def _word(status: str) -> str:
    return status.replace("_", " ")


def _counting(
    policy: Policy,
    votes: Iterable[Vote],
    contributor_ids: Collection[str],
    requester_ids: Collection[str],
    tier: int | None,
) -> dict[str, Vote]:
    counting: dict[str, Vote] = {}
    for vote in votes:
        if vote.kind not in KINDS:
            continue
        allowed = may_decide(
            policy,
            actor_id=vote.person_id,
            roles=vote.roles,
            contributor_ids=contributor_ids,
            requester_ids=requester_ids,
            tier=tier,
        ).allowed
        earlier = counting.get(vote.person_id)
        if allowed and (earlier is None or _caution(vote) > _caution(earlier)):
            counting[vote.person_id] = vote
    return counting


def _caution(vote: Vote) -> tuple[int, bool, str]:
    """Order a person's own votes: the more cautious wins, then the one that brings less."""
    order = {kind: index for index, kind in enumerate(KINDS)}
    return order[vote.kind], not vote.function, vote.function  # type: ignore[index]


def _lacking(rule: DecisionRule, approvals: Sequence[Vote]) -> str:
    if len(approvals) < rule.quorum:
        return f"{len(approvals)} of {rule.quorum} approvals are there."
    functions = {vote.function for vote in approvals if vote.function}
    if rule.functions > 1 and len(functions) < rule.functions:
        return (
            f"The approvals come from {len(functions)} of the {rule.functions} functions "
            "that are needed."
        )
    return ""


def _with_exceptions(
    policy: Policy, gate: Gate, *, roles: Collection[str], tier: int | None
) -> Choice:
    blocking: list[RequirementStatus] = [
        item for item in gate.requirements if item.key in gate.blockers
    ]
    if not blocking:
        return Choice(kind="go_with_conditions", open=False, reason=gate.readiness)
    for item in blocking:
        permission = may_grant_exception(
            policy,
            actor_id="",
            roles=roles,
            contributor_ids=(),
            tier=tier,
            category=item.category,
            status=item.status,
            has_data_to_collect=True,
        )
        if not permission.allowed:
            reason = f"{item.title}: {_word(item.status)}. {permission.reason}"
            return Choice(kind="go_with_conditions", open=False, reason=reason)
    keys = tuple(item.key for item in blocking)
    number = f"{len(keys)} exception{'' if len(keys) == 1 else 's'}"
    reason = f"Open when you grant {number} in the same act: reason, measure or data, and expiry."
    return Choice(kind="go_with_conditions", open=True, reason=reason, exceptions=keys)
