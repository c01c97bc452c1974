"""Systems, evidence and gates that the tests of the rules start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from assessments.policies import shipped_text
from assessments.rules.gate_inputs import (
    CheckEvidence,
    DecisionEvidence,
    DocumentEvidence,
    ExceptionEvidence,
    FindingEvidence,
    GateInputs,
    Numbers,
    RiskEvidence,
    RunEvidence,
    SignOffEvidence,
)
from assessments.rules.policy import load_policy
from assessments.rules.policy_data import Policy
from assessments.rules.requirements import Requirement, required
from evaluations.methods import catalogue

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SCOPE = "419f21bf4940"
METHODS = frozenset({"fairness.group_rates", "attribution.shap"})

MORTGAGE = {
    "areas": ["credit"],
    "decision_role": ["recommends"],
    "oversight": ["every_case"],
    "people_affected": ["under_10000"],
    "reversibility": ["with_effort"],
    "children": ["no"],
    "groups": ["known"],
    "personal_data": ["personal"],
    "origin": ["ourselves"],
    "exposure": ["staff"],
    "actions": ["nothing"],
    "generates": ["nothing"],
    "reasons": ["told"],
    "change": ["releases"],
    "compute": ["little"],
}
SUPPORT = MORTGAGE | {
    "areas": ["customer_service"],
    "decision_role": ["informs"],
    "oversight": ["on_challenge"],
    "people_affected": ["under_1000000"],
    "reversibility": ["easily"],
    "groups": ["possible"],
    "origin": ["documented_supplier"],
    "exposure": ["customers"],
    "actions": ["reads"],
    "generates": ["direct"],
    "reasons": ["on_request"],
    "change": ["supplier_changes"],
    "compute": ["accelerators"],
}
ROOMS = MORTGAGE | {
    "areas": ["internal_work"],
    "oversight": ["sample"],
    "reversibility": ["easily"],
    "groups": ["no_people"],
    "personal_data": ["none"],
}
MORTGAGE_TRAITS = frozenset({"about_people", "declines_people", "personal_data"})


@cache
def policy() -> Policy:
    return load_policy(shipped_text())


def mortgage_requirements(tier: int = 1, columns: tuple[str, ...] = ("race",)):
    return required(
        policy(),
        tier=tier,
        kind="predictive",
        traits=MORTGAGE_TRAITS,
        sensitive_columns=columns,
    )


def run(run_id: str = "118", **changes) -> RunEvidence:
    """A run that passed on the present scope."""
    base = RunEvidence(
        run_id=run_id,
        label=f"Run {run_id}",
        state="succeeded",
        verdict="pass",
        counts=True,
        scope_digest=SCOPE,
        numbers=None,
        detail="Every group has an estimate, 1,989 rows",
    )
    return replace(base, **changes)


def passing_numbers(direction: str) -> Numbers | None:
    if direction == "at_most":
        return Numbers(value=0.00001, low=0.0, high=0.00009, n=1989)
    if direction == "at_least":
        return Numbers(value=0.95, low=0.92, high=0.97, n=1989)
    return None


def check(requirement: Requirement, *runs: RunEvidence, **changes) -> CheckEvidence:
    """A check planned as the policy asks; without runs given, one that passed."""
    measure = requirement.measure
    assert measure is not None
    own = runs or (run(numbers=passing_numbers(measure.direction)),)
    base = CheckEvidence(
        check_id=f"c-{requirement.key}",
        requirement_key=requirement.key,
        method=measure.method,
        metric=measure.metric,
        by=measure.by,
        direction=measure.direction,
        threshold=measure.threshold,
        parameters=measure.parameters,
        without_bearing=catalogue.get(measure.method).without_bearing(measure.metric)
        if measure.method in METHODS
        else frozenset(),
        runs=own,
    )
    return replace(base, **changes)


def document(key: str, **changes) -> DocumentEvidence:
    base = DocumentEvidence(
        document_id=f"d-{key}",
        label="Document 41",
        document=key,
        state="confirmed",
        scope_digest=SCOPE,
        confirmed_by="Analyst 1",
        confirmed_on=date(2026, 11, 19),
    )
    return replace(base, **changes)


def sign_off(of: str, **changes) -> SignOffEvidence:
    base = SignOffEvidence(
        sign_off_id=f"s-{of}",
        label="Sign-off 52",
        specialism=of,
        state="signed",
        signer="Specialist reviewer 1",
        scope_digest=SCOPE,
        had_a_hand=False,
        signed_on=date(2026, 11, 17),
    )
    return replace(base, **changes)


def risk(risk_id: str = "1", likelihood: int | None = 2, severity: int | None = 2, **changes):
    base = RiskEvidence(
        risk_id=risk_id,
        label=f"Risk {risk_id}",
        likelihood=likelihood,
        severity=severity,
        basis="attested",
        rating_current=True,
    )
    return replace(base, **changes)


def found(finding_id: str = "4", severity: int = 1, **changes) -> FindingEvidence:
    """An open finding."""
    base = FindingEvidence(
        finding_id=finding_id, label=f"Finding {finding_id}", severity=severity, settled=False
    )
    return replace(base, **changes)


def exception(key: str, status: str, **changes) -> ExceptionEvidence:
    base = ExceptionEvidence(
        exception_id="7",
        label="Exception 7",
        requirement_key=key,
        status_waived=status,
        granted_by="Executive 1",
        roles=frozenset({"executive"}),
        had_a_hand=False,
        granted_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=60),
        scope_digest=SCOPE,
        reason="The pilot is limited to two branches.",
        compensating_measure="A second reader for every declined case.",
        data_to_collect="40 more applications by Black applicants by 2027-01-15.",
    )
    return replace(base, **changes)


def inputs(requirements: tuple[Requirement, ...], tier: int | None = 1, **changes) -> GateInputs:
    """Inputs in which everything that the requirements ask is there."""
    base = GateInputs(
        policy=policy(),
        tier=tier,
        scope_digest=SCOPE,
        requirements=requirements,
        plan_locked=True,
        available_methods=METHODS,
        now=NOW,
        checks=tuple(check(item) for item in requirements if item.measure and item.applies),
        documents=tuple(
            document(key) for key in sorted({item.document for item in requirements} - {""})
        ),
        sign_offs=tuple(sign_off(item.specialism) for item in requirements if item.specialism),
        risks=(risk("1"), risk("2", 1, 5, basis="measured")),
    )
    return replace(base, **changes)


def decision(statuses: tuple[tuple[str, str], ...], **changes) -> DecisionEvidence:
    base = DecisionEvidence(
        decision_id="3",
        label="Decision 3",
        kind="go",
        settled=True,
        had_a_hand=False,
        tier=1,
        scope_digest=SCOPE,
        policy_digest=policy().digest,
        statuses=statuses,
        decided_at=NOW - timedelta(days=2),
        expires_at=NOW + timedelta(days=100),
    )
    return replace(base, **changes)
