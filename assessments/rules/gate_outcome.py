"""The outcome of a gate: readiness, bound to the decision that was taken on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.rules.gate_inputs import DecisionEvidence, GateInputs
from assessments.rules.statuses import GateOutcome, worsened
from assessments.rules.wording import first_few

KINDS = frozenset({"go", "go_with_conditions", "no_go"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The outcome, one sentence on it, and the decision it rests on ("" for none)."""

    outcome: GateOutcome
    reason: str
    decision_id: str = ""


def outcome_of(
    inputs: GateInputs, *, statuses: Mapping[str, str], ready: bool, readiness: str
) -> Decided:
    """Return the outcome. The latest decision counts; without one, readiness alone.

    A decision that its signatures do not make blocks until another is taken. An approval stands
    only when scope, tier and policy are those that were approved, it has not ended, no status is
    worse than it was, everything is still ready, and no condition that is due is unmet. A no-go
    stands while the scope is the same.
    """
    undecided = Decided(outcome="ready" if ready else "blocked", reason=readiness)
    decision = _latest(inputs.decisions)
    if decision is None:
        return undecided
    same_scope = decision.scope_digest == inputs.scope_digest
    # Who used what a release holds had a hand in that scope; of another scope this says nothing.
    void = _void(inputs, decision) if same_scope or decision.kind not in KINDS else ""
    if void:
        return _because(decision, "blocked", void)
    if decision.kind == "no_go":
        # A refusal is of one scope: what has changed since may be decided anew.
        if not same_scope:
            return undecided
        return _because(decision, "refused", f"{decision.label} refused this scope.")
    return _approval(inputs, decision, statuses=statuses, ready=ready, readiness=readiness)


def _latest(decisions: tuple[DecisionEvidence, ...]) -> DecisionEvidence | None:
    """Return the last decision; of two at one instant, the more cautious."""
    caution = {"go": 0, "go_with_conditions": 1}
    return max(
        decisions,
        key=lambda item: (item.decided_at, caution.get(item.kind, 2), item.decision_id),
        default=None,
    )


def _because(decision: DecisionEvidence, outcome: GateOutcome, reason: str) -> Decided:
    return Decided(outcome=outcome, reason=reason, decision_id=decision.decision_id)


def _void(inputs: GateInputs, decision: DecisionEvidence) -> str:
    """Return why a decision never counted, or nothing."""
    if decision.kind not in KINDS:
        return f"{decision.label} cannot be read."
    if decision.had_a_hand and decision.kind != "no_go":
        return f"{decision.label} was taken by somebody who had a hand in the release."
    if not decision.settled:
        return f"{decision.label} does not rest on the signatures that it needs."
    if decision.decided_at > inputs.now and decision.kind != "no_go":
        return f"{decision.label} bears a time that is still to come."
    return ""


def _approval(
    inputs: GateInputs,
    decision: DecisionEvidence,
    *,
    statuses: Mapping[str, str],
    ready: bool,
    readiness: str,
) -> Decided:
    end = _end(inputs, decision)
    if end <= inputs.now:
        ended = end.date().isoformat()
        return _because(decision, "expired", f"{decision.label} stood until {ended}.")
    changed = _changed(inputs, decision, statuses)
    if changed:
        return _because(decision, "stale", changed)
    if not ready:
        return _because(decision, "blocked", readiness)
    return _on_conditions(inputs, decision)


def _end(inputs: GateInputs, decision: DecisionEvidence) -> datetime:
    """Return when the approval ends: as decided, and no later than the policy lets it stand."""
    rule = None if inputs.tier is None else inputs.policy.decision_rights.decision(inputs.tier)
    end = decision.expires_at or decision.decided_at
    if rule is None:
        return end
    return min(end, decision.decided_at + timedelta(days=rule.valid_days))


def _on_conditions(inputs: GateInputs, decision: DecisionEvidence) -> Decided:
    due = sorted(
        item.title for item in decision.conditions if not item.met and item.due_at <= inputs.now
    )
    if due:
        return _because(decision, "blocked", f"A condition is due and not met: {first_few(due)}.")
    if decision.kind == "go":
        return _because(decision, "approved", f"Approved by {decision.label}.")
    met = sum(item.met for item in decision.conditions)
    reason = (
        f"Approved with conditions by {decision.label}; "
        f"{met} of {len(decision.conditions)} conditions are met."
    )
    return _because(decision, "approved_with_conditions", reason)


def _changed(inputs: GateInputs, decision: DecisionEvidence, statuses: Mapping[str, str]) -> str:
    if decision.scope_digest != inputs.scope_digest:
        return f"The scope has changed since {decision.label}."
    if decision.tier != inputs.tier:
        taken = "without a tier" if decision.tier is None else f"in Tier {decision.tier}"
        return f"The tier has changed since {decision.label}, which was taken {taken}."
    if decision.policy_digest != inputs.policy.digest:
        return f"The policy has changed since {decision.label}."
    worse = worsened(dict(decision.statuses), statuses)
    if worse:
        return f"Worse than when {decision.label} was taken: {first_few(worse)}."
    return ""
