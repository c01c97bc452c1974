"""The risks of a release's system as the Risks step shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from assessments.models import RiskAcceptance
from assessments.rules.decision_rights import may_accept_risk
from assessments.rules.gate_inputs import AcceptanceEvidence, RiskEvidence
from assessments.rules.policy_data import RiskLevel
from assessments.rules.risk_evidence import is_accepted, residual_level
from assessments.rules.risk_matrix import over_appetite
from assessments.services.gates import ReleaseGate
from registry.models import Mitigation, Risk

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """One risk. level: None while no rating counts. may_accept: whether the reader may take it."""

    risk: Risk
    evidence: RiskEvidence
    level: RiskLevel | None
    over: bool
    taken: bool
    acceptance: AcceptanceEvidence | None
    acceptance_state: str
    mitigations: tuple[Mitigation, ...]
    may_accept: bool


def risk_rows(found: ReleaseGate, user: User | None = None) -> tuple[RiskRow, ...]:
    """Return every risk, open and over appetite first."""
    if found.inputs is None:
        return ()
    evidence = {item.risk_id: item for item in found.inputs.risks}
    risks = (
        Risk.objects.filter(pk__in=[risk.pk for risk in found.risks])
        .select_related("owner")
        .prefetch_related(Prefetch("mitigations", Mitigation.objects.select_related("owner")))
    )
    rows = [
        _row(found, risk, evidence[str(risk.pk)], user)
        for risk in risks
        if str(risk.pk) in evidence
    ]
    return tuple(sorted(rows, key=_order))


def _order(row: RiskRow) -> tuple[bool, bool, int, int]:
    points = row.level.at_least if row.level else 100
    return row.evidence.closed, not (row.over and not row.taken), -points, row.risk.pk


def _row(found: ReleaseGate, risk: Risk, evidence: RiskEvidence, user: User | None) -> RiskRow:
    if found.policy is None or found.inputs is None:
        message = "Risks are shown of a gate that was computed."
        raise ValueError(message)
    level = residual_level(found.policy, evidence)
    over = bool(level and not evidence.closed and over_appetite(found.policy.risk_matrix, level))
    now = found.inputs.now
    taken = bool(
        over
        and level
        and is_accepted(found.policy, evidence, tier=found.tier, risk_level=level, now=now)
    )
    newest = evidence.acceptances[-1] if evidence.acceptances else None
    return RiskRow(
        risk=risk,
        evidence=evidence,
        level=level,
        over=over,
        taken=taken,
        acceptance=newest,
        acceptance_state=_state(newest, found) if newest else "",
        mitigations=tuple(risk.mitigations.all()),
        may_accept=bool(over and not taken and level and _may_accept(found, risk, level, user)),
    )


def _may_accept(found: ReleaseGate, risk: Risk, level: RiskLevel, user: User | None) -> bool:
    if user is None or found.policy is None or found.tier is None:
        return False
    hands = (risk.created_by_id, risk.owner_id, risk.rated_by_id)
    return may_accept_risk(
        found.policy,
        actor_id=str(user.pk),
        roles=user.roles_in(risk.portfolio_id),
        contributor_ids={str(pk) for pk in hands if pk is not None},
        tier=found.tier,
        level=level.key,
    ).allowed


def _state(item: AcceptanceEvidence, found: ReleaseGate) -> str:
    if item.withdrawn:
        return "withdrawn"
    now = found.inputs.now if found.inputs else found.computed_at
    return "current" if item.expires_at > now else "expired"


def acceptances_of(risk: Risk) -> list[RiskAcceptance]:
    """Return the acceptances of a risk, newest first."""
    return list(risk.acceptances.select_related("accepted_by"))
