"""Checks the chain and names the first bad entry."""

from __future__ import annotations

import json
from dataclasses import dataclass

import rfc8785

from rai_portal.ledger.models import Entry, Head
from rai_portal.ledger.services.record import commitment, entry_hash, leaf_hash

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verification:
    """intact: whether the chain holds. first_bad: sequence number. damage: what kind, in words."""

    intact: bool
    entries: int
    first_bad: int | None = None
    damage: str = ""


def _copy_damage(entry: Entry, content: dict[str, object]) -> str:
    subject = content.get("subject")
    expected = {
        "sequence": entry.sequence,
        "actor": entry.actor_id,
        "action": entry.action,
        "subject": {"type": entry.subject_type, "id": entry.subject_id},
        "portfolio": entry.portfolio_id,
        "time": entry.at.isoformat(timespec="microseconds"),
    }
    actual = {key: content.get(key) for key in expected} | {"subject": subject}
    for key, value in expected.items():
        if actual[key] != value:
            return f"the column {key} does not match the hashed body"
    return ""


def _payload_damage(entry: Entry, content: dict[str, object]) -> str:
    payload = getattr(entry, "payload", None)
    if payload is None:
        return "its payload is missing"
    held = content.get("commitments")
    if not isinstance(held, dict):
        return "the hashed body holds no commitments"
    for key in ("actor_name", "subject_name", "reason"):
        if commitment(payload.salt, getattr(payload, key)) != held.get(key):
            return f"the text of {key} does not match its commitment"
    return ""


def _damage(entry: Entry, *, sequence: int, previous: str) -> str:
    body = bytes(entry.body)
    if entry.sequence != sequence:
        return f"entry {sequence} is missing"
    if entry.previous_hash != previous:
        return "it does not follow the entry before"
    if entry.entry_hash != entry_hash(previous, body) or entry.leaf_hash != leaf_hash(body):
        return "its content does not match its hash"
    content = json.loads(body)
    if rfc8785.dumps(content) != body:
        return "its bytes are not in canonical form"
    return _copy_damage(entry, content) or _payload_damage(entry, content)


def verify() -> Verification:
    """Walk the whole chain; memory stays flat however long it is."""
    sequence, previous = 0, GENESIS
    entries = Entry.objects.order_by("sequence").select_related("payload")
    for entry in entries.iterator(chunk_size=1000):
        damage = _damage(entry, sequence=sequence + 1, previous=previous)
        if damage:
            return Verification(
                intact=False, entries=sequence, first_bad=sequence + 1, damage=damage
            )
        sequence, previous = entry.sequence, entry.entry_hash
    head = Head.objects.get(pk=1)
    if (head.sequence, head.entry_hash) != (sequence, previous):
        return Verification(
            intact=False,
            entries=sequence,
            first_bad=sequence + 1,
            damage="the tail has been cut or replaced",
        )
    return Verification(intact=True, entries=sequence)
