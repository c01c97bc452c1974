"""Addresses of documents and packs."""

from django.urls import URLPattern, path

from assessments.views import documents

urlpatterns: list[URLPattern] = [
    path("systems/<int:pk>/documents/", documents.system_documents, name="system_documents"),
    path("releases/<int:pk>/documents/make/", documents.document_make, name="document_make"),
    path("documents/<int:pk>/", documents.document_detail, name="document_detail"),
    path("documents/<int:pk>/progress/", documents.document_progress, name="document_progress"),
    path("documents/<int:pk>/download/", documents.document_download, name="document_download"),
    path("documents/<int:pk>/html/", documents.document_html, name="document_html"),
    path("documents/<int:pk>/record.json", documents.document_record, name="document_record"),
    path("packs/", documents.pack_list, name="pack_list"),
]
