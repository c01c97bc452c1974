"""Published versions of the policy."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PolicyVersion(models.Model):
    """The text as published; releases keep the version that they were tiered by."""

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=160)
    text = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"Policy {self.number}"
