"""The evaluation report of a run, made by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.work.models import WorkItem, WorkItemQuerySet

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class EvaluationReportQuerySet(WorkItemQuerySet["EvaluationReport"]):
    """Reports in sight."""

    portfolio_path = "run__portfolio"


class EvaluationReport(WorkItem):
    """PDF and HTML twin of one run."""

    work_task: ClassVar[str] = "evaluations.make_report"

    run = models.ForeignKey("Run", on_delete=models.PROTECT, related_name="reports")
    pdf = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    html = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EvaluationReportQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(pdf__isnull=False, html__isnull=False),
                name="report_succeeded_with_files",
            ),
        )

    def __str__(self) -> str:
        return f"Report of run {self.run_id}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its run."""
        return self.run.portfolio_id

    def workload(self) -> Workload:
        """Return the making of the files."""
        from evaluations.services.reports import MakeReport

        return MakeReport(self)
