"""The one error a person sees when an uploaded file is not taken."""

from __future__ import annotations


class RefusedFile(ValueError):
    """An upload was not taken. The message is for a person: what is wrong, what to do.

    detail: what a reader wrote while it failed, for the log only; it may quote the file.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail
