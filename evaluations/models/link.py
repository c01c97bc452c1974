"""Links from risks and mitigations to the runs that measure or verify them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.db import ScopedQuerySet


class RiskRunQuerySet(ScopedQuerySet["RiskRun"]):
    """Links in sight."""

    portfolio_path = "run__portfolio"


class RiskRun(models.Model):
    """A run that bears on a risk, and the verdict on it that a rating may rest on.

    Without a verdict the run is only mentioned: a number that no limit judged measures no rating.
    """

    risk = models.ForeignKey("registry.Risk", on_delete=models.PROTECT, related_name="risk_runs")
    run = models.ForeignKey("Run", on_delete=models.PROTECT, related_name="risk_runs")
    metric = models.CharField(max_length=80, blank=True)
    verdict = models.ForeignKey(
        "RunVerdict", null=True, blank=True, on_delete=models.PROTECT, related_name="risk_runs"
    )
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RiskRunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("risk", "run", "metric"),
                condition=Q(verdict__isnull=True),
                name="risk_run_once",
            ),
            models.UniqueConstraint(fields=("risk", "verdict"), name="risk_verdict_once"),
        )

    def __str__(self) -> str:
        return f"{self.risk} by run {self.run_id}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its run."""
        return self.run.portfolio_id


class MitigationRunQuerySet(ScopedQuerySet["MitigationRun"]):
    """Links in sight."""

    portfolio_path = "run__portfolio"


class MitigationRun(models.Model):
    """A run that verifies a mitigation."""

    mitigation = models.ForeignKey(
        "registry.Mitigation", on_delete=models.PROTECT, related_name="mitigation_runs"
    )
    run = models.ForeignKey("Run", on_delete=models.PROTECT, related_name="mitigation_runs")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MitigationRunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("mitigation", "run"), name="mitigation_run_once"),
        )

    def __str__(self) -> str:
        return f"{self.mitigation} by run {self.run_id}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its run."""
        return self.run.portfolio_id
