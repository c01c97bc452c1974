"""An existing inventory, read from CSV and shown before it is applied."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rai_portal.db import ScopedQuerySet


class InventoryImportQuerySet(ScopedQuerySet["InventoryImport"]):
    """Imports in sight."""


class InventoryImport(models.Model):
    """Rows as read and their errors by line; applied at most once."""

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="inventory_imports"
    )
    file_name = models.CharField(max_length=255)
    rows = models.JSONField()
    errors = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = InventoryImportQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name
