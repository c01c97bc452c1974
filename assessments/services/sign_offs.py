"""A specialist's word on one requirement; never from a person who had a hand in the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from assessments.choices import SignOffOutcome
from assessments.models import SignOff
from assessments.services.requirements import applying, require_no_hand
from rai_portal.accounts.choices import Role
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.services.record import record

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from registry.models import Release

REVIEWER_SIGNS = "A specialist reviewer signs this section. Nothing was kept. Ask one to sign."


@transaction.atomic
def sign(*, actor: User, release: Release, key: str, outcome: str, note: str) -> SignOff:
    """Sign the section off, or ask for changes. The word is bound to the present scope."""
    if not actor.has_role(Role.REVIEWER, portfolio_id=release.portfolio_id):
        raise NotAllowed(REVIEWER_SIGNS)
    found, status = applying(release, key)
    require_no_hand(actor, found, "signs it off")
    if status.category != "sign_off":
        message = f"{status.title} is not met by a signature. Nothing was kept."
        raise Refused(message)
    if not note.strip():
        message = "Write what you looked at, or what should change. Nothing was kept."
        raise Refused(message, field="note")
    row = SignOff.objects.create(
        release=release,
        requirement=key,
        outcome=SignOffOutcome(outcome),
        note=note.strip(),
        scope_digest=found.gate.scope_digest,
        signed_by=actor,
        signed_at=timezone.now(),
    )
    record(actor=actor, action=f"sign_off.{row.outcome}", subject=row)
    return row
