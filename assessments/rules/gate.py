"""The gate of a release: each requirement with its status, and the outcome. It fails closed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import rfc8785

from assessments.rules.decision_rights import may_grant_exception
from assessments.rules.evidence import finding
from assessments.rules.findings import Finding, RestsOn
from assessments.rules.gate_inputs import ExceptionEvidence, GateInputs, Numbers
from assessments.rules.gate_outcome import outcome_of
from assessments.rules.policy_data import Category
from assessments.rules.requirements import Requirement
from assessments.rules.statuses import PASSING, Basis, GateOutcome, Status

VERSION = "1.1.0"

SCHEMA = "rai-gate/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementStatus:
    """One requirement as the gate sees it.

    reason: one sentence. basis: what the status rests on, measured, attested or missing. mend:
    what would mend it, "" when nothing is open; mend_by: the role that should. numbers, with
    threshold and direction, only for evaluations that gave a number.
    """

    key: str
    title: str
    short_title: str
    category: Category
    status: Status
    reason: str
    basis: Basis
    rests_on: RestsOn | None
    mend: str
    mend_by: str
    serves: tuple[str, ...]
    why: str
    numbers: Numbers | None = None
    threshold: float | None = None
    direction: str = ""
    by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it blocks the gate."""
        return self.status not in PASSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate of a release.

    outcome with `reason`, one sentence. ready: whether the requirements alone would let a go
    pass, whatever was decided; `readiness` says it in one sentence. blockers: keys of open
    requirements. counts: (status, number) in the order of first appearance. decision_id: the
    decision that the outcome rests on, "" when none. digest: SHA-256 over `as_record()`.
    """

    requirements: tuple[RequirementStatus, ...]
    outcome: GateOutcome
    reason: str
    ready: bool
    readiness: str
    blockers: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    tier: int | None
    scope_digest: str
    policy_version: str
    policy_digest: str
    decision_id: str
    digest: str = field(init=False)
    version: str = VERSION

    def __post_init__(self) -> None:
        """Compute the digest over the record."""
        digest = hashlib.sha256(rfc8785.dumps(self.as_record())).hexdigest()
        object.__setattr__(self, "digest", digest)

    @property
    def statuses(self) -> tuple[tuple[str, str], ...]:
        """(key, status) of every requirement: what a decision stores."""
        return tuple((item.key, item.status) for item in self.requirements)

    def as_record(self) -> dict[str, Any]:
        """Return plain JSON values without the time, so that equal evidence gives equal bytes."""
        return {
            "schema": SCHEMA,
            "version": self.version,
            "outcome": self.outcome,
            "reason": self.reason,
            "ready": self.ready,
            "tier": self.tier,
            "scope_digest": self.scope_digest,
            "policy": {"version": self.policy_version, "digest": self.policy_digest},
            "decision": self.decision_id,
            "requirements": [_record(item) for item in self.requirements],
        }


def compute(inputs: GateInputs) -> Gate:
    """Return the gate that the inputs give. Nothing else, and no clock, has a say in it.

    Missing, running, stale, inconclusive, not estimable, errored and unknown all block. A gate
    without requirements blocks, and so do one in which none applies and one without a tier.
    """
    requirements = tuple(_status(item, inputs) for item in inputs.requirements)
    blockers = tuple(item.key for item in requirements if item.is_open)
    ready, readiness = _readiness(inputs, requirements, blockers)
    statuses = {item.key: item.status for item in requirements}
    decided = outcome_of(inputs, statuses=statuses, ready=ready, readiness=readiness)
    return Gate(
        requirements=requirements,
        outcome=decided.outcome,
        reason=decided.reason,
        ready=ready,
        readiness=readiness,
        blockers=blockers,
        counts=tuple(Counter(item.status for item in requirements).items()),
        tier=inputs.tier,
        scope_digest=inputs.scope_digest,
        policy_version=inputs.policy.version,
        policy_digest=inputs.policy.digest,
        decision_id=decided.decision_id,
    )


def _status(requirement: Requirement, inputs: GateInputs) -> RequirementStatus:
    found = _with_exception(requirement, finding(requirement, inputs), inputs)
    measure = requirement.measure
    return RequirementStatus(
        key=requirement.key,
        title=requirement.title,
        short_title=requirement.short_title,
        category=requirement.category,
        status=found.status,
        reason=found.reason,
        basis=found.basis,
        rests_on=found.rests_on,
        mend=found.mend,
        mend_by=found.mend_by,
        serves=requirement.serves,
        why=requirement.why,
        numbers=found.numbers,
        threshold=measure.threshold if measure else None,
        direction=measure.direction if measure else "",
        by=measure.by if measure else "",
    )


def _with_exception(requirement: Requirement, found: Finding, inputs: GateInputs) -> Finding:
    if found.status in PASSING:
        return found
    own = sorted(
        (item for item in inputs.exceptions if item.requirement_key == requirement.key),
        key=lambda item: (item.expires_at, item.exception_id),
    )
    valid = [item for item in own if _covers(item, requirement, found.status, inputs)]
    if not valid:
        return found
    last = valid[-1]
    until = last.expires_at.date().isoformat()
    return Finding(
        status="accepted",
        reason=f"{last.label} until {until}, by {last.granted_by}. {found.reason}",
        basis="attested",
        rests_on=RestsOn(kind="exception", id=last.exception_id, label=last.label),
        numbers=found.numbers,
    )


def _covers(
    item: ExceptionEvidence, requirement: Requirement, status: Status, inputs: GateInputs
) -> bool:
    """Whether the exception stands now, for this status and scope, by somebody with the right."""
    stands = not item.withdrawn and item.granted_at <= inputs.now < item.expires_at
    if not stands or item.had_a_hand or not item.reason.strip():
        return False
    if item.status_waived != status or item.scope_digest != inputs.scope_digest:
        return False
    tier = inputs.tier
    rule = None
    if tier is not None:
        rule = inputs.policy.decision_rights.exception(tier, requirement.category, status)
    if rule is None or item.expires_at - item.granted_at > timedelta(days=rule.max_days):
        return False
    return may_grant_exception(
        inputs.policy,
        actor_id="",
        roles=item.roles,
        contributor_ids=(),
        tier=tier,
        category=requirement.category,
        status=status,
        has_data_to_collect=bool(item.data_to_collect.strip()),
    ).allowed


def _readiness(
    inputs: GateInputs, requirements: Sequence[RequirementStatus], blockers: Sequence[str]
) -> tuple[bool, str]:
    if inputs.tier is None:
        return False, "The intake is not complete, so the tier is not known."
    if not requirements:
        return False, "The policy asks nothing of this release; such a gate stays blocked."
    applying = [item for item in requirements if item.status != "not_applicable"]
    if not applying:
        return False, "No requirement applies to this release; such a gate stays blocked."
    if not blockers:
        return True, f"All {len(applying)} requirements that apply are met or accepted."
    failed = sum(
        item.status == "failed" and item.basis == "measured" and item.category == "evaluation"
        for item in requirements
    )
    verb = "is" if len(blockers) == 1 else "are"
    measured = f", {failed} of them failed on measured numbers" if failed else ""
    return (
        False,
        f"{len(blockers)} of {len(applying)} requirements {verb} open{measured}.",
    )


def _record(item: RequirementStatus) -> dict[str, Any]:
    rests = item.rests_on
    return {
        "key": item.key,
        "title": item.title,
        "category": item.category,
        "status": item.status,
        "reason": item.reason,
        "basis": item.basis,
        "rests_on": {"kind": rests.kind, "id": rests.id, "label": rests.label} if rests else None,
        "mend": item.mend,
        "mend_by": item.mend_by,
        "numbers": _numbers(item),
    }


def _numbers(item: RequirementStatus) -> dict[str, Any] | None:
    numbers = item.numbers
    if numbers is None:
        return None
    # Left out where they say nothing, so that records without them keep their digest.
    found = {"bound": numbers.bound, "decided": numbers.decided or None}
    told = {key: value for key, value in found.items() if value is not None}
    return {
        "value": numbers.value,
        "low": numbers.low,
        "high": numbers.high,
        "simultaneous_low": numbers.simultaneous_low,
        "simultaneous_high": numbers.simultaneous_high,
        "n": numbers.n,
        "threshold": item.threshold,
        "direction": item.direction,
        "by": item.by,
        **told,
    }
