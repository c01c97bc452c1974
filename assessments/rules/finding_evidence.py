"""Whether a grave finding is open: findings speak against a release, none of them for it."""

from __future__ import annotations

from assessments.rules.findings import Finding, RestsOn, by_id
from assessments.rules.gate_inputs import FindingEvidence, GateInputs
from assessments.rules.requirements import Requirement
from assessments.rules.wording import first_few

GRAVEST = 1


def none_open(requirement: Requirement, inputs: GateInputs) -> Finding:
    """Return failed while a finding of the severity asked about, or a graver one, is open.

    A severity that nobody knows counts as grave.
    """
    limit = requirement.none_open_at
    if limit < GRAVEST:
        return Finding(
            status="error", reason="The policy names no severity of findings.", basis="missing"
        )
    grave = by_id(
        (item for item in inputs.findings if not limit < item.severity <= 4),
        lambda item: item.finding_id,
    )
    words = " or ".join(f"Sev{number}" for number in range(GRAVEST, limit + 1))
    rests_on = RestsOn(kind="findings", id="", label="Findings") if inputs.findings else None
    left = sorted((item for item in grave if not item.settled), key=lambda item: item.severity)
    if left:
        return Finding(
            status="failed",
            reason=f"{_counted(len(left))} open at {words}: {_names(left)}.",
            basis="attested",
            rests_on=rests_on,
            mend=requirement.mend,
            mend_by=requirement.owner_role,
        )
    reason = (
        f"{_counted(len(grave))} at {words}, each closed by a second person."
        if grave
        else f"No finding at {words} was recorded."
    )
    return Finding(status="met", reason=reason, basis="attested", rests_on=rests_on)


def _counted(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"


def _names(items: list[FindingEvidence]) -> str:
    return first_few([f"{item.label} (Sev{item.severity})" for item in items])
