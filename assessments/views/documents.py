"""Documents of a system, their making, and the files that people take away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from assessments.choices import DocumentKind
from assessments.models import Document
from assessments.services.documents import note_download, request_document
from assessments.services.shelf import PURPOSES, fits, listed, shelves
from assessments.views.gates import visible_release
from rai_portal.web.downloads import attachment, present, shut_off
from rai_portal.work.choices import WorkState
from registry.models import AISystem
from registry.permissions import may_change
from registry.views.lists import chosen, page_of
from registry.views.progress import progress_answer, progress_of

if TYPE_CHECKING:
    from rai_portal.accounts.models import User
    from rai_portal.documents.models import StoredFile
    from rai_portal.web.requests import SignedInRequest

PER_PAGE = 10


def in_sight(request: SignedInRequest, pk: int) -> Document:
    """Return the document, or 404."""
    rows = Document.objects.visible_to(request.user).select_related(
        "release__system__portfolio", "release__system__owner", "release__cloned_from",
        "file", "html", "created_by",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


@require_GET
def system_documents(request: SignedInRequest, pk: int) -> HttpResponse:
    """List the documents of every release of a system, newest release first."""
    rows = AISystem.objects.visible_to(request.user).select_related("portfolio", "owner")
    system = get_object_or_404(rows, pk=pk)
    releases = system.releases.select_related("system", "model__file").prefetch_related(
        "release_datasets__dataset__file", "release_datasets__dataset__columns"
    )
    page = page_of(releases.order_by("-pk"), request, size=PER_PAGE)
    context = {
        "system": system,
        "page": page,
        "shelves": shelves(list(page.object_list)),
        "may_change": may_change(request.user, system.portfolio_id),
    }
    return render(request, "assessments/system_documents.html", context)


@require_POST
def document_make(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a worker for a document of a release."""
    release = visible_release(request, pk)
    kind = request.POST.get("kind", "")
    document = request_document(actor=request.user, release=release, kind=kind)
    label = document.get_kind_display()
    messages.success(request, f"{label} of {release} was asked for; a worker makes it.")
    return redirect("document_detail", pk=document.pk)


@require_GET
def document_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a document: where its making stands, then its files and what it is bound to."""
    document = in_sight(request, pk)
    newer = Document.objects.filter(
        release=document.release_id, kind=document.kind, pk__gt=document.pk
    )
    manifest = document.record if document.kind == DocumentKind.PACK else None
    context: dict[str, Any] = {
        "document": document,
        "release": document.release,
        "purpose": PURPOSES[DocumentKind(document.kind)],
        "progress": _progress(document),
        "current": fits(document),
        "newer": newer.defer("record").first(),
        "files": (manifest or {}).get("files", ()),
        "may_change": may_change(request.user, document.portfolio_id),
    }
    return render(request, "assessments/document_detail.html", context)


@require_GET
def document_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer with the progress part; the page renews itself when the work has ended."""
    document = get_object_or_404(Document.objects.visible_to(request.user).defer("record"), pk=pk)
    return progress_answer(request, document, _progress(document))


@require_GET
def document_download(request: SignedInRequest, pk: int) -> FileResponse:
    """Send the PDF or the pack as an attachment."""
    document = in_sight(request, pk)
    return attached(request.user, document, document.file, "file")


@require_GET
def document_html(request: SignedInRequest, pk: int) -> HttpResponse | FileResponse:
    """Show the HTML twin, shut off from everything; `?download` sends it as a file."""
    document = in_sight(request, pk)
    if "download" in request.GET:
        return attached(request.user, document, document.html, "html")
    kept = present(document.html)
    note_download(actor=request.user, document=document, what="html")
    response = HttpResponse(kept.path.read_bytes(), content_type="text/html; charset=utf-8")
    return shut_off(response)


@require_GET
def document_record(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the record that the document was made from."""
    document = in_sight(request, pk)
    if document.record is None or document.state != WorkState.SUCCEEDED:
        message = "This document has no record yet."
        raise Http404(message)
    note_download(actor=request.user, document=document, what="record")
    text = json.dumps(document.record, ensure_ascii=False, sort_keys=True, indent=1)
    response = HttpResponse(text, content_type="application/json")
    name = f"{document.kind.replace('_', '-')}-{document.pk}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return shut_off(response)


@require_GET
def pack_list(request: SignedInRequest) -> HttpResponse:
    """List the evidence packs in sight, newest first."""
    rows = listed(Document.objects.visible_to(request.user).filter(kind=DocumentKind.PACK))
    state = chosen(request, "state", WorkState.values)
    if state:
        rows = rows.filter(state=state)
    context = {
        "title": "Evidence packs",
        "noun": "packs",
        "page": page_of(rows.order_by("-pk"), request),
        "states": WorkState.choices,
        "filtered": bool(state),
    }
    return render(request, "assessments/pack_list.html", context)


def attached(actor: User, document: Document, file: StoredFile | None, what: str) -> FileResponse:
    """Send a file of the document as an attachment that no browser interprets; noted first."""
    kept = present(file)
    note_download(actor=actor, document=document, what=what)
    return attachment(kept, media_type=kept.media_type)


def _progress(document: Document) -> dict[str, Any]:
    title = f"{document.get_kind_display()}, document {document.pk}"
    return progress_of(document, title, reverse("document_progress", args=[document.pk]))
