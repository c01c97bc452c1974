"""What the risk register says of a release: all rated, and none over appetite unaccepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.rules.decision_rights import may_accept_risk
from assessments.rules.gate_inputs import AcceptanceEvidence, RiskEvidence
from assessments.rules.policy_data import Policy, RiskLevel, RiskRule
from assessments.rules.risk_matrix import by_key, level, over_appetite
from assessments.rules.statuses import Basis, Status
from assessments.rules.wording import first_few


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFinding:
    """Status and reason of a requirement on risks. basis: measured only if every rating is.

    mend, mend_by: what is to be done about these risks; "" where the policy's own words serve.
    """

    status: Status
    reason: str
    basis: Basis
    mend: str = ""
    mend_by: str = ""


def residual_level(policy: Policy, risk: RiskEvidence) -> RiskLevel | None:
    """Return the level of the residual rating; None when there is none that counts."""
    if risk.likelihood is None or risk.severity is None:
        return None
    if risk.basis not in {"measured", "attested"}:
        return None
    try:
        return level(policy.risk_matrix, likelihood=risk.likelihood, severity=risk.severity)
    except ValueError:
        return None


def is_accepted(
    policy: Policy, risk: RiskEvidence, *, tier: int | None, risk_level: RiskLevel, now: datetime
) -> bool:
    """Return whether somebody with the right took this level, and the acceptance still stands."""
    return any(
        _stands(policy, item, tier=tier, risk_level=risk_level, now=now)
        for item in risk.acceptances
    )


def risk_finding(
    *,
    rule: RiskRule | None,
    minimum: int,
    policy: Policy,
    tier: int | None,
    risks: Sequence[RiskEvidence],
    now: datetime,
) -> RiskFinding:
    """Return what the risks say about the rule. Fewer risks than the minimum: missing.

    A risk over appetite fails the rule on appetite whatever is unrated beside it.
    """
    ordered = sorted(risks, key=lambda risk: (len(risk.risk_id), risk.risk_id))
    if len(ordered) < max(minimum, 1):
        count = f"{len(ordered)} of at least {minimum}" if ordered else "No"
        return RiskFinding(status="missing", reason=f"{count} risks named.", basis="missing")
    over = _Over()
    if rule == "none_over_appetite":
        over = _over(policy, ordered, tier=tier, now=now)
    if over.untaken:
        return _failed(policy, ordered, over)
    return _unsettled(policy, ordered) or _settled(rule, policy, ordered, over)


def _unsettled(policy: Policy, risks: Sequence[RiskEvidence]) -> RiskFinding | None:
    """Return why the ratings do not carry any rule; None when they do."""
    unrated, waiting = _without_rating(policy, risks)
    if unrated or waiting:
        return RiskFinding(
            status="missing",
            reason=f"{_sentence(_open_words(unrated, waiting))}.",
            basis="missing",
            **_answer(waiting if not unrated else ()),
        )
    outdated = [risk for risk in risks if not risk.closed and not risk.rating_current]
    if outdated:
        return RiskFinding(
            status="stale",
            reason=f"What the rating rests on has changed: {_names(outdated)}.",
            basis="attested",
        )
    return None


def _settled(
    rule: RiskRule | None, policy: Policy, risks: Sequence[RiskEvidence], over: _Over
) -> RiskFinding:
    if rule == "all_rated":
        return _all_rated(risks)
    if rule == "none_over_appetite":
        return _within(policy, risks, over)
    return RiskFinding(
        status="error", reason="This rule about risks is not known.", basis="missing"
    )


def _without_rating(
    policy: Policy, risks: Sequence[RiskEvidence]
) -> tuple[list[RiskEvidence], list[RiskEvidence]]:
    """Return the open risks without a rating that counts: not rated, and waiting for a word."""
    bare = [risk for risk in risks if not risk.closed and residual_level(policy, risk) is None]
    return [risk for risk in bare if not risk.waiting], [risk for risk in bare if risk.waiting]


def _open_words(unrated: Sequence[RiskEvidence], waiting: Sequence[RiskEvidence]) -> str:
    words = []
    if unrated:
        words.append(f"no residual rating with evidence: {_names(unrated)}")
    if waiting:
        words.append(f"rating waits for a second person: {_names(waiting)}")
    return "; ".join(words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _answer(waiting: Sequence[RiskEvidence]) -> dict[str, str]:
    """Return what mends ratings that wait: a word of a second person."""
    if not waiting:
        return {}
    return {"mend": f"Confirm or decline the rating of {_names(waiting)}", "mend_by": "reviewer"}


def _names(risks: Sequence[RiskEvidence]) -> str:
    return first_few([risk.label for risk in risks])


def _counted(number: int) -> str:
    return f"{number} risk{'' if number == 1 else 's'}"


def _basis(risks: Sequence[RiskEvidence]) -> Basis:
    unmeasured = any(risk.basis != "measured" for risk in risks if not risk.closed)
    return "attested" if unmeasured else "measured"


def _all_rated(risks: Sequence[RiskEvidence]) -> RiskFinding:
    measured = sum(risk.basis == "measured" for risk in risks if not risk.closed)
    closed = sum(risk.closed for risk in risks)
    attested = len(risks) - measured - closed
    reason = f"{_counted(len(risks))}: {measured} measured, {attested} attested, {closed} closed."
    return RiskFinding(status="met", reason=reason, basis=_basis(risks))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Over:
    """Risks above the appetite: taken by somebody with the right, and not."""

    taken: tuple[RiskEvidence, ...] = ()
    untaken: tuple[RiskEvidence, ...] = ()


def _over(
    policy: Policy, risks: Sequence[RiskEvidence], *, tier: int | None, now: datetime
) -> _Over:
    taken: list[RiskEvidence] = []
    untaken: list[RiskEvidence] = []
    for risk in risks:
        rated = None if risk.closed else residual_level(policy, risk)
        if rated is None or not over_appetite(policy.risk_matrix, rated):
            continue
        accepted = is_accepted(policy, risk, tier=tier, risk_level=rated, now=now)
        (taken if accepted else untaken).append(risk)
    return _Over(taken=tuple(taken), untaken=tuple(untaken))


def _appetite(policy: Policy) -> str:
    """Say where it ends; the level alone would read as that of the risks beside it."""
    return f"it ends at {by_key(policy.risk_matrix, policy.risk_matrix.appetite).label.lower()}"


def _failed(policy: Policy, risks: Sequence[RiskEvidence], over: _Over) -> RiskFinding:
    """Name the risks over appetite first, then what else is open beside them."""
    unrated, waiting = _without_rating(policy, risks)
    waiting += [risk for risk in over.untaken if risk.waiting]
    parts = [
        f"{_counted(len(over.untaken))} over appetite ({_appetite(policy)}): {_names(over.untaken)}"
    ]
    if unrated:
        parts.append(f"not rated: {_names(unrated)}")
    if waiting:
        parts.append(f"rating waits for a second person: {_names(waiting)}")
    reason = f"{'; '.join(parts)}."
    return RiskFinding(status="failed", reason=reason, basis=_basis(risks), **_answer(waiting))


def _within(policy: Policy, risks: Sequence[RiskEvidence], over: _Over) -> RiskFinding:
    appetite = _appetite(policy)
    if over.taken:
        reason = f"{_counted(len(over.taken))} over appetite ({appetite}), all accepted."
        return RiskFinding(status="met", reason=reason, basis="attested")
    reason = f"All {_counted(len(risks))} within appetite ({appetite})."
    return RiskFinding(status="met", reason=reason, basis=_basis(risks))


def _stands(
    policy: Policy,
    item: AcceptanceEvidence,
    *,
    tier: int | None,
    risk_level: RiskLevel,
    now: datetime,
) -> bool:
    if item.withdrawn or item.had_a_hand or item.risk_changed or tier is None:
        return False
    if not item.accepted_at <= now < item.expires_at:
        return False
    try:
        taken = by_key(policy.risk_matrix, item.level)
    except ValueError:
        return False
    right = policy.decision_rights.acceptance(tier, risk_level.key)
    if right is None or taken.at_least < risk_level.at_least:
        return False
    if item.expires_at - item.accepted_at > timedelta(days=right.max_days):
        return False
    return may_accept_risk(
        policy,
        actor_id="",
        roles=item.roles,
        contributor_ids=frozenset(),
        tier=tier,
        level=risk_level.key,
    ).allowed
