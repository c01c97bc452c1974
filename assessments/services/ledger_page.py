"""Entries of the ledger for reading: filtered, in a person's sight, with what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from rai_portal.ledger.models import Entry, Payload

if TYPE_CHECKING:
    from rai_portal.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is looked for; "" for all."""

    action: str = ""
    subject: str = ""
    person: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A column before and after."""

    field: str
    before: str
    after: str


def entries(user: User, filters: Filters) -> QuerySet[Entry]:
    """Return the entries in sight that fit, newest first."""
    rows = Entry.objects.visible_to(user).select_related("payload", "actor").defer("body")
    if filters.action:
        rows = rows.filter(action=filters.action)
    if filters.subject:
        name, _, number = filters.subject.partition(":")
        rows = rows.filter(subject_type=name)
        if number.isascii() and number.isdigit() and len(number) < 16:
            rows = rows.filter(subject_id=int(number))
    if filters.person.isascii() and filters.person.isdigit() and len(filters.person) < 16:
        rows = rows.filter(actor_id=int(filters.person))
    if filters.text:
        rows = rows.filter(
            Q(payload__subject_name__icontains=filters.text)
            | Q(payload__reason__icontains=filters.text)
            | Q(payload__actor_name__icontains=filters.text)
        )
    return rows


def changes_of(payload: Payload) -> tuple[Change, ...]:
    """Return the columns that the act changed, or those of a new row."""
    before, after = payload.before or {}, payload.after or {}
    names = [name for name in after if name != "details"]
    return tuple(
        Change(field=name, before=_text(before.get(name)), after=_text(after.get(name)))
        for name in sorted(names)
    )


def details_of(payload: Payload) -> tuple[Change, ...]:
    """Return what else the act kept."""
    details = (payload.after or {}).get("details") or {}
    return tuple(
        Change(field=name, before="", after=_text(value)) for name, value in details.items()
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return text if len(text) <= 400 else f"{text[:400]}…"
