"""The evaluation report of a run: PDF with the record inside, and its HTML twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import rfc8785
from django.db import transaction
from django.template.loader import render_to_string

from evaluations.documents.report import content
from evaluations.documents.standalone import standalone
from evaluations.models import EvaluationReport, Run
from rai_portal.documents.pdf import Attachment, render
from rai_portal.documents.services.store import keep_bytes
from rai_portal.errors import NotAllowed, Refused
from rai_portal.ledger.services.record import record
from rai_portal.work.choices import Stage, WorkState
from rai_portal.work.engine import Progress, submit
from registry.services.saving import save_checked

if TYPE_CHECKING:
    from rai_portal.accounts.models import User

RECORD_NAME = "run-result.json"
_NOT_FAILED = (WorkState.QUEUED, WorkState.RUNNING, WorkState.SUCCEEDED)


def latest_report(run: Run) -> EvaluationReport | None:
    """Return the newest report of the run, in whatever state."""
    return run.reports.order_by("-pk").first()


@transaction.atomic
def request_report(*, actor: User, run: Run) -> EvaluationReport:
    """Return the report that is there or on its way, or queue one.

    Everybody who sees the run may ask: the report shows nothing that the page does not.
    """
    _require_sight(actor, run)
    row = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if row.state != WorkState.SUCCEEDED:
        message = f"Run {row.pk} has no result to report. Nothing was made. Wait for its end."
        raise Refused(message)
    known = latest_report(row)
    if known is not None and known.state in _NOT_FAILED and not _outdated(known, row):
        return known
    report = EvaluationReport(run=row, created_by=actor)
    save_checked(report)
    submit(report)
    record(actor=actor, action="report.requested", subject=report)
    return report


@transaction.atomic
def note_download(*, actor: User, report: EvaluationReport, what: Literal["pdf", "html"]) -> None:
    """Tell the ledger who took the report out of the portal."""
    _require_sight(actor, report.run)
    record(actor=actor, action="report.downloaded", subject=report, details={"what": what})


@transaction.atomic
def note_result_download(*, actor: User, run: Run) -> None:
    """Tell the ledger who took the result out of the portal."""
    _require_sight(actor, run)
    record(actor=actor, action="run.downloaded", subject=run)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """The files, in memory until they are stored."""

    html: bytes
    pdf: bytes


class MakeReport:
    """Makes the files, on the worker."""

    def __init__(self, report: EvaluationReport) -> None:
        self.report = report

    def perform(self, progress: Progress) -> MadeReport:
        """Fill the template and draw the pages."""
        progress(Stage.LOADING)
        run = Run.objects.select_related(
            "release__system", "dataset", "model", "plan", "started_by", "narrative_confirmed_by"
        ).get(pk=self.report.run_id)
        progress(Stage.COMPUTING)
        html = render_to_string("documents/evaluation_report.html", {"report": content(run)})
        progress(Stage.DRAWING)
        attached = Attachment(
            name=RECORD_NAME,
            content=rfc8785.dumps(run.result),
            description=f"Result of run {run.pk} (rai-result/1)",
        )
        pdf = render(html, attachments=(attached,))
        return MadeReport(html=standalone(html).encode(), pdf=pdf)

    def store(self, outcome: MadeReport) -> None:
        """Keep both files."""
        report = self.report
        portfolio, stem = report.run.portfolio, f"evaluation-report-run-{report.run_id}"
        report.pdf = keep_bytes(
            outcome.pdf, portfolio=portfolio, actor=report.created_by, name=f"{stem}.pdf",
            media_type="application/pdf",
        )  # fmt: skip
        report.html = keep_bytes(
            outcome.html, portfolio=portfolio, actor=report.created_by, name=f"{stem}.html",
            media_type="text/html",
        )  # fmt: skip
        report.save(update_fields=["pdf", "html"])
        details = {"pdf": report.pdf.sha256, "html": report.html.sha256}
        record(actor=None, action="report.made", subject=report, details=details)

    def failed(self, reason: str) -> None:
        """Tell the ledger."""
        record(actor=None, action="report.failed", subject=self.report, reason=reason)


def _outdated(report: EvaluationReport, run: Run) -> bool:
    """Whether somebody confirmed the narrative after the report was begun."""
    confirmed = run.narrative_confirmed_at
    return confirmed is not None and report.queued_at < confirmed


def _require_sight(actor: User, run: Run) -> None:
    if not Run.objects.visible_to(actor).filter(pk=run.pk).exists():
        message = "You have no role in the portfolio of this run. Nothing was made."
        raise NotAllowed(message)
