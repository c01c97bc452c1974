"""Filing evidence and reading it back."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from assessments.forms.evidence import EvidenceForm
from assessments.forms.refusals import beside_fields
from assessments.models import RequirementEvidence
from assessments.services.evidence import (
    Filing,
    attest,
    confirm_model_card,
    filed_as,
    may_be_filed,
    newest_model_card,
    template_of,
)
from assessments.services.requirements import applying
from assessments.views.gates import visible_release
from rai_portal.errors import Refused
from rai_portal.ledger.services.record import record
from rai_portal.web.downloads import attachment, present
from rai_portal.web.requests import SignedInRequest
from registry.models import Release
from registry.permissions import require_change


def evidence_new(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """File a text or a file for a requirement."""
    release = visible_release(request, pk)
    require_change(request.user, release.portfolio_id)
    found, status = applying(release, key)
    document = filed_as(found, key)
    if not may_be_filed(found, status):
        raise Refused(f"{status.title} is not met by filing something. Open the gate instead.")
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES)
        if form.is_valid() and _filed(request, release, key, form):
            messages.success(request, f"Filed: {status.title}.")
            return redirect("gate", pk=release.pk)
    else:
        form = EvidenceForm(initial={"text": _start(release, key, document)})
    context = {
        "release": release,
        "found": found,
        "form": form,
        "status": status,
        "key": key,
        "document": document,
        "card": newest_model_card(release) if document == "model_card" else None,
        "cancel_url": reverse("gate", args=[release.pk]),
    }
    code = 422 if form.errors else 200
    return render(request, "assessments/evidence_new.html", context, status=code)


def _start(release: Release, key: str, document: str) -> str:
    """Return the text filed last for this release, or for the one it was cloned from."""
    rows = RequirementEvidence.objects.filter(requirement=key).exclude(text="")
    for source in (release.pk, release.cloned_from_id):
        last = rows.filter(release=source, file__isnull=True).first() if source else None
        if last is not None:
            return last.text
    return template_of(document)


def _filed(request: SignedInRequest, release: Release, key: str, form: EvidenceForm) -> bool:
    upload = form.cleaned_data["evidence"]
    filing = Filing(
        text=form.cleaned_data["text"],
        chunks=upload.chunks() if upload else None,
        name=upload.name if upload else "",
    )
    with beside_fields(form):
        attest(actor=request.user, release=release, key=key, filing=filing)
    return not form.errors


@require_POST
def model_card_confirm(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Confirm the model card that the portal made."""
    release = visible_release(request, pk)
    confirm_model_card(actor=request.user, release=release, key=key)
    messages.success(request, "The model card is confirmed under your name.")
    return redirect("gate", pk=release.pk)


def evidence_file(request: SignedInRequest, pk: int) -> FileResponse:
    """Send a filed document as an attachment; the download is an entry of the ledger."""
    rows = RequirementEvidence.objects.visible_to(request.user).filter(file__isnull=False)
    row = get_object_or_404(rows.select_related("file", "release__system"), pk=pk)
    file = present(row.file)
    with transaction.atomic():
        record(actor=request.user, action="evidence.downloaded", subject=row)
    return attachment(file)
