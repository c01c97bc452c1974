"""The one way to write into the ledger."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from typing import TYPE_CHECKING, Any

import rfc8785
import structlog
from django.db import connection, models
from django.utils import timezone

from rai_portal.db import canonical_digest, row_record
from rai_portal.ledger.models import Entry, Head, Payload

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

SCHEMA_VERSION = 1


class LedgerError(RuntimeError):
    """The ledger could not be written; the change that asked for it must not happen."""


def nfc(text: str) -> str:
    """Return the text in Unicode NFC, so that equal words have equal bytes."""
    return unicodedata.normalize("NFC", text)


def commitment(salt: str, text: str) -> str:
    """SHA-256 over salt and text: proves a text that is kept beside, may be erased without harm."""
    return hashlib.sha256(f"{salt}\x1f{nfc(text)}".encode()).hexdigest()


def entry_hash(previous: str, body: bytes) -> str:
    """SHA-256 (hex) over the previous entry's hash and this entry's bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + body).hexdigest()


def leaf_hash(body: bytes) -> str:
    """RFC 6962 leaf hash (hex)."""
    return hashlib.sha256(b"\x00" + body).hexdigest()


def portfolio_of(subject: models.Model) -> int | None:
    """Return the id of the portfolio that the subject belongs to, or None."""
    own = getattr(subject, "portfolio_id", None)
    if own is not None:
        return int(own)
    if subject._meta.label_lower == "accounts.portfolio":
        return int(subject.pk)
    return None


def record(
    *,
    actor: User | None,
    action: str,
    subject: models.Model,
    reason: str = "",
    before: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> Entry:
    """Append one entry, as the last statement of the change's own transaction.

    action: "noun.verb_past" from the caller's vocabulary. before: `row_record(subject)` taken
    ahead of the change, None for a new row. details: further plain values worth keeping in the
    payload. actor None: the portal itself (a worker). Raises LedgerError outside a transaction
    or when the subject is not saved.
    """
    if not connection.in_atomic_block:
        message = f"{action}: a ledger entry is written in the same transaction as its change."
        raise LedgerError(message)
    if subject.pk is None:
        message = f"{action}: the subject must be saved before its ledger entry."
        raise LedgerError(message)
    after = row_record(subject)
    salt = secrets.token_hex(32)
    when = at or timezone.now()
    name = nfc(str(subject))[:400]
    actor_name = nfc(str(actor)) if actor else "portal"
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    portfolio = portfolio_of(subject)
    head = Head.objects.select_for_update().filter(pk=1).first()
    if head is None:
        message = "The ledger has no head row; run the migrations before any change."
        raise LedgerError(message)
    content: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "sequence": head.sequence + 1,
        "time": when.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": actor.pk if actor else None,
        "action": action,
        "subject": {"type": subject._meta.label_lower, "id": subject.pk},
        "portfolio": portfolio,
        "before": canonical_digest(before) if before is not None else None,
        "after": canonical_digest(after),
        "commitments": {
            "actor_name": commitment(salt, actor_name),
            "subject_name": commitment(salt, name),
            "reason": commitment(salt, reason),
            "details": canonical_digest([salt, details]) if details is not None else None,
        },
        "request": request_id,
    }
    body = rfc8785.dumps(content)
    entry = Entry.objects.create(
        sequence=head.sequence + 1,
        body=body,
        previous_hash=head.entry_hash,
        entry_hash=entry_hash(head.entry_hash, body),
        leaf_hash=leaf_hash(body),
        at=when,
        actor=actor,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        portfolio_id=portfolio,
    )
    changes = changed(before, after)
    Payload.objects.create(
        entry=entry,
        salt=salt,
        actor_name=actor_name,
        subject_name=name,
        reason=nfc(reason),
        before=changes[0],
        after=changes[1] if details is None else {**(changes[1] or {}), "details": details},
    )
    Head.objects.filter(pk=1).update(sequence=entry.sequence, entry_hash=entry.entry_hash)
    return entry


def changed(
    before: dict[str, Any] | None, after: dict[str, Any]
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what differs: (before, after), limited to the changed columns."""
    if before is None:
        return None, after
    keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    return (
        {key: before.get(key) for key in sorted(keys)},
        {key: after.get(key) for key in sorted(keys)},
    )
