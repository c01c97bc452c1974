"""Stored files."""

from rai_portal.documents.models.stored_file import StoredFile

__all__ = ["StoredFile"]
