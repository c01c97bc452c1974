"""How many rows each group of a dataset has: counted by a worker, for plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.work.models import WorkItem, WorkItemQuerySet

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class SizeCountQuerySet(WorkItemQuerySet["SizeCount"]):
    """Counts in sight."""

    portfolio_path = "dataset__portfolio"


class SizeCount(WorkItem):
    """One counting of a dataset's groups and labels, never of predictions beside them.

    key: what was counted; another role or value of a column needs another count.
    """

    work_task: ClassVar[str] = "evaluations.count_sizes"

    dataset = models.ForeignKey(
        "registry.Dataset", on_delete=models.CASCADE, related_name="size_counts"
    )
    key = models.CharField(max_length=64)
    sizes = models.JSONField(null=True, blank=True, help_text="rai-sizes/1")
    refused = models.JSONField(
        default=dict, blank=True, help_text="Columns that cannot be counted by, with the reason."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    volatile_fields: ClassVar[tuple[str, ...]] = (*WorkItem.volatile_fields, "sizes", "refused")

    objects = SizeCountQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(sizes__isnull=False),
                name="size_count_succeeded_with_sizes",
            ),
        )

    def __str__(self) -> str:
        return f"Group sizes of {self.dataset}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its dataset."""
        return self.dataset.portfolio_id

    def workload(self) -> Workload:
        """Return the counting."""
        # The service knows this model; the row knows its work only when a worker asks.
        from evaluations.services.sizes import CountSizes

        return CountSizes(self)
