"""Files that leave the portal: as attachments, and shut off from it where a browser shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse, Http404, HttpResponse

if TYPE_CHECKING:
    from rai_portal.documents.models import StoredFile

NOTHING = "sandbox; default-src 'none'"
"""What an attachment may do, if a browser showed it after all."""
TO_BE_READ = (
    f"{NOTHING}; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)
"""What a kept document may do in a browser: be read. Its styles, font and charts lie within."""


def present(file: StoredFile | None) -> StoredFile:
    """Return the file whose bytes are there, or answer 404."""
    if file is None or not file.path.is_file():
        message = "There is no such file."
        raise Http404(message)
    return file


def attachment(
    file: StoredFile, *, name: str = "", media_type: str = "application/octet-stream"
) -> FileResponse:
    """Return the file as an attachment that no browser interprets. name: else the file's own."""
    response = FileResponse(
        file.path.open("rb"),
        as_attachment=True,
        filename=name or file.original_name,
        content_type=media_type,
    )
    return shut_off(response, NOTHING)


def shut_off[R: HttpResponse | FileResponse](response: R, policy: str = TO_BE_READ) -> R:
    """Return the answer, unable to run a script, load anything or be taken for another type."""
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    return response
