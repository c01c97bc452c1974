"""The look for columns that may be known only after the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models

from rai_portal.work.models import WorkItem, WorkItemQuerySet

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class LeakCheckQuerySet(WorkItemQuerySet["LeakCheck"]):
    """Looks in sight."""

    portfolio_path = "dataset__portfolio"


class LeakCheck(WorkItem):
    """One look at a dataset's features beside its label, after somebody said which they are."""

    work_task: ClassVar[str] = "registry.check_leaks"

    dataset = models.ForeignKey("Dataset", on_delete=models.CASCADE, related_name="leak_checks")
    label = models.CharField(max_length=200)
    positive = models.CharField(max_length=100)
    features = models.JSONField(default=list)
    found = models.JSONField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    volatile_fields: ClassVar[tuple[str, ...]] = (*WorkItem.volatile_fields, "found")

    objects = LeakCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Look for leaks in {self.dataset}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its dataset."""
        return self.dataset.portfolio_id

    def workload(self) -> Workload:
        """Return the look."""
        # The service knows this model; the row knows its work only when a worker asks.
        from registry.services.leaks import FindLeaks

        return FindLeaks(self)
