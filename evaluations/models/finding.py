"""Something observed, with a severity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.choices import FindingState, Severity
from rai_portal.db import ScopedQuerySet


class FindingQuerySet(ScopedQuerySet["Finding"]):
    """Findings in sight."""

    portfolio_path = "system__portfolio"


class Finding(models.Model):
    """Born of a run or a review; closed only with evidence."""

    system = models.ForeignKey(
        "registry.AISystem", on_delete=models.PROTECT, related_name="findings"
    )
    release = models.ForeignKey(
        "registry.Release", null=True, blank=True, on_delete=models.PROTECT,
        related_name="findings",
    )  # fmt: skip
    run = models.ForeignKey(
        "Run", null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    metric = models.JSONField(
        null=True, blank=True, help_text="The metric of the run that it rests on, as stored there."
    )
    risks = models.ManyToManyField("registry.Risk", blank=True, related_name="findings")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="findings"
    )
    due_date = models.DateField(null=True, blank=True)
    closing_note = models.TextField(blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("severity", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="finding_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN)
                | (Q(closed_by__isnull=False) & ~Q(closing_note="")),
                name="finding_closed_with_note",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.system.portfolio_id
