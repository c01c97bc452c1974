"""What happened to a thing, from the ledger: who, when, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Model, Q

from rai_portal.accounts.models import User
from rai_portal.ledger.models import Entry
from rai_portal.ledger.words import act_words
from registry.models import Dataset, Mitigation, ModelArtefact, Release, Risk

if TYPE_CHECKING:
    from rai_portal.ledger.models.entry import EntryQuerySet
    from registry.models import AISystem

_PEOPLE = ("owner_id", "rated_by_id", "verified_by_id")
_NAMED: dict[str, type[Model]] = {
    **dict.fromkeys(_PEOPLE, User),
    "model_id": ModelArtefact,
    "cloned_from_id": Release,
    "dataset_id": Dataset,
}
"""What an id in a column is of, so that a page gives its name."""
_HIDDEN = frozenset({"id", "created_by_id", "created_at", "rated_at", "verified_at"})
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field before and after, as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One ledger entry for a page."""

    at: dt.datetime
    actor: str
    act: str
    reason: str
    changes: tuple[Change, ...]


def entries_about_system(system: AISystem, user: User) -> EntryQuerySet:
    """Return the entries in sight about the system, its releases, data, models and risks."""
    condition = Q(subject_type=system._meta.label_lower, subject_id=system.pk)
    parts: tuple[tuple[type[Model], str], ...] = (
        (Release, "system"),
        (Dataset, "system"),
        (ModelArtefact, "system"),
        (Risk, "system"),
        (Mitigation, "risk__system"),
    )
    for model, path in parts:
        ids = model._default_manager.filter(**{path: system}).order_by().values("pk")
        condition |= Q(subject_type=model._meta.label_lower, subject_id__in=ids)
    rows = Entry.objects.visible_to(user).filter(condition)
    return rows.select_related("payload").defer("body")


def entries_about(row: Model, user: User, *more: Model) -> EntryQuerySet:
    """Return the entries in sight about these rows."""
    condition = Q()
    for one in (row, *more):
        condition |= Q(subject_type=one._meta.label_lower, subject_id=one.pk)
    rows = Entry.objects.visible_to(user).filter(condition)
    return rows.select_related("payload").defer("body")


def acts(entries: Sequence[Entry]) -> list[Act]:
    """Return the entries in words; what they refer to is named in few queries."""
    names = _names(entries)
    return [_act(entry, names) for entry in entries]


type _Names = dict[tuple[type[Model], int], str]


def _act(entry: Entry, names: _Names) -> Act:
    payload = entry.payload
    words = act_words(entry.action)
    return Act(
        at=entry.at,
        actor=payload.actor_name or "Somebody whose name was erased",
        act=f"{words}: {payload.subject_name}" if payload.subject_name else words,
        reason=payload.reason,
        changes=tuple(_changes(entry, names)),
    )


def _changes(entry: Entry, names: _Names) -> Iterable[Change]:
    """A new row has no before: that it was made says enough; a reason is not told twice."""
    before, after = entry.payload.before, entry.payload.after
    words = _choices(entry.subject_type)
    if before is None or after is None:
        return
    for field in before:
        if field in _HIDDEN or entry.payload.reason == after.get(field):
            continue
        yield Change(
            field=field.removesuffix("_id").replace("_", " ").capitalize(),
            before=_text(field, words.get((field, before[field]), before[field]), names),
            after=_text(field, words.get((field, after.get(field)), after.get(field)), names),
        )


def _choices(subject_type: str) -> dict[tuple[str, Any], str]:
    """Return the words of the codes that a kind of subject may hold: (column, code) → word."""
    try:
        fields = apps.get_model(subject_type)._meta.concrete_fields
    except LookupError:
        return {}
    return {
        (field.attname, code): str(word) for field in fields for code, word in field.flatchoices
    }


def _text(field: str, value: Any, names: _Names) -> str:
    if value is None or value == "":
        return ""
    model = _NAMED.get(field)
    if model is not None and isinstance(value, int):
        kind = "person" if model is User else field.removesuffix("_id").replace("_", " ")
        return names.get((model, value), f"{kind} {value}")
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _names(entries: Sequence[Entry]) -> _Names:
    """Return the names of what the entries refer to: one query for each kind that occurs."""
    found: dict[type[Model], set[int]] = {}
    for entry in entries:
        for side in (entry.payload.before, entry.payload.after):
            for field, model in _NAMED.items():
                value = (side or {}).get(field)
                if isinstance(value, int):
                    found.setdefault(model, set()).add(value)
    names: _Names = {}
    for model, ids in found.items():
        rows = model._default_manager.filter(pk__in=ids)
        if model is Release:
            rows = rows.select_related("system")
        names |= {(model, row.pk): str(row) for row in rows}
    return names
