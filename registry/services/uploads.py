"""What every uploaded file passes: streamed to disk, checked by content, then kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from rai_portal.documents.services.store import received
from rai_portal.errors import Refused
from registry.reading.errors import RefusedFile

log = structlog.get_logger(__name__)


@contextmanager
def arriving(chunks: Iterable[bytes]) -> Iterator[Path]:
    """Yield the scratch file of an upload; whatever its reader refuses belongs to field `file`."""
    try:
        with received(chunks) as path:
            yield path
    except RefusedFile as refusal:
        log.info("upload.refused", reason=str(refusal), detail=refusal.detail)
        raise Refused(str(refusal), field="file") from refusal
    except Refused as refusal:
        raise type(refusal)(refusal.sentence, field=refusal.field or "file") from refusal


def kept_but_unused(refusal: RefusedFile) -> str:
    """Return a reader's sentence for a file that was stored before the worker met the fault."""
    return str(refusal).replace("Nothing was kept.", "The file is kept, and nothing uses it.")
