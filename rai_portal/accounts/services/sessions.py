"""Entries about signing in and about what one signs in with.

Signing in never waits for the ledger longer than a moment, and never fails by it: an entry that
cannot be written is logged as an error. Failed attempts are logged and not entered, since anybody
on the web can make as many as they like; that a person's attempts were limited is entered at most
once an hour.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from rai_portal.accounts.models import User
from rai_portal.db import row_record
from rai_portal.ledger.models import Entry
from rai_portal.ledger.services.record import LedgerError, record

LONGEST_WAIT_MS = 2000
LIMITED = "session.attempts_limited"
LIMITED_EVERY = dt.timedelta(hours=1)

log = structlog.get_logger(__name__)


def note_act(user: User, action: str) -> None:
    """Enter what a person did about their own account, with no more data than that."""
    try:
        with _waiting_briefly(), transaction.atomic():
            record(actor=user, action=action, subject=user, before=row_record(user))
    except (DatabaseError, LedgerError):
        log.exception("ledger.entry_missed", action=action, person=user.pk)


def note_failure(email: str) -> None:
    """Log a wrong password; the address itself stays out of the logs."""
    log.warning("sign_in.failed", person=_person(email))


def note_limit(email: str) -> None:
    """Enter that attempts to sign in as a known person were limited; log it for others."""
    person = _person(email)
    log.warning("sign_in.limited", person=person)
    if person is None:
        return
    user = User.objects.get(pk=person)
    since = timezone.now() - LIMITED_EVERY
    if Entry.objects.about(user).filter(action=LIMITED, at__gt=since).exists():
        return
    try:
        with _waiting_briefly(), transaction.atomic():
            # By nobody: who tried is not known.
            record(actor=None, action=LIMITED, subject=user, before=row_record(user))
    except (DatabaseError, LedgerError):
        log.exception("ledger.entry_missed", action=LIMITED, person=person)


def _person(email: str) -> int | None:
    return User.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()


@contextmanager
def _waiting_briefly() -> Iterator[None]:
    """Give up a locked head row after a moment instead of keeping a person waiting."""
    if connection.vendor == "sqlite":
        ask, tell = "PRAGMA busy_timeout", "PRAGMA busy_timeout = {}"
    else:
        ask, tell = "SHOW lock_timeout", "SET lock_timeout = '{}'"
    with connection.cursor() as cursor:
        cursor.execute(ask)
        before = cursor.fetchone()[0]
        cursor.execute(tell.format(LONGEST_WAIT_MS))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(tell.format(before))
