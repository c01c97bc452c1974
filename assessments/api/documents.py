"""Documents by API: what there is, and their files. Each download is an entry in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.reverse import reverse

from assessments.models import Document
from assessments.views.documents import attached
from registry.api.views import ReadViewSet

if TYPE_CHECKING:
    from django.http import FileResponse
    from rest_framework.request import Request

    from rai_portal.accounts.models import User


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A document with its digests and where its files are; "" while there is none."""

    system = serializers.IntegerField(source="release.system_id", read_only=True)
    file_sha256 = serializers.CharField(source="file.sha256", read_only=True, default="")
    html_sha256 = serializers.CharField(source="html.sha256", read_only=True, default="")
    url = serializers.SerializerMethodField()
    file_url = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = (
            "id", "system", "release", "kind", "state", "message", "scope_digest", "created_by",
            "created_at", "ended_at", "file_sha256", "html_sha256", "url", "file_url", "html_url",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, row: Document) -> str:
        """Return the address of its page."""
        return self._address("document_detail", row)

    @extend_schema_field(OpenApiTypes.STR)
    def get_file_url(self, row: Document) -> str:
        """Return where the PDF or the pack can be downloaded with a token."""
        return self._address("api_document-download", row) if row.file_id else ""

    @extend_schema_field(OpenApiTypes.STR)
    def get_html_url(self, row: Document) -> str:
        """Return where the HTML twin can be downloaded with a token."""
        return self._address("api_document-twin", row) if row.html_id else ""

    def _address(self, name: str, row: Document) -> str:
        return reverse(name, args=[row.pk], request=self.context.get("request"))


class DocumentViewSet(ReadViewSet[Document]):
    """Memos, model cards and evidence packs; people ask for them on the pages."""

    queryset = Document.objects.select_related(
        "release__system__portfolio", "file", "html"
    ).defer("record")  # fmt: skip
    serializer_class = DocumentSerializer
    filterset_fields = ("release", "release__system", "kind", "state")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="file")
    def download(self, request: Request, pk: str) -> FileResponse:
        """Send the PDF or the pack."""
        document = self.get_object()
        return attached(cast("User", request.user), document, document.file, "file")

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="html")
    def twin(self, request: Request, pk: str) -> FileResponse:
        """Send the HTML twin."""
        document = self.get_object()
        return attached(cast("User", request.user), document, document.html, "html")
