"""Memos and cards in an evidence pack: those of the decision on top, all others beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.choices import DocumentKind
from assessments.documents.rendering import draft, make, record_bytes
from assessments.models import Document
from assessments.services.papers import papers_of_decision
from rai_portal.work.choices import Stage, WorkState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from assessments.documents.facts import Dossier
    from assessments.documents.pack import PackWriter
    from assessments.models import Decision
    from rai_portal.work.engine import Progress
    from registry.models import Release

DRAWN = (DocumentKind.MEMO, DocumentKind.MODEL_CARD)


def _made(release: Release, dossier: Dossier) -> QuerySet[Document]:
    made = Document.objects.filter(
        release=release,
        kind__in=DRAWN,
        state=WorkState.SUCCEEDED,
        ended_at__lte=dossier.read_at,
    )
    return made.select_related("file", "html").order_by("pk")


def papers_of(release: Release, dossier: Dossier, decided: Decision | None) -> tuple[Document, ...]:
    """Return the papers of the decision; before there is one, the newest of this scope."""
    made = {row.pk: row for row in _made(release, dossier)}
    if decided is not None:
        return tuple(made[row.pk] for row in papers_of_decision(decided) if row.pk in made)
    scope = dossier.release.scope_digest
    newest = {row.kind: row for row in made.values() if row.scope_digest == scope}
    return tuple(newest[kind] for kind in DRAWN if kind in newest)


def stem_of(row: Document, folder: str = "documents") -> str:
    """Return the path of a document in the pack, without ending."""
    return f"{folder}/{row.kind.replace('_', '-')}-{row.pk}"


def add_papers(
    pack: PackWriter, papers: tuple[Document, ...], dossier: Dossier, progress: Progress
) -> None:
    """Add the papers as they were kept; draw the kind that there is none of."""
    held = {row.kind for row in papers}
    for row in papers:
        _add_kept(pack, stem_of(row), row)
    for place, kind in enumerate(DRAWN):
        progress(Stage.DRAWING, place, len(DRAWN))
        if kind not in held:
            _draw(pack, kind, dossier)


def add_others(
    pack: PackWriter, release: Release, dossier: Dossier, papers: tuple[Document, ...]
) -> None:
    """Add every other memo and card that was made of the release, in a folder of their own."""
    on_top = {row.pk for row in papers}
    for row in _made(release, dossier):
        if row.pk not in on_top:
            _add_kept(pack, stem_of(row, "documents/others"), row)


def _add_kept(pack: PackWriter, stem: str, row: Document) -> None:
    if row.file is None:
        return
    pack.add_file(f"{stem}.pdf", row.file.path)
    if row.html is not None:
        pack.add_file(f"{stem}.html", row.html.path)
    pack.add(f"{stem}.json", record_bytes(row.record))


def _draw(pack: PackWriter, kind: DocumentKind, dossier: Dossier) -> None:
    made = make(draft(kind, dossier))
    stem = f"documents/{kind.value.replace('_', '-')}"
    pack.add(f"{stem}.pdf", made.pdf)
    pack.add(f"{stem}.html", made.html.encode())
    pack.add(f"{stem}.json", made.record_bytes)
