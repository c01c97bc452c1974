"""Finds systems, releases, risks and runs in a person's sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.text import Truncator

from evaluations.models import Run
from registry.models import AISystem, Release, Risk

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found. kind: System, Release, Risk or Run."""

    kind: str
    title: str
    detail: str
    url: str


def find(user: User, text: str) -> tuple[Hit, ...]:
    """Return at most ten of each kind; nothing for an empty text. "R-31" and "run 118" work."""
    words = text.split()
    if not words:
        return ()
    return (
        *_systems(user, words),
        *_releases(user, words),
        *_risks(user, words, text),
        *_runs(user, words, text),
    )


def _all_in(words: list[str], *columns: str) -> Q:
    """Each word must occur in one of the columns."""
    condition = Q()
    for word in words:
        somewhere = Q()
        for column in columns:
            somewhere |= Q(**{f"{column}__icontains": word})
        condition &= somewhere
    return condition


def number_in(text: str, *prefixes: str) -> int | None:
    """Return 31 for "R-31" with the prefix "r-", or for "31"; None for anything else."""
    plain = text.strip().lower()
    for prefix in prefixes:
        plain = plain.removeprefix(prefix).strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 16 else None


def _systems(user: User, words: list[str]) -> list[Hit]:
    rows = AISystem.objects.visible_to(user).filter(_all_in(words, "name", "purpose"))
    return [
        Hit(
            kind="System",
            title=row.name,
            detail=row.get_kind_display(),
            url=reverse("system_detail", args=[row.pk]),
        )
        for row in rows[:MOST]
    ]


def _releases(user: User, words: list[str]) -> list[Hit]:
    rows = Release.objects.visible_to(user).filter(
        _all_in(words, "system__name", "version", "change_summary")
    )
    return [
        Hit(
            kind="Release",
            title=str(row),
            detail=Truncator(row.change_summary[:300]).words(18, truncate="…"),
            url=reverse("gate", args=[row.pk]),
        )
        for row in rows.select_related("system")[:MOST]
    ]


def _risks(user: User, words: list[str], text: str) -> list[Hit]:
    condition = _all_in(words, "title", "event", "harm", "affected_groups")
    number = number_in(text, "r-", "risk")
    if number is not None:
        condition |= Q(pk=number)
    rows = Risk.objects.visible_to(user).filter(condition).select_related("system")
    return [
        Hit(
            kind="Risk",
            title=f"{row.code} {row.title}",
            detail=row.system.name,
            url=reverse("risk_detail", args=[row.pk]),
        )
        for row in rows[:MOST]
    ]


def _runs(user: User, words: list[str], text: str) -> list[Hit]:
    condition = _all_in(words, "title", "method")
    number = number_in(text, "run")
    if number is not None:
        condition |= Q(pk=number)
    rows = (
        Run.objects.visible_to(user)
        .filter(condition)
        .select_related("release__system")
        .defer("result", "inputs")
    )
    return [
        Hit(
            kind="Run",
            title=f"Run {row.pk}: {row.title}",
            detail=str(row.release) if row.release else "No release",
            url=reverse("run_detail", args=[row.pk]),
        )
        for row in rows[:MOST]
    ]
