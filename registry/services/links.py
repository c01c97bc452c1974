"""Ties a risk to the finding or run it was recorded from, by the reverse relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rai_portal.db import row_record
from rai_portal.ledger.services.record import record
from registry.models import Risk
from registry.permissions import require_change

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a risk was seen. Both rows belong to the room above; None where there is none."""

    finding: Any = None
    run: Any = None

    @property
    def system_id(self) -> int | None:
        """The system it was seen in, where one is known."""
        if self.finding is not None:
            return int(self.finding.system_id)
        release = self.run.release if self.run is not None else None
        return release.system_id if release is not None else None


def origin_of(*, user: User, finding: int | None, run: int | None) -> Origin:
    """Return the finding and the run with these ids that the person may see."""
    return Origin(
        finding=_row(user, "findings", finding), run=_row(user, "risk_runs", run, through="run")
    )


def _row(user: User, relation: str, pk: int | None, through: str = "") -> Any:
    if pk is None:
        return None
    model: Any = Risk._meta.get_field(relation).related_model
    if through:
        model = model._meta.get_field(through).related_model
    return model.objects.visible_to(user).filter(pk=pk).first()


@transaction.atomic
def link_origin(*, actor: User, risk: Risk, origin: Origin) -> None:
    """Tie the risk to what it was seen in; what belongs to another system is left alone."""
    require_change(actor, risk.portfolio_id)
    linked: dict[str, int] = {}
    if origin.finding is not None and origin.finding.system_id == risk.system_id:
        origin.finding.risks.add(risk)
        linked["finding"] = origin.finding.pk
    if origin.run is not None and origin.run.portfolio_id == risk.portfolio_id:
        links: Any = risk.risk_runs
        links.get_or_create(run=origin.run, metric="", defaults={"created_by": actor})
        linked["run"] = origin.run.pk
    if linked:
        record(
            actor=actor, action="risk.linked", subject=risk, before=row_record(risk),
            details=linked,
        )  # fmt: skip
