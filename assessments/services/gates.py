"""The gate of a release from its rows. Whatever goes wrong on the way, it is blocked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.models import Decision, GateSnapshot, Intake, PolicyVersion
from assessments.rules import gate as gate_rule
from assessments.rules.gate import Gate, RequirementStatus
from assessments.rules.gate_inputs import GateInputs, RiskEvidence
from assessments.rules.policy_data import DecisionRule, Policy, RiskLevel
from assessments.rules.requirements import Requirement, required
from assessments.rules.risk_evidence import is_accepted
from assessments.rules.risk_matrix import over_appetite
from assessments.rules.tiering import traits_of
from assessments.services import gate_decisions, gate_evidence, gate_rows
from assessments.services.policies import current_version, policy_of
from assessments.services.rating_evidence import Present
from evaluations.methods import catalogue
from evaluations.models import Check, EvaluationPlan, Run
from registry.choices import ColumnRole, DatasetUse
from registry.models import Release, Risk

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGate:
    """A release with its gate and what the gate was computed from.

    inputs: None when computing failed; the gate is blocked then. plan: the newest plan.
    hands: person → when they first contributed. risk_hands: the same by risk id.
    """

    release: Release
    gate: Gate
    inputs: GateInputs | None
    policy: Policy | None
    intake: Intake | None
    plan: EvaluationPlan | None
    checks: tuple[Check, ...]
    runs: tuple[Run, ...]
    risks: tuple[Risk, ...]
    decisions: tuple[Decision, ...]
    hands: Mapping[int, dt.datetime]
    risk_hands: Mapping[int, Mapping[int, dt.datetime]]
    computed_at: dt.datetime

    @property
    def tier(self) -> int | None:
        """The tier while its intake is submitted."""
        return self.gate.tier

    @property
    def decision_rule(self) -> DecisionRule | None:
        """Who decides in its tier, and for how long; None while policy or tier is not known."""
        if self.policy is None or self.tier is None:
            return None
        return self.policy.decision_rights.decision(self.tier)

    @property
    def contributors(self) -> frozenset[int]:
        """Ids of everybody who has had a hand in the release so far."""
        return frozenset(self.hands)

    def requirement(self, key: str) -> RequirementStatus | None:
        """Return the status of one requirement."""
        return next((item for item in self.gate.requirements if item.key == key), None)

    def stands_for(self, risk: RiskEvidence, level: RiskLevel) -> bool:
        """Return whether the risk is within appetite, or taken by somebody with the right."""
        if self.policy is None or self.inputs is None:
            return False
        if not over_appetite(self.policy.risk_matrix, level):
            return True
        return is_accepted(self.policy, risk, tier=self.tier, risk_level=level, now=self.inputs.now)

    def asked(self, key: str) -> Requirement | None:
        """Return what the policy asks under that key."""
        found = self.inputs.requirements if self.inputs else ()
        return next((item for item in found if item.key == key), None)


def release_gates(
    releases: Sequence[Release], *, now: dt.datetime | None = None
) -> dict[int, ReleaseGate]:
    """Return the gates of many releases; the number of queries does not depend on how many."""
    if not releases:
        return {}
    at = now or timezone.now()
    rows = gate_rows.read(releases)
    latest = current_version()
    return {release.pk: _of(release, rows, latest, at) for release in releases}


def release_gate(release: Release, *, now: dt.datetime | None = None) -> ReleaseGate:
    """Return the gate of one release with what it was computed from."""
    return release_gates([release], now=now)[release.pk]


def compute_gate(release: Release, *, now: dt.datetime | None = None) -> Gate:
    """Return the gate of one release."""
    return release_gate(release, now=now).gate


def gate_outcomes(releases: Sequence[Release], *, now: dt.datetime | None = None) -> dict[int, str]:
    """Return the outcome by release id, for lists."""
    return {pk: item.gate.outcome for pk, item in release_gates(releases, now=now).items()}


@transaction.atomic
def snapshot_gate(release: Release, *, now: dt.datetime | None = None) -> GateSnapshot:
    """Keep the gate as it is now, for what will be bound to it."""
    at = now or timezone.now()
    found = release_gate(release, now=at)
    version = PolicyVersion.objects.get(digest=found.gate.policy_digest)
    return GateSnapshot.objects.create(
        release=release,
        policy=version,
        scope_digest=found.gate.scope_digest,
        outcome=found.gate.outcome,
        record=found.gate.as_record(),
        digest=found.gate.digest,
        rule_version=found.gate.version,
        computed_at=at,
    )


def sensitive_columns(release: Release) -> tuple[str, ...]:
    """Return the sensitive columns of the data that the release is evaluated on."""
    names = (
        name
        for item in sorted(release.release_datasets.all(), key=lambda item: item.pk)
        if item.use == DatasetUse.EVALUATION
        for name in item.dataset.columns_of(ColumnRole.SENSITIVE)
    )
    return tuple(dict.fromkeys(names))


def requirements_of(
    release: Release, *, policy: Policy, tier: int | None, answers: dict[str, list[str]]
) -> tuple[Requirement, ...]:
    """Return what the policy asks of the release; nothing while the tier is not known."""
    if tier is None:
        return ()
    kind = release.system.kind
    return required(
        policy,
        tier=tier,
        kind=kind,
        traits=traits_of(policy, kind=kind, answers=answers),
        sensitive_columns=sensitive_columns(release),
    )


def available_methods() -> frozenset[str]:
    """Return the keys of the methods that this portal can run."""
    return frozenset(spec.key for spec in catalogue.all_methods())


def _of(
    release: Release, rows: gate_rows.GateRows, latest: PolicyVersion | None, at: dt.datetime
) -> ReleaseGate:
    intake = rows.intakes.get(release.pk)
    plan = rows.plans.get(release.pk)
    policy, inputs = None, None
    try:
        version = intake.policy if intake else latest
        if version is None:
            return _whole(
                release, rows, at, gate=_blocked("No policy is published, so nothing is known.")
            )
        policy = policy_of(version)
        inputs = _inputs(release, rows, policy, at)
        gate = gate_rule.compute(inputs)
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("gate_not_computed", release=release.pk)
        gate = _blocked(
            "The gate could not be computed, so it is blocked and nothing was changed: "
            f"{type(error).__name__}. Tell an administrator; the log has the details."
        )
        inputs = None
    return _whole(release, rows, at, gate=gate, inputs=inputs, policy=policy, plan=plan)


def _inputs(
    release: Release, rows: gate_rows.GateRows, policy: Policy, at: dt.datetime
) -> GateInputs:
    intake, plan = rows.intakes.get(release.pk), rows.plans.get(release.pk)
    tier = intake.tier if intake else None
    digest = release.scope_digest()
    requirements = requirements_of(
        release, policy=policy, tier=tier, answers=intake.answers if intake else {}
    )
    checks = gate_evidence.checks(release, requirements, rows)
    sealed = gate_decisions.sealed_at(release, scope_digest=digest, now=at, rows=rows)
    present = Present.of(release, scope_digest=digest, checks=checks, requirements=requirements)
    return GateInputs(
        policy=policy,
        tier=tier,
        scope_digest=digest,
        requirements=requirements,
        plan_locked=bool(plan and plan.locked),
        available_methods=available_methods(),
        now=at,
        evaluation_data=gate_evidence.evaluation_data(release),
        checks=checks,
        documents=gate_evidence.documents(release, requirements, rows),
        sign_offs=gate_evidence.sign_offs(release, requirements, rows, sealed=sealed),
        risks=gate_evidence.risks(present, policy=policy, rows=rows),
        findings=gate_evidence.findings(release, rows),
        exceptions=gate_evidence.exceptions(release, rows, sealed=sealed),
        decisions=gate_decisions.decisions(release, rows),
    )


def _whole(
    release: Release,
    rows: gate_rows.GateRows,
    at: dt.datetime,
    *,
    gate: Gate,
    inputs: GateInputs | None = None,
    policy: Policy | None = None,
    plan: EvaluationPlan | None = None,
) -> ReleaseGate:
    return ReleaseGate(
        release=release,
        gate=gate,
        inputs=inputs,
        policy=policy,
        intake=rows.intakes.get(release.pk),
        plan=plan,
        checks=tuple(rows.checks.get(plan.pk, [])) if plan else (),
        runs=tuple(rows.runs.get(plan.pk, [])) if plan else (),
        risks=tuple(rows.risks_by_system.get(release.system_id, [])),
        decisions=tuple(rows.decisions.get(release.pk, [])),
        hands=rows.hands.get(release.pk, {}),
        risk_hands=rows.risk_hands,
        computed_at=at,
    )


def _blocked(reason: str) -> Gate:
    return Gate(
        requirements=(),
        outcome="blocked",
        reason=reason,
        ready=False,
        readiness=reason,
        blockers=(),
        counts=(),
        tier=None,
        scope_digest="",
        policy_version="",
        policy_digest="",
        decision_id="",
    )
