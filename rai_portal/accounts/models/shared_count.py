"""What limits have counted, seen by every process that serves the portal."""

from __future__ import annotations

from django.db import models


class SharedCount(models.Model):
    """One entry of the cache that limits count in; its columns are those of Django's own."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "shared_counts"

    def __str__(self) -> str:
        return self.cache_key
