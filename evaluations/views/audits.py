"""The quick audit: a file, its columns, a report. Attached to a system later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.forms.audits import AttachForm, AuditColumnsForm, AuditUploadForm
from evaluations.models import QuickAudit
from evaluations.services.audits import (
    attach_audit,
    audit_dataset,
    may_be_made_anew,
    upload_for_audit,
)
from rai_portal.errors import NotAllowed
from rai_portal.work.choices import WorkState
from registry.forms.binding import attempt
from registry.models import Dataset
from registry.people import portfolios_to_change
from registry.permissions import require_change
from registry.views.lists import page_of
from registry.views.progress import progress_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from rai_portal.web.requests import SignedInRequest


@require_http_methods(["GET", "POST"])
def audit_new(request: SignedInRequest) -> HttpResponse:
    """Take the file in; the next page asks what its columns are. Readers see the audits alone."""
    form = None
    if portfolios_to_change(request.user).exists():
        form = AuditUploadForm(request.POST or None, request.FILES or None, user=request.user)
    elif request.method == "POST":
        message = (
            "Your role may read audits but not make one. Nothing was kept. Ask an analyst or a "
            "system owner."
        )
        raise NotAllowed(message)
    if form is not None and form.is_valid():
        dataset = _taken_in(request, form)
        if dataset is not None:
            return redirect("audit_columns", dataset.pk)
    audits = QuickAudit.objects.visible_to(request.user).select_related(
        "dataset", "run", "system", "created_by"
    )
    page = page_of(audits.defer("run__result", "dataset__profile"), request)
    return render(request, "evaluations/audit_new.html", {"form": form, "page": page})


def _taken_in(request: SignedInRequest, form: AuditUploadForm) -> Dataset | None:
    file = form.cleaned_data["file"]
    return attempt(
        form,
        lambda: upload_for_audit(
            actor=request.user,
            portfolio=form.cleaned_data["portfolio"],
            name=file.name.rsplit(".", 1)[0][:150],
            chunks=file.chunks(),
            original_name=file.name,
        ),
    )


@require_http_methods(["GET", "POST"])
def audit_columns(request: SignedInRequest, dataset: int) -> HttpResponse:
    """Ask what the columns are, as soon as a worker has read them; then the run starts."""
    rows = Dataset.objects.visible_to(request.user).prefetch_related("columns")
    row = get_object_or_404(rows.select_related("portfolio", "file"), pk=dataset)
    require_change(request.user, row.portfolio_id)
    known = QuickAudit.objects.filter(dataset=row).select_related("run").first()
    if known is not None and not may_be_made_anew(known):
        return redirect("audit_detail", known.pk)
    context: dict[str, Any] = {
        "dataset": row,
        "progress": progress_of(
            row, "Reading the file", reverse("dataset_progress", args=[row.pk])
        ),
    }
    if row.state == WorkState.SUCCEEDED:
        form = AuditColumnsForm(request.POST or None, dataset=row)
        if form.is_valid():
            audit = attempt(
                form,
                lambda: audit_dataset(actor=request.user, dataset=row, columns=form.columns()),
            )
            if audit is not None:
                return redirect("audit_detail", audit.pk)
        context |= {"form": form, **form.sides()}
    return render(request, "evaluations/audit_columns.html", context)


def _audit(request: SignedInRequest, pk: int) -> QuickAudit:
    rows = QuickAudit.objects.visible_to(request.user).select_related("run", "dataset", "system")
    return get_object_or_404(rows.defer("run__result", "dataset__profile"), pk=pk)


@require_GET
def audit_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the audit's run, which is its report."""
    audit = _audit(request, pk)
    if audit.run_id is None:
        return redirect("audit_columns", audit.dataset_id)
    return redirect("run_detail", audit.run_id)


@require_http_methods(["GET", "POST"])
def audit_attach(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give the audit to a system, so that findings and risks can rest on it."""
    audit = _audit(request, pk)
    require_change(request.user, audit.portfolio_id)
    form = AttachForm(request.POST or None, user=request.user, portfolio_id=audit.portfolio_id)
    if form.is_valid():
        system = form.cleaned_data["system"]
        kept = attempt(form, lambda: attach_audit(actor=request.user, audit=audit, system=system))
        if kept is not None:
            messages.success(request, f"The audit belongs to {kept.system} now.")
            return redirect("audit_detail", audit.pk)
    context = {
        "form": form,
        "title": "Attach the audit to a system",
        "lead": "Findings and risks may then rest on it. It counts at no gate: a gate asks for a "
        "run of the locked plan.",
        "submit": "Attach",
        "cancel_url": reverse("audit_detail", args=[audit.pk]),
    }
    return render(request, "components/form_page.html", context)
