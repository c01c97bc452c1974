"""Residual risk over the appetite, taken by a person with the right."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import IntakeState
from assessments.models import Intake, RiskAcceptance
from assessments.rules import risk_matrix
from assessments.rules.decision_rights import may_accept_risk
from assessments.rules.policy_data import AcceptanceRule, Policy, RiskLevel
from assessments.services.policies import policy_of
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.services.record import record
from registry.choices import RiskState
from registry.models import Risk
from registry.queries.hands import hands_in_risk
from registry.risk_text import risk_digest

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an acceptance of a risk would be: of which level, in which tier, by which rule."""

    risk: Risk
    policy: Policy
    tier: int
    level: RiskLevel
    rule: AcceptanceRule
    likelihood: int
    severity: int

    def last_day(self, today: dt.date) -> dt.date:
        """Return the latest day until which it may stand."""
        return today + dt.timedelta(days=self.rule.max_days)


def case_of(risk: Risk) -> Case:
    """Return what would be accepted, or refuse with the reason."""
    if risk.state != RiskState.OPEN:
        raise Refused(f"{risk.code} is closed, so there is nothing to accept. Nothing was kept.")
    if risk.current_likelihood is None or risk.current_severity is None:
        message = (
            f"{risk.code} has no residual rating yet, so nobody knows what would be accepted. "
            "Nothing was kept. Have it rated first."
        )
        raise Refused(message)
    intake = (
        Intake.objects.filter(release__system=risk.system_id, state=IntakeState.SUBMITTED)
        .select_related("policy")
        .order_by("-release_id")
        .first()
    )
    if intake is None or intake.tier is None:
        message = (
            "The tier of this system is not known, so the policy names nobody who may accept. "
            "Nothing was kept. Have the intake submitted first."
        )
        raise Refused(message)
    return _case(
        risk,
        policy_of(intake.policy),
        tier=intake.tier,
        likelihood=risk.current_likelihood,
        severity=risk.current_severity,
    )


def _case(risk: Risk, policy: Policy, *, tier: int, likelihood: int, severity: int) -> Case:
    level = risk_matrix.level(policy.risk_matrix, likelihood=likelihood, severity=severity)
    if not risk_matrix.over_appetite(policy.risk_matrix, level):
        message = f"{risk.code} is within appetite ({level.label}); it needs no acceptance."
        raise Refused(message)
    rule = policy.decision_rights.acceptance(tier, level.key)
    if rule is None:
        message = f"Nobody may accept a {level.label.lower()} risk in Tier {tier}. Mitigate it."
        raise Refused(message)
    return Case(
        risk=risk,
        policy=policy,
        tier=tier,
        level=level,
        rule=rule,
        likelihood=likelihood,
        severity=severity,
    )


def require_right(actor: User, case: Case) -> None:
    """Raise NotAllowed unless the person may take this risk."""
    risk = case.risk
    permission = may_accept_risk(
        case.policy,
        actor_id=str(actor.pk),
        roles=actor.roles_in(risk.portfolio_id) if actor.is_active else (),
        contributor_ids={str(hand.user_id) for hand in hands_in_risk(risk)},
        tier=case.tier,
        level=case.level.key,
    )
    if not permission.allowed or actor.is_service:
        raise NotAllowed(f"{permission.reason} Nothing was kept.")


@transaction.atomic
def accept_risk(
    *, actor: User, risk: Risk, rationale: str, monitoring: str, expires_on: dt.date
) -> RiskAcceptance:
    """Take the risk as it reads and is rated now, until a day.

    Whoever wrote, changed, rated or closed it, or acted on a mitigation of it, may not.
    """
    locked = Risk.objects.select_for_update().select_related("system").get(pk=risk.pk)
    case = case_of(locked)
    require_right(actor, case)
    for name, text in (("rationale", rationale), ("monitoring", monitoring)):
        if not text.strip():
            raise Refused(f"Write the {name}. Nothing was kept.", field=name)
    today = timezone.now().date()
    latest = case.last_day(today)
    if not today < expires_on <= latest:
        message = f"It may stand until {latest} at the latest, from tomorrow. Nothing was kept."
        raise Refused(message, field="expires_on")
    row = RiskAcceptance.objects.create(
        risk=locked,
        likelihood=case.likelihood,
        severity=case.severity,
        risk_digest=risk_digest(locked),
        rationale=rationale.strip(),
        monitoring=monitoring.strip(),
        expires_on=expires_on,
        accepted_by=actor,
        accepted_at=timezone.now(),
        roles=sorted(actor.roles_in(locked.portfolio_id)),
    )
    record(actor=actor, action="risk.accepted", subject=row)
    return row
