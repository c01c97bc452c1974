"""Downloads of a run: its record as JSON, its report as PDF and as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from evaluations.models import EvaluationReport, Run
from evaluations.services.reports import (
    latest_report,
    note_download,
    note_result_download,
    request_report,
)
from evaluations.views.runs import run_in_sight
from rai_portal.errors import Refused
from rai_portal.web.downloads import attachment, present
from rai_portal.work.choices import WorkState
from registry.views.progress import progress_answer, progress_of

if TYPE_CHECKING:
    from rai_portal.web.requests import SignedInRequest

TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


@require_GET
def run_json(request: SignedInRequest, pk: int) -> HttpResponse:
    """Download the result as `rai-result/1`; drawings are left out, specifications stay."""
    run = run_in_sight(request, pk)
    if run.state != WorkState.SUCCEEDED or run.result is None:
        message = f"Run {run.pk} has no result to download. Open the run to see where it stands."
        raise Refused(message)
    note_result_download(actor=request.user, run=run)
    text = json.dumps(public_record(run), ensure_ascii=False, indent=1, allow_nan=False)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.json"'
    return response


def public_record(run: Run) -> dict[str, object]:
    """Return the stored record without the SVG that only pages draw."""
    record = dict(run.result or {})
    record["figures"] = [
        {key: value for key, value in figure.items() if key != "svg"}
        for figure in record.get("figures", ())
    ]
    return {**record, "result_digest": run.result_digest}


@require_http_methods(["GET", "POST"])
def run_report(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the report made, watch it, and download it when it is there."""
    run = run_in_sight(request, pk, light=True)
    if request.method == "POST":
        report = request_report(actor=request.user, run=run)
        if report.state == WorkState.SUCCEEDED:
            return redirect("report_file", report.pk, "pdf")
        return redirect(f"{reverse('run_report', args=[run.pk])}?download=1")
    newest = latest_report(run)
    if newest is None:
        messages.info(request, "There is no report of this run yet. Ask for one here.")
        return redirect("run_detail", run.pk)
    context = {
        "run": run,
        "report": newest,
        "progress": progress_of(newest, "Report", reverse("report_progress", args=[run.pk])),
        "download": request.GET.get("download") == "1" and newest.state == WorkState.SUCCEEDED,
    }
    return render(request, "evaluations/run_report.html", context)


@require_GET
def report_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer with the progress part of a run's newest report."""
    run = get_object_or_404(Run.objects.visible_to(request.user).defer("result"), pk=pk)
    report = latest_report(run)
    if report is None:
        raise Http404
    return progress_answer(request, report, progress_of(report, "Report", request.path))


@require_GET
def report_file(request: SignedInRequest, pk: int, kind: str) -> FileResponse:
    """Send the PDF or its HTML twin; the ledger knows who took it."""
    rows = EvaluationReport.objects.visible_to(request.user).select_related("pdf", "html", "run")
    report = get_object_or_404(rows.defer("run__result"), pk=pk)
    if kind not in TYPES:
        raise Http404
    file = present(report.pdf if kind == "pdf" else report.html)
    note_download(actor=request.user, report=report, what="pdf" if kind == "pdf" else "html")
    return attachment(file, name=f"run-{report.run_id}-report.{kind}", media_type=TYPES[kind])
