"""A file kept outside what the web server serves, under its digest."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models

from rai_portal.db import ScopedQuerySet


class StoredFileQuerySet(ScopedQuerySet["StoredFile"]):
    """Files in sight."""


class StoredFile(models.Model):
    """The bytes live at RAI_VAR/files/ab/abcd…; rows with equal bytes share them."""

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="stored_files"
    )
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    original_name = models.CharField(max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.original_name} ({self.sha256[:12]})"

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return Path(settings.FILES_ROOT) / self.sha256[:2] / self.sha256
