"""Keeping a file that somebody files as evidence: by content, never run, never shown inline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rai_portal.documents.services.store import keep, received
from rai_portal.errors import Refused
from registry.reading.content import HEAD_BYTES, tell
from registry.reading.evidence import is_blank, misnamed

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User
    from rai_portal.documents.models import StoredFile

LIMIT = 50 * 1024**2
_REFUSED = ("a program", "a joblib file")
_TYPES = ((b"%PDF", "application/pdf"), (b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way in: its bytes in pieces, and the name it had."""

    chunks: Iterable[bytes]
    name: str


def keep_evidence(*, actor: User, portfolio: Portfolio, upload: Upload) -> StoredFile:
    """Keep a file of at most 50 MiB. Call it in a transaction.

    Programs and pickles are refused, and what is blank or not what its name says.
    """
    with received(upload.chunks, limit=LIMIT) as path:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        content = tell(head)
        if content.kind == "pickle" or content.name in _REFUSED:
            message = (
                f"This file is {content.name}, which can run code when opened. Nothing was kept. "
                "File a PDF, an image or a table instead."
            )
            raise Refused(message, field="evidence")
        if is_blank(path):
            message = "There is nothing in this file. Nothing was kept. Choose one with content."
            raise Refused(message, field="evidence")
        claimed = misnamed(head, upload.name)
        if claimed:
            message = (
                f"By its name this file is a {claimed} file, by its content it is not. Nothing was "
                "kept. Choose the file that you meant, or name it as what it is."
            )
            raise Refused(message, field="evidence")
        return keep(
            path, portfolio=portfolio, actor=actor, name=upload.name, media_type=_media_type(head)
        )


def _media_type(head: bytes) -> str:
    known = (media_type for magic, media_type in _TYPES if head.startswith(magic))
    return next(known, "application/octet-stream")
