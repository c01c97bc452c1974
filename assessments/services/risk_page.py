"""The risks of a release's system as the Risks step shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from assessments.models import RiskAcceptance
from assessments.rules.decision_rights import may_accept_risk
from assessments.rules.gate_inputs import AcceptanceEvidence, RiskEvidence
from assessments.rules.policy_data import Policy, RiskLevel
from assessments.rules.risk_evidence import is_accepted, residual_level
from assessments.rules.risk_matrix import level as level_of
from assessments.rules.risk_matrix import over_appetite
from assessments.services.gates import ReleaseGate
from evaluations.models import RiskRun
from registry.models import Mitigation, Risk, RiskRating
from registry.services.ratings import inherent_of

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedRun:
    """A run that a rating cites. check, verdict: "" where no check judged it. here: this scope."""

    run_id: int
    check: str
    verdict: str
    verdict_text: str
    sentence: str
    here: bool

    def __str__(self) -> str:
        told = f"{self.check}, {self.verdict_text.lower()}" if self.check else "no verdict"
        return f"Run {self.run_id}: {told}{'' if self.here else ', on another scope'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """One risk. level: None while no rating counts. may_accept: whether the reader may take it.

    inherent: the level before any mitigation. confirmed_by: the second person behind the rating
    that counts, "" where it needed none. cited: runs linked before it was given, those on the
    present scope first. waiting: a rating that a second person has yet to answer.
    """

    risk: Risk
    evidence: RiskEvidence
    inherent: RiskLevel | None
    level: RiskLevel | None
    confirmed_by: str
    cited: tuple[CitedRun, ...]
    waiting: RiskRating | None
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
    links = RiskRun.objects.select_related("run", "verdict__check_row")
    # Typed apart: the checker cannot join prefetches of different rows.
    beside: tuple[Prefetch[Any], ...] = (
        Prefetch("mitigations", Mitigation.objects.select_related("owner")),
        Prefetch("ratings", RiskRating.objects.select_related("rated_by", "answered_by")),
        Prefetch("risk_runs", links.defer("run__result", "run__inputs")),
    )
    risks = (
        Risk.objects.filter(pk__in=[risk.pk for risk in found.risks])
        .select_related("owner", "rated_by")
        .prefetch_related(*beside)
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
        inherent=_level_of(found.policy, inherent_of(risk)),
        level=level,
        confirmed_by=_confirmed_by(risk),
        cited=_cited(risk, found.gate.scope_digest),
        waiting=next((item for item in risk.ratings.all() if item.waits), None),
        over=over,
        taken=taken,
        acceptance=newest,
        acceptance_state=_state(newest, found) if newest else "",
        mitigations=tuple(risk.mitigations.all()),
        may_accept=bool(over and not taken and level and _may_accept(found, risk, level, user)),
    )


def _level_of(policy: Policy, cell: tuple[int, int]) -> RiskLevel | None:
    try:
        return level_of(policy.risk_matrix, likelihood=cell[0], severity=cell[1])
    except ValueError:
        return None


def _confirmed_by(risk: Risk) -> str:
    counts = [item for item in risk.ratings.all() if item.rated_at == risk.rated_at]
    return str(counts[-1].answered_by) if counts and counts[-1].confirmed else ""


def _cited(risk: Risk, scope_digest: str) -> tuple[CitedRun, ...]:
    """Return the runs that were linked when the rating was given, or all while there is none."""
    links = [
        item
        for item in risk.risk_runs.all()
        if risk.rated_at is None or item.created_at <= risk.rated_at
    ]
    runs = [
        CitedRun(
            run_id=item.run_id,
            check=item.verdict.check_row.short_title if item.verdict else "",
            verdict=item.verdict.verdict if item.verdict else "",
            verdict_text=item.verdict.get_verdict_display() if item.verdict else "",
            sentence=item.verdict.sentence if item.verdict else "",
            here=item.run.scope_digest == scope_digest,
        )
        for item in links
    ]
    return tuple(sorted(runs, key=lambda item: (not item.here, -item.run_id, item.check)))


def _may_accept(found: ReleaseGate, risk: Risk, level: RiskLevel, user: User | None) -> bool:
    if user is None or found.policy is None or found.tier is None:
        return False
    return may_accept_risk(
        found.policy,
        actor_id=str(user.pk),
        roles=user.roles_in(risk.portfolio_id),
        contributor_ids={str(pk) for pk in found.risk_hands.get(risk.pk, {})},
        tier=found.tier,
        level=level.key,
    ).allowed


def _state(item: AcceptanceEvidence, found: ReleaseGate) -> str:
    if item.withdrawn:
        return "withdrawn"
    if item.risk_changed:
        return "outdated"
    now = found.inputs.now if found.inputs else found.computed_at
    return "current" if item.expires_at > now else "expired"


def acceptances_of(risk: Risk) -> list[RiskAcceptance]:
    """Return the acceptances of a risk, newest first."""
    return list(risk.acceptances.select_related("accepted_by"))
