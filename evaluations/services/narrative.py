"""A person reads the narrative that a method filled in, and stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evaluations.models import Run
from rai_portal.db import row_record
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import WorkState
from registry.permissions import require_change
from registry.services.contributions import note_contribution

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@transaction.atomic
def confirm_narrative(*, actor: User, run: Run) -> Run:
    """Note who read principle, technique, limitation and decision and agrees; once."""
    rows = Run.objects.select_for_update(of=("self",)).select_related("release__system")
    row = rows.get(pk=run.pk)
    require_change(actor, row.portfolio_id)
    if row.state != WorkState.SUCCEEDED:
        message = f"Run {row.pk} has no result, so there is no narrative. Nothing was changed."
        raise Refused(message)
    if row.narrative_confirmed_by_id is not None:
        return row
    before = row_record(row)
    row.narrative_confirmed_by, row.narrative_confirmed_at = actor, timezone.now()
    row.save(update_fields=["narrative_confirmed_by", "narrative_confirmed_at"])
    if row.release is not None:
        note_contribution(release=row.release, user=actor, act="run.narrative_confirmed")
    record(actor=actor, action="run.narrative_confirmed", subject=row, before=before)
    return row
