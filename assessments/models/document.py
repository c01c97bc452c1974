"""Documents that the portal writes, made by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.choices import DocumentKind
from rai_portal.work.choices import WorkState
from rai_portal.work.models import WorkItem, WorkItemQuerySet

if TYPE_CHECKING:
    from rai_portal.work.engine import Workload


class DocumentQuerySet(WorkItemQuerySet["Document"]):
    """Documents in sight."""

    portfolio_path = "release__system__portfolio"


class Document(WorkItem):
    """Model card, memo or pack of a release. A newer one never replaces an older one's bytes.

    decision: the one that it was made for, as part of that act; None when a person asked for it.
    """

    work_task: ClassVar[str] = "assessments.make_document"

    release = models.ForeignKey(
        "registry.Release", on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    scope_digest = models.CharField(max_length=64)
    decision = models.ForeignKey(
        "Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    file = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    html = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    record = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(file__isnull=False),
                name="document_succeeded_with_file",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.release}"

    @property
    def portfolio_id(self) -> int:
        """The portfolio of its system."""
        return self.release.system.portfolio_id

    def may_begin(self) -> bool:
        """Return whether a worker may begin: a pack holds the release's other documents."""
        return self.kind != DocumentKind.PACK or not self._under_way_beside().exists()

    def _under_way_beside(self) -> models.QuerySet[Document]:
        return Document.objects.filter(
            release=self.release_id, state__in=(WorkState.QUEUED, WorkState.RUNNING)
        ).exclude(kind=DocumentKind.PACK)

    def workload(self) -> Workload:
        """Return the making of the files."""
        from assessments.services.documents import MakeDocument

        return MakeDocument(self)
