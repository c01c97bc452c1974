"""Workers that live."""

from __future__ import annotations

from django.db import models


class WorkerPulse(models.Model):
    """A worker's last sign of life."""

    name = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
