"""Registering AI systems and changing what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from registry.choices import LifecycleStage
from registry.models import AISystem
from registry.permissions import require_change
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """What a person says of a system; kind and stage are values of registry.choices."""

    name: str
    kind: str
    owner: User
    purpose: str
    stage: str = LifecycleStage.PROPOSED
    intended_use: str = ""
    out_of_scope_uses: str = ""
    affected_groups: str = ""
    users: str = ""
    decisions: str = ""
    jurisdictions: str = ""


def facts_of(system: AISystem) -> SystemFacts:
    """Return what is said of the system now, to be changed with `dataclasses.replace`."""
    return SystemFacts(
        name=system.name,
        kind=system.kind,
        owner=system.owner,
        purpose=system.purpose,
        stage=system.stage,
        intended_use=system.intended_use,
        out_of_scope_uses=system.out_of_scope_uses,
        affected_groups=system.affected_groups,
        users=system.users,
        decisions=system.decisions,
        jurisdictions=system.jurisdictions,
    )


def require_member(person: User, portfolio_id: int | None, *, field: str = "owner") -> None:
    """Raise Refused unless the person is active, human and sees that portfolio."""
    visible = person.portfolio_ids
    if person.is_service or not person.is_active or not person.grants:
        sentence = f"{person} cannot own this: only a person with a role can. Choose another."
        raise Refused(sentence, field=field)
    if visible is not None and portfolio_id not in visible:
        sentence = (
            f"{person} has no role in this portfolio and could not see what they own. Choose "
            "another person, or ask an administrator to give them a role."
        )
        raise Refused(sentence, field=field)


@transaction.atomic
def register_system(*, actor: User, portfolio: Portfolio, facts: SystemFacts) -> AISystem:
    """Return the new system."""
    require_change(actor, portfolio.pk)
    require_member(facts.owner, portfolio.pk)
    system = AISystem(portfolio=portfolio, created_by=actor)
    _fill(system, facts)
    save_checked(system)
    record(actor=actor, action="system.registered", subject=system)
    return system


@transaction.atomic
def update_system(*, actor: User, system: AISystem, facts: SystemFacts) -> AISystem:
    """Change what is said of the system; the scope digests of its releases follow."""
    row = AISystem.objects.select_for_update().get(pk=system.pk)
    require_change(actor, row.portfolio_id)
    before = row_record(row)
    if facts.owner.pk != row.owner_id:
        require_member(facts.owner, row.portfolio_id)
    _fill(row, facts)
    if row_record(row) == before:
        return row
    save_checked(row)
    record(actor=actor, action="system.changed", subject=row, before=before)
    return row


def _fill(system: AISystem, facts: SystemFacts) -> None:
    for name in SystemFacts.__dataclass_fields__:
        value = getattr(facts, name)
        setattr(system, name, value.strip() if isinstance(value, str) else value)
