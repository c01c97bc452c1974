"""The gate as somebody saw it."""

from __future__ import annotations

from django.db import models

from rai_portal.db import ScopedQuerySet


class GateSnapshotQuerySet(ScopedQuerySet["GateSnapshot"]):
    """Gates in sight."""

    portfolio_path = "release__system__portfolio"


class GateSnapshot(models.Model):
    """What the rule returned at one moment, whole; never changed."""

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="gate_snapshots"
    )
    policy = models.ForeignKey("PolicyVersion", on_delete=models.PROTECT, related_name="+")
    scope_digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=24)
    record = models.JSONField()
    digest = models.CharField(max_length=64)
    rule_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField()

    objects = GateSnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Gate {self.digest[:12]}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id
