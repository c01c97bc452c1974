"""The zip of an evidence pack: streamed to disk, each file hashed, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCHEMA = "rai-pack/1"
MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"
"""What `sha256sum -c` reads: every file with its digest, the manifest too."""
CHUNK = 1024 * 1024
EPOCH = (1980, 1, 1, 0, 0, 0)
_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*|README\.txt", re.A)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file of the pack."""

    path: str
    sha256: str
    size: int

    def as_record(self) -> dict[str, Any]:
        """Return its line of the manifest."""
        return {"path": self.path, "sha256": self.sha256, "size": self.size}


class PackWriter:
    """Writes files into the zip and keeps their digests; the manifest and the sums come last."""

    def __init__(self, path: Path, *, subject: dict[str, Any]) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._subject = subject
        self._files: dict[str, Packed] = {}
        self.manifest: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._zip.close()

    def add(self, path: str, content: bytes) -> None:
        """Add a file that is in memory."""
        with self.opened(path) as write:
            write(content)

    def add_file(self, path: str, source: Path) -> None:
        """Add a file from disk, in pieces."""
        with self.opened(path) as write, source.open("rb") as file:
            while piece := file.read(CHUNK):
                write(piece)

    def add_record(self, path: str, record: object) -> None:
        """Add a record as JSON: sorted keys, UTF-8, no NaN."""
        self.add(path, json_bytes(record))

    def add_lines(self, path: str, records: Iterable[object]) -> None:
        """Add one record a line, streamed."""
        with self.opened(path) as write:
            for item in records:
                write(json_line(item))

    @contextmanager
    def opened(self, path: str) -> Iterator[Any]:
        """Yield a function that writes further bytes of the file."""
        if not _SAFE.fullmatch(path) or path in self._files:
            message = f"{path!r} is not a name that a pack may hold once."
            raise ValueError(message)
        sha, size = hashlib.sha256(), 0
        with self._zip.open(_entry(path), "w", force_zip64=True) as file:

            def write(content: bytes) -> None:
                nonlocal size
                sha.update(content)
                size += len(content)
                file.write(content)

            yield write
        self._files[path] = Packed(path=path, sha256=sha.hexdigest(), size=size)

    def _finish(self) -> None:
        files = [self._files[path] for path in sorted(self._files)]
        records = [item.as_record() for item in files]
        self.manifest = {"schema": SCHEMA, "subject": self._subject, "files": records}
        content = json_bytes(self.manifest)
        self._write(MANIFEST, content)
        sums = {item.path: item.sha256 for item in files}
        sums[MANIFEST] = hashlib.sha256(content).hexdigest()
        self._write(SUMS, "".join(f"{sha256}  {path}\n" for path, sha256 in sums.items()).encode())

    def _write(self, path: str, content: bytes) -> None:
        with self._zip.open(_entry(path), "w") as file:
            file.write(content)


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, date_time=EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    return entry


def json_bytes(record: object) -> bytes:
    """Return a record as readable JSON, the same bytes each time."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def json_line(record: object) -> bytes:
    """Return a record as one line of JSON."""
    text = json.dumps(
        record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return (text + "\n").encode()
