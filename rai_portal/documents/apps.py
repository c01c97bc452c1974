"""Stored files by digest; HTML to PDF; figures to SVG."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """The room of files and documents."""

    name = "rai_portal.documents"
    label = "documents"
