"""The status of one requirement from the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from assessments.rules.check_evidence import evaluation
from assessments.rules.filed_evidence import document, sign_off
from assessments.rules.finding_evidence import none_open
from assessments.rules.findings import Finding, RestsOn
from assessments.rules.gate_inputs import GateInputs
from assessments.rules.requirements import Requirement
from assessments.rules.risk_evidence import risk_finding


def finding(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return the status that the evidence gives the requirement, exceptions apart."""
    if not requirement.applies:
        return Finding(status="not_applicable", reason=requirement.reason, basis="missing")
    judge = _JUDGES.get(requirement.category)
    if judge is None:
        return Finding(
            status="error", reason="This kind of requirement is not known.", basis="missing"
        )
    return judge(requirement, inputs)


def _risks(requirement: Requirement, inputs: GateInputs) -> Finding:
    found = risk_finding(
        rule=requirement.risk_rule,
        minimum=requirement.risk_minimum,
        policy=inputs.policy,
        tier=inputs.tier,
        risks=inputs.risks,
        now=inputs.now,
    )
    result = Finding(
        status=found.status,
        reason=found.reason,
        basis=found.basis,
        rests_on=RestsOn(kind="risks", id="", label="Risk register") if inputs.risks else None,
    )
    if found.status == "met":
        return result
    mend, mend_by = found.mend or requirement.mend, found.mend_by or requirement.owner_role
    return replace(result, mend=mend, mend_by=mend_by)


_JUDGES: Mapping[str, Callable[[Requirement, GateInputs], Finding]] = {
    "evaluation": evaluation,
    "document": document,
    "control": document,
    "monitoring": document,
    "sign_off": sign_off,
    "risk": _risks,
    "finding": none_open,
}
