"""A fairness report from nothing but a file of predictions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rai_portal.db import ScopedQuerySet


class QuickAuditQuerySet(ScopedQuerySet["QuickAudit"]):
    """Audits in sight."""


class QuickAudit(models.Model):
    """Not tied to a system until somebody attaches it; it never counts at a gate."""

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="quick_audits"
    )
    dataset = models.ForeignKey(
        "registry.Dataset", on_delete=models.PROTECT, related_name="quick_audits"
    )
    run = models.OneToOneField(
        "Run", null=True, blank=True, on_delete=models.PROTECT, related_name="quick_audit"
    )
    system = models.ForeignKey(
        "registry.AISystem", null=True, blank=True, on_delete=models.PROTECT,
        related_name="quick_audits",
    )  # fmt: skip
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuickAuditQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Quick audit of {self.dataset}"
