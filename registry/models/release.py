"""One version of a system, and its scope digest."""

from __future__ import annotations

from typing import Any

from django.conf import settings as conf
from django.db import models
from django.db.models import Q

from rai_portal.db import ScopedQuerySet, canonical_digest
from registry.choices import DatasetUse


class ReleaseQuerySet(ScopedQuerySet["Release"]):
    """Releases in sight."""

    portfolio_path = "system__portfolio"


class Release(models.Model):
    """One version: model, datasets, settings."""

    system = models.ForeignKey("AISystem", on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=40)
    change_summary = models.TextField(blank=True)
    planned_launch = models.DateField(null=True, blank=True)
    cloned_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="clones"
    )
    model = models.ForeignKey(
        "ModelArtefact", null=True, blank=True, on_delete=models.PROTECT, related_name="releases"
    )
    settings = models.JSONField(default=dict, blank=True)
    uses_sensitive_at_decision = models.BooleanField(
        "uses a sensitive attribute at decision time", default=False
    )
    created_by = models.ForeignKey(conf.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("system", "version"),
                name="release_version_once",
                violation_error_message="This system has a release of that version already.",
            ),
            models.CheckConstraint(condition=~Q(version=""), name="release_versioned"),
        )

    def __str__(self) -> str:
        return f"{self.system.name} {self.version}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.system.portfolio_id

    def scope_record(self) -> dict[str, Any]:
        """Return the canonical record of all that makes this release what it is.

        Purpose and intended use belong to it: the same model for another use is another launch.
        """
        system, artefact = self.system, self.model
        datasets = self.release_datasets.all()
        if "release_datasets" not in getattr(self, "_prefetched_objects_cache", {}):
            datasets = datasets.select_related("dataset__file").prefetch_related("dataset__columns")
        return {
            "schema": "rai-scope/1",
            "system": {
                "id": system.pk,
                "kind": system.kind,
                "purpose": system.purpose,
                "intended_use": system.intended_use,
                "out_of_scope_uses": system.out_of_scope_uses,
                "affected_groups": system.affected_groups,
                "decisions": system.decisions,
                "jurisdictions": system.jurisdictions,
            },
            "version": self.version,
            "uses_sensitive_at_decision": self.uses_sensitive_at_decision,
            "settings": self.settings,
            "model": None
            if artefact is None
            else {"sha256": artefact.file.sha256, "format": artefact.format},
            "datasets": sorted(
                (
                    {
                        "use": item.use,
                        "sha256": item.dataset.file.sha256,
                        "roles": item.dataset.roles_record(),
                    }
                    for item in datasets
                ),
                key=lambda record: (record["use"], record["sha256"]),
            ),
        }

    def scope_digest(self) -> str:
        """SHA-256 (hex) over `scope_record`: change anything and the digest changes."""
        return canonical_digest(self.scope_record())


class ReleaseDatasetQuerySet(ScopedQuerySet["ReleaseDataset"]):
    """Uses of datasets in sight."""

    portfolio_path = "release__system__portfolio"


class ReleaseDataset(models.Model):
    """A dataset that a release uses, and for what."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="release_datasets")
    dataset = models.ForeignKey(
        "Dataset", on_delete=models.PROTECT, related_name="release_datasets"
    )
    use = models.CharField(max_length=12, choices=DatasetUse.choices)

    objects = ReleaseDatasetQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("release", "dataset", "use"), name="release_dataset_once"
            ),
            models.CheckConstraint(
                condition=Q(use__in=DatasetUse.values), name="release_dataset_use_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.dataset} for {self.get_use_display()}"


class Contribution(models.Model):
    """Somebody had a hand in a release: for good, and read by the database's own guard."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="contributions")
    user = models.ForeignKey(conf.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("release", "user", "act"), name="contribution_once"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.act}"


class SystemContribution(models.Model):
    """Somebody had a hand in a system, and so in every release of it: for good."""

    system = models.ForeignKey("AISystem", on_delete=models.PROTECT, related_name="contributions")
    user = models.ForeignKey(conf.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("system", "user", "act"), name="system_contribution_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.act}"
