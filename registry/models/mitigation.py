"""Actions against risks."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.db import ScopedQuerySet
from registry.choices import MitigationStatus


class MitigationQuerySet(ScopedQuerySet["Mitigation"]):
    """Mitigations in sight."""

    portfolio_path = "risk__system__portfolio"

    def open(self) -> MitigationQuerySet:
        """Return actions that are not over."""
        return self.exclude(status__in=(MitigationStatus.VERIFIED, MitigationStatus.DROPPED))

    def overdue(self, *, today: dt.date) -> MitigationQuerySet:
        """Return open actions whose day has passed."""
        return self.open().filter(due_date__lt=today)


class Mitigation(models.Model):
    """An action against a risk; done only when verified by evidence."""

    risk = models.ForeignKey("Risk", on_delete=models.PROTECT, related_name="mitigations")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mitigations"
    )
    due_date = models.DateField(null=True, blank=True)
    status = models.CharField(
        max_length=12, choices=MitigationStatus.choices, default=MitigationStatus.PLANNED
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    evidence_reference = models.CharField(
        max_length=200, blank=True, help_text="What verifies it, such as run 118."
    )
    verification_note = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MitigationQuerySet.as_manager()

    class Meta:
        ordering = ("due_date", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=MitigationStatus.values), name="mitigation_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=MitigationStatus.VERIFIED)
                | (
                    Q(verified_by__isnull=False, verified_at__isnull=False)
                    & (Q(evidence__isnull=False) | ~Q(evidence_reference=""))
                ),
                name="mitigation_verified_by_evidence",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its risk's system."""
        return self.risk.system.portfolio_id

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.status not in (MitigationStatus.VERIFIED, MitigationStatus.DROPPED)

    def is_overdue(self, *, today: dt.date) -> bool:
        """Whether it is open though its day has passed."""
        return self.is_open and self.due_date is not None and self.due_date < today
