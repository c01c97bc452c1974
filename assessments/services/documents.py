"""Documents of a release: asked for by a person, made by a worker, kept for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from assessments.choices import DocumentKind
from assessments.documents.reading import read_dossier
from assessments.documents.rendering import Made, draft, make
from assessments.models import Decision, Document
from rai_portal.documents.services.store import keep, keep_bytes
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.work import engine
from rai_portal.work.choices import Stage, WorkState
from registry.permissions import require_change

if TYPE_CHECKING:
    from assessments.models.document import DocumentQuerySet
    from rai_portal.accounts.models import User
    from rai_portal.documents.models import StoredFile
    from rai_portal.work.engine import Progress
    from registry.models import Release


@transaction.atomic
def request_document(*, actor: User, release: Release, kind: str) -> Document:
    """Ask a worker for a document of the release as it is now.

    One of the same kind and scope that is still being made is returned instead of a second.
    """
    require_change(actor, release.portfolio_id)
    if kind not in DocumentKind.values:
        message = "Choose a memo, a model card or an evidence pack. Nothing was asked for."
        raise Refused(message, field="kind")
    scope = release.scope_digest()
    under_way = _wanted(release, kind, scope).filter(
        state__in=(WorkState.QUEUED, WorkState.RUNNING)
    )
    return under_way.first() or _ask(
        Document(release=release, kind=kind, scope_digest=scope, created_by=actor), actor=actor
    )


@transaction.atomic
def request_made(*, actor: User, kind: DocumentKind, decision: Decision) -> Document:
    """Ask for a document of a decision, as part of that act, whose rights were checked.

    Always one of its own: what was asked for before belongs to whoever asked, and may have read
    its facts already.
    """
    document = Document(
        release=decision.release,
        kind=kind,
        scope_digest=decision.scope_digest,
        decision=decision,
        created_by=actor,
    )
    return _ask(document, actor=actor)


def _ask(document: Document, *, actor: User) -> Document:
    document.save()
    engine.submit(document)
    record(actor=actor, action="document.requested", subject=document)
    return document


def _send_waiting_packs(document: Document) -> None:
    """Send the packs of the release again: this document, which has ended, held them up."""
    waiting = Document.objects.filter(
        release=document.release_id, kind=DocumentKind.PACK, state=WorkState.QUEUED
    )
    for pack in waiting:
        engine.submit(pack)


def _wanted(release: Release, kind: str, scope: str) -> DocumentQuerySet:
    return Document.objects.filter(release=release, kind=kind, scope_digest=scope)


@transaction.atomic
def note_download(*, actor: User, document: Document, what: str) -> None:
    """Write into the ledger that somebody took a file of the document. what: file, html, record."""
    kept = {"file": document.file, "html": document.html}.get(what)
    record(
        actor=actor,
        action="document.downloaded",
        subject=document,
        details={"what": what, "sha256": kept.sha256 if kept else ""},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePack:
    """An evidence pack in a scratch file. name: of its file, without ending."""

    path: Path
    name: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What a piece of work leaves to be kept."""

    file: StoredFile
    html: StoredFile | None
    record: dict[str, Any]


def _read_at(document: Document) -> dt.datetime:
    """Return the moment that the document speaks of: when its worker began."""
    return document.started_at or document.created_at


class MakeDocument:
    """The making of one document. Reads the rows once, then draws without the database."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def perform(self, progress: Progress) -> Made | MadePack:
        """Read, build and draw; RefusedWork when the release is no longer what was asked for."""
        progress(Stage.LOADING)
        document = (
            Document.objects.select_related(
                "release__system__portfolio",
                "release__system__owner",
                "release__cloned_from",
                "release__model__file",
                "decision",
            )
        ).get(pk=self.document.pk)
        if document.release.scope_digest() != document.scope_digest:
            message = (
                "The scope of the release has changed since this was asked for. Nothing was made. "
                "Make it again, and it will describe the release as it is now."
            )
            raise engine.RefusedWork(message)
        if document.kind == DocumentKind.PACK:
            # Packs are made of documents: the import the other way round is theirs.
            from assessments.services.packs import build_pack

            return build_pack(
                document.release,
                decision=document.decision,
                at=_read_at(document),
                folder=Path(settings.SCRATCH_ROOT),
                progress=progress,
            )
        dossier = read_dossier(document.release, at=_read_at(document))
        progress(Stage.COMPUTING)
        work = draft(DocumentKind(document.kind), dossier)
        progress(Stage.DRAWING)
        return make(work)

    def store(self, outcome: Made | MadePack) -> None:
        """Keep the files; the row names them in the transaction that ends the work."""
        document = Document.objects.get(pk=self.document.pk)
        try:
            kept = self._kept(outcome)
        finally:
            if isinstance(outcome, MadePack):
                outcome.path.unlink(missing_ok=True)
        document.file, document.html, document.record = kept.file, kept.html, kept.record
        document.save(update_fields=["file", "html", "record"])
        digests = {"file": kept.file.sha256, "html": kept.html.sha256 if kept.html else ""}
        record(actor=None, action="document.made", subject=document, details=digests)
        _send_waiting_packs(document)

    def failed(self, reason: str) -> None:
        """Write that nothing was made, and why."""
        document = Document.objects.get(pk=self.document.pk)
        record(actor=None, action="document.failed", subject=document, reason=reason)
        _send_waiting_packs(document)

    def _kept(self, outcome: Made | MadePack) -> _Files:
        portfolio = self.document.release.system.portfolio
        actor = self.document.created_by
        if isinstance(outcome, MadePack):
            file = keep(
                outcome.path,
                portfolio=portfolio,
                actor=actor,
                name=f"{outcome.name}.zip",
                media_type="application/zip",
            )
            return _Files(file=file, html=None, record=outcome.manifest)
        pdf = keep_bytes(
            outcome.pdf,
            portfolio=portfolio,
            actor=actor,
            name=f"{outcome.name}.pdf",
            media_type="application/pdf",
        )
        html = keep_bytes(
            outcome.html.encode(),
            portfolio=portfolio,
            actor=actor,
            name=f"{outcome.name}.html",
            media_type="text/html",
        )
        return _Files(file=pdf, html=html, record=outcome.record)
