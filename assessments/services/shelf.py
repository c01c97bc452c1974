"""Documents as pages list them: by release, each with what it is and whether it still fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assessments.choices import DocumentKind
from assessments.models import Document
from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from registry.models import Release

PURPOSES = {
    DocumentKind.MEMO: "For the board: the recommendation or the decision, and what it rests on.",
    DocumentKind.MODEL_CARD: "For whoever uses it: what it is for, and what was measured by group.",
    DocumentKind.PACK: "For auditors: everything about the release, to be checked offline.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of document of a release. newest: None while none was asked for.

    current: whether the newest describes the release as it is now. earlier: those before it.
    """

    kind: str
    label: str
    purpose: str
    newest: Document | None
    current: bool
    earlier: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A release with its documents."""

    release: Release
    kinds: tuple[Kind, ...]


def shelves(releases: Sequence[Release]) -> tuple[Shelf, ...]:
    """Return the documents of the releases; the number of queries does not depend on how many.

    The releases come with what their scope digest reads.
    """
    rows = listed(Document.objects.filter(release__in=[release.pk for release in releases]))
    held: dict[tuple[int, str], list[Document]] = defaultdict(list)
    for row in rows:
        held[row.release_id, row.kind].append(row)
    return tuple(
        Shelf(
            release=release,
            kinds=tuple(_kind(release, kind, held[release.pk, kind]) for kind in DocumentKind),
        )
        for release in releases
    )


def listed(rows: QuerySet[Document]) -> QuerySet[Document]:
    """Return documents with what a list names of them, and without their records."""
    return rows.select_related("file", "html", "created_by", "release__system").defer("record")


def fits(document: Document) -> bool:
    """Return whether the document describes the release as it is now."""
    return document.scope_digest == document.release.scope_digest()


def _kind(release: Release, kind: DocumentKind, rows: list[Document]) -> Kind:
    newest = rows[0] if rows else None
    return Kind(
        kind=kind.value,
        label=kind.label,
        purpose=PURPOSES[kind],
        newest=newest,
        current=newest is not None and newest.scope_digest == release.scope_digest(),
        earlier=tuple(row for row in rows[1:] if row.state == WorkState.SUCCEEDED),
    )
