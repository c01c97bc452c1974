"""Keeping bytes: streamed to a scratch file, hashed on the way, moved into place at the end."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from rai_portal.documents.models import StoredFile
from rai_portal.errors import DISK_FULL, Refused, is_disk_full

if TYPE_CHECKING:
    from rai_portal.accounts.models import Portfolio, User

CHUNK = 1024 * 1024


def safe_name(name: str) -> str:
    """Return a file name without folders, control signs and direction marks, at most 150 long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C"
    )
    return kept.strip(". ")[-150:] or "file"


@contextmanager
def received(chunks: Iterable[bytes], *, limit: int | None = None) -> Iterator[Path]:
    """Stream chunks into a scratch file and yield its path; it is gone afterwards.

    Raises Refused with a sentence when the limit is passed, nothing was sent or the disk is full.
    """
    most = limit if limit is not None else settings.UPLOAD_LIMIT
    descriptor, name = tempfile.mkstemp(dir=settings.SCRATCH_ROOT, prefix="upload-")
    path = Path(name)
    try:
        size = 0
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    message = (
                        f"The file is larger than the limit of {most // 1024**2} MiB. Nothing was "
                        "kept. Upload a part of it, or ask an administrator to raise the limit."
                    )
                    raise Refused(message)
                file.write(chunk)
        if size == 0:
            message = "The file is empty. Nothing was kept. Choose a file with content."
            raise Refused(message)
        yield path
    except OSError as error:
        raise _sentence(error) from error
    finally:
        path.unlink(missing_ok=True)


def _sentence(error: OSError) -> Exception:
    return Refused(DISK_FULL) if is_disk_full(error) else error


def sweep(*, older_than: dt.timedelta = dt.timedelta(hours=6)) -> int:
    """Remove what killed processes left in the scratch folder; returns how many pieces.

    No upload and no piece of work takes as long as `older_than`, whose files count by their last
    change.
    """
    edge = time.time() - older_than.total_seconds()
    removed = 0
    for path in Path(settings.SCRATCH_ROOT).iterdir():
        with suppress(OSError):
            if path.lstat().st_mtime >= edge:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def digest_of(path: Path) -> tuple[str, int]:
    """Return (SHA-256 hex, size in bytes) of a file, read in pieces."""
    total, sha = 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
            total += len(chunk)
    return sha.hexdigest(), total


def keep(
    path: Path, *, portfolio: Portfolio, actor: User | None, name: str, media_type: str
) -> StoredFile:
    """Move the file's bytes under their digest and return the new row.

    The bytes are complete on disk before the row exists; a crash between leaves bytes that no row
    names, never a row without bytes.
    """
    sha256, size = digest_of(path)
    target = Path(settings.FILES_ROOT) / sha256[:2] / sha256
    try:
        _place(path, target)
    except OSError as error:
        raise _sentence(error) from error
    return StoredFile.objects.create(
        portfolio=portfolio,
        sha256=sha256,
        size=size,
        media_type=media_type,
        original_name=safe_name(name),
        created_by=actor,
    )


def keep_bytes(
    content: bytes, *, portfolio: Portfolio, actor: User | None, name: str, media_type: str
) -> StoredFile:
    """Keep bytes that are in memory already, such as a PDF that was just made."""
    with received([content], limit=len(content) + 1) as path:
        return keep(path, portfolio=portfolio, actor=actor, name=name, media_type=media_type)


def _place(path: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out, path.open("rb") as source:
            while chunk := source.read(CHUNK):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o400)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
