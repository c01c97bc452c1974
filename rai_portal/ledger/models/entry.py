"""An entry is stored as the bytes that were hashed; the head row orders the writers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.db import ScopedQuerySet


class EntryQuerySet(ScopedQuerySet["Entry"]):
    """Entries in sight: those of one's portfolios, and one's own."""

    portfolio_path = "portfolio_id"

    def about(self, row: models.Model) -> EntryQuerySet:
        """Return the entries about one row."""
        return self.filter(subject_type=row._meta.label_lower, subject_id=row.pk)


class Entry(models.Model):
    """One act. `body` is the RFC 8785 form; the other columns are copies for search."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    body = models.BinaryField()
    previous_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64, unique=True)
    leaf_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=60, db_index=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.PositiveBigIntegerField()
    portfolio_id = models.PositiveBigIntegerField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("-sequence",)
        indexes = (
            models.Index(fields=("subject_type", "subject_id", "sequence"), name="entry_subject"),
            models.Index(fields=("portfolio_id", "sequence"), name="entry_portfolio"),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action}"


class Payload(models.Model):
    """Names and free text of an entry, held by salted commitments in its body."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="payload"
    )
    salt = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=254, blank=True)
    subject_name = models.CharField(max_length=400, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"Payload of entry {self.entry_id}"


class Head(models.Model):
    """The single row that every append locks."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)
    entry_hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="head_single_row"),)

    def __str__(self) -> str:
        return f"Head at {self.sequence}"
