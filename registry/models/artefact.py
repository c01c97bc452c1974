"""Models that were uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.work.models import WorkItem, WorkItemQuerySet
from registry.choices import ModelFormat

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class ModelArtefactQuerySet(WorkItemQuerySet["ModelArtefact"]):
    """Models in sight."""

    portfolio_path = "system__portfolio"


class ModelArtefact(WorkItem):
    """A model file; its signature is read by a worker in a limited subprocess."""

    work_task: ClassVar[str] = "registry.read_model"

    system = models.ForeignKey("AISystem", on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=150)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=20, choices=ModelFormat.choices)
    signature = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelArtefactQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(format__in=ModelFormat.values), name="artefact_format_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.system.portfolio_id

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Features in the model's order; empty until its signature has been read."""
        return tuple((self.signature or {}).get("feature_names", ()))

    def workload(self) -> Workload:
        """Return the reading of its signature."""
        # The service knows this model; the row knows its work only when a worker asks.
        from registry.services.artefacts import ReadModel

        return ReadModel(self)
