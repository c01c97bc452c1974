"""Rows to evaluate on: the file, what its columns are for, and its profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rai_portal.work.models import WorkItem, WorkItemQuerySet
from registry.choices import ColumnRole, FileFormat

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class DatasetQuerySet(WorkItemQuerySet["Dataset"]):
    """Datasets in sight."""


class Dataset(WorkItem):
    """A CSV or Parquet file, profiled by a worker. `state` is that of the profile."""

    work_task: ClassVar[str] = "registry.profile_dataset"

    portfolio = models.ForeignKey(
        "accounts.Portfolio", on_delete=models.PROTECT, related_name="datasets"
    )
    system = models.ForeignKey(
        "AISystem", null=True, blank=True, on_delete=models.PROTECT, related_name="datasets"
    )
    name = models.CharField(max_length=150)
    description = models.TextField(blank=True)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=10, choices=FileFormat.choices)
    rows = models.PositiveBigIntegerField(null=True, blank=True)
    profile = models.JSONField(null=True, blank=True)
    favourable = models.CharField(
        "favourable prediction", max_length=100, blank=True,
        help_text="The predicted value that is good for the person, such as 1 for approved.",
    )  # fmt: skip
    positive_label = models.CharField(
        max_length=100, blank=True, help_text="The label that counts as positive, such as 1."
    )
    outcome_word = models.CharField(
        max_length=40, blank=True, help_text="A word for the favourable prediction: approved."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    volatile_fields: ClassVar[tuple[str, ...]] = (*WorkItem.volatile_fields, "profile", "rows")

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(format__in=FileFormat.values), name="dataset_format_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def roles_record(self) -> dict[str, Any]:
        """Return what the columns are for, for digests."""
        columns = list(self.columns.all())
        edges = {column.name: column.edges for column in columns if column.edges}
        return {
            "favourable": self.favourable,
            "positive_label": self.positive_label,
            "columns": sorted(
                [column.name, column.role]
                for column in columns
                if column.role != ColumnRole.IGNORED
            ),
            **({"edges": edges} if edges else {}),
        }

    def columns_of(self, role: ColumnRole) -> tuple[str, ...]:
        """Return the names of the columns with that role, in the file's order."""
        return tuple(column.name for column in self.columns.all() if column.role == role)

    def column_profiles(self) -> dict[str, Mapping[str, Any]]:
        """Return what the profile found of each column, by name; {} until a worker profiled it."""
        return {column["name"]: column for column in (self.profile or {}).get("columns", ())}

    def workload(self) -> Workload:
        """Return the profiling."""
        # The service knows this model; the row knows its work only when a worker asks.
        from registry.services.profiles import ProfileDataset

        return ProfileDataset(self)


class DatasetColumn(models.Model):
    """A column; a sensitive one needs a purpose and a legal basis."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    role = models.CharField(max_length=10, choices=ColumnRole.choices, default=ColumnRole.IGNORED)
    suggested_role = models.CharField(max_length=10, blank=True)
    warning = models.TextField(blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    legal_basis = models.CharField(max_length=300, blank=True)
    edges = models.JSONField(
        default=list, blank=True,
        help_text="Edges of the bins that a sensitive column of numbers is compared by, rising.",
    )  # fmt: skip

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("dataset", "name"), name="column_once"),
            models.CheckConstraint(
                condition=Q(role__in=ColumnRole.values), name="column_role_known"
            ),
            models.CheckConstraint(
                condition=~Q(role=ColumnRole.SENSITIVE) | (~Q(purpose="") & ~Q(legal_basis="")),
                name="sensitive_column_has_purpose_and_basis",
            ),
            models.UniqueConstraint(
                fields=("dataset", "role"),
                condition=Q(role__in=["label", "prediction", "score"]),
                name="column_role_single",
            ),
        )

    def __str__(self) -> str:
        return self.name
