"""Making, finding and revoking API tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from rai_portal.accounts.choices import Scope
from rai_portal.accounts.models import ApiToken, User
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record

PREFIX = "rai_"
SHOWN = 12
"""So many signs of a token are kept, to tell it from others."""
MAXIMUM_DAYS = 366
SEEN_EVERY = dt.timedelta(minutes=1)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_token(
    *, actor: User | None, user: User, scope: Scope, days: int
) -> tuple[ApiToken, str]:
    """Return (row, token). The token itself is shown once and never stored."""
    if not 1 <= days <= MAXIMUM_DAYS:
        message = f"A token lives from 1 to {MAXIMUM_DAYS} days; {days} was asked for."
        raise Refused(message, field="days")
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        prefix=token[:SHOWN],
        digest=_digest(token),
        scope=scope,
        expires_at=timezone.now() + dt.timedelta(days=days),
    )
    record(actor=actor, action="token.created", subject=row)
    return row, token


def find_token(token: str) -> ApiToken | None:
    """Return the living token with this text, or None."""
    now = timezone.now()
    row = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(token), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if row and (row.last_used_at is None or now - row.last_used_at > SEEN_EVERY):
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


@transaction.atomic
def revoke_token(*, actor: User | None, token: ApiToken) -> None:
    """End a token at once. actor: None on the command line of the server."""
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(actor=actor, action="token.revoked", subject=token)
